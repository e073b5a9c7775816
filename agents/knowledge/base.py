"""The port to the knowledge base: chunks, how they are searched, and what an adapter must do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

import orjson

from agents.errors import LogatlasError, UnavailableError


class KnowledgeUnavailableError(UnavailableError):
    """The knowledge base does not answer, or is in use by another process."""

    code = "knowledge_unavailable"


class KnowledgeRequestError(LogatlasError):
    """The knowledge base refused a request (bad credentials, missing dataset, malformed query)."""

    code = "knowledge_request"


class Kind(StrEnum):
    """What a chunk is."""

    CLASS = "class"
    GUIDE = "guide"
    EXAMPLE = "example"
    DECISION = "decision"
    TRANSCRIPT = "transcript"


@dataclass(frozen=True, slots=True)
class Chunk:
    """One retrievable piece of knowledge.

    ``chunk_id`` is stable and readable (``guide:windows-security:4624``). ``text`` is what is embedded and
    searched, the telling text first. ``tokens`` are the discriminating ``key=value`` pairs as made by
    ``lexical_token``; the lexical index treats each as one word. ``metadata`` is JSON (str, numbers, bool,
    None, lists, objects with string keys) and comes back as it was stored.
    """

    chunk_id: str
    kind: Kind
    title: str
    text: str
    ocsf_version: str
    class_uid: int | None = None
    activity_id: int | None = None
    tokens: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def content_hash(self) -> str:
        """16 hex digits over everything but the id; equal hashes mean that nothing needs to be written."""
        parts = [
            self.kind, self.title, self.text, self.ocsf_version, self.class_uid, self.activity_id,
            list(self.tokens), dict(self.metadata),
        ]  # fmt: skip
        return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Query:
    """A search of the knowledge base.

    ``text`` is natural words for the dense and the lexical leg, ``tokens`` exact words for the lexical leg only
    (see ``lexical_token``). ``limits`` says how many hits of each kind are wanted (the kinds not named are not
    searched). ``mode`` switches a leg off. ``exclude_products`` leaves out chunks whose ``metadata["product"]``
    is one of these.
    """

    text: str
    limits: Mapping[Kind, int]
    ocsf_version: str
    tokens: tuple[str, ...] = ()
    mode: Literal["hybrid", "lexical", "dense"] = "hybrid"
    exclude_products: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk found for a query.

    ``score`` is the fused score (reciprocal rank fusion; comparable within one answer only), ``rank`` counts
    from 1 within the chunk's kind. ``dense`` is the cosine similarity in [-1, 1] and ``lexical`` the engine's
    BM25 score (>= 0), each ``None`` where that leg did not return the chunk.
    """

    chunk: Chunk
    score: float
    rank: int
    dense: float | None = None
    lexical: float | None = None


Progress = Callable[[int, int], None]
"""Called with (done, total) while a long write runs."""


class KnowledgeBase(Protocol):
    """A place that keeps chunks and finds them. Safe to share by threads."""

    @property
    def name(self) -> str:
        """Adapter and place, without secrets, for health pages (``qdrant-edge``, ``trieve``)."""
        ...

    def upsert(self, chunks: Sequence[Chunk], progress: Progress | None = None) -> None:
        """Write chunks, replacing those with the same id.

        On return they are durable and searchable, or on their way where the server queues (then ``manifest`` tells
        what arrived).
        """
        ...

    def search(self, query: Query) -> list[Hit]:
        """Hits of all wanted kinds, grouped by kind in the order of ``query.limits``, best first in each."""
        ...

    def get(self, chunk_ids: Sequence[str]) -> list[Chunk]:
        """The chunks that exist among the ids, in the order asked."""
        ...

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Remove chunks; ids that do not exist are ignored."""
        ...

    def count(self, kind: Kind | None = None, ocsf_version: str | None = None) -> int:
        """How many chunks there are, of one kind and version where given."""
        ...

    def browse(
        self, kind: Kind | None = None, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[Chunk], str | None]:
        """One page of chunks in a stable order and the cursor of the next page (``None`` at the end)."""
        ...

    def manifest(self, kinds: Iterable[Kind]) -> Iterator[tuple[str, str]]:
        """(chunk id, content hash) of every chunk of these kinds, for synchronisation."""
        ...

    def version(self) -> str:
        """A short text that changes when the searchable knowledge changes; part of every memo key."""
        ...

    def check(self) -> None:
        """Return when the knowledge base answers; otherwise raise a typed error saying why."""
        ...

    def close(self) -> None:
        """Release files and connections. Later calls raise KnowledgeUnavailableError."""
        ...


def lexical_token(key: str, value: str) -> str:
    """A ``key=value`` pair as one lexical word, the same on the side of guides and of events.

    Only ASCII letters and digits, lower case, so that every tokenizer keeps it whole: the last segment of the
    key without separators, then ``0``, then the value without separators; values over 40 characters as a hash.
    ``lexical_token("winlog.event_id", "4624") == "eventid04624"``.
    """
    name = _squeeze(key.rpartition(".")[2])
    word = _squeeze(value)
    if len(word) > 40 or not word:
        word = "h" + hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{name}0{word}"


def _squeeze(text: str) -> str:
    return "".join(c for c in text.lower() if c.isascii() and c.isalnum())
