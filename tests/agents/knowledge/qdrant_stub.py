"""A Qdrant server for tests: the REST routes that the adapter uses, over qdrant-client's in-process engine.

Requests are read and answers written with the client's own models, which are generated from Qdrant's OpenAPI
document. It stands in for a server binary: paths, bodies, statuses and connection failures are real, the engine is
the client's reimplementation of Qdrant in Python.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pydantic import TypeAdapter, ValidationError
from qdrant_client import QdrantClient, models


@dataclass
class QdrantStub:
    """The server's state, and what a test can do to it."""

    url: str = ""
    api_key: str | None = None
    failures: list[int] = field(default_factory=list)
    """Statuses to answer the next requests with."""
    delay: float = 0.0
    requests: list[tuple[str, str]] = field(default_factory=list)
    engine: QdrantClient = field(default_factory=lambda: QdrantClient(":memory:"))
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def qdrant_stub(port: int = 0, api_key: str | None = None) -> Iterator[QdrantStub]:
    """A running server; it stops, and loses everything, at the end."""
    stub = QdrantStub(api_key=api_key)
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"stub": stub}))
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        stub.engine.close()


class _NotFoundError(Exception):
    pass


class _Handler(BaseHTTPRequestHandler):
    stub: QdrantStub
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def _serve(self) -> None:
        path = self.path.partition("?")[0]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.stub.requests.append((self.command, path))
        time.sleep(self.stub.delay)
        if self.stub.failures:
            return self._answer(self.stub.failures.pop(0), {"status": {"error": "told to fail"}})
        if self.stub.api_key is not None and self.headers.get("api-key") != self.stub.api_key:
            return self._answer(401, {"status": {"error": "unauthorized"}})
        for method, pattern, handle in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match and method == self.command:
                try:
                    with self.stub.lock:
                        result = handle(self.stub.engine, *match.groups(), body)
                except _NotFoundError:
                    return self._answer(404, {"status": {"error": "not found"}})
                except (ValidationError, ValueError) as error:
                    return self._answer(400, {"status": {"error": str(error)}})
                return self._answer(200, {"result": result, "status": "ok", "time": 0.0})
        return self._answer(404, {"status": {"error": f"no route {self.command} {path}"}})

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def _answer(self, status: int, content: Any) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        try:
            self.wfile.write(data)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


def _read(kind: Any, body: bytes) -> Any:
    return TypeAdapter(kind).validate_json(body)


def _dump(value: Any) -> Any:
    return value.model_dump(mode="json", by_alias=True, exclude_none=False)


def _existing(engine: QdrantClient, name: str) -> str:
    aliases = {a.alias_name: a.collection_name for a in engine.get_aliases().aliases}
    name = aliases.get(name, name)
    if not engine.collection_exists(name):
        raise _NotFoundError
    return name


def _create(engine: QdrantClient, name: str, body: bytes) -> bool:
    asked = _read(models.CreateCollection, body)
    return engine.create_collection(
        name, vectors_config=asked.vectors, sparse_vectors_config=asked.sparse_vectors, metadata=asked.metadata
    )


def _update(engine: QdrantClient, name: str, body: bytes) -> bool:
    asked = _read(models.UpdateCollection, body)
    return engine.update_collection(_existing(engine, name), metadata=asked.metadata)


def _index(engine: QdrantClient, name: str, body: bytes) -> dict[str, Any]:
    _read(models.CreateFieldIndex, body)
    _existing(engine, name)
    return {"operation_id": 0, "status": "completed"}


def _upsert(engine: QdrantClient, name: str, body: bytes) -> Any:
    asked = _read(models.PointsList, body)
    return _dump(engine.upsert(_existing(engine, name), asked.points))


def _retrieve(engine: QdrantClient, name: str, body: bytes) -> Any:
    asked = _read(models.PointRequest, body)
    records = engine.retrieve(
        _existing(engine, name), asked.ids, with_payload=asked.with_payload, with_vectors=asked.with_vector
    )
    return [_dump(record) for record in records]


def _delete(engine: QdrantClient, name: str, body: bytes) -> Any:
    return _dump(engine.delete(_existing(engine, name), _read(models.PointIdsList, body).points))


def _scroll(engine: QdrantClient, name: str, body: bytes) -> Any:
    asked = _read(models.ScrollRequest, body)
    records, rest = engine.scroll(
        _existing(engine, name), asked.filter, limit=asked.limit, offset=asked.offset, with_payload=asked.with_payload
    )
    return {"points": [_dump(record) for record in records], "next_page_offset": rest}


def _count(engine: QdrantClient, name: str, body: bytes) -> Any:
    asked = _read(models.CountRequest, body)
    return _dump(engine.count(_existing(engine, name), asked.filter, exact=True))


def _query(engine: QdrantClient, name: str, body: bytes) -> Any:
    asked = _read(models.QueryRequestBatch, body)
    return [_dump(answer) for answer in engine.query_batch_points(_existing(engine, name), asked.searches)]


def _aliases(engine: QdrantClient, body: bytes) -> bool:
    asked = _read(models.ChangeAliasesOperation, body)
    return engine.update_collection_aliases(asked.actions)


_ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("GET", "/aliases", lambda engine, _: _dump(engine.get_aliases())),
    ("POST", "/collections/aliases", _aliases),
    ("GET", "/collections/([^/]+)/exists", lambda engine, name, _: {"exists": engine.collection_exists(name)}),
    ("GET", "/collections/([^/]+)", lambda engine, name, _: _dump(engine.get_collection(_existing(engine, name)))),
    ("PUT", "/collections/([^/]+)", _create),
    ("PATCH", "/collections/([^/]+)", _update),
    ("DELETE", "/collections/([^/]+)", lambda engine, name, _: engine.delete_collection(_existing(engine, name))),
    ("PUT", "/collections/([^/]+)/index", _index),
    ("PUT", "/collections/([^/]+)/points", _upsert),
    ("POST", "/collections/([^/]+)/points", _retrieve),
    ("POST", "/collections/([^/]+)/points/delete", _delete),
    ("POST", "/collections/([^/]+)/points/scroll", _scroll),
    ("POST", "/collections/([^/]+)/points/count", _count),
    ("POST", "/collections/([^/]+)/points/query/batch", _query),
]
