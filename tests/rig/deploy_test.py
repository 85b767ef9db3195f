"""toolchain/deploy to an emulated machine with a whole Debian 13: what it does the first time, again, without anything to do,
with mistakes, with a new version while the bolt is held, and back, and when the machine loses its power in the middle; then the
door that it left there is hung and comes back. Needs root."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import bounds
import guest
import image
from host_hub import HostHub
from machine import Machine
from motor_bolt import MotorBolt
from results import Results
from rig import BIN, free_port, wait_until

HERE = Path(__file__).resolve().parent
# The postinst of a package during which the power fails: it waits for that, and has nothing more to do when it is run again.
WAITS_FOR_THE_POWER_CUT = """#!/bin/sh
if [ ! -e /var/tmp/installing ]; then
    touch /var/tmp/installing
    sync
    touch /run/cut-the-power
    sleep 600
fi
"""


class Deploy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        disk = image.prepare()
        cls.hub = HostHub()
        cls.addClassCleanup(cls.hub.__exit__, None, None, None)
        cls.hub.start_hub()
        cls.home = Path(tempfile.mkdtemp(prefix="doorlock-deploy-"))
        cls.addClassCleanup(shutil.rmtree, cls.home)
        (cls.home / "connection").write_text(cls.hub.connection_of("door-1"))
        cls.package = guest.package_of("trixie")
        cls.newer = cls.newer_package("newer")
        cls.interrupted = cls.newer_package("newest", WAITS_FOR_THE_POWER_CUT)
        port = free_port()
        cls.environment = cls.tools(disk / "key", port)
        kernel = image.initrd(cls.home / "initrd")
        cls.machine = Machine(kernel, cls.home / "initrd",
                              options=["-drive", f"file={disk}/disk.ext4,format=raw,if=none,id=disk,snapshot=on",
                                       "-device", "virtio-blk-pci,drive=disk,romfile="],
                              forward=f",hostfwd=tcp:127.0.0.1:{port}-:22")
        cls.addClassCleanup(cls.machine.stop)
        cls.pins = cls.machine.pins
        booted = cls.machine.boots(600)
        cls.results = Results("image-trixie", kernel=cls.machine.run("uname -r"), libgpiod=guest.LIBGPIOD["trixie"], arch="arm64",
                              machine="qemu -M virt, Debian 13 on a disk", package=cls.package.name)
        cls.results.seen("Debian 13 boots to a shell", f"{booted:.1f} s")
        wait_until(lambda: cls.remote("true").returncode == 0, "ssh answers", 120)

    @classmethod
    def tools(cls, key, port):
        """What deploy finds: an ssh that reaches the machine, and a lockctl that reaches the hub."""
        key_here = cls.home / "key"
        shutil.copy(key, key_here)
        key_here.chmod(0o600)
        cls.ssh = (f"ssh -i {key_here} -p {port} -o BatchMode=yes -o ConnectTimeout=20 -o UserKnownHostsFile=/dev/null "
                   "-o StrictHostKeyChecking=no -o LogLevel=ERROR")
        lockctl = cls.home / "lockctl"
        lockctl.write_text(f'#!/bin/sh\nexec {BIN / "lockctl"} --connection-file {cls.hub.connection_file} "$@"\n')
        lockctl.chmod(0o755)
        return {**os.environ, "DEPLOY_SSH": cls.ssh, "PATH": f"{cls.home}:{os.environ['PATH']}"}

    @classmethod
    def newer_package(cls, name, instead_of_postinst=None):
        """The same package with a higher version."""
        tree = cls.home / name
        subprocess.run(["dpkg-deb", "-R", cls.package, tree], check=True, timeout=60)
        control = tree / "DEBIAN" / "control"
        lines = [line + "+" + name if line.startswith("Version:") else line for line in control.read_text().splitlines()]
        control.write_text("\n".join(lines) + "\n")
        if instead_of_postinst:
            (tree / "DEBIAN" / "postinst").write_text(instead_of_postinst)
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, cls.home / f"{name}.deb"], check=True, timeout=60,
                       capture_output=True)
        return cls.home / f"{name}.deb"

    @classmethod
    def remote(cls, command):
        return subprocess.run([*cls.ssh.split(), "root@127.0.0.1", command], capture_output=True, text=True, timeout=120,
                              check=False)

    def setUp(self):
        self.addCleanup(self._tell_on_failure)

    def _tell_on_failure(self):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors):
            print("the machine was reset at", self.machine.resets, "and said last:", *self.machine.said.splitlines()[-15:], sep="\n")

    def deploy_command(self, *options):
        return [str(word) for word in (guest.REPOSITORY / "toolchain" / "deploy", "root@127.0.0.1", *options)]

    def deploy(self, *options, expect=0):
        done = subprocess.run(self.deploy_command(*options), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=500, check=False, env=self.environment)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, expect, said)
        return said

    def everything(self, door="strike"):
        return ["--package", self.package, "--config", HERE / "doors" / f"{door}.json", "--connection", self.home / "connection",
                "--ca", self.hub.data / "ca.pem", "--hub-device", "door-1"]

    def version(self):
        return self.machine.run("dpkg-query -W -f='${Version}\\n' doorlockd", 60)

    def test_1_a_dry_run_changes_nothing(self):
        said = self.deploy(*self.everything(), "--dry-run")
        self.assertIn("installing doorlockd_", said)
        self.assertIn("would put", said)
        self.machine.run("test ! -e /usr/bin/doorlockd && test ! -e /etc/doorlockd")

    def test_2_it_installs_provisions_starts_and_waits_for_the_hub(self):
        start = time.monotonic()
        said = self.deploy(*self.everything())
        self.results.seen("toolchain/deploy of package, configuration, CA and key until the hub sees the door",
                          f"{time.monotonic() - start:.0f} s")
        self.assertIn("deploy: the hub sees door-1", said)
        modes = self.machine.run("stat -c '%U:%G %a' /etc/doorlockd/doorlockd.json /etc/doorlockd/door.connection "
                                 "/etc/doorlockd/ca.pem", 60)
        self.assertEqual(modes.splitlines(), ["root:doorlockd 640", "doorlockd:doorlockd 600", "root:doorlockd 640"])
        size = self.machine.run("dpkg-query -W -f='${Installed-Size}\\n' doorlockd", 60)
        memory = self.machine.run("grep VmRSS /proc/$(systemctl show -P MainPID doorlockd)/status", 60).split()[1]
        self.results.seen("installed size of the package", f"{int(size) / 1024:.1f} MB")
        self.results.seen("resident memory of doorlockd", f"{int(memory) / 1024:.1f} MB")
        exposure = self.machine.run("systemd-analyze security doorlockd | tail -n 1", 120)
        self.results.seen("systemd-analyze security on the running machine", re.search(r"\d+\.\d+", exposure)[0])

    def test_3_again_it_changes_nothing_and_the_door_runs_on(self):
        process = self.machine.run("systemctl show -P MainPID doorlockd", 60)
        said = self.deploy(*self.everything())
        self.assertIn("is there already", said)
        self.assertNotIn("is new", said)
        self.assertEqual(self.machine.run("systemctl show -P MainPID doorlockd", 60), process)

    def test_4_a_configuration_with_mistakes_does_not_stop_the_door(self):
        process = self.machine.run("systemctl show -P MainPID doorlockd", 60)
        wrong = self.home / "wrong.json"
        wrong.write_text((HERE / "doors" / "strike.json").read_text().replace("fail_secure_strike", "no_such_kind"))
        said = self.deploy("--package", self.package, "--config", wrong, expect=1)
        self.assertIn("has mistakes", said)
        self.assertEqual(self.machine.run("systemctl show -P MainPID doorlockd", 60), process)
        self.deploy(*self.everything())
        self.results.seen("a dry run and a repetition change nothing; a configuration with mistakes is refused, the door runs on")

    def lock_and_hold(self, door):
        """Deploys a kind of lock and locks it for half an hour."""
        self.deploy(*self.everything(door))
        self.hub.lockctl("invoke", "door-1", "lockDoor", "--payload", '{"lockTime":"30m"}', "--timeout", "30s")

    def assert_still_locked(self, since):
        self.hub.answers("door-1")
        wait_until(lambda: self.hub.reported("door-1").get("lock", {}).get("state") == "locked", "the door says locked", 60)
        self.assertEqual([change for change in self.pins.changes if change[0] >= since], [])

    def update_and_roll_back(self):
        since = time.monotonic()
        before = self.version()
        process = self.machine.run("systemctl show -P MainPID doorlockd", 60)
        self.deploy("--package", self.newer)
        self.assertEqual(self.version(), before + "+newer")
        self.assertNotEqual(self.machine.run("systemctl show -P MainPID doorlockd", 60), process, "the new program runs")
        self.assert_still_locked(since)
        self.deploy("--rollback")
        self.assertEqual(self.version(), before)
        self.assert_still_locked(since)

    def test_5_an_update_and_a_rollback_do_not_move_a_bolt_that_power_holds(self):
        self.lock_and_hold("magnetic-lock")
        self.assertEqual(self.pins.level("GPIO17"), 1)
        self.update_and_roll_back()
        self.assertEqual(self.pins.level("GPIO17"), 1)
        self.results.seen("update and rollback while a magnetic lock is held: changes of its line", "0")

    def test_5b_nor_one_that_stays_where_it_is(self):
        MotorBolt(self.pins)
        self.lock_and_hold("motor-bolt")
        wait_until(lambda: (self.pins.level("GPIO22"), self.pins.level("GPIO17")) == (1, 0), "the bolt is thrown, the motor off", 30)
        self.update_and_roll_back()
        self.results.seen("update and rollback while a motor bolt is locked: changes of its lines", "0")
        self.hub.lockctl("invoke", "door-1", "unlockDoor", "--timeout", "30s")
        self.pins.listeners.clear()

    def test_5c_a_power_cut_in_the_middle_of_an_installation(self):
        start = time.monotonic()
        with subprocess.Popen(self.deploy_command("--package", self.interrupted), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.environment) as deploying:
            wait_until(lambda: self.machine.run("test -e /run/cut-the-power && echo yes || true", 60), "apt is at work", 300)
            self.machine.reset()
            cut = time.monotonic()
            said = deploying.communicate(timeout=300)[0]
        self.assertNotEqual(deploying.returncode, 0, said)
        self.assertIn("no connection to root@127.0.0.1, or it was lost", said)
        self.results.seen("power cut in the middle of an installation: deploy says that the connection is lost",
                          f"{time.monotonic() - cut:.0f} s later")
        self.machine.boots(600)
        wait_until(lambda: self.remote("true").returncode == 0, "ssh answers", 120)
        self.deploy("--package", self.interrupted, "--hub-device", "door-1")
        self.assertTrue(self.version().endswith("+newest"))
        self.assertEqual(self.machine.run("dpkg --audit", 120), "")
        self.deploy(*self.everything())
        self.results.seen("from there the same command finishes the installation", f"{time.monotonic() - start:.0f} s in all")

    def test_6_a_hang_with_the_strike_energised(self):
        self.deploy(*self.everything())
        self.hub.answers("door-1")
        before = time.monotonic()
        self.hub.lockctl("invoke", "door-1", "unlockDoor", "--payload", '{"unlockTime":"19s"}', "--timeout", "30s")
        self.pins.wait("GPIO17", 1, 5, before)
        hung = time.monotonic()
        self.machine.run("kill -STOP $(systemctl show -P MainPID doorlockd)", 60)
        took = self.pins.wait("GPIO17", 0, bounds.HANG + 20, hung) - hung
        self.results.seen("hang with the strike energised: line safe", f"{took:.2f} s, bound {bounds.HANG} s")
        self.assertLess(took, bounds.HANG)
        self.hub.connected("door-1")

    def test_7_after_a_restart_of_the_machine_the_door_is_there_by_itself(self):
        start = time.monotonic()
        self.machine.send("systemctl reboot")
        wait_until(lambda: not self.hub.is_connected("door-1"), "the door is gone", 120)
        self.machine.boots(600)
        self.hub.connected("door-1", 300)
        self.results.seen("from systemctl reboot until the hub sees the door again", f"{time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("the image is installed by root only")
    ran = unittest.main(exit=False).result
    if ran.wasSuccessful() and hasattr(Deploy, "results"):
        Deploy.results.write()
    sys.exit(not ran.wasSuccessful())
