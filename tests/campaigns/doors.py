"""Many simulated doors in one process: real MQTT over TLS, a book that outlives SIGKILL, and bad luck.

    doors.py --port P --ca FILE --doors FILE --book FILE --seed S

--doors is JSON, {id: key}. The book gets a line before anything else learns of it:

    call   ID JOB COMMAND           the call has come
    acted  ID JOB COMMAND SERIAL    the bolt moves; SERIAL is in the answer
    refused ID JOB COMMAND SERIAL   409: it does not

A door acts once on one commandId, also if the process was killed in between, and answers a repeat with what it answered
before. Now and then it refuses, loses its connection before or after it has acted, or simply loses it.
"""

import argparse
import heapq
import json
import os
import random
import selectors
import socket
import ssl
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "system"))
from mqtt_wire import CONNACK, PINGREQ, PUBLISH, SUBACK, connect_with_key, packet, publish, subscribe  # noqa: E402

HANDSHAKES = 24       # at once
REFUSES = 0.08
DROPS_BEFORE = 0.01   # the call has come, and the connection ends
DROPS_AFTER = 0.02    # the bolt moves, and the connection ends
DROPS_IDLE = 0.05     # of all doors in a second
RETRY = (0.02, 0.3)   # seconds until it connects again


class Book:
    def __init__(self, path):
        self.acted = {}  # (door, commandId) -> serial
        if path.exists():
            for line in path.read_text().splitlines():
                kind, door, _, command, *serial = line.split()
                if kind == "acted" and command != "-":
                    self.acted[door, command] = serial[0]
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.serial = 0

    def write(self, *words):
        os.write(self.file, (" ".join(words) + "\n").encode())

    def next(self):
        self.serial += 1
        return f"{os.getpid()}-{self.serial}"


class Door:
    def __init__(self, fleet, name, key):
        self.fleet, self.name, self.key = fleet, name, key
        self.stream, self.session = None, None
        self.state, self.buffer, self.out = "away", b"", b""

    def connect(self):
        plain = socket.socket()
        plain.setblocking(False)
        plain.connect_ex(("127.0.0.1", self.fleet.port))
        self.state, self.buffer, self.out = "connecting", b"", b""
        self.stream = plain
        self.fleet.selector.register(plain, selectors.EVENT_WRITE, self)

    def secure(self):
        plain = self.stream
        self.fleet.selector.unregister(plain)
        if plain.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0:
            raise ConnectionError
        self.stream = self.fleet.context.wrap_socket(plain, server_hostname="localhost", do_handshake_on_connect=False,
                                                     session=self.session)
        self.state = "handshake"
        self.fleet.selector.register(self.stream, selectors.EVENT_WRITE, self)

    def ready(self):
        """The socket can be read or written."""
        try:
            if self.state == "connecting":
                self.secure()
            if self.state == "handshake":
                try:
                    self.stream.do_handshake()
                except ssl.SSLWantReadError:
                    return self.watch(selectors.EVENT_READ)
                except ssl.SSLWantWriteError:
                    return self.watch(selectors.EVENT_WRITE)
                self.state = "open"
                self.fleet.handshakes -= 1
                self.send(connect_with_key(self.name, self.key, clean=False))
            self.read()
            self.flush()
        except (OSError, ConnectionError):
            self.drop()

    def watch(self, events):
        self.fleet.selector.modify(self.stream, events, self)

    def read(self):
        while self.stream is not None:
            try:
                data = self.stream.recv(65536)
            except (ssl.SSLWantReadError, BlockingIOError):
                return
            if not data:
                raise ConnectionError
            self.buffer += data
            self.take_packets()

    def take_packets(self):
        while self.stream is not None and len(self.buffer) >= 2:
            size, shift, at = 0, 0, 1
            while True:
                if at >= len(self.buffer):
                    return
                size |= (self.buffer[at] & 127) << shift
                at += 1
                if self.buffer[at - 1] < 128:
                    break
                shift += 7
            if len(self.buffer) < at + size:
                return
            kind, body = self.buffer[0] >> 4, self.buffer[at:at + size]
            self.buffer = self.buffer[at + size:]
            if kind == CONNACK:
                if body[1] != 0:
                    sys.exit(f"{self.name} was refused: {body[1]}")
                self.send(subscribe(("$iothub/methods/POST/#", 0)))
            elif kind == SUBACK:
                self.session = self.stream.session
            elif kind == PUBLISH:
                end = 2 + int.from_bytes(body[:2], "big")
                self.called(body[2:end].decode(), body[end:])

    def called(self, topic, payload):
        rid = topic.split("$rid=")[1]
        asked = json.loads(payload)
        job, command = asked["job"], asked.get("commandId", "-")
        book, chance = self.fleet.book, self.fleet.chance
        book.write("call", self.name, job, command)
        if chance.random() < DROPS_BEFORE:
            return self.drop()
        serial = book.acted.get((self.name, command))
        status = 200
        if serial is None:
            serial = book.next()
            if chance.random() < REFUSES:
                status = 409
                book.write("refused", self.name, job, command, serial)
            else:
                book.write("acted", self.name, job, command, serial)
                if command != "-":
                    book.acted[self.name, command] = serial
        if chance.random() < DROPS_AFTER:
            return self.drop()
        self.send(publish(f"$iothub/methods/res/{status}/?$rid={rid}", json.dumps({"serial": serial}).encode()))

    def send(self, data):
        self.out += data
        self.flush()

    def flush(self):
        while self.out and self.stream is not None:
            try:
                self.out = self.out[self.stream.send(self.out):]
            except (ssl.SSLWantWriteError, BlockingIOError):
                return self.watch(selectors.EVENT_READ | selectors.EVENT_WRITE)
            except OSError:
                return self.drop()
        if self.stream is not None and self.state == "open":
            self.watch(selectors.EVENT_READ)

    def drop(self):
        if self.stream is None:
            return
        if self.state != "open":
            self.fleet.handshakes -= 1
        try:
            self.fleet.selector.unregister(self.stream)
        except (KeyError, ValueError):
            pass
        self.stream.close()
        self.stream, self.state = None, "away"
        self.fleet.come_back(self)


