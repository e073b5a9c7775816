"""Parts that may be away when the service starts, or later: opened on use, tried again after a pause."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Event as Flag
from typing import Generic, Protocol, TypeVar

from agents.errors import LogatlasError
from agents.knowledge.base import Chunk, Hit, Kind, KnowledgeBase, KnowledgeUnavailableError, Progress, Query
from agents.knowledge.embedding import Embedder, EmbeddingUnavailableError, Vectors
from agents.llm.base import LanguageModel, Message, ModelUnavailableError

RETRY_S = 15.0
"""Seconds for which a part that could not be opened is not tried again."""


class _Closable(Protocol):
    def close(self) -> None: ...


_Part = TypeVar("_Part", bound=_Closable)


class Reopening(Generic[_Part]):
    """One part and how to open it. Safe to share by threads; only one of them ever waits for an attempt."""

    def __init__(self, open_part: Callable[[], _Part], closed_error: Callable[[], LogatlasError]) -> None:
        """``closed_error`` makes the error of a part that was closed, or that another thread is just opening."""
        self._open = open_part
        self._closed_error = closed_error
        self._lock = threading.Lock()
        self._part: _Part | None = None
        self._error: LogatlasError | None = None
        self._not_before = 0.0
        self._closed = False

    def get(self) -> _Part:
        """The part, opened now if it is not yet.

        Raises:
            LogatlasError: why it cannot be opened; the same error again until ``RETRY_S`` have passed.
        """
        if self._part is not None:
            return self._part
        if self._error is not None and time.monotonic() < self._not_before:
            raise self._error
        if not self._lock.acquire(blocking=self._error is None):
            raise self._error or self._closed_error()
        try:
            if self._closed:
                raise self._closed_error()
            if self._part is None:
                self._part = self._attempt()
            return self._part
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the part, if it was ever opened; it is not opened again."""
        with self._lock:
            part, self._part, self._closed = self._part, None, True
        if part is not None:
            part.close()

    def _attempt(self) -> _Part:
        try:
            part = self._open()
        except LogatlasError as error:
            self._error = error
            self._not_before = time.monotonic() + RETRY_S
            raise
        self._error = None
        return part


class ReopeningKnowledge:
    """A ``KnowledgeBase`` that may be away at first; every method raises what kept it from opening."""

    def __init__(self, name: str, open_part: Callable[[], KnowledgeBase]) -> None:
        self._name = name
        self._part = Reopening(open_part, lambda: KnowledgeUnavailableError("the knowledge base is not open"))

    @property
    def name(self) -> str:
        """The adapter's kind, known before it is open."""
        return self._name

    def upsert(self, chunks: Sequence[Chunk], progress: Progress | None = None) -> None:
        """See ``KnowledgeBase``."""
        self._part.get().upsert(chunks, progress)

    def search(self, query: Query) -> list[Hit]:
        """See ``KnowledgeBase``."""
        return self._part.get().search(query)

    def get(self, chunk_ids: Sequence[str]) -> list[Chunk]:
        """See ``KnowledgeBase``."""
        return self._part.get().get(chunk_ids)

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """See ``KnowledgeBase``."""
        self._part.get().delete(chunk_ids)

    def count(self, kind: Kind | None = None, ocsf_version: str | None = None) -> int:
        """See ``KnowledgeBase``."""
        return self._part.get().count(kind, ocsf_version)

    def browse(
        self, kind: Kind | None = None, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[list[Chunk], str | None]:
        """See ``KnowledgeBase``."""
        return self._part.get().browse(kind, limit=limit, cursor=cursor)

    def manifest(self, kinds: Iterable[Kind]) -> Iterator[tuple[str, str]]:
        """See ``KnowledgeBase``."""
        return self._part.get().manifest(kinds)

    def version(self) -> str:
        """See ``KnowledgeBase``."""
        return self._part.get().version()

    def check(self) -> None:
        """See ``KnowledgeBase``."""
        self._part.get().check()

    def close(self) -> None:
        """See ``KnowledgeBase``."""
        self._part.close()


class ReopeningEmbedder:
    """An ``Embedder`` that may be away at first, so that lexical search works without it."""

    def __init__(self, name: str, dimension: int, open_part: Callable[[], Embedder]) -> None:
        self.name = name
        self.dimension = dimension
        self._part = Reopening(open_part, lambda: EmbeddingUnavailableError("the embedding model is not open"))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder``."""
        return self._part.get().embed(texts)

    def check(self) -> None:
        """Return when the model is open; raises what kept it from opening."""
        self._part.get()

    def close(self) -> None:
        """See ``Embedder``."""
        self._part.close()


class ReopeningModel:
    """A ``LanguageModel`` that may be away at first; every method raises what kept it from opening."""

    def __init__(self, name: str, open_part: Callable[[], LanguageModel]) -> None:
        self._name = name
        self._part = Reopening(open_part, lambda: ModelUnavailableError("the language model is not open"))

    @property
    def name(self) -> str:
        """The model's name, known before it is open."""
        return self._name

    def score_choices(
        self, messages: Sequence[Message], choices: Sequence[str], *, timeout: float | None = None
    ) -> list[float]:
        """See ``LanguageModel``."""
        return self._part.get().score_choices(messages, choices, timeout=timeout)

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.0,
        stop: Flag | None = None,
        timeout: float | None = None,
    ) -> Iterator[str]:
        """See ``LanguageModel``."""
        return self._part.get().stream(
            messages, max_tokens=max_tokens, temperature=temperature, stop=stop, timeout=timeout
        )

    def check(self) -> None:
        """See ``LanguageModel``."""
        self._part.get().check()

    def close(self) -> None:
        """See ``LanguageModel``."""
        self._part.close()
