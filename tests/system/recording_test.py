"""The recording in the README: that its script still draws what a real run shows."""

import importlib.util
import os
import pty
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

from rig import HERE

PICTURES = HERE.parents[1] / "docs" / "pictures"


def recorder():
    spec = importlib.util.spec_from_file_location("record", PICTURES / "record.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def has_terminals():
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError:
        return False
    return True


class Recording(unittest.TestCase):
    def setUp(self):
        self.record = recorder()

    def last_lines(self, text):
        screen = self.record.Screen()
        screen.take(text)
        return ["".join(part for _, part in line) for line in screen.picture()]

    def test_a_view_that_is_drawn_over_leaves_only_the_last(self):
        self.assertEqual(self.last_lines("job\r\n10 %\r\n  cause\r\n\x1b[2A\r\x1b[J100 %\r\n"), ["job", "100 %"])

    def test_colours_are_kept(self):
        screen = self.record.Screen()
        screen.take("a\x1b[32mb\x1b[31mc\x1b[0md\r\n")
        green, red = self.record.COLOURS["32"], self.record.COLOURS["31"]
        self.assertEqual(screen.picture(), (((None, "a"), (green, "b"), (red, "c"), (None, "d")),))

    def test_what_it_does_not_know_is_an_error_and_not_a_wrong_picture(self):
        with self.assertRaisesRegex(ValueError, "does not know"):
            self.last_lines("\x1b[5B")

    @unittest.skipUnless(has_terminals(), "this machine has no pseudo terminals: is /dev/pts mounted?")
    def test_a_real_run_becomes_a_picture_that_ends_with_its_summary(self):
        frames = self.record.record(doors=40, rate=40)
        self.assertGreater(len(frames), 5)
        with tempfile.TemporaryDirectory() as home:
            picture = Path(home) / "watch.svg"
            picture.write_text(self.record.draw(frames))
            film = xml.parse(picture).getroot()
        text = "".join(film.itertext())
        self.assertIn("starts in", text)
        self.assertIn("39 of 40 succeeded, 1 failed", text)

    def test_the_picture_in_the_readme_is_one_of_its_own(self):
        self.assertIn("docs/pictures/job-watch.svg", (HERE.parents[1] / "README.md").read_text())
        text = "".join(xml.parse(PICTURES / "job-watch.svg").getroot().itertext())
        self.assertRegex(text, r"job night completed: \d+ of 500 succeeded, \d+ failed")


if __name__ == "__main__":
    unittest.main()
