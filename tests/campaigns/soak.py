"""A hub that works for a long time at full load does not grow: memory, descriptors and file stay what they were after the
first tenth, within one per cent.

A round is a thousand method calls on simulated doors (lockctl simulate): 15 in a hundred are reboots, by which a door goes and
comes again, unless it is away at the moment. Every sixth round brings a job on a tenth of the doors, in turn a method and a
change of twins, so 143 rounds are a day of a job an hour; a thousand rounds are 10^6 calls, 10^5 reconnects and seven such days.

What grows by design is taken out: of the file's size the rows of jobs, which are kept for 30 days, and of the memory what
SQLite has cached of the file, at most 64 MiB. The event log and the audit have a bound that they reach within the first tenth."""

import json
import os
import queue
import re
import signal
import sqlite3
import statistics
import subprocess
import time
from pathlib import Path

from client import Client, Worker, require
from rig import BIN, Rig, wait_until

DOORS = 300
CALLERS = 4
CALLS = 1000  # a round
JOB_EACH = 6  # rounds
SAMPLES = 40  # in all, each with every door there and nothing under way
WARM_UP = 20  # rounds at the least, until caches and the event log have their size; in full it is the first tenth
MOST_GROWTH = 0.01
# Growth below this is none: of a file as small as this campaign's, a few pages of SQLite. The write-ahead log is as long as
# it ever had to be, and has to be longer while this campaign reads the file.
SLACK = {"memory KiB": 0, "descriptors": 4, "file KiB": 24, "log KiB": 2048}


class SoakRig(Rig):
    def hub_command(self):
        return [*super().hub_command(), "--keep-megabytes", "1", "--audit-megabytes", "1", "--log-level", "warning"]

    def start_hub(self):
        self.hub = self.spawn(*self.hub_command())
        wait_until(lambda: self.connection_file.exists() and self.answers(), "the hub is ready")
        return self.hub

    def answers(self):
        try:
            self.lockctl("-o", "json", "query", "SELECT COUNT() AS n FROM devices")
            return True
        except AssertionError:
            return False


class Caller(Worker):
    """Takes orders of so many calls and makes them; what a rebooting door leaves unanswered is no fault."""

    def __init__(self, name, seed, rig, orders, finished):
        super().__init__(name, seed)
        self.client = Client(rig)
        self.orders, self.finished = orders, finished
        self.outcomes = {}

    def step(self):
        try:
            count = self.orders.get(timeout=0.2)
        except queue.Empty:
            return
        for _ in range(count):
            self.call()
        self.finished.put(count)

    def call(self):
        door = f"sim-{self.random.randrange(DOORS) + 1:05}"
        method, payload = self.random.choices(
            [("reboot", None), ("getStatus", None), ("lockDoor", {"lockTime": "10m"}), ("unlockDoor", {"unlockTime": "1s"})],
            weights=[15, 65, 10, 10])[0]
        status, body, _ = self.client.ask("POST", f"/twins/{door}/methods",
                                          {"methodName": method, "payload": payload, "responseTimeoutInSeconds": 5})
        require(status in (200, 404, 504), f"{method} on {door}: {status} {body}")
        key = (method, status)
        self.outcomes[key] = self.outcomes.get(key, 0) + 1

    def close(self):
        self.client.close()


class Fleet:
    """lockctl simulate, and what it said last."""

    def __init__(self, rig):
        self._program = rig.spawn(BIN / "lockctl", "--connection-file", rig.connection_file, "simulate", "-n", str(DOORS),
                                  "--delay", "0s", "--tag", "soak=true")
        self.until_ready()

    def until_ready(self):
        """By a line that is new: a door that leaves at this moment is not in the last one."""
        seen = len(self._program.output.splitlines())
        wait_until(lambda: any(json.loads(line)["ready"] == DOORS for line in self._program.output.splitlines()[seen:]),
                   "every door is there", 120)

    def stop(self):
        self._program.signal(signal.SIGINT)
        require(self._program.ends(60) == 0, "lockctl simulate ended in a bad way:", self._program.output[-500:])


def resident_kib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def file_kib(rig):
    """The hub's file but for the rows of jobs; free pages count, they are in the file."""
    with sqlite3.connect(f"file:{rig.data / 'hub.db'}?mode=ro", uri=True, timeout=10) as database:
        jobs = database.execute("SELECT IFNULL(SUM(pgsize), 0) FROM dbstat('main', 1) WHERE name LIKE '%job%'").fetchone()[0]
    database.close()
    return ((rig.data / "hub.db").stat().st_size - jobs) / 1024


