"""Parts that come and go, and what the service says of them."""

from __future__ import annotations

import threading

import pytest

from agents.errors import LogatlasError
from agents.knowledge.base import Kind, KnowledgeUnavailableError
from agents.knowledge.build import SyncReport
from agents.knowledge.embedding import EmbeddingUnavailableError
from app import parts
from app.knowledge_sync import KnowledgeSync
from app.parts import ReopeningKnowledge, ReopeningModel
from app.readiness import PartHealth, Readiness, State


class Base:
    """A knowledge base with ``classes`` class chunks."""

    def __init__(self, classes=0):
        self.classes = classes
        self.closed = False

    def count(self, kind=None, ocsf_version=None):
        return self.classes if kind == Kind.CLASS else 0

    def check(self):
        pass

    def close(self):
        self.closed = True


def away():
    raise KnowledgeUnavailableError("no answer from the server")


def test_a_part_that_comes_back_is_used_again(monkeypatch):
    answers = [away, away, Base]
    knowledge = ReopeningKnowledge("test", lambda: answers.pop(0)())
    now = [0.0]
    monkeypatch.setattr(parts.time, "monotonic", lambda: now[0])
    for _ in range(3):
        with pytest.raises(KnowledgeUnavailableError, match="no answer"):
            knowledge.check()
    assert len(answers) == 2, "a part that is away must not be tried on every event"
    now[0] = parts.RETRY_S
    with pytest.raises(KnowledgeUnavailableError):
        knowledge.check()
    now[0] = 2 * parts.RETRY_S
    knowledge.check()


def test_events_do_not_queue_behind_an_attempt_to_open_a_part(monkeypatch):
    monkeypatch.setattr(parts, "RETRY_S", 0.0)
    opening, go_on = threading.Event(), threading.Event()

    def slow():
        opening.set()
        go_on.wait(10)
        return away()

    attempts = [away, slow]
    knowledge = ReopeningKnowledge("test", lambda: attempts.pop(0)())
    with pytest.raises(KnowledgeUnavailableError):
        knowledge.check()

    def check():
        with pytest.raises(KnowledgeUnavailableError):
            knowledge.check()

    first = threading.Thread(target=check)
    first.start()
    assert opening.wait(10)
    with pytest.raises(KnowledgeUnavailableError, match="no answer"):
        knowledge.check()
    go_on.set()
    first.join()


def test_a_closed_part_stays_closed():
    made = []
    knowledge = ReopeningKnowledge("test", lambda: made.append(Base()) or made[0])
    knowledge.check()
    knowledge.close()
    assert made[0].closed
    with pytest.raises(KnowledgeUnavailableError):
        knowledge.check()


def test_a_model_has_its_name_before_it_is_open():
    assert ReopeningModel("smollm2", away).name == "smollm2"


def run_sync(knowledge, sync, expected=10):
    running = KnowledgeSync(knowledge, sync, expected)
    assert running.health().status == State.STARTING
    running.start()
    assert running.wait(10)
    health = running.health()
    running.close()
    return health


def test_a_full_sync_is_ok():
    knowledge = Base()

    def sync(progress):
        progress(1, 10)
        knowledge.classes = 10
        return SyncReport(10, 0, 0, 0)

    assert run_sync(knowledge, sync) == PartHealth(State.OK)


def test_first_start_tells_how_far_it_is():
    knowledge, half, go_on = Base(), threading.Event(), threading.Event()

    def sync(progress):
        progress(5, 10)
        half.set()
        go_on.wait(10)
        knowledge.classes = 10
        return SyncReport(10, 0, 0, 0)

    running = KnowledgeSync(knowledge, sync, 10)
    running.start()
    assert half.wait(10)
    assert running.health() == PartHealth(State.STARTING, "first start: 5 of 10 chunks written")
    go_on.set()
    running.wait(10)
    assert running.health().status == State.OK
    running.close()


@pytest.mark.parametrize(
    ("sync", "words"),
    [
        (lambda _: away(), "no answer"),
        (lambda _: 1 / 0, "see the log"),
        (lambda _: SyncReport(8, 0, 0, 0, ("a", "b")), "2 chunks"),
    ],
)
def test_a_failed_sync_degrades(sync, words):
    health = run_sync(Base(10), sync)
    assert health.status == State.DEGRADED
    assert words in health.detail


def half_way(knowledge):
    """A synchronisation that breaks off after 3 of 10 chunks."""

    def sync(progress):
        progress(3, 10)
        knowledge.classes = 3
        raise EmbeddingUnavailableError("the embeddings died")

    return sync


def test_a_first_sync_that_fails_half_way_leaves_it_filling_and_degraded():
    knowledge = Base()
    running = KnowledgeSync(knowledge, half_way(knowledge), 10)
    running.start()
    assert running.wait(10)
    running.close()
    assert running.filling
    health = running.health()
    assert health.status == State.DEGRADED
    assert "the embeddings died" in health.detail


def test_a_command_whose_sync_fails_half_way_is_filling():
    knowledge = Base()
    running = KnowledgeSync(knowledge, half_way(knowledge), 10)
    with pytest.raises(EmbeddingUnavailableError):
        running.now(lambda done, total: None)
    assert running.filling


def test_a_full_knowledge_base_is_used_though_its_sync_fails():
    running = KnowledgeSync(Base(10), lambda _: away(), 10)
    with pytest.raises(LogatlasError):
        running.now()
    assert not running.filling
    running.start()
    running.wait(10)
    running.close()
    assert not running.filling


def test_the_next_attempt_ends_the_filling(monkeypatch):
    monkeypatch.setattr("app.knowledge_sync._PAUSE_S", 0.0)
    knowledge, attempts, whole = Base(), [half_way], threading.Event()

    def sync(progress):
        if attempts:
            return attempts.pop()(knowledge)(progress)
        knowledge.classes = 10
        whole.set()
        return SyncReport(10, 0, 0, 0)

    running = KnowledgeSync(knowledge, sync, 10)
    running.start()
    assert whole.wait(10)
    running.close()
    assert not running.filling
    assert running.health() == PartHealth(State.OK)


def test_an_empty_knowledge_base_degrades():
    assert "empty" in run_sync(Base(), lambda _: SyncReport(0, 0, 0, 0)).detail


def test_a_part_that_hangs_is_down_and_does_not_hold_up_the_others(monkeypatch):
    monkeypatch.setattr("app.readiness.CHECK_TIMEOUT_S", 0.2)
    go_on = threading.Event()
    readiness = Readiness(
        {"slow": lambda: go_on.wait(10) and PartHealth(State.OK), "store": lambda: PartHealth(State.OK)},
        frozenset({"store"}),
    )
    report = readiness.report()
    assert report.parts["slow"].status == State.DOWN
    assert report.parts["store"].status == State.OK
    assert report.ready
    go_on.set()
    readiness.close()


def test_a_check_that_raises_is_down_with_its_message():
    def check():
        raise LogatlasError("disk is on fire")

    readiness = Readiness({"store": check}, frozenset({"store"}))
    assert readiness.report().status == State.DOWN
    assert readiness.report().parts["store"].detail == "disk is on fire"
    readiness.close()