class Fleet:
    def __init__(self, port, ca, doors, book, seed):
        self.port, self.book = port, book
        self.chance = random.Random(seed)
        self.context = ssl.create_default_context(cafile=ca)
        self.selector = selectors.DefaultSelector()
        self.handshakes = 0
        self.doors = [Door(self, name, key) for name, key in doors.items()]
        self.away = []  # (when, number, door)
        self.number = 0
        for door in self.doors:
            self.come_back(door, soon=True)

    def come_back(self, door, soon=False):
        self.number += 1
        when = time.monotonic() + (0 if soon else self.chance.uniform(*RETRY))
        heapq.heappush(self.away, (when, self.number, door))

    def run(self):
        parent = os.getppid()
        next_luck = time.monotonic() + 1
        next_ping = time.monotonic() + 20
        while os.getppid() == parent:
            now = time.monotonic()
            while self.away and self.away[0][0] <= now and self.handshakes < HANDSHAKES:
                self.handshakes += 1
                heapq.heappop(self.away)[2].connect()
            for key, _ in self.selector.select(0.02):
                if key.data.stream is key.fileobj:
                    key.data.ready()
            if now > next_luck:
                next_luck = now + 1
                for door in self.chance.sample(self.doors, int(len(self.doors) * DROPS_IDLE)):
                    if door.state == "open":
                        door.drop()
            if now > next_ping:
                next_ping = now + 20
                for door in self.doors:
                    if door.state == "open":
                        door.send(packet(PINGREQ))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    for name in ("--ca", "--doors", "--book", "--seed"):
        parser.add_argument(name, required=True)
    given = parser.parse_args()
    doors = json.loads(Path(given.doors).read_text())
    Fleet(given.port, given.ca, doors, Book(Path(given.book)), given.seed).run()


if __name__ == "__main__":
    main()
