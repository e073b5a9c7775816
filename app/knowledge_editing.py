"""What people change in the knowledge base: guides of their own and examples, in force with the next event."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus

import structlog

from agents.classifier import example_chunk
from agents.errors import LogatlasError
from agents.events import Source
from agents.knowledge.base import Chunk, Kind, KnowledgeBase
from agents.knowledge.build import guide_chunk, is_analysts
from agents.knowledge.catalog import CUSTOM, Catalog, CheckedGuide, CustomGuides, Guide, check_guide
from agents.ocsf import Taxonomy
from app.errors import ApiError
from app.knowledge_listing import PackagedChunks

log = structlog.get_logger(__name__)

LOOK_S = 30.0
"""Seconds after which it is looked again whether another process changed the guides."""
_RETRY_S = 5.0


@dataclass(frozen=True)
class _Held:
    """The custom guides as they are asked, their chunks, and the version of the knowledge base they were read at."""

    guides: CustomGuides
    chunks: Mapping[str, Chunk]
    version: str


class KnowledgeEditor:
    """Adds and removes guides and examples, and keeps the custom guides ready. Safe to share by threads.

    The knowledge base holds them, each guide with its text (``yaml``) in its metadata, so that they survive restarts
    and reach every process; a guide that another process wrote is asked here after ``LOOK_S`` seconds at the latest.
    """

    def __init__(
        self,
        knowledge: KnowledgeBase,
        taxonomy: Taxonomy,
        catalog: Catalog,
        filling: Callable[[], bool] = lambda: False,
    ) -> None:
        """``filling`` says that the knowledge base is busy with its first content, so that it is not asked."""
        self.packaged = PackagedChunks(catalog, taxonomy)
        self._knowledge = knowledge
        self._taxonomy = taxonomy
        self._filling = filling
        self._held: _Held | None = None
        self._look_at = 0.0
        # Held while guides are read or written, so that what was read never undoes what was written meanwhile.
        self._lock = threading.Lock()

    # -- reading

    def guides(self) -> CustomGuides | None:
        """The custom guides, read at first use; ``None`` while the knowledge base cannot be read."""
        held = self._held
        if time.monotonic() >= self._look_at and (held is not None or not self._filling()):
            if held is None:
                self._look()
            elif self._changed(held):
                self._look_at = time.monotonic() + LOOK_S
                threading.Thread(target=self._look, name="custom-guides", daemon=True).start()
            held = self._held
        return None if held is None else held.guides

    def guide_chunks(self) -> Mapping[str, Chunk]:
        """The chunks of the custom guides by id; none while the knowledge base cannot be read."""
        self.guides()
        return {} if self._held is None else self._held.chunks

    def check(self, text: str) -> CheckedGuide:
        """The guide in ``text`` and what is wrong with it."""
        return check_guide(text, self._taxonomy)

    # -- writing

    def save_guide(self, text: str, by: str) -> Chunk:
        """Write the guide in ``text``, replacing the custom one with its id; it is asked from the next event on.

        Raises:
            ApiError: ``invalid_guide``, with every problem and its line.
            KnowledgeUnavailableError, KnowledgeRequestError, EmbeddingUnavailableError: nothing was changed.
        """
        guide = self.valid_guide(text)
        chunk = self.chunk_of(guide, text, by)
        with self._lock:
            held = self._held or self._read()
            self._knowledge.upsert([chunk])
            self._hold(held.guides.put(guide), {**held.chunks, chunk.chunk_id: chunk})
        return chunk

    def valid_guide(self, text: str) -> Guide:
        """The guide in ``text``.

        Raises:
            ApiError: ``invalid_guide``, with every problem and its line.
        """
        checked = self.check(text)
        if checked.guide is None:
            problems = [{"line": p.line, "message": p.message} for p in checked.problems]
            first = problems[0]
            raise ApiError("invalid_guide", f"line {first['line']}: {first['message']}", problems=problems)
        return checked.guide

    def chunk_of(self, guide: Guide, text: str, by: str) -> Chunk:
        """The chunk that a custom guide becomes."""
        chunk = guide_chunk(guide, self._taxonomy)
        written = {"yaml": text, "by": by, "written_at": datetime.now(UTC).isoformat(timespec="seconds")}
        return replace(chunk, metadata={**chunk.metadata, **written})

    def add_example(self, raw: str, source: Source, class_uid: int, activity_id: int | None, by: str) -> Chunk:
        """Write the example that an event becomes; one a template, so that a later word replaces an earlier.

        Raises:
            ApiError: ``invalid_request``: the class is not current, or has no such activity.
            KnowledgeUnavailableError, KnowledgeRequestError, EmbeddingUnavailableError
        """
        chunk = self.valid_example(raw, source, class_uid, activity_id, by)
        self._knowledge.upsert([chunk])
        return chunk

    def valid_example(self, raw: str, source: Source, class_uid: int, activity_id: int | None, by: str) -> Chunk:
        """The example that an event becomes, not written.

        Raises:
            ApiError: ``invalid_request``: the class is not current, or has no such activity.
        """
        found = self._taxonomy.classes.get(class_uid)
        if found is None or found.deprecated:
            raise ApiError("invalid_request", "class_uid is no current class of the taxonomy", class_uid=class_uid)
        if activity_id is not None and activity_id not in found.activities:
            raise ApiError(
                "invalid_request", f"{found.caption} has no such activity", activity_id=activity_id,
                activities={str(uid): a.caption for uid, a in found.activities.items()},
            )  # fmt: skip
        return example_chunk(raw, source, class_uid, activity_id, self._taxonomy, by=by)

    def remove(self, chunk_id: str) -> None:
        """Remove a custom guide or an example. A packaged guide that the guide stood for is asked again.

        Raises:
            ApiError: there is none with this id, or it came with the product and would come back.
            KnowledgeUnavailableError, KnowledgeRequestError
        """
        if not chunk_id.startswith((CUSTOM, "example:")):
            raise ApiError("invalid_request", "only examples and guides that were added can be removed", id=chunk_id)
        with self._lock:
            known = self._held is not None and chunk_id in self._held.chunks
            if not known and not self._knowledge.get([chunk_id]):
                raise ApiError("not_found", "there is no chunk with this id", HTTPStatus.NOT_FOUND, id=chunk_id)
            held = self._held or (self._read() if chunk_id.startswith(CUSTOM) else None)
            self._knowledge.delete([chunk_id])
            if held is not None and chunk_id in held.chunks:
                rest = {name: chunk for name, chunk in held.chunks.items() if name != chunk_id}
                self._hold(held.guides.without(chunk_id), rest)

    # -- inside

    def _changed(self, held: _Held) -> bool:
        try:
            return self._knowledge.version() != held.version
        except LogatlasError:
            return False

    def _look(self) -> None:
        """Read the guides, unless another thread is just doing that; a failure is logged and tried again soon."""
        if not self._lock.acquire(blocking=self._held is None):
            return
        try:
            if self._held is None or self._changed(self._held):
                self._held = self._read()
            self._look_at = time.monotonic() + LOOK_S
        except LogatlasError as error:
            log.warning("custom guides cannot be read", code=error.code, reason=error.message)
            self._look_at = time.monotonic() + _RETRY_S
        finally:
            self._lock.release()

    def _read(self) -> _Held:
        version = self._knowledge.version()
        ids = [chunk_id for chunk_id, _ in self._knowledge.manifest((Kind.GUIDE,)) if is_analysts(chunk_id)]
        chunks = {chunk.chunk_id: chunk for chunk in self._knowledge.get(ids)} if ids else {}
        guides = []
        for chunk in chunks.values():
            try:
                guides.append(Guide.from_metadata(chunk.chunk_id, chunk.title, chunk.class_uid or 0, chunk.metadata))
            except (KeyError, TypeError, ValueError, AttributeError):
                log.warning("a custom guide is malformed and is not asked", chunk_id=chunk.chunk_id)
        return _Held(CustomGuides(guides), chunks, version)

    def _hold(self, guides: CustomGuides, chunks: Mapping[str, Chunk]) -> None:
        try:
            version = self._knowledge.version()
        except LogatlasError:
            version = ""
        self._held = _Held(guides, chunks, version)
