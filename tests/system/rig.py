"""Starts the real programs for a test, each in a directory of its own, and ends them by process id."""

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

BIN = Path(os.environ["DOORLOCK_BIN"])
HERE = Path(__file__).resolve().parent


def free_port():
    """A port that nobody has: below those that Linux hands to connections, for a hub that is killed must find its port again."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_until(condition, what, seconds=60):
    """Polls until the condition holds; returns what it returned."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


class Program:
    """A process whose output is read all the time and can be waited for."""

    def __init__(self, *command, env=None):
        self.name = Path(command[0]).name
        self._lines = []
        self._process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                         errors="replace", env=env)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            self._lines.append(line)

    @property
    def output(self):
        return "".join(self._lines)

    @property
    def pid(self):
        return self._process.pid

    def says(self, pattern, seconds=60):
        """Waits for a line that matches; what the program said before counts too."""
        def found():
            match = re.search(pattern, self.output, re.MULTILINE)
            if match is None and self._process.poll() is not None:
                self._reader.join(5)
                match = re.search(pattern, self.output, re.MULTILINE)
                assert match, f"{self.name} ended ({self._process.returncode}) before it said {pattern}:\n{self.output}"
            return match
        try:
            return wait_until(found, f"{self.name} says {pattern}", seconds)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.output}") from None

    def signal(self, number):
        self._process.send_signal(number)

    def ends(self, seconds=60):
        """Waits for the end; returns the exit status."""
        status = self._process.wait(seconds)
        self._reader.join(5)
        return status

    def kill(self):
        """SIGKILL, as a power cut for this process."""
        self._process.kill()
        return self.ends()

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._reader.join(5)
        self._process.stdout.close()
        return self._process.returncode


class Rig:
    """A hub on ports of its own, with doors beside it. Use it as a context."""

    def __init__(self):
        self.home = Path(tempfile.mkdtemp(prefix="doorlock-system-"))
        self.mqtt_port = free_port()
        self.https_port = free_port()
        self.programs = []
        self.hub = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in reversed(self.programs):
            program.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def data(self):
        return self.home / "hub"

    @property
    def connection_file(self):
        return self.data / "lockctl.json"

    def spawn(self, *command, env=None):
        program = Program(*command, env=env)
        self.programs.append(program)
        return program

    def hub_command(self):
        return [BIN / "lockhub", "run", "--data", self.data, "--listen", "127.0.0.1", "--mqtt-port", self.mqtt_port,
                "--https-port", self.https_port]

    def start_hub(self):
        self.hub = self.spawn(*self.hub_command())
        self.hub.says(r"event=ready")
        return self.hub

    def lockctl(self, *arguments, expect=0, stdin=None):
        """Runs lockctl against this hub; returns its standard output, or all it said when it was to fail."""
        command = [BIN / "lockctl", "--connection-file", self.connection_file, *arguments]
        done = subprocess.run([str(part) for part in command], input=stdin, capture_output=True, text=True, timeout=120)
        said = done.stdout + done.stderr
        assert done.returncode == expect, f"lockctl {arguments}: exit {done.returncode}, expected {expect}\n{said}"
        return done.stdout if expect == 0 else said

    def lockctl_json(self, *arguments):
        return json.loads(self.lockctl("-o", "json", *arguments))

    def register(self, device_id, wiring="motor-bolt"):
        """Registers a door and writes its configuration, one of tests/doors; returns the path of it."""
        home = self.home / device_id
        home.mkdir()
        self.lockctl("device", "add", device_id, "--connection-file", home / "connection")
        template = (HERE.parent / "doors" / f"{wiring}.json").read_text()
        config = home / "doorlockd.json"
        config.write_text(template.replace("@CA@", str(self.data / "ca.pem")))
        return config

    def start_door(self, config, *options):
        return self.spawn(BIN / "doorlockd", "--config", config, "--simulate", "--vcd", config.parent / "door.vcd",
                          "--control", config.parent / "control", *options)

    def door(self, device_id, wiring="motor-bolt"):
        """A registered door that is connected."""
        door = self.start_door(self.register(device_id, wiring))
        door.says(r"event=connected")
        return door

    def control(self, device_id, command):
        """One command to the simulated wiring of a door; returns its answer."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self.home / device_id / "control"))
            connection.sendall(command.encode() + b"\n")
            return connection.makefile().readline().strip()

    def reported(self, device_id):
        return self.lockctl_json("twin", "show", device_id)["properties"]["reported"]

    def job(self, job_id):
        return self.lockctl_json("job", "show", job_id)


SIGTERM = signal.SIGTERM
SIGKILL = signal.SIGKILL
