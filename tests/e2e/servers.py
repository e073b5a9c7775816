"""A server that a test starts itself: on data of its own, stopped and started again, or with nothing in it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
from playwright.sync_api import Browser, BrowserContext, StorageState

from models import DEFAULT_EMBEDDING_MODEL, DEFAULT_LANGUAGE_MODEL, WEIGHTS_DIR
from models.prepare import prepare
from tests.conftest import ROOT, require

TOKEN = "a-token-for-browser-tests-0123456789"
PASSWORD = "four plain words here"


class OwnServer:
    """``logatlas serve`` on a folder and a port that stay the same over ``stop`` and ``start``."""

    def __init__(self, data: Path) -> None:
        require((ROOT / "ui" / "dist" / "index.html").is_file(), "the built UI (`make ui`)")
        for name in (DEFAULT_EMBEDDING_MODEL, DEFAULT_LANGUAGE_MODEL):
            prepare(name, WEIGHTS_DIR)
        self._data = data
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.link = ""
        self._state: StorageState | None = None
        self.url = f"http://127.0.0.1:{self._port}"
        self.client = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=300)

    def start(self) -> OwnServer:
        """Return once it answers; one that runs is left alone."""
        if self._process is not None:
            return self
        said = self._data / f"said-{time.monotonic_ns()}"
        environment = os.environ | {"LOGATLAS_DATA_DIR": str(self._data), "LOGATLAS_BOOTSTRAP_TOKEN": TOKEN}
        with said.open("w") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "serve", "--port", str(self._port)],
                stdout=out, stderr=subprocess.STDOUT, env=environment, cwd=ROOT, start_new_session=True,
            )  # fmt: skip
        for _ in range(1500):
            assert self._process.poll() is None, said.read_text()[-4000:]
            if self._answers():
                found = re.search(r"http://\S+/signin\?link=\S+", said.read_text())
                self.link = found[0] if found else self.link
                if self.link:
                    return self
            time.sleep(0.2)
        raise AssertionError(said.read_text()[-4000:])

    def stop(self) -> None:
        """End it as an operator does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=60)
            self._process = None

    def close(self) -> None:
        """End it for good."""
        self.client.close()
        self.stop()

    def kill(self) -> None:
        """End it with all of its processes as a power cut does."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=60)
            self._process = None

    def classify(self, *raws: str) -> list[dict]:
        """Decisions of these logs."""
        answer = self.client.post("/classify", json={"events": [{"raw": raw} for raw in raws]})
        return answer.raise_for_status().json()["decisions"]

    def sign_in(self, browser: Browser) -> BrowserContext:
        """A browser of its own in which the first person is signed in."""
        window = {"width": 1440, "height": 900}
        if self._state is None:
            context = browser.new_context(base_url=self.url)
            page = context.new_page()
            page.goto(self.link)
            page.locator("input[type=password]").nth(1).fill(PASSWORD)
            page.locator("input[type=password]").first.fill(PASSWORD)
            page.keyboard.press("Enter")
            page.get_by_role("navigation", name="Pages").wait_for()
            self._state = context.storage_state()
            context.close()
        return browser.new_context(base_url=self.url, viewport=window, storage_state=self._state)

    def _answers(self) -> bool:
        try:
            url = json.loads((self._data / "runtime.json").read_text())["url"]
            return url == self.url and httpx.get(f"{url}/healthz", timeout=5).is_success
        except (OSError, ValueError, KeyError, httpx.HTTPError):
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
