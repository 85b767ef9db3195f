"""A hub on the host that an emulated machine can reach."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

from rig import Rig, wait_until  # noqa: E402 - tests/system is on the path only now

HOST = "10.0.2.2"  # the host's loopback, as the guest sees it


class HostHub(Rig):
    """A hub on the host's loopback, whose certificate has the name by which the guest reaches it."""

    def hub_command(self):
        return [*super().hub_command(), "--hostname", HOST]

    def connection_of(self, device_id):
        """Registers a door; returns its connection string, with the guest's name for the host."""
        file = self.home / "connection"
        self.lockctl("device", "add", device_id, "--connection-file", file)
        text = re.sub(r"HostName=[^:;]*", f"HostName={HOST}", file.read_text())
        assert HOST in text, text
        return text

    def answers(self, device_id, seconds=120):
        """Waits until the door itself answers: just after a restart the hub may still see the connection before."""
        def status():
            try:
                return self.lockctl("invoke", device_id, "getStatus")
            except AssertionError:
                return None
        return wait_until(status, f"{device_id} answers", seconds)

    def is_connected(self, device_id):
        answer = self.lockctl("-o", "csv", "query", f"SELECT connectionState FROM devices WHERE deviceId = '{device_id}'")
        return "Connected" in answer.split()

    def connected(self, device_id, seconds=120):
        wait_until(lambda: self.is_connected(device_id), f"the hub sees {device_id}", seconds)
