"""A hub under load from both sides is killed at random moments: what it had acknowledged is there when it is back."""

import json
import random
import time

from client import Client, Lost, Violation, Worker, register_all, require
from mqtt_wire import connect_with_key, publish, subscribe, tls_context, tls_peer
from rig import Rig

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
IDENTITIES = [f"r-{i}" for i in range(12)]
TWINS = [f"t-{i}" for i in range(6)]
DOORS = [f"t-{i}" for i in range(3)]  # of the twins, those that are connected
TARGETS = ["d-0", "d-1"]
MAILBOX = "c-0"


class Place:
    """What one place holds: the value that was acknowledged, and one that was asked for and not answered."""

    def __init__(self, value):
        self.value = value
        self.asked = []

    def ask(self, value):
        self.asked = [value]

    def acknowledge(self, value):
        self.value, self.asked = value, []

    def found(self, what, value, same=lambda a, b: a == b):
        """After a kill: the acknowledged value, or the one on its way."""
        if not same(value, self.value):
            require(any(same(value, asked) for asked in self.asked), f"{what}: acknowledged {self.value}, on its way "
                    f"{self.asked}, found {value}")
        self.acknowledge(value)


class Book:
    def __init__(self):
        self.count = 0
        self.identities = {name: Place(None) for name in IDENTITIES}  # (statusReason, etag, key)
        self.twins = {name: Place(None) for name in TWINS}            # (n, etag, version, desired $version)
        self.reported = {name: Place((0, 1)) for name in DOORS}       # (n, $version)
        self.seen = {name: (0, 0) for name in DOORS}                  # desired: ($version, n)
        self.telemetry = {name: set() for name in DOORS}              # acknowledged, not yet checked
        self.telemetry_read = {name: 0 for name in DOORS}
        self.mail = Place(0)
        self.jobs = {}                                                # id -> acknowledged
        self.acknowledged = 0

    def number(self):
        self.count += 1
        return self.count


class Load(Worker):
    def __init__(self, rig, book, seed):
        super().__init__(type(self).__name__, seed)
        self.rig, self.book = rig, book

    def prepare(self):
        self.client = Client(self.rig)

    def close(self):
        self.client.close()

    def acknowledged(self):
        self.book.acknowledged += 1


class Registrar(Load):
    def step(self):
        name = self.random.choice(IDENTITIES)
        place = self.book.identities[name]
        reason = str(self.book.number())
        if place.value is None or self.random.random() < 0.7:
            place.ask((reason, None, None))
            body = {"deviceId": name, "status": "enabled", "statusReason": reason}
            etag = None
            if place.value is not None:
                etag = self.random.choice(["*", f'"{place.value[1]}"'])
                key = place.value[2]
                body["authentication"] = {"type": "sas", "symmetricKey": {"primaryKey": key, "secondaryKey": key}}
            told = self.client.must("PUT", f"/devices/{name}", body, etag=etag)
            place.acknowledge(identity(told))
        else:
            place.ask(None)
            self.client.must("DELETE", f"/devices/{name}", etag=f'"{place.value[1]}"')
            place.acknowledge(None)
        self.acknowledged()


class Patcher(Load):
    def step(self):
        name = self.random.choice(TWINS)
        place = self.book.twins[name]
        n = self.book.number()
        place.ask((n, None, place.value[2] + 1, place.value[3] + 1))
        told = self.client.must("PATCH", f"/twins/{name}", {"tags": {"n": n}, "properties": {"desired": {"n": n}}},
                                etag=self.random.choice(["*", f'"{place.value[1]}"']))
        place.acknowledge(twin(told))
        self.acknowledged()


class Planner(Load):
    def step(self):
        name = f"job-{self.book.number()}"
        self.book.jobs[name] = False
        self.client.must("PUT", f"/jobs/v2/{name}", {
            "type": "scheduleUpdateTwin", "queryCondition": f"deviceId IN {json.dumps(TARGETS)}".replace('"', "'"),
            "updateTwin": {"etag": "*", "tags": {"job": name}}})
        self.book.jobs[name] = True
        self.acknowledged()
        time.sleep(self.random.random() * 0.03)


