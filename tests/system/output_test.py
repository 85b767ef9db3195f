"""Every command in every format: -o json is one document, -o jsonl a document in each line, -o csv a table or a refusal that
says why; and who stops reading early is left in peace."""

import csv
import io
import json
import re
import subprocess
import time
import unittest

from rig import BIN, Rig

# What gives a list; everything else gives one object.
LISTS = {"status", "lock", "unlock", "job plan", "job list", "job results", "job retry", "device list", "policy list", "query",
         "events", "doctor", "audit list"}
AS_CSV = LISTS - {"job retry", "events"}
# Prints no result of a hub.
APART = {"completion"}


def commands(path=()):
    """Every command that --help names, in words."""
    text = subprocess.run([BIN / "lockctl", *path, "--help"], capture_output=True, text=True, check=True, timeout=60).stdout
    below = re.search(r"^Subcommands:\n((?:  .*\n?)+)", text, re.MULTILINE)
    if below is None:
        return [" ".join(path)]
    names = re.findall(r"^  (\S+)", below.group(1), re.MULTILINE)
    return [command for name in names for command in commands((*path, name))]


class Output(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig()
        cls.addClassCleanup(cls.rig.__exit__, None, None, None)
        cls.rig.start_hub()
        cls.rig.spawn(BIN / "lockctl", "--connection-file", cls.rig.connection_file, "simulate", "-n", "2", "--prefix", "door-",
                      "--delay", "0s", "--building", "1").says(r'"ready":2\b', 60)
        cls.rig.lockctl("device", "add", "away")
        cls.rig.lockctl("job", "create", "--id", "done", "--method", "lockDoor", "--where", "tags.building = 1", "--wait")
        cls.rig.lockctl("job", "create", "--id", "late", "--method", "lockDoor", "--device", "away", "--max-time", "1s", "--wait",
                        expect=6)

    def run_one(self, *arguments):
        """Exit status, standard output and standard error."""
        done = subprocess.run([str(part) for part in (BIN / "lockctl", "--connection-file", self.rig.connection_file, *arguments)],
                              capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def calls(self, name):
        """Of each command the arguments with which it ends well, or with a failing door (3, 6)."""
        new = f"{name.replace(' ', '-')}-{time.monotonic_ns()}"
        later = f"later-{new}"
        if name in ("job cancel", "job retry"):
            self.rig.lockctl("job", "create", "--id", later, "--method", "lockDoor", "--where", "tags.building = 1", "--in", "1h")
        if name == "job retry":
            self.rig.lockctl("job", "cancel", later)
        if name == "device remove":
            self.rig.lockctl("device", "add", new)
        on_doors = ["--method", "lockDoor", "--where", "tags.building = 1"]
        return {
            "lock": [["lock", "door-00001", "away", "nobody"]],
            "unlock": [["unlock", "door-00001"]],
            "status": [["status", "door-00001", "door-00002"], ["status", "away"]],
            "invoke": [["invoke", "door-00001", "getStatus"]],
            "job create": [["job", "create", *on_doors], ["job", "create", *on_doors, "--wait"],
                           ["job", "create", *on_doors, "--in", "1h"]],
            "job plan": [["job", "plan", "--method", "lockDoor", "--where", "*"]],
            "job list": [["job", "list"], ["job", "list", "--status", "scheduled", "--type", "scheduleUpdateTwin"]],
            "job show": [["job", "show", "done"]],
            "job watch": [["job", "watch", "done"], ["job", "watch", "late"]],
            "job results": [["job", "results", "done"], ["job", "results", "done", "--failed"]],
            "job cancel": [["job", "cancel", later]],
            "job retry": [["job", "retry", "late"], ["job", "retry", later, "--wait"]],
            "twin show": [["twin", "show", "door-00001"]],
            "twin set": [["twin", "set", "away", "a=1"]],
            "twin tag": [["twin", "tag", "away", "a=1"]],
            "device add": [["device", "add", new]],
            "device list": [["device", "list"]],
            "device show": [["device", "show", "away"], ["device", "show", "away", "--connection-string"]],
            "device remove": [["device", "remove", new]],
            "policy list": [["policy", "list"]],
            "policy add": [["policy", "add", "reader", "--rights", "registryRead"]],
            "query": [["query", "SELECT * FROM devices"], ["query", "SELECT deviceId FROM devices WHERE tags.a = 99"]],
            "events": [["events", "--after", "0", "--count", "3"]],
            "audit list": [["audit", "list"]],
            "audit verify": [["audit", "verify"]],
            "simulate": [["simulate", "-n", "1", "--prefix", "more-", "--for", "2s"]],
            "doctor": [["doctor"]],
        }[name]

    def every_call(self, format_name):
        found = set(commands()) - APART
        self.assertGreater(len(found), 20)
        for name in sorted(found):
            for arguments in self.calls(name):
                if name == "job create" and format_name == "csv":
                    self.assertEqual(self.run_one("-o", "csv", *arguments, "--dry-run")[0], 0, arguments)
                status, out, err = self.run_one("-o", format_name, *arguments)
                yield name, arguments, status, out, err

    def test_json_is_one_document(self):
        for name, arguments, status, out, err in self.every_call("json"):
            with self.subTest(command=arguments):
                self.assertIn(status, (0, 3, 6), err)
                self.assertIsInstance(json.loads(out), list if name in LISTS else dict, out)

    def test_jsonl_is_a_document_in_each_line(self):
        for name, arguments, status, out, err in self.every_call("jsonl"):
            with self.subTest(command=arguments):
                self.assertIn(status, (0, 3, 6), err)
                documents = [json.loads(line) for line in out.splitlines()]
                for document in documents:
                    self.assertIsInstance(document, dict, out)
                if name not in LISTS and name not in ("job watch", "job create", "simulate"):
                    self.assertEqual(len(documents), 1, out)

    def test_csv_is_a_table_or_a_refusal(self):
        for name, arguments, status, out, err in self.every_call("csv"):
            with self.subTest(command=arguments):
                if name not in AS_CSV:
                    self.assertEqual((status, out), (1, ""))
                    self.assertIn("-o csv is for lists", err)
                    continue
                self.assertIn(status, (0, 3, 6), err)
                rows = list(csv.reader(io.StringIO(out, newline="")))
                self.assertLessEqual(len({len(row) for row in rows}), 1, out)
                for head in rows[0] if rows and name != "query" else []:
                    self.assertEqual(head, head.upper(), "heads are written alike")

    def test_no_key_is_told_unasked(self):
        for format_name in ("table", "json", "jsonl", "csv"):
            self.assertNotRegex(self.rig.lockctl("-o", format_name, "policy", "list"), r"Key\"|[A-Za-z0-9+/]{30,}=")

    def test_times_of_a_plan_are_dates_or_null(self):
        plan = self.rig.lockctl_json("job", "plan", "--method", "lockDoor", "--where", "*")
        reports = {entry["deviceId"]: entry["lastReport"] for entry in plan}
        self.assertIsNone(reports["away"])
        self.assertRegex(reports["door-00001"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")

    def test_who_stops_reading_is_left_in_peace(self):
        lockctl = f"'{BIN / 'lockctl'}' --connection-file '{self.rig.connection_file}'"
        self.rig.lockctl("job", "create", "--id", "slow", "--method", "lockDoor", "--where", "tags.building = 1", "--in", "1h")
        for command in ("device list", "-o json query 'SELECT * FROM devices'", "-o jsonl job list", "--help", "completion bash",
                        "events --after 0", "job watch slow", "simulate -n 1 --prefix peace-", "doctor"):
            with self.subTest(command=command):
                done = subprocess.run(["bash", "-c", f"{lockctl} {command} | true; echo ${{PIPESTATUS[0]}}"],
                                      capture_output=True, text=True, timeout=120)
                self.assertEqual(done.stderr.replace("listening; Ctrl-C ends it\n", ""), "")
                self.assertIn(done.stdout.strip(), ("0", "141"))


if __name__ == "__main__":
    unittest.main()
