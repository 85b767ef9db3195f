"""The main job and what it survives: hub and door are killed, and the job still comes true."""

import re
import time
import unittest

from rig import Rig, wait_until


def lock_state(rig, device_id):
    return rig.reported(device_id).get("lock", {}).get("state")


class MainJob(unittest.TestCase):
    def setUp(self):
        self.rig = Rig()
        self.addCleanup(self.rig.__exit__, None, None, None)
        self.rig.start_hub()

    def schedule(self, twin_in, method_in):
        self.rig.lockctl("job", "create", "--id", "assign", "--where", "deviceId = 'door-1'", "--desired",
                         "building=43,floor=3", "--in", twin_in)
        self.rig.lockctl("job", "create", "--id", "lock", "--where", "deviceId IN ['door-1']", "--method", "lockDoor",
                         "--payload", '{"lockTime":"10m"}', "--in", method_in)

    def assert_succeeded(self, job_id):
        self.rig.lockctl("job", "watch", job_id)
        job = self.rig.job(job_id)
        self.assertEqual(job["status"], "completed", job)
        self.assertEqual(job["deviceJobStatistics"], {"deviceCount": 1, "failedCount": 0, "succeededCount": 1,
                                                      "runningCount": 0, "pendingCount": 0})

    def test_two_jobs_at_two_times_reach_the_bolt_and_the_truth_comes_back(self):
        door = self.rig.door("door-1")
        wait_until(lambda: lock_state(self.rig, "door-1") == "unlocked", "the door reports that it rests unlocked")
        self.schedule("1s", "2s")
        self.assert_succeeded("assign")
        self.assert_succeeded("lock")
        door.says(r"event=method name=lockDoor status=200")
        wait_until(lambda: lock_state(self.rig, "door-1") == "locked", "the door reports that it is locked")
        reported = self.rig.reported("door-1")
        self.assertEqual(reported["building"]["value"], 43)
        self.assertEqual(reported["building"]["ac"], 200)
        self.assertEqual(reported["floor"]["value"], 3)

    def test_a_hub_killed_between_the_jobs_runs_the_second_on_time(self):
        door = self.rig.door("door-1")
        self.schedule("500ms", "4s")
        self.assert_succeeded("assign")
        self.rig.hub.kill()
        door.says(r"event=disconnected")
        self.rig.start_hub()
        self.assertIn(self.rig.job("lock")["status"], ("scheduled", "queued", "running"))
        self.assert_succeeded("lock")
        record = self.rig.job("lock")
        self.assertLess(record["startTime"], record["endTime"])
        wait_until(lambda: lock_state(self.rig, "door-1") == "locked", "the door reports that it is locked")
        self.assertEqual(len(re.findall(r"event=method name=lockDoor", door.output)), 1)

    def test_a_job_whose_time_came_while_the_hub_was_down_runs_when_it_is_back(self):
        self.rig.door("door-1")
        self.schedule("500ms", "1s")
        self.rig.hub.kill()
        time.sleep(1.5)
        self.rig.start_hub()
        self.assert_succeeded("assign")
        self.assert_succeeded("lock")

    def test_a_killed_door_comes_back_locked_and_says_unknown_until_its_switch_has_spoken(self):
        door = self.rig.door("door-1")
        self.rig.lockctl("lock", "door-1", "--for", "10m")
        door.says(r"event=bolt state=locked")
        door.kill()
        again = self.rig.start_door(self.rig.home / "door-1" / "doorlockd.json")
        again.says(r"event=connected")
        again.says(r"event=start .*bolt=unknown")
        again.says(r"event=bolt state=locked")
        self.assertNotIn("state=unlocked", again.output)
        wait_until(lambda: lock_state(self.rig, "door-1") == "locked", "the door reports that it is locked")


if __name__ == "__main__":
    unittest.main()
