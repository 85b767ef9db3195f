"""An emulated arm64 machine whose GPIO pins are read and driven from outside, as by a logic analyser on a bench."""

import json
import re
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

QEMU = "qemu-system-aarch64"
# Lines of the PL061, as on the 40-pin header. Line 3 is the power button of this machine.
LINES = ["GPIO17", "GPIO27", "GPIO22", "POWER", "GPIO23", "GPIO24", "GPIO25", "GPIO16"]
LEVELS = 0x90303FC  # data register, all eight lines
MEMORY = "768"


class Reply:
    """A line protocol on a Unix socket: commands are answered in order, everything else goes to `told`."""

    def __init__(self, path, is_answer, told):
        deadline = time.monotonic() + 20
        while True:
            self._socket = socket.socket(socket.AF_UNIX)
            try:
                self._socket.connect(str(path))
                break
            except OSError:
                self._socket.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        self._is_answer = is_answer
        self._told = told
        self._answers = []
        self._more = threading.Condition()
        self._ask = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with self._socket.makefile(errors="replace") as lines:
            try:
                for line in lines:
                    now = time.monotonic()
                    if self._is_answer(line):
                        with self._more:
                            self._answers.append(line.strip())
                            self._more.notify()
                    else:
                        self._told(now, line.strip())
            except OSError:
                return

    def ask(self, command, seconds=20):
        with self._ask:
            self._socket.sendall(command.encode() + b"\n")
            with self._more:
                if not self._more.wait_for(lambda: self._answers, seconds):
                    raise AssertionError(f"no answer within {seconds} s to: {command}")
                return self._answers.pop(0)

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class Pins:
    """The pins: every change of an output as (monotonic seconds, name, level), and inputs to drive."""

    def __init__(self, path):
        self.changes = []
        self.listeners = []
        self._qtest = Reply(path, lambda line: not line.startswith("IRQ"), self._told)
        self._device = None

    def watch(self, device):
        self._device = device
        assert self._qtest.ask(f"irq_intercept_out {device}") == "OK"

    def _told(self, now, line):
        match = re.match(r"IRQ (raise|lower) (\d+)", line)
        if match and int(match[2]) < len(LINES):
            self._change(now, LINES[int(match[2])], int(match[1] == "raise"))

    def _change(self, now, name, level):
        self.changes.append((now, name, level))
        for listener in self.listeners:
            listener(now, name, level)

    def level(self, name):
        return int(self._qtest.ask(f"readl {LEVELS:#x}").split()[1], 16) >> LINES.index(name) & 1

    def drive(self, name, level):
        now = time.monotonic()
        answer = self._qtest.ask(f"set_irq_in {self._device} unnamed-gpio-in {LINES.index(name)} {level}")
        assert answer == "OK", answer
        self._change(now, name, level)

    def wait(self, name, level, seconds, since):
        """Waits until a pin changes to a level after the moment `since`; returns when it did."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for at, changed, to in list(self.changes):
                if at >= since and (changed, to) == (name, level):
                    return at
            time.sleep(0.005)
        raise AssertionError(f"{name} did not become {level} within {seconds} s")

    def close(self):
        self._qtest.close()


class Machine:
    """Debian's kernel on `-M virt`, with a PL061 whose lines have the names of a Raspberry Pi's. Use it as a context."""

    def __init__(self, kernel, initrd=None, append="", options=(), forward=""):
        self.home = Path(tempfile.mkdtemp(prefix="doorlock-rig-"))
        self.resets = []
        self._said = []
        self._number = 0
        board = ["-M", "virt", "-cpu", "cortex-a53", "-m", MEMORY]
        dtb = self.home / "board.dtb"
        subprocess.run([QEMU, "-M", f"virt,dumpdtb={dtb}", *board[2:], "-nodefaults", "-display", "none"], check=True,
                       capture_output=True, timeout=60)
        subprocess.run(["fdtput", "-t", "s", dtb, "/pl061@9030000", "gpio-line-names", *LINES], check=True, timeout=20)
        command = [QEMU, *board, "-dtb", dtb, "-kernel", kernel, *(["-initrd", initrd] if initrd else []),
                   "-append", f"console=ttyAMA0 quiet loglevel=1 net.ifnames=0 systemd.show_status=0 {append}",
                   "-display", "none", "-monitor", "none", "-nodefaults", "-accel", "tcg",
                   "-serial", f"unix:{self.home}/console,server=on,wait=off",
                   "-qmp", f"unix:{self.home}/qmp,server=on,wait=off",
                   "-qtest", f"unix:{self.home}/qtest,server=on,wait=off", "-qtest-log", "/dev/null",
                   "-netdev", f"user,id=net{forward}", "-device", "virtio-net-pci,netdev=net,romfile=",
                   "-device", "i6300esb", "-action", "watchdog=reset", *options]
        self.started = time.monotonic()
        self._log = open(self.home / "qemu.log", "wb")
        self._process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=self._log,
                                         stderr=subprocess.STDOUT)
        try:
            self._console = Reply(self.home / "console", lambda line: re.search(r"@(ready|\d+:\d+)", line), self._say)
            self._qmp = Reply(self.home / "qmp", lambda line: '"event"' not in line and '"QMP"' not in line, self._event)
            self.pins = Pins(self.home / "qtest")
            self._ask_qmp("qmp_capabilities")
            self.pins.watch(self._gpio_device())
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _say(self, now, line):
        self._said.append(f"{now - self.started:8.3f} {line}")

    def _event(self, now, line):
        event = json.loads(line).get("event")
        if event in ("RESET", "WATCHDOG", "SHUTDOWN", "GUEST_PANICKED"):
            self.resets.append((now, event))

    def _ask_qmp(self, name, **arguments):
        answer = json.loads(self._qmp.ask(json.dumps({"execute": name, "arguments": arguments})))
        assert "return" in answer, answer
        return answer["return"]

    def _gpio_device(self):
        for child in self._ask_qmp("qom-list", path="/machine/unattached"):
            if child["type"] == "child<pl061>":
                return f"/machine/unattached/{child['name']}"
        raise AssertionError("this machine has no PL061")

    @property
    def said(self):
        """What came over the serial line besides answers: the kernel's last words, for a failure's report."""
        return "\n".join(self._said[-60:])

    def boots(self, seconds):
        """Waits for the shell on the serial line; returns how long the machine took."""
        deadline = time.monotonic() + seconds
        while not any("@ready" in answer for answer in self._console._answers):
            assert self._process.poll() is None, f"QEMU ended:\n{(self.home / 'qemu.log').read_text()}"
            assert time.monotonic() < deadline, f"the machine did not boot within {seconds} s:\n{self.said}"
            time.sleep(0.05)
        self._console._answers.clear()
        return time.monotonic() - self.started

    def run(self, command, seconds=30, expect=0):
        """Runs a command as root in the guest; returns what it wrote."""
        self._number += 1
        before = len(self._said)
        answer = self._console.ask(f'{{ {command}; }} </dev/null 2>&1; echo "@{self._number}:$?"', seconds)
        said = "\n".join(line[9:] for line in self._said[before:])
        assert answer.endswith(f"@{self._number}:{expect}"), f"{command}: {answer}, expected {expect}\n{said}"
        return said

    def send(self, command):
        """Runs a command without waiting for it: the machine may not live to answer."""
        self._console._socket.sendall(command.encode() + b"\n")

    def reset(self):
        """As if the power had failed for a moment."""
        self._ask_qmp("system_reset")

    def stop(self):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for part in ("_console", "_qmp", "pins"):
            if hasattr(self, part):
                try:
                    getattr(self, part).close()
                except OSError:
                    pass
        self._log.close()
        subprocess.run(["rm", "-rf", self.home], check=True)
