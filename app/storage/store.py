"""The event store as the service uses it: what is recorded is durable at once, found at once, and stored soon."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.storage.accounts import AccountRepository
from app.storage.audit import AuditRepository
from app.storage.chat import ChatRepository
from app.storage.chat_figures import ChatFigures
from app.storage.clickhouse import ClickHouse, open_clickhouse
from app.storage.codec import dump, load
from app.storage.decisions import DecisionRepository, StoredDecision
from app.storage.distribution import DistributionRepository
from app.storage.drain import Drain
from app.storage.errors import StorageRejectedError
from app.storage.evaluations import EvaluationRepository
from app.storage.events import EventRepository, StoredEvent, id_or_none
from app.storage.knowledge_usage import KnowledgeUsageRepository
from app.storage.migrate import migrate
from app.storage.pins import PinRepository
from app.storage.queue import QueueRepository
from app.storage.review_batches import ReviewBatchRepository
from app.storage.reviews import ReviewRepository
from app.storage.search import SearchRepository
from app.storage.sessions import SessionRepository
from app.storage.spool import Record, Spool
from app.storage.stats import StatsRepository
from app.storage.template_events import TemplateEvents
from app.storage.tokens import TokenRepository

CLOSE_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be stored, for metrics and health pages.

    An event with its decision is one record. ``records`` and ``bytes`` wait, the oldest for ``oldest_age_s`` seconds;
    ``stored`` and ``quarantined`` count since the start. ``last_error`` says why nothing is being stored, and is empty
    while all is well.
    """

    records: int
    bytes: int
    oldest_age_s: float
    stored: int
    quarantined: int
    last_error: str


class Store:
    """Events and decisions, through the spool; reviews, chat and tokens, directly. Threads may share it."""

    def __init__(self, clickhouse: ClickHouse, spool: Spool) -> None:
        """Migrate ``clickhouse`` and start moving records from ``spool`` to it; both are closed with this.

        Raises:
            MigrationError: the database does not fit this program.
            StorageError, StorageUnavailableError
        """
        migrate(clickhouse)
        self.clickhouse = clickhouse
        self.events = EventRepository(clickhouse)
        self.decisions = DecisionRepository(clickhouse)
        self.reviews = ReviewRepository(clickhouse)
        self.review_batches = ReviewBatchRepository(clickhouse)
        self.pins = PinRepository(clickhouse)
        self.queue = QueueRepository(clickhouse)
        self.template_events = TemplateEvents(clickhouse)
        self.on_stored: Callable[[Sequence[StoredDecision]], None] = lambda _: None
        """Called with decisions that came through the spool, once the tables have them."""
        self.chat = ChatRepository(clickhouse)
        self.chat_figures = ChatFigures(clickhouse)
        self.search = SearchRepository(clickhouse)
        self.distribution = DistributionRepository(clickhouse)
        self.stats = StatsRepository(clickhouse)
        self.tokens = TokenRepository(clickhouse)
        self.accounts = AccountRepository(clickhouse)
        self.sessions = SessionRepository(clickhouse)
        self.audit = AuditRepository(clickhouse)
        self.evaluations = EvaluationRepository(clickhouse)
        self.knowledge_usage = KnowledgeUsageRepository(clickhouse)
        self._spool = spool
        self._drain = Drain(spool, self._insert)

    # -- writing

    def record(self, event: StoredEvent, decision: StoredDecision) -> None:
        """Keep an event and its decision. See ``record_many``."""
        self.record_many([(event, decision)])

    def record_many(self, decided: Iterable[tuple[StoredEvent, StoredDecision]]) -> None:
        """Keep events and their decisions, in one write.

        On return they are durable and found by their ids. They are in the tables, where searches and counts look,
        within a second of a store that is up. A process killed before that leaves each event with its decision, or
        neither.

        Raises:
            StorageRejectedError: something cannot be written as JSON. Nothing was kept.
            StorageUnavailableError: the disk or the spool is full. Nothing was kept.
        """
        self._spool.append([_decided_record(event, decision) for event, decision in decided])

    def record_decision(self, decision: StoredDecision) -> None:
        """Keep a further version of the decision on an event that is recorded already. See ``record_many``."""
        self._spool.append([Record(_keys(decision), dump({"decision": _spooled(decision)}))])

    # -- reading

    def event(self, event_id: str) -> StoredEvent | None:
        """The event with this id, ``None`` where there is none.

        Raises:
            StorageError, StorageUnavailableError: as every reading function here.
        """
        waiting = [_event(body) for body in self._waiting("e", event_id)]
        return waiting[-1] if waiting else self.events.get(event_id)

    def decision(self, decision_id: str) -> StoredDecision | None:
        """The decision with this id, ``None`` where there is none."""
        waiting = [_decision(body) for body in self._waiting("d", decision_id)]
        return waiting[-1] if waiting else self.decisions.get(decision_id)

    def decisions_of(self, event_id: str) -> list[StoredDecision]:
        """Every version decided on an event, oldest first."""
        # Waiting ones first: in the other order one that is stored in between would be missed.
        waiting = [_decision(body) for body in self._waiting("v", event_id)]
        found = {(d.version, d.decision_id): d for d in [*self.decisions.of_event(event_id), *waiting]}
        return sorted(found.values(), key=_age)

    def latest_decision(self, event_id: str) -> StoredDecision | None:
        """The version that holds for an event, ``None`` where it is not decided."""
        waiting = [_decision(body) for body in self._waiting("v", event_id)]
        stored = self.decisions.latest_of_event(event_id)
        return max([*waiting, *([stored] if stored else [])], key=_age, default=None)

    def count_events(self) -> int:
        """How many events are in the tables; those that still wait (see ``backlog``) are not counted."""
        return self.events.count()

    # -- running

    def pending(self) -> int:
        """How many records wait to be stored."""
        return self._spool.pending

    def backlog(self) -> Backlog:
        """What waits to be stored, and for how long."""
        return Backlog(
            records=self._spool.pending,
            bytes=self._spool.pending_bytes,
            oldest_age_s=self._spool.oldest_age_s,
            stored=self._drain.stored,
            quarantined=self._spool.quarantined,
            last_error=self._drain.last_error,
        )

    def flush(self, timeout: float = CLOSE_TIMEOUT_S) -> bool:
        """Store what waits now; whether nothing waits any more after ``timeout`` seconds at most."""
        return self._drain.flush(timeout)

    def check(self) -> None:
        """Return when the tables can be read.

        Raises:
            StorageError, StorageUnavailableError
        """
        self.clickhouse.check()

    def close(self, timeout: float = CLOSE_TIMEOUT_S) -> bool:
        """Flush and close everything; whether all was stored. What was not is stored at the next start."""
        empty = self._drain.close(timeout)
        self._spool.close()
        self.clickhouse.close()
        return empty

    # -- inside

    def _waiting(self, kind: str, text: str) -> list[bytes]:
        wanted = id_or_none(text)
        return self._spool.find(f"{kind}:{wanted}") if wanted else []

    def _insert(self, records: Sequence[Record]) -> None:
        """Write spooled records to their tables."""
        events: list[StoredEvent] = []
        decisions: list[StoredDecision] = []
        for record in records:
            kinds = {key[:2] for key in record.keys}
            if "e:" in kinds:
                events.append(_event(record.body))
            if "d:" in kinds:
                decisions.append(_decision(record.body))
        self.events.insert(events)
        self.decisions.insert(decisions)
        self.on_stored(decisions)


