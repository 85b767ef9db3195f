"""Jobs on 500 doors while lockhub, the doors and their connections are killed. A round is one SIGKILL of lockhub.

Every job ends with a row for each door, the counters agree with the rows and the rows with what the doors have written
down themselves, and no door has acted twice for one row.
"""

import base64
import hashlib
import json
import random
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from client import Client, register_all, require
from rig import Rig

DOORS = 500
FLEETS = 5          # processes
KILLS = 5           # of the hub in one batch of jobs
RATE = 250          # doors a second, so that a kill finds a job under way
UNHEARD = ("OutcomeUnknown", "DeviceTimeout")


class Doors:
    """The processes of the doors, each with its share of them."""

    def __init__(self, rig, keys, seed):
        self.rig, self.seed, self.starts, self.kills = rig, seed, 0, 0
        names = sorted(keys)
        for number in range(FLEETS):
            share = {name: keys[name] for name in names[number::FLEETS]}
            self.path(number, "json").write_text(json.dumps(share))
        self.programs = [self.start(number) for number in range(FLEETS)]

    def path(self, number, kind):
        return self.rig.home / f"doors-{number}.{kind}"

    def start(self, number):
        self.starts += 1
        return self.rig.spawn(sys.executable, Path(__file__).with_name("doors.py"), "--port", self.rig.mqtt_port, "--ca",
                              self.rig.data / "ca.pem", "--doors", self.path(number, "json"), "--book",
                              self.path(number, "book"), "--seed", f"{self.seed} {self.starts}")

    def kill(self, number):
        self.kills += 1
        self.programs[number].kill()
        self.rig.programs.remove(self.programs[number])
        self.programs[number] = self.start(number)

    def check_alive(self):
        for program in self.programs:
            require("refused" not in program.output and "Traceback" not in program.output, program.output)

    def book(self):
        """{(job, door): {"call": n, "acted": [serials], "refused": [serials]}}"""
        found = defaultdict(lambda: {"call": 0, "acted": [], "refused": []})
        for number in range(FLEETS):
            path = self.path(number, "book")
            for line in path.read_text().splitlines() if path.exists() else []:
                kind, door, job, _, *serial = line.split()
                if kind == "call":
                    found[job, door]["call"] += 1
                else:
                    found[job, door][kind] += serial
        return found


def method_job(name, repeatable, **rollout):
    payload = {"job": name, **({"commandId": name} if repeatable else {})}
    return {"type": "scheduleDeviceMethod", "queryCondition": "*", "maxExecutionTimeInSeconds": 300, "rate": RATE,
            "cloudToDeviceMethod": {"methodName": "lockDoor", "payload": payload, "responseTimeoutInSeconds": 10},
            **rollout}


def batch_of(number):
    """Jobs by name; what is in flight of the first at a kill ends unknown, of the others it is repeated."""
    once, again, retried, twin = (f"{kind}-{number}" for kind in ("once", "again", "retried", "twin"))
    return {once: method_job(once, False), again: method_job(again, True),
            retried: method_job(retried, True, retry={"count": 2, "backoff": 1}),
            twin: {"type": "scheduleUpdateTwin", "queryCondition": "*", "rate": RATE, "maxExecutionTimeInSeconds": 300,
                   "updateTwin": {"etag": "*", "tags": {"job": twin}}}}


def check_row(job, row, written, repeatable):
    outcome = row["outcome"].get("deviceMethodResponse")
    told = f"{job} on {row['deviceId']}: {row}, the door: {written}"
    require(len(written["acted"]) <= 1, "acted twice for one row:", told)
    if not repeatable:
        require(written["call"] <= 1, "called twice without a commandId:", told)
    if row["status"] == "completed":
        kind = "acted" if outcome["status"] == 200 else "refused"
        require(outcome["payload"]["serial"] in written[kind], "an outcome that the door does not know:", told)
    elif row["status"] == "failed" and row["error"]["code"] in UNHEARD:
        return
    else:
        require(written["call"] == 0, "said not to have been called:", told)


def check_job(client, doors_book, name, asked, counts):
    deadline = time.monotonic() + 240
    while True:
        job = client.must("GET", f"/jobs/v2/{name}")
        if job["status"] in ("completed", "failed", "cancelled"):
            break
        require(time.monotonic() < deadline, f"job {name} does not end: {job}")
        time.sleep(0.1)
    rows = client.query(f"SELECT * FROM devices.jobs WHERE devices.jobs.jobId = '{name}'")
    require(len(rows) == DOORS == len({row["deviceId"] for row in rows}), f"{name}: {len(rows)} rows")
    by_status = Counter(row["status"] for row in rows)
    require(job["status"] == "completed", job)
    require(job["deviceJobStatistics"] == {"deviceCount": DOORS, "failedCount": by_status["failed"],
                                           "succeededCount": by_status["completed"], "runningCount": 0,
                                           "pendingCount": 0}, f"{job}, rows: {by_status}")
    if asked["type"] == "scheduleUpdateTwin":
        require(by_status["completed"] == DOORS, f"{name}: {by_status}")
        return
    book = doors_book()  # after the job's end: what it counts is there
    repeatable = "commandId" in asked["cloudToDeviceMethod"]["payload"]
    for row in rows:
        written = book[name, row["deviceId"]]
        check_row(name, row, written, repeatable)
        counts["acted"] += len(written["acted"])
        counts["calls"] += written["call"]
        counts["unheard"] += row["status"] == "failed"
        counts["repeated"] += written["call"] > 1


def submit(client, jobs):
    for name, body in jobs.items():
        client.must("PUT", f"/jobs/v2/{name}", {"jobId": name, **body})


def one_batch(campaign, rig, doors, chance, number, counts):
    jobs = batch_of(number)
    client = Client(rig)
    submit(client, jobs)
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.05, 1.2))
        if chance.random() < 0.5:
            doors.kill(chance.randrange(FLEETS))
        rig.hub.kill()
        rig.programs.remove(rig.hub)
        rig.start_hub()
        campaign.passed()
        if not campaign.more():
            break
    client.close()
    for name, asked in jobs.items():
        check_job(client, doors.book, name, asked, counts)
    tagged = client.query(f"SELECT COUNT() AS n FROM devices WHERE tags.job = 'twin-{number}'")
    require(tagged[0]["n"] == DOORS, f"twin-{number}: {tagged} twins have it")
    client.close()
    doors.check_alive()
    counts["rows"] += DOORS * len(jobs)


def run(campaign):
    chance = random.Random(campaign.seed)
    counts = Counter()
    keys = {f"door-{i:03}": base64.b64encode(hashlib.sha256(str(i).encode()).digest()).decode() for i in range(DOORS)}
    with campaign.rig(Rig) as rig:
        rig.start_hub()
        client = Client(rig)
        register_all(client, keys)
        client.close()
        doors = Doors(rig, keys, campaign.seed)
        number = 0
        while campaign.more():
            one_batch(campaign, rig, doors, chance, number, counts)
            number += 1
    return (f"{number} batches of 4 jobs on {DOORS} doors, {doors.kills} kills of a fifth of the doors, "
            f"{counts['rows']} rows, {counts['calls']} calls, {counts['acted']} bolts moved, none twice for one row; "
            f"{counts['repeated']} rows called again, {counts['unheard']} outcomes unheard")