def cache_kib(rig):
    client = Client(rig)
    status, figures, _ = client.ask("GET", "/metrics")
    client.close()
    require(status == 200, f"/metrics: {status} {figures}")
    return int(re.search(r"^lockhub_database_cache_bytes (\d+)$", figures, re.MULTILINE)[1]) / 1024


def sample(rig):
    pid = rig.hub.pid
    return {"memory KiB": resident_kib(pid) - cache_kib(rig), "descriptors": len(os.listdir(f"/proc/{pid}/fd")), "file KiB": file_kib(rig),
            "log KiB": (rig.data / "hub.db-wal").stat().st_size / 1024}


def share_done(campaign, begun):
    if campaign.end is None:
        return campaign.number / campaign.most
    return (time.monotonic() - begun) / (campaign.end - begun)


def do_job(rig, condition, *what):
    command = [BIN / "lockctl", "--connection-file", rig.connection_file, "job", "create", "--where", condition, "--max-time",
               "60s", "--wait", *what]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, check=False)
    # A door may be rebooted in the middle of its call.
    require(done.returncode in (0, 3), f"a job ended with {done.returncode}:", done.stdout, done.stderr)


def fill_twins(rig):
    """What later jobs change is there from the beginning, so that twins keep their size."""
    do_job(rig, "tags.soak = true", "--desired", "floor=10")
    do_job(rig, "tags.soak = true", "--method", "lockDoor", "--payload", '{"lockTime":"10m"}')


def make_job(rig, number):
    """One job on a tenth of the doors, to its end; doors that are away at the moment are called when they come."""
    tenth = number * 7 % 10 * DOORS // 10
    condition = f"deviceId >= 'sim-{tenth + 1:05}' AND deviceId <= 'sim-{tenth + DOORS // 10:05}'"
    if (number // JOB_EACH) % 2:
        do_job(rig, condition, "--desired", f"floor={10 + number % 90}")
    else:
        do_job(rig, condition, "--method", "lockDoor", "--payload", '{"lockTime":"10m"}')


def judge(samples):
    """Of each figure: after the first tenth, and at the end; the median of a third of the samples each."""
    last = samples[-1][0]
    kept = [found for number, found in samples if number >= max(WARM_UP, last / 10)]
    require(len(kept) >= 9, f"{last} rounds are too few to tell growth from a start; {3 * WARM_UP} would do")
    third = len(kept) // 3
    told = []
    for name, slack in SLACK.items():
        early, late = (statistics.median(found[name] for found in part) for part in (kept[:third], kept[-third:]))
        told.append(f"{name} {early:.0f} → {late:.0f}")
        require(late - early <= max(early * MOST_GROWTH, slack), f"grew by more than 1 %: {told[-1]}")
    return ", ".join(told)


def run(campaign):
    with campaign.rig(SoakRig) as rig:
        rig.start_hub()
        fleet = Fleet(rig)
        fill_twins(rig)
        orders, finished = queue.Queue(), queue.Queue()
        callers = [Caller(f"caller-{i}", campaign.seed, rig, orders, finished) for i in range(CALLERS)]
        for caller in callers:
            caller.start()
        samples = []
        begun = time.monotonic()
        for number in campaign.rounds():
            for _ in callers:
                orders.put(CALLS // CALLERS)
            for _ in callers:
                while True:
                    try:
                        finished.get(timeout=1)
                        break
                    except queue.Empty:
                        for caller in callers:
                            require(caller.is_alive(), f"{caller.name} ended:", caller.problem)
            if number % JOB_EACH == 0:
                make_job(rig, number)
            share = share_done(campaign, begun)
            if share * SAMPLES >= len(samples):
                fleet.until_ready()
                samples.append((number, sample(rig)))
                print(f"soak: {share:.0%}:", ", ".join(f"{name} {value:.0f}" for name, value in samples[-1][1].items()),
                      flush=True)
        for caller in callers:
            caller.halt.set()
            caller.join(30)
            if caller.problem:
                raise caller.problem
        fleet.until_ready()
        samples.append((campaign.number, sample(rig)))
        fleet.stop()
    outcomes = {}
    for caller in callers:
        for key, count in caller.outcomes.items():
            outcomes[key] = outcomes.get(key, 0) + count
    reboots = outcomes.get(("reboot", 200), 0)
    away = sum(count for (_, status), count in outcomes.items() if status != 200)
    return (f"{sum(outcomes.values())} calls ({away} met a door that was away), {reboots} reconnects, "
            f"{campaign.number // JOB_EACH + 1} jobs; {judge(samples)}")
