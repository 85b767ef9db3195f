"""A million twins in the hub's file: what a query takes with an index and without, a start, memory and disk for each.

The same file is asked by SQLite itself (json_extract over every twin): the floor of a query without an index.

Usage: DOORLOCK_BIN=build/bench/bin python3 bench/hub/store_figures.py [--twins N] [--rounds N]
"""

import argparse
import base64
import json
import sqlite3
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "campaigns"))
from fleet_figures import BIN, Rig, rss_kib  # noqa: E402  (the paths come first)
from client import Client, register_all  # noqa: E402

BUILDINGS = 1000
COUNT = "SELECT COUNT() AS n FROM devices WHERE tags.building = 43"
PAGE = "SELECT * FROM devices WHERE tags.building = 43"
GROUPS = "SELECT tags.floor AS floor, COUNT() AS n FROM devices GROUP BY tags.floor"
SCANS = {COUNT: "SELECT COUNT(*) FROM twins WHERE json_extract(tags, '$.building') = 43",
         GROUPS: "SELECT json_extract(tags, '$.floor'), COUNT(*) FROM twins GROUP BY 1"}
TITLES = {COUNT: "count by a tag", PAGE: "first page of 100 by a tag", GROUPS: "`GROUP BY` of a tag"}


def fill(client, twins):
    """Twins of a door as it stands in a building: tags, settings, and a building of its own in each thousandth."""
    key = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
    for building in range(BUILDINGS):
        names = [f"door-{building:04}-{i:05}" for i in range(twins // BUILDINGS)]
        register_all(client, {name: key for name in names},
                     tags={"building": building, "floor": building % 7, "location": {"region": "EU", "plant": "north"}},
                     properties={"desired": {"building": building, "floor": building % 7, "autoRelock": "30s"}})


def ask(client, text, most=100):
    began = time.monotonic()
    status, body, _ = client.ask("POST", "/devices/query", {"query": text}, headers={"x-ms-max-item-count": str(most)})
    took = (time.monotonic() - began) * 1000
    if status != 200:
        raise SystemExit(f"{text}: {status} {body}")
    return took, body


def asked(client, text, rounds, into):
    for _ in range(rounds):
        into.append(ask(client, text)[0])


def scans(path, rounds):
    """The same questions to SQLite, on the same file while nobody else has it."""
    found = {}
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        database.execute("PRAGMA cache_size = -65536")
        for text, sql in SCANS.items():
            took = []
            for _ in range(rounds):
                began = time.monotonic()
                database.execute(sql).fetchall()
                took.append((time.monotonic() - began) * 1000)
            found[text] = took
    database.close()
    return found


def add_index(rig, path):
    subprocess.run([BIN / "lockhub", "index", "add", path, "--data", rig.data], check=True, stdout=subprocess.DEVNULL, timeout=600)


def started(rig):
    """A hub that answers; how long that took in ms."""
    began = time.monotonic()
    hub = rig.spawn(*rig.hub_command())
    hub.says(r"event=ready", 120)
    return hub, (time.monotonic() - began) * 1000


def measure(twins, rounds):
    found = {"twins": twins, "plain": {text: [] for text in TITLES}, "indexed": {COUNT: [], PAGE: []}, "start": []}
    with Rig() as rig:
        hub = rig.start_hub()
        client = Client(rig, patience=300)
        began = time.monotonic()
        fill(client, twins)
        found["registered_per_s"] = twins / (time.monotonic() - began)
        client.close()
        hub.stop()
        file = rig.data / "hub.db"
        found["floor"] = scans(file, rounds)
        for _ in range(rounds):
            hub, took = started(rig)
            found["start"].append(took)
            found["kib_each"] = rss_kib(hub.pid) / twins
            client = Client(rig, patience=300)
            for text, into in found["plain"].items():
                asked(client, text, 1, into)
            client.close()
            hub.stop()
        add_index(rig, "tags.building")
        hub, _ = started(rig)
        client = Client(rig, patience=300)
        for text, into in found["indexed"].items():
            ask(client, text)
            asked(client, text, 20 * rounds, into)
        _, page = ask(client, PAGE)
        size = statistics.mean(len(json.dumps(twin, separators=(",", ":"))) for twin in page)
        client.close()
        hub.stop()
        found["bytes_each"] = file.stat().st_size / twins
        found["json_each"] = size
    return found


def told(samples, digits=1):
    return f"{statistics.median(samples):.{digits}f} ({min(samples):.{digits}f}–{max(samples):.{digits}f})"


def report(found):
    twins = found["twins"]
    lines = ["", f"{twins} twins in the file, registered at {found['registered_per_s']:.0f} a second by one client.", "",
             "| query, ms | with an index | without | SQLite's own scan of the same file |", "|---|---|---|---|"]
    for text, title in TITLES.items():
        cells = [told(found[kind][text], 2 if kind == "indexed" else 1) if text in found[kind] else "–"
                 for kind in ("indexed", "plain", "floor")]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    for text in SCANS:
        ratio = statistics.median(found["plain"][text]) / statistics.median(found["floor"][text])
        lines += ["", f"{TITLES[text]}, without an index / SQLite's own scan: {ratio:.2f} (goal 1.0)"]
    lines += ["", f"Ready {told(found['start'], 0)} ms after the start (goal 3,000); {found['kib_each']:.3f} KiB of memory for each "
              f"registered device (goal 1); {found['bytes_each']:.0f} bytes of the file for each, "
              f"{found['bytes_each'] / found['json_each']:.2f} times its twin's JSON (goal 1.7)."]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--twins", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(report(measure(options.twins, options.rounds)), end="")


if __name__ == "__main__":
    main()
