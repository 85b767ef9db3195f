"""The same packets to Mosquitto and to lockhub. Both must answer the same, but for what mqtt_differences.json lists:
with both answers and the reason. An unlisted difference fails, and so does a listed one that is none any more.

MQTT_ONLY=NAME runs the exchanges whose name holds NAME and prints what came."""

import concurrent.futures
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import unittest
from pathlib import Path

from mqtt_wire import (CONNACK, DISCONNECT, PINGREQ, PINGRESP, PUBACK, PUBCOMP, PUBREC, PUBREL, SUBACK, SUBSCRIBE,
                       UNSUBSCRIBE, Peer, Service, acknowledge, connect, packet, publish, sas_token, subscribe, text,
                       tls_context, tls_peer, unsubscribe, user_of)
from rig import Program, Rig, free_port, wait_until



HERE = Path(__file__).resolve().parent
PING = packet(PINGREQ)
LARGEST = 256 * 1024
EXCHANGES = {}


def exchange(function):
    EXCHANGES[function.__name__] = function
    return function


class Talk:
    """What one exchange says and hears with one server, as one device."""

    def __init__(self, server, device):
        self.server, self.device = server, device
        self.user, self.password = user_of(device), server.passwords[device]
        self.topic = f"devices/{device}/messages/events/"
        self.heard = []
        self.peers = []

    def open(self):
        peer = self.server.open()
        self.peers.append(peer)
        return peer

    def hello(self, **how):
        return connect(how.pop("client_id", self.device), self.user, self.password, **how)

    def come(self, **how):
        """A connection that is accepted, unless the transcript says otherwise."""
        peer = self.open()
        peer.send(self.hello(**how))
        self.heard.append(peer.next(10))
        return peer

    def note(self, peer, **how):
        """What came next, sorted: an answer that waits for a commit may be overtaken by one that does not."""
        heard = peer.hear(**how)
        end = heard[-1:] if heard[-1] == "closed" else []
        for what, same in itertools.groupby(sorted(heard[:len(heard) - len(end)])):
            count = len(list(same))
            self.heard.append(what if count == 1 else f"{count} x {what}")
        self.heard += end

    def say(self, peer, *packets, **how):
        peer.send(b"".join(packets))
        self.note(peer, **how)

    def alive(self, peer):
        self.say(peer, PING)

    def end(self):
        for peer in self.peers:
            peer.close()


# ---- CONNECT ----

@exchange
def connect_clean(t):
    t.alive(t.come())

@exchange
def connect_persistent_twice_tells_session_present(t):
    first = t.come(clean=False)
    t.say(first, packet(DISCONNECT))
    t.come(clean=False)

@exchange
def connect_clean_forgets_the_session(t):
    for clean in (False, True, False, False):
        t.say(t.come(clean=clean), packet(DISCONNECT))

@exchange
def connect_subscription_survives_in_a_persistent_session(t):
    peer = t.come(clean=False)
    t.say(peer, subscribe(("$iothub/methods/POST/#", 1)))
    t.say(peer, packet(DISCONNECT))
    t.say(t.come(clean=False), unsubscribe("$iothub/methods/POST/#"))

@exchange
def connect_wrong_password(t):
    t.say(t.open(), connect(t.device, t.user, t.password + "x"))

@exchange
def connect_unknown_user(t):
    t.say(t.open(), connect("nobody", user_of("nobody"), t.password))

@exchange
def connect_without_password(t):
    t.say(t.open(), connect(t.device, t.user))

@exchange
def connect_anonymous(t):
    t.say(t.open(), connect(t.device))

@exchange
def connect_password_without_user(t):
    t.say(t.open(), connect(t.device, None, t.password))

@exchange
def connect_level_6(t):
    t.say(t.open(), t.hello(level=6))

@exchange
def connect_level_3_of_mqisdp(t):
    t.say(t.open(), t.hello(name="MQIsdp", level=3))

@exchange
def connect_level_5(t):
    t.say(t.open(), packet(1, text("MQTT") + bytes([5, 0xc2, 0, 60, 0]) + text(t.device) + text(t.user) + text(t.password)))

@exchange
def connect_unknown_protocol_name(t):
    t.say(t.open(), t.hello(name="MQTX"))

@exchange
def connect_reserved_flag(t):
    t.say(t.open(), t.hello(flags=0xc3))

@exchange
def connect_with_flags_in_the_first_byte(t):
    hello = t.hello()
    t.say(t.open(), bytes([0x11]) + hello[1:])

@exchange
def connect_will_qos_3(t):
    t.say(t.open(), t.hello(will=(t.topic, "x", 3, False)))

@exchange
def connect_will_qos_without_will(t):
    t.say(t.open(), t.hello(flags=0xca))

@exchange
def connect_will_retain_without_will(t):
    t.say(t.open(), t.hello(flags=0xe2))

