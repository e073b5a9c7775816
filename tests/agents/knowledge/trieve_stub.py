"""A stand-in for a Trieve server that keeps state: what the adapter needs of the API, over real HTTP.

It follows the OpenAPI description that Trieve publishes (version 2 answers): chunks are queued and show up later, are
replaced only on request, lose their markup unless told otherwise, and vanish without a word when they cannot be
indexed. Faults can be queued in front of it.
"""

from __future__ import annotations

import json
import math
import re
import socket
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import trieve_contract

from agents.knowledge.base import KnowledgeBase
from agents.knowledge.embedding import Embedder
from agents.knowledge.fusion import reciprocal_rank_fusion
from agents.knowledge.trieve import TrieveKnowledge

API_KEY = "tr-stub-key-5f0c2a"
ORGANIZATION = "11111111-1111-4111-8111-111111111111"
_USER = "22222222-2222-4222-8222-222222222222"
_NOW = "2025-01-01T00:00:00"
_BATCH = 120


@contextmanager
def trieve_knowledge(tmp_path: Path, embedder: Embedder) -> Iterator[KnowledgeBase]:
    """An empty knowledge base on a stub server; every exchange is held to the SDK's types where node can run."""
    with TrieveStub(embedder) as stub:
        knowledge = TrieveKnowledge(stub.url, API_KEY)
        try:
            yield knowledge
        finally:
            knowledge.close()
        if not trieve_contract.why_not():
            trieve_contract.check(stub.exchanges)


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; ``route`` is the path with its parameters as in the OpenAPI description."""

    method: str
    route: str
    request: Any
    status: int
    answer: Any
    headers: dict[str, str]


class RefusalError(Exception):
    """An answer with an error status and Trieve's error body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass
class Stored:
    """A chunk in the index: its metadata as it is answered, and what the searches read."""

    metadata: dict[str, Any]
    vector: np.ndarray[Any, Any]
    indexed_text: str
    words: Counter[str]


@dataclass
class Dataset:
    """A dataset: its configuration, the index by tracking id, and what is queued with the time it is due."""

    dataset_id: str
    tracking_id: str | None
    name: str
    configuration: dict[str, Any]
    index: dict[str, Stored] = field(default_factory=dict)
    queue: deque[tuple[float, dict[str, Any]]] = field(default_factory=deque)

    def described(self) -> dict[str, Any]:
        return {
            "id": self.dataset_id, "name": self.name, "organization_id": ORGANIZATION, "tracking_id": self.tracking_id,
            "server_configuration": self.configuration, "deleted": 0, "created_at": _NOW, "updated_at": _NOW,
        }  # fmt: skip


Fault = Callable[["Handler"], None]


def answers(status: int, body: bytes = b'{"message":"no"}', **headers: str) -> Fault:
    """A fault: this status and body instead of the answer; underscores in header names stand for dashes."""
    return lambda handler: handler.send(status, body, {k.replace("_", "-"): v for k, v in headers.items()})


def hangs(seconds: float) -> Fault:
    """A fault: no answer for a while, then the connection closes."""

    def fault(handler: Handler) -> None:
        handler.server.stub.stopped.wait(seconds)
        handler.close_connection = True

    return fault


