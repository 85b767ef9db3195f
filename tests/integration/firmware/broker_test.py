"""doorlockd on a stock Mosquitto over TLS: methods, twin, restarts of either side, and what a stranger gets wrong."""

import json
import os
import re
import signal
import socket
import ssl
import tempfile
import threading
import time
import unittest
from pathlib import Path

from broker_rig import KEY, ROOT, Authority, Broker, Door, Hub, temporary_directory, wait_until

GOOD = '{"lockTime":"10m"}'


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = temporary_directory(cls)
        cls.authority = Authority(cls.home, "authority")
        cls.server = cls.authority.sign("localhost", "DNS:localhost,IP:127.0.0.1")

    def broker(self, server=None, **settings):
        broker = Broker(self.home, self.authority, *(server or self.server), **settings)
        self.addCleanup(broker.stop)
        return broker

    def door(self, port, ca=None, **settings):
        # A short path: that of a Unix socket has little room.
        door = Door(Path(tempfile.mkdtemp(prefix="door-", dir=self.home)), port, ca or self.authority.certificate, **settings)
        self.addCleanup(door.stop)
        return door

    def hub(self, broker):
        hub = Hub(broker)
        self.addCleanup(hub.close)
        hub.listen()
        return hub

    def online(self, **settings):
        broker = self.broker()
        hub = self.hub(broker)
        door = self.door(broker.port, **settings)
        self.connects(hub, door)
        return broker, hub, door

    def connects(self, hub, door, times=1, seconds=60):
        try:
            hub.until(lambda: door.count("event=connected") == times, f"the door connects for the {times}. time", seconds)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{door.program.output}") from None


    def refused(self, kind, reason, **where):
        door = self.door(**where)
        line = door.says(rf".*event=connect_failed kind={kind} .*").group()
        self.assertIn(reason, line)
        self.assertIn("cure=", line)
        self.assertEqual(door.count("event=connected"), 0)


