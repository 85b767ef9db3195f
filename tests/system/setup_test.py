"""scripts/setup on a machine that lacks something: it installs, or says what to install."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

SETUP = Path(__file__).resolve().parents[2] / "scripts" / "setup"


class Setup(unittest.TestCase):
    def run_setup(self, *arguments, **programs):
        """Runs it with nothing on its PATH but what it needs and these stand-ins for programs."""
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory)
            for name in ("bash", "env", "sed", "mktemp", "rm", "tail"):
                real = next(Path(p, name) for p in os.defpath.split(":") if p and Path(p, name).exists())
                (path / name).symlink_to(real)
            for name, text in programs.items():
                (path / name).write_text(f"#!/bin/sh\n{text}\n")
                (path / name).chmod(0o755)
            renamed = path / "dpkg_query"
            if renamed.exists():
                renamed.rename(path / "dpkg-query")
            renamed = path / "apt_get"
            if renamed.exists():
                renamed.rename(path / "apt-get")
            done = subprocess.run([path / "bash", SETUP, *arguments], capture_output=True, text=True, timeout=60,
                                  env={"PATH": directory}, check=False)
            return done.returncode, done.stdout + done.stderr

    def test_without_root_it_names_what_is_missing_and_the_command(self):
        status, said = self.run_setup("demo", id="echo 1000", dpkg_query="exit 1")
        self.assertEqual(status, 1)
        self.assertIn("as root, run: apt-get install g++ cmake", said)

    def test_a_machine_without_node_gets_node(self):
        status, said = self.run_setup("test", id="echo 1000", dpkg_query="exit 1")
        self.assertEqual(status, 1)
        self.assertIn(" nodejs npm", said)

    def test_with_everything_there_it_wants_nothing(self):
        status, said = self.run_setup("demo", id="echo 1000", dpkg_query="echo installed")
        self.assertEqual((status, said), (0, ""))

    def test_a_failure_of_apt_is_told(self):
        status, said = self.run_setup("demo", id="echo 0", dpkg_query="exit 1", apt_get="echo no such mirror; exit 100")
        self.assertEqual(status, 1)
        self.assertIn("no such mirror", said)
        self.assertIn("could not install g++", said)

    def test_an_unknown_scope_is_a_usage_error(self):
        status, said = self.run_setup("everything")
        self.assertEqual(status, 2)
        self.assertIn("demo|test|bench|package", said)


if __name__ == "__main__":
    unittest.main()