def breaks_off(handler: Handler) -> None:
    """A fault: the answer stops in the middle."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
    handler.wfile.write(head + b'{"chunks": [{"chu')
    handler.wfile.flush()
    handler.close_connection = True


def hangs_up(handler: Handler) -> None:
    """A fault: the connection closes without an answer."""
    handler.close_connection = True


class TrieveStub:
    """The server. Attributes may be changed while it runs.

    ``delay`` is how long (seconds) a chunk stays queued, ``dropped`` the tracking ids that are silently never
    indexed, ``bm25`` whether the server runs with ``BM25_ACTIVE``, ``hybrid`` whether it has its model servers,
    ``read_only`` whether the key lacks admin rights.
    """

    def __init__(self, embedder: Embedder, *, bm25: bool = True, hybrid: bool = False) -> None:
        self.embedder = embedder
        self.bm25 = bm25
        self.hybrid = hybrid
        self.read_only = False
        self.delay = 0.0
        self.dropped: set[str] = set()
        self.datasets: dict[str, Dataset] = {}
        self.exchanges: list[Exchange] = []
        self.requests_seen = 0
        self.stopped = threading.Event()
        self.lock = threading.RLock()
        self._faults: deque[tuple[str, Fault]] = deque()
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.stub = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> TrieveStub:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        self._thread.join()

    def fail(self, *faults: Fault, route: str = "/") -> None:
        """Meet the next requests whose path starts with ``route`` with these faults, one each."""
        self._faults.extend((route, fault) for fault in faults)

    def heal(self) -> None:
        """Forget the faults that have not struck yet."""
        self._faults.clear()

    def next_fault(self, path: str) -> Fault | None:
        with self.lock:
            if self._faults and path.startswith(self._faults[0][0]):
                return self._faults.popleft()[1]
            return None

    def dataset(self) -> Dataset:
        """The only dataset."""
        (found,) = self.datasets.values()
        return found

    def sent(self, method: str, route: str) -> list[Any]:
        """The bodies of all requests of one route, oldest first."""
        return [e.request for e in self.exchanges if (e.method, e.route) == (method, route)]

    # -- routes

    def answer(self, method: str, path: str, headers: dict[str, str], body: Any) -> tuple[str, int, Any]:
        """(route, status, JSON answer) of one request."""
        for (route_method, route), (handle, writes) in _ROUTES.items():
            pattern = re.sub(r"\{\w+\}", "([^/]+)", route)
            if method == route_method and (match := re.fullmatch(pattern, path)):
                try:
                    self._admit(headers, writes)
                    with self.lock:
                        return (route, *handle(self, headers, body, *map(unquote, match.groups())))
                except RefusalError as refusal:
                    return route, refusal.status, {"message": refusal.message}
        return path, 404, {"message": "Not found"}

    def _admit(self, headers: dict[str, str], writes: bool) -> None:
        if headers.get("authorization") != API_KEY:
            raise RefusalError(401, "Unauthorized")
        if writes and self.read_only:
            raise RefusalError(403, "You must be an admin or owner")
        if headers.get("x-api-version") != "V2":
            raise RefusalError(400, "this stub answers version 2 only")

    def _me(self, headers: dict[str, str], body: Any) -> tuple[int, Any]:
        organization = {
            "id": ORGANIZATION, "name": "default", "registerable": True, "partner_configuration": None, "deleted": 0,
            "created_at": _NOW, "updated_at": _NOW,
        }  # fmt: skip
        user = {"id": _USER, "email": "admin@example.com", "name": None, "created_at": _NOW}
        return 200, {**user, "orgs": [organization], "user_orgs": []}

    def _create_dataset(self, headers: dict[str, str], body: Any) -> tuple[int, Any]:
        _require_organization(headers)
        if any(d.tracking_id == body["tracking_id"] for d in self.datasets.values()):
            raise RefusalError(400, "tracking_id must be unique within the organization")
        made = Dataset(
            str(uuid.uuid4()), body["tracking_id"], body["dataset_name"], body.get("server_configuration") or {}
        )
        self.datasets[made.dataset_id] = made
        return 200, made.described()

    def _dataset_by_tracking_id(self, headers: dict[str, str], body: Any, tracking_id: str) -> tuple[int, Any]:
        _require_organization(headers)
        for dataset in self.datasets.values():
            if dataset.tracking_id == tracking_id:
                return 200, dataset.described()
        raise RefusalError(404, "Dataset not found")

    def _dataset_by_id(self, headers: dict[str, str], body: Any, dataset_id: str) -> tuple[int, Any]:
        self._of(headers)
        if dataset_id not in self.datasets:
            raise RefusalError(404, "Dataset not found")
        return 200, self.datasets[dataset_id].described()

    def _create_chunks(self, headers: dict[str, str], body: Any) -> tuple[int, Any]:
        dataset = self._of(headers)
        payloads = body if isinstance(body, list) else [body]
        if len(payloads) > _BATCH:
            raise RefusalError(413, "More than 120 chunks in one request")
        due = time.monotonic() + self.delay
        dataset.queue.extend((due, payload) for payload in payloads)
        queued = [_metadata(dataset, payload, str(uuid.uuid4())) for payload in payloads]
        return 200, {"chunk_metadata": queued if isinstance(body, list) else queued[0]}

    def _delete_chunk(self, headers: dict[str, str], body: Any, chunk_id: str) -> tuple[int, Any]:
        dataset = self._of(headers)
        for tracking_id, stored in dataset.index.items():
            if stored.metadata["id"] == chunk_id:
                del dataset.index[tracking_id]
                return 204, None
        raise RefusalError(404, "Chunk not found")

    def _chunks_by_tracking_ids(self, headers: dict[str, str], body: Any) -> tuple[int, Any]:
        dataset = self._of(headers)
        # In no particular order, as from a database.
        return 200, [s.metadata for i, s in reversed(dataset.index.items()) if i in set(body["tracking_ids"])]

    def _scroll(self, headers: dict[str, str], body: Any) -> tuple[int, Any]:
        dataset = self._of(headers)
        found = sorted(self._filtered(dataset, body.get("filters")), key=lambda stored: str(stored.metadata["id"]))
        if (offset := body.get("offset_chunk_id")) is not None:
            if all(stored.metadata["id"] != offset for stored in dataset.index.values()):
                raise RefusalError(400, "Could not find the offset chunk")
            found = [stored for stored in found if stored.metadata["id"] >= offset]
        return 200, {"chunks": [stored.metadata for stored in found[: body.get("page_size") or 10]]}

    def _search(self, headers: dict[str, str], body: Any) -> tuple[int, Any]:
        dataset = self._of(headers)
        query, search_type = body["query"], body["search_type"]
        if not query.strip():
            raise RefusalError(400, "Query is empty")
        if search_type == "bm25" and not (self.bm25 and dataset.configuration.get("BM25_ENABLED")):
            raise RefusalError(400, "BM25 is not active")
        if search_type == "hybrid" and not (self.hybrid and dataset.configuration.get("FULLTEXT_ENABLED")):
            raise RefusalError(500, "No SPLADE server")
        candidates = list(self._filtered(dataset, body.get("filters")))
        rank = {"semantic": self._by_meaning, "bm25": _by_words, "hybrid": self._by_both}[search_type]
        scored = sorted(rank(query, candidates), key=lambda pair: (-pair[1], pair[0].metadata["tracking_id"]))
        marked = (body.get("highlight_options") or {}).get("highlight_results", True)
        chunks = [
            {
                "chunk": _highlighted(stored.metadata, query) if marked else stored.metadata,
                "highlights": None,
                "score": score,
            }
            for stored, score in scored[: body.get("page_size") or 10]
        ]
        return 200, {"id": str(uuid.uuid4()), "chunks": chunks, "corrected_query": None, "total_pages": 1}

    # -- the engine

    def _of(self, headers: dict[str, str]) -> Dataset:
        named = headers.get("tr-dataset")
        if not named:
            raise RefusalError(400, "TR-Dataset header is required")
        for dataset in self.datasets.values():
            if named in (dataset.dataset_id, dataset.tracking_id):
                self._ingest(dataset)
                return dataset
        raise RefusalError(404, "Dataset not found")

    def _ingest(self, dataset: Dataset) -> None:
        while dataset.queue and dataset.queue[0][0] <= time.monotonic():
            _, payload = dataset.queue.popleft()
            tracking_id = payload["tracking_id"]
            existing = dataset.index.get(tracking_id)
            ignored = existing is not None and not payload.get("upsert_by_tracking_id")
            # PostgreSQL stores no NUL; the worker logs the error and goes on.
            if ignored or tracking_id in self.dropped or _has_nul(payload):
                continue
            text = payload.get("semantic_content") or payload["chunk_html"]
            words = payload.get("fulltext_content") or payload["chunk_html"]
            if payload.get("convert_html_to_text", True):
                text, words = _without_markup(text), _without_markup(words)
            chunk_id = existing.metadata["id"] if existing else str(uuid.uuid4())
            dataset.index[tracking_id] = Stored(
                metadata=_metadata(dataset, payload, chunk_id),
                vector=self.embedder.embed([text])[0],
                indexed_text=text,
                words=Counter(_words(words)),
            )

    def _filtered(self, dataset: Dataset, filters: dict[str, Any] | None) -> Iterator[Stored]:
        wanted = filters or {}
        for stored in dataset.index.values():
            must = all(_matches(stored, c) for c in wanted.get("must") or [])
            must_not = not any(_matches(stored, c) for c in wanted.get("must_not") or [])
            should = not wanted.get("should") or any(_matches(stored, c) for c in wanted["should"])
            if must and must_not and should:
                yield stored

    def _by_meaning(self, query: str, candidates: list[Stored]) -> list[tuple[Stored, float]]:
        vector = self.embedder.embed([query])[0]
        return [(stored, float(stored.vector @ vector)) for stored in candidates]

    def _by_both(self, query: str, candidates: list[Stored]) -> list[tuple[Stored, float]]:
        by_id = {stored.metadata["tracking_id"]: stored for stored in candidates}
        rankings = [
            [stored.metadata["tracking_id"] for stored, _ in sorted(scored, key=lambda pair: -pair[1])]
            for scored in (self._by_meaning(query, candidates), _by_words(query, candidates))
        ]
        # A cross-encoder's scores have a scale of their own.
        return [(by_id[tracking_id], 900 * score) for tracking_id, score in reciprocal_rank_fusion(rankings)]


_ROUTES: dict[tuple[str, str], tuple[Callable[..., tuple[int, Any]], bool]] = {
    ("GET", "/api/auth/me"): (TrieveStub._me, False),
    ("POST", "/api/dataset"): (TrieveStub._create_dataset, True),
    ("GET", "/api/dataset/tracking_id/{tracking_id}"): (TrieveStub._dataset_by_tracking_id, False),
    ("GET", "/api/dataset/{dataset_id}"): (TrieveStub._dataset_by_id, False),
    ("POST", "/api/chunk"): (TrieveStub._create_chunks, True),
    ("POST", "/api/chunk/search"): (TrieveStub._search, False),
    ("DELETE", "/api/chunk/{chunk_id}"): (TrieveStub._delete_chunk, True),
    ("POST", "/api/chunks/tracking"): (TrieveStub._chunks_by_tracking_ids, False),
    ("POST", "/api/chunks/scroll"): (TrieveStub._scroll, False),
}


class Handler(BaseHTTPRequestHandler):
    """HTTP around :class:`TrieveStub`."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        stub = self.server.stub
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        stub.requests_seen += 1
        if (fault := stub.next_fault(self.path)) is not None:
            fault(self)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = None
        if raw and (body is None or headers.get("content-type") != "application/json"):
            self.send(400, b'{"message": "Json deserialize error"}')
            return
        route, status, answer = stub.answer(self.command, self.path, headers, body)
        stub.exchanges.append(Exchange(self.command, route, body, status, answer, headers))
        self.send(status, b"" if answer is None else json.dumps(answer).encode())

    do_POST = do_DELETE = do_GET  # noqa: N815

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        if status == 204:
            self.end_headers()
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    stub: TrieveStub

    def __init__(self, address: tuple[str, int], handler: type[Handler]) -> None:
        super().__init__(address, handler)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error."""

    def hang_up(self) -> None:
        for request in list(self._open):
            self.shutdown_request(request)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _without_markup(text: str) -> str:
    parser = _Text()
    # "<134>" is no tag to Python's parser, but it is lost on the server.
    parser.feed(re.sub(r"<\d+>", "", text))
    parser.close()
    return "".join(parser.parts)


def _has_nul(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_nul, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and "\0" in value


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _by_words(query: str, candidates: list[Stored]) -> list[tuple[Stored, float]]:
    """BM25 with k1 = 1.2 and b = 0.75."""
    average = sum(stored.words.total() for stored in candidates) / max(len(candidates), 1)
    scored = []
    for stored in candidates:
        score = 0.0
        for word in set(_words(query)):
            having = sum(word in other.words for other in candidates)
            often = stored.words[word]
            norm = often + 1.2 * (0.25 + 0.75 * stored.words.total() / average)
            score += math.log(1 + (len(candidates) - having + 0.5) / (having + 0.5)) * often * 2.2 / norm
        if score > 0:
            scored.append((stored, score))
    return scored


def _matches(stored: Stored, condition: dict[str, Any]) -> bool:
    if "tracking_ids" in condition:
        return stored.metadata["tracking_id"] in condition["tracking_ids"]
    if condition.get("field") != "tag_set":
        raise RefusalError(400, f"no index on {condition.get('field')}")
    return bool(set(stored.metadata["tag_set"] or []) & set(condition["match_any"]))


def _metadata(dataset: Dataset, payload: dict[str, Any], chunk_id: str) -> dict[str, Any]:
    return {
        "id": chunk_id, "dataset_id": dataset.dataset_id, "tracking_id": payload["tracking_id"],
        "chunk_html": payload["chunk_html"], "metadata": payload.get("metadata"), "tag_set": payload.get("tag_set"),
        "link": None, "location": None, "image_urls": None, "num_value": None, "time_stamp": None, "weight": 0.0,
        "created_at": _NOW, "updated_at": _NOW,
    }  # fmt: skip


def _highlighted(metadata: dict[str, Any], query: str) -> dict[str, Any]:
    html = metadata["chunk_html"]
    for word in dict.fromkeys(_words(query)):
        html = re.sub(rf"\b{word}\b", f"<mark><b>{word}</b></mark>", html, flags=re.IGNORECASE)
    return {**metadata, "chunk_html": html}


def _require_organization(headers: dict[str, str]) -> None:
    if headers.get("tr-organization") != ORGANIZATION:
        raise RefusalError(400, "TR-Organization header is required")
