"""How chunks lie in Qdrant: the same in an embedded shard and on a server, so that data can move between them."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, Self

import orjson
import qdrant_edge
from numpy.typing import NDArray

from agents.events.event import printable
from agents.knowledge.base import Chunk, Kind, KnowledgeRequestError

DENSE = "dense"
"""The named vector of the embedding of title and text; cosine."""

BM25 = "bm25"
"""The named sparse vector of the words of title and text and of the tokens; Qdrant multiplies by their IDF."""

INDEXED_FIELDS = ("kind", "ocsf_version", "product")
"""Payload fields with a keyword index, the ones that filters use."""

LAYOUT = 1
"""Raised when stored vectors or payloads change their meaning; another layout is rebuilt from the payloads."""

# An exact token says more than any word: with a weight of 4 the match of one rare token outweighs about a dozen
# words of prose. Applied to the query only, so that it can change without a rebuild.
_TOKEN_WEIGHT = 4.0
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:logatlas:chunk")

# English stop words and stemming, and words split as in code: "ConsoleLogin" and "console_login" are found by
# "console login" (and by themselves). Names of events and fields are mostly spelled so, descriptions never.
_WORDS = qdrant_edge.Bm25(
    qdrant_edge.Bm25Config(tokenizer=qdrant_edge.TokenizerType.Code, language="english", avg_len=100.0)
)


@dataclass(frozen=True, slots=True)
class Sparse:
    """A sparse vector: ``values[i]`` at dimension ``indices[i]``, each dimension at most once."""

    indices: list[int]
    values: list[float]


@dataclass(frozen=True, slots=True)
class Point:
    """A chunk as it is written: id, embedding, words and payload."""

    point_id: str
    dense: list[float]
    bm25: Sparse
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoredPoint:
    """A chunk as it is read: the payload (or the part asked for), and the embedding where asked for."""

    payload: dict[str, Any]
    dense: list[float] | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which points an operation is about; an empty or ``None`` field does not restrict."""

    kinds: tuple[Kind, ...] = ()
    ocsf_version: str | None = None
    exclude_products: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Leg:
    """One ranking to compute: the ``limit`` points of ``selection`` nearest to a dense or sparse ``vector``.

    The IDF of a sparse leg is that of the points of ``corpus``.
    """

    vector: list[float] | Sparse
    selection: Selection
    corpus: Selection
    limit: int


@dataclass(frozen=True, slots=True)
class CollectionState:
    """What is kept beside the points: which embeddings they have, and the revision that ``version()`` tells.

    ``name`` is that of the physical collection (or folder); it follows from what the vectors depend on.
    """

    name: str
    embedder: str
    dimension: int
    revision: str
    layout: int = LAYOUT

    @classmethod
    def new(cls, embedder: str, dimension: int) -> Self:
        """The state of a collection to be made for this embedder."""
        key = hashlib.blake2b(orjson.dumps([LAYOUT, embedder, dimension]), digest_size=4).hexdigest()
        return cls(f"chunks-{key}", embedder, dimension, new_revision())

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of ``to_json``; raises ``KeyError``, ``TypeError`` or ``ValueError`` for anything else."""
        return cls(
            name=str(data["name"]),
            embedder=str(data["embedder"]),
            dimension=int(data["dimension"]),
            revision=str(data["revision"]),
            layout=int(data["layout"]),
        )

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)


class Collection(Protocol):
    """The points of one physical collection. Safe to share by threads.

    Every method raises KnowledgeUnavailableError when the engine fails or is closed.
    """

    def write(self, points: Sequence[Point]) -> None:
        """Insert or replace points; durable after ``flush``."""
        ...

    def remove(self, point_ids: Sequence[str]) -> None:
        """Remove points; unknown ids are ignored. Durable after ``flush``."""
        ...

    def flush(self) -> None:
        """Return when everything written is on disk."""
        ...

    def read(
        self, point_ids: Sequence[str], fields: Sequence[str] | None = None, *, dense: bool = False
    ) -> dict[str, StoredPoint]:
        """The points that exist, by id, with these payload fields (``None``: all)."""
        ...

    def rank(self, legs: Sequence[Leg]) -> list[list[tuple[str, float]]]:
        """For each leg its (point id, score), best first, in one call."""
        ...

    def count(self, selection: Selection) -> int:
        """The exact number of points."""
        ...

    def page(
        self, selection: Selection, limit: int, cursor: str | None, fields: Sequence[str] | None = None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Payloads in the order of point ids from ``cursor`` on, and the cursor of the rest."""
        ...

    def close(self) -> None:
        """Release what the collection holds open."""
        ...