@exchange
def connect_with_will(t):
    t.alive(t.come(will=(t.topic, "gone", 1, False)))

@exchange
def connect_with_will_for_a_wildcard(t):
    t.say(t.open(), t.hello(will=("devices/+/messages/events/", "x", 0, False)))

@exchange
def connect_with_will_without_topic(t):
    t.say(t.open(), t.hello(will=("", "x", 0, False)))

@exchange
def connect_empty_id_persistent(t):
    t.say(t.open(), t.hello(client_id="", clean=False))

@exchange
def connect_empty_id_clean(t):
    t.say(t.open(), t.hello(client_id=""))

@exchange
def connect_id_of_broken_utf8(t):
    t.say(t.open(), t.hello(client_id=b"d\xff\xfe"))

@exchange
def connect_id_with_nul(t):
    t.say(t.open(), t.hello(client_id=b"d\x00"))

@exchange
def connect_too_short(t):
    t.say(t.open(), packet(1, text("MQTT") + bytes([4, 2, 0, 60]) + b"\x00\x20abc"))

@exchange
def connect_with_bytes_behind(t):
    t.say(t.open(), t.hello(tail=b"more"))

@exchange
def connect_byte_by_byte(t):
    peer = t.open()
    for byte in t.hello() + PING:
        peer.send(bytes([byte]))
    t.note(peer)

@exchange
def connect_twice(t):
    t.say(t.come(), t.hello())

@exchange
def connect_elsewhere_closes_the_older(t):
    older = t.come()
    newer = t.come()
    t.note(older)
    t.alive(newer)

@exchange
def first_packet_is_ping(t):
    t.say(t.open(), PING)

@exchange
def first_packet_is_publish(t):
    t.say(t.open(), publish(t.topic, b"x"))

@exchange
def packets_behind_connect_without_waiting(t):
    t.say(t.open(), t.hello(), PING, publish(t.topic, b"x", 1, 5))

@exchange
def disconnect_closes(t):
    t.say(t.come(), packet(DISCONNECT))

@exchange
def disconnect_with_flags(t):
    t.say(t.come(), packet(DISCONNECT, flags=1))

# ---- malformed packets ----

@exchange
def type_0(t):
    t.say(t.come(), packet(0))

@exchange
def type_15(t):
    t.say(t.come(), packet(15))

@exchange
def ping_with_flags(t):
    t.say(t.come(), packet(PINGREQ, flags=1))

@exchange
def ping_with_body(t):
    t.say(t.come(), packet(PINGREQ, b"x"))

@exchange
def what_only_a_server_sends(t):
    for kind, body in ((CONNACK, b"\0\0"), (SUBACK, b"\0\1\0"), (PINGRESP, b"")):
        t.say(t.come(), packet(kind, body))

@exchange
def length_of_five_bytes(t):
    t.say(t.come(), b"\x30\xff\xff\xff\xff\x01")

@exchange
def length_in_more_bytes_than_it_needs(t):
    t.say(t.come(), b"\xc0\x80\x00")

@exchange
def length_over_the_limit(t):
    t.say(t.come(), b"\x30\xff\xff\xff\x7f")

@exchange
def message_of_the_largest_size(t):
    t.say(t.come(), publish(t.topic, b"x" * LARGEST, 1, 3))

@exchange
def message_over_the_largest_packet(t):
    t.say(t.come(), publish(t.topic, b"x" * (LARGEST + 9 * 1024), 1, 3))

# ---- SUBSCRIBE ----

@exchange
def subscribe_qos_0_and_1(t):
    t.say(t.come(), subscribe(("$iothub/twin/res/#", 0), ("$iothub/methods/POST/#", 1), packet_id=513))

@exchange
def subscribe_qos_2(t):
    t.say(t.come(), subscribe(("$iothub/twin/res/#", 2)))

@exchange
def subscribe_the_same_twice(t):
    t.say(t.come(), *[subscribe(("$iothub/methods/POST/#", 0), packet_id=i) for i in (1, 2)])

@exchange
def subscribe_qos_3(t):
    t.say(t.come(), subscribe(("a", 3)))

@exchange
def subscribe_without_its_flags(t):
    t.say(t.come(), subscribe(("a", 0), flags=0))

@exchange
def subscribe_with_packet_id_0(t):
    t.say(t.come(), subscribe(("a", 0), packet_id=0))

@exchange
def subscribe_to_nothing(t):
    t.say(t.come(), packet(SUBSCRIBE, b"\0\1", 2))

@exchange
def subscribe_to_an_empty_filter(t):
    t.say(t.come(), subscribe(("", 0)))

@exchange
def subscribe_with_a_wildcard_in_the_middle(t):
    for wrong in ("a/#/b", "a#", "a+/b"):
        t.say(t.come(), subscribe((wrong, 0)))