class MethodsTest(Bench):
    def test_lock_door_moves_the_bolt_and_answers_what_the_switch_says(self):
        _, hub, door = self.online()
        status, body = hub.call("lockDoor", json.dumps(GOOD))
        self.assertEqual(status, 200)
        self.assertEqual(body["Response"], "lockDoor called successfully")
        self.assertEqual(body["lock"]["state"], "locked")
        self.assertIn("thrown position=1.00", door.control("state"))
        hub.until(lambda: hub.reported.get("lock", {}).get("state") == "locked", "the report")
        self.assertEqual(hub.reported["lock"]["hold"]["target"], "locked")

    def test_the_recorded_line_has_one_clean_pulse(self):
        _, hub, door = self.online()
        hub.call("lockDoor", GOOD)
        door.program.signal(signal.SIGTERM)
        self.assertEqual(door.program.ends(), 0)
        drive, changes = None, []
        for line in door.wave.read_text().splitlines():
            if "lock_drive" in line and "unlock" not in line:
                drive = line.split()[3]
            elif drive and line in (f"0{drive}", f"1{drive}"):
                changes.append(line[0])
        self.assertEqual("".join(changes), "010")

    def test_a_burst_of_commands_makes_no_short_pulse(self):
        magnet = {"lock": {"kind": "magnetic_lock", "resting": "unlocked", "lines": {"power": "GPIO17"}, "travel": "1s"}}
        _, hub, door = self.online(parts=magnet)
        calls = [hub.begin(name) for name in ("lockDoor", "unlockDoor") * 20]
        for rid in calls:
            self.assertIn(hub.answer(rid)[0], (200, 409, 429))
        door.program.signal(signal.SIGTERM)
        self.assertEqual(door.program.ends(), 0)
        edges = self.edges(door.wave.read_text(), "power")
        self.assertGreaterEqual(len(edges), 2, edges)
        pulses = [later - earlier for earlier, later in zip(edges, edges[1:])]
        self.assertGreaterEqual(min(pulses), 100_000, "microseconds, on or off")

    @staticmethod
    def edges(wave, name):
        """When a wire of a recording has changed, in its microseconds."""
        wire = re.search(rf"\$var \S+ 1 (\S+) \S*{name}\S* ", wave)[1]
        now, edges = 0, []
        for line in wave[wave.index("$end", wave.index("$dumpvars")):].splitlines():
            if line.startswith("#"):
                now = int(line[1:])
            elif line in (f"0{wire}", f"1{wire}"):
                edges.append(now)
        return edges

    def test_errors_name_what_is_wrong(self):
        _, hub, _ = self.online()
        self.assertEqual(hub.call("openSesame")[0], 404)
        status, body = hub.call("lockDoor", '{"lockTime":"soon"}')
        self.assertEqual((status, body["field"]), (400, "lockTime"))
        self.assertEqual(hub.call("lockDoor", '{"notAfter":"2020-01-01T00:00:00Z"}')[0], 410)

    def test_a_jammed_bolt_is_a_500_and_free_again_after_the_next_command(self):
        _, hub, door = self.online()
        door.control("bolt jam")
        status, body = hub.call("lockDoor", GOOD)
        self.assertEqual((status, body["lock"]), (500, "jammed"))
        door.control("bolt free")
        self.assertEqual(hub.call("lockDoor", GOOD)[0], 200)

    def test_a_repeated_command_id_gets_the_first_answer_after_a_sigkill_too(self):
        _, hub, door = self.online()
        payload = '{"lockTime":"10m","commandId":"job-1"}'
        first = hub.call("lockDoor", payload)
        self.assertEqual(hub.call("unlockDoor")[0], 200)
        door.program.kill()
        door.start()
        self.connects(hub, door)
        self.assertEqual(hub.call("lockDoor", payload), first)
        self.assertEqual(hub.call("getStatus")[1]["lock"]["state"], "unlocked")

    def test_a_hold_survives_a_sigkill(self):
        _, hub, door = self.online()
        hub.call("lockDoor", GOOD)
        door.program.kill()
        door.start()
        door.says("event=hold_resumed target=locked")
        self.connects(hub, door)
        status = hub.call("getStatus")[1]
        self.assertEqual((status["lock"]["state"], status["lock"]["hold"]["target"]), ("locked", "locked"))

    def test_reboot_is_answered_and_ends_with_the_status_that_systemd_restarts_on(self):
        _, hub, door = self.online()
        self.assertEqual(hub.call("reboot")[0], 202)
        self.assertEqual(door.program.ends(), 75)

    def test_sigterm_ends_within_two_seconds_and_answers_what_waits(self):
        _, hub, door = self.online()
        door.control("bolt jam")
        rid = hub.begin("lockDoor", GOOD)
        hub.until(lambda: "lock_drive" in door.wave.read_text() and "locking" in str(hub.reported), "the bolt is driven")
        began = time.monotonic()
        door.program.signal(signal.SIGTERM)
        self.assertEqual(door.program.ends(), 0)
        self.assertLess(time.monotonic() - began, 2)
        self.assertEqual(hub.answer(rid)[0], 503)


class TwinTest(Bench):
    def test_desired_properties_are_acknowledged_one_by_one(self):
        _, hub, _ = self.online()
        hub.want(building=43, floor="third")
        hub.until(lambda: "building" in hub.reported and "floor" in hub.reported, "the acknowledgements")
        self.assertEqual(hub.reported["building"], {"value": 43, "ac": 200, "av": 2, "ad": "accepted"})
        self.assertEqual((hub.reported["floor"]["ac"], hub.reported["floor"]["av"]), (400, 2))

    def test_what_changed_while_the_door_was_away_is_made_good(self):
        _, hub, door = self.online()
        door.program.kill()
        hub.desired.update({"building": 7, "$version": 9})
        door.start()
        hub.until(lambda: hub.reported.get("building", {}).get("av") == 9, "the acknowledgement")
        self.assertEqual(hub.reported["boot"]["reason"], "crash")