class Home(Protocol):
    """The place of collections: a folder or a server. One collection at a time is the active one.

    Methods raise KnowledgeUnavailableError when the place cannot be read or written.
    """

    def load(self) -> CollectionState | None:
        """The state of the active collection, ``None`` where there is none yet."""
        ...

    def open(self, state: CollectionState) -> Collection:
        """The collection that ``state`` names."""
        ...

    def create(self, state: CollectionState) -> Collection:
        """A new, empty, not yet active collection; one that another process is just making is joined."""
        ...

    def revision(self) -> str:
        """The revision of the active collection; cheap."""
        ...

    def revise(self) -> None:
        """Give the active collection a new revision, kept before this returns."""
        ...

    def activate(self, state: CollectionState) -> None:
        """Make a created collection the active one, atomically."""
        ...

    def drop(self, state: CollectionState) -> None:
        """Remove a collection that is no longer active."""
        ...

    def check(self) -> None:
        """Return when the place answers; otherwise raise a typed error."""
        ...

    def close(self) -> None:
        """Release the place."""
        ...


def new_revision() -> str:
    """A revision that no other write has: random, so that a rebuilt collection never repeats an old one."""
    return uuid.uuid4().hex[:12]


def point_id(chunk_id: str) -> str:
    """The id of a chunk's point: a UUID derived from the chunk's id (Qdrant takes no free text)."""
    return str(uuid.uuid5(_NAMESPACE, printable(chunk_id)))


def embedded_text(chunk: Chunk) -> str:
    """What the dense vector of a chunk stands for.

    Of a decision only the text: it is the text that was searched for when the event was decided, so its vector is
    still at hand and costs nothing.
    """
    if chunk.kind is Kind.DECISION:
        return chunk.text
    return f"{chunk.title}\n{chunk.text}"


def text_hash(chunk: Chunk) -> str:
    """16 hex digits over the embedded text; equal hashes mean that the embedding can be kept."""
    return hashlib.blake2b(embedded_text(chunk).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def payload_of(chunk: Chunk) -> dict[str, Any]:
    """A chunk as a Qdrant payload.

    Raises:
        KnowledgeRequestError: the chunk holds lone surrogates or metadata that is not JSON.
    """
    try:
        content_hash = chunk.content_hash
        # JSON as it will come back: tuples as lists, NaN as null, whatever the engine's own conversion would do.
        metadata = orjson.loads(orjson.dumps(dict(chunk.metadata)))
        chunk.chunk_id.encode()
    except (TypeError, UnicodeEncodeError) as error:
        raise KnowledgeRequestError(
            f"chunk {printable(chunk.chunk_id)!r} cannot be stored: "
            "its text is not valid Unicode, or its metadata not JSON"
        ) from error
    product = metadata.get("product")
    return {
        "chunk_id": chunk.chunk_id,
        "kind": chunk.kind.value,
        "title": chunk.title,
        "text": chunk.text,
        "ocsf_version": chunk.ocsf_version,
        "class_uid": chunk.class_uid,
        "activity_id": chunk.activity_id,
        "tokens": list(chunk.tokens),
        "metadata": metadata,
        "product": product if isinstance(product, str) else None,
        "content_hash": content_hash,
        "text_hash": text_hash(chunk),
    }


def chunk_of(payload: Mapping[str, Any]) -> Chunk:
    """The inverse of ``payload_of``."""
    return Chunk(
        chunk_id=payload["chunk_id"],
        kind=Kind(payload["kind"]),
        title=payload["title"],
        text=payload["text"],
        ocsf_version=payload["ocsf_version"],
        class_uid=payload["class_uid"],
        activity_id=payload["activity_id"],
        tokens=tuple(payload["tokens"]),
        metadata=payload["metadata"],
    )


def make_point(chunk: Chunk, payload: dict[str, Any], dense: NDArray[Any] | list[float]) -> Point:
    """The point of a chunk with the payload of ``payload_of``."""
    vector = dense if isinstance(dense, list) else dense.tolist()
    return Point(point_id(chunk.chunk_id), vector, document_terms(embedded_text(chunk), chunk.tokens), payload)


def document_terms(text: str, tokens: Sequence[str]) -> Sparse:
    """The sparse vector of a chunk: BM25 term frequencies of the words, 1 for each token.

    Tokens are neither stemmed nor dropped nor split, and their weight does not fall with the length of the text.
    The document half of BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009; k 1.2, b 0.75,
    average length 100 words); the IDF half is Qdrant's sparse vector modifier.
    """
    words = _WORDS.embed_document(printable(text))
    return _sparse({**dict(zip(words.indices, words.values, strict=True)), **{token_index(t): 1.0 for t in tokens}})


def query_terms(text: str, tokens: Sequence[str]) -> Sparse:
    """The sparse vector of a query: 1 for each word, more for each token."""
    words = _WORDS.embed_query(printable(text))
    weights = dict(zip(words.indices, words.values, strict=True))
    return _sparse({**weights, **{token_index(t): _TOKEN_WEIGHT for t in tokens}})


def token_index(token: str) -> int:
    """The dimension of an exact token: a 32-bit hash of it, apart from those of the words by its key."""
    digest = hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=4, key=b"token").digest()
    return int.from_bytes(digest, "big")


def _sparse(weights: Mapping[int, float]) -> Sparse:
    ordered = sorted(weights.items())
    return Sparse([index for index, _ in ordered], [value for _, value in ordered])
