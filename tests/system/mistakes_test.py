"""A stranger's mistakes get sentences: what is wrong, where, and what would be right. No traces, no bare codes."""

import json
import os
import subprocess
import unittest

from rig import BIN, Rig, free_port


class Mistakes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig()
        cls.rig.start_hub()
        cls.rig.door("door-1")

    @classmethod
    def tearDownClass(cls):
        cls.rig.__exit__()

    def run_program(self, *command, env=None):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, env=env)
        return done.returncode, done.stdout + done.stderr

    def assert_says(self, said, *phrases):
        for phrase in phrases:
            self.assertIn(phrase, said)
        for noise in ("terminate called", "what():", "Assertion", "Traceback"):
            self.assertNotIn(noise, said)

    def connection_string(self):
        return json.loads(self.rig.connection_file.read_text())["connectionString"]

    def with_string(self, text, *arguments):
        return self.run_program(BIN / "lockctl", "--connection", text, "--ca", self.rig.data / "ca.pem", *arguments)

    def test_a_connection_string_that_is_none(self):
        status, said = self.with_string("HostName=localhost;SharedAccessKeyName=x", "device", "list")
        self.assertEqual(status, 1)
        self.assert_says(said, "SharedAccessKey")

    def test_a_wrong_key(self):
        text = self.connection_string().split("SharedAccessKey=")[0] + "SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZg=="
        status, said = self.with_string(text, "device", "list")
        self.assertEqual(status, 4)
        self.assert_says(said, "key")

    @unittest.skipIf(os.path.exists("/var/lib/lockhub/lockctl.json"), "this machine has a lockhub of its own")
    def test_no_connection_at_all(self):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.rig.home)}
        status, said = self.run_program(BIN / "lockctl", "device", "list", env=env)
        self.assertEqual(status, 1)
        self.assert_says(said, "--connection", "LOCKCTL_CONNECTION_STRING")

    def test_a_certificate_authority_that_cannot_be_read_is_a_finding_of_doctor(self):
        status, said = self.run_program(BIN / "lockctl", "--connection-file", self.rig.connection_file, "--ca", "/nope", "doctor")
        self.assertEqual(status, 1)
        self.assert_says(said, "FAIL  trust: ", "/nope", "ca.pem")
        status, said = self.run_program(BIN / "lockctl", "-o", "json", "--connection-file", "/nope", "doctor")
        self.assertEqual(status, 1)
        self.assertEqual([finding["check"] for finding in json.loads(said)], ["connection"])

    def test_events_of_a_device_that_is_not_registered(self):
        listener = self.rig.spawn(BIN / "lockctl", "--connection-file", self.rig.connection_file, "events", "--device", "dor-1")
        listener.says("there is no device 'dor-1' now", 60)
        listener.stop()

    def test_a_hub_that_is_not_running(self):
        status, said = self.with_string(f"HostName=localhost:{free_port()};SharedAccessKeyName=x;SharedAccessKey=MDEy",
                                        "device", "list")
        self.assertEqual(status, 1)
        self.assert_says(said, "localhost", "running")

    def test_an_unknown_device(self):
        self.assert_says(self.rig.lockctl("device", "show", "door-9", expect=1), "door-9")
        self.assert_says(self.rig.lockctl("lock", "door-9", expect=3), "door-9")
        self.assert_says(self.rig.lockctl("twin", "show", "door-9", expect=1), "door-9")

    def test_a_payload_that_is_no_json(self):
        said = self.rig.lockctl("invoke", "door-1", "lockDoor", "--payload", "{lockTime:10m}", expect=1)
        self.assert_says(said, "column 2", "--payload")

    def test_a_payload_that_the_door_refuses(self):
        said = self.rig.lockctl("invoke", "door-1", "lockDoor", "--payload", '{"lockTime":"10 parsecs"}', expect=3)
        self.assert_says(said, "lockTime", "400")

    def test_a_method_that_the_door_does_not_have(self):
        self.assert_says(self.rig.lockctl("invoke", "door-1", "openSesame", expect=3), "openSesame", "404")

    def test_a_query_with_a_syntax_error(self):
        said = self.rig.lockctl("query", "SELECT * FROM devices WHERE tags.floor == 3", expect=1)
        self.assert_says(said, "line 1", "column", "^")

    def test_a_job_on_a_condition_with_a_syntax_error(self):
        said = self.rig.lockctl("job", "create", "--where", "tags.floor = ", "--method", "lockDoor", "--wait",
                                expect=1)
        self.assert_says(said, "column", "^")

    def test_a_whole_query_where_a_condition_belongs(self):
        said = self.rig.lockctl("job", "create", "--where", "SELECT * FROM devices WHERE tags.floor = 3", "--method",
                                "lockDoor", "--wait", expect=1)
        self.assert_says(said, "WHERE", "tags.floor = 3")

    def test_a_job_that_matches_nothing(self):
        self.rig.lockctl("job", "create", "--where", "tags.floor = 99", "--method", "lockDoor", "--wait", expect=5)

    def test_a_port_that_is_in_use(self):
        status, said = self.run_program(BIN / "lockhub", "run", "--data", self.rig.home / "second", "--listen",
                                        "127.0.0.1", "--mqtt-port", self.rig.mqtt_port, "--https-port", free_port())
        self.assertEqual(status, 1)
        self.assert_says(said, str(self.rig.mqtt_port), "in use", "--mqtt-port")

    def test_a_second_hub_on_the_same_data(self):
        status, said = self.run_program(BIN / "lockhub", "run", "--data", self.rig.data, "--listen", "127.0.0.1",
                                        "--mqtt-port", free_port(), "--https-port", free_port())
        self.assertEqual(status, 1)
        self.assert_says(said, str(self.rig.data))

    def test_a_key_that_others_can_read(self):
        with Rig() as rig:
            hub = rig.start_hub()
            hub.stop()
            (rig.data / "server.key").chmod(0o644)
            status, said = self.run_program(*rig.hub_command())
            self.assertEqual(status, 1)
            self.assert_says(said, "server.key", "chmod 600")

    def test_a_door_whose_hub_is_not_running(self):
        with Rig() as rig:
            hub = rig.start_hub()
            config = rig.register("door-1")
            hub.stop()
            door = rig.start_door(config)
            door.says(r"event=connect_failed kind=network .*cure=.*retry_in=")

    def test_a_door_with_a_wrong_key_says_so(self):
        with Rig() as rig:
            rig.start_hub()
            config = rig.register("door-1")
            connection = config.parent / "connection"
            text = connection.read_text().strip()
            connection.write_text(text.split("SharedAccessKey=")[0] + "SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZg==\n")
            door = rig.start_door(config)
            door.says(r"event=connect_failed kind=unauthorized .*cure=.*key")

    def test_a_configuration_with_mistakes_names_each_with_its_place(self):
        config = self.rig.home / "bad.json"
        config.write_text('{\n  "connection": {"string_file": "none"},\n  "lock": {"kind": "portcullis"},\n  "colour": 1\n}\n')
        status, said = self.run_program(BIN / "doorlockd", "check-config", config)
        self.assertEqual(status, 2)
        self.assert_says(said, f"{config}:3:", "portcullis", f"{config}:4:", "colour")

    def test_a_configuration_that_is_not_there(self):
        status, said = self.run_program(BIN / "doorlockd", "--config", self.rig.home / "none.json")
        self.assertEqual(status, 2)
        self.assert_says(said, "none.json", "No such file")


if __name__ == "__main__":
    unittest.main()
