"""The knowledge base on Qdrant: embedded (Qdrant Edge, a folder) or a server, with one layout and one behaviour."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, Self

from agents.knowledge.base import (
    Chunk,
    Hit,
    Kind,
    KnowledgeRequestError,
    KnowledgeUnavailableError,
    Progress,
    Query,
)
from agents.knowledge.embedding import Embedder, EmbeddingUnavailableError, Vectors
from agents.knowledge.fusion import reciprocal_rank_fusion
from agents.knowledge.qdrant_folder import FolderHome
from agents.knowledge.qdrant_layout import (
    LAYOUT,
    Collection,
    CollectionState,
    Home,
    Leg,
    Point,
    Selection,
    Sparse,
    StoredPoint,
    chunk_of,
    embedded_text,
    make_point,
    payload_of,
    point_id,
    query_terms,
)
from agents.knowledge.qdrant_remote import RemoteHome

_BATCH = 64
_PAGE = 500
# Deep enough that a chunk which one leg ranks high mostly has a score of the other leg too.
_LEAST_DEPTH = 40
_DEPTH_FACTOR = 3
_REVISED_BY = frozenset({Kind.CLASS, Kind.GUIDE, Kind.EXAMPLE})


class QdrantKnowledge:
    """What both adapters do, over the collections of a ``Home``.

    A search ranks each kind by up to three legs: the embedding (cosine), all words and tokens (BM25), and the exact
    tokens alone, so that a rare ``eventid04624`` wins over prose. The rankings are fused by reciprocal rank. They are
    fused here and not by Qdrant because a hit carries the scores of its legs, which Qdrant's own fusion drops.

    When the embedder fails, ``hybrid`` and ``dense`` searches raise EmbeddingUnavailableError; the caller may search
    again with ``mode="lexical"`` and say so. Chunks are embedded while they are written; a chunk whose text has not
    changed keeps its embedding, one whose content has not changed is not written at all. When the embedder is
    another than the stored embeddings are from, opening re-embeds every stored chunk (``progress`` tells how far).
    """

    name = "qdrant"

    def __init__(self, home: Home, embedder: Embedder, progress: Progress | None = None) -> None:
        self._home = home
        self._embedder = embedder
        self._progress = progress
        self._opening = RLock()
        self._active: tuple[CollectionState, Collection] | None = None
        self._closed = False

    def upsert(self, chunks: Sequence[Chunk], progress: Progress | None = None) -> None:
        """Write chunks, replacing those with the same id; durable and searchable on return.

        Of chunks with one id the last counts. A failure leaves the batches of 64 before it written.

        Raises:
            EmbeddingUnavailableError, KnowledgeUnavailableError
            KnowledgeRequestError: a chunk holds lone surrogates, or metadata that is not JSON.
        """
        latest = list({chunk.chunk_id: chunk for chunk in chunks}.values())
        payloads = [payload_of(chunk) for chunk in latest]
        collection = self._collection()
        done = 0
        with self._revising() as revise:
            for start in range(0, len(latest), _BATCH):
                batch = list(zip(latest[start : start + _BATCH], payloads[start : start + _BATCH], strict=True))
                points = self._changed_points(collection, batch)
                if points:
                    revise(Kind(point.payload["kind"]) for point in points)
                    collection.write(points)
                done += len(batch)
                if progress is not None:
                    progress(done, len(latest))
            if latest:
                collection.flush()

    def search(self, query: Query) -> list[Hit]:
        """Hits of all wanted kinds, grouped by kind in the order of ``query.limits``, best first in each.

        Raises:
            EmbeddingUnavailableError: search again with ``mode="lexical"`` to get what can be had without.
            KnowledgeUnavailableError
        """
        collection = self._collection()
        limits = {kind: limit for kind, limit in query.limits.items() if limit > 0}
        vectors = self._query_vectors(query) if limits else {}
        corpus = Selection(tuple(limits), query.ocsf_version)
        legs = [
            Leg(
                vector,
                Selection((kind,), query.ocsf_version, query.exclude_products),
                corpus,
                max(_LEAST_DEPTH, limit * _DEPTH_FACTOR),
            )
            for kind, limit in limits.items()
            for vector in vectors.values()
        ]
        if not legs:
            return []
        answers = iter(collection.rank(legs))
        ranked = [_Ranked.fused({leg: dict(next(answers)) for leg in vectors}, limit) for limit in limits.values()]
        stored = collection.read([found for kind in ranked for found, _ in kind.best])
        return [hit for kind in ranked for hit in kind.hits(stored)]

    def get(self, chunk_ids: Sequence[str]) -> list[Chunk]:
        """The chunks that exist among the ids, in the order asked."""
        points = {chunk_id: point_id(chunk_id) for chunk_id in chunk_ids}
        stored = self._collection().read(list(points.values()))
        return [chunk_of(stored[point].payload) for point in points.values() if point in stored]

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Remove chunks; ids that do not exist are ignored. Durable on return."""
        collection = self._collection()
        stored = collection.read([point_id(chunk_id) for chunk_id in dict.fromkeys(chunk_ids)], ("kind",))
        if not stored:
            return
        with self._revising() as revise:
            revise(Kind(point.payload["kind"]) for point in stored.values())
            collection.remove(list(stored))
            collection.flush()

    def count(self, kind: Kind | None = None, ocsf_version: str | None = None) -> int:
        """How many chunks there are, of one kind and version where given."""
        return self._collection().count(Selection((kind,) if kind else (), ocsf_version))

    def browse(
        self, kind: Kind | None = None, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[Chunk], str | None]:
        """One page of chunks in the order of their points, and the cursor of the next page (``None`` at the end).

        The order has no meaning but stays the same; chunks written or removed between pages do not shift it.

        Raises:
            KnowledgeRequestError: the cursor is none of ours, or ``limit`` is not positive.
        """
        if limit < 1:
            raise KnowledgeRequestError("a page needs a limit of at least 1")
        if cursor is not None:
            try:
                cursor = str(uuid.UUID(cursor))
            except ValueError:
                raise KnowledgeRequestError("the cursor is not one that a page of chunks gave") from None
        payloads, rest = self._collection().page(Selection((kind,) if kind else ()), limit, cursor)
        return [chunk_of(payload) for payload in payloads], rest

    def manifest(self, kinds: Iterable[Kind]) -> Iterator[tuple[str, str]]:
        """(chunk id, content hash) of every chunk of these kinds."""
        wanted = tuple(kinds)
        if not wanted:
            return
        for payload in _pages(self._collection(), Selection(wanted), ("chunk_id", "content_hash")):
            yield payload["chunk_id"], payload["content_hash"]

    def version(self) -> str:
        """12 hex digits that change with every write of a class, guide or example, and survive a restart.

        They change before the first and after the last byte of a write, so that nothing which was decided meanwhile
        is taken for a decision on the new knowledge. On a server, writes of other processes show within 2 s; while
        it does not answer, the last known version stands.
        """
        self._collection()
        return self._home.revision()

    def check(self) -> None:
        """Return when the knowledge base answers; otherwise raise a typed error saying why."""
        self._collection().count(Selection())
        self._home.check()

    def close(self) -> None:
        """Release files and connections (the embedder is the caller's). Later calls raise KnowledgeUnavailableError."""
        with self._opening:
            if self._closed:
                return
            self._closed = True
            active, self._active = self._active, None
            try:
                if active is not None:
                    active[1].close()
            finally:
                self._home.close()

    def _collection(self) -> Collection:
        """The active collection, opened, made or re-embedded the first time."""
        active = self._active
        if active is None:
            with self._opening:
                if self._closed:
                    raise KnowledgeUnavailableError("the knowledge base is closed")
                if self._active is None:
                    self._active = self._open()
                active = self._active
        return active[1]

    def _open(self) -> tuple[CollectionState, Collection]:
        state = self._home.load()
        if state is None:
            fresh = CollectionState.new(self._embedder.name, self._embedder.dimension)
            collection = self._home.create(fresh)
            self._home.activate(fresh)
            return fresh, collection
        collection = self._home.open(state)
        if not self._outdated(state):
            return state, collection
        try:
            return self._rebuilt(state, collection)
        except BaseException:
            collection.close()
            raise

    def _outdated(self, state: CollectionState) -> bool:
        if state.layout != LAYOUT or state.embedder != self._embedder.name:
            return True
        try:
            return state.dimension != self._embedder.dimension
        except EmbeddingUnavailableError:
            # The words can be searched without it; a wrong dimension shows when it is back.
            return False

    def _rebuilt(self, state: CollectionState, old: Collection) -> tuple[CollectionState, Collection]:
        """A new collection with everything the old one has, embedded anew, in its place."""
        fresh = CollectionState.new(self._embedder.name, self._embedder.dimension)
        new = self._home.create(fresh)
        total, done = old.count(Selection()), 0
        batch: list[dict[str, Any]] = []
        for payload in _pages(old, Selection()):
            batch.append(payload)
            if len(batch) == _BATCH:
                done += self._copy(batch, new)
                batch = []
                if self._progress is not None:
                    self._progress(done, total)
        done += self._copy(batch, new)
        if self._progress is not None:
            self._progress(done, total)
        new.flush()
        self._home.activate(fresh)
        old.close()
        self._home.drop(state)
        return fresh, new

    def _copy(self, payloads: Sequence[dict[str, Any]], target: Collection) -> int:
        chunks = [chunk_of(payload) for payload in payloads]
        if chunks:
            vectors = self._embed([embedded_text(chunk) for chunk in chunks])
            target.write([make_point(c, payload_of(c), v) for c, v in zip(chunks, vectors, strict=True)])
        return len(chunks)

    def _changed_points(self, collection: Collection, batch: Sequence[tuple[Chunk, dict[str, Any]]]) -> list[Point]:
        """The points to write: those of changed content, embedded only where the text changed."""
        ids = {chunk.chunk_id: point_id(chunk.chunk_id) for chunk, _ in batch}
        stored = collection.read(list(ids.values()), ("content_hash", "text_hash"))
        changed, same_text = [], []
        for chunk, payload in batch:
            known = stored[ids[chunk.chunk_id]].payload if ids[chunk.chunk_id] in stored else {}
            if known.get("content_hash") == payload["content_hash"]:
                continue
            changed.append((chunk, payload))
            if known.get("text_hash") == payload["text_hash"]:
                same_text.append(chunk)
        kept = collection.read([ids[c.chunk_id] for c in same_text], ("chunk_id",), dense=True) if same_text else {}
        vectors: dict[str, Vectors | list[float]] = {
            point.payload["chunk_id"]: point.dense for point in kept.values() if point.dense is not None
        }
        missing = [chunk for chunk, _ in changed if chunk.chunk_id not in vectors]
        if missing:
            embedded = self._embed([embedded_text(chunk) for chunk in missing])
            vectors.update((chunk.chunk_id, row) for chunk, row in zip(missing, embedded, strict=True))
        return [make_point(chunk, payload, vectors[chunk.chunk_id]) for chunk, payload in changed]

    def _query_vectors(self, query: Query) -> dict[str, list[float] | Sparse]:
        """The vector of each leg that the mode asks for and the query has something for."""
        vectors: dict[str, list[float] | Sparse] = {}
        if query.mode != "lexical" and query.text.strip():
            vectors["dense"] = self._embed([query.text])[0].tolist()
        if query.mode != "dense":
            vectors["lexical"] = query_terms(query.text, query.tokens)
            vectors["tokens"] = query_terms("", query.tokens)
        return {leg: vector for leg, vector in vectors.items() if not isinstance(vector, Sparse) or vector.indices}

    def _embed(self, texts: Sequence[str]) -> Vectors:
        vectors = self._embedder.embed(texts)
        active = self._active
        if active is not None and vectors.shape[1] != active[0].dimension:
            raise EmbeddingUnavailableError(
                f"embedding model {self._embedder.name} gives {vectors.shape[1]} numbers, the stored embeddings have "
                f"{active[0].dimension}; restart to embed the knowledge base anew"
            )
        return vectors

    @contextmanager
    def _revising(self) -> Iterator[Callable[[Iterable[Kind]], None]]:
        """A function to call with the kinds about to change; see ``version`` for why it counts twice."""
        revised = False

        def revise(kinds: Iterable[Kind]) -> None:
            nonlocal revised
            if not revised and not _REVISED_BY.isdisjoint(kinds):
                revised = True
                self._home.revise()

        try:
            yield revise
        finally:
            if revised:
                self._home.revise()


