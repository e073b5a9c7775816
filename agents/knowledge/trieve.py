"""The knowledge base on a self-hosted Trieve server.

Trieve writes asynchronously: a 200 to an upsert means "queued", a later failure is only logged on the server. So
``upsert`` waits until what it sent can be found, and ``manifest`` and ``missing`` say what cannot. What is assumed of
the server, and how much of it was checked, stands in ``docs/trieve.md``.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from threading import Event as Flag
from threading import Lock
from typing import Literal
from uuid import UUID, uuid4

import structlog

from agents.errors import LogatlasError
from agents.knowledge.base import (
    Chunk,
    Hit,
    Kind,
    KnowledgeRequestError,
    KnowledgeUnavailableError,
    Progress,
    Query,
)
from agents.knowledge.fusion import reciprocal_rank_fusion
from agents.knowledge.trieve_chunk import clean_text, from_stored, stored_hash, stored_kind, tag_filter, to_payload
from agents.knowledge.trieve_dataset import Item, Result, Stored, TrieveDataset, batches
from agents.knowledge.trieve_http import TrieveHttp

log = structlog.get_logger(__name__)

DATASET = "logatlas"
"""Tracking id and name of the dataset that is made when none is given."""

_THREADS = 16
# Each leg is asked for more than is wanted: what one leg ranks low the other may lift.
_LEG_DEPTH = 2
_LEG_LEAST = 20
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 2.0
# What a search for candidates reads. A new decision changes none of it, so it must not outdate the memo.
_VERSIONED = (Kind.CLASS, Kind.GUIDE, Kind.EXAMPLE)

Leg = Literal["semantic", "bm25", "hybrid"]


@dataclass(frozen=True, slots=True)
class _Scored:
    """A chunk as one search found it, with the server's score of that search."""

    chunk: Chunk
    score: float


@dataclass(frozen=True, slots=True)
class _Version:
    """A version as read from the server, when (monotonic seconds), and after which write of this process."""

    value: str
    read_at: float
    mark: str


