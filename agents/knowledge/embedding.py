"""Text to vector: MiniLM (or another GGUF) in process through llama.cpp, or an OpenAI-compatible endpoint."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

import httpx
import numpy as np
import tenacity
from cachetools import LRUCache
from numpy.typing import NDArray

from agents.errors import UnavailableError
from agents.events.event import printable
from models.llama_runtime import native as llama_cpp

Vectors = NDArray[np.float32]
"""One row per text, each of length 1 (L2)."""

_CONTEXT_TOKENS = 512
# A token rarely spans more than a few characters, so this never decides what the 512 tokens hold; it keeps a
# megabyte of log from being tokenized for them.
_LONGEST_TEXT = 64 * _CONTEXT_TOKENS
_CACHED_VECTORS = 4096
_BATCH = 64
_ATTEMPTS = 3
_RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})


class EmbeddingUnavailableError(UnavailableError):
    """The embedding model cannot be loaded or reached, or answered something that is no embedding."""

    code = "embeddings_unavailable"


class Embedder(Protocol):
    """A model that turns text into vectors whose dot product is their similarity. Safe to share by threads."""

    @property
    def name(self) -> str:
        """The model; vectors of equal names are comparable, others are not."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector. May ask the server the first time, and then raise EmbeddingUnavailableError."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape ``(len(texts), dimension)``, float32, each of L2 norm 1.

        Any text is accepted: overlong ones are cut to what the model reads, lone surrogates count as U+FFFD.

        Raises:
            EmbeddingUnavailableError
        """
        ...

    def close(self) -> None:
        """Free the model or the connections. Later calls raise EmbeddingUnavailableError."""
        ...


class LlamaCppEmbedder:
    """Embeddings of a GGUF model in process.

    Texts go through the model one at a time in one context of 512 tokens: a larger joint context is many times
    slower on a CPU, and one context serialises the threads, which share its cores anyway. The vectors of the last
    4,096 different texts are kept (6 MB with MiniLM), because the templates of logs repeat.

    Raises:
        EmbeddingUnavailableError: the file is missing or is no embedding model that llama.cpp loads.
    """

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self.name = path.stem
        self._model = _load(path, threads)
        self.dimension: int = self._model.n_embd()
        self._closed = False
        self._model_lock = Lock()
        self._cache: LRUCache[bytes, Vectors] = LRUCache(_CACHED_VECTORS)
        self._cache_lock = Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder.embed``."""
        if self._closed:
            raise EmbeddingUnavailableError("the embedding model is closed")
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            rows[row] = self._embed_one(printable(text[:_LONGEST_TEXT]))
        return rows

    def close(self) -> None:
        """Free the model; waits for an embedding in progress."""
        with self._model_lock:
            if not self._closed:
                self._closed = True
                self._model.close()

    def _embed_one(self, text: str) -> Vectors:
        key = hashlib.blake2b(text.encode(), digest_size=16).digest()
        with self._cache_lock:
            cached = self._cache.get(key)
        if cached is not None:
            return cached
        with self._model_lock:
            if self._closed:
                raise EmbeddingUnavailableError("the embedding model is closed")
            try:
                # The tokenizer reads a C string, which would end at a NUL.
                values = self._model.embed(text.replace("\0", " "), truncate=True)
            except (RuntimeError, ValueError) as error:
                raise EmbeddingUnavailableError(f"the embedding model failed: {error}") from error
        vector = _normalised(np.asarray(values, dtype=np.float32))
        with self._cache_lock:
            self._cache[key] = vector
        return vector


def _load(path: Path, threads: int | None) -> llama_cpp.Llama:
    if not path.is_file():
        raise EmbeddingUnavailableError(f"embedding model {path} is missing; run make setup, or set EMBEDDINGS_MODEL")
    try:
        model = llama_cpp.Llama(
            str(path), embedding=True, n_ctx=_CONTEXT_TOKENS, n_batch=_CONTEXT_TOKENS, n_ubatch=_CONTEXT_TOKENS,
            n_threads=threads, n_threads_batch=threads, verbose=False,
        )  # fmt: skip
    except (RuntimeError, ValueError) as error:
        raise EmbeddingUnavailableError(f"embedding model {path} cannot be loaded: {error}") from error
    # Annotated as a text, but a number.
    if str(model.pooling_type()) == str(llama_cpp.LLAMA_POOLING_TYPE_NONE):
        model.close()
        raise EmbeddingUnavailableError(
            f"{path} is not an embedding model: it does not pool its tokens into one vector"
        )
    return model


