"""What an administrator and a monitor do with a running lockhub: probes, figures, events, backup, check, indexes."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import shutil
import socket
import ssl
import stat
import subprocess
import time
import unittest
import urllib.parse

from rig import BIN, Rig, free_port


class Service:
    """A back end without any SDK: HTTPS and a token."""

    def __init__(self, rig):
        text = json.loads(rig.connection_file.read_text())["connectionString"]
        parts = dict(part.split("=", 1) for part in text.split(";"))
        self._policy, self._key = parts["SharedAccessKeyName"], base64.b64decode(parts["SharedAccessKey"])
        self._port = rig.https_port
        self._tls = ssl.create_default_context(cafile=rig.data / "ca.pem")

    def token(self):
        until = int(time.time()) + 600
        signed = hmac.new(self._key, f"localhost\n{until}".encode(), hashlib.sha256).digest()
        return (f"SharedAccessSignature sr=localhost&sig={urllib.parse.quote_plus(base64.b64encode(signed))}"
                f"&skn={self._policy}&se={until}")

    def open(self, method, path, body=None, headers=None, token=True):
        connection = http.client.HTTPSConnection("localhost", self._port, context=self._tls, timeout=20)
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = self.token()
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        answer.owner = connection
        return answer

    def ask(self, *arguments, **options):
        answer = self.open(*arguments, **options)
        said = answer.read().decode()
        answer.owner.close()
        return answer.status, said


def next_event(stream):
    """The fields of the next server-sent event; comments are passed over."""
    event = {}
    while True:
        line = stream.readline().decode().rstrip("\n")
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = event[name] + "\n" + value if name in event else value
        elif not line and "event" in event:
            return event
        elif not line:
            event = {}


class Operation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig()
        cls.rig.start_hub()
        cls.service = Service(cls.rig)
        status, _ = cls.service.ask("PUT", "/devices/d1?api-version=2021-04-12", "{}")
        assert status == 200

    @classmethod
    def tearDownClass(cls):
        cls.rig.__exit__()

    def lockhub(self, *arguments, expect=0, data=None):
        done = subprocess.run([str(BIN / "lockhub"), *map(str, arguments), "--data", str(data or self.rig.data)],
                              capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def patch(self, floor):
        status, _ = self.service.ask("PATCH", "/twins/d1?api-version=2021-04-12",
                                     json.dumps({"tags": {"floor": floor}}))
        self.assertEqual(status, 200)

    def test_probes_and_figures_need_no_token_on_this_machine(self):
        self.assertEqual(self.service.ask("GET", "/healthz", token=False)[0], 200)
        self.assertEqual(self.service.ask("GET", "/readyz", token=False), (200, '{"status":"ready"}'))
        status, text = self.service.ask("GET", "/metrics", token=False)
        self.assertEqual(status, 200)
        self.assertRegex(text, r"(?m)^lockhub_devices \d+$")
        self.assertRegex(text, r"(?m)^process_resident_memory_bytes [1-9]\d+$")

    def test_events_come_as_they_happen_and_go_on_after_a_break(self):
        stream = self.service.open("GET", "/lockhub/v1/events?kind=twin&device=d1")
        self.assertEqual((stream.status, stream.getheader("Content-Type")), (200, "text/event-stream"))
        self.patch(1)
        first = next_event(stream)
        self.assertEqual(first["event"], "twin")
        self.assertEqual(json.loads(first["data"])["tags"], {"floor": 1})
        stream.close()
        self.patch(2)
        self.patch(3)
        again = self.service.open("GET", "/lockhub/v1/events?kind=twin", headers={"Last-Event-ID": first["id"]})
        self.assertEqual(json.loads(next_event(again)["data"])["tags"], {"floor": 2})
        self.assertEqual(json.loads(next_event(again)["data"])["tags"], {"floor": 3})
        self.patch(4)
        self.assertEqual(json.loads(next_event(again)["data"])["tags"], {"floor": 4})
        again.close()
        strange = self.service.open("GET", "/lockhub/v1/events?kind=twin", headers={"Last-Event-ID": "1000000"})
        self.assertEqual(next_event(strange)["event"], "gap")
        strange.close()
        self.assertEqual(self.service.ask("GET", "/lockhub/v1/events", token=False)[0], 401)

    def test_a_stream_ends_with_the_hub(self):
        with Rig() as rig:
            hub = rig.start_hub()
            stream = Service(rig).open("GET", "/lockhub/v1/events")
            hub.signal(15)
            self.assertEqual(hub.ends(), 0)
            stream.read()  # to its end

    def test_a_backup_is_whole_and_sound_and_starts(self):
        target = self.rig.home / "copy" / "hub.db"
        target.parent.mkdir()
        self.assertIn("bytes", self.lockhub("backup", target))
        self.assertEqual(stat.S_IMODE(target.stat().st_mode), 0o600)
        self.assertEqual(os.listdir(target.parent), ["hub.db"])
        self.assertIn("sound", self.lockhub("check", data=target.parent))
        self.assertIn("is there already", self.lockhub("backup", target, expect=1))
        # A hub that is made around the copy knows the device.
        self.lockhub("init", data=target.parent)
        self.assertIn("exists already", self.lockhub("device", "add", "d1", data=target.parent, expect=1))

    def test_a_check_of_the_running_hub(self):
        self.assertIn("sound", self.lockhub("check"))

    def test_a_check_of_a_damaged_file(self):
        with Rig() as rig:
            rig.start_hub().stop()
            file = rig.data / "hub.db"
            with open(file, "r+b") as damaged:
                damaged.seek(4096)
                damaged.write(b"\x55" * 8192)
            said = self.lockhub("check", data=rig.data, expect=1)
            self.assertIn("lockhub: ", said)

    def test_a_policy_is_rolled_twice_and_the_file_for_lockctl_follows(self):
        for _ in range(2):
            self.assertIn("SharedAccessKeyName=iothubowner", self.lockhub("policy", "roll", "iothubowner"))
            self.assertEqual(Service(self.rig).ask("GET", "/statistics/devices?api-version=2021-04-12")[0], 200)
        type(self).service = Service(self.rig)

    def test_an_index_is_made_listed_and_removed(self):
        self.assertIn("Each change of tags", self.lockhub("index", "add", "tags.floor"))
        self.assertIn("tags.floor", self.lockhub("index", "list"))
        status, found = self.service.ask("POST", "/devices/query?api-version=2021-04-12",
                                         json.dumps({"query": "SELECT deviceId FROM devices WHERE tags.floor = 77"}))
        self.assertEqual((status, found), (200, "[]"))
        self.assertIn("tags.NAME", self.lockhub("index", "add", "floor", expect=1))
        self.lockhub("index", "remove", "tags.floor")

    def test_a_configuration_for_a_device(self):
        said = self.lockhub("device", "add", "door-snippet", "--install-snippet")
        self.assertIn("DeviceId=door-snippet", said)
        if (BIN / "doorlockd").exists():
            home = self.rig.home / "snippet"
            home.mkdir()
            config = home / "doorlockd.json"
            config.write_text(said)
            config.chmod(0o600)
            shutil.copy(self.rig.data / "ca.pem", home / "ca.pem")
            done = subprocess.run([str(BIN / "doorlockd"), "check-config", str(config)], capture_output=True, text=True,
                                  timeout=30)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_message_waits_and_is_purged(self):
        status, said = self.service.ask("POST", "/lockhub/v1/devices/d1/messages?ttl=60", b"open",
                                        headers={"iothub-app-colour": "red"})
        self.assertEqual(status, 202, said)
        self.assertIn('"cloudToDeviceMessageCount":1', self.service.ask("GET", "/devices/d1?api-version=2021-04-12")[1])
        status, said = self.service.ask("DELETE", "/devices/d1/commands?api-version=2021-04-12")
        self.assertEqual((status, json.loads(said)["totalMessagesPurged"]), (200, 1))


def may_mount():
    """Not in a chroot: its root directory is no mount point, and unshare says so."""
    return bool(shutil.which("unshare")) and subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL,
                                                            check=False).returncode == 0


class Refusals(unittest.TestCase):
    """What keeps a hub from starting is one sentence that says what to do."""

    def start(self, rig, expect=1):
        done = subprocess.run([str(part) for part in rig.hub_command()], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, expect, said)
        return said

    def test_a_database_of_a_newer_lockhub(self):
        with Rig() as rig:
            rig.start_hub().stop()
            with open(rig.data / "hub.db", "r+b") as file:
                file.seek(60)  # user_version
                file.write((99).to_bytes(4, "big"))
            said = self.start(rig)
            self.assertIn("newer lockhub (schema 99", said)
            self.assertIn("restore a backup", said)

    def test_a_database_that_others_can_read(self):
        with Rig() as rig:
            rig.start_hub().stop()
            (rig.data / "hub.db").chmod(0o644)
            self.assertIn("chmod 600", self.start(rig))

    def test_keys_that_others_can_read(self):
        for name in ("ca.key", "server.key", "lockctl.json"):
            with Rig() as rig:
                rig.start_hub().stop()
                (rig.data / name).chmod(0o640)
                self.assertIn(f"chmod 600 {rig.data / name}", self.start(rig))

    def test_an_address_that_is_none_changes_nothing(self):
        with Rig() as rig:
            rig.start_hub().stop()
            certificate = (rig.data / "server.pem").read_bytes()
            rig.hub_command = lambda: [BIN / "lockhub", "run", "--data", rig.data, "--listen", "hub.example.org"]
            self.assertIn("'hub.example.org' is no IP address", self.start(rig))
            self.assertEqual((rig.data / "server.pem").read_bytes(), certificate)

    def test_a_port_for_services_that_is_in_use(self):
        with Rig() as rig, socket.socket() as other:
            other.bind(("127.0.0.1", rig.https_port))
            other.listen()
            said = self.start(rig)
            self.assertIn("in use", said)
            self.assertIn("--https-port", said)

    def start_on_a_disk(self, rig, option, prepared=""):
        """Starts a hub in `place`/hub on a disk of its own, after what is `prepared` there; tells what it said."""
        place = rig.home / "small"
        place.mkdir()
        command = " ".join(map(str, [BIN / "lockhub", "run", "--data", place / "hub", "--mqtt-port", free_port(),
                                     "--https-port", free_port()]))
        done = subprocess.run(["unshare", "--mount", "sh", "-c",
                               f"mount -t tmpfs -o {option} none {place} || exit 77; cd {place}; {prepared} exec {command}"],
                              capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        if done.returncode == 77:
            self.skipTest("mounts are not allowed here")
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 1, said)
        self.assertRegex(said, r"(?m)^lockhub: .+")
        return said

    @unittest.skipUnless(may_mount(), "a mount of its own needs root, and a root directory that is a mount")
    def test_a_disk_that_is_full_or_read_only(self):
        for option, phrase in (("size=64k", "disk is full"), ("ro", "Read-only")):
            with Rig() as rig:
                said = self.start_on_a_disk(rig, option)
                self.assertRegex(said, phrase)
                self.assertRegex(said, "make room|choose another")

    @unittest.skipUnless(may_mount(), "a mount of its own needs root, and a root directory that is a mount")
    def test_a_disk_that_has_become_full_or_read_only(self):
        for happened, phrase in (("dd if=/dev/zero of=rest bs=4k 2>&-;", "the disk is full; make room"),
                                 ("mount -o remount,ro .;", "read-only; make it writable")):
            with Rig() as rig:
                rig.start_hub().stop()
                said = self.start_on_a_disk(rig, "size=1m", f"cp -a {rig.data} hub; {happened}")
                self.assertIn(phrase, said)


if __name__ == "__main__":
    unittest.main()
