"""Within how many seconds an energised output is at its safe level, for the unit and settings that ship. docs/operations.md
states these numbers, and the rig checks both: the page against this file, the machine against the numbers."""

CRASH = 2   # a crash or SIGKILL: systemd notices the end at once, then ExecStopPost=
HANG = 8    # WatchdogSec=5, then the same
PANIC = 15  # RuntimeWatchdogSec=10, after which the hardware resets the machine