class Postman(Load):
    def step(self):
        if self.book.mail.value >= 40:
            self.book.mail.ask(0)
            self.client.must("DELETE", f"/devices/{MAILBOX}/commands")
            self.book.mail.acknowledge(0)
        else:
            more = self.book.mail.value + 1
            self.book.mail.ask(more)
            self.client.must("POST", f"/lockhub/v1/devices/{MAILBOX}/messages", {"n": more})
            self.book.mail.acknowledge(more)
        self.acknowledged()
        time.sleep(0.005)


class Door(Load):
    """Reports and sends telemetry, one of each at a time, and hears what is desired."""

    def __init__(self, rig, book, seed, name):
        super().__init__(rig, book, f"{seed} {name}")
        self.device = name
        self.rid = 0

    def prepare(self):
        self.peer = tls_peer(self.rig.mqtt_port, tls_context(self.rig.data / "ca.pem"))
        self.peer.send(connect_with_key(self.device, KEY, clean=False))
        self.wait(lambda heard: heard.startswith("CONNACK") and heard.endswith("code=0"))
        self.peer.send(subscribe(("$iothub/twin/res/#", 0), ("$iothub/twin/PATCH/properties/desired/#", 0)))
        self.wait(lambda heard: heard.startswith("SUBACK"))
        # The device sees its desired properties: those that the service sees, or newer ones.
        self.peer.send(publish("$iothub/twin/GET/?$rid=get"))
        answer = json.loads(self.response("get")[1])["desired"]
        require(answer["$version"] >= self.book.seen[self.device][0], f"{self.device} had been told of "
                f"{self.book.seen[self.device]} and now gets {answer}")
        self.book.seen[self.device] = (answer["$version"], answer.get("n", 0))

    def wait(self, wanted):
        while True:
            before = len(self.peer.bodies)
            heard = self.peer.next(20)
            if heard == "closed":
                raise Lost("closed")
            require(heard != "silence", f"{self.device}: no answer")
            if len(self.peer.bodies) > before:
                topic, payload = self.peer.bodies[-1]
                if topic.startswith("$iothub/twin/PATCH/properties/desired/"):
                    desired = json.loads(payload)
                    self.book.seen[self.device] = max(self.book.seen[self.device],
                                                      (desired["$version"], desired.get("n", 0)))
            if wanted(heard):
                return

    def response(self, rid):
        found = []

        def is_it(heard):
            if heard.startswith("PUBLISH"):
                topic, payload = self.peer.bodies[-1]
                if topic.startswith("$iothub/twin/res/") and topic.split("$rid=")[1].split("&")[0] == rid:
                    found.append((topic, payload))
            return bool(found)
        self.wait(is_it)
        return found[0]

    def step(self):
        self.rid += 1
        place = self.book.reported[self.device]
        n = self.book.number()
        place.ask((n, place.value[1] + 1))
        self.peer.send(publish(f"$iothub/twin/PATCH/properties/reported/?$rid={self.rid}",
                               json.dumps({"n": n}).encode()))
        topic, _ = self.response(str(self.rid))
        require("/res/204/" in topic, f"{self.device} reported and was answered {topic}")
        place.acknowledge((n, int(topic.split("$version=")[1])))
        self.acknowledged()

        packet_id = self.rid % 60000 + 1
        self.peer.send(publish(f"devices/{self.device}/messages/events/", json.dumps({"n": n}).encode(), 1, packet_id))
        self.wait(lambda heard: heard == f"PUBACK {packet_id}")
        self.book.telemetry[self.device].add(n)
        self.acknowledged()
        del self.peer.bodies[:]

    def close(self):
        if hasattr(self, "peer"):
            self.peer.close()


def identity(told):
    return told["statusReason"], told["etag"], told["authentication"]["symmetricKey"]["primaryKey"]


def twin(told):
    desired = told["properties"]["desired"]
    return desired.get("n", 0), told["etag"], told["version"], desired["$version"]


