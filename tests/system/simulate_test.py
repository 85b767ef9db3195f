"""lockctl simulate against a real hub: a fleet that jobs reach, that survives its hub, and that goes when it is told to."""

import json
import signal
import unittest

from rig import BIN, Rig, wait_until

DOORS = 80


class Simulate(unittest.TestCase):
    def setUp(self):
        self.rig = Rig()
        self.addCleanup(self.rig.__exit__, None, None, None)
        self.rig.start_hub()

    def fleet(self, *options, expect_ready=True):
        program = self.rig.spawn(BIN / "lockctl", "--connection-file", self.rig.connection_file, "simulate", "-n", DOORS,
                                 "--delay", "0s", *options)
        if expect_ready:
            self.until(program, ready=DOORS)
        return program

    def until(self, program, **wanted):
        """Waits for a line, from now on, that says so."""
        seen = len(program.output.splitlines())

        def says_so():
            lines = [json.loads(line) for line in program.output.splitlines()[seen:]]
            return any(all(line[name] == value for name, value in wanted.items()) for line in lines)
        wait_until(says_so, f"the fleet says {wanted}; it said {program.output[-500:]}", 60)

    def stop(self, program):
        program.signal(signal.SIGINT)
        self.assertEqual(program.ends(60), 0, program.output)

    def devices(self):
        return self.rig.lockctl_json("device", "list")

    def test_a_job_reaches_every_door_and_finds_those_that_refuse(self):
        fleet = self.fleet("--building", 43, "--floor", 3, "--refuse", "5%")
        said = self.rig.lockctl("job", "create", "--id", "lock", "--method", "lockDoor", "--where",
                                "tags.building = 43 AND tags.floor = 3", "--expect", DOORS, "--wait", expect=3)
        self.assertIn(f"{DOORS - 4} of {DOORS} succeeded, 4 failed", said)
        self.until(fleet, answered=DOORS, refused=4)
        self.assertEqual(self.rig.reported("sim-00001")["lock"]["state"], "locked")

    def test_a_twin_job_is_acknowledged_by_every_door(self):
        fleet = self.fleet("--tag", "wing=east")
        self.rig.lockctl("job", "create", "--where", "tags.wing = 'east'", "--desired", "floor=7", "--wait")
        self.until(fleet, twinChanges=DOORS)
        wait_until(lambda: len(self.rig.lockctl_json(
            "query", "SELECT deviceId FROM devices WHERE properties.reported.floor.value = 7")) == DOORS,
            "every door has reported its floor")

    def test_the_fleet_comes_back_when_its_hub_does(self):
        fleet = self.fleet()
        self.rig.hub.kill()
        self.until(fleet, connected=0)
        self.rig.start_hub()
        self.until(fleet, ready=DOORS)

    def test_remove_leaves_nothing_behind_and_without_it_a_later_run_finds_the_devices(self):
        self.stop(self.fleet())
        self.assertEqual(len(self.devices()), DOORS)
        self.stop(self.fleet("--remove"))
        self.assertEqual(self.devices(), [])

    def test_it_ends_by_itself_after_its_time(self):
        self.assertEqual(self.fleet("--for", "0s", expect_ready=False).ends(60), 0)

    def test_a_real_door_of_a_similar_name_is_not_touched(self):
        self.rig.lockctl("device", "add", "sim-00007")
        key = self.rig.lockctl("device", "show", "sim-00007", "--connection-string")
        fleet = self.fleet("--remove", expect_ready=False)
        self.assertEqual(fleet.ends(60), 1)
        self.assertIn("device 'sim-00007' exists and was not made by lockctl simulate", fleet.output)
        self.assertEqual(self.rig.lockctl("device", "show", "sim-00007", "--connection-string"), key)


if __name__ == "__main__":
    unittest.main()
