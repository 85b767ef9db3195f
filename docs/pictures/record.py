#!/usr/bin/env python3
"""Records a real `lockctl job create --wait` on a pseudo-terminal, and draws it as an animated SVG.

    docs/pictures/record.py docs/pictures/job-watch.svg

starts a hub and a fleet of simulated doors, some of which refuse, and lets a job go over them in waves. Nothing in the
picture is made up: what the terminal got, when it got it. DOORLOCK_BIN is the directory with lockhub and lockctl.
"""

import argparse
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = 110
CELL, LINE, SIZE, EDGE = 7.83, 18, 13, 14  # pixels: a character, a line, the font, around the text
BACK, FORE, DIM = "#0d1117", "#e6edf3", "#8b949e"
COLOURS = {"31": "#ff7b72", "32": "#3fb950"}
LAST_FRAME = 5.0  # seconds for which the end stays


class Screen:
    """As much of a terminal as lockctl uses: lines, colours, up and clear. What else it gets is an error."""

    def __init__(self):
        self.lines, self.row, self.column, self.colour = [[]], 0, 0, None

    def take(self, text):
        for part in re.split(r"(\x1b\[[0-9;]*[A-Za-z])", text):
            if part.startswith("\x1b"):
                self._control(part[2:-1], part[-1])
            else:
                for character in part:
                    self._put(character)

    def _control(self, number, what):
        if what == "A":
            self.row -= int(number or 1)
            assert self.row >= 0, "up beyond the first line"
        elif what == "J" and number in ("", "0"):
            del self.lines[self.row][self.column:], self.lines[self.row + 1:]
        elif what == "m" and number in ("", "0", *COLOURS):
            self.colour = COLOURS.get(number)
        else:
            raise ValueError(f"the recorder does not know ESC [ {number} {what}")

    def _put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row += 1
            if self.row == len(self.lines):
                self.lines.append([])
        else:
            line = self.lines[self.row]
            line += [(" ", None)] * (self.column + 1 - len(line))
            line[self.column] = (character, self.colour)
            self.column += 1

    def picture(self):
        """Lines of (colour, text), without empty ones at the end."""
        out = []
        for line in self.lines:
            runs = []
            for character, colour in line:
                if runs and runs[-1][0] == colour:
                    runs[-1][1] += character
                else:
                    runs.append([colour, character])
            out.append(tuple((colour, text) for colour, text in runs))
        while out and not out[-1]:
            out.pop()
        return tuple(out)


def run_on_terminal(command, env, rows=30):
    """Runs it to its end; [(seconds since the start, text)] and the exit status."""
    own, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", rows, COLUMNS, 0, 0))
    begun = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=its, stderr=its, env=env)
    os.close(its)
    said, rest = [], b""
    while True:
        try:
            if not select.select([own], [], [], 120)[0]:
                process.kill()
                raise TimeoutError(f"{command[0]} says nothing for two minutes")
            rest += os.read(own, 65536)
        except OSError:  # the other end is closed
            break
        text = rest.decode(errors="ignore")
        rest = rest[len(text.encode()):]
        said.append((time.monotonic() - begun, text))
    os.close(own)
    return said, process.wait(20)


def frames_of(prompt, said):
    """[(seconds, picture)]: how the screen stood from then on; what changed within a twentieth of a second is one."""
    screen = Screen()
    screen.colour = DIM
    screen.take(f"{prompt}\r\n")
    screen.colour = None
    frames = [(0.0, screen.picture())]
    for at, text in said:
        screen.take(text)
        if at - frames[-1][0] < 0.05 and len(frames) > 1:
            at = frames.pop()[0]
        frames.append((at, screen.picture()))
    return frames


def draw(frames):
    height = EDGE * 2 + LINE * max(len(picture) for _, picture in frames)
    width = EDGE * 2 + CELL * COLUMNS
    length = frames[-1][0] + LAST_FRAME
    steps = "".join(f"{100 * at / length:.2f}%{{transform:translateY({-number * height}px)}}"
                    for number, (at, _) in enumerate(frames))
    last = (len(frames) - 1) * height
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
           f'viewBox="0 0 {width:.0f} {height}" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'
           f'\'DejaVu Sans Mono\',monospace" font-size="{SIZE}" fill="{FORE}">',
           "<title>lockctl follows a job: recorded from a real run</title>",
           # Where nothing may move, the end is what is shown.
           f"<style>text{{white-space:pre}}@keyframes film{{{steps}}}"
           f"#film{{animation:film {length:.2f}s step-end infinite}}"
           f"@media(prefers-reduced-motion){{#film{{animation:none;transform:translateY({-last}px)}}}}</style>",
           f'<rect width="100%" height="100%" rx="8" fill="{BACK}"/>', '<g id="film">']
    for number, (_, picture) in enumerate(frames):
        for row, runs in enumerate(picture):
            y = number * height + EDGE + LINE * row + SIZE
            column, spans = 0, ""
            for colour, text in runs:
                fill = f' fill="{colour}"' if colour else ""
                spans += (f'<tspan x="{EDGE + CELL * column:.1f}" textLength="{CELL * len(text):.1f}"{fill}>'
                          f"{escape(text, quote=False)}</tspan>")
                column += len(text)
            if spans:
                out.append(f'<text y="{y}" xml:space="preserve">{spans}</text>')
    return "\n".join([*out, "</g>", "</svg>", ""])


def record(doors, rate):
    sys.path.insert(0, str(ROOT / "tests" / "system"))
    from rig import BIN, Rig

    job = ["job", "create", "--id", "night", "--method", "lockDoor", "--payload", '{"lockTime":"10m"}',
           "--where", "tags.building = 43", "--waves", "1,10%", "--abort-after", "10%", "--rate", str(rate),
           "--in", "2s", "--wait"]
    with Rig() as rig:
        rig.start_hub()
        fleet = rig.spawn(BIN / "lockctl", "--connection-file", rig.connection_file, "simulate", "-n", doors,
                          "--building", "43", "--delay", "300ms", "--refuse", "3%")
        fleet.says(rf'"ready":{doors}\b', 120)
        env = {**os.environ, "TERM": "xterm-256color", "LOCKCTL_CONNECTION_FILE": str(rig.connection_file)}
        env.pop("NO_COLOR", None)
        said, status = run_on_terminal([str(BIN / "lockctl"), *job], env)
        assert status == 3, f"exit {status}: {said}"  # some doors refuse
    prompt = ("$ lockctl job create --id night --method lockDoor --payload '{\"lockTime\":\"10m\"}' \\\r\n"
              f"      --where \"tags.building = 43\" --waves 1,10% --abort-after 10% --rate {rate} --in 2s --wait")
    return frames_of(prompt, said)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=Path, help="the SVG to write")
    parser.add_argument("--doors", type=int, default=500)
    parser.add_argument("--rate", type=int, default=80, help="devices a second")
    options = parser.parse_args()
    frames = record(options.doors, options.rate)
    options.picture.write_text(draw(frames))
    print(f"{options.picture}: {len(frames)} frames, {frames[-1][0]:.1f} s")


if __name__ == "__main__":
    main()
