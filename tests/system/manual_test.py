"""Every example of the three man pages, run as it stands: names, times and numbers of another place are put in first."""

import os
import re
import subprocess
import unittest

from rig import BIN, HERE, Program, Rig

MANUAL = HERE.parents[1] / "docs" / "man"
PAGES = ("lockhub.8", "lockctl.1", "doorlockd.8")  # in this order: a hub, its services, a door

# What the pages say, and what stands for it here. One that no page says any more is a mistake of this test.
SUBSTITUTES = (
    ("--hostname hub.example.net --listen 0.0.0.0", "--listen 127.0.0.1 --mqtt-port {mqtt} --https-port {https}"),
    ("/var/backups/", "{home}/"),
    ("/etc/doorlockd/doorlockd.json", "door-2.json"),
    ("--at 2026-11-21T02:00+01:00", "--in 1s"),
    ("--in 10s", "--in 1s"),
    ("--in 20s", "--in 2s"),
    ("20261120-163000-3f9a", "earlier"),
    ("simulate -n 1000", "simulate -n 20 --prefix more- --for 1s"),
)
# What goes on running, and what it says when it is ready.
LASTING = (("lockhub run", r"event=ready"), ("doorlockd --config", r"event=connected"))
EVERY_DEVICE = 120  # as the example with --expect says


def examples(page):
    """The commands of the page's EXAMPLES, without roff and prompt."""
    text = (MANUAL / page).read_text().partition("\n.SH EXAMPLES\n")[2].partition("\n.SH ")[0]
    for escape, plain in (("\\-", "-"), ("\\(aq", "'"), ("\\(dq", '"'), ("\\e", "\\")):
        text = text.replace(escape, plain)
    blocks = re.findall(r"^\.EX\n(.*?)^\.EE$", text, re.MULTILINE | re.DOTALL)
    return re.findall(r"^\$ ((?:.*\\\n)*.*)$", "".join(blocks), re.MULTILINE)


class Manual(unittest.TestCase):
    def setUp(self):
        self.rig = Rig()
        self.addCleanup(self.rig.__exit__, None, None, None)
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("LOCKCTL_")}
        self.env |= {"HOME": str(self.rig.home), "PATH": f"{BIN}:{os.environ['PATH']}"}
        self.used = set()

    def here(self, command):
        for said, stands_for in SUBSTITUTES:
            if said in command:
                self.used.add(said)
                command = command.replace(said, stands_for.format(mqtt=self.rig.mqtt_port, https=self.rig.https_port,
                                                                  home=self.rig.home))
        return command

    def run_one(self, command, expect=0):
        done = subprocess.run(["bash", "-c", command], cwd=self.rig.home, env=self.env, capture_output=True, text=True,
                              timeout=60, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, expect, f"$ {command}\n{done.stdout}{done.stderr}")

    def start(self, command, pattern):
        program = Program("bash", "-c", f"cd '{self.rig.home}' && exec {command}", env=self.env)
        self.rig.programs.append(program)
        program.says(pattern, 60)

    def door_1(self):
        config = (HERE.parent / "doors" / "motor-bolt.json").read_text()
        for said, stands_for in (('"connection",', '"door-1.connection",'), ("@CA@", "ca.pem"), ('"state"', '"state-1"')):
            self.assertIn(said, config)
            config = config.replace(said, stands_for)
        (self.rig.home / "door-1.json").write_text(config)
        self.start("doorlockd --config door-1.json --simulate", r"event=connected")

    def building_43(self):
        """Doors for the conditions of the page, and an earlier job that failed on one that was away then."""
        self.run_one("lockctl simulate -n 1 --prefix late- --for 0s")
        self.run_one("lockctl job create --id earlier --device late-00001 --method lockDoor --max-time 1s --wait", expect=6)
        self.start("lockctl simulate -n 1 --prefix late-", r'"ready":1\b')
        doors = EVERY_DEVICE - 3  # beside door-1, door-2 and late-00001
        self.start(f"lockctl simulate -n {doors} --building 43 --floor 3 --delay 0s", rf'"ready":{doors}\b')

    def test_every_example_does_what_it_says(self):
        needs = {"lockctl lock door-1": self.door_1, "lockctl job create": self.building_43}
        for page in PAGES:
            commands = examples(page)
            self.assertGreater(len(commands), 3, page)
            for command in commands:
                for prefix in [prefix for prefix in needs if command.startswith(prefix)]:
                    needs.pop(prefix)()
                lasting = [ready for start, ready in LASTING if command.startswith(start)]
                if lasting:
                    self.start(self.here(command), lasting[0])
                else:
                    self.run_one(self.here(command))
        self.assertEqual(needs, {}, "no example needs this any more")
        self.assertEqual({said for said, _ in SUBSTITUTES} - self.used, set(), "no example says this any more")


if __name__ == "__main__":
    unittest.main()
