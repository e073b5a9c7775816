"""A chat server in a process of its own, and people who talk to it as browsers do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("serve_chat.py")
PASSWORD = "correct horse battery staple"
SSHD = "Nov 22 10:00:01 web sshd[4721]: Failed password for root from 192.0.2.7 port 52144 ssh2"


class ChatServer:
    """The server of a data folder; it can be stopped, killed and started again."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.settings = settings
        self.url = self.token = ""
        self._process: subprocess.Popen | None = None
        self._people: list[Person] = []

    def start(self):
        environment = os.environ | {
            "LOGATLAS_DATA_DIR": str(self.folder), "LOGATLAS_MODELS_DIR": str(self.folder), "LOGATLAS_LLM": "off",
            "LOGATLAS_PORT": "0", "PYTHONPATH": str(ROOT), **self.settings,
        }  # fmt: skip
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(SCRIPT)], stdout=subprocess.PIPE, stderr=log, text=True, env=environment,
                cwd=self.folder,
            )  # fmt: skip
        while "The API is described" not in (line := self._process.stdout.readline()):
            assert line, self.log
        runtime = json.loads((self.folder / "runtime.json").read_text())
        self.url, self.token = runtime["url"], runtime["token"]
        return self

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def stop(self, sign=signal.SIGTERM) -> int:
        while self._people:
            self._people.pop().http.close()
        pid = self._process.pid
        # The worker first: without its parent it would end by itself, and in order.
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split() if sign == signal.SIGKILL else []
        for each in [*map(int, children), pid]:
            os.kill(each, sign)
        with self._process.stdout:
            self._process.stdout.read()
        return self._process.wait(timeout=60)

    def client(self, token: str | None = None) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token or self.token}"}, timeout=30)

    def person(self, name: str) -> Person:
        person = Person(self, name)
        self._people.append(person)
        return person

    def classify(self, raw=SSHD) -> dict:
        with self.client() as client:
            decision = client.post("/classify", json={"raw": raw}).json()
            until(lambda: client.get(f"/api/events/{decision['event_id']}").status_code == 200)
        return decision


class Person:
    """Somebody who signed in with a browser."""

    def __init__(self, server: ChatServer, name: str) -> None:
        self.server = server
        self.name = name
        self.http = httpx.Client(base_url=server.url, headers={"Origin": server.url}, timeout=30)
        answer = self.http.post("/api/session", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        self.http.headers["X-CSRF-Token"] = answer.json()["csrf_token"]

    def socket(self, **options):
        return open_socket(self.server.url, cookies=self.http.cookies, **options)

    @contextmanager
    def talk(self, conversation_id=None, event_id=None, last_seq=None, **options):
        """A socket that has said hello, and what it was answered."""
        with self.socket(**options) as ws:
            talk = Talk(ws)
            hello = {"conversation_id": conversation_id, "event_id": event_id, "last_seq": last_seq}
            talk.send("hello", **{name: value for name, value in hello.items() if value is not None})
            talk.ready = talk.next()
            yield talk


def open_socket(url, cookies=None, origin=True, headers=None, **options):
    headers = dict(headers or {})
    if cookies is not None:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return connect(
        url.replace("http://", "ws://") + "/ws/chat",
        origin=url if origin is True else origin or None,
        additional_headers=headers,
        **{"max_size": 2**24, **options},
    )


class Talk:
    """A connection, read and written as messages."""

    def __init__(self, ws) -> None:
        self.ws = ws
        self.ready = {}

    def send(self, type_, **values):
        self.ws.send(json.dumps({"type": type_, **values}))

    def ask(self, text, **values) -> str:
        key = values.pop("key", uuid.uuid4().hex)
        self.send("ask", key=key, text=text, **values)
        return key

    def next(self, timeout=10.0) -> dict:
        return json.loads(self.ws.recv(timeout=timeout))

    def until(self, type_, timeout=15.0) -> list[dict]:
        """The messages up to the first of a type, that one too."""
        ends, messages = time.monotonic() + timeout, []
        while not messages or messages[-1]["type"] != type_:
            messages.append(self.next(max(0.1, ends - time.monotonic())))
        return messages

    def answer(self, text, **values) -> dict:
        """Ask, and the turn as it is when it is done."""
        self.ask(text, **values)
        return self.until("done")[-1]["turn"]

    def closed(self, timeout=10.0) -> tuple[int, str, list[dict]]:
        """Read to the end: the code and reason of the close, and what came before."""
        messages = []
        try:
            while True:
                messages.append(self.next(timeout))
        except ConnectionClosed as closed:
            said = closed.rcvd
            return (said.code, said.reason, messages) if said else (1006, "", messages)


def until(true, timeout=15.0, pause=0.05):
    """Wait until something is true."""
    ends = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < ends, "waited too long"
        time.sleep(pause)