class TrieveKnowledge:
    """A :class:`KnowledgeBase` in one dataset of a Trieve server.

    Args:
        url: base URL of the server; there is no default.
        api_key: a key with admin rights on the organisation; never shown.
        dataset_id: the dataset to use; when ``None`` the one with the tracking id ``dataset`` is used, and made at
            the first call where it does not exist.
        dataset: tracking id and name of that dataset.
        organization_id: where it lies; ``None``: the first organisation of the key's user.
        search: ``fused`` asks for ``semantic`` and ``bm25`` and fuses the two rankings here; ``hybrid`` leaves that
            to the server, which needs its SPLADE and cross-encoder model servers for it.
        timeout: seconds to connect, and to wait for an answer.
        settle_timeout: ``upsert`` stops waiting when for so many seconds nothing more has arrived.
        version_ttl: seconds after which ``version`` looks for what other processes wrote.

    Raises:
        ConfigurationError: the URL or the key cannot be used. Nothing is sent before the first call.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        dataset_id: str | None = None,
        *,
        dataset: str = DATASET,
        organization_id: str | None = None,
        search: Literal["fused", "hybrid"] = "fused",
        timeout: tuple[float, float] = (2.0, 15.0),
        settle_timeout: float = 30.0,
        version_ttl: float = 60.0,
    ) -> None:
        self._hybrid = search == "hybrid"
        self._http = TrieveHttp(url, api_key, timeout, connections=_THREADS)
        self._dataset = TrieveDataset(self._http, dataset_id, dataset, organization_id, splade=self._hybrid)
        self._settle_timeout = settle_timeout
        self._version_ttl = version_ttl
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="trieve")
        self._version_lock = Lock()
        self._refreshing = Lock()
        self._version: _Version | None = None
        self._write_lock = Lock()
        self._open_writes = 0
        self._mark = _new_mark()
        self._closed = Flag()

    def __repr__(self) -> str:
        return f"TrieveKnowledge({self.name!r})"

    @property
    def name(self) -> str:
        """``trieve`` and the URL, for health pages."""
        return f"trieve at {self._http.place}"

    # -- writing

    def upsert(self, chunks: Sequence[Chunk], progress: Progress | None = None) -> None:
        """Queue chunks in batches of 120, then wait until the server has indexed them.

        ``progress`` counts what can be found. When nothing more arrives for ``settle_timeout`` seconds the wait ends
        with a warning in the log, not with an error: ``missing`` and ``manifest`` say what did not arrive. Decisions
        and transcripts are not waited for, since no search depends on them. Of chunks with one id the last is kept.

        Raises:
            KnowledgeUnavailableError, KnowledgeRequestError: the server refused or went away; what it had taken
                before is queued nevertheless.
        """
        by_id = {chunk.chunk_id: chunk for chunk in chunks}
        awaited = {c.chunk_id: c.content_hash for c in by_id.values() if c.kind in _VERSIONED}
        with self._writing() if awaited else nullcontext():
            for batch in batches(list(by_id.values())):
                self._dataset.call("POST", "/api/chunk", [to_payload(chunk) for chunk in batch])
            self._settle(awaited, len(by_id), progress)
        if by_id and not awaited and progress is not None:
            progress(len(by_id), len(by_id))

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Remove chunks; ids that the server does not know (yet) are ignored."""
        stored = list(self._dataset.stored(chunk_ids))

        def delete_one(chunk: Stored) -> None:
            try:
                self._dataset.call("DELETE", "/api/chunk/{chunk_id}", path_params={"chunk_id": chunk["id"]})
            except KnowledgeRequestError as error:
                if error.details.get("status") != 404:
                    raise

        searched = any(stored_kind(chunk) in _VERSIONED for chunk in stored)
        with self._writing() if searched else nullcontext():
            self._in_threads(delete_one, stored)

    def missing(self, expected_ids: Iterable[str]) -> list[str]:
        """Those of the ids that the server's search index does not have, in the order given."""
        wanted = list(dict.fromkeys(expected_ids))
        found = {stored["tracking_id"] for stored in self._dataset.indexed(wanted)}
        return [chunk_id for chunk_id in wanted if chunk_id not in found]

    # -- reading

    def search(self, query: Query) -> list[Hit]:
        """Hits of all wanted kinds, one request per kind and leg, all at once.

        With ``fused`` search ``Hit.dense`` and ``Hit.lexical`` are the server's scores of the semantic (cosine, as
        the datasets made here are configured) and BM25 legs; they cannot be compared with each other, nor with those
        of another engine. With ``hybrid`` search the server merges the legs and tells no scores of theirs, so both
        are ``None``; ``Hit.score`` is the reciprocal rank in either case.

        Raises:
            KnowledgeUnavailableError, KnowledgeRequestError: any of the searches failed.
        """
        legs = self._legs(query)
        searches = [(kind, limit, leg) for kind, limit in query.limits.items() if limit > 0 for leg in legs]
        found = dict(
            zip(
                ((kind, leg) for kind, _, leg in searches),
                self._in_threads(lambda search: self._search(query, *search), searches),
                strict=True,
            )
        )
        hits: list[Hit] = []
        for kind, limit in query.limits.items():
            if limit > 0 and legs:
                hits += _fuse({leg: found[kind, leg] for leg in legs}, limit)
        return hits

    def get(self, chunk_ids: Sequence[str]) -> list[Chunk]:
        """The chunks that the server has stored among the ids, in the order asked."""
        chunks = {chunk.chunk_id: chunk for chunk in _readable(self._dataset.stored(chunk_ids))}
        return [chunks[chunk_id] for chunk_id in chunk_ids if chunk_id in chunks]

    def count(self, kind: Kind | None = None, ocsf_version: str | None = None) -> int:
        """How many chunks the search index has, of one kind and version where given.

        Read by scrolling: Trieve's own count route counts the matches of a search, not of a filter.
        """
        return sum(1 for _ in self._dataset.scroll(tag_filter(_kinds(kind), ocsf_version)))

    def browse(
        self, kind: Kind | None = None, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[Chunk], str | None]:
        """One page of chunks in the order of the server's ids and the cursor of the next page.

        Raises:
            KnowledgeRequestError: the cursor is none of ours, or its chunk has been deleted since.
        """
        if cursor is not None and not _is_uuid(cursor):
            raise KnowledgeRequestError("the cursor is not one that this knowledge base gave out")
        # Two more than wanted: the cursor's own chunk, which the page starts with, and one that tells of a next page.
        page = self._dataset.page(tag_filter(_kinds(kind)), limit + 2, cursor)
        fresh = [stored for stored in page if stored["id"] != cursor]
        more = len(fresh) > limit
        return list(_readable(fresh[:limit])), fresh[limit - 1]["id"] if more else None

    def manifest(self, kinds: Iterable[Kind]) -> Iterator[tuple[str, str]]:
        """(chunk id, content hash) of every chunk of these kinds in the search index, not merely queued ones."""
        for stored in self._dataset.scroll(tag_filter(kinds)):
            if isinstance(chunk_id := stored.get("tracking_id"), str):
                yield chunk_id, stored_hash(stored)

    def version(self) -> str:
        """12 hex digits over the class, guide and example chunks; the same in every process that sees the same.

        Cheap: the value is kept. This process's own writes show at the next call. Those of others show at the latest
        ``version_ttl`` seconds and one background read of the manifest later. While this process writes, and after a
        write for as long as the server cannot be reached, the last value stands with ``+`` and a mark of that write.

        Raises:
            KnowledgeUnavailableError, KnowledgeRequestError: it was never read and cannot be now.
        """
        known = self._version
        if known is None or (known.mark != self._mark and not self._open_writes):
            with self._version_lock:
                known = self._version
                if known is None or known.mark != self._mark:
                    try:
                        known = self._read_version()
                    except KnowledgeUnavailableError:
                        if known is None:
                            raise
        elif time.monotonic() - known.read_at > self._version_ttl:
            self._refresh_version(known)
        mark = self._mark
        return known.value if known.mark == mark else f"{known.value}+{mark}"

    def check(self) -> None:
        """Return when the server answers and the dataset is there; asks even while other calls fail fast."""
        self._http.end_cool_down()
        path_params = {"dataset_id": self._dataset.dataset_id}
        self._dataset.call("GET", "/api/dataset/{dataset_id}", path_params=path_params)

    def close(self) -> None:
        """Close the connections. Later calls raise KnowledgeUnavailableError."""
        self._closed.set()
        self._http.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    # -- requests

    def _search(self, query: Query, kind: Kind, limit: int, leg: Leg) -> list[_Scored]:
        path = "/api/chunk/search"
        words = " ".join((query.text, *query.tokens)) if leg == "bm25" else query.text
        body = {
            "query": clean_text(words),
            "search_type": leg,
            "page_size": limit if leg == "hybrid" else max(_LEG_DEPTH * limit, _LEG_LEAST),
            "filters": tag_filter([kind], query.ocsf_version, query.exclude_products),
            "highlight_options": {"highlight_results": False},
        }
        answer = self._dataset.call("POST", path, body)
        pairs = self._dataset.understood(path, lambda: [(f["chunk"], float(f["score"])) for f in answer["chunks"]])
        return [_Scored(chunk, score) for stored, score in pairs for chunk in _readable([stored])]

    def _legs(self, query: Query) -> tuple[Leg, ...]:
        semantic = bool(query.text.strip()) and query.mode != "lexical"
        lexical = bool(query.text.strip() or query.tokens) and query.mode != "dense"
        if semantic and lexical and self._hybrid:
            return ("hybrid",)
        # The lexical leg first, because the fusion lets the first ranking break ties: exact codes over likeness.
        wanted: dict[Leg, bool] = {"bm25": lexical, "semantic": semantic}
        return tuple(leg for leg, on in wanted.items() if on)

    def _settle(self, awaited: dict[str, str], total: int, progress: Progress | None) -> None:
        pending = dict(awaited)
        pause = _FIRST_PAUSE_S
        give_up = time.monotonic() + self._settle_timeout
        while pending:
            for batch in batches(list(pending)):
                found = {stored["tracking_id"]: stored_hash(stored) for stored in self._dataset.indexed(batch)}
                arrived = [chunk_id for chunk_id in batch if found.get(chunk_id) == pending[chunk_id]]
                if not arrived:
                    continue
                for chunk_id in arrived:
                    del pending[chunk_id]
                pause = _FIRST_PAUSE_S
                give_up = time.monotonic() + self._settle_timeout
                if progress is not None:
                    progress(total - len(pending), total)
            if pending and time.monotonic() + pause > give_up:
                log.warning("trieve_chunks_did_not_arrive", count=len(pending), first=next(iter(pending)))
                return
            if pending:
                # Woken early by close(), after which the next request raises.
                self._closed.wait(pause)
                pause = min(pause * 1.5, _LONGEST_PAUSE_S)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Mark a write, so that nothing decided during it is taken for a decision on the old or new knowledge."""
        with self._write_lock:
            self._open_writes += 1
            self._mark = _new_mark()
        try:
            yield
        finally:
            with self._write_lock:
                self._open_writes -= 1
                self._mark = _new_mark()

    def _read_version(self) -> _Version:
        mark = self._mark
        digest = hashlib.sha256()
        for chunk_id, content_hash in sorted(self.manifest(_VERSIONED)):
            digest.update(f"{chunk_id}\0{content_hash}\n".encode())
        read = _Version(digest.hexdigest()[:12], time.monotonic(), mark)
        self._version = read
        return read

    def _refresh_version(self, known: _Version) -> None:
        if self._closed.is_set() or not self._refreshing.acquire(blocking=False):
            return

        def refresh() -> None:
            try:
                self._read_version()
            except LogatlasError as error:
                log.warning("trieve_version_not_refreshed", error=error.message)
                self._version = replace(known, read_at=time.monotonic())
            finally:
                self._refreshing.release()

        self._threads.submit(refresh)

    def _in_threads(self, work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        if len(items) < 2:
            return [work(item) for item in items]
        try:
            return list(self._threads.map(work, items))
        except RuntimeError as error:
            if self._closed.is_set():
                raise KnowledgeUnavailableError("the connection to Trieve is closed") from error
            raise


def _fuse(legs: dict[Leg, list[_Scored]], limit: int) -> list[Hit]:
    chunks = {scored.chunk.chunk_id: scored.chunk for ranking in legs.values() for scored in ranking}
    scores = {leg: {scored.chunk.chunk_id: scored.score for scored in ranking} for leg, ranking in legs.items()}
    fused = reciprocal_rank_fusion([list(ranking) for ranking in scores.values()])
    return [
        Hit(
            chunk=chunks[chunk_id],
            score=score,
            rank=rank,
            dense=scores.get("semantic", {}).get(chunk_id),
            lexical=scores.get("bm25", {}).get(chunk_id),
        )
        for rank, (chunk_id, score) in enumerate(fused[:limit], start=1)
    ]


def _readable(stored_chunks: Iterable[Stored]) -> Iterator[Chunk]:
    for stored in stored_chunks:
        try:
            yield from_stored(stored)
        except ValueError as error:
            # Somebody else's chunk under our tags; it must not stop a search.
            log.warning("trieve_chunk_not_ours", error=str(error))


def _new_mark() -> str:
    return uuid4().hex[:8]


def _kinds(kind: Kind | None) -> Iterable[Kind]:
    return Kind if kind is None else (kind,)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