class OpenAIEmbedder:
    """Embeddings of a server that speaks OpenAI's ``POST /v1/embeddings`` (llama-server, vLLM, Ollama, TEI).

    ``base_url`` as OpenAI clients take it, with the ``/v1``; a URL without a path gets it. Texts are sent 64 at a
    time and cut at 32,768 characters; servers that refuse overlong texts instead of cutting them need their own
    truncation switched on. Connection failures, timeouts and statuses 408, 429 and 5xx are tried three times. The
    key is sent as a bearer token and never appears in a message.
    """

    def __init__(
        self, base_url: str, model: str, api_key: str | None = None, *, timeout: float = 30.0,
        backoff: tenacity.wait.wait_base | None = None,
    ) -> None:  # fmt: skip
        self.name = model
        self._host = urlsplit(base_url).hostname or base_url
        url = base_url.rstrip("/")
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.Client(
            base_url=url if urlsplit(url).path else f"{url}/v1",
            headers=headers,
            timeout=httpx.Timeout(timeout, connect=min(5.0, timeout)),
        )
        self._dimension: int | None = None
        self._retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=backoff or tenacity.wait_random_exponential(multiplier=0.4, max=2.0),
            retry=tenacity.retry_if_exception(_is_transient),
            reraise=True,
        )

    @property
    def dimension(self) -> int:
        """Length of a vector, found out by embedding a word the first time."""
        if self._dimension is None:
            self.embed(["dimension"])
        assert self._dimension is not None
        return self._dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder.embed``."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        # An empty text is an error to several servers, and has no meaning to any.
        sent = [printable(text[:_LONGEST_TEXT]) or " " for text in texts]
        return np.concatenate([self._embed_batch(sent[i : i + _BATCH]) for i in range(0, len(sent), _BATCH)])

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _embed_batch(self, texts: list[str]) -> Vectors:
        answer = self._call(lambda: self._post(texts))
        try:
            rows = sorted(answer.json()["data"], key=lambda item: item["index"])
            vectors = np.asarray([row["embedding"] for row in rows], dtype=np.float32)
        except (ValueError, KeyError, TypeError) as error:
            raise self._unusable("its answer is not an embeddings response") from error
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise self._unusable("it did not answer one vector of finite numbers for each text")
        dimension = vectors.shape[1]
        if self._dimension not in (None, dimension):
            raise self._unusable(f"its vectors changed from {self._dimension} to {dimension} numbers")
        self._dimension = dimension
        return _normalised(vectors)

    def _post(self, texts: list[str]) -> httpx.Response:
        response = self._client.post("embeddings", json={"model": self.name, "input": texts})
        response.raise_for_status()
        return response

    def _call(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        if self._client.is_closed:
            raise EmbeddingUnavailableError("the embedding client is closed")
        try:
            return self._retrying(send)
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            reason = "it refused the API key" if status in (401, 403) else "it refused the request"
            raise self._unusable(f"{reason} (HTTP {status})") from None
        except httpx.TimeoutException:
            raise self._unusable("it did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unusable(f"it cannot be reached ({type(error).__name__})") from None

    def _unusable(self, reason: str) -> EmbeddingUnavailableError:
        return EmbeddingUnavailableError(f"embedding server {self._host}: {reason}", model=self.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _is_transient(error: BaseException) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in _RETRIED_STATUSES
    return isinstance(error, httpx.TransportError)


def _normalised(vectors: NDArray[Any]) -> Vectors:
    """Rows scaled to L2 norm 1; a zero row, which has no direction, stays zero."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(norms == 0, 1, norms), dtype=np.float32)
