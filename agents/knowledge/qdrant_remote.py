"""Collections on a Qdrant server, through qdrant-client over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import urlsplit

import tenacity
from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from agents.knowledge.base import KnowledgeRequestError, KnowledgeUnavailableError
from agents.knowledge.qdrant_layout import (
    BM25,
    DENSE,
    INDEXED_FIELDS,
    CollectionState,
    Leg,
    Point,
    Selection,
    Sparse,
    StoredPoint,
    new_revision,
)

Answer = TypeVar("Answer")

_ATTEMPTS = 3
_RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
# After a call failed with all its attempts the next ones fail at once for this long: an event must not wait for the
# timeouts of a server that is known to be down.
_REST_S = 5.0
_REVISION_AGE_S = 2.0


class Server:
    """A Qdrant client that retries what may succeed again and raises typed errors.

    All requests that the adapter sends may be repeated without harm, so all are: connection failures, timeouts and
    statuses 408, 429 and 5xx, three attempts in all.
    """

    def __init__(self, url: str, api_key: str | None, timeout: float) -> None:
        self.place = urlsplit(url if "//" in url else f"//{url}").hostname or "qdrant"
        # The key as a header: given as api_key, the client warns about every plain-HTTP server.
        headers = {"api-key": api_key} if api_key else None
        try:
            self.client = QdrantClient(
                url=url, headers=headers, timeout=max(1, round(timeout)), check_compatibility=False
            )
        except ValueError as error:
            raise KnowledgeRequestError("QDRANT_URL is not a URL of a Qdrant server") from error
        self._closed = False
        self._down_until = 0.0
        self._retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=1.0),
            retry=tenacity.retry_if_exception(_is_transient),
            reraise=True,
        )

    def call(self, send: Callable[[QdrantClient], Answer]) -> Answer:
        """What ``send`` returns.

        Raises:
            KnowledgeUnavailableError: the server does not answer, or the collection is not there.
            KnowledgeRequestError: the server refuses the key or the request.
        """
        if self._closed:
            raise KnowledgeUnavailableError("the knowledge base is closed")
        if time.monotonic() < self._down_until:
            raise KnowledgeUnavailableError(f"Qdrant at {self.place} did not answer a moment ago")
        try:
            return self._retrying(send, self.client)
        except UnexpectedResponse as error:
            raise self._refusal(error.status_code or 0) from None
        except ResourceExhaustedResponse:
            raise self._down("is overloaded (HTTP 429)") from None
        except ResponseHandlingException as error:
            raise self._down(f"does not answer ({type(error.source).__name__})") from None

    def close(self) -> None:
        """Close the connections."""
        self._closed = True
        self.client.close()

    def _down(self, what: str) -> KnowledgeUnavailableError:
        self._down_until = time.monotonic() + _REST_S
        return KnowledgeUnavailableError(f"Qdrant at {self.place} {what}")

    def _refusal(self, status: int) -> KnowledgeUnavailableError | KnowledgeRequestError:
        if status in (401, 403):
            return KnowledgeRequestError(f"Qdrant at {self.place} refused the API key (HTTP {status})")
        if status == 404:
            return KnowledgeUnavailableError(
                f"Qdrant at {self.place} does not have the collection; restart to make it anew"
            )
        if status in _RETRIED_STATUSES:
            return self._down(f"answers HTTP {status}")
        return KnowledgeRequestError(f"Qdrant at {self.place} refused a request (HTTP {status})")


class RemoteHome:
    """The collections of one alias on a server; the state is kept in the metadata of the collection."""

    def __init__(self, url: str, api_key: str | None, alias: str, *, timeout: float) -> None:
        self._server = Server(url, api_key, timeout)
        self._alias = alias
        self._state: CollectionState | None = None
        self._read_at = 0.0
        self._reading = Lock()

    def load(self) -> CollectionState | None:
        """See ``Home.load``."""
        aliases = self._server.call(lambda client: client.get_aliases()).aliases
        target = next((entry.collection_name for entry in aliases if entry.alias_name == self._alias), None)
        if target is None:
            return None
        metadata = self._server.call(lambda client: client.get_collection(target)).config.metadata or {}
        try:
            state = CollectionState.from_json({**metadata, "name": target})
        except (KeyError, TypeError, ValueError) as error:
            raise KnowledgeRequestError(
                f"the alias {self._alias!r} of Qdrant at {self._server.place} points to a foreign collection"
            ) from error
        self._remember(state)
        return state

    def open(self, state: CollectionState) -> RemoteCollection:
        """See ``Home.open``."""
        return RemoteCollection(self._server, state.name)

    def create(self, state: CollectionState) -> RemoteCollection:
        """See ``Home.create``. A collection of that name is one that another process is making, or began to."""
        name = self._physical(state)
        if not self._server.call(lambda client: client.collection_exists(name)):
            try:
                self._server.call(lambda client: _create(client, name, state))
            except KnowledgeRequestError:
                # 409: made by another process between the two calls.
                if not self._server.call(lambda client: client.collection_exists(name)):
                    raise
        for field in INDEXED_FIELDS:
            self._server.call(
                lambda client, field=field: client.create_payload_index(  # type: ignore[misc]
                    name, field, models.PayloadSchemaType.KEYWORD, wait=True
                )
            )
        return RemoteCollection(self._server, name)

    def revision(self) -> str:
        """See ``Home.revision``; read from the server when the last reading is older than 2 s."""
        with self._reading:
            if self._state is None or time.monotonic() - self._read_at > _REVISION_AGE_S:
                self._refresh()
            assert self._state is not None
            return self._state.revision

    def revise(self) -> None:
        """See ``Home.revise``."""
        with self._reading:
            if self._state is not None:
                revised = replace(self._state, revision=new_revision())
                self._server.call(lambda client: client.update_collection(revised.name, metadata=revised.to_json()))
                self._remember(revised)

    def activate(self, state: CollectionState) -> None:
        """See ``Home.activate``."""
        name = self._physical(state)
        switch = [
            models.CreateAliasOperation(create_alias=models.CreateAlias(collection_name=name, alias_name=self._alias))
        ]
        self._server.call(lambda client: client.update_collection_aliases(switch))
        self.load()

    def drop(self, state: CollectionState) -> None:
        """See ``Home.drop``."""
        self._server.call(lambda client: client.delete_collection(state.name))

    def check(self) -> None:
        """See ``Home.check``."""
        self.load()

    def close(self) -> None:
        """See ``Home.close``."""
        self._server.close()

    def _physical(self, state: CollectionState) -> str:
        return f"{self._alias}-{state.name}"

    def _remember(self, state: CollectionState) -> None:
        self._state, self._read_at = state, time.monotonic()

    def _refresh(self) -> None:
        try:
            self.load()
        except KnowledgeUnavailableError:
            if self._state is None:
                raise
            self._read_at = time.monotonic()


class RemoteCollection:
    """One collection on the server."""

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name

    def write(self, points: Sequence[Point]) -> None:
        """See ``Collection.write``."""
        batch = [
            models.PointStruct(
                id=p.point_id,
                vector={DENSE: p.dense, BM25: models.SparseVector(indices=p.bm25.indices, values=p.bm25.values)},
                payload=p.payload,
            )
            for p in points
        ]
        self._server.call(lambda client: client.upsert(self._name, batch, wait=True))

    def remove(self, point_ids: Sequence[str]) -> None:
        """See ``Collection.remove``."""
        selector = models.PointIdsList(points=list(point_ids))
        self._server.call(lambda client: client.delete(self._name, selector, wait=True))

    def flush(self) -> None:
        """Nothing to do: the server has an update in its write-ahead log before it answers."""

    def read(
        self, point_ids: Sequence[str], fields: Sequence[str] | None = None, *, dense: bool = False
    ) -> dict[str, StoredPoint]:
        """See ``Collection.read``."""
        if not point_ids:
            return {}
        records = self._server.call(
            lambda client: client.retrieve(
                self._name, list(point_ids), with_payload=_payload(fields), with_vectors=[DENSE] if dense else False
            )
        )
        return {
            str(record.id): StoredPoint(record.payload or {}, _dense_of(record.vector) if dense else None)
            for record in records
        }

    def rank(self, legs: Sequence[Leg]) -> list[list[tuple[str, float]]]:
        """See ``Collection.rank``."""
        requests = [_request(leg) for leg in legs]
        answers = self._server.call(lambda client: client.query_batch_points(self._name, requests))
        return [[(str(point.id), point.score) for point in answer.points] for answer in answers]

    def count(self, selection: Selection) -> int:
        """See ``Collection.count``."""
        return self._server.call(lambda client: client.count(self._name, _filter(selection), exact=True)).count

    def page(
        self, selection: Selection, limit: int, cursor: str | None, fields: Sequence[str] | None = None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """See ``Collection.page``."""
        records, rest = self._server.call(
            lambda client: client.scroll(
                self._name, _filter(selection), limit=limit, offset=cursor, with_payload=_payload(fields)
            )
        )
        return [record.payload or {} for record in records], None if rest is None else str(rest)

    def close(self) -> None:
        """Nothing to release: the connections are the home's."""


