"""One ``decision`` chunk a template in the knowledge base: what such events say, what was decided, how many came."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from agents.classifier import Classified
from agents.errors import LogatlasError
from agents.events import event_words, make_template
from agents.knowledge.base import Chunk, Kind, KnowledgeBase

log = structlog.get_logger(__name__)

FLUSH_S = 10.0
"""Seconds between two writes; a template's events in between cost one."""
_MOST_WAITING = 10_000
_BATCH = 120


@dataclass
class _Seen:
    """What is not written yet of one template."""

    text: str
    document: Mapping[str, Any]
    count: int = 0


class DecisionChunks:
    """Collects decisions by template and writes them in the background. Safe to share by threads.

    The events themselves are in the event store; a count lags by up to ``FLUSH_S`` and misses what a killed process
    had not written. While the knowledge base is away up to 10,000 templates wait; further ones are left out and
    counted in ``dropped``, and come back with their next event.
    """

    def __init__(self, knowledge: KnowledgeBase, ocsf_version: str) -> None:
        self._knowledge = knowledge
        self._ocsf_version = ocsf_version
        self._waiting: dict[str, _Seen] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="decision-chunks", daemon=True)
        self.dropped = 0

    def start(self) -> None:
        """Begin to write; returns at once."""
        self._thread.start()

    def note(self, classified: Classified) -> None:
        """Count an event that was decided; never waits for the knowledge base."""
        template_id = classified.decision.template_id
        with self._lock:
            seen = self._waiting.get(template_id)
            if seen is not None:
                seen.count += 1
                return
            if len(self._waiting) >= _MOST_WAITING:
                self.dropped += 1
                return
        event = classified.event
        fresh = _Seen(event_words(event, make_template(event)), classified.decision.to_dict())
        with self._lock:
            self._waiting.setdefault(template_id, fresh).count += 1

    def flush(self) -> int:
        """Write what waits, now; the number of chunks written.

        Raises:
            LogatlasError: the knowledge base is away; everything goes on waiting.
        """
        with self._writing:
            with self._lock:
                batch, self._waiting = self._waiting, {}
            templates = list(batch)
            done = 0
            try:
                while done < len(templates):
                    part = templates[done : done + _BATCH]
                    self._write({template_id: batch[template_id] for template_id in part})
                    done += len(part)
            finally:
                self._put_back({template_id: batch[template_id] for template_id in templates[done:]})
            return done

    def close(self) -> None:
        """Write what waits, if that is possible, and end."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)
        self._try_flush()

    def _write(self, batch: Mapping[str, _Seen]) -> None:
        stored = {c.chunk_id: c for c in self._knowledge.get([_chunk_id(template_id) for template_id in batch])}
        self._knowledge.upsert(
            [self._chunk(template_id, seen, stored.get(_chunk_id(template_id))) for template_id, seen in batch.items()]
        )

    def _chunk(self, template_id: str, seen: _Seen, stored: Chunk | None) -> Chunk:
        document = seen.document
        before = stored.metadata if stored is not None else {}
        return Chunk(
            chunk_id=_chunk_id(template_id),
            kind=Kind.DECISION,
            title=f"{document['class_name']}: {document['activity_name']}",
            text=stored.text if stored is not None else seen.text,
            ocsf_version=self._ocsf_version,
            class_uid=document["class_uid"],
            activity_id=document["activity_id"],
            metadata={
                "template_id": template_id,
                "count": int(before.get("count", 0)) + seen.count,
                "first_event_id": before.get("first_event_id", document["event_id"]),
                "last_event_id": document["event_id"],
                "decision_id": document["decision_id"],
                "status": document["status"],
                "confidence": document["confidence"],
            },
        )

    def _put_back(self, batch: Mapping[str, _Seen]) -> None:
        with self._lock:
            for template_id, seen in batch.items():
                newer = self._waiting.setdefault(template_id, seen)
                if newer is not seen:
                    newer.count += seen.count

    def _run(self) -> None:
        while not self._closing.wait(FLUSH_S):
            self._try_flush()

    def _try_flush(self) -> None:
        try:
            self.flush()
        except LogatlasError as error:
            log.warning("decision chunks wait", code=error.code, reason=error.message, waiting=len(self._waiting))
        except Exception:
            log.exception("decision chunks wait", waiting=len(self._waiting))


def _chunk_id(template_id: str) -> str:
    return f"decision:{template_id}"
