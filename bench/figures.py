"""The figures: method round trips, idle memory and wake-ups of each program, size of the firmware.

Usage: bench/run [--calls N] [--rounds N] [--idle SECONDS] [--doors N] [--fleet-rounds N] [--growth-rounds N] [--twins N]
"""

import argparse
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "system"))
sys.path.insert(0, str(HERE.parent / "tests" / "integration" / "firmware"))
sys.path.insert(0, str(HERE / "hub"))
import fleet_figures  # noqa: E402  (the paths come first)
import growth_figures  # noqa: E402
import store_figures  # noqa: E402
from broker_rig import KEY, Authority, Broker, Hub  # noqa: E402  (the paths come first)
from rig import BIN, Program, Rig  # noqa: E402

SDK = HERE.parent / "tests" / "interop" / "node_modules" / "azure-iot-device-mqtt"
PEER = "getStatus, a device on Microsoft's Node SDK"
LOCK = 'lockDoor={"lockTime":"10m"}'
UNLOCK = 'unlockDoor={"unlockTime":"10m"}'


def round_trip(rig, device, calls, *methods):
    command = [BIN / "method_roundtrip", rig.connection_file, device, str(calls), *methods]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise SystemExit(f"method_roundtrip: {done.stderr}")
    return json.loads(done.stdout)


def memory_kib(pid):
    fields = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split(":")
        fields[name] = int(value.split()[0])
    private = fields["Private_Clean"] + fields["Private_Dirty"]
    return {"rss": fields["Rss"], "pss": fields["Pss"], "private": private}


def threads_and_switches(pid):
    switches = 0
    tasks = list(Path(f"/proc/{pid}/task").iterdir())
    for task in tasks:
        for line in (task / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                switches += int(line.split()[1])
    return len(tasks), switches


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle(pids, seconds):
    """Memory, threads, wake-ups per second and CPU share of each process while nothing happens."""
    before = {name: (threads_and_switches(pid)[1], cpu_seconds(pid)) for name, pid in pids.items()}
    time.sleep(seconds)
    found = {}
    for name, pid in pids.items():
        threads, switches = threads_and_switches(pid)
        found[name] = {**memory_kib(pid), "threads": threads,
                       "wakeups": (switches - before[name][0]) / seconds,
                       "cpu_percent": 100 * (cpu_seconds(pid) - before[name][1]) / seconds}
    return found


def stripped_size(program):
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["strip", "-o", out.name, BIN / program], check=True)
        return Path(out.name).stat().st_size


def spread(samples):
    return f"{statistics.median(samples):.0f} ({min(samples):.0f}–{max(samples):.0f})"


def sdk_device(rig):
    """The peer on Microsoft's SDK, connected; None where Node.js or the SDK is missing."""
    if not (shutil.which("node") and SDK.exists()):
        print("skipped: Microsoft's Node SDK (needs Node.js 18 or newer and, in tests/interop, npm ci)", file=sys.stderr)
        return None
    file = rig.home / "peer-connection"
    rig.lockctl("device", "add", "peer-1", "--connection-file", file)
    device = rig.spawn("node", HERE / "peers" / "azure_device.js", file.read_text().strip(),
                       env={**os.environ, "NODE_EXTRA_CA_CERTS": str(rig.data / "ca.pem")})
    device.says("ready")
    return device


def measure(options):
    scenarios = {"getStatus": ["getStatus"],
                 "lockDoor, bolt already there": [LOCK],
                 "lockDoor and unlockDoor in turn, immediate bolt": [UNLOCK, LOCK]}
    with Rig() as rig:
        rig.start_hub()
        door = rig.door("door-1", "immediate-bolt")
        rig.lockctl("lock", "door-1")
        time.sleep(1)
        pids = {"lockhub": rig.hub.pid, "doorlockd": door.pid}
        peer = sdk_device(rig)
        if peer:
            pids["a device on Microsoft's Node SDK"] = peer.pid
        rest = idle(pids, options.idle)
        calls = [(name, "door-1", methods) for name, methods in scenarios.items()]
        if peer:
            calls.insert(1, (PEER, "peer-1", ["getStatus"]))
        rounds = {name: [] for name, _, _ in calls}
        for _ in range(options.rounds):
            for name, device, methods in calls:
                rounds[name].append(round_trip(rig, device, options.calls, *methods))
    return rounds, rest