def _create(client: QdrantClient, name: str, state: CollectionState) -> None:
    client.create_collection(
        name,
        vectors_config={DENSE: models.VectorParams(size=state.dimension, distance=models.Distance.COSINE)},
        sparse_vectors_config={BM25: models.SparseVectorParams(modifier=models.Modifier.IDF)},
        metadata=replace(state, name=name).to_json(),
    )


def _request(leg: Leg) -> models.QueryRequest:
    common: dict[str, Any] = {
        "filter": _filter(leg.selection), "limit": leg.limit, "with_payload": False, "with_vector": False,
    }  # fmt: skip
    if isinstance(leg.vector, Sparse):
        # Servers that do not know the corpus of an IDF take the IDF of the whole collection.
        idf = models.IdfCorpusParams(corpus=_filter(leg.corpus) or models.Filter())
        return models.QueryRequest(
            query=models.SparseVector(indices=leg.vector.indices, values=leg.vector.values),
            using=BM25,
            params=models.SearchParams(idf=idf),
            **common,
        )
    return models.QueryRequest(query=leg.vector, using=DENSE, **common)


def _filter(selection: Selection) -> models.Filter | None:
    must: list[models.Condition] = []
    if selection.kinds:
        kinds = [kind.value for kind in selection.kinds]
        must.append(models.FieldCondition(key="kind", match=models.MatchAny(any=kinds)))
    if selection.ocsf_version is not None:
        version = models.MatchValue(value=selection.ocsf_version)
        must.append(models.FieldCondition(key="ocsf_version", match=version))
    must_not: list[models.Condition] = []
    if selection.exclude_products:
        products = models.MatchAny(any=sorted(selection.exclude_products))
        must_not.append(models.FieldCondition(key="product", match=products))
    return models.Filter(must=must or None, must_not=must_not or None) if must or must_not else None


def _payload(fields: Sequence[str] | None) -> bool | list[str]:
    return True if fields is None else list(fields)


def _dense_of(vector: Any) -> list[float] | None:
    return vector.get(DENSE) if isinstance(vector, dict) else None


def _is_transient(error: BaseException) -> bool:
    if isinstance(error, UnexpectedResponse):
        return error.status_code in _RETRIED_STATUSES
    return isinstance(error, ResponseHandlingException | ResourceExhaustedResponse)
