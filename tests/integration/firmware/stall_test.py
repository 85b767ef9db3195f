#!/usr/bin/env python3
"""doorlockd while no name is resolved, or while the disk takes nothing: people get out, and it ends when it is told to."""

import json
import os
import signal
import socket
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "system"))
from rig import BIN, Program, free_port, wait_until  # noqa: E402

ENDS_WITHIN = 2.5  # two seconds are promised; the rest is for a machine that is busy


class StallTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = Path(directory.name)
        file = self.path / "door.json"
        file.write_text(json.dumps({
            "connection": {"string": f"HostName=localhost:{free_port()};DeviceId=door-1;SharedAccessKey=c2VjcmV0"},
            "state_directory": "state",
            "lock": {"kind": "motor_bolt", "lines": {"lock": "GPIO17", "unlock": "GPIO27"},
                     "switches": {"locked": "GPIO22", "unlocked": "GPIO23"}},
            "door": {"exit_button": "GPIO25"},
            "simulation": {"travel": "100ms", "starts": "locked"}}))
        self.names, self.disk, self.control = self.path / "names", self.path / "disk", self.path / "control"
        self.command = [BIN / "doorlockd", "--config", file, "--simulate", "--control", self.control]
        self.environment = {**os.environ, "LD_PRELOAD": os.environ["STALL_LIBRARY"], "STALL_NAMES": str(self.names),
                            "STALL_DISK": str(self.disk)}

    def start(self):
        door = Program(*self.command, env=self.environment)
        self.addCleanup(door.stop)
        door.says("event=start")
        return door

    def say(self, command):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(str(self.control))
            client.sendall(command.encode() + b"\n")
            return client.recv(4096).decode()

    def end(self, door):
        began = time.monotonic()
        door.signal(signal.SIGTERM)
        self.assertEqual(door.ends(), 0)
        self.assertLess(time.monotonic() - began, ENDS_WITHIN)

    def test_ends_while_a_name_is_being_resolved(self):
        self.names.touch()
        door = self.start()
        time.sleep(0.5)  # by then the resolver is asked
        self.end(door)

    def test_lets_people_out_and_ends_while_the_disk_takes_nothing(self):
        door = self.start()
        wait_until(lambda: "bolt: thrown" in self.say("state"), "the bolt is thrown")
        self.disk.touch()
        self.say("press exit")
        wait_until(lambda: "bolt: withdrawn" in self.say("state"), "the exit button withdraws it", 5)
        self.end(door)


if __name__ == "__main__":
    unittest.main(verbosity=2)
