"""The log: what must be in it, and what must never be."""

from __future__ import annotations

import json
import logging

import pytest

from app.settings import Settings
from app.telemetry import configure_logging


@pytest.fixture
def log_lines(capsys):
    """Log lines since the last call, as objects; the log goes to stderr as JSON."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def read():
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    def start(level_name="info"):
        configure_logging(Settings(_env_file=None, log_format="json", log_level=level_name))
        return read

    yield start
    root.handlers[:] = handlers
    root.setLevel(level)


def test_each_request_is_one_line_with_what_it_did(client, log_lines):
    read = log_lines()
    client.post("/classify", data=b"one\ntwo\n", content_type="text/plain", headers={"X-Request-ID": "abc-1"})
    client.post("/classify", data=b'{"raw": ""}\n{"raw": "x"}', content_type="application/x-ndjson")
    batch, stream = read()
    assert batch | {"timestamp": "", "duration_ms": 0} == {
        "event": "request", "level": "info", "timestamp": "", "request_id": "abc-1", "token": "bootstrap",
        "method": "POST", "path": "/classify", "status": 200, "duration_ms": 0, "events": 2, "errors": 0,
    }  # fmt: skip
    assert (stream["events"], stream["errors"]) == (1, 1)


def test_neither_events_nor_tokens_nor_queries_are_logged(client, as_token, services, log_lines):
    read = log_lines()
    secret = "hunter2-very-secret"
    client.post("/classify", json={"raw": f"password={secret}"})
    client.post("/classify", json={"raw": f"explode {secret}"})
    client.post("/classify", data=f'{{"raw": "{secret}", }}', content_type="application/json")
    client.post(
        "/classify",
        data=f"{secret}\nexplode {secret}",
        content_type="text/plain",
        headers={"Accept": "application/x-ndjson"},
    )
    client.get(f"/api/knowledge?q={secret}")
    as_token(secret).get("/api/knowledge")
    made = client.post("/api/tokens", json={"name": "n", "scopes": ["read"]}).json["token"]
    services.store.down = True
    client.post("/classify", json={"raw": secret})
    text = json.dumps(read())
    assert "request" in text
    assert secret not in text
    assert "admin-token-for-tests" not in text
    assert made not in text


def test_faults_are_logged_with_their_trace_and_request_id(client, services, log_lines):
    read = log_lines()
    services.store.decision = None
    client.get("/api/decisions/x", headers={"X-Request-ID": "find-me"})
    fault = next(line for line in read() if line["event"] == "unhandled exception")
    assert fault["request_id"] == "find-me"
    assert "TypeError" in fault["exception"]


def test_faults_in_a_stream_carry_the_request_id_too(client, log_lines):
    read = log_lines()
    client.post(
        "/classify",
        data=b'{"raw": "explode"}',
        content_type="application/x-ndjson",
        headers={"X-Request-ID": "find-me"},
    )
    fault = next(line for line in read() if line["event"] == "unhandled exception")
    assert fault["request_id"] == "find-me"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "ü", "a;b", "../x"])
def test_strange_request_ids_are_replaced(client, given):
    answer = client.get("/healthz", headers={"X-Request-ID": given} if given else {})
    assert answer.headers["X-Request-ID"] != given
    assert len(answer.headers["X-Request-ID"]) == 36


def test_probes_are_quiet(as_token, log_lines):
    read = log_lines()
    as_token(None).get("/healthz")
    assert read() == []


def test_level_is_respected(client, log_lines):
    read = log_lines("error")
    client.get("/nowhere")
    assert read() == []
