"""MQTT 3.1.1 as bytes: packets made by hand, right and wrong ones, and a connection that tells what came back."""

import base64
import hashlib
import hmac
import json
import os
import socket
import ssl
import struct
import time
import urllib.parse
import urllib.request

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 1, 2, 3, 4, 5, 6, 7
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = 8, 9, 10, 11, 12, 13, 14
NAMES = {CONNACK: "CONNACK", PUBLISH: "PUBLISH", PUBACK: "PUBACK", PUBREC: "PUBREC", PUBREL: "PUBREL",
         PUBCOMP: "PUBCOMP", SUBACK: "SUBACK", UNSUBACK: "UNSUBACK", PINGRESP: "PINGRESP"}


def sas_token(resource, key, policy=None, life=3600):
    encoded = urllib.parse.quote(resource, safe="")
    end = str(int(time.time()) + life)
    signature = hmac.new(base64.b64decode(key), f"{encoded}\n{end}".encode(), hashlib.sha256).digest()
    token = f"SharedAccessSignature sr={encoded}&sig={urllib.parse.quote(base64.b64encode(signature), safe='')}&se={end}"
    return token + (f"&skn={policy}" if policy else "")


def text(value):
    raw = value if isinstance(value, bytes) else value.encode()
    return struct.pack("!H", len(raw)) + raw


def length(count):
    out = bytearray()
    while True:
        count, byte = divmod(count, 128)
        out.append(byte | (128 if count else 0))
        if not count:
            return bytes(out)


def packet(kind, body=b"", flags=0):
    return bytes([kind << 4 | flags]) + length(len(body)) + body


def connect(client_id, user=None, password=None, clean=True, keep_alive=60, name="MQTT", level=4, flags=None, will=None,
            tail=b""):
    """`will` is (topic, payload, qos, retain); `flags` replaces the flags that the rest would give."""
    bits = 2 if clean else 0
    payload = text(client_id)
    if will:
        bits |= 4 | will[2] << 3 | (32 if will[3] else 0)
        payload += text(will[0]) + text(will[1])
    if user is not None:
        bits |= 128
        payload += text(user)
    if password is not None:
        bits |= 64
        payload += text(password)
    head = text(name) + bytes([level, bits if flags is None else flags]) + struct.pack("!H", keep_alive)
    return packet(CONNECT, head + payload + tail)


def publish(topic, payload=b"", qos=0, packet_id=1, dup=False, retain=False):
    body = text(topic) + (struct.pack("!H", packet_id) if qos else b"") + payload
    return packet(PUBLISH, body, (8 if dup else 0) | qos << 1 | (1 if retain else 0))


def subscribe(*filters, packet_id=1, flags=2):
    return packet(SUBSCRIBE, struct.pack("!H", packet_id) + b"".join(text(f) + bytes([q]) for f, q in filters), flags)


def unsubscribe(*filters, packet_id=1, flags=2):
    return packet(UNSUBSCRIBE, struct.pack("!H", packet_id) + b"".join(text(f) for f in filters), flags)


def acknowledge(kind, packet_id, flags=0):
    return packet(kind, struct.pack("!H", packet_id), flags)


def describe(kind, flags, body):
    if kind == CONNACK:
        return f"CONNACK session={body[0]} code={body[1]}"
    if kind == SUBACK:
        return f"SUBACK {struct.unpack('!H', body[:2])[0]} {list(body[2:])}"
    if kind == PUBLISH:
        return f"PUBLISH qos={flags >> 1 & 3} dup={flags >> 3 & 1} retain={flags & 1}"
    if len(body) == 2:
        return f"{NAMES[kind]} {struct.unpack('!H', body)[0]}"
    return NAMES.get(kind, f"type {kind}")


class Peer:
    """One connection; `stream` has sendall, recv and settimeout."""

    def __init__(self, stream):
        self.stream = stream
        self.buffer = b""
        self.closed = False
        self.packet_ids = []  # of the QoS 1 publishes that came
        self.bodies = []      # of all publishes that came

    def send(self, data):
        try:
            self.stream.sendall(data)
        except OSError:
            pass  # what it closed, hear() tells

    def _packet(self):
        if len(self.buffer) < 2:
            return None
        size, shift, at = 0, 0, 1
        while True:
            if at >= len(self.buffer):
                return None
            size |= (self.buffer[at] & 127) << shift
            at += 1
            if self.buffer[at - 1] < 128:
                break
            shift += 7
        if len(self.buffer) < at + size:
            return None
        first, body = self.buffer[0], self.buffer[at:at + size]
        self.buffer = self.buffer[at + size:]
        kind, flags = first >> 4, first & 15
        if kind == PUBLISH:
            after = 2 + struct.unpack("!H", body[:2])[0]
            if flags >> 1 & 3:
                self.packet_ids.append(struct.unpack("!H", body[after:after + 2])[0])
                after += 2
            self.bodies.append((body[2:2 + struct.unpack("!H", body[:2])[0]].decode(), body[after:]))
        return describe(kind, flags, body)

    def next(self, seconds=5):
        """The next packet, "closed", or "silence"."""
        end = time.monotonic() + seconds
        while True:
            found = self._packet()
            if found:
                return found
            if self.closed:
                return "closed"
            left = end - time.monotonic()
            if left <= 0:
                return "silence"
            self.stream.settimeout(left)
            try:
                data = self.stream.recv(65536)
            except (socket.timeout, ssl.SSLWantReadError):
                continue
            except OSError:
                data = b""
            self.closed = not data
            self.buffer += data

    def hear(self, first=5, quiet=0.4):
        """What comes, until nothing comes for a while or the connection closes."""
        heard = []
        while True:
            what = self.next(first if not heard else quiet)
            if what == "silence":
                return heard or ["silence"]
            heard.append(what)
            if what == "closed":
                return heard

    def close(self):
        try:
            self.stream.close()
        except OSError:
            pass


