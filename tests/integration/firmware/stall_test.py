#!/usr/bin/env python3
"""doorlockd while no name is resolved, or while the disk takes nothing: people get out, fire is not forgotten, commands are
answered in time, and it ends when it is told to."""

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
from broker_rig import Authority, Broker, Door, Hub, temporary_directory  # noqa: E402
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
            "fire": {"loop": {"line": "GPIO16", "bias": "pull_up"},
                     "reset": {"line": "GPIO20", "active_low": True, "bias": "pull_up"}},
            "simulation": {"travel": "100ms", "starts": "locked"}}))
        self.names, self.disk, self.control = self.path / "names", self.path / "disk", self.path / "control"
        self.full = self.path / "full"
        self.command = [BIN / "doorlockd", "--config", file, "--simulate", "--control", self.control]
        self.environment = {**os.environ, "LD_PRELOAD": os.environ["STALL_LIBRARY"], "STALL_NAMES": str(self.names),
                            "STALL_DISK": str(self.disk), "STALL_FULL": str(self.full)}

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
        wait_until(lambda: "bolt: withdrawn" in self.say("state"), "the exit button withdraws it", 25)
        self.end(door)

    def bolt_is(self, word):
        wait_until(lambda: f"bolt: {word}" in self.say("state"), f"the bolt is {word}")

    def test_remembers_a_fire_and_its_reset_when_it_is_killed_on_a_full_disk(self):
        door = self.start()
        self.bolt_is("thrown")
        self.full.touch()
        self.say("fire break")
        door.says("event=fire state=alarm")
        door.says("state_not_saved.*No space left")
        mark = self.path / "state" / "fire"
        wait_until(lambda: " latched " in mark.read_text(), "the mark is in its place")
        self.say("fire restore")  # the loop is whole again: only the disk knows
        door.kill()
        self.control.unlink()
        door = self.start()
        door.says("event=fire state=latched")
        self.bolt_is("withdrawn")
        time.sleep(0.2)  # a key that is found turned at the start resets nothing
        self.say("press reset")
        door.says("event=fire_reset")
        self.bolt_is("thrown")
        wait_until(lambda: "doorlock-fire 2 clear " in mark.read_text(), "so is the mark of its end")
        door.kill()
        self.control.unlink()
        door = self.start()
        self.bolt_is("thrown")
        self.assertNotIn("state=latched", door.output)
        self.full.unlink()
        self.end(door)


class StalledAnswerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = temporary_directory(cls)
        authority = Authority(cls.directory, "ca")
        cls.broker = Broker(cls.directory, authority, *authority.sign("server", "DNS:localhost"))
        cls.addClassCleanup(cls.broker.stop)
        cls.hub = Hub(cls.broker)
        cls.addClassCleanup(cls.hub.close)
        cls.hub.listen()
        cls.disk = cls.directory / "disk"
        cls.full = cls.directory / "full"
        cls.door = Door(cls.directory, cls.broker.port, authority.certificate,
                        environment={**os.environ, "LD_PRELOAD": os.environ["STALL_LIBRARY"], "STALL_DISK": str(cls.disk),
                                     "STALL_FULL": str(cls.full)})
        cls.addClassCleanup(cls.door.stop)
        cls.hub.until(lambda: "lock" in cls.hub.reported, "the door has connected and reported")

    def test_commands_are_answered_within_25_seconds_while_no_fsync_ends(self):
        self.assertEqual(self.hub.call("getStatus")[0], 200)
        self.disk.touch()
        began = time.monotonic()
        moves = self.hub.begin("lockDoor", '{"lockTime":"10m"}')
        waits = self.hub.begin("lockDoor", '{"lockTime":"10m","commandId":"one"}')
        self.assertEqual(self.hub.call("getStatus")[0], 200)
        status, body = self.hub.answer(waits, 30)
        self.assertEqual(status, 500)
        self.assertIn("so it was not carried out", body["error"])
        self.assertEqual(self.hub.answer(moves, 5)[0], 200)
        took = time.monotonic() - began
        self.assertGreater(took, 20)
        self.assertLess(took, 29)
        self.disk.unlink()
        self.assertEqual(self.hub.call("lockDoor", '{"lockTime":"10m","commandId":"one"}')[0], 200)

    def test_storage_is_good_again_by_itself_when_the_disk_takes_something_again(self):
        self.full.touch()
        self.assertEqual(self.hub.call("lockDoor", '{"lockTime":"10m"}')[0], 200)
        self.hub.until(lambda: "No space left" in self.hub.reported.get("storage", ""), "it is told", 30)
        self.full.unlink()
        self.hub.until(lambda: self.hub.reported.get("storage") == "good", "it is good again", 60)
        self.door.says("event=state_saved after=.*No space left")


class LastAnswerTest(unittest.TestCase):
    """SIGTERM while the outcome of a command is being written: its answer leaves before the door does."""

    def setUp(self):
        directory = temporary_directory(type(self))
        authority = Authority(directory, "ca")
        broker = Broker(directory, authority, *authority.sign("server", "DNS:localhost"))
        self.addCleanup(broker.stop)
        self.hub = Hub(broker)
        self.addCleanup(self.hub.close)
        self.hub.listen()
        self.disk = directory / "disk"
        self.door = Door(directory, broker.port, authority.certificate,
                         environment={**os.environ, "LD_PRELOAD": os.environ["STALL_LIBRARY"], "STALL_DISK": str(self.disk)})
        self.addCleanup(self.door.stop)
        self.hub.until(lambda: "lock" in self.hub.reported, "the door has connected and reported", 30)

    def lock_with_a_stalled_outcome(self):
        self.disk.touch()
        rid = self.hub.begin("lockDoor", '{"lockTime":"10m"}')
        self.hub.until(lambda: self.hub.reported["lock"].get("state") == "locked", "the bolt is there", 30)
        self.assertIsNone(self.hub.given(rid))
        return rid

    def end(self):
        began = time.monotonic()
        self.door.program.signal(signal.SIGTERM)
        self.assertEqual(self.door.program.ends(), 0)
        return time.monotonic() - began

    def test_a_disk_that_takes_the_outcome_a_little_later_has_it_before_anybody_hears_of_it(self):
        rid = self.lock_with_a_stalled_outcome()
        self.door.program.signal(signal.SIGTERM)
        self.door.says("event=stopping", 30)
        self.disk.unlink()
        self.assertEqual(self.hub.answer(rid, 30)[0], 200)
        self.assertEqual(self.door.program.ends(), 0)

    def test_a_disk_that_takes_nothing_keeps_the_answer_back_no_longer_than_the_stop_lasts(self):
        rid = self.lock_with_a_stalled_outcome()
        self.assertLess(self.end(), ENDS_WITHIN)
        self.assertEqual(self.hub.answer(rid, 30)[0], 200)
        self.assertEqual(self.door.count("event=answer_not_durable"), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
