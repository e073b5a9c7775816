"""A service over quick stand-ins for the parts that other tests exercise: classifier, store and knowledge base."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog
from flask.testing import FlaskClient

from agents.classifier.decision import DecidedBy, Decision, EvidenceItem, ScoredClass, Status, Versions
from agents.events.event import Event, Field, Format, Source
from agents.knowledge.base import Chunk, Hit, Kind
from agents.knowledge.catalog import Catalog
from agents.ocsf import load_taxonomy
from app import create_app
from app.auth import Authenticator
from app.knowledge_editing import KnowledgeEditor
from app.readiness import PartHealth, Readiness, State
from app.settings import Settings
from app.storage.errors import StorageUnavailableError
from app.storage.knowledge_usage import Usage
from app.telemetry import Reading, Telemetry, new_id

_SERVER = Path(__file__).with_name("serve_stand_ins.py")
ADMIN, CLASSIFY, READ = "admin-token-for-tests", "lat_classify", "lat_read"


class FakeClassifier:
    """Decides everything as Authentication; slow where the log says so, broken where it says so."""

    def warm_up(self):
        """Nothing to warm up."""

    def classify(self, raw, source=None, *, event_id=None):
        if "explode" in raw:
            raise RuntimeError("secret detail of the fault")
        if "slow" in raw:
            time.sleep(0.05)
        event = Event(raw, source or Source(), (Format.TEXT,), (Field("user", "alice", (0, 1)),))
        decision = Decision(
            event_id=event_id or new_id(),
            decision_id=new_id(),
            decided_at=datetime.now(UTC),
            ocsf_version="1.8.0",
            category_uid=3,
            category_name="Identity & Access Management",
            class_uid=3002,
            class_name="Authentication",
            activity_id=1,
            activity_name="Logon",
            confidence=0.97,
            status=Status.AUTO,
            decided_by=DecidedBy.RANKER,
            template_id="0123456789abcdef",
            candidates=(ScoredClass(3002, "Authentication", 1.0),),
            evidence=(EvidenceItem("guide:linux-sshd:accepted", "guide", "sshd", 1.0, ("user",), ((0, 1),)),),
            # Evidence quotes the log: it is where bytes that are not UTF-8 could come back.
            rationale=f"{raw[:60]}",
            versions=Versions("none", "none", "", "k1", "r1", "1", "1.8.0"),
            degraded=("model",) if "degraded" in raw else (),
            latency_ms={"parse": 0.1, "total": 1.0},
        )
        return SimpleNamespace(event=event, decision=decision)


@dataclass
class FakeStore:
    """Keeps everything in memory; ``down`` makes it refuse."""

    events: dict = field(default_factory=dict)
    decisions: dict = field(default_factory=dict)
    down: bool = False
    knowledge_usage: object = field(default_factory=lambda: SimpleNamespace(usage=lambda _: Usage(0, None, ())))
    search: object = field(default_factory=lambda: SimpleNamespace(around=lambda *_: [], count_of_template=lambda _: 0))

    def record_many(self, records):
        if self.down:
            raise StorageUnavailableError("the disk is full")
        for event, decision in records:
            self.events[event.event_id] = event
            self.decisions[decision.decision_id] = decision

    def event(self, event_id):
        return self.events.get(event_id)

    def decision(self, decision_id):
        return self.decisions.get(decision_id)

    def decisions_of(self, event_id):
        return [d for d in self.decisions.values() if d.event_id == event_id]


@dataclass
class FakeTokens:
    """Knows two tokens, and those that are made."""

    known: dict = field(
        default_factory=lambda: {
            CLASSIFY: SimpleNamespace(token_id="t1", name="pipeline", scopes=("classify",)),
            READ: SimpleNamespace(token_id="t2", name="dashboard", scopes=("read",)),
        }
    )

    def verify(self, secret):
        return self.known.get(secret)

    def create(self, name, scopes, expires_at=None):
        secret = f"lat_{name}"
        self.known[secret] = SimpleNamespace(token_id=f"id-{name}", name=name, scopes=tuple(scopes))
        return f"id-{name}", secret

    def list_all(self):
        none = {"created_at": datetime(2026, 1, 1, tzinfo=UTC), "expires_at": None, "revoked_at": None}
        return [SimpleNamespace(**vars(token), **none) for token in self.known.values()]

    def revoke(self, token_id):
        found = [secret for secret, token in self.known.items() if token.token_id == token_id]
        for secret in found:
            del self.known[secret]
        return bool(found)


class FakeKnowledge:
    """Five chunks; a search finds those that contain the text."""

    def __init__(self):
        self.chunks = [
            Chunk(f"guide:test:{n}", Kind.GUIDE, f"guide {n}", f"logon number {n}", "1.8.0", 3002, 1, (), {"n": n})
            for n in range(5)
        ]

    def search(self, query):
        found = [c for c in self.chunks if query.text in c.text and c.kind in query.limits]
        return [Hit(c, 1.0 / rank, rank, 0.5) for rank, c in enumerate(found, 1)][: max(query.limits.values())]

    def browse(self, kind=None, *, limit=50, cursor=None):
        start = int(cursor or 0)
        found = [c for c in self.chunks if kind in (None, c.kind)]
        end = start + limit
        return found[start:end], str(end) if end < len(found) else None

    def version(self):
        return "v1"

    def manifest(self, kinds):
        return [(c.chunk_id, c.content_hash) for c in self.chunks if c.kind in kinds]

    def get(self, chunk_ids):
        return [c for c in self.chunks if c.chunk_id in chunk_ids]

    def upsert(self, chunks, progress=None):
        self.delete([c.chunk_id for c in chunks])
        self.chunks += chunks

    def delete(self, chunk_ids):
        self.chunks = [c for c in self.chunks if c.chunk_id not in chunk_ids]


@pytest.fixture
def make_services() -> Iterator:
    """Makes the services with settings changed; ``parts`` are the checks of readiness."""
    opened = []

    def make(parts=None, **settings):
        telemetry = Telemetry()
        telemetry.watch(lambda: [Reading("logatlas_memo_hits", "Memo hits.", 7, {}, counts=True)])
        tokens = FakeTokens()
        taxonomy, catalog, knowledge = load_taxonomy(), Catalog(()), FakeKnowledge()
        services = SimpleNamespace(
            settings=Settings(_env_file=None, **settings),
            taxonomy=taxonomy,
            classifier=FakeClassifier(),
            store=FakeStore(),
            tokens=tokens,
            knowledge=knowledge,
            embedder=None,
            telemetry=telemetry,
            catalog=catalog,
            knowledge_editor=KnowledgeEditor(knowledge, taxonomy, catalog),
            decision_chunks=SimpleNamespace(note=lambda _: None),
            reviews=SimpleNamespace(loop=SimpleNamespace(of_template=lambda _: [])),
            readiness=Readiness(parts or {"store": lambda: PartHealth(State.OK)}, frozenset({"store"})),
            authenticator=Authenticator(tokens, {"bootstrap": ADMIN}),
            executor=ThreadPoolExecutor(4),
        )
        opened.append(services)
        return services

    yield make
    for services in opened:
        services.executor.shutdown()
        services.readiness.close()


@pytest.fixture
def services(make_services):
    """The services with default settings."""
    return make_services()


@pytest.fixture
def client(services) -> FlaskClient:
    """A client of the API that sends an admin token."""
    return client_of(services)


class WholeAnswers(FlaskClient):
    """Reads and closes each answer before returning it, as HTTP clients do."""

    def open(self, *args, **kwargs):
        """As in ``FlaskClient``."""
        return super().open(*args, **{"buffered": True, **kwargs})


def client_of(services, token: str | None = ADMIN) -> FlaskClient:
    """A client of the API over ``services``."""
    app = create_app(services)
    app.test_client_class = WholeAnswers
    client = app.test_client()
    if token is not None:
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


@pytest.fixture
def as_token(services):
    """Makes a client that sends another token, or none."""
    return lambda token: client_of(services, token)


@pytest.fixture(autouse=True)
def plain_structlog() -> Iterator[None]:
    """Leaves the log configuration as it was."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def as_client():
    """Makes a client of given services."""
    return client_of


@pytest.fixture(scope="module")
def server_address(module_folder):
    """Host and port of gunicorn, as ``logatlas serve`` runs it, over stand-ins for the parts."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path.cwd()), str(_SERVER.parent)])}
    server = subprocess.Popen(
        [sys.executable, str(_SERVER), str(module_folder)], stdout=subprocess.PIPE, text=True, env=environment
    )
    ready = server.stdout.readline()
    assert "ready on http://127.0.0.1:" in ready
    yield "127.0.0.1", int(ready.rpartition(":")[2])
    server.send_signal(signal.SIGTERM)
    with server.stdout:
        assert server.wait(timeout=30) == 0
