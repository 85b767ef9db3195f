"""The package's doorlockd on an emulated arm64 machine, under the hub's command: what the pins do is seen from outside.

The machine runs Debian's own kernel and systemd with the package's unit; its GPIO controller, a PL061, keeps a line driven
when the process that drove it has died, as Raspberry Pi OS does."""

import os
import shutil
import sys
import tempfile
import time
import unittest
from pathlib import Path

import bounds
import guest
from host_hub import HostHub, wait_until
from machine import QEMU, Machine
from motor_bolt import MotorBolt
from results import Results
from wave import write_vcd

HERE = Path(__file__).resolve().parent
SUITE = os.environ.get("RIG_SUITE", "bookworm")
SKIPPED = 77
ON_REQUEST = unittest.skipUnless("RIG_WHOLE" in os.environ, "tests/rig/run tries it; CI has less time")


class Virt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        package = guest.package_of(SUITE)
        cls.hub = HostHub()
        cls.addClassCleanup(cls.hub.__exit__, None, None, None)
        cls.hub.start_hub()
        files = {name: (HERE / "doors" / name).read_text() for name in ("motor-bolt.json", "strike.json", "magnetic-lock.json")}
        files["door.connection"] = cls.hub.connection_of("door-1")
        files["ca.pem"] = (cls.hub.data / "ca.pem").read_bytes()
        directory = Path(tempfile.mkdtemp(prefix="doorlock-rig-"))
        cls.addClassCleanup(shutil.rmtree, directory)
        kernel = guest.initrd(SUITE, package, files, directory / "initrd")
        cls.machine = Machine(kernel, directory / "initrd")
        cls.addClassCleanup(cls.machine.stop)
        cls.pins = cls.machine.pins
        cls.bolt = MotorBolt(cls.pins)
        booted = cls.machine.boots(400)
        release = cls.machine.run("uname -r")
        cls.results = Results(f"virt-{SUITE}", kernel=release, libgpiod=guest.LIBGPIOD[SUITE], arch="arm64",
                              machine="qemu -M virt, PL061", package=package.name)
        cls.results.seen("boots to a shell", f"{booted:.1f} s")

    def setUp(self):
        self.addCleanup(self._tell_on_failure)

    def _tell_on_failure(self):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors):
            print("the machine said last:", *self.machine.said.splitlines()[-15:], sep="\n")
            if not self.machine.resets:
                print(self.machine.run("journalctl -b -u doorlockd -n 20 --no-pager", 60))

    def connected(self):
        self.hub.answers("door-1")

    def invoke(self, method, payload):
        """Calls a method of the door; returns the moment before the call and the answer."""
        before = time.monotonic()
        answer = self.hub.lockctl("invoke", "door-1", method, "--payload", payload, "--timeout", "30s")
        return before, answer

    def use(self, config):
        """Gives the door another configuration."""
        self.machine.run(f"cp -p /etc/doorlockd/{config} /etc/doorlockd/doorlockd.json && systemctl restart doorlockd", 60)
        self.connected()

    def energise(self):
        """Releases the strike: from now on its line is active for 19 s if nothing happens."""
        self.invoke("lockDoor", "{}")  # what an earlier test's hold has left
        self.assertEqual(self.pins.level("GPIO17"), 0)
        before, _ = self.invoke("unlockDoor", '{"unlockTime":"19s"}')
        self.pins.wait("GPIO17", 1, 5, before)
        self.assertEqual(self.pins.level("GPIO17"), 1)

    def assert_safe(self, since, bound, what):
        took = self.pins.wait("GPIO17", 0, bound + 20, since) - since
        self.results.seen(what, f"{took:.2f} s, bound {bound} s")
        self.assertLess(took, bound)

    def test_1_lock_door_throws_the_bolt_for_as_long_as_was_asked(self):
        self.connected()
        wait_until(lambda: self.hub.reported("door-1").get("lock", {}).get("state") == "unlocked", "the door is unlocked")
        start = time.monotonic()
        levels = {name: self.pins.level(name) for name in ("GPIO17", "GPIO22", "GPIO27", "GPIO23")}
        self.assertEqual(levels, {"GPIO17": 0, "GPIO22": 0, "GPIO27": 0, "GPIO23": 1})
        before, answer = self.invoke("lockDoor", '{"lockTime":"3s"}')
        answered = time.monotonic()
        self.assertIn("lockDoor called successfully", answer)
        on = self.pins.wait("GPIO17", 1, 5, start)
        arrived = self.pins.wait("GPIO22", 1, 5, on)
        off = self.pins.wait("GPIO17", 0, 5, on)
        self.assertGreater(on, before, "nothing moves before the command")
        self.assertLess(arrived, off)
        self.assertLess(off - arrived, 1.0, "the motor stops when the switch has spoken")
        self.assertGreaterEqual(answered, arrived, "the answer follows the switch")
        back = self.pins.wait("GPIO27", 1, 10, off)
        self.assertAlmostEqual(back - off, 3, delta=1.0, msg="the hold lasts as long as was asked")
        end = self.pins.wait("GPIO27", 0, 5, back)
        self.assertEqual([name for _, name, level in self.pins.changes if level and name in ("GPIO17", "GPIO27") and _ >= start],
                         ["GPIO17", "GPIO27"], "each line moves once")
        self.results.seen("lockDoor moves the pin", f"{1e3 * (on - before):.0f} ms after lockctl was started")
        self.results.seen("the hold of 3 s ends at the pin", f"{back - off:.2f} s")
        if "RIG_RESULTS" in os.environ:
            Path(os.environ["RIG_RESULTS"]).mkdir(parents=True, exist_ok=True)
            write_vcd(Path(os.environ["RIG_RESULTS"]) / f"virt-{SUITE}.vcd", self.pins.changes, start, end + 0.5, levels)
        memory = self.machine.run("grep VmRSS /proc/$(pidof doorlockd)/status").split()[1]
        self.results.seen("resident memory of doorlockd", f"{int(memory) / 1024:.1f} MB")

    def restart_with_the_bolt_held(self, kind):
        """A planned restart, as an upgrade of the package does it: nothing may move from before it until the door answers."""
        self.invoke("lockDoor", '{"lockTime":"10m"}')
        wait_until(lambda: self.hub.reported("door-1").get("lock", {}).get("state") == "locked", "the door is locked", 60)
        wait_until(lambda: self.pins.level("GPIO17") == (kind == "magnetic lock"), "the motor is off, or the magnet on", 30)
        since = time.monotonic()
        process = self.machine.run("pidof doorlockd")
        self.machine.run("systemctl restart doorlockd", 60)
        self.connected()
        self.assertNotEqual(self.machine.run("pidof doorlockd"), process)
        wait_until(lambda: self.hub.reported("door-1").get("lock", {}).get("state") == "locked", "the door is locked", 60)
        self.assertEqual([change for change in self.pins.changes if change[0] >= since], [])
        self.results.seen(f"restart while a {kind} is held: changes of its lines", "0")

    @ON_REQUEST
    def test_1b_a_restart_does_not_move_a_bolt(self):
        self.restart_with_the_bolt_held("motor bolt")
        self.invoke("unlockDoor", "{}")

    @ON_REQUEST
    def test_1c_a_restart_does_not_let_go_of_a_bolt_that_power_holds(self):
        self.use("magnetic-lock.json")
        self.restart_with_the_bolt_held("magnetic lock")
        since = time.monotonic()
        self.machine.run("systemctl stop doorlockd", 60)
        self.pins.wait("GPIO17", 0, 10, since)  # a stop lets go
        self.machine.run("systemctl start doorlockd", 60)

    @ON_REQUEST
    def test_1d_another_kind_of_lock_takes_over_the_line_that_power_held(self):
        self.use("magnetic-lock.json")
        self.invoke("lockDoor", '{"lockTime":"10m"}')
        self.assertEqual(self.pins.level("GPIO17"), 1)
        self.use("motor-bolt.json")
        wait_until(lambda: self.pins.level("GPIO17") == 0, "the motor is off", 30)
        self.invoke("unlockDoor", "{}")

    def test_2_a_line_stays_driven_when_its_process_dies_and_safe_releases_it(self):
        self.use("strike.json")
        self.machine.run("systemctl stop doorlockd")
        start = time.monotonic()
        self.machine.run("doorlockd gpio pulse GPIO17 9s & sleep 1; kill -9 $!")
        self.pins.wait("GPIO17", 1, 5, start)
        self.assertEqual(self.pins.level("GPIO17"), 1, "this controller keeps the line driven")
        self.machine.run("doorlockd safe --config /etc/doorlockd/doorlockd.json")
        self.assertEqual(self.pins.level("GPIO17"), 0)
        self.results.seen("a line stays driven when its process is killed; doorlockd safe releases it")
        self.machine.run("systemctl start doorlockd", 60)

    def test_3_killed_with_the_strike_energised(self):
        self.use("strike.json")
        self.energise()
        killed = time.monotonic()
        self.machine.run("kill -KILL $(pidof doorlockd)")
        self.assert_safe(killed, bounds.CRASH, "SIGKILL with the strike energised: line safe")
        self.connected()

    def test_4_crashed_with_the_strike_energised(self):
        self.use("strike.json")
        self.energise()
        killed = time.monotonic()
        self.machine.run("kill -SEGV $(pidof doorlockd)")
        self.assert_safe(killed, bounds.CRASH, "SIGSEGV with the strike energised: line safe")
        self.connected()

    def test_5_hung_with_the_strike_energised(self):
        self.use("strike.json")
        self.energise()
        hung = time.monotonic()
        self.machine.run("kill -STOP $(pidof doorlockd)")
        self.assert_safe(hung, bounds.HANG, "hang (SIGSTOP) with the strike energised: line safe")
        since_hang = time.monotonic()
        self.connected()
        self.results.seen("after the hang the door is back at the hub", f"{time.monotonic() - since_hang:.1f} s later")

    def test_6_kernel_panic_with_the_strike_energised(self):
        self.use("strike.json")
        self.energise()
        panicked = time.monotonic()
        self.machine.send("echo c >/proc/sysrq-trigger")
        self.assert_safe(panicked, bounds.PANIC, "kernel panic with the strike energised: line safe")
        self.assertIn("WATCHDOG", [event for _, event in self.machine.resets], "the hardware watchdog did it")


class Page(unittest.TestCase):
    def test_the_operations_page_states_the_bounds(self):
        page = (guest.REPOSITORY / "docs" / "operations.md").read_text()
        for row, bound in (("crash, SIGKILL", bounds.CRASH), ("hang", bounds.HANG), ("kernel panic", bounds.PANIC)):
            self.assertRegex(page, rf"(?m)^\| {row} \|.*\b{bound} s \|$")


if __name__ == "__main__":
    for needed in (QEMU, "fdtput"):
        if not shutil.which(needed):
            print(f"SKIPPED: the rig needs {needed}; scripts/setup test installs it", flush=True)
            sys.exit(SKIPPED)
    if guest.package_of(SUITE) is None:
        print(f"SKIPPED: the rig needs doorlockd's package; scripts/package arm64 {SUITE} makes it", flush=True)
        sys.exit(SKIPPED)
    ran = unittest.main(exit=False).result
    if ran.wasSuccessful() and hasattr(Virt, "results"):
        Virt.results.write()
    sys.exit(not ran.wasSuccessful())
