#!/usr/bin/env python3
"""Fire on a running doorlockd: no hub, no network, simulated wiring; through kills, to the key at the door."""

import json
import socket
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "system"))
from rig import BIN, Program, free_port, wait_until  # noqa: E402

LOW = {"active_low": True, "bias": "pull_up"}


def configuration(port):
    return {
        "connection": {
            "string": "HostName=127.0.0.1;DeviceId=door-1;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
            "port": port,
        },
        "state_directory": "state",
        "lock": {
            "kind": "motor_bolt",
            "resting": "locked",
            "lines": {"lock": "GPIO17", "unlock": "GPIO27"},
            "switches": {"locked": {"line": "GPIO22", **LOW}, "unlocked": {"line": "GPIO23", **LOW}},
            "travel": "1s",
        },
        "door": {"exit_button": {"line": "GPIO25", **LOW}, "tamper": {"line": "GPIO26", "bias": "pull_up"}},
        "fire": {"loop": {"line": "GPIO16", "bias": "pull_up"}, "reset": {"line": "GPIO20", **LOW}},
        "simulation": {"travel": "100ms", "starts": "locked"},
    }


class FireTest(unittest.TestCase):
    def setUp(self):
        self._directory = tempfile.TemporaryDirectory()
        self.addCleanup(self._directory.cleanup)
        self.path = Path(self._directory.name)
        self.file = self.path / "door.json"
        self.file.write_text(json.dumps(configuration(free_port())))
        self.control = self.path / "control.sock"
        self.door = None
        self.start()
        self.addCleanup(lambda: self.door.stop())

    def start(self):
        self.door = Program(BIN / "doorlockd", "--config", self.file, "--simulate", "--control", self.control)
        wait_until(self.control.exists, "the control socket is there")
        wait_until(lambda: "bolt" in self.say("state"), "the door answers")

    def kill(self):
        self.door.kill()
        self.door.stop()  # closes what it held
        self.control.unlink(missing_ok=True)

    def say(self, command):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            try:
                client.connect(str(self.control))
            except OSError:
                return ""
            client.sendall(command.encode() + b"\n")
            with client.makefile() as answers:
                return answers.readline().strip()

    def hand(self, command):
        answer = self.say(command)
        self.assertTrue(answer.startswith("ok"), answer)

    def bolt_is(self, word):
        wait_until(lambda: f"bolt: {word}" in self.say("state"), f"the bolt is {word}\n{self.door.output}")

    def test_releases_through_kills_until_the_key_is_turned(self):
        self.bolt_is("thrown")
        self.hand("fire break")
        self.bolt_is("withdrawn")
        self.hand("fire restore")
        self.hand("fire break")
        self.hand("press reset")  # in vain: the loop is broken
        wait_until(lambda: "fire_reset_refused" in self.door.output, "the reset is refused")
        wait_until(self.stored, "the latch is on the disk")
        self.kill()
        # Simulated wiring is whole again after a start: only the disk knows of the fire.
        self.start()
        self.bolt_is("withdrawn")
        time.sleep(0.2)  # a key that is found turned at the start, before its input is sure, resets nothing
        self.hand("press reset")
        self.bolt_is("thrown")
        wait_until(lambda: not self.stored(), "the end of the alarm is on the disk")
        self.kill()
        self.start()
        self.door.says("event=start")
        self.bolt_is("thrown")
        self.assertNotIn("state=latched", self.door.output)

    def test_takes_a_broken_wire_for_fire_and_a_bounce_for_none(self):
        self.bolt_is("thrown")
        self.hand("wire bounce fire_reset 5 1ms")
        self.hand("wire bounce exit_button 5 1ms")
        self.hand("press exit")
        self.bolt_is("withdrawn")
        self.hand("wire break fire")
        wait_until(lambda: "event=fire" in self.door.output, "the broken wire is fire")
        self.hand("wire mend fire")
        self.hand("press reset 300ms")
        self.bolt_is("thrown")
        self.hand("tamper break")
        wait_until(lambda: "event=tamper" in self.door.output, "the tamper loop is broken")

    def stored(self):
        """Whether the newest generation of the state knows of a fire."""
        files = [file for file in (self.path / "state").iterdir() if file.is_file() and '"boots"' in file.read_text()]
        newest = max(files, key=lambda file: file.stat().st_mtime_ns, default=None)
        return newest is not None and '"fire":true' in newest.read_text()


if __name__ == "__main__":
    unittest.main(verbosity=2)
