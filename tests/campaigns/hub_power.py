"""The hub's file on a disk that loses what was not synced: hub_power_tests with seeds, round after round."""

import os
import subprocess

from client import require
from rig import BIN

AT_ONCE = 50


def run(campaign):
    cuts, stories = 0, 0
    for number in campaign.rounds():
        if number % AT_ONCE == 0:
            count = campaign.at_once(AT_ONCE)
            env = {**os.environ, "DOORLOCK_SEED": str(campaign.seed + number), "DOORLOCK_ROUNDS": str(count)}
            done = subprocess.run([str(BIN / "hub_power_tests"), "--gtest_filter=PowerLoss.AtRandom*"], env=env,
                                  capture_output=True, text=True, timeout=3600, check=False)
            require(done.returncode == 0, done.stdout + done.stderr)
            told = next(line for line in done.stdout.splitlines() if "power cuts" in line)
            stories += count
            cuts += int(told.split(", ")[1].split()[0])
            print(told, flush=True)
    return f"{stories} stories, {cuts} power cuts"