class TelemetryTest(Bench):
    TAMPER = {"door": {"tamper": "GPIO26"}}

    def disturb(self, door, times):
        """Opens and closes the tamper loop so often; either is an event."""
        for _ in range(times):
            for command, state in (("tamper break", "alarm"), ("tamper restore", "clear")):
                before = door.count(f"event=tamper state={state}")
                door.control(command)
                wait_until(lambda: door.count(f"event=tamper state={state}") > before, command)

    @staticmethod
    def alarms(hub):
        return [body.get("tamper") for _, _, body in hub.events].count("alarm")

    def test_events_are_numbered_typed_and_sent_at_qos_1(self):
        _, hub, _ = self.online()
        hub.call("lockDoor", GOOD)
        hub.until(lambda: "locked" in [body.get("target") for _, _, body in hub.events], "the event")
        self.assertEqual(hub.kinds()[0], "start")
        properties, qos, body = next(event for event in hub.events if event[2].get("target") == "locked")
        self.assertEqual(qos, 1)
        self.assertEqual((properties["$.ct"], properties["$.ce"], properties["event"]),
                         ("application/json", "utf-8", "operation"))
        self.assertEqual(properties["$.ctime"], body["at"])
        self.assertIn(f"-{body['seq']}-", properties["$.mid"])
        self.assertEqual((body["cause"], body["result"]), ("method", "reached"))

    def test_none_is_lost_while_the_broker_is_away(self):
        broker, hub, door = self.online(parts=self.TAMPER)
        hub.call("lockDoor", GOOD)
        self.disturb(door, 1)
        hub.until(lambda: self.alarms(hub) == 1, "the first one")
        hub.close()
        broker.kill()
        door.says("event=disconnected")
        self.disturb(door, 4)
        broker.start()
        again = self.hub(broker)
        again.events = hub.events
        again.until(lambda: self.alarms(again) >= 5, "all of them", 70)
        numbers = again.numbers()
        self.assertEqual(numbers, list(range(1, numbers[-1] + 1)))
        again.until(lambda: again.reported.get("telemetry") == {"dropped": 0}, "the count")

    def test_none_is_lost_with_the_power(self):
        broker, hub, door = self.online(parts=self.TAMPER)
        hub.call("lockDoor", GOOD)
        hub.until(lambda: "operation" in hub.kinds(), "the event")
        broker.signal(signal.SIGSTOP)
        self.addCleanup(broker.signal, signal.SIGCONT)
        self.disturb(door, 3)
        time.sleep(2)  # by then they are on the disk
        door.program.kill()
        broker.signal(signal.SIGCONT)
        door.start()
        hub.until(lambda: hub.kinds().count("start") >= 2 and self.alarms(hub) >= 3, "all of them", 30)
        numbers = hub.numbers()
        self.assertEqual(numbers, list(range(1, numbers[-1] + 1)))
        events = {}
        for properties, _, body in hub.events:
            self.assertEqual(events.setdefault(properties["$.mid"], body), body)
        self.assertEqual(len(events), len(numbers))

    def test_the_oldest_go_when_there_are_too_many_and_the_hub_is_told(self):
        broker, hub, door = self.online(parts={**self.TAMPER, "telemetry": {"keep": 3}})
        hub.call("lockDoor", GOOD)
        hub.until(lambda: "operation" in hub.kinds(), "the event")
        hub.close()
        broker.kill()
        door.says("event=disconnected")
        self.disturb(door, 6)
        door.says("event=telemetry_dropped")
        broker.start()
        again = self.hub(broker)
        again.until(lambda: again.reported.get("telemetry", {}).get("dropped", 0) > 0, "the count", 70)
        again.until(lambda: again.events, "an event")
        self.assertEqual(int(again.events[-1][0]["dropped"]), again.reported["telemetry"]["dropped"])


