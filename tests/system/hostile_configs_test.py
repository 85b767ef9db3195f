"""Hostile configurations as a user meets them: doorlockd check-config names file, line, column and what would be right."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from rig import BIN

CONFIGS = Path(__file__).resolve().parent.parent / "data" / "hostile" / "configs"


class HostileConfigs(unittest.TestCase):
    def test_each_is_refused_with_every_mistake_in_it(self):
        directory = Path(tempfile.mkdtemp(prefix="doorlock-configs-"))
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        shutil.copytree(CONFIGS, directory, dirs_exist_ok=True)
        (directory / "readable.connection").chmod(0o644)
        names = sorted(path.stem for path in CONFIGS.glob("*.expected"))
        self.assertGreater(len(names), 40)
        for name in names:
            with self.subTest(name):
                done = subprocess.run([BIN / "doorlockd", "check-config", directory / f"{name}.json"],
                                      capture_output=True, text=True, errors="replace", timeout=30, check=False)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertEqual(done.stdout, "")
                said = done.stderr.splitlines()
                for expected in (CONFIGS / f"{name}.expected").read_text().splitlines():
                    wanted = f"{directory}/{name}.json:{expected}"
                    self.assertTrue(any(line.startswith(wanted) for line in said), f"{wanted}\nit says\n{done.stderr}")


if __name__ == "__main__":
    unittest.main()
