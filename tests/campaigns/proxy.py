"""A byte-level proxy on the loopback address that can be told to do what networks do.

A fault begins at once or, armed, when so many further pieces have come from one side, so that it can strike within each
phase of an exchange. TLS hides what a piece holds; a piece is what one read of the socket gave.

    reset      both sides get a RST
    cut        the piece at which it strikes is passed on in part, then both sides get a RST
    stall      nothing passes and nothing is read; new connections wait in the backlog; afterwards all goes on
    lose       half-open: what comes is thrown away, both sides believe in the connection until it ends with the fault
    refuse     as reset, and nobody is let in
    delay      each piece comes late
"""

import random
import selectors
import socket
import struct
import threading
import time

UP, DOWN = "up", "down"  # from who connects to the target; and back
KINDS = ("reset", "cut", "stall", "lose", "refuse", "delay")
PIECE = 16 * 1024
WAITING = 256 * 1024  # bytes on their way in one direction; beyond it nothing is read


def reset(stream):
    """Closes with a RST."""
    try:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        pass  # it had gone already
    stream.close()


class Link:
    """A connection and its continuation; `pieces[side]` is [(due, bytes)] that `side` sent and the other has not yet."""

    def __init__(self, near, far):
        self.streams = {UP: near, DOWN: far}  # by who sends
        self.pieces = {UP: [], DOWN: []}
        self.ended = {UP: False, DOWN: False}
        self.lost = False

    def other(self, side):
        return self.streams[DOWN if side == UP else UP]

    def waiting(self, side):
        return sum(len(piece) for _, piece in self.pieces[side])


class Proxy(threading.Thread):
    def __init__(self, target, seed=0):
        super().__init__(name=f"proxy to {target}", daemon=True)
        self.target = target
        self.random = random.Random(f"{seed} {target}")
        self.guard = threading.Lock()
        self.fault, self.latency = None, 0.0
        self.armed = None  # [kind, side, pieces to come, latency]
        self.links = set()
        self.struck = 0
        self.problem = None
        self.halt = False
        self.listener = None
        self.port = None
        self._listen()
        self.start()

    def _listen(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port or 0))
        self.listener.listen(64)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]

    def arm(self, kind, side, pieces, latency=0.0):
        with self.guard:
            self.armed = [kind, side, pieces, latency]

    def strike_if_armed(self):
        """The phase that was waited for does not come."""
        with self.guard:
            if self.armed:
                self._strike(self.armed[0], self.armed[3])

    def heal(self):
        with self.guard:
            self.armed = None
            if self.fault == "refuse":
                self._listen()
            for link in list(self.links):
                if link.lost:
                    self._end(link)
            self.fault, self.latency = None, 0.0

    def stop(self):
        self.halt = True
        self.join(5)
        with self.guard:
            for link in list(self.links):
                self._end(link)
            self.listener.close()
        if self.problem:
            raise self.problem

    def _strike(self, kind, latency):
        self.armed = None
        self.struck += 1
        if kind in ("reset", "cut", "refuse"):
            for link in list(self.links):
                self._end(link)
        if kind == "refuse":
            self.listener.close()
        if kind in ("stall", "lose", "refuse", "delay"):
            self.fault, self.latency = kind, latency

    def _end(self, link):
        self.links.discard(link)
        for stream in link.streams.values():
            reset(stream)

    def _accept(self):
        try:
            near, _ = self.listener.accept()
        except OSError:
            return
        try:
            far = socket.create_connection(("127.0.0.1", self.target), 5)
        except OSError:
            return reset(near)
        for stream in (near, far):
            stream.setblocking(False)
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.links.add(Link(near, far))

    def _read(self, link, side):
        try:
            piece = link.streams[side].recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            return self._end(link)
        if not piece:
            link.ended[side] = True
            return
        if self.fault == "lose":
            link.lost = True
            return
        if self.armed and self.armed[1] == side:
            self.armed[2] -= 1
            if self.armed[2] <= 0:
                kind, _, _, latency = self.armed
                if kind == "cut":
                    self._write_now(link, side, piece[:self.random.randrange(len(piece))])
                self._strike(kind, latency)
                if kind == "lose":
                    link.lost = True
                if kind not in ("stall", "delay"):
                    return
        link.pieces[side].append((time.monotonic() + self.latency, piece))

    def _write_now(self, link, side, piece):
        try:
            link.other(side).send(piece)
        except OSError:
            pass  # it ends in any case

    def _write(self, link, side):
        now = time.monotonic()
        while link.pieces[side] and link.pieces[side][0][0] <= now:
            due, piece = link.pieces[side][0]
            try:
                sent = link.other(side).send(piece)
            except BlockingIOError:
                return
            except OSError:
                return self._end(link)
            if sent < len(piece):
                link.pieces[side][0] = (due, piece[sent:])
                return
            link.pieces[side].pop(0)
        if link.ended[side] and not link.pieces[side]:
            self._end(link)

    def _turn(self):
        with selectors.DefaultSelector() as selector:
            with self.guard:
                if self.fault == "stall":
                    wait = 0.005
                else:
                    wait = 0.002 if any(link.pieces[side] for link in self.links for side in (UP, DOWN)) else 0.02
                    if self.fault != "refuse":
                        selector.register(self.listener, selectors.EVENT_READ, None)
                    for link in self.links:
                        for side, stream in link.streams.items():
                            if not link.ended[side] and link.waiting(side) < WAITING:
                                selector.register(stream, selectors.EVENT_READ, (link, side))
            ready = selector.select(wait) if selector.get_map() else time.sleep(wait) or []
            with self.guard:
                for key, _ in ready:
                    if self.fault == "stall":
                        break
                    if key.data is None:
                        self._accept()
                    elif key.data[0] in self.links:
                        self._read(*key.data)
                if self.fault != "stall":
                    for link in list(self.links):
                        for side in (UP, DOWN):
                            if link in self.links:
                                self._write(link, side)

    def run(self):
        try:
            while not self.halt:
                self._turn()
        except Exception as problem:  # who stops it is told
            self.problem = problem
