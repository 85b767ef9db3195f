"""The service API for campaigns: one connection kept open, and a clear word for "nobody knows whether it was done"."""

import http.client
import json
import random
import ssl
import threading
import time

from mqtt_wire import sas_token


class Lost(Exception):
    """The connection ended before the answer: what was asked may have been done."""


class Violation(Exception):
    """Something acknowledged is gone, or something was done that must not be."""


def require(condition, *told):
    if not condition:
        raise Violation(" ".join(str(part) for part in told))


class Client:
    """One thread's. `ask` returns (status, body, headers), the body read if it is JSON."""

    TOKEN_LIFE = 3600

    def __init__(self, rig, port=None, patience=30):
        """`port` is where it asks, if not at the hub itself; `patience` is how many seconds it waits for an answer."""
        found = json.loads(rig.connection_file.read_text())
        parts = dict(part.split("=", 1) for part in found["connectionString"].split(";"))
        self.key, self.policy = parts["SharedAccessKey"], parts["SharedAccessKeyName"]
        self.port = port or rig.https_port
        self.patience = patience
        self.context = ssl.create_default_context(cafile=found["caFile"])
        self.connection = None
        self.token, self.token_end = None, 0

    def _token(self):
        if time.time() > self.token_end - 600:
            self.token = sas_token("localhost", self.key, self.policy, self.TOKEN_LIFE)
            self.token_end = time.time() + self.TOKEN_LIFE
        return self.token

    def ask(self, method, path, body=None, etag=None, headers=None, parameters=""):
        sent = {"Authorization": self._token(), "Content-Type": "application/json", **(headers or {})}
        if etag:
            sent["If-Match"] = etag
        try:
            if self.connection is None:
                self.connection = http.client.HTTPSConnection("localhost", self.port, timeout=self.patience, context=self.context)
            self.connection.request(method, f"{path}?api-version=2021-04-12{parameters}",
                                    None if body is None else json.dumps(body), sent)
            response = self.connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as problem:
            self.close()
            raise Lost(f"{method} {path}: {problem}") from None
        if not response.headers.get("Content-Type", "").startswith("application/json"):
            return response.status, text.decode() or None, response.headers
        return response.status, json.loads(text) if text else None, response.headers

    def must(self, method, path, *rest, **more):
        """The body of a good answer."""
        status, body, _ = self.ask(method, path, *rest, **more)
        require(status < 300, f"{method} {path}: {status} {body}")
        return body

    def query(self, text):
        """All items of a query, page by page."""
        items, continuation = [], None
        while True:
            headers = {"x-ms-max-item-count": "100", **({"x-ms-continuation": continuation} if continuation else {})}
            status, body, told = self.ask("POST", "/devices/query", {"query": text}, headers=headers)
            require(status == 200, f"query {text}: {status} {body}")
            items += body
            continuation = told.get("x-ms-continuation")
            if not continuation:
                return items

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def register_all(client, keys, **rest):
    """Many devices, a hundred at once; `keys` is {id: key}."""
    ids = sorted(keys)
    for at in range(0, len(ids), 100):
        entries = [{"id": name, "importMode": "create", "status": "enabled",
                    "authentication": {"type": "sas", "symmetricKey": {"primaryKey": keys[name],
                                                                       "secondaryKey": keys[name]}}, **rest}
                   for name in ids[at:at + 100]]
        told = client.must("POST", "/devices", entries)
        require(told["isSuccessful"], told)


class Worker(threading.Thread):
    """Does something over and over until it is told to stop or the hub has gone; keeps what went wrong otherwise."""

    def __init__(self, name, seed):
        super().__init__(name=name, daemon=True)
        self.random = random.Random(f"{seed} {name}")
        self.halt = threading.Event()
        self.problem = None
        self.done = 0

    def run(self):
        try:
            self.prepare()
            while not self.halt.is_set():
                self.step()
                self.done += 1
        except (Lost, OSError):
            pass
        except Exception as problem:  # the campaign asks, and stops with it
            self.problem = problem
        finally:
            self.close()

    def prepare(self):
        pass

    def close(self):
        pass
