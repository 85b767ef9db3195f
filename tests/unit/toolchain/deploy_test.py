"""toolchain/deploy with a Pi that is a directory: ssh runs a command here, and apt, dpkg and systemctl only write down what they
were to do. The real ones are tried by `tests/rig/run deploy`."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
SSH = """#!/bin/sh
echo "$@" >>"$PI/ssh-options"
for command in "$@"; do :; done
command=$(printf '%s\\n' "$command" | sed "s#/etc/doorlockd#$PI/etc#g; s#/var/cache/doorlockd-deploy#$PI/cache#g")
export PATH="$PI/bin:$PATH"
case $([ ! -e "$PI/cut" ] || echo "$command") in
    *arrives*) head -c 20 | sh -c "$command"; exit 255 ;;
    *) exec sh -c "$command" ;;
esac
"""
PROGRAMS = {
    "id": "echo 0",
    "dpkg": 'case $1 in --print-architecture) echo arm64 ;; *) echo "dpkg $*" >>"$PI/done" ;; esac',
    "dpkg-query": '[ -e "$PI/installed" ] && printf "installed " && cat "$PI/installed"',
    "apt-get": 'for file in "$@"; do :; done\n'
               'echo "apt-get $(dpkg-deb -f "$file" Version)" >>"$PI/done"\n'
               'if [ -e "$PI/no-space" ]; then echo "No space left on device"; exit 100; fi\n'
               'dpkg-deb -f "$file" Version >"$PI/installed"',
    "runuser": 'for file in "$@"; do :; done; ! grep -q mistake "$file"',
    "systemctl": 'echo "systemctl $*" >>"$PI/done"',
    "chown": 'echo "chown $*" >>"$PI/done"',
    "stat": 'case $3 in *.connection) echo doorlockd:doorlockd 600 ;; *) echo root:doorlockd 640 ;; esac',
}


class Deploy(unittest.TestCase):
    def setUp(self):
        self.home = Path(tempfile.mkdtemp(prefix="doorlock-deploy-"))
        self.addCleanup(shutil.rmtree, self.home)
        self.pi = self.home / "pi"
        (self.pi / "bin").mkdir(parents=True)
        (self.pi / "etc").mkdir()
        for name, text in PROGRAMS.items():
            (self.pi / "bin" / name).write_text("#!/bin/sh\n" + text + "\n")
            (self.pi / "bin" / name).chmod(0o755)
        (self.home / "ssh").write_text(SSH)
        (self.home / "ssh").chmod(0o755)
        (self.home / "key").write_text("HostName=hub;it's a key\n")
        (self.home / "config").write_text("{}\n")

    def package(self, version):
        tree = self.home / version
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN" / "control").write_text(f"Package: doorlockd\nVersion: {version}\nArchitecture: arm64\n"
                                                 "Maintainer: nobody <nobody@example.org>\nDescription: a door\n")
        subprocess.run(["dpkg-deb", "-b", tree, self.home / f"{version}.deb"], check=True, capture_output=True, timeout=60)
        return self.home / f"{version}.deb"

    def deploy(self, *options, expect=0):
        (self.pi / "done").write_text("")
        environment = {**os.environ, "DEPLOY_SSH": str(self.home / "ssh"), "PI": str(self.pi)}
        done = subprocess.run([str(word) for word in (REPOSITORY / "toolchain" / "deploy", "pi@door", *options)], check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, env=environment)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def everything(self, version):
        return ["--package", self.package(version), "--connection", self.home / "key", "--config", self.home / "config"]

    def installed(self):
        return (self.pi / "installed").read_text().strip()

    def test_it_installs_provisions_and_starts(self):
        self.deploy(*self.everything("1.0"))
        self.assertEqual(self.installed(), "1.0")
        self.assertEqual((self.pi / "etc" / "door.connection").read_text(), "HostName=hub;it's a key\n")
        self.assertEqual((self.pi / "etc" / "door.connection").stat().st_mode & 0o777, 0o600)
        self.assertEqual(sorted(path.name for path in (self.pi / "etc").iterdir()), ["door.connection", "doorlockd.json"])
        self.assertIn("systemctl restart doorlockd", (self.pi / "done").read_text())

    def test_again_it_changes_nothing(self):
        words = self.everything("1.0")
        self.deploy(*words)
        self.assertNotIn("is new", self.deploy(*words))
        self.assertNotIn("apt-get", (self.pi / "done").read_text())
        self.assertNotIn("restart", (self.pi / "done").read_text())

    def test_a_package_that_was_removed_is_installed_again(self):
        words = self.everything("1.0")
        self.deploy(*words)
        (self.pi / "bin" / "dpkg-query").write_text('#!/bin/sh\nprintf "config-files 1.0"\n')
        self.deploy(*words)
        self.assertIn("apt-get 1.0", (self.pi / "done").read_text())

    def test_it_goes_back_and_forth(self):
        self.assertIn("not installed", self.deploy("--rollback", expect=1))
        self.deploy(*self.everything("1.0"))
        self.assertIn("no earlier package", self.deploy("--rollback", expect=1))
        self.deploy("--package", self.package("2.0"))
        for version in ("1.0", "2.0", "1.0"):
            self.deploy("--rollback")
            self.assertEqual(self.installed(), version)

    def test_an_installation_that_fails_takes_nothing_to_go_back_to(self):
        self.deploy(*self.everything("1.0"))
        self.deploy("--package", self.package("2.0"))
        (self.pi / "no-space").touch()
        self.assertIn("No space left on device", self.deploy("--package", self.package("3.0"), expect=1))
        (self.pi / "no-space").unlink()
        self.deploy("--package", self.home / "3.0.deb")
        self.deploy("--rollback")
        self.assertEqual(self.installed(), "2.0")

    def test_what_did_not_arrive_whole_is_not_used(self):
        self.deploy(*self.everything("1.0"))
        (self.home / "key").write_text("HostName=hub;another key, which is longer\n")
        (self.pi / "cut").touch()
        said = self.deploy("--package", self.home / "1.0.deb", "--connection", self.home / "key", expect=1)
        self.assertIn("did not arrive whole", said)
        self.assertIn("no connection to pi@door, or it was lost", said)
        self.assertEqual((self.pi / "etc" / "door.connection").read_text(), "HostName=hub;it's a key\n")

    def test_a_configuration_with_mistakes_is_not_used(self):
        self.deploy(*self.everything("1.0"))
        (self.home / "config").write_text('{ "mistake": 1 }\n')
        said = self.deploy("--package", self.home / "1.0.deb", "--config", self.home / "config", expect=1)
        self.assertIn("has mistakes; what is on pi@door stays as it is", said)
        self.assertEqual((self.pi / "etc" / "doorlockd.json").read_text(), "{}\n")
        self.assertNotIn("restart", (self.pi / "done").read_text())

    def test_a_connection_that_is_lost_is_not_waited_for_for_ever(self):
        self.deploy(*self.everything("1.0"))
        for line in (self.pi / "ssh-options").read_text().splitlines():
            if "BatchMode" in line:
                self.assertIn("-o ServerAliveInterval=10 -o ServerAliveCountMax=6", line)


if __name__ == "__main__":
    if not shutil.which("dpkg-deb"):
        print("SKIPPED: this is no Debian")
        sys.exit(77)
    unittest.main()