class CredentialTest(Bench):
    def test_a_certificate_proves_the_door_where_the_broker_asks_for_one(self):
        device, key = self.authority.sign("door-1", "DNS:door-1")
        broker = self.broker(clients=self.authority.sign("test-client", "DNS:test-client"))
        hub = self.hub(broker)
        identity = f"HostName=localhost:{broker.port};DeviceId=door-1;x509=true"
        door = self.door(broker.port, string=identity, certificate_file=str(device), key_file=str(key))
        self.connects(hub, door)
        broker.says(r"as door-1 \(.* u'door-1'\)")
        self.assertEqual(hub.call("lockDoor", GOOD)[0], 200)

    def test_without_a_certificate_such_a_broker_takes_nobody(self):
        broker = self.broker(clients=self.authority.sign("test-client", "DNS:test-client"))
        door = self.door(broker.port)
        door.says("event=connect_failed")
        self.assertEqual(door.count("event=connected"), 0)

    def test_a_gateway_is_who_it_connects_to_and_the_hub_is_whose_device_it_is(self):
        broker = self.broker()
        hub = self.hub(broker)
        door = self.door(broker.port, model_id="dtmi:com:example:Door;1",
                         string=f"HostName=hub.example;GatewayHostName=localhost:{broker.port};DeviceId=door-1;"
                                f"SharedAccessKey={KEY}")
        self.connects(hub, door)
        door.says("event=connected host=localhost ")
        broker.says(r"as door-1 \(.* u'hub\.example/door-1/\?api-version=2021-04-12&.*model-id=dtmi")
        self.assertEqual(hub.call("getStatus")[0], 200)

    def test_a_gateway_has_to_prove_its_own_name(self):
        elsewhere = self.authority.sign("hub.example", "DNS:hub.example")
        broker = self.broker(elsewhere)
        self.refused("network", "its certificate carries this host name", port=broker.port,
                     string=f"HostName=hub.example;GatewayHostName=localhost:{broker.port};DeviceId=door-1;"
                            f"SharedAccessKey={KEY}")

    def test_a_key_that_is_replaced_by_another_ones_is_told_with_its_name(self):
        device, key = self.authority.sign("door-2", "DNS:door-1")
        broker = self.broker(clients=self.authority.sign("test-client", "DNS:test-client"))
        identity = f"HostName=localhost:{broker.port};DeviceId=door-1;x509=true"
        door = self.door(broker.port, string=identity, certificate_file=str(device), key_file=str(key))
        broker.says(r"as door-1 ")
        key.write_text(self.authority.sign("another", "DNS:another")[1].read_text())
        broker.kill()
        broker.start()
        line = door.says(r".*event=connect_failed kind=configuration .*", 60).group()
        self.assertIn(f"{key} is not the private key of the certificate in {device}", line)
        self.assertIn("check-config", line)

    def test_the_key_can_stand_in_a_file_that_only_the_door_reads(self):
        key = self.home / "door-1.secret"
        key.write_text(KEY)
        key.chmod(0o600)
        broker = self.broker()
        hub = self.hub(broker)
        string = f"HostName=localhost:{broker.port};DeviceId=door-1;SharedAccessKeyFile={key}"
        self.connects(hub, self.door(broker.port, string=string))
        key.chmod(0o644)
        self.door(broker.port, string=string).says(f"others may read it; run: chmod 600 {key}")


class GrudgingServer:
    """Takes one client after the other and refuses it one of its subscriptions, which no configuration of Mosquitto does."""

    def __init__(self, certificate, key):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._listener.close()

    def _serve(self):
        while True:
            try:
                with self._context.wrap_socket(self._listener.accept()[0], server_side=True) as client:
                    self._talk(client.makefile("rwb"))
            except (OSError, IndexError):
                if self._listener.fileno() < 0:
                    return

    @staticmethod
    def _talk(wire):
        while head := wire.read(1):
            size, shift = 0, 0
            while True:
                byte = wire.read(1)[0]
                size |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
            body = wire.read(size)
            if head[0] >> 4 == 1:
                wire.write(b"\x20\x02\x00\x00")
            elif head[0] >> 4 == 8:
                refused = b"twin/res" in body
                filters = body.count(b"$iothub/")
                codes = b"\x00" * (filters - 1) + (b"\x80" if refused else b"\x00")
                wire.write(bytes([0x90, 2 + len(codes)]) + body[:2] + codes)
            wire.flush()


