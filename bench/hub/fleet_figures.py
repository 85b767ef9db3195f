"""Ten thousand doors at lockhub and, in the same run and in turn, at Mosquitto: connecting, methods, jobs, twins.

Both serve the same simulated fleet (scheduler/fleet) over TLS with a P-256 certificate. lockhub checks a token, keeps each
twin in its file and answers by itself; at Mosquitto a client plays the hub, checks nothing and keeps nothing.

Usage: DOORLOCK_BIN=build/bench/bin python3 bench/hub/fleet_figures.py [--doors N] [--rounds N]
"""

import argparse
import datetime
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "system"))
sys.path.insert(0, str(ROOT / "tests" / "integration" / "firmware"))
from broker_rig import Authority, Broker  # noqa: E402  (the paths come first)
from rig import BIN, Rig, wait_until  # noqa: E402

PREFIX = "sim-"
LOCK = '{"lockTime":"10m"}'
IN_FLIGHT = 1000
CALLERS = 32  # connections to the service API
HANDSHAKES = 64


class Runner:
    """A program that answers each line with one JSON object."""

    def __init__(self, *command):
        self._process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         text=True)

    def hears(self):
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self._process.args[0]} ended")
        return json.loads(line)

    def tell(self, *words):
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()

    def ask(self, *words):
        self.tell(*words)
        return self.hears()

    @property
    def pid(self):
        return self._process.pid

    def close(self):
        self._process.stdin.close()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.stdout.close()


