"""Classify one event and store it before anybody hears of the decision; HTTP and command line share this."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import copy_context
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog

from agents.errors import LogatlasError
from agents.events.event import Source
from app.errors import ApiError, error_body, internal_error
from app.storage.decisions import StoredDecision
from app.storage.events import StoredEvent
from app.wire import storable

if TYPE_CHECKING:
    from agents.classifier.agent import Classified
    from app.services import Services

log = structlog.get_logger(__name__)

ReadEvent = Callable[[Any], tuple[str, Source]]
"""Raw text and source of an event as it was sent; raises ``LogatlasError`` for a bad one."""

_SOURCE_KEYS = frozenset({"vendor", "product", "sourcetype"})
_MAX_HINT = 200
# Where the formats that carry it name the machine that an event happened on.
_HOST_PATHS = ("syslog.host", "System.Computer", "Computer", "host", "hostname", "dvchost")


class EventReader:
    """Turns what a caller sent into a raw text and its source, within ``max_event_bytes``."""

    def __init__(self, max_event_bytes: int) -> None:
        self._max_event_bytes = max_event_bytes

    def read(self, item: Any) -> tuple[str, Source]:
        """Raw text and source of one event object.

        ``raw`` is the log as text, or as a JSON object, which pipelines send for logs they have already parsed; an
        object becomes its compact JSON text. ``source`` is an object of hints, or a text, which is read as the
        sourcetype. Shippers add keys of their own; they are ignored.

        Raises:
            ApiError: ``invalid_event`` (400) or ``event_too_large`` (413).
        """
        if not isinstance(item, dict):
            raise _invalid("an event is a JSON object with the key 'raw'")
        if "raw" not in item:
            raise _invalid("an event needs the key 'raw'")
        return self.text(_raw_text(item["raw"])), _source(item.get("source"))

    def text(self, raw: str) -> str:
        """``raw`` ready to be classified and stored.

        Raises:
            ApiError: it is empty (400) or too large (413).
        """
        if not raw.strip():
            raise _invalid("an event must not be empty")
        raw = storable(raw)
        # No character is longer than four bytes: short texts need no counting.
        if len(raw) * 4 > self._max_event_bytes:
            size = len(raw.encode("utf-8", "surrogateescape"))
            if size > self._max_event_bytes:
                raise too_large(self._max_event_bytes, size=size)
        return raw


def too_large(limit: int, **details: object) -> ApiError:
    """The error for an event over the limit of ``limit`` bytes."""
    return ApiError(
        "event_too_large", f"an event may have at most {limit} bytes", HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        limit=limit, **details,
    )  # fmt: skip


def classify(services: Services, raw: str, source: Source) -> dict[str, Any]:
    """The decision on one event as its contract JSON, stored durably before this returns.

    Raises:
        UnavailableError: the store could not take it; nothing is acknowledged then.
    """
    classified = services.classifier.classify(raw, source)
    return store(services, [classified])[0]


def classify_batch(services: Services, items: Sequence[Any], read: ReadEvent) -> list[dict[str, Any]]:
    """A decision or ``{"error": …}`` for each item, in order; all decisions stored in one append before this returns.

    Raises:
        UnavailableError: the store could not take them; none of them is acknowledged then.
    """

    def one(item: Any) -> Classified | LogatlasError:
        try:
            raw, source = read(item)
            return services.classifier.classify(raw, source)
        except LogatlasError as error:
            return error
        except Exception:
            log.exception("unhandled exception")
            return internal_error()

    under_way = [services.executor.submit(copy_context().run, one, item) for item in items]
    outcomes = [future.result() for future in under_way]
    documents = iter(store(services, (done for done in outcomes if not isinstance(done, LogatlasError))))
    answers = []
    for outcome in outcomes:
        if isinstance(outcome, LogatlasError):
            services.telemetry.refused(outcome.code)
            answers.append(error_body(outcome))
        else:
            answers.append(next(documents))
    return answers


def store(services: Services, classified: Iterable[Classified]) -> list[dict[str, Any]]:
    """Store events with their decisions in one append and count them; the decisions as contract JSON.

    Raises:
        UnavailableError: the store could not take them; none of them is acknowledged then.
    """
    done = list(classified)
    documents = [one.decision.to_dict() for one in done]
    records = [
        (stored_event(one, datetime.now(UTC)), StoredDecision.from_document(document))
        for one, document in zip(done, documents, strict=True)
    ]
    if records:
        services.store.record_many(records)
    for one in done:
        services.telemetry.decided(one.decision)
        services.decision_chunks.note(one)
    return documents


def stored_event(classified: Classified, received_at: datetime) -> StoredEvent:
    """The event of a decision as it is stored; ``received_at`` is aware."""
    event, decision = classified.event, classified.decision
    fields: dict[str, str] = {}
    for field in event.fields:
        fields.setdefault(field.path, field.value)
    return StoredEvent(
        event_id=decision.event_id,
        received_at=received_at,
        raw=event.raw,
        source=event.source,
        host=next((fields[path] for path in _HOST_PATHS if path in fields), ""),
        format=event.format.value,
        template_id=decision.template_id,
        fields=fields,
    )


def _raw_text(raw: Any) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, dict):
        try:
            return json.dumps(raw, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        except (ValueError, RecursionError):
            raise _invalid("'raw' is nested too deeply or holds a number out of range") from None
    raise _invalid("'raw' must be text, or a JSON object")


def _source(given: Any) -> Source:
    if given is None:
        return Source()
    if isinstance(given, str):
        given = {"sourcetype": given}
    if not isinstance(given, Mapping):
        raise _invalid("'source' must be an object, or the sourcetype as text")
    hints = {key: value for key, value in given.items() if key in _SOURCE_KEYS and value is not None}
    for key, value in hints.items():
        if not isinstance(value, str) or len(value) > _MAX_HINT:
            raise _invalid(f"'source.{key}' must be text of at most {_MAX_HINT} characters")
    return Source(**{key: storable(value) for key, value in hints.items()})


def _invalid(message: str, **details: object) -> ApiError:
    return ApiError("invalid_event", message, HTTPStatus.BAD_REQUEST, **details)
