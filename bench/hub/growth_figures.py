"""What a door costs the hub while the fleet grows: real connections over TLS, from a hundred to nineteen thousand.

For each size a hub of its own: doors connect, each answers one method, one of a `lockDoor` job and a twin job, all are
dropped and come back; then the hub starts again and is asked for the doors of one floor by an index. The sizes come in turn
within a round.

Usage: DOORLOCK_BIN=build/bench/bin python3 bench/hub/growth_figures.py [--sizes N,N,…] [--rounds N] [--svg FILE]
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "campaigns"))
from fleet_figures import BIN, PREFIX, Rig, at_lockhub, cpu_seconds  # noqa: E402  (the paths come first)
from client import Client  # noqa: E402

SIZES = (100, 1000, 2000, 5000, 10000, 19000)
# What is measured: the title, and the key of a sample with the hub's CPU in µs, per door or per query.
SCENARIOS = {"connect": "connect, subscribe, fetch the twin", "invoke": "a method by the service API", "lock job": "`lockDoor` job",
             "twin job": "twin job", "storm": "dropped, back with a ticket", "restart": "start of the hub",
             "query": "query by an index, 20 doors found"}
BASE = 1000
FLAT = 1.15  # the most that a door may cost beyond what it costs at BASE
ON_A_FLOOR = 20
QUERIES = 300


def register(rig, doors):
    """Doors of which a few have a tag that says their floor, as many at every size."""
    rig.start_hub()
    rig.lockctl("simulate", "-n", doors, "--prefix", PREFIX, "--tag", "fleet=true", "--for", "0s")
    rig.lockctl("job", "create", "--where", f"deviceId <= '{PREFIX}{ON_A_FLOOR:05}'", "--tag", "floor=7", "--wait")
    rig.hub.stop()
    subprocess.run([BIN / "lockhub", "index", "add", "tags.floor", "--data", rig.data], check=True, stdout=subprocess.DEVNULL)


def start_again(rig, doors, into):
    began = time.monotonic()
    hub = rig.spawn(*rig.hub_command())
    hub.says(r"event=ready")
    into["restart"].append({"cpu_us": cpu_seconds(hub.pid) * 1e6 / doors, "wall_ms": (time.monotonic() - began) * 1000})
    client = Client(rig)
    before = cpu_seconds(hub.pid)
    for _ in range(QUERIES):
        found = client.query("SELECT * FROM devices WHERE tags.floor = 7")
        if len(found) != ON_A_FLOOR:
            raise SystemExit(f"{len(found)} doors on the floor of {ON_A_FLOOR}")
    into["query"].append({"cpu_us": (cpu_seconds(hub.pid) - before) * 1e6 / QUERIES})
    client.close()
    hub.stop()


def measure(sizes, rounds):
    found = {size: {name: [] for name in SCENARIOS} for size in sizes}
    for _ in range(rounds):
        for size in sizes:
            with Rig() as rig:
                register(rig, size)
                at_lockhub(rig, size, found[size])
                start_again(rig, size, found[size])
    return found


def medians(found, name):
    return {size: statistics.median(sample["cpu_us"] for sample in scenarios[name]) for size, scenarios in found.items()}


def report(found, rounds):
    sizes = list(found)
    lines = ["", f"Growth, {rounds} rounds: the hub's CPU in µs for each door (medians); from {BASE} doors on it is flat when the "
             f"last column is at most {FLAT}.", "",
             "| doors | " + " | ".join(str(size) for size in sizes) + f" | most / {BASE} |", "|---" * (len(sizes) + 2) + "|"]
    for name, title in SCENARIOS.items():
        cost = medians(found, name)
        beyond = [cost[size] for size in sizes if size >= BASE]
        ratio = f"{max(beyond) / cost[BASE]:.2f}" if cost.get(BASE) else "–"
        lines.append(f"| {title} | " + " | ".join(f"{cost[size]:.1f}" for size in sizes) + f" | {ratio} |")
    starts = [f"{statistics.median(s['wall_ms'] for s in found[size]['restart']):.0f} ms" for size in sizes]
    lines.append("| ready after the start | " + " | ".join(starts) + " | – |")
    memory = [f"{statistics.median(s['kib'] for s in found[size]['connect']):.1f}" for size in sizes]
    lines.append("| KiB of memory a connection | " + " | ".join(memory) + " | – |")
    return "\n".join(lines) + "\n"


def draw(found, path):
    """An SVG by gnuplot: µs over doors, both scales logarithmic. False where gnuplot is missing."""
    if not shutil.which("gnuplot"):
        print("skipped: the plot (needs gnuplot: apt install gnuplot-nox)", file=sys.stderr)
        return False
    curves = [name for name in SCENARIOS if name != "query"]
    script = ["set terminal svg size 760,460 font 'sans-serif,12' background rgb 'white'", f"set output '{path}'",
              "set logscale xy", "set xlabel 'doors that are connected'", "set ylabel 'CPU of the hub, µs for each door'",
              "set grid", "set key outside right", "set title 'What a door costs while the fleet grows'",
              "plot " + ", ".join(f"'-' with linespoints title '{SCENARIOS[name].replace('`', '')}'" for name in curves)]
    for name in curves:
        script += [f"{size} {cost:.3f}" for size, cost in medians(found, name).items()] + ["e"]
    subprocess.run(["gnuplot"], input="\n".join(script) + "\n", text=True, check=True)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=lambda text: [int(word) for word in text.split(",")], default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--svg", type=Path)
    options = parser.parse_args()
    found = measure(options.sizes, options.rounds)
    print(report(found, options.rounds), end="")
    if options.svg:
        draw(found, options.svg)


if __name__ == "__main__":
    main()