class BoundsTest(Bench):
    def memory(self, door):
        status = Path(f"/proc/{door.program.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) // 1024

    def test_a_packet_of_60_mb_is_not_read_and_the_door_comes_back(self):
        _, hub, door = self.online()
        before = self.memory(door)
        hub.publish("$iothub/methods/POST/lockDoor/?$rid=large", "x" * 60_000_000)
        door.says(r'event=disconnected reason="the hub sends a packet of 600000\d\d bytes, and a door takes at most 4194304"')
        self.connects(hub, door, 2, 60)
        self.assertEqual(hub.call("getStatus")[0], 200)
        if not os.environ.get("DOORLOCK_SANITIZE"):
            self.assertLess(self.memory(door) - before, 10, "MB")

    def test_a_payload_that_can_be_read_and_is_too_large_is_answered(self):
        _, hub, _ = self.online()
        rid = hub.begin("lockDoor", json.dumps({"lockTime": "1" * 300_000}))
        status, body = hub.answer(rid, 60)
        self.assertEqual(status, 400)
        self.assertRegex(body["error"], r"the payload has 3000\d\d bytes; at most 8192 are expected")

    def test_a_twin_of_2_mb_is_refused_with_its_size_and_taken_when_it_is_smaller(self):
        broker = self.broker()
        hub = self.hub(broker)
        hub.desired["junk"] = "x" * 2_000_000
        door = self.door(broker.port)
        reason = r"the hub's answer to \$iothub/twin/GET has 2000\d\d\d bytes, and a door takes at most 262144"
        hub.until(lambda: door.count(reason) > 0, "the door says what is wrong", 60)
        self.assertEqual(door.count("event=connected"), 0)
        del hub.desired["junk"]
        self.connects(hub, door, 1, 120)


class ConnectionTest(Bench):
    def test_a_restarted_broker_gets_the_door_back(self):
        broker = self.broker()
        door = self.door(broker.port)
        hub = self.hub(broker)
        self.connects(hub, door)
        hub.close()
        broker.kill()
        door.says("event=disconnected")
        broker.start()
        again = self.hub(broker)
        self.connects(again, door, 2, 30)
        self.assertEqual(again.call("lockDoor", GOOD)[0], 200)

    def test_a_broker_that_stands_still_is_left_within_the_keep_alive(self):
        broker, _, door = self.online(keep_alive="10s")
        broker.signal(signal.SIGSTOP)
        self.addCleanup(broker.signal, signal.SIGCONT)
        door.says("event=disconnected", 40)

    def test_a_broker_that_stands_still_is_noticed_by_the_twin_long_before_the_keep_alive(self):
        broker, hub, door = self.online(liveness="5s")
        broker.signal(signal.SIGSTOP)
        self.addCleanup(broker.signal, signal.SIGCONT)
        door.says("event=disconnected reason=\"the hub did not answer (with the twin|a report)", 15)
        broker.signal(signal.SIGCONT)
        self.connects(hub, door, 2, 40)

    def test_a_hub_that_is_dead_behind_a_living_broker_is_noticed(self):
        _, hub, door = self.online(liveness="5s")
        hub.until(lambda: hub.asked >= 3, "the twin is asked for again")
        self.assertEqual(door.count("event=disconnected"), 0)
        hub.silent = True
        reason = "event=disconnected reason=\"the hub did not answer with the twin\""
        hub.until(lambda: door.count(reason) > 0, "the door leaves", 15)
        hub.silent = False
        self.connects(hub, door, 2, 40)

    def test_the_token_is_renewed_before_it_ends(self):
        _, hub, door = self.online(token_life="60s")
        self.connects(hub, door, 2, 70)
        self.assertEqual(door.count("event=token_renewal"), 1)
        self.assertEqual(door.count("event=disconnected"), 0)
        self.assertEqual(hub.call("getStatus")[0], 200)

    def test_another_ca_is_a_certificate_failure(self):
        other = Authority(self.home, "other")
        self.refused("certificate", "cannot be verified", port=self.broker().port, ca=other.certificate)

    def test_an_expired_certificate_is_a_certificate_failure(self):
        expired = self.authority.sign("expired", "DNS:localhost", days=-1)
        self.refused("certificate", "cannot be verified", port=self.broker(expired).port)

    def test_a_certificate_for_another_host_is_not_accepted(self):
        elsewhere = self.authority.sign("elsewhere", "DNS:elsewhere.example")
        self.refused("network", "its certificate carries this host name", port=self.broker(elsewhere).port)

    def test_a_wrong_key_is_told_apart_and_tried_slowly(self):
        self.refused("unauthorized", "does not authorise", port=self.broker(anonymous=False).port)

    def test_a_subscription_that_is_refused_is_told_and_not_taken_for_granted(self):
        server = GrudgingServer(*self.server)
        self.addCleanup(server.close)
        door = self.door(server.port)
        door.says('event=disconnected reason="the hub refused the subscription"')
        self.assertEqual(door.count("event=connected"), 0)

    def test_nobody_listening_is_a_network_failure(self):
        self.refused("network", "the hub runs there", port=1)


if __name__ == "__main__":
    assert (ROOT / "firmware").is_dir()
    unittest.main(verbosity=2)
