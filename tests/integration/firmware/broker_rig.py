"""A Mosquitto with certificates of its own, a test that plays the hub on it, and doorlockd with a simulated bolt."""

import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import parse_qsl

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "system"))
from rig import BIN, Program, free_port, wait_until  # noqa: E402

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=30)


class Authority:
    """A private CA in a directory."""

    def __init__(self, directory, name):
        self._directory = directory
        self._name = name
        self.certificate = directory / f"{name}.pem"
        self._key = directory / f"{name}.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self._key,
                "-out", self.certificate, "-days", 2, "-subj", f"/CN={name}")

    def sign(self, name, alternatives, days=2):
        """A certificate for these names, of a server or a device; returns its file and the one of its key."""
        key, request, certificate = (self._directory / f"{name}{end}" for end in (".key", ".csr", ".pem"))
        extensions = self._directory / f"{name}.ext"
        extensions.write_text(f"subjectAltName={alternatives}\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request,
                "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial", "-out",
                certificate, "-days", days, "-extfile", extensions)
        return certificate, key


class Broker:
    """Mosquitto on a port of its own. It can be ended and started again on the same port."""

    def __init__(self, directory, authority, certificate, key, anonymous=True, clients=None):
        """`clients`: certificate and key of the test's own clients; every client then has to show one."""
        self.port = free_port()
        self._clients = clients
        self._authority = authority
        self._configuration = directory / f"mosquitto-{self.port}.conf"
        self._configuration.write_text(
            f"listener {self.port} 127.0.0.1\ncertfile {certificate}\nkeyfile {key}\n"
            # Without this line root's broker becomes another user, who may not read the key.
            f"allow_anonymous {'true' if anonymous else 'false'}\nuser root\n"
            + (f"cafile {authority.certificate}\nrequire_certificate true\nuse_identity_as_username true\n"
               if clients else ""))
        self._process = None
        self.start()

    def start(self):
        if self._process is not None:
            self._process.stop()
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self._process = Program(program, "-c", self._configuration)
        wait_until(self._listens, "mosquitto listens")

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        self._process.kill()

    def signal(self, number):
        self._process.signal(number)

    def stop(self):
        self._process.stop()

    def says(self, pattern, seconds=60):
        return self._process.says(pattern, seconds)

    def client(self, program, *arguments):
        proof = ["--cert", self._clients[0], "--key", self._clients[1]] if self._clients else []
        return [program, "-h", "localhost", "-p", str(self.port), "--cafile", str(self._authority.certificate),
                *map(str, [*proof, *arguments])]


