"""How long the hub takes to be there again with ten thousand devices in its file: a figure, not a test."""

import base64
import hashlib
import os
import statistics
import time

from client import Client, Lost, register_all
from rig import Rig

DEVICES = 10_000


def run(campaign):
    with campaign.rig(Rig) as rig:
        rig.start_hub()
        client = Client(rig)
        keys = {f"door-{i:05}": base64.b64encode(hashlib.sha256(str(i).encode()).digest()).decode()
                for i in range(DEVICES)}
        register_all(client, keys, tags={"building": 43, "floor": 3},
                     properties={"desired": {"holdTime": "10m", "policy": {"autoLock": True}}})
        client.close()
        ready, answered = [], []
        for _ in campaign.rounds():
            rig.hub.kill()
            rig.programs.remove(rig.hub)
            begun = time.monotonic()
            rig.hub = rig.spawn(*rig.hub_command())
            while "event=ready" not in rig.hub.output:
                time.sleep(0.001)
            ready.append(time.monotonic() - begun)
            while True:
                try:
                    Client(rig).must("GET", "/devices/door-09999")
                    break
                except Lost:
                    time.sleep(0.001)
            answered.append(time.monotonic() - begun)
        size = os.path.getsize(rig.data / "hub.db") / 1024 / 1024

    def told(samples):
        return f"{statistics.median(samples) * 1000:.0f} ms (worst {max(samples) * 1000:.0f})"
    return (f"{DEVICES} devices, file of {size:.1f} MiB: after SIGKILL ready in {told(ready)}, first request answered "
            f"after {told(answered)}; load average {os.getloadavg()[0]:.1f}")