class QdrantEdgeKnowledge(QdrantKnowledge):
    """The embedded knowledge base: Qdrant Edge in a folder, no server, one process.

    Opens at once. ``path`` is made if it is not there; the folder may be copied while no process has it open.

    Raises:
        KnowledgeUnavailableError: another process has the folder open (the message names it), it cannot be written,
            or it is damaged (the message says what to do).
        EmbeddingUnavailableError: the stored embeddings are to be made, or made anew, and the embedder fails.
    """

    name = "qdrant-edge"

    def __init__(self, path: Path, embedder: Embedder, progress: Progress | None = None) -> None:
        super().__init__(FolderHome(path), embedder, progress)
        try:
            self._collection()
        except BaseException:
            self.close()
            raise


class QdrantServerKnowledge(QdrantKnowledge):
    """The knowledge base on a Qdrant server (1.16 or later), shared by any number of processes.

    Connects with the first call, not when constructed, so that a service starts while its server is down.
    ``collection`` is an alias; the collection behind it is named after the embedding model.

    Every call may raise KnowledgeUnavailableError, or KnowledgeRequestError when the server refuses the key.
    """

    name = "qdrant"

    def __init__(
        self, url: str, api_key: str | None, embedder: Embedder, progress: Progress | None = None, *,
        collection: str = "logatlas", timeout: float = 10.0,
    ) -> None:  # fmt: skip
        super().__init__(RemoteHome(url, api_key, collection, timeout=timeout), embedder, progress)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """One kind's part of an answer: the scores by leg and point, and the best points with their fused scores."""

    scores: Mapping[str, Mapping[str, float]]
    best: Sequence[tuple[str, float]]

    @classmethod
    def fused(cls, scores: Mapping[str, Mapping[str, float]], limit: int) -> Self:
        return cls(scores, reciprocal_rank_fusion([list(leg) for leg in scores.values()])[:limit])

    def hits(self, stored: Mapping[str, StoredPoint]) -> Iterator[Hit]:
        """The hits; a point that was deleted since it was ranked is left out."""
        dense, lexical = self.scores.get("dense", {}), self.scores.get("lexical", {})
        present = [(found, score) for found, score in self.best if found in stored]
        for rank, (found, score) in enumerate(present, start=1):
            cosine = dense.get(found)
            yield Hit(
                chunk_of(stored[found].payload),
                score,
                rank,
                dense=None if cosine is None else max(-1.0, min(1.0, cosine)),
                # What only the exact tokens found has at least their score.
                lexical=lexical.get(found, self.scores.get("tokens", {}).get(found)),
            )


def _pages(
    collection: Collection, selection: Selection, fields: Sequence[str] | None = None
) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        payloads, cursor = collection.page(selection, _PAGE, cursor, fields)
        yield from payloads
        if cursor is None:
            return
