"""The faults of the network campaign and, besides, SIGKILL and SIGSTOP of lockhub, doorlockd and lockctl, at random moments
of a method call, a job or a twin patch. A round is one fault; the invariants are those of network.py.
"""

import signal
import subprocess
import threading
import time

import network
from rig import BIN

HUB = threading.Lock()  # one lane at a time lays hands on it


class ProcessFault:
    """`begin` and `end` of something done to a process, at a random moment of the round."""

    problem = None

    def __init__(self, lane, name):
        self.lane, self.name = lane, name
        self.kills_door = name == "kill door"
        self.moment = lane.random.uniform(0, 0.05)

    def prepare(self):
        pass

    def begin(self):
        time.sleep(self.moment)
        if "hub" in self.name:
            HUB.acquire()
        getattr(self, self.name.replace(" ", "_"))()

    def end(self):
        try:
            if self.name == "pause door":
                self.lane.door.signal(signal.SIGCONT)
            if self.name == "pause hub":
                self.lane.rig.hub.signal(signal.SIGCONT)
            if self.name == "kill door" and self.problem is None:
                self.lane.restart_door()
            if self.name == "kill hub" and self.problem is None:
                self.lane.rig.start_hub()
        except Exception as problem:  # the lane asks for it
            self.problem = problem
        finally:
            if "hub" in self.name:
                HUB.release()

    def kill_door(self):
        self.lane.door.kill()

    def pause_door(self):
        self.lane.door.signal(signal.SIGSTOP)

    def kill_hub(self):
        hub = self.lane.rig.hub
        hub.kill()
        self.lane.rig.programs.remove(hub)

    def pause_hub(self):
        self.lane.rig.hub.signal(signal.SIGSTOP)


class Lane(network.Lane):
    def next_fault(self):
        name = self.random.choice(("network", "network", "kill door", "kill door", "pause door", "kill hub", "kill hub",
                                   "pause hub"))
        return super().next_fault() if name == "network" else ProcessFault(self, name)

    def restart_door(self):
        self.earlier += self.door.output
        self.rig.programs.remove(self.door)
        self.door = self.rig.start_door(self.config)

    def twin(self, since):
        """Half of the patches by a lockctl that is killed on its way."""
        if self.random.random() < 0.5:
            self.killed_lockctl("twin", "set", self.id, "building=1")
        super().twin(since)

    def method(self, since):
        """Some unlock by a lockctl that is killed: the bolt is unlocked already, or becomes so."""
        if self.random.random() < 0.5:
            self.killed_lockctl("unlock", self.id)
        super().method(since)

    def killed_lockctl(self, *arguments):
        command = [BIN / "lockctl", "--connection-file", self.rig.connection_file, *arguments]
        lockctl = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(self.random.uniform(0, 0.06))
        lockctl.kill()
        lockctl.wait()
        self.counts["kill lockctl"] += 1


def run(campaign):
    return network.run(campaign, Lane)