@exchange
def subscribe_to_broken_utf8(t):
    t.say(t.come(), subscribe((b"\xff\xfe", 0)))

@exchange
def subscribe_that_is_cut(t):
    t.say(t.come(), packet(SUBSCRIBE, b"\0\1\0\x09abc", 2))

@exchange
def unsubscribe_what_was_never_subscribed(t):
    t.say(t.come(), unsubscribe("a/b", packet_id=77))

@exchange
def unsubscribe_from_nothing(t):
    t.say(t.come(), packet(UNSUBSCRIBE, b"\0\1", 2))

@exchange
def unsubscribe_without_its_flags(t):
    t.say(t.come(), unsubscribe("a", flags=0))

# ---- PUBLISH ----

@exchange
def publish_qos_0(t):
    t.say(t.come(), publish(t.topic, b"x"), PING)

@exchange
def publish_qos_1(t):
    t.say(t.come(), publish(t.topic, b"x", 1, 65535))

@exchange
def publish_qos_1_again(t):
    t.say(t.come(), publish(t.topic, b"x", 1, 8), publish(t.topic, b"x", 1, 8, dup=True))

@exchange
def publish_many(t):
    t.say(t.come(), *[publish(t.topic, b"x", 1, i) for i in range(1, 41)])

@exchange
def publish_empty_payload(t):
    t.say(t.come(), publish(t.topic, b"", 1, 1))

@exchange
def publish_qos_2(t):
    t.say(t.come(), publish(t.topic, b"x", 2, 1))

@exchange
def publish_qos_3(t):
    t.say(t.come(), publish(t.topic, b"x", 3, 1))

@exchange
def publish_packet_id_0(t):
    t.say(t.come(), publish(t.topic, b"x", 1, 0))

@exchange
def publish_dup_with_qos_0(t):
    t.say(t.come(), publish(t.topic, b"x", dup=True), PING)

@exchange
def publish_to_a_wildcard(t):
    for wrong in ("devices/+/messages/events/", "devices/#"):
        t.say(t.come(), publish(wrong, b"x"))

@exchange
def publish_to_an_empty_topic(t):
    t.say(t.come(), publish("", b"x"))

@exchange
def publish_to_broken_utf8(t):
    t.say(t.come(), publish(b"a\xc3\x28", b"x"))

@exchange
def publish_without_room_for_its_topic(t):
    t.say(t.come(), packet(3, b"\0\x10abc"))

@exchange
def publish_to_a_topic_of_nobody(t):
    t.say(t.come(), publish("a/b", b"x", 1, 1))

@exchange
def publish_retained(t):
    peer = t.come()
    t.say(peer, publish(t.topic, b"kept", 1, 1, retain=True))
    t.say(peer, subscribe((t.topic, 0)), publish(t.topic, b"", 0, retain=True))

@exchange
def publish_to_oneself(t):
    t.say(t.come(), subscribe((t.topic + "#", 0)), publish(t.topic, b"x"), PING)

@exchange
def acknowledgements_that_nobody_waits_for(t):
    t.say(t.come(), acknowledge(PUBACK, 9), PING)

@exchange
def second_halves_of_qos_2_that_nobody_waits_for(t):
    for kind, flags in ((PUBREC, 0), (PUBREL, 2), (PUBCOMP, 0)):
        t.say(t.come(), acknowledge(kind, 9, flags), PING)

@exchange
def acknowledgement_that_is_cut(t):
    t.say(t.come(), packet(PUBACK, b"\0"))

# ---- keep-alive ----

@exchange
def keep_alive_runs_out(t):
    t.note(t.come(keep_alive=1), first=8)

@exchange
def keep_alive_is_kept(t):
    peer = t.come(keep_alive=2)
    for _ in range(4):
        t.note(peer, first=1)
        peer.send(PING)
    t.note(peer)

@exchange
def keep_alive_0_is_no_time(t):
    t.note(t.come(keep_alive=0), first=4)

# ---- messages to the device: QoS 1 and its window ----

def waiting(t, qos=1):
    peer = t.come(clean=False)
    t.say(peer, subscribe((f"devices/{t.device}/messages/devicebound/#", qos)))
    return peer

@exchange
def delivery_at_qos_1_is_acknowledged_once(t):
    peer = waiting(t)
    t.server.deliver(t.device, 1)
    t.note(peer)
    t.say(peer, acknowledge(PUBACK, peer.packet_ids[-1]), packet(DISCONNECT))
    t.note(t.come(clean=False), first=1)

@exchange
def delivery_without_acknowledgement_comes_again_as_dup(t):
    peer = waiting(t)
    t.server.deliver(t.device, 1)
    t.note(peer)
    peer.close()
    t.note(t.come(clean=False))