def open_store(url: str | None, folder: Path) -> Store:
    """The store of ``folder`` (the data folder), its tables on the server at ``url`` or embedded when None.

    Raises:
        ConfigurationError, MigrationError: the URL is malformed, or the database does not fit this program.
        StorageBusyError: another process has the folder open.
        StorageError, StorageUnavailableError: the database cannot be opened.
    """
    with ExitStack() as stack:
        clickhouse = open_clickhouse(url, folder / "clickhouse")
        stack.callback(clickhouse.close)
        spool = Spool(folder / "spool")
        stack.callback(spool.close)
        store = Store(clickhouse, spool)
        stack.pop_all()
        return store


def _decided_record(event: StoredEvent, decision: StoredDecision) -> Record:
    # One record for both: a write is cut between records where a process is killed.
    body = dump({"event": event.to_json(), "decision": _spooled(decision)})
    return Record((f"e:{event.event_id}", *_keys(decision)), body)


def _keys(decision: StoredDecision) -> tuple[str, str]:
    return f"d:{decision.decision_id}", f"v:{decision.event_id}"


def _spooled(decision: StoredDecision) -> dict[str, Any]:
    return {"version": decision.version, "document": dict(decision.document)}


def _event(body: bytes) -> StoredEvent:
    try:
        data: dict[str, Any] = load(body)
        # What an earlier release left in the spool is an event or a decision on its own.
        return StoredEvent.from_json(data.get("event", data))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StorageRejectedError(f"a spooled event is malformed ({type(error).__name__})") from None


def _decision(body: bytes) -> StoredDecision:
    try:
        data: dict[str, Any] = load(body)
        data = data.get("decision", data)
        return StoredDecision.from_document(data["document"], data["version"])
    except (AttributeError, KeyError, TypeError) as error:
        raise StorageRejectedError(f"a spooled decision is malformed ({type(error).__name__})") from None


def _age(decision: StoredDecision) -> tuple[object, ...]:
    return decision.version, decision.decided_at, decision.decision_id
