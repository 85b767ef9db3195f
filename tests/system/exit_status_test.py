"""What a script sees of lockctl: each exit status of the manual from a real hub, real rights, and doors that do as they like."""

import json
import os
import signal
import unittest

from rig import BIN, Rig

DOORS = 40


class ExitStatus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig()
        cls.rig.start_hub()
        cls.fleet("good-", "--building", 1)
        cls.fleet("bad-", "--building", 2, "--refuse", "100%")
        cls.rig.lockctl("device", "add", "away")
        cls.rig.lockctl("twin", "tag", "away", "building=3")

    @classmethod
    def tearDownClass(cls):
        cls.rig.__exit__()

    @classmethod
    def fleet(cls, prefix, *options):
        fleet = cls.rig.spawn(BIN / "lockctl", "--connection-file", cls.rig.connection_file, "simulate", "-n", DOORS,
                              "--prefix", prefix, "--delay", "50ms", *options)
        fleet.says(rf'"ready":{DOORS}\b', 60)

    def job(self, expect, building, *options):
        return self.rig.lockctl("job", "create", "--method", "lockDoor", "--where", f"tags.building = {building}", *options,
                                expect=expect)

    def test_0_when_every_door_did_it(self):
        self.job(0, 1, "--wait")

    def test_1_when_the_command_line_or_a_name_is_wrong(self):
        self.assertIn("there is no option '--wher'; 'lockctl job create --help'",
                      self.rig.lockctl("job", "create", "--wher", "x", expect=1))
        self.assertIn("there is no job 'nothing'", self.rig.lockctl("job", "watch", "nothing", expect=1))

    def test_2_when_the_job_was_cancelled(self):
        self.job(0, 1, "--id", "cancelled", "--rate", "2")
        self.assertIn("--force", self.rig.lockctl("job", "cancel", "cancelled", expect=1))
        self.rig.lockctl("job", "cancel", "cancelled", "--force")
        said = self.rig.lockctl("job", "watch", "cancelled", expect=2)
        self.assertRegex(said, r"\d+ not begun")
        self.assertIn("lockctl job retry cancelled", said)

    def test_3_when_doors_refuse_also_if_that_aborts_the_job(self):
        self.assertIn(f"0 of {DOORS} succeeded, {DOORS} failed", self.job(3, 2, "--wait"))
        said = self.job(3, 2, "--id", "aborted", "--waves", "1", "--wait")
        self.assertIn(f"1 failed, {DOORS - 1} not begun", said)
        again = self.rig.lockctl("job", "retry", "aborted")
        self.assertIn("queued for 1 device that failed", again)
        self.assertIn(f"queued for {DOORS - 1} devices that had not begun", again)

    def test_3_when_the_door_is_not_registered(self):
        for command in (("lock", "nodoor"), ("status", "nodoor"), ("invoke", "nodoor", "getStatus")):
            self.assertIn("there is no such device", self.rig.lockctl(*command, expect=3))

    def test_a_job_that_was_cancelled_before_it_began_can_be_done_after_all(self):
        self.job(0, 1, "--id", "early", "--in", "1h")
        self.rig.lockctl("job", "cancel", "early")
        self.assertIn("for devices where tags.building = 1", self.rig.lockctl("job", "retry", "early", "--wait"))

    def test_4_without_the_right(self):
        string = self.rig.lockctl("policy", "add", "reader", "--rights", "registryRead").strip()
        path = self.rig.home / "reader.json"
        path.touch(0o600)
        path.write_text(json.dumps({"connectionString": string, "caFile": str(self.rig.data / "ca.pem")}))
        program = self.rig.spawn(BIN / "lockctl", "--connection-file", path, "job", "create", "--method", "lockDoor",
                                 "--where", "tags.building = 1")
        self.assertEqual(program.ends(), 4, program.output)
        self.assertIn("this needs ServiceConnect", program.output)

    def test_5_when_nothing_matches_and_a_wrong_name_is_told(self):
        self.job(5, 99, "--wait")
        said = self.rig.lockctl("job", "create", "--method", "lockDoor", "--device", "good-0000l", "--wait", expect=5)
        self.assertIn("there is no device 'good-0000l' now", said)

    def test_6_when_nobody_came_in_time(self):
        self.assertIn("not connected in the job's time", self.job(6, 3, "--max-time", "1s", "--wait"))

    def test_7_when_a_guard_refuses(self):
        self.assertIn(f"means {DOORS} devices now, not {DOORS + 1}", self.job(7, 1, "--expect", DOORS + 1))
        self.assertIn("repeat with --expect", self.rig.lockctl("job", "create", "--method", "lockDoor", "--where", "*", expect=7))

    def test_130_when_a_watcher_leaves_and_the_job_goes_on(self):
        watcher = self.rig.spawn(BIN / "lockctl", "--connection-file", self.rig.connection_file, "job", "create", "--id", "left",
                                 "--method", "lockDoor", "--where", "tags.building = 1", "--rate", "20", "--wait")
        watcher.says(r'"status":"running"')
        watcher.signal(signal.SIGINT)
        self.assertEqual(watcher.ends(), 130, watcher.output)
        self.assertIn("job left goes on; come back to it with: lockctl job watch left", watcher.output)
        self.rig.lockctl("job", "watch", "left")

    def test_a_plan_tells_who_is_away(self):
        command = [BIN / "lockctl", "--connection-file", self.rig.connection_file, "-o", "csv", "job", "plan", "--method",
                   "lockDoor", "--device", "away", "--device", "good-00001", "--max-time", "10m"]
        plan = self.rig.spawn(*command, env={**os.environ, "NO_COLOR": "1"})
        self.assertEqual(plan.ends(), 0, plan.output)
        self.assertRegex(plan.output, r"(?m)^away,not connected,,$")
        self.assertIn("2 devices now, 1 connected; the other gets the call if it comes within 10m", plan.output)


if __name__ == "__main__":
    unittest.main()
