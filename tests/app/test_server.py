"""``logatlas serve`` with its real parts: event store, classifier, memo; the weights are missing, as on a bad day."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
SSHD = "Nov 22 10:00:01 web sshd[4721]: Failed password for root from 192.0.2.7 port 52144 ssh2"


@contextmanager
def running(data_dir, **settings):
    """A server in a process of its own: what it printed when ready, and a client with its local token."""
    environment = os.environ | {
        "LOGATLAS_DATA_DIR": str(data_dir), "LOGATLAS_MODELS_DIR": str(data_dir), "LOGATLAS_LOG_FORMAT": "json",
        "PYTHONPATH": str(ROOT), **settings,
    }  # fmt: skip
    with (data_dir / "log").open("a") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--port", "0"],
            stdout=subprocess.PIPE, stderr=log, text=True, env=environment, cwd=data_dir,
        )  # fmt: skip
    said = []
    while not said or "model:" not in said[-1]:
        line = server.stdout.readline()
        assert line, (data_dir / "log").read_text()
        said.append(line)
    runtime = json.loads((data_dir / "runtime.json").read_text())
    with httpx.Client(base_url=runtime["url"], headers={"Authorization": f"Bearer {runtime['token']}"}) as client:
        client.timeout = 60
        yield "".join(said), client
    server.send_signal(signal.SIGTERM)
    with server.stdout:
        server.stdout.read()
    assert server.wait(timeout=60) == 0, (data_dir / "log").read_text()
    assert not (data_dir / "runtime.json").exists()


@pytest.fixture(scope="module")
def first_run(module_folder):
    """What happened in the first life of a data folder."""
    data_dir = module_folder
    with running(data_dir) as (said, client):
        decision = client.post("/classify", json={"raw": SSHD}).json()
        ready = client.get("/readyz").json()
        metrics = client.get("/metrics").text
    return {
        "data_dir": data_dir,
        "said": said,
        "decision": decision,
        "ready": ready,
        "metrics": metrics,
        "token": re.search(r"First token.*: (lat_\S+)", said),
    }


def test_without_weights_events_are_decided_and_the_decision_says_what_was_missing(first_run):
    decision = first_run["decision"]
    assert decision["class_uid"] == 3002
    assert "knowledge" in decision["degraded"]
    assert first_run["ready"]["status"] == "degraded"
    assert first_run["ready"]["parts"]["store"]["status"] == "ok"
    assert first_run["ready"]["parts"]["model"]["status"] == "down"
    assert "models prepare" in first_run["ready"]["parts"]["model"]["detail"]


def test_the_ready_line_names_what_is_missing(first_run):
    assert first_run["said"].startswith("Logatlas is ready on http://127.0.0.1:")
    assert "embeddings: down" in first_run["said"]


def test_metrics_show_the_stages(first_run):
    assert 'logatlas_stage_seconds_count{stage="parse"} 1.0' in first_run["metrics"]
    assert "logatlas_spool_records" in first_run["metrics"]
    assert 'logatlas_part_up{part="model"} 0.0' in first_run["metrics"]


def test_a_restart_keeps_events_decisions_and_tokens(first_run):
    first = first_run["decision"]
    with running(first_run["data_dir"]) as (said, client):
        assert "First token" not in said
        assert client.get(f"/api/decisions/{first['decision_id']}").json() == first
        event = client.get(f"/api/events/{first['event_id']}").json()
        assert event["raw"] == SSHD
        assert [d["decision_id"] for d in event["decisions"]] == [first["decision_id"]]
        mine = {"Authorization": f"Bearer {first_run['token'][1]}"}
        assert client.get("/api/tokens", headers=mine).status_code == 200


def test_the_log_holds_neither_events_nor_tokens(first_run):
    log = (first_run["data_dir"] / "log").read_text()
    assert '"event": "request"' in log
    assert "192.0.2.7" not in log
    assert "Failed password" not in log
    assert first_run["token"][1] not in log


def test_a_bootstrap_token_is_admin_and_is_not_printed(tmp_path):
    secret = "bootstrap-token-of-a-container"
    with running(tmp_path, LOGATLAS_BOOTSTRAP_TOKEN=secret) as (said, client):
        assert "First token" not in said
        assert secret not in said
        assert client.get("/api/tokens", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
