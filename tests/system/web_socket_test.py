"""MQTT over WebSocket on the HTTPS port (protocol sheet §1.1): path, sub-protocol, frames of any cut, bounds."""

import ssl
import socket
import unittest

from mqtt_wire import (PINGREQ, Peer, Service, WebSocketStream, connect_with_key, packet, publish, subscribe, tls_context,
                       tls_peer)
from rig import Rig


class WebSockets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig()
        cls.rig.start_hub()
        cls.service = Service(cls.rig)
        cls.keys = {}

    @classmethod
    def tearDownClass(cls):
        cls.rig.__exit__()

    def context(self):
        return tls_context(self.rig.data / "ca.pem")

    def stream(self, **how):
        return WebSocketStream(self.rig.https_port, self.context(), **how)

    def connected(self, name, **how):
        key = self.keys.get(name) or self.keys.setdefault(name, self.service.register(name))
        peer = Peer(self.stream(**how))
        peer.send(connect_with_key(name, key))
        self.assertEqual(peer.next(), "CONNACK session=0 code=0")
        return peer

    def ask(self, head):
        with self.context().wrap_socket(socket.create_connection(("127.0.0.1", self.rig.https_port), timeout=10),
                                        server_hostname="localhost") as tls:
            tls.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
            answer = b""
            while data := tls.recv(4096):
                answer += data
            return answer.decode()

    def test_it_speaks_as_the_port_for_devices_does(self):
        peer = self.connected("plain")
        self.assertIn("sec-websocket-protocol: mqtt", peer.stream.head.lower())
        peer.send(subscribe(("$iothub/methods/POST/#", 1)) + publish("devices/plain/messages/events/", b"x", 1, 7)
                  + packet(PINGREQ))
        self.assertEqual(sorted(peer.hear()), ["PINGRESP", "PUBACK 7", "SUBACK 1 [1]"])
        peer.close()

    def test_the_sdks_parameter_and_a_percent_sign_in_the_path_do_not_matter(self):
        self.stream(path="/$iothub/websocket?iothub-no-client-cert=true").close()
        self.stream(path="/%24iothub/websocket").close()

    def test_frames_are_cut_anywhere(self):
        for frame in (1, 3, 1000):
            peer = self.connected("cut", frame=frame)
            peer.send(publish("devices/cut/messages/events/", b"y" * 3000, 1, 9) + packet(PINGREQ))
            self.assertEqual(sorted(peer.hear(quiet=1)), ["PINGRESP", "PUBACK 9"], frame)
            peer.close()

    def test_a_message_in_several_frames_and_several_packets_in_one_frame(self):
        peer = self.connected("fragments")
        peer.stream.send_frame(packet(PINGREQ) * 3 + packet(PINGREQ)[:1], final=False)
        peer.stream.send_frame(b"", opcode=0, final=False)
        peer.stream.send_frame(packet(PINGREQ)[1:], opcode=0)
        self.assertEqual(peer.hear(), ["PINGRESP"] * 4)
        peer.close()

    def test_the_largest_message_passes_and_a_larger_one_does_not(self):
        peer = self.connected("large")
        peer.send(publish("devices/large/messages/events/", b"z" * 262144, 1, 1))
        self.assertEqual(peer.next(), "PUBACK 1")
        peer.send(publish("devices/large/messages/events/", b"z" * 262145, 1, 2))
        self.assertEqual(peer.next(), "closed")

    def test_text_is_refused(self):
        peer = self.connected("text")
        peer.stream.send_frame(b"hello", opcode=1)
        self.assertEqual(peer.next(), "closed")
        self.assertEqual(peer.stream.close_code, 1003)

    def test_a_websocket_message_has_a_bound(self):
        peer = self.connected("endless")
        try:
            for _ in range(40):  # 40 × 32 KiB of pings, all of one message
                peer.stream.send_frame(packet(PINGREQ) * 16384, opcode=2 if _ == 0 else 0, final=False)
                while peer.next(0) == "PINGRESP":
                    pass
                if peer.closed:
                    break
        except OSError:
            return  # closed while we were writing
        heard = peer.hear()
        self.assertEqual(heard[-1], "closed")

    def test_the_newer_connection_wins_whatever_carries_it(self):
        peer = self.connected("both")
        other = tls_peer(self.rig.mqtt_port, self.context())
        other.send(connect_with_key("both", self.keys["both"]))
        self.assertEqual(other.next(), "CONNACK session=0 code=0")
        self.assertEqual(peer.next(), "closed")
        other.close()

    def test_a_wrong_key_gets_five(self):
        self.service.register("wrong-key")
        peer = Peer(self.stream())
        peer.send(connect_with_key("wrong-key", "MDEyMzQ1Njc4OWFiY2RlZg=="))
        self.assertEqual(peer.hear(), ["CONNACK session=0 code=5", "closed"])

    def test_refusals_say_what_is_wrong(self):
        for protocol in ("mqttv5", None):
            with self.assertRaisesRegex(ConnectionError, "400 (.|\n)*Sec-WebSocket-Protocol must offer 'mqtt'"):
                self.stream(protocol=protocol)
        with self.assertRaisesRegex(ConnectionError, "404|401"):
            self.stream(path="/websocket")
        upgrade = "Host: localhost\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
        plain = self.ask("GET /$iothub/websocket HTTP/1.1\nHost: localhost")
        self.assertRegex(plain, "^HTTP/1.1 426 (.|\n)*Upgrade: websocket")
        old = self.ask(f"GET /$iothub/websocket HTTP/1.1\n{upgrade}\nSec-WebSocket-Version: 8\nSec-WebSocket-Protocol: mqtt")
        self.assertRegex(old, "^HTTP/1.1 426 (.|\n)*Sec-WebSocket-Version: 13")
        posted = self.ask(f"POST /$iothub/websocket HTTP/1.1\n{upgrade}\nSec-WebSocket-Version: 13\nContent-Length: 0")
        self.assertRegex(posted, "^HTTP/1.1 405 (.|\n)*Allow: GET")

    def test_the_hub_stops_with_websockets_open(self):
        with Rig() as rig:
            rig.start_hub()
            key = Service(rig).register("d1")
            peer = Peer(WebSocketStream(rig.https_port, tls_context(rig.data / "ca.pem")))
            peer.send(connect_with_key("d1", key))
            self.assertEqual(peer.next(), "CONNACK session=0 code=0")
            rig.hub.signal(15)
            self.assertEqual(peer.next(), "closed")
            self.assertEqual(rig.hub.ends(5), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
