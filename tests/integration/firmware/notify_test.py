"""doorlockd and a service manager: readiness, the watchdog, and lines that are left in the descriptor store."""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from rig import BIN  # tests/system, by PYTHONPATH


class Notify(unittest.TestCase):
    def setUp(self):
        self.directory = Path(tempfile.mkdtemp(prefix="doorlock-notify-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.socket.bind(str(self.directory / "notify"))
        self.config = self.directory / "doorlockd.json"
        self.config.write_text(json.dumps({
            "connection": {"string": "HostName=localhost:1;DeviceId=door-1;SharedAccessKey=c2VjcmV0"},
            "state_directory": "state",
            "lock": {"kind": "magnetic_lock", "lines": {"power": "GPIO17"}}}))

    def start(self, script='exec "$0" "$@"', pass_fds=(), watchdog=None, arguments=("--simulate",)):
        environment = {**os.environ, "NOTIFY_SOCKET": str(self.directory / "notify")}
        if watchdog:
            environment["WATCHDOG_USEC"] = str(watchdog)
        process = subprocess.Popen(["sh", "-c", script, BIN / "doorlockd", "--config", self.config, *arguments],
                                   env=environment, pass_fds=pass_fds, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stderr.close()

    def hears(self, *wanted, seconds=60):
        """Waits for these messages in this order; others may come between."""
        heard = []
        deadline = time.monotonic() + seconds
        wanted = list(wanted)
        while wanted:
            ready, _, _ = select.select([self.socket], [], [], max(0, deadline - time.monotonic()))
            self.assertTrue(ready, f"not heard: {wanted}; heard: {heard}")
            heard.append(self.socket.recv(4096).decode())
            if heard[-1] == wanted[0]:
                wanted.pop(0)
        return heard

    def test_what_was_stored_is_taken_and_forgotten_at_once(self):
        ours, theirs = os.pipe()
        self.addCleanup(os.close, ours)
        # The shell becomes doorlockd, so that its process id is the one in LISTEN_PID.
        self.start(f'exec 3<&{theirs} {theirs}<&-; LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=line-1 exec "$0" "$@"',
                   pass_fds=(theirs,))
        os.close(theirs)
        self.hears("FDSTOREREMOVE=1\nFDNAME=line-1", "READY=1")
        # Nobody wants this one, so it is closed and the other end of the pipe hears of it.
        ready, _, _ = select.select([ours], [], [], 60)
        self.assertTrue(ready)
        self.assertEqual(os.read(ours, 1), b"")

    def test_what_was_stored_is_forgotten_even_when_the_configuration_is_bad(self):
        self.config.write_text("{}")
        ours, theirs = os.pipe()
        self.addCleanup(os.close, ours)
        process = self.start(
            f'exec 3<&{theirs} {theirs}<&-; LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=line-1 exec "$0" "$@"',
            pass_fds=(theirs,))
        os.close(theirs)
        self.hears("FDSTOREREMOVE=1\nFDNAME=line-1")
        self.assertEqual(process.wait(10), 2)

    def test_a_planned_restart_ends_well_and_says_so(self):
        process = self.start()
        self.hears("READY=1")
        process.send_signal(signal.SIGUSR1)
        self.hears("STOPPING=1")
        self.assertEqual(process.wait(10), 0)
        self.assertIn("event=stopping reason=restart", process.stderr.read())

    def test_the_watchdog_is_fed(self):
        self.start(watchdog=400_000)
        self.hears("READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1")


if __name__ == "__main__":
    unittest.main()
