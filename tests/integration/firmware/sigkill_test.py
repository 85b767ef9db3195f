"""doorlockd is killed at random moments, the hub repeats its command: the bolt moves once, nothing acknowledged is lost.

POWER_CUT_ROUNDS (12) says how often; `POWER_CUT_ROUNDS=500 python3 sigkill_test.py` is the long form (about ten minutes).
POWER_CUT_SEED repeats a run."""

import json
import os
import random
import re
import time
import unittest
import zlib

from broker_rig import Authority, Broker, Door, Hub, temporary_directory

ROUNDS = int(os.environ.get("POWER_CUT_ROUNDS", "12"))
SEED = int(os.environ.get("POWER_CUT_SEED", str(random.randrange(1 << 32))))


def stored_state(directory):
    """The newest intact state on the disk, read by the rules of the file and not by doorlockd."""
    newest = (0, {})
    for which in (0, 1):
        file = directory / "state" / f"state.{which}"
        if not file.exists():
            continue
        head, _, text = file.read_bytes().partition(b"\n")
        words = head.split(b" ")
        if len(words) == 4 and int(words[2]) == len(text) and int(words[3]) == zlib.crc32(text):
            newest = max(newest, (int(words[1]), json.loads(text)), key=lambda found: found[0])
    return newest[1]


class SigKill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = temporary_directory(cls)
        authority = Authority(cls.directory, "authority")
        cls.broker = Broker(cls.directory, authority, *authority.sign("server", "DNS:localhost,IP:127.0.0.1"))
        cls.addClassCleanup(cls.broker.stop)
        cls.hub = Hub(cls.broker)
        cls.addClassCleanup(cls.hub.close)
        cls.hub.listen()
        cls.door = Door(cls.directory, cls.broker.port, authority.certificate, log_level="debug")
        cls.addClassCleanup(cls.door.stop)

    def online(self):
        self.hub.until(lambda: self.door.count("event=connected"), "the door is connected")
        # The bolt must be at rest, so that what moves next is the command's doing.
        self.hub.until(lambda: "locking" not in (state := self.hub.call("getStatus")[1]["lock"]["state"]) and
                       state not in ("unlocking", "unknown"), "the bolt is at rest")

    def moves(self, target, since):
        return len(re.findall(f"event=drive drive=toward_{target}", self.door.program.output[since:]))

    def one_round(self, number, chance):
        target, method = (("locked", "lockDoor"), ("unlocked", "unlockDoor"))[number % 2]
        payload = json.dumps({"commandId": f"command-{number}"})
        before = len(self.door.program.output)
        rid = self.hub.begin(method, payload)
        delay = chance.uniform(0, 0.45)
        first = None
        deadline = time.monotonic() + delay
        while time.monotonic() < deadline:
            self.hub.serve()
            time.sleep(0.005)
        self.door.program.kill()
        self.hub.serve()
        first = self.hub.given(rid)
        moved = self.moves(target, before)
        self.door.start()
        self.online()
        before = len(self.door.program.output)
        again = self.hub.call(method, payload)
        moved += self.moves(target, before)
        where = f"round {number}, killed after {delay:.3f} s, seed {SEED}"
        self.assertLessEqual(moved, 1, where)
        if first:
            self.assertEqual(again, first, where)
        self.assertEqual(self.hub.call(method, payload), again, where)

    def test_a_command_moves_the_bolt_once_and_keeps_its_first_answer(self):
        self.online()
        chance = random.Random(SEED)
        for number in range(ROUNDS):
            self.one_round(number, chance)

    def test_an_acknowledged_setting_is_on_the_disk(self):
        self.online()
        chance = random.Random(SEED)
        for number in range(ROUNDS):
            self.hub.want(floor=number)
            told = time.monotonic() + chance.uniform(0, 0.2)
            while time.monotonic() < told:
                self.hub.serve()
                time.sleep(0.002)
            self.door.program.kill()
            self.hub.serve()
            acknowledged = self.hub.reported.get("floor")
            kept = stored_state(self.directory)["properties"].get("floor")
            if acknowledged and acknowledged["ac"] == 200:
                self.assertIsNotNone(kept, f"seed {SEED}")
                self.assertGreaterEqual(kept["value"], acknowledged["value"], f"seed {SEED}")
            self.door.start()
            self.online()


if __name__ == "__main__":
    unittest.main()
