"""Keeps what a rig has proved: one file for each rig, from which docs/rigs.md is made."""

import json
import os
from pathlib import Path


class Results:
    """Facts about one rig (kernel, libraries, architecture) and what was seen on it, in order."""

    def __init__(self, rig, **facts):
        self._rig = rig
        self._facts = {"rig": rig, **facts}
        self._seen = []

    def seen(self, what, figure=""):
        self._seen.append({"what": what, "figure": figure})
        print(f"rig: {self._rig}: {what}{': ' + figure if figure else ''}", flush=True)

    def write(self):
        """Into the directory that RIG_RESULTS names, if it does."""
        if "RIG_RESULTS" in os.environ:
            directory = Path(os.environ["RIG_RESULTS"])
            directory.mkdir(parents=True, exist_ok=True)
            text = json.dumps({**self._facts, "seen": self._seen}, indent=2)
            (directory / f"{self._rig}.json").write_text(text + "\n")
