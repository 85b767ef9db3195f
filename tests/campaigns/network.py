"""Doors and scheduler behind proxies that reset, cut, stall, lose, refuse and delay, in every phase of a method call, a job
and a twin patch. A round is one fault.

Whatever the network did: a bolt moves at most once for one commandId and for one row of a job, and an answer that was
heard is the answer that a repeat gets; the twin converges to what is desired; a job's counters are those of its rows, and
the rows what the door did; every event of a door arrives, each one once (a repeat has the same id), or is counted as
dropped.
"""

import json
import random
import re
import threading
import time
from collections import Counter

from client import Client, Lost, Violation, require
from proxy import DOWN, KINDS, UP, Proxy
from rig import Rig, wait_until

LANES = 4            # doors, each with a service of its own, at the same time
AT_RISK = 3          # movements of a second: a round has no more
PATIENCE = 150       # seconds until everything is well again: the door's backoff ends at 60
METHOD = {"locked": "lockDoor", "unlocked": "unlockDoor", "status": "getStatus"}


class NetworkFault:
    """Strikes at a piece of the exchange, or after a while if there are fewer of them."""

    problem = None
    kills_door = False

    def __init__(self, proxy, chance):
        self.proxy = proxy
        self.name = chance.choice(KINDS)
        self.place = chance.choice((UP, DOWN)), chance.randint(1, 4), chance.uniform(0.05, 1)

    def prepare(self):
        self.proxy.arm(self.name, *self.place)

    def begin(self):
        time.sleep(0.2)
        self.proxy.strike_if_armed()

    def end(self):
        self.proxy.heal()