def drive(hub, broker, authority, prefix, method, payload, calls):
    """Calls back to back, while the hub goes on answering the door's twin requests."""
    command = [BIN / "broker_client", "drive", str(broker.port), authority.certificate, prefix, method, payload, str(calls)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as client:
        while client.poll() is None:
            hub.serve()
            time.sleep(0.05)
        said, wrong = client.communicate()
    if client.returncode != 0:
        raise SystemExit(f"broker_client: {wrong}")
    return json.loads(said)


def on_a_broker(options):
    """One door on a stock Mosquitto beside a bare MQTTAsync program that answers at once, in turn; and how long a door takes
    from exec until its methods can be called."""
    found = {"a bare MQTTAsync echo": [], "getStatus": [], "lockDoor, bolt already there": []}
    starts, writes = [], []
    with tempfile.TemporaryDirectory(prefix="doorlock-bench-") as name:
        home = Path(name)
        authority = Authority(home, "authority")
        broker = Broker(home, authority, *authority.sign("localhost", "DNS:localhost,IP:127.0.0.1"))
        hub = Hub(broker)
        programs = []
        try:
            hub.listen()
            template = (HERE.parent / "tests" / "doors" / "immediate-bolt.json").read_text()
            (home / "connection").write_text(f"HostName=localhost:{broker.port};DeviceId=door-1;SharedAccessKey={KEY}")
            (home / "connection").chmod(0o600)
            config = home / "door.json"
            config.write_text(template.replace("@CA@", str(authority.certificate)))
            for _ in range(options.rounds):
                began = time.monotonic()
                door = Program(BIN / "doorlockd", "--config", config, "--simulate")
                hub.until(lambda: "event=connected" in door.output, "the door connects")
                starts.append((time.monotonic() - began) * 1000)
                if len(starts) < options.rounds:
                    door.stop()
            programs.append(door)
            echo = subprocess.Popen([BIN / "broker_client", "echo", str(broker.port), authority.certificate, "bare"],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            echo.stdout.readline()
            scenarios = (("a bare MQTTAsync echo", "bare", "getStatus", ""), ("getStatus", "$iothub", "getStatus", ""),
                         ("lockDoor, bolt already there", "$iothub", "lockDoor", '{"lockTime":"10m"}'))
            for _ in range(options.rounds):
                writes.append(one_write_us(home))
                for what, prefix, method, payload in scenarios:
                    found[what].append(drive(hub, broker, authority, prefix, method, payload, options.calls))
            echo.stdin.close()
            echo.wait(10)
            echo.stdout.close()
        finally:
            for program in programs:
                program.stop()
            hub.close()
            broker.stop()
    return found, starts, writes


def one_write_us(home, times=200):
    """The floor of a state file on this disk: a kilobyte written, synced, renamed, its directory synced."""
    took = []
    directory = os.open(home, os.O_RDONLY)
    for _ in range(times):
        began = time.monotonic()
        with open(home / "floor.new", "wb", buffering=0) as file:
            file.write(b"x" * 1024)
            os.fsync(file.fileno())
        os.rename(home / "floor.new", home / "floor")
        os.fsync(directory)
        took.append((time.monotonic() - began) * 1e6)
    os.close(directory)
    return statistics.median(took)


def in_process(options):
    rounds = []
    for _ in range(options.rounds):
        done = subprocess.run([BIN / "request_to_line", "20000"], capture_output=True, text=True, timeout=120, check=True)
        rounds.append(json.loads(done.stdout))
    return rounds


def report_door(rounds, found, starts, writes):
    """The door by itself: without a hub, and on a stock broker."""
    echo = statistics.median(r["p50_us"] for r in found["a bare MQTTAsync echo"])
    lines = ["", "| in one process | p50 µs | p99 µs | p99.9 µs |", "|---|---|---|---|",
             "| bytes of a request → line set | " + " | ".join(
                 f"{statistics.median(r[k] for r in rounds):.1f} ({min(r[k] for r in rounds):.1f}–"
                 f"{max(r[k] for r in rounds):.1f})" for k in ("p50_us", "p99_us", "p999_us")) + " |",
             "", "| one door on a stock Mosquitto over TLS, back to back | p50 µs | p99 µs | ratio to the echo |",
             "|---|---|---|---|"]
    for name, results in found.items():
        p50 = [r["p50_us"] for r in results]
        lines.append(f"| {name} | {spread(p50)} | {spread([r['p99_us'] for r in results])} | "
                     f"{statistics.median(p50) / echo:.2f} |")
    status, lock = (statistics.median(r["p50_us"] for r in found[name]) for name in list(found)[1:])
    lines += ["", f"One write of a kilobyte, synced, renamed, its directory synced: {spread(writes)} µs; lockDoor takes "
              f"{(lock - status) / statistics.median(writes):.2f} of them longer than getStatus."]
    lines += ["", f"exec → methods subscribed and the twin known: {spread(starts)} ms"]
    return "\n".join(lines) + "\n"


def report(rounds, rest, options):
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False)
    lines = [f"# Figures of {datetime.date.today().isoformat()}", "",
             f"{cpu}, {os.cpu_count()} cores, Linux {platform.release()}, commit {commit.stdout.strip()}; "
             f"{options.rounds} rounds of {options.calls} calls; median (least–most) of the rounds.", "",
             "| method call, service → door → service, back to back | p50 µs | p99 µs |", "|---|---|---|"]
    for name, results in rounds.items():
        lines.append(f"| {name} | {spread([r['p50_us'] for r in results])} | {spread([r['p99_us'] for r in results])} |")
    if PEER in rounds:
        ours, theirs = (statistics.median(r["p50_us"] for r in rounds[name]) for name in ("getStatus", PEER))
        lines += ["", f"getStatus of doorlockd / of a device on Microsoft's Node SDK: {ours / theirs:.2f}"]
    lines += ["", f"| idle, connected, {options.idle} s | private KiB | PSS KiB | RSS KiB | threads | wake-ups/s | CPU % |",
              "|---|---|---|---|---|---|---|"]
    for name, found in rest.items():
        lines.append(f"| {name} | {found['private']} | {found['pss']} | {found['rss']} | {found['threads']} | "
                     f"{found['wakeups']:.1f} | {found['cpu_percent']:.2f} |")
    lines += ["", "| stripped size | KiB |", "|---|---|"]
    lines += [f"| {program} | {stripped_size(program) / 1024:.0f} |" for program in ("doorlockd", "lockhub", "lockctl")]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--idle", type=int, default=10, help="seconds")
    parser.add_argument("--doors", type=int, default=10000, help="of the simulated fleet")
    parser.add_argument("--fleet-rounds", type=int, default=3)
    parser.add_argument("--growth-rounds", type=int, default=3)
    parser.add_argument("--twins", type=int, default=1_000_000, help="in the hub's file")
    options = parser.parse_args()
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    day = datetime.date.today().isoformat()
    with (results / f"{day}.md").open("w") as file:
        def tell(text):
            print(text, end="", flush=True)
            file.write(text)
            file.flush()

        tell(report(*measure(options), options))
        tell(report_door(in_process(options), *on_a_broker(options)))
        tell(fleet_figures.report(*fleet_figures.measure(options.doors, options.fleet_rounds), options.doors,
                                  options.fleet_rounds))
        found = growth_figures.measure(growth_figures.SIZES, options.growth_rounds)
        tell(growth_figures.report(found, options.growth_rounds))
        if growth_figures.draw(found, results / f"{day}-growth.svg"):
            tell(f"\n![The same, drawn]({day}-growth.svg)\n")
        tell(store_figures.report(store_figures.measure(options.twins, options.rounds)))


if __name__ == "__main__":
    main()