def like(found, wanted):
    """The parts of `wanted` that were known before the answer came."""
    if found is None or wanted is None:
        return found is wanted
    return all(b is None or a == b for a, b in zip(found, wanted))


def check(rig, book):
    client = Client(rig)
    for name, place in book.identities.items():
        status, told, _ = client.ask("GET", f"/devices/{name}")
        require(status in (200, 404), f"GET /devices/{name}: {status} {told}")
        place.found(f"identity {name}", identity(told) if status == 200 else None, like)
    for name, place in book.twins.items():
        told = client.must("GET", f"/twins/{name}")
        require(told["tags"].get("n", 0) == told["properties"]["desired"].get("n", 0), f"half a patch: {told}")
        place.found(f"twin {name}", twin(told), like)
        if name in book.reported:
            reported = told["properties"]["reported"]
            book.reported[name].found(f"reported {name}", (reported.get("n", 0), reported["$version"]))
            version, n = book.seen[name]
            desired = told["properties"]["desired"]
            require(desired["$version"] >= version, f"{name} was told of desired version {version}, which is gone")
            require(desired["$version"] > version or desired.get("n", 0) == n, f"{name} was told n={n}: {desired}")
    check_telemetry(client, book)
    told = client.must("GET", f"/twins/{MAILBOX}")
    book.mail.found("messages that wait", told["cloudToDeviceMessageCount"])
    check_jobs(client, book)
    client.close()


def check_telemetry(client, book):
    for name, missing in book.telemetry.items():
        while True:
            after = book.telemetry_read[name]
            items = client.must("GET", "/lockhub/v1/telemetry", parameters=f"&device={name}&after={after}&limit=1000")
            if not items:
                break
            for item in items:
                missing.discard(item["body"]["n"])
                book.telemetry_read[name] = item["id"]
        require(not missing, f"telemetry of {name} was acknowledged and is gone: {sorted(missing)}")


def check_jobs(client, book):
    """Those that were acknowledged are there, and end as they should."""
    deadline = time.monotonic() + 30
    for name, acknowledged in list(book.jobs.items()):
        while True:
            status, job, _ = client.ask("GET", f"/jobs/v2/{name}")
            if status == 404:
                require(not acknowledged, f"job {name} was acknowledged and is gone")
                break
            require(status == 200, f"GET /jobs/v2/{name}: {status} {job}")
            counts = job["deviceJobStatistics"]
            if job["status"] == "completed":
                require(counts["succeededCount"] == counts["deviceCount"] == len(TARGETS), f"job {name}: {job}")
                break
            require(time.monotonic() < deadline, f"job {name} does not end: {job}")
            time.sleep(0.02)
        del book.jobs[name]


def one_round(rig, book, chance, seed, number):
    workers = [kind(rig, book, f"{seed} {number}") for kind in (Registrar, Patcher, Planner, Postman)]
    workers += [Door(rig, book, f"{seed} {number}", name) for name in DOORS]
    for worker in workers:
        worker.start()
    time.sleep(chance.uniform(0.05, 0.6))
    rig.hub.kill()
    for worker in workers:
        worker.halt.set()
    for worker in workers:
        worker.join(60)
        require(not worker.is_alive(), f"{worker.name} hangs")
        if worker.problem is not None:
            raise Violation(f"{worker.name}: {worker.problem!r}") from worker.problem
    rig.programs.remove(rig.hub)
    rig.start_hub()
    check(rig, book)


def run(campaign):
    chance = random.Random(campaign.seed)
    book = Book()
    with campaign.rig(Rig) as rig:
        rig.start_hub()
        client = Client(rig)
        register_all(client, {name: KEY for name in [*TWINS, *TARGETS, MAILBOX]})
        for name, place in book.twins.items():
            place.acknowledge(twin(client.must("GET", f"/twins/{name}")))
        client.close()
        for number in campaign.rounds():
            one_round(rig, book, chance, campaign.seed, number)
    return f"{book.acknowledged} acknowledgements, each still true after the next start"