class Lane(threading.Thread):
    """One door behind a proxy, and a service behind another."""

    def __init__(self, campaign, rig, number, take):
        super().__init__(name=f"lane {number}", daemon=True)
        self.rig, self.take = rig, take
        self.id = f"door-{number}"
        self.random = random.Random(f"{campaign.seed} {number}")
        self.counts = Counter()
        self.commands = 0
        self.problem = None
        self.fault = None
        self.to_door = Proxy(rig.mqtt_port, f"{campaign.seed} {number}")
        self.to_hub = Proxy(rig.https_port, f"{campaign.seed} {number}")
        self.direct = Client(rig)                         # the truth as the hub tells it
        self.service = Client(rig, self.to_hub.port, 8)   # what the network stands between
        config = rig.register(self.id, "immediate-bolt")
        connection = config.parent / "connection"
        connection.write_text(connection.read_text().replace(f":{rig.mqtt_port};", f":{self.to_door.port};"))
        config.write_text(config.read_text().replace('"state_directory"', '"log_level": "debug",\n  "state_directory"'))
        self.config = config
        self.earlier = ""  # what the door said before it was killed
        self.door = rig.start_door(config)
        self.door.says(r"event=connected")

    def run(self):
        try:
            while self.take():
                self.one_round()
            self.check_telemetry()
        except Exception as problem:  # the campaign asks for it
            self.problem = problem
        finally:
            self.direct.close()
            self.service.close()

    def stop(self):
        self.to_door.stop()
        self.to_hub.stop()

    # ---- what is done ----

    def certain(self, ask, *arguments, **more):
        """What the hub says, as soon as it says anything; only for what may be asked twice."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return ask(*arguments, **more)
            except Lost as problem:
                require(time.monotonic() < deadline, f"the hub does not answer: {problem}")
                time.sleep(0.05)

    def command(self):
        self.commands += 1
        return f"{self.id}-{self.commands}"

    @property
    def log(self):
        return self.earlier + self.door.output

    def catch_up(self):
        """Everything that the door has said until now has been read afterwards."""
        before = self.log.count("name=getStatus")
        deadline = time.monotonic() + PATIENCE
        while self.invoke(self.direct, "status", None) is None:
            require(time.monotonic() < deadline, f"{self.id} does not answer getStatus within {PATIENCE} s")
            time.sleep(0.02)
        wait_until(lambda: self.log.count("name=getStatus") > before, "the door's log speaks of getStatus")

    def moves(self, target, since):
        """How often the bolt was driven there by a command. Before it connects, a door that has started resumes its hold."""
        self.catch_up()
        count, resumes = 0, False
        for event, drive in re.findall(r"event=(start|connected|drive)(?: drive=toward_(\w+))?", self.log[since:]):
            if event != "drive":
                resumes = event == "start"
            elif drive == target and not resumes:
                count += 1
        return count

    def invoke(self, client, target, command):
        """The door's answer (status, payload), or None when nobody knows."""
        try:
            status, body, _ = client.ask("POST", f"/twins/{self.id}/methods", {
                "methodName": METHOD[target], "payload": {"commandId": command} if command else {}, "responseTimeoutInSeconds": 5,
                "connectTimeoutInSeconds": 5})
        except Lost:
            return None
        if status == 200:
            return body["status"], body["payload"]
        require(status in (404, 429, 502, 503, 504), f"{METHOD[target]}: {status} {body}")
        return None

    def insist(self, target, command):
        """Repeats a command until the door has answered."""
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self.invoke(self.direct, target, command)
            if answer:
                return answer
            require(time.monotonic() < deadline, f"{self.id} does not answer {command} within {PATIENCE} s")
            self.counts["repeats"] += 1
            time.sleep(0.02)

    def unlock(self):
        """By a second command if a door was killed in the midst of the first."""
        answer = self.insist("unlocked", self.command())
        if answer[0] != 200 and self.fault and self.fault.kills_door:
            answer = self.insist("unlocked", self.command())
        require(answer[0] == 200, "unlockDoor:", answer)

    def settle(self):
        """The bolt where `unlocked` has it, and the log behind it."""
        self.unlock()
        self.catch_up()
        return len(self.log)

    def one_round(self):
        since = self.settle()
        act = self.random.choice((self.method, self.method, self.twin, self.job))
        self.fault = self.next_fault()
        lasts = self.random.uniform(0.02, 1.5)
        self.fault.prepare()
        healer = threading.Thread(target=self.heal_after, args=(self.fault, lasts), daemon=True)
        healer.start()
        try:
            act(since)
        except Violation as broken:
            raise Violation(f"{self.id}, round {self.counts['rounds']}, {act.__name__}, {self.fault.name} for {lasts:.2f} s: "
                            f"{broken}") from None
        finally:
            healer.join()
        if self.fault.problem:
            raise self.fault.problem
        self.counts["rounds"] += 1
        self.counts[act.__name__] += 1
        self.counts[self.fault.name] += 1
        self.counts[f"{self.fault.name} in a method"] += act == self.method

    def next_fault(self):
        proxy = self.random.choice((self.to_door, self.to_door, self.to_door, self.to_hub))
        return NetworkFault(proxy, self.random)

    @staticmethod
    def heal_after(fault, lasts):
        try:
            fault.begin()
            time.sleep(lasts)
        except Exception as problem:  # the lane asks for it
            fault.problem = problem
        fault.end()

    def method(self, since):
        command = self.command()
        first = self.invoke(self.service, "locked", command)
        between = self.random.random() < 0.5
        if between:  # another command, so that a second execution of the first would be seen
            self.unlock()
        again = self.insist("locked", command)
        require(first is None or again == first, f"answered {first}, and the repeat {again}")
        require(self.insist("locked", command) == again, "another answer to the same command")
        moved = self.moves("locked", since)
        require(moved <= 1, f"{moved} movements for one commandId, between={between}")
        if not self.fault.kills_door:  # a door killed in the middle of it says so, or resumes what it had begun
            require(again[0] == 200, f"the repeat: {again}")
            require(moved == 1, f"answered 200 without a movement, between={between}")
        self.counts["unheard"] += first is None

    def twin(self, _):
        wanted = {"building": self.random.randrange(1, 10_000), "floor": self.random.randrange(-5, 100)}
        try:
            status, body, _ = self.service.ask("PATCH", f"/twins/{self.id}", {"properties": {"desired": wanted}})
            require(status == 200, f"PATCH: {status} {body}")
        except Lost:
            self.counts["unheard"] += 1
            self.certain(self.direct.must, "PATCH", f"/twins/{self.id}", {"properties": {"desired": wanted}})
        deadline = time.monotonic() + PATIENCE
        while True:
            found = self.certain(self.direct.must, "GET", f"/twins/{self.id}")["properties"]
            version = found["desired"]["$version"]
            reported = {name: found["reported"].get(name, {}) for name in wanted}
            if all(told.get("value") == wanted[name] and told.get("ac") == 200 for name, told in reported.items()):
                require(all(told["av"] <= version for told in reported.values()), f"acknowledged {reported} of {version}")
                return
            require(time.monotonic() < deadline, f"desired {wanted} at {version}, reported {reported}")
            time.sleep(0.05)

    def job(self, since):
        name = f"job-{self.id}-{self.commands}"
        repeatable = self.random.random() < 0.5
        payload = {"commandId": self.command()} if repeatable else {}
        body = {"jobId": name, "type": "scheduleDeviceMethod", "queryCondition": f"deviceId = '{self.id}'",
                "maxExecutionTimeInSeconds": 120,
                "cloudToDeviceMethod": {"methodName": "lockDoor", "payload": payload, "responseTimeoutInSeconds": 5}}
        try:
            status, told, _ = self.service.ask("PUT", f"/jobs/v2/{name}", body)
            require(status == 200, f"PUT: {status} {told}")
        except Lost:
            self.counts["unheard"] += 1
            status, told, _ = self.certain(self.direct.ask, "PUT", f"/jobs/v2/{name}", body)
            require(status == 200 or told["Message"].startswith("ErrorCode:JobAlreadyExists"), f"PUT again: {status} {told}")
        deadline = time.monotonic() + PATIENCE
        while True:
            told = self.certain(self.direct.must, "GET", f"/jobs/v2/{name}")
            if told["status"] in ("completed", "failed", "cancelled"):
                break
            require(time.monotonic() < deadline, f"the job does not end: {told}")
            time.sleep(0.05)
        rows = self.certain(self.direct.query, f"SELECT * FROM devices.jobs WHERE devices.jobs.jobId = '{name}'")
        require(len(rows) == 1, rows)
        row, statistics = rows[0], told["deviceJobStatistics"]
        done = row["status"] == "completed"
        require((statistics["succeededCount"], statistics["failedCount"]) == (int(done), int(not done)),
                f"counters {statistics}, row {row}")
        self.unlock()  # behind it: what was on its way to the door has come or never will
        moved = self.moves("locked", since)
        if done:
            require(moved == 1 or (moved == 0 and self.fault.kills_door), f"done, and the bolt moved {moved} times: {row}")
        elif row["error"]["code"] in ("OutcomeUnknown", "DeviceTimeout"):
            require(moved <= 1, f"{moved} movements for one row: {row}")
            self.counts["unknown outcomes"] += 1
        else:
            require(moved == 0, f"said not to have been called, and the bolt moved {moved} times: {row}")
            self.counts["never sent"] += 1

    # ---- what must be there in the end ----

    def check_telemetry(self):
        """All of the door's events, without a gap, each one once."""
        self.settle()
        deadline = time.monotonic() + PATIENCE
        # What happened in the last second before the power went need not have reached the disk.
        drives = self.moves("locked", 0) + self.moves("unlocked", 0) - self.counts["kill door"] * AT_RISK
        while True:
            events = self.telemetry()
            operations = sum(event["body"]["event"] == "operation" for event in events.values())
            if operations >= drives:
                break
            require(time.monotonic() < deadline, f"{self.id}: {drives} movements, {operations} events of them")
            time.sleep(0.2)
        numbers = sorted(events)
        require(numbers == list(range(1, numbers[-1] + 1)), f"{self.id}: gaps in {numbers}")
        twin = self.certain(self.direct.must, "GET", f"/twins/{self.id}")
        require(twin["properties"]["reported"]["telemetry"]["dropped"] == 0, "dropped without need")
        self.counts["events"] += len(events)

    def telemetry(self):
        events, after = {}, None
        while True:
            which = f"&device={self.id}" + (f"&after={after}" if after else "")
            status, page, told = self.certain(self.direct.ask, "GET", "/lockhub/v1/telemetry", parameters=which)
            require(status == 200, page)
            for event in page:
                number, name = event["body"]["seq"], event["systemProperties"]["message-id"]
                known = events.setdefault(number, event)
                if known is not event:
                    require(known["systemProperties"]["message-id"] == name and known["body"] == event["body"],
                            f"{self.id}: two events with the number {number}: {known}, {event}")
            after = told.get("x-ms-continuation")
            if not after:
                return events


class Rounds:
    """Deals the rounds out to the lanes."""

    def __init__(self, campaign):
        self.campaign, self.guard, self.over = campaign, threading.Lock(), False

    def take(self):
        with self.guard:
            if self.over or not self.campaign.more():
                return False
            self.campaign.passed()
            return True


def run(campaign, kind=Lane):
    rounds = Rounds(campaign)
    with campaign.rig(Rig) as rig:
        rig.start_hub()
        lanes = [kind(campaign, rig, number, rounds.take) for number in range(LANES)]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
            if lane.problem:
                rounds.over = True
        for lane in lanes:
            lane.stop()
        for lane in lanes:
            if lane.problem:
                (rig.home / f"{lane.id}.log").write_text(lane.log)
        for lane in lanes:
            if lane.problem:
                raise lane.problem
    counts = sum((lane.counts for lane in lanes), Counter())
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
