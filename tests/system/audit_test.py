"""Who commanded what: a door is locked, the hub's log tells it, and every way of touching the log is found."""

import json
import shutil
import sqlite3
import subprocess
import unittest

from rig import BIN, Rig, wait_until


class Audit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig()
        cls.rig.start_hub()
        cls.rig.door("door-1")
        cls.mark = cls.rig.home / "mark"

    @classmethod
    def tearDownClass(cls):
        cls.rig.__exit__()

    def entries(self):
        records = self.rig.lockctl_json("audit", "list", "--last", "0")
        return [entry for record in records for entry in record["entries"]]

    def found(self, *wanted):
        """Waits for an entry with all these texts: what needs no commit follows within a second."""
        def there():
            return next((entry for entry in self.entries() if all(text in json.dumps(entry) for text in wanted)), None)
        wait_until(there, f"an entry with {wanted}")
        return there()

    def restart(self, change):
        """Changes the hub's file while no hub runs on it."""
        self.rig.hub.stop()
        with sqlite3.connect(self.rig.data / "hub.db") as database:
            change(database)
        database.close()
        self.rig.start_hub()

    def test_1_a_command_is_told_with_who_and_what_came_of_it(self):
        self.rig.lockctl("invoke", "door-1", "lockDoor", "--connect-timeout", "30s", "--payload", '{"lockTime":"10m"}')
        entry = self.found("POST /twins/door-1/methods", "lockDoor")
        self.assertEqual((entry["policy"], entry["from"], entry["status"]), ("iothubowner", "127.0.0.1", 200))
        self.assertIn("locked", entry["answer"])
        self.rig.lockctl("job", "create", "--id", "j1", "--method", "lockDoor", "--payload", '{"lockTime":"10m"}',
                         "--where", "deviceId = 'door-1'", "--wait")
        self.found("PUT /jobs/v2/j1", "deviceId = 'door-1'")
        row = self.found('"job": "j1"', '"rows"')["rows"][0]
        self.assertEqual(row[:2], ["door-1", "completed"])
        self.assertEqual(row[2]["deviceMethodResponse"]["status"], 200)
        done = subprocess.run([str(BIN / "lockhub"), "policy", "roll", "service", "--data", str(self.rig.data)],
                              capture_output=True, text=True, timeout=60, check=True)
        self.found("policy roll service")
        key = done.stdout.strip().split("SharedAccessKey=")[1]
        self.assertNotIn(key, json.dumps(self.entries()))
        self.assertIn("records, behind 0", self.rig.lockctl("audit", "verify", "--mark", self.mark))

    def test_2_whatever_is_done_to_the_file_is_found(self):
        self.assertTrue(self.mark.exists(), "the test before has kept it")
        self.rig.hub.stop()
        good = self.rig.home / "good.db"
        shutil.copy(self.rig.data / "hub.db", good)
        self.rig.start_hub()
        ways = {
            "does not fit its hash": "UPDATE audit SET record = replace(record, 'lockDoor', 'openDoor')"
                                     "WHERE seq = (SELECT min(seq) FROM audit WHERE record LIKE '%lockDoor%')",
            "is missing": "DELETE FROM audit WHERE seq = 2",
            "begin": "DELETE FROM audit WHERE seq <= 2;"
                     "UPDATE audit_state SET start_seq = 2, start_hash = (SELECT hash FROM audit WHERE seq = 3)",
            "the end was cut off": "DELETE FROM audit WHERE seq >= (SELECT max(seq) - 1 FROM audit)",
        }
        for sentence, statements in ways.items():
            with self.subTest(sentence):
                self.restart(lambda database, text=statements: database.executescript(text))
                self.assertIn(sentence, self.rig.lockctl("audit", "verify", "--mark", self.mark, expect=1))
                self.rig.hub.stop()
                for name in ("hub.db-wal", "hub.db-shm"):
                    (self.rig.data / name).unlink(missing_ok=True)
                shutil.copy(good, self.rig.data / "hub.db")
                self.rig.start_hub()
        self.rig.lockctl("audit", "verify", "--mark", self.mark)


if __name__ == "__main__":
    unittest.main()
