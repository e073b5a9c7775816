"""One dataset of a Trieve server: found or made, then read by page, id and tracking id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, TypeVar

import structlog

from agents.knowledge.base import KnowledgeRequestError
from agents.knowledge.trieve_chunk import id_filter
from agents.knowledge.trieve_http import TrieveHttp

log = structlog.get_logger(__name__)

BATCH = 120
"""The most chunks that the server takes in one request; 413 above."""

_PAGE = 1000

Item = TypeVar("Item")
Result = TypeVar("Result")

Stored = dict[str, Any]
"""Trieve's ``ChunkMetadata`` as parsed JSON; ``id`` is known to be text."""


class TrieveDataset:
    """A dataset, resolved at the first request. Safe to share by threads.

    Args:
        http: the server; closed by whoever made it.
        dataset_id: the dataset; ``None``: the one with the tracking id ``name``, made where it does not exist.
        name: tracking id and name of that dataset.
        organization_id: where it lies; ``None``: the first organisation of the key's user.
        splade: whether a dataset that is made computes SPLADE vectors, which the server's hybrid search needs.

    Every method raises KnowledgeUnavailableError or KnowledgeRequestError, the latter also for answers that are not
    what Trieve's API describes.
    """

    def __init__(
        self, http: TrieveHttp, dataset_id: str | None, name: str, organization_id: str | None, *, splade: bool
    ) -> None:
        self._http = http
        self._dataset_id = dataset_id
        self._name = name
        self._organization_id = organization_id
        self._splade = splade
        self._lock = Lock()

    @property
    def dataset_id(self) -> str:
        """The dataset's id; asks the server, and makes the dataset, where it is not known yet."""
        if self._dataset_id is None:
            with self._lock:
                if self._dataset_id is None:
                    self._dataset_id = self._find_or_make()
        return self._dataset_id

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | list[dict[str, Any]] | None = None,
        path_params: Mapping[str, str] | None = None,
    ) -> Any:
        """The answer of one request to this dataset, see :meth:`TrieveHttp.call`."""
        headers = {"TR-Dataset": self.dataset_id}
        return self._http.call(method, path, body=body, path_params=path_params, headers=headers)

    def page(self, filters: dict[str, Any], size: int, cursor: str | None = None) -> list[Stored]:
        """Up to ``size`` chunks of the search index in the order of their ids, from the id ``cursor`` on."""
        path = "/api/chunks/scroll"
        body: dict[str, Any] = {"filters": filters, "page_size": size}
        if cursor is not None:
            body["offset_chunk_id"] = cursor
        answer = self.call("POST", path, body)
        return self._stored_list(path, self.understood(path, lambda: answer["chunks"]))

    def scroll(self, filters: dict[str, Any]) -> Iterator[Stored]:
        """Every chunk of the search index that the filters admit, each once."""
        seen: set[str] = set()
        cursor: str | None = None
        while True:
            page = self.page(filters, _PAGE, cursor)
            # A page starts with the chunk of its cursor, which the page before ended with.
            fresh = [stored for stored in page if stored["id"] not in seen]
            yield from fresh
            if len(page) < _PAGE or not fresh:
                return
            seen.update(stored["id"] for stored in fresh)
            cursor = page[-1]["id"]

    def indexed(self, chunk_ids: Sequence[str]) -> Iterator[Stored]:
        """Those chunks that the search index has, in any order."""
        for batch in batches(chunk_ids):
            for stored in self.page(id_filter(batch), len(batch)):
                if stored.get("tracking_id") in batch:
                    yield stored

    def stored(self, chunk_ids: Iterable[str]) -> Iterator[Stored]:
        """Those chunks that the database has, in any order."""
        path = "/api/chunks/tracking"
        for batch in batches(list(dict.fromkeys(chunk_ids))):
            yield from self._stored_list(path, self.call("POST", path, {"tracking_ids": batch}))

    def understood(self, path: str, read: Callable[[], Result]) -> Result:
        """What ``read`` takes out of an answer; KnowledgeRequestError where the answer has another shape."""
        try:
            return read()
        except (KeyError, IndexError, TypeError, ValueError):
            raise self._http.not_understood(path) from None

    def _stored_list(self, path: str, answer: Any) -> list[Stored]:
        usable = isinstance(answer, list) and all(
            isinstance(stored, dict) and isinstance(stored.get("id"), str) for stored in answer
        )
        if not usable:
            raise self._http.not_understood(path)
        stored_chunks: list[Stored] = answer
        return stored_chunks

    def _find_or_make(self) -> str:
        organization = self._organization_id
        if organization is None:
            me = self._http.call("GET", "/api/auth/me")
            organization = self.understood("/api/auth/me", lambda: str(me["orgs"][0]["id"]))
        return self._find(organization) or self._make(organization)

    def _find(self, organization: str) -> str | None:
        path = "/api/dataset/tracking_id/{tracking_id}"
        headers = {"TR-Organization": organization}
        try:
            found = self._http.call("GET", path, path_params={"tracking_id": self._name}, headers=headers)
        except KnowledgeRequestError as error:
            if error.details.get("status") == 404:
                return None
            raise
        return self.understood(path, lambda: str(found["id"]))

    def _make(self, organization: str) -> str:
        body = {
            "dataset_name": self._name,
            "tracking_id": self._name,
            "server_configuration": {
                "SEMANTIC_ENABLED": True,
                "BM25_ENABLED": True,
                # A chunk whose SPLADE vector cannot be made is dropped silently.
                "FULLTEXT_ENABLED": self._splade,
                "DISTANCE_METRIC": "cosine",
                # Queries hold raw log text, which must not pile up in Trieve's analytics.
                "DISABLE_ANALYTICS": True,
            },
        }
        try:
            made = self._http.call("POST", "/api/dataset", body=body, headers={"TR-Organization": organization})
        except KnowledgeRequestError:
            # The tracking id is unique: another process may have been first.
            found = self._find(organization)
            if found is None:
                raise
            return found
        log.info("trieve_dataset_made", dataset=self._name)
        return self.understood("/api/dataset", lambda: str(made["id"]))


def batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    """The items in lists of at most ``BATCH``."""
    for start in range(0, len(items), BATCH):
        yield list(items[start : start + BATCH])
