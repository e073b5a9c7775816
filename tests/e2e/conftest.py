"""A server with the built UI, some events that want review, and a signed-in browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from models import DEFAULT_EMBEDDING_MODEL, DEFAULT_LANGUAGE_MODEL, WEIGHTS_DIR
from models.prepare import prepare
from tests.conftest import ROOT, require
from tests.e2e.line import Line, line_to

expect.set_options(timeout=30_000)  # the service and the browser share two cores with whatever else runs

PASSWORD = "four plain words here"
TOKEN = "a-token-for-browser-tests-0123456789"
UNKNOWN = "2031-05-01 10:00:{:02d} WARN gate{}: widget {} frobnicated by turnstile nine"


@dataclass
class Workbench:
    """A running server: where it is, its one-time link, a client with an admin token, cookies once signed in."""

    url: str
    link: str
    client: httpx.Client
    state: dict | None = None
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def classify(self, *raws: str, vendor: str = "") -> list[dict]:
        source = {"source": {"vendor": vendor}} if vendor else {}
        answer = self.client.post("/classify", json={"events": [{"raw": raw, **source} for raw in raws]})
        return answer.raise_for_status().json()["decisions"]

    def waiting(self, source: str = "") -> int:
        params = {"limit": 1, "source": source}
        return self.client.get("/api/queue", params=params).raise_for_status().json()["total"]

    def queue(self, source: str) -> list[dict]:
        """What waits of a source, as a page of the queue shows it."""
        params = {"limit": 200, "source": source}
        return self.client.get("/api/queue", params=params).raise_for_status().json()["items"]

    def event(self, event_id: str) -> dict:
        return self.client.get(f"/api/events/{event_id}").raise_for_status().json()

    def latest(self, event_id: str) -> dict:
        """The decision that holds for an event."""
        return self.event(event_id)["decisions"][-1]

    def new_account(self, role: str) -> str:
        """The name of a new account with ``PASSWORD``."""
        name = f"{role}{next(self.numbers)}"
        account = {"name": name, "role": role, "password": PASSWORD, "must_set_password": False}
        self.client.post("/api/accounts", json=account).raise_for_status()
        return name


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    require(chromium is not None, "Chromium")
    return {**browser_type_launch_args, "executable_path": chromium, "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    require((ROOT / "ui" / "dist" / "index.html").is_file(), "the built UI (`make ui`)")
    for name in (DEFAULT_EMBEDDING_MODEL, DEFAULT_LANGUAGE_MODEL):
        prepare(name, WEIGHTS_DIR)
    data = tmp_path_factory.mktemp("workbench")
    environment = os.environ | {"LOGATLAS_DATA_DIR": str(data), "LOGATLAS_BOOTSTRAP_TOKEN": TOKEN}
    said = data / "said"
    with said.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--port", "0"],
            stdout=out, stderr=subprocess.STDOUT, env=environment, cwd=ROOT,
        )  # fmt: skip
    try:
        link = _awaited(said, server)
        url = json.loads((data / "runtime.json").read_text())["url"]
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=300) as client:
            bench = Workbench(url, link, client)
            bench.classify(*(UNKNOWN.format(n, "abcdefghij"[n % 10], "mnopqrstuvwx"[n % 12]) for n in range(6)))
            yield bench
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)


def _awaited(said: Path, server: subprocess.Popen) -> str:
    """The link that the server prints once it listens."""
    for _ in range(1500):
        assert server.poll() is None, said.read_text()[-4000:]
        found = re.search(r"http://\S+/signin\?link=\S+", said.read_text())
        if found:
            return found[0]
        time.sleep(0.2)
    raise AssertionError(said.read_text()[-4000:])


def _first_admin(workbench: Workbench, browser: Browser) -> dict:
    """The cookies of whoever followed the one-time link, which works as long as nobody else can sign in."""
    if workbench.state is None:
        context = browser.new_context(base_url=workbench.url)
        page = context.new_page()
        page.goto(workbench.link)
        page.get_by_role("textbox", name="New password").fill(PASSWORD)
        page.get_by_role("textbox", name="The same again").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Queue").wait_for()
        workbench.state = context.storage_state()
        context.close()
    return workbench.state


@dataclass
class Person:
    """Somebody signed in with an account of their own, in a browser of their own."""

    name: str
    context: BrowserContext
    page: Page

    def send(self, method: str, path: str, json: dict | None = None) -> tuple[int, dict]:
        """Status and JSON of a request with this person's session."""
        csrf = self.context.request.get("/api/session").json()["csrf_token"]
        answer = self.context.request.fetch(
            path, method=method, data=json, headers={"X-CSRF-Token": csrf} if csrf else {}
        )  # fmt: skip
        return answer.status, answer.json() if answer.headers["content-type"].startswith("application/json") else {}


@pytest.fixture
def person(workbench: Workbench, browser: Browser) -> Iterator[Callable[..., Person]]:
    """Makes a person with a role; ``name`` signs in with an account that is there, ``url`` is another way in."""
    _first_admin(workbench, browser)
    people: list[Person] = []
    faults: list[str] = []

    def make(role: str = "analyst", name: str = "", url: str = "") -> Person:
        name = name or workbench.new_account(role)
        context = browser.new_context(base_url=url or workbench.url, viewport={"width": 1440, "height": 900})
        proof = {"name": name, "password": PASSWORD}
        assert context.request.post("/api/session", data=proof).status == 200
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        people.append(Person(name, context, page))
        return people[-1]

    yield make
    for one in people:
        one.context.close()
    assert not faults, faults


@pytest.fixture
def source(workbench: Workbench) -> str:
    """The name of a source that has no events yet."""
    return f"source{next(workbench.numbers)}"


@pytest.fixture
def line(workbench: Workbench) -> Iterator[Line]:
    """Another way to the server, which can be cut."""
    with line_to(workbench.url) as line:
        yield line


@pytest.fixture
def analyst(workbench: Workbench, browser: Browser) -> Iterator[Page]:
    """A page of somebody who is signed in; fails on errors in the console."""
    context = browser.new_context(
        base_url=workbench.url, storage_state=_first_admin(workbench, browser), viewport={"width": 1440, "height": 900}
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert not errors, errors
