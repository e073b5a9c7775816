"""Our own data as the chat asks for it: checked as whoever asked, and bounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from agents.chat.base import DecidedEvent, NotAllowedError, ReviewMade, SourceWeek, TemplateHistory
from agents.errors import LogatlasError
from agents.events import Event, Source, event_words, make_template, parse
from agents.knowledge.base import Chunk, Hit, Kind, KnowledgeBase, Query
from agents.knowledge.embedding import EmbeddingUnavailableError
from app.auth.permissions import READ, Permission
from app.auth.principal import Principal
from app.storage.search import SqlFilter

if TYPE_CHECKING:
    from agents.ocsf import Taxonomy
    from app.reviews import Pins
    from app.reviews.loop import ReviewLoop
    from app.storage import Store, StoredDecision, StoredEvent

log = structlog.get_logger(__name__)

MOST = 50
"""Items that any call gives at most."""
_WEEK = timedelta(days=7)
_NEIGHBOUR_EVENTS = 2_000
_NEIGHBOURS = 40
_LONGEST_QUERY = 2_000


class Sources:
    """Where the data comes from; made once."""

    def __init__(
        self, store: Store, knowledge: KnowledgeBase, reviews: ReviewLoop, pins: Pins, taxonomy: Taxonomy
    ) -> None:
        self.store = store
        self.knowledge = knowledge
        self.reviews = reviews
        self.pins = pins
        self.taxonomy = taxonomy

    def asked_by(self, current: Callable[[], Principal | None]) -> AskedData:
        """The data as one person may see it."""
        return AskedData(self, current)


class AskedData:
    """``ChatData`` for one person, whose rights are looked at with every call."""

    def __init__(self, sources: Sources, current: Callable[[], Principal | None]) -> None:
        self._sources = sources
        self._store = sources.store
        self._current = current

    def event(self, event_id: str) -> DecidedEvent | None:
        """See ``ChatData``."""
        self._may(READ)
        event = self._store.event(event_id)
        decision = self._store.latest_decision(event_id) if event is not None else None
        return _decided(event, decision) if event is not None and decision is not None else None

    def parsed(self, event_id: str) -> Event | None:
        """See ``ChatData``."""
        self._may(READ)
        event = self._store.event(event_id)
        return None if event is None else parse(event.raw, event.source)

    def history(self, event_id: str, limit: int = 20) -> Sequence[DecidedEvent]:
        """See ``ChatData``."""
        self._may(READ)
        event = self._store.event(event_id)
        if event is None:
            return ()
        versions = self._store.decisions_of(event_id)
        return [_decided(event, decision) for decision in reversed(versions)][: _bounded(limit)]

    def reviews(self, event_id: str, limit: int = 20) -> Sequence[ReviewMade]:
        """See ``ChatData``. A review of one event holds for its template, so those of the template are told."""
        self._may(READ)
        event = self._store.event(event_id)
        if event is None:
            return ()
        made = [_review(review, event_id) for review in self._sources.reviews.of_template(event.template_id)]
        return sorted(made, key=lambda review: review.at, reverse=True)[: _bounded(limit)]

    def template(self, template_id: str) -> TemplateHistory | None:
        """See ``ChatData``."""
        self._may(READ)
        found = self._store.chat_figures.template(template_id)
        if found is None:
            return None
        pin = self._sources.pins.of(template_id)
        name = None
        if pin is not None:
            ocsf_class = self._sources.taxonomy.classes.get(pin.class_uid)
            name = ocsf_class.caption if ocsf_class else str(pin.class_uid)
        return TemplateHistory(
            template_id=template_id,
            events=found.events,
            first_at=found.first_at,
            last_at=found.last_at,
            classes=found.classes,
            pinned_class=name,
            pinned_by=self._pinned_by(template_id),
        )

    def of_template(self, template_id: str, limit: int = 5) -> Sequence[DecidedEvent]:
        """See ``ChatData``."""
        self._may(READ)
        where = "template_id = {template:String}"
        found = SqlFilter(where, {"template": template_id}, where)
        return self._with_decisions([row.event_id for row in self._store.search.page(found, _bounded(limit))])

    def similar(self, event_id: str, limit: int = 5) -> Sequence[tuple[DecidedEvent, float, str]]:
        """See ``ChatData``. The similarity is the cosine of the embeddings, or the share of words in common."""
        self._may(READ)
        event = self._store.event(event_id)
        if event is None:
            return ()
        limit = _bounded(limit)
        words = _words(event)
        try:
            near = self._nearest(event, words, limit)
        except LogatlasError as error:
            log.info("similar events without the knowledge base", code=error.code)
            near = {}
        if len(near) < limit:
            source = (event.source.vendor, event.source.product)
            figures = self._store.chat_figures
            for other in figures.neighbours(source, event.template_id, _NEIGHBOUR_EVENTS, _NEIGHBOURS):
                near.setdefault(other, None)
        found = []
        for decided in self._with_decisions([other for other in near if other != event_id]):
            if decided.decision.get("template_id") == event.template_id:
                continue
            cosine = near[decided.event_id]
            likeness = _likeness(words, _words_of(decided)) if cosine is None else cosine
            found.append((decided, round(max(0.0, min(1.0, likeness)), 4), self._reviewer(decided)))
        found.sort(key=lambda item: -item[1])
        return found[:limit]

    def source_week(self, vendor: str, product: str) -> SourceWeek | None:
        """See ``ChatData``."""
        self._may(READ)
        now = datetime.now(UTC)
        found = self._store.chat_figures.weeks((vendor, product), now - 2 * _WEEK, now - _WEEK, now)
        if found is None:
            return None
        before, after, new_templates = found
        return SourceWeek(
            vendor=vendor,
            product=product,
            events=after.events,
            events_before=before.events,
            classes=after.classes,
            classes_before=before.classes,
            needs_review=after.needs_review,
            needs_review_before=before.needs_review,
            overridden=after.overridden,
            overridden_before=before.overridden,
            new_templates=new_templates,
        )

    def chunks(self, chunk_ids: Sequence[str]) -> Sequence[Chunk]:
        """See ``ChatData``."""
        self._may(READ)
        wanted = list(chunk_ids)[:MOST]
        return self._sources.knowledge.get(wanted) if wanted else ()

    def knowledge(self, text: str, limit: int = 5) -> Sequence[Hit]:
        """See ``ChatData``."""
        self._may(READ)
        limit = _bounded(limit)
        hits = self._search(text, {Kind.GUIDE: limit, Kind.EXAMPLE: limit, Kind.CLASS: limit})
        return sorted(hits, key=lambda hit: -hit.score)[:limit]

    def count_if_overridden(self, event_id: str) -> int:
        """See ``ChatData``."""
        self._may(READ)
        event = self._store.event(event_id)
        # The event itself may still wait to be stored.
        return 0 if event is None else max(1, self._store.search.count_of_template(event.template_id))

    # -- inside

    def _may(self, permission: Permission) -> None:
        who = self._current()
        if who is None:
            raise NotAllowedError("the session of whoever asked has ended")
        if reason := who.refusal(permission):
            raise NotAllowedError(reason)

    def _with_decisions(self, event_ids: Sequence[str]) -> list[DecidedEvent]:
        """The events with the decisions that hold, in the order given; those without one are left out."""
        ids = list(dict.fromkeys(event_ids))[:MOST]
        decisions = self._store.template_events.latest(ids)
        found = []
        for event_id in ids:
            event = self._store.event(event_id) if event_id in decisions else None
            if event is not None:
                found.append(_decided(event, decisions[event_id]))
        return found

    def _reviewer(self, decided: DecidedEvent) -> str:
        """Who reviewed an event, or the template whose pin decided it; '' nobody."""
        if reviewer := decided.decision.get("reviewer"):
            return str(reviewer)
        if decided.decision["decided_by"] != "pin":
            return ""
        return self._pinned_by(str(decided.decision["template_id"])) or ""

    def _pinned_by(self, template_id: str) -> str | None:
        pin = self._sources.pins.of(template_id)
        batch = self._store.review_batches.get(pin.review_id) if pin is not None else None
        return batch.reviewer if batch is not None else None

    def _nearest(self, event: StoredEvent, words: str, limit: int) -> dict[str, float | None]:
        """Events of other templates that the knowledge base finds nearest, with their cosines."""
        near: dict[str, float | None] = {}
        for hit in self._search(words, {Kind.DECISION: 2 * limit, Kind.EXAMPLE: limit}):
            said: Mapping[str, Any] = hit.chunk.metadata
            if said.get("template_id") == event.template_id:
                continue
            other = said.get("last_event_id") or said.get("event_id")
            if isinstance(other, str) and other != event.event_id and other not in near:
                near[other] = hit.dense
        return near

    def _search(self, text: str, limits: Mapping[Kind, int]) -> list[Hit]:
        query = Query(text[:_LONGEST_QUERY], limits, self._sources.taxonomy.version)
        try:
            return self._sources.knowledge.search(query)
        except EmbeddingUnavailableError:
            return self._sources.knowledge.search(
                Query(query.text, limits, self._sources.taxonomy.version, mode="lexical")
            )


def _bounded(limit: int) -> int:
    return max(1, min(limit, MOST))


def _decided(event: StoredEvent, decision: StoredDecision) -> DecidedEvent:
    return DecidedEvent(
        event_id=event.event_id,
        raw=event.raw,
        vendor=event.source.vendor,
        product=event.source.product,
        received_at=event.received_at,
        decision=decision.document,
        version=decision.version,
    )


def _review(review: Mapping[str, Any], event_id: str) -> ReviewMade:
    before = review["before"]
    return ReviewMade(
        event_id=str(review["target"].get("event_id", event_id)),
        action=review["action"],
        reviewer=review["reviewer"],
        at=review["created_at"],
        before_class=before["class_name"] if before else "",
        after_class=review["class_name"],
        note=review["comment"],
        undone=review["undone_at"] is not None,
    )


def _words(event: StoredEvent) -> str:
    parsed = parse(event.raw, event.source)
    return event_words(parsed, make_template(parsed))


def _words_of(decided: DecidedEvent) -> str:
    parsed = parse(decided.raw, Source(decided.vendor, decided.product))
    return event_words(parsed, make_template(parsed))


def _likeness(one: str, other: str) -> float:
    """The share of different words that two texts have in common (Jaccard)."""
    a, b = set(one.lower().split()), set(other.lower().split())
    return len(a & b) / len(a | b) if a | b else 0.0
