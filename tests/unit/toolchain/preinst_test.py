"""doorlockd's preinst refuses an ARMv6, and nothing else. The words are those of real machines."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

PREINST = Path(__file__).resolve().parents[3] / "toolchain" / "packaging" / "doorlockd" / "preinst"


class Preinst(unittest.TestCase):
    def run_on(self, architecture, machine):
        with tempfile.TemporaryDirectory() as directory:
            for name, says in (("dpkg", architecture), ("uname", machine)):
                program = Path(directory, name)
                program.write_text(f"#!/bin/sh\necho {says}\n")
                program.chmod(0o755)
            return subprocess.run([PREINST, "install"], env={**os.environ, "PATH": f"{directory}:{os.environ['PATH']}"},
                                  capture_output=True, text=True, timeout=30, check=False)

    def test_a_pi_1_or_zero_is_refused_with_a_sentence(self):
        done = self.run_on("armhf", "armv6l")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("ARMv6 processor (Pi 1, Zero, Zero W)", done.stderr)
        self.assertIn("needs a Pi 2 or later", done.stderr)

    def test_every_later_pi_is_taken(self):
        for architecture, machine in (("armhf", "armv7l"), ("armhf", "aarch64"), ("arm64", "aarch64"), ("amd64", "x86_64")):
            done = self.run_on(architecture, machine)
            self.assertEqual((done.returncode, done.stderr), (0, ""), (architecture, machine))


if __name__ == "__main__":
    unittest.main()
