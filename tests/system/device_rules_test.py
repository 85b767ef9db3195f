"""What ends a device's connection, and what it may do (protocol sheet §1.1, §1.3, §1.6), on real sockets."""

import concurrent.futures
import time
import unittest
import urllib.error

from mqtt_wire import (DISCONNECT, PINGREQ, Service, connect, connect_with_key, packet, publish, sas_token, subscribe,
                       tls_context, tls_peer, user_of)
from rig import Rig

ACCEPTED = "CONNACK session=0 code=0"


class StrictRig(Rig):
    """A token is good until its end and no second longer."""

    def hub_command(self):
        return [*super().hub_command(), "--token-grace", "0"]


class Rules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = StrictRig()
        cls.rig.start_hub()
        cls.service = Service(cls.rig)

    @classmethod
    def tearDownClass(cls):
        cls.rig.__exit__()

    def open(self):
        peer = tls_peer(self.rig.mqtt_port, tls_context(self.rig.data / "ca.pem"))
        self.addCleanup(peer.close)
        return peer

    def connected(self, name, key, **how):
        peer = self.open()
        peer.send(connect_with_key(name, key, **how))
        self.assertEqual(peer.next(), ACCEPTED)
        return peer

    def identity(self, name, **changes):
        body = self.service.ask("GET", f"/devices/{name}")
        body.update(changes)
        request = {key: body[key] for key in ("deviceId", "status", "authentication")}
        return self.service.ask("PUT", f"/devices/{name}", request, etag="*")

    def test_1_1_a_disabled_device_is_closed_and_stays_out(self):
        key = self.service.register("disabled")
        peer = self.connected("disabled", key)
        self.identity("disabled", status="disabled")
        self.assertEqual(peer.next(), "closed")
        again = self.open()
        again.send(connect_with_key("disabled", key))
        self.assertEqual(again.hear(), ["CONNACK session=0 code=5", "closed"])
        self.identity("disabled", status="enabled")
        self.connected("disabled", key)

    def test_1_1_a_deleted_device_is_closed(self):
        peer = self.connected("deleted", self.service.register("deleted"))
        self.service.ask("DELETE", "/devices/deleted", etag="*")
        self.assertEqual(peer.next(), "closed")

    def test_1_1_a_device_whose_key_is_changed_is_closed(self):
        old = self.service.register("rolled")
        peer = self.connected("rolled", old)
        new = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
        self.identity("rolled", authentication={"type": "sas", "symmetricKey": {"primaryKey": new, "secondaryKey": new}})
        self.assertEqual(peer.next(), "closed")
        again = self.open()
        again.send(connect_with_key("rolled", old))
        self.assertEqual(again.hear(), ["CONNACK session=0 code=5", "closed"])
        self.connected("rolled", new)

    def test_1_3_a_connection_ends_with_its_token(self):
        key = self.service.register("token")
        peer = self.open()
        peer.send(connect("token", user_of("token"), sas_token("localhost/devices/token", key, life=3)))
        self.assertEqual(peer.next(), ACCEPTED)
        began = time.monotonic()
        self.assertEqual(peer.next(10), "closed")
        self.assertLess(time.monotonic() - began, 6)
        late = self.open()
        late.send(connect("token", user_of("token"), sas_token("localhost/devices/token", key, life=-1)))
        self.assertEqual(late.hear(), ["CONNACK session=0 code=5", "closed"])

    def test_1_1_a_call_in_flight_fails_at_once_when_a_newer_connection_comes(self):
        key = self.service.register("newer")
        older = self.connected("newer", key)
        older.send(subscribe(("$iothub/methods/POST/#", 0)))
        self.assertEqual(older.next(), "SUBACK 1 [0]")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            began = time.monotonic()
            call = pool.submit(self.service.ask, "POST", "/twins/newer/methods",
                               {"methodName": "lockDoor", "responseTimeoutInSeconds": 30})
            self.assertEqual(older.next(), "PUBLISH qos=0 dup=0 retain=0")
            newer = self.connected("newer", key)
            with self.assertRaises(urllib.error.HTTPError) as refused:
                call.result(10)
            self.assertEqual(refused.exception.code, 404)
            self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(older.next(), "closed")
        newer.send(packet(PINGREQ))
        self.assertEqual(newer.next(), "PINGRESP")  # and the request is not delivered late

    def test_1_1_subscriptions_outlive_the_hub(self):
        key = self.service.register("kept")
        peer = self.connected("kept", key, clean=False)
        peer.send(subscribe(("$iothub/methods/POST/#", 1)))
        self.assertEqual(peer.next(), "SUBACK 1 [1]")
        self.rig.hub.kill()
        self.rig.start_hub()
        again = self.open()
        again.send(connect_with_key("kept", key, clean=False))
        self.assertEqual(again.next(), "CONNACK session=1 code=0")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            call = pool.submit(self.service.ask, "POST", "/twins/kept/methods",
                               {"methodName": "lockDoor", "responseTimeoutInSeconds": 10})
            self.assertEqual(again.next(), "PUBLISH qos=1 dup=0 retain=0")
            rid = again.bodies[-1][0].split("$rid=")[1]
            again.send(publish(f"$iothub/methods/res/200/?$rid={rid}", b'{"done":true}'))
            self.assertEqual(call.result(10), {"status": 200, "payload": {"done": True}})
        again.send(packet(DISCONNECT))

    def test_1_1_topics_that_are_not_documented_close(self):
        key = self.service.register("topics")
        for topic in ("devices/other/messages/events/", "$iothub/twin/POST/", "a", "$SYS/x"):
            peer = self.connected("topics", key)
            peer.send(publish(topic, b"x"))
            self.assertEqual(peer.next(), "closed", topic)

    def test_1_1_identity_and_user_name_must_be_the_same(self):
        key = self.service.register("Same")
        for client_id in ("same", "other", "Same/module"):
            peer = self.open()
            peer.send(connect(client_id, user_of("Same"), sas_token("localhost/devices/Same", key)))
            self.assertEqual(peer.hear(), ["CONNACK session=0 code=5", "closed"], client_id)


if __name__ == "__main__":
    unittest.main(verbosity=2)
