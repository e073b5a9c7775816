"""The main job with every real part: a server from nothing, real logs in, decisions with evidence out, a restart."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from models import DEFAULT_EMBEDDING_MODEL, DEFAULT_LANGUAGE_MODEL, WEIGHTS_DIR
from models.prepare import prepare

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "corpora" / "dev.jsonl"

SSHD = "Nov  3 10:11:12 web-01 sshd[4242]: Accepted publickey for alice from 10.1.2.3 port 50022 ssh2"
WINDOWS = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='Microsoft-Windows-Security-Auditing' Guid='{54849625-5478-4994-A5BA-3E3B0328C30D}'/>"
    "<EventID>4720</EventID><Version>0</Version><Level>0</Level><Task>13824</Task><Channel>Security</Channel>"
    "<Computer>dc01.corp.example.com</Computer></System><EventData>"
    "<Data Name='TargetUserName'>new.hire</Data><Data Name='SubjectUserName'>admin</Data></EventData></Event>"
)
CLOUDTRAIL = json.dumps(
    {
        "eventVersion": "1.08",
        "userIdentity": {"type": "IAMUser", "userName": "alice", "accountId": "123456789012"},
        "eventTime": "2026-11-03T10:11:12Z",
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "responseElements": {"ConsoleLogin": "Success"},
        "eventType": "AwsConsoleSignIn",
    }
)
EVENTS = [
    pytest.param(SSHD, 3002, "Logon", "guide:linux-sshd:", id="sshd"),
    pytest.param(WINDOWS, 3001, "Create", "guide:windows-security:", id="windows"),
    pytest.param(CLOUDTRAIL, 3002, "Logon", "guide:aws-cloudtrail:", id="cloudtrail"),
]


@contextmanager
def serving(data_dir, **settings):
    """A server in a process of its own; a client with its first token, and what it printed when ready."""
    environment = os.environ | {"LOGATLAS_DATA_DIR": str(data_dir), "LOGATLAS_LOG_FORMAT": "json", **settings}
    with (data_dir / "log").open("a") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--port", "0"],
            stdout=subprocess.PIPE, stderr=log, text=True, env=environment, cwd=data_dir,
        )  # fmt: skip
    try:
        said = []
        while not said or "/docs" not in said[-1]:
            line = server.stdout.readline()
            assert line, (data_dir / "log").read_text()[-4000:]
            said.append(line)
        runtime = json.loads((data_dir / "runtime.json").read_text())
        headers = {"Authorization": f"Bearer {runtime['token']}"}
        with httpx.Client(base_url=runtime["url"], headers=headers, timeout=600) as client:
            yield client, "".join(said)
    finally:
        server.send_signal(signal.SIGTERM)
        with server.stdout:
            server.stdout.read()
        ended = server.wait(timeout=60)
    assert ended == 0, (data_dir / "log").read_text()[-4000:]


@pytest.fixture(scope="module")
def data_dir(module_folder):
    for name in (DEFAULT_EMBEDDING_MODEL, DEFAULT_LANGUAGE_MODEL):
        prepare(name, WEIGHTS_DIR)
    return module_folder


@pytest.fixture(scope="module")
def life(data_dir):
    """The server of the first tests; ends with the module, or when a test wants its data folder."""
    with ExitStack() as stack:
        yield stack, *stack.enter_context(serving(data_dir))


@pytest.fixture(scope="module")
def client(life):
    return life[1]


@pytest.fixture(scope="module")
def lived(life, data_dir):
    """The data folder after the first server has ended."""
    life[0].close()
    return data_dir


@pytest.mark.parametrize(("raw", "class_uid", "activity", "guide"), EVENTS)
def test_real_logs_get_the_right_class_and_the_evidence_names_the_guide(client, raw, class_uid, activity, guide):
    decision = client.post("/classify", json={"raw": raw}).json()
    assert (decision["class_uid"], decision["activity_name"]) == (class_uid, activity)
    assert (decision["degraded"], decision["status"]) == ([], "auto")
    best = decision["evidence"][0]
    assert best["chunk_id"].startswith(guide)
    assert best["title"] in decision["rationale"]
    for start, end in best["spans"]:
        assert raw[start:end]
    again = client.post("/classify", json={"raw": raw}).json()
    assert again["decided_by"] == "memo"
    assert (again["class_uid"], again["evidence"]) == (class_uid, decision["evidence"])
    assert client.get(f"/api/decisions/{decision['decision_id']}").json() == decision


def test_every_part_is_ready(life):
    _, client, said = life
    parts = client.get("/readyz").json()["parts"]
    assert {name: part["status"] for name, part in parts.items()} == dict.fromkeys(
        ("store", "knowledge", "embeddings", "model", "transcripts"), "ok"
    )
    assert re.search(r"First token.*: lat_\S+", said)


def test_the_model_takes_part_where_nothing_is_known(client):
    decision = client.post("/classify", json={"raw": "zorp: the frobnicator quux was wibbled by nobody"}).json()
    assert decision["decided_by"] in ("llm", "ranker")
    assert decision["versions"]["model"] != "none"
    assert decision["candidates"]


def test_knowledge_can_be_searched(client):
    found = client.get("/api/knowledge", params={"q": "user logged on", "kind": "class", "limit": 10}).json()
    assert "Authentication" in {chunk["title"] for chunk in found["items"]}


def test_the_command_line_talks_to_the_running_server(client, data_dir, tmp_path):
    (tmp_path / "auth.log").write_text(f"{SSHD}\n{SSHD.replace('alice', 'bob')}\n")
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "classify", str(tmp_path / "auth.log"), "--format", "jsonl"],
        capture_output=True, text=True, env=os.environ | {"LOGATLAS_DATA_DIR": str(data_dir)}, check=True, cwd=data_dir,
    )  # fmt: skip
    decisions = [json.loads(line) for line in done.stdout.splitlines()]
    assert [d["class_uid"] for d in decisions] == [3002, 3002]


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="the labelled corpora are not beside this checkout")
def test_all_of_the_corpus_streams_through_with_a_decision_for_each(client):
    rows = [json.loads(line) for line in CORPUS.read_text().splitlines()]
    body = "".join(json.dumps({"raw": row["raw"]}) + "\n" for row in rows)
    answer = client.post("/classify", content=body.encode(), headers={"Content-Type": "application/x-ndjson"})
    assert answer.status_code == 200
    decisions = [json.loads(line) for line in answer.text.splitlines()]
    assert len(decisions) == len(rows)
    assert not [d for d in decisions if "error" in d]
    right = sum(d["class_uid"] == row["class_uid"] for d, row in zip(decisions, rows, strict=True))
    assert right / len(rows) > 0.8


def test_a_restart_keeps_events_decisions_memo_and_knowledge(lived):
    with serving(lived) as (client, said):
        assert "First token" not in said
        decision = client.post("/classify", json={"raw": SSHD}).json()
        assert decision["decided_by"] == "memo"
        event = client.get(f"/api/events/{decision['event_id']}").json()
        assert event["raw"] == SSHD
        chunk = client.get(f"/api/knowledge/decision:{decision['template_id']}").json()
        assert (chunk["kind"], chunk["class_uid"]) == ("decision", 3002)
        assert chunk["metadata"]["count"] >= 4


def test_without_the_model_s_file_decisions_come_and_say_so(lived, tmp_path):
    weights = tmp_path / "weights"
    weights.mkdir()
    embeddings = prepare(DEFAULT_EMBEDDING_MODEL, WEIGHTS_DIR)
    for path in (embeddings, embeddings.with_name(f".{embeddings.name}.stamp")):
        (weights / path.name).symlink_to(path)
    with serving(lived, LOGATLAS_MODELS_DIR=str(weights)) as (client, _):
        for raw in (SSHD, "zorp: wibble"):
            assert "model" in client.post("/classify", json={"raw": raw}).json()["degraded"]
        assert client.get("/readyz").json()["parts"]["model"]["status"] == "down"


def test_with_trieve_unreachable_decisions_come_and_say_so(lived):
    trieve = {"TRIEVE_URL": "http://127.0.0.1:9", "TRIEVE_API_KEY": "not-a-real-key"}
    with serving(lived, **trieve) as (client, _):
        decision = client.post("/classify", json={"raw": SSHD}).json()
        assert (decision["class_uid"], "knowledge" in decision["degraded"]) == (3002, True)
        assert client.get("/readyz").json()["parts"]["knowledge"]["status"] in ("down", "degraded")
