"""What the knowledge base learns from a review and forgets with its undoing, and what that changes elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from agents.classifier import Classifier, Status, example_chunk
from agents.knowledge.base import Chunk, Kind, KnowledgeBase, KnowledgeUnavailableError, Query
from agents.ocsf import Taxonomy
from app.decision_chunks import DecisionChunks
from app.reviews.documents import next_version
from app.reviews.pins import Pins
from app.storage import Store
from app.storage.codec import dump, load, to_text
from app.storage.decisions import StoredDecision
from app.storage.review_batches import ReviewBatch
from app.storage.reviews import Review

log = structlog.get_logger(__name__)

NEIGHBOURS = 12
"""Templates looked at again for each one that was reviewed: those that the search finds nearest."""
MOST_LOOKED_AT = 300
"""Templates looked at again for one review."""


class Learning:
    """The side of a review that concerns the knowledge base and the classifier."""

    def __init__(
        self,
        store: Store,
        pins: Pins,
        knowledge: KnowledgeBase,
        classifier: Classifier,
        decision_chunks: DecisionChunks,
        taxonomy: Taxonomy,
    ) -> None:
        self._store = store
        self._pins = pins
        self._knowledge = knowledge
        self._classifier = classifier
        self._decision_chunks = decision_chunks
        self._taxonomy = taxonomy

    def learn(self, batch: ReviewBatch, words: Sequence[Review]) -> None:
        """Make an example of each word; what was there before is kept durably with the word first.

        Raises:
            LogatlasError: the knowledge base or the store is away.
        """
        chunks = [chunk for word in words if (chunk := self._example(batch, word)) is not None]
        before = {chunk.chunk_id: chunk for chunk in self._knowledge.get([chunk.chunk_id for chunk in chunks])}
        found = {_example_id(word): before.get(_example_id(word)) for word in words}
        fresh = [
            replace(word, example_before=_chunk_json(found[_example_id(word)]))
            for word in words
            if not word.example_before
        ]
        self._store.reviews.insert_many(fresh)
        self._knowledge.upsert(chunks)
        self._mirror(words)

    def forget(self, batch: ReviewBatch, words: Sequence[Review]) -> None:
        """Bring back the examples that were there before, where the review's own still stand.

        Raises:
            LogatlasError: the knowledge base or the store is away.
        """
        present = {chunk.chunk_id: chunk for chunk in self._knowledge.get([_example_id(word) for word in words])}
        back: list[Chunk] = []
        gone: list[str] = []
        for word in words:
            chunk = present.get(_example_id(word))
            if chunk is None or chunk.metadata.get("review_id") != batch.review_id:
                continue
            earlier = _read_chunk(word.example_before)
            if earlier is None:
                gone.append(chunk.chunk_id)
            else:
                back.append(earlier)
        if gone:
            self._knowledge.delete(gone)
        if back:
            self._knowledge.upsert(back)
        self._mirror(words)

    def look_again(self, word: Review, seen: set[str]) -> Iterator[tuple[str, Status, int, int]]:
        """The templates near a reviewed one whose class is another now, as (template id, status, class, activity).

        Every template looked at is added to ``seen``; those in it are left out.

        Raises:
            LogatlasError: the knowledge base or the store is away.
        """
        for template_id, event_id in self._near(word):
            if len(seen) >= MOST_LOOKED_AT:
                return
            if template_id in seen or self._pins.of(template_id) is not None:
                continue
            seen.add(template_id)
            latest = self._store.latest_decision(event_id)
            again = self._classify(event_id)
            if latest is None or again is None:
                continue
            if _is_poorer(again, latest):
                continue
            if again["class_uid"] != latest.class_uid:
                yield template_id, Status(again["status"]), again["class_uid"], again["activity_id"]

    def decide_again(self, latest: StoredDecision) -> StoredDecision | None:
        """The next version of a decision as the classifier makes it now; ``None`` where that changes nothing.

        Raises:
            LogatlasError: the knowledge base or the store is away.
        """
        again = self._classify(latest.event_id)
        if again is None or (latest.decided_by != "pin" and _is_poorer(again, latest)):
            return None
        said = (again["class_uid"], again["activity_id"], again["status"])
        if said == (latest.class_uid, latest.activity_id, latest.status) and again["decided_by"] == latest.decided_by:
            return None
        return next_version(latest, again)

    # -- inside

    def _classify(self, event_id: str) -> dict[str, Any] | None:
        event = self._store.event(event_id)
        if event is None:
            return None
        decision = self._classifier.classify(event.raw, event.source, event_id=event_id).decision
        if "knowledge" in decision.degraded:
            raise KnowledgeUnavailableError("the knowledge base is away or being filled")
        return decision.to_dict()

    def _example(self, batch: ReviewBatch, word: Review) -> Chunk | None:
        pin = self._pins.of(word.template_id)
        event = self._store.event(word.event_id)
        if event is None or pin is None or pin.review_id != batch.review_id:
            return None
        chunk = example_chunk(
            event.raw, event.source, word.class_uid, word.activity_id, self._taxonomy, by=batch.reviewer,
            product=event.source.product,
        )  # fmt: skip
        # Under the id of the stored template, also where the rules of templates have changed since.
        metadata = {**chunk.metadata, "template_id": word.template_id, "review_id": batch.review_id}
        return replace(chunk, chunk_id=_example_id(word), metadata=metadata)

    def _near(self, word: Review) -> list[tuple[str, str]]:
        """(template id, id of an event of it) of the templates that the search finds near."""
        event = self._store.event(word.event_id)
        if event is None:
            return []
        told = example_chunk(
            event.raw, event.source, word.class_uid, word.activity_id, self._taxonomy, by=word.reviewer
        )  # fmt: skip
        self._decision_chunks.flush()
        query = Query(
            text=told.text, tokens=told.tokens, limits={Kind.DECISION: NEIGHBOURS + 1},
            ocsf_version=self._taxonomy.version,
        )  # fmt: skip
        found = [hit.chunk.metadata for hit in self._knowledge.search(query)]
        return [
            (str(metadata["template_id"]), str(metadata["last_event_id"]))
            for metadata in found
            if metadata.get("template_id") != word.template_id and "last_event_id" in metadata
        ]

    def _mirror(self, words: Sequence[Review]) -> None:
        """Let the decision chunks of the templates say what is decided now."""
        chunks = []
        for chunk in self._knowledge.get([f"decision:{word.template_id}" for word in words]):
            latest = self._store.latest_decision(str(chunk.metadata.get("last_event_id", "")))
            if latest is None:
                continue
            said = {
                "decision_id": latest.decision_id, "status": latest.status, "confidence": latest.confidence,
            }  # fmt: skip
            chunks.append(
                replace(
                    chunk,
                    title=f"{latest.class_name}: {latest.document.get('activity_name', '')}",
                    class_uid=latest.class_uid,
                    activity_id=latest.activity_id,
                    metadata={**chunk.metadata, **said},
                )
            )
        if chunks:
            self._knowledge.upsert(chunks)


def _is_poorer(again: Mapping[str, Any], latest: StoredDecision) -> bool:
    """Whether a part is missing now that took part before: no reason to change what was decided with it."""
    return bool(set(again["degraded"]) - set(latest.degraded))


def _example_id(word: Review) -> str:
    return f"example:{word.template_id}"


def _chunk_json(chunk: Chunk | None) -> str:
    if chunk is None:
        return "null"
    fields: dict[str, Any] = {name: getattr(chunk, name) for name in chunk.__dataclass_fields__}
    return to_text(dump(fields | {"kind": str(chunk.kind), "metadata": dict(chunk.metadata)}))


def _read_chunk(text: str) -> Chunk | None:
    if not text:
        return None
    fields: Mapping[str, Any] | None = load(text)
    if fields is None:
        return None
    return Chunk(**{**fields, "kind": Kind(fields["kind"]), "tokens": tuple(fields["tokens"])})