@exchange
def delivery_waits_for_a_device_that_is_away(t):
    t.say(waiting(t), packet(DISCONNECT))
    t.server.deliver(t.device, 2)
    t.note(t.come(clean=False))

@exchange
def delivery_stops_at_the_window_and_goes_on_with_each_acknowledgement(t):
    peer = t.come()
    t.say(peer, subscribe(("$iothub/twin/PATCH/properties/desired/#", 1)))
    t.server.desire(t.device, 24)
    t.note(peer, quiet=1)
    t.say(peer, acknowledge(PUBACK, peer.packet_ids[0]))


class Mosquitto:
    name = "mosquitto"

    def __init__(self, home, passwords):
        self.port = free_port()
        self.passwords = passwords
        users = home / "users"
        users.touch(0o600)
        users.write_text("".join(f"{user_of(device)}:{password}\n" for device, password in passwords.items())
                         + "back-end:secret\n")
        subprocess.run(["mosquitto_passwd", "-U", str(users)], check=True, timeout=120)
        config = home / "mosquitto.conf"
        config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous false\npassword_file {users}\n"
                          f"persistence false\nmax_packet_size {LARGEST + 8 * 1024}\nmax_inflight_messages 16\n"
                          f"{'user root' if os.geteuid() == 0 else ''}\n")
        self.program = Program(shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", config)
        wait_until(self.listens, "mosquitto listens")

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def open(self):
        return Peer(socket.create_connection(("127.0.0.1", self.port), timeout=10))

    def deliver(self, device, count, topic="devices/{}/messages/devicebound/"):
        sender = self.open()
        sender.send(connect("back-end-" + device, "back-end", "secret"))
        assert sender.next() == "CONNACK session=0 code=0"
        for i in range(count):
            sender.send(publish(topic.format(device), b"m%d" % i, 1, i + 1))
        for _ in range(count):
            assert sender.next().startswith("PUBACK")
        sender.close()

    def desire(self, device, count):
        self.deliver(device, count, "$iothub/twin/PATCH/properties/desired/?$version={}")


class Lockhub:
    name = "lockhub"

    def __init__(self, rig, service, passwords):
        self.rig, self.service, self.passwords = rig, service, passwords
        self.context = tls_context(rig.data / "ca.pem")

    def open(self):
        return tls_peer(self.rig.mqtt_port, self.context)

    def deliver(self, device, count):
        for i in range(count):
            self.service.ask("POST", f"/lockhub/v1/devices/{device}/messages", {"body": f"m{i}"})

    def desire(self, device, count):
        for i in range(count):
            self.service.ask("PATCH", f"/twins/{device}", {"properties": {"desired": {"n": i}}})


def transcript(server, name, number):
    talk = Talk(server, f"c-{number}")
    try:
        EXCHANGES[name](talk)
    finally:
        talk.end()
    return talk.heard


class Conformance(unittest.TestCase):
    def test_the_same_packets_get_the_same_answers(self):
        if not (shutil.which("mosquitto") or os.path.exists("/usr/sbin/mosquitto")):
            self.skipTest("needs Mosquitto (package mosquitto)")
        wanted = os.environ.get("MQTT_ONLY", "")
        names = [name for name in EXCHANGES if wanted in name]
        listed = json.loads((HERE / "mqtt_differences.json").read_text())
        with Rig() as rig:
            rig.start_hub()
            service = Service(rig)
            passwords = {}
            for i in range(len(names)):
                key = service.register(f"c-{i}")
                passwords[f"c-{i}"] = sas_token(f"localhost/devices/c-{i}", key)
            peer = Mosquitto(rig.home, passwords)
            rig.programs.append(peer.program)
            hub = Lockhub(rig, service, passwords)
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                both = list(pool.map(lambda i: (transcript(peer, names[i], i), transcript(hub, names[i], i)),
                                     range(len(names))))
        wrong = []
        for name, (theirs, ours) in zip(names, both):
            expected = listed.get(name)
            if wanted:
                print(name, "\n  mosquitto", theirs, "\n  lockhub  ", ours, flush=True)
            if expected is None:
                if theirs != ours:
                    wrong.append(f"{name}: differs, and is not listed\n  mosquitto {theirs}\n  lockhub   {ours}")
            elif theirs == ours:
                wrong.append(f"{name}: is listed, and differs no more: {ours}")
            elif (theirs, ours) != (expected["mosquitto"], expected["lockhub"]):
                wrong.append(f"{name}: differs otherwise than listed\n  mosquitto {theirs}\n  lockhub   {ours}")
        if not wanted:
            wrong += [f"{name}: is listed, and there is no such exchange" for name in listed if name not in EXCHANGES]
            self.assertGreaterEqual(len(names), 40)
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))
        print(f"{len(names)} exchanges, {len(listed)} listed differences", file=sys.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