def cpu_seconds(pid):
    """Of all its threads, to the nanosecond; those measured here keep theirs to the end."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def rss_kib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


class Meter:
    """CPU of a process over what happens meanwhile, for each of so many."""

    def __init__(self, pid, count):
        self._pid, self._count = pid, count

    def __enter__(self):
        self._before = cpu_seconds(self._pid)
        return self

    def __exit__(self, *_):
        self.us = (cpu_seconds(self._pid) - self._before) * 1e6 / self._count


def unix(text):
    """Seconds of a date as the hub writes it."""
    whole, fraction = text.rstrip("Z").split(".")
    return datetime.datetime.fromisoformat(whole + "+00:00").timestamp() + float("0." + fraction)


def connect(fleet, pid, doors, into):
    memory = rss_kib(pid)
    with Meter(pid, doors) as meter:
        found = fleet.ask("connect", doors)
    into["connect"].append({"per_s": doors / found["wall_s"], "cpu_us": meter.us, "p50_us": found["ready_p50_us"],
                            "p99_us": found["ready_p99_us"], "kib": (rss_kib(pid) - memory) / doors})


def storm(fleet, pid, doors, into):
    fleet.ask("reset")
    with Meter(pid, doors) as meter:
        found = fleet.ask("drop", doors)
    into["storm"].append({"per_s": doors / found["wall_s"], "cpu_us": meter.us, "p50_us": found["ready_p50_us"],
                          "p99_us": found["ready_p99_us"], "resumed": found["resumed"]})


def at_lockhub(rig, doors, into):
    rig.start_hub()
    fleet = Runner(BIN / "fleet_runner", "hub", rig.connection_file, rig.mqtt_port, PREFIX, HANDSHAKES, "tickets")
    try:
        pid = rig.hub.pid
        connect(fleet, pid, doors, into)
        with Meter(pid, doors) as meter:
            done = subprocess.run([BIN / "service_caller", rig.connection_file, PREFIX, str(doors), str(CALLERS), "lockDoor",
                                   LOCK], stdout=subprocess.PIPE, text=True, timeout=400, check=True)
        found = json.loads(done.stdout)
        into["invoke"].append({"per_s": doors / found["wall_s"], "cpu_us": meter.us, "p50_us": found["p50_us"],
                               "p99_us": found["p99_us"]})
        number = len(into["connect"])
        for name, counts, what in (
                ("lock job", "answers", ["--method", "lockDoor", "--payload", LOCK, "--in-flight", IN_FLIGHT]),
                ("twin job", "reports", ["--desired", f"floor={number}"])):
            job_id = f"{name.replace(' ', '-')}-{number}"
            fleet.ask("reset")
            with Meter(pid, doors) as meter:
                fleet.tell("watch", counts, doors)
                rig.lockctl("job", "create", "--id", job_id, "--where", "tags.fleet = true", "--expect", doors, *what)
                last = fleet.hears()["date"]
                job = wait_until(lambda: (found := rig.job(job_id))["status"] == "completed" and found, f"{name} ends", 300)
            # Until its last row is committed, and until the last door has spoken.
            own = max(unix(job["endTime"]), last) - unix(job["startTime"])
            into[name].append({"per_s": doors / own, "cpu_us": meter.us})
        storm(fleet, pid, doors, into)
    finally:
        fleet.close()
        rig.hub.stop()


def at_mosquitto(home, authority, doors, into):
    broker = Broker(home, authority, *authority.sign("localhost", "DNS:localhost,IP:127.0.0.1"))
    caller = Runner(BIN / "broker_caller", broker.port, authority.certificate, PREFIX)
    fleet = Runner(BIN / "fleet_runner", "broker", broker.port, authority.certificate, PREFIX, HANDSHAKES, "tickets")
    try:
        caller.hears()
        pid = broker._process.pid
        connect(fleet, pid, doors, into)
        for name, words in (("lock job", ("call", doors, IN_FLIGHT, "lockDoor", LOCK)),
                            ("twin job", ("patch", doors, IN_FLIGHT, '{"floor":3}'))):
            with Meter(pid, doors) as meter, Meter(caller.pid, doors) as asking:
                found = caller.ask(*words)
            into[name].append({"per_s": doors / found["wall_s"], "cpu_us": meter.us, "p50_us": found["p50_us"],
                               "p99_us": found["p99_us"], "wall_s": found["wall_s"], "caller_us": asking.us})
        storm(fleet, pid, doors, into)
    finally:
        fleet.close()
        caller.close()
        broker.stop()


def measure(doors, rounds):
    names = ("connect", "invoke", "lock job", "twin job", "storm")
    found = {"lockhub": {name: [] for name in names}}
    broker_there = shutil.which("mosquitto") or Path("/usr/sbin/mosquitto").exists()
    if broker_there:
        found["Mosquitto"] = {name: [] for name in names}
    with Rig() as rig, tempfile.TemporaryDirectory(prefix="doorlock-bench-") as name:
        home = Path(name)
        authority = Authority(home, "authority")
        rig.start_hub()
        began = time.monotonic()
        rig.lockctl("simulate", "-n", doors, "--prefix", PREFIX, "--tag", "fleet=true", "--for", "0s")
        registered = doors / (time.monotonic() - began)
        rig.hub.stop()
        for _ in range(rounds):
            at_lockhub(rig, doors, found["lockhub"])
            if broker_there:
                at_mosquitto(home, authority, doors, found["Mosquitto"])
    return found, registered


def cell(samples, key, digits=0):
    values = [sample[key] for sample in samples if key in sample]
    if not values:
        return "–"
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


TITLES = {"connect": "connect over TLS, subscribe, fetch the twin, report", "invoke": f"one method each, {CALLERS} callers "
          "of the service API", "lock job": "`lockDoor` job", "twin job": "twin job, until each has reported",
          "storm": "all dropped at once, back with tickets"}


def report(found, registered, doors, rounds):
    lines = ["", f"{doors} doors, {rounds} rounds in turn, at most {HANDSHAKES} handshakes and {IN_FLIGHT} calls at once; "
             f"registered at {registered:.0f} devices/s.", "",
             "| doors | hub | devices/s | hub CPU µs each | p50 ms | p99 ms | KiB each |", "|---|---|---|---|---|---|---|"]
    for name, title in TITLES.items():
        for hub, scenarios in found.items():
            samples = [dict(sample) for sample in scenarios[name]]
            if not samples:
                continue
            for sample in samples:
                for key in ("p50_us", "p99_us"):
                    if key in sample:
                        sample[key.replace("us", "ms")] = sample[key] / 1000
            resumed = name == "storm" and all(sample["resumed"] == doors for sample in samples)
            lines.append(f"| {title}{' (all resumed)' if resumed else ''} | {hub} | {cell(samples, 'per_s')} | {cell(samples, 'cpu_us', 1)} | "
                         f"{cell(samples, 'p50_ms', 1)} | {cell(samples, 'p99_ms', 1)} | {cell(samples, 'kib', 1)} |")
    ours, theirs = found["lockhub"], found.get("Mosquitto")
    if theirs:
        lines += ["", "| wall time of lockhub / of Mosquitto | medians |", "|---|---|"]
        for name, title in TITLES.items():
            if theirs[name]:
                ratio = statistics.median(s["per_s"] for s in theirs[name]) / statistics.median(s["per_s"] for s in ours[name])
                lines.append(f"| {title} | {ratio:.2f} |")
        lines += ["", "lockhub checks each door's token, commits a row for each command before it is sent and each twin before "
                  "it is acknowledged; Mosquitto passes messages on, and the client that plays the hub there (its CPU, "
                  f"{cell(theirs['lock job'], 'caller_us', 1)} µs a call, comes on top) keeps nothing."]
    pace = statistics.median(s["per_s"] for s in ours["lock job"])
    lines.append(f"IoT Hub's published pace of jobs is 10 devices a second (S1) and 50 (one unit of S3): the `lockDoor` job runs "
                 f"at {pace / 10:.0f} and {pace / 50:.0f} times that.")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--doors", type=int, default=10000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(report(*measure(options.doors, options.rounds), options.doors, options.rounds), end="")


if __name__ == "__main__":
    main()