def tls_context(ca, certificate=None, version=None):
    context = ssl.create_default_context(cafile=str(ca))
    if certificate:
        context.load_cert_chain(*[str(part) for part in certificate])
    if version:
        context.minimum_version = context.maximum_version = version
    return context


def tls_peer(port, context, session=None):
    plain = socket.create_connection(("127.0.0.1", port), timeout=10)
    return Peer(context.wrap_socket(plain, server_hostname="localhost", session=session))


class WebSocketStream:
    """Bytes in binary frames over TLS, cut as the test wants; raises ConnectionError if it is refused."""

    def __init__(self, port, context, path="/$iothub/websocket", protocol="mqtt", frame=None):
        self.tls = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=10),
                                       server_hostname="localhost")
        self.frame = frame
        self.pending = b""
        key = base64.b64encode(os.urandom(16)).decode()
        offer = f"Sec-WebSocket-Protocol: {protocol}\r\n" if protocol else ""
        self.tls.sendall((f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                          f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{offer}\r\n").encode())
        head = b""
        while b"\r\n\r\n" not in head:
            data = self.tls.recv(1)
            if not data:
                break
            head += data
        self.head = head.decode()
        if " 101 " not in self.head.splitlines()[0]:
            raise ConnectionError(self.head + self.tls.recv(4096).decode(errors="replace"))

    def send_frame(self, payload, opcode=2, final=True):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([(128 if final else 0) | opcode])
        if size < 126:
            head += bytes([128 | size])
        elif size < 65536:
            head += bytes([128 | 126]) + struct.pack("!H", size)
        else:
            head += bytes([128 | 127]) + struct.pack("!Q", size)
        key = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")
        self.tls.sendall(head + mask + masked)

    def sendall(self, data):
        step = self.frame or len(data)
        for at in range(0, len(data), step):
            self.send_frame(data[at:at + step])

    def _read(self, count):
        while len(self.pending) < count:
            data = self.tls.recv(65536)
            if not data:
                raise ConnectionResetError
            self.pending += data
        out, self.pending = self.pending[:count], self.pending[count:]
        return out

    def recv(self, _):
        while True:
            first, second = self._read(2)
            size = second & 127
            if size == 126:
                size = struct.unpack("!H", self._read(2))[0]
            elif size == 127:
                size = struct.unpack("!Q", self._read(8))[0]
            payload = self._read(size)
            if first & 15 == 8:
                self.close_code = struct.unpack("!H", payload[:2])[0] if payload else None
                return b""
            if first & 15 in (0, 2):
                return payload

    def settimeout(self, seconds):
        self.tls.settimeout(seconds)

    def close(self):
        self.tls.close()


class Service:
    """The service API of a rig's hub, as iothubowner."""

    def __init__(self, rig):
        found = json.loads(rig.connection_file.read_text())
        parts = dict(part.split("=", 1) for part in found["connectionString"].split(";"))
        self.key, self.policy = parts["SharedAccessKey"], parts["SharedAccessKeyName"]
        self.base = f"https://localhost:{rig.https_port}"
        self.context = ssl.create_default_context(cafile=found["caFile"])

    def ask(self, method, path, body=None, etag=None):
        request = urllib.request.Request(f"{self.base}{path}?api-version=2021-04-12", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        request.add_header("Authorization", sas_token("localhost", self.key, self.policy))
        request.add_header("Content-Type", "application/json")
        if etag:
            request.add_header("If-Match", etag)
        with urllib.request.urlopen(request, context=self.context, timeout=20) as response:
            answer = response.read()
        return json.loads(answer) if answer else None

    def register(self, device_id, authentication=None):
        body = {"deviceId": device_id}
        if authentication:
            body["authentication"] = authentication
        return self.ask("PUT", f"/devices/{device_id}", body)["authentication"]["symmetricKey"]["primaryKey"]


def user_of(device_id):
    return f"localhost/{device_id}/?api-version=2021-04-12"


def connect_with_key(device_id, key, **rest):
    return connect(device_id, user_of(device_id), sas_token(f"localhost/devices/{device_id}", key), **rest)