class Hub:
    """Plays IoT Hub on the broker: answers twin requests, keeps what the device reports, calls methods."""

    def __init__(self, broker):
        self._broker = broker
        self.desired = {"$version": 1}
        self.reported = {}
        self.events = []  # telemetry: (properties, quality of service, body), as it came
        self.asked = 0  # twin requests that were answered
        self.silent = False  # leaves twin requests unanswered
        self._answers = {}
        self._seen = 0
        self._rid = 0
        self._ear = Program(*broker.client("mosquitto_sub", "-q", 1, "-F", "%t %q %p", "-t", "$iothub/twin/GET/#", "-t",
                                           "$iothub/twin/PATCH/properties/reported/#", "-t", "$iothub/methods/res/#",
                                           "-t", "devices/+/messages/events/#", "-t", "ready"))

    def listen(self):
        """Waits until the subscription stands."""
        def heard():
            self.publish("ready", "1")
            return "ready 0 1" in self._ear.output
        wait_until(heard, "the hub's subscription")

    def close(self):
        self._ear.stop()

    def publish(self, topic, payload):
        # An argument has a longest length.
        how, given = (["-m", payload], None) if len(payload) < 100_000 else (["-s"], payload.encode())
        subprocess.run(self._broker.client("mosquitto_pub", "-t", topic, *how), check=True, timeout=60, input=given,
                       capture_output=True)

    def serve(self):
        """Deals with everything that has come since."""
        lines = self._ear.output.split("\n")[:-1]
        while self._seen < len(lines):
            topic, qos, payload = lines[self._seen].split(" ", 2)
            self._seen += 1
            rid = topic.partition("$rid=")[2]
            if topic.startswith("devices/"):
                self.events.append((dict(parse_qsl(topic.rpartition("/")[2])), int(qos), json.loads(payload)))
            elif self.silent and topic.startswith("$iothub/twin/"):
                pass
            elif topic.startswith("$iothub/twin/GET/"):
                self.asked += 1
                twin = {"desired": self.desired, "reported": {**self.reported, "$version": 1}}
                self.publish(f"$iothub/twin/res/200/?$rid={rid}", json.dumps(twin))
            elif topic.startswith("$iothub/twin/PATCH/"):
                merge(self.reported, json.loads(payload))
                self.publish(f"$iothub/twin/res/204/?$rid={rid}&$version=2", "")
            elif topic.startswith("$iothub/methods/res/"):
                self._answers[rid] = (int(topic.split("/")[3]), json.loads(payload))

    def until(self, condition, what, seconds=60):
        def served():
            self.serve()
            return condition()
        return wait_until(served, what, seconds)

    def begin(self, name, payload=""):
        self._rid += 1
        rid = f"r{self._rid}"
        self.publish(f"$iothub/methods/POST/{name}/?$rid={rid}", payload)
        return rid

    def answer(self, rid, seconds=60):
        return self.until(lambda: self._answers.get(rid), f"the answer to {rid}", seconds)

    def given(self, rid):
        """The answer to a request, if there is one already."""
        return self._answers.get(rid)

    def call(self, name, payload=""):
        return self.answer(self.begin(name, payload))

    def numbers(self):
        """The numbers of the events in the order of their first arrival."""
        return list(dict.fromkeys(body["seq"] for _, _, body in self.events))

    def kinds(self):
        return [body["event"] for _, _, body in self.events]

    def want(self, **properties):
        self.desired.update(properties)
        self.desired["$version"] += 1
        version = self.desired["$version"]
        self.publish(f"$iothub/twin/PATCH/properties/desired/?$version={version}",
                     json.dumps({**properties, "$version": version}))


def merge(into, patch):
    for name, value in patch.items():
        if value is None:
            into.pop(name, None)
        elif isinstance(value, dict) and isinstance(into.get(name), dict):
            merge(into[name], value)
        else:
            into[name] = value


class Door:
    """doorlockd in a directory of its own."""

    def __init__(self, directory, port, ca, host="localhost", log_level="info", parts=None, environment=None, **settings):
        """`settings` belong to the connection, `parts` are further sections."""
        self._environment = environment
        self.directory = directory
        self.wave = directory / "door.vcd"
        self._control = directory / "control"
        self._configuration = directory / "doorlockd.json"
        self._configuration.write_text(json.dumps({
            "connection": {"string": f"HostName={host}:{port};DeviceId=door-1;SharedAccessKey={KEY}", "ca_file": str(ca),
                           **settings},
            "state_directory": "state", "log_level": log_level,
            "lock": {"kind": "motor_bolt", "resting": "unlocked", "lines": {"lock": "GPIO17", "unlock": "GPIO27"},
                     "switches": {"locked": "GPIO22", "unlocked": "GPIO23"}, "travel": "1s", "pause": "200ms"},
            "simulation": {"travel": "200ms"}, **(parts or {})}))
        self.program = None
        self.start()

    def start(self):
        if self.program is not None:
            self.program.stop()
        self.program = Program(BIN / "doorlockd", "--config", self._configuration, "--simulate", "--vcd", self.wave,
                               "--control", self._control, env=self._environment)

    def says(self, pattern, seconds=60):
        return self.program.says(pattern, seconds)

    def stop(self):
        return self.program.stop()

    def count(self, pattern):
        return len(re.findall(pattern, self.program.output))

    def control(self, command):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self._control))
            connection.sendall(f"{command}\n".encode())
            return connection.recv(4096).decode()


def temporary_directory(test):
    directory = Path(tempfile.mkdtemp(prefix="doorlock-broker."))
    test.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
    return directory
