"""``POST /classify``: one event, a batch, NDJSON or plain text lines in; a decision for each, in order, out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, g, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from werkzeug.wsgi import get_input_stream

from agents.errors import LogatlasError
from agents.events.event import Source
from app.classification import EventReader, ReadEvent, classify, classify_batch
from app.errors import ApiError
from app.routes import schemas
from app.routes.ndjson import Conversation, read_lines
from app.wire import json_response, read_json

if TYPE_CHECKING:
    from app.services import Services

bp = APIBlueprint("classify", __name__, abp_tags=[Tag(name="classify", description="Raw logs to OCSF decisions.")])

_NDJSON = ("application/x-ndjson", "application/jsonlines", "application/ndjson")
_ESCAPED = 6
"""Bytes that JSON may need for one byte of a log (``\\u0001``)."""
_LINE_OVERHEAD = 4096
"""Bytes of a line around the log itself: keys and source hints."""
_WINDOW = 32
"""Events of one stream under way at a time."""


@bp.post(
    "/classify",
    summary="Classify events",
    responses=schemas.answers(schemas.DecisionOut, 400, 401, 403, 413, 415, 503),
    openapi_extensions={"requestBody": schemas.classify_body()},
)
def post_classify() -> Response:
    """Decide on one event, a batch, or a stream of them; the Content-Type says which.

    `application/json` is one event, answered by one decision, or `{"events": […]}`, answered by
    `{"decisions": […]}`. `application/x-ndjson` is an event object per line, answered by a line per event as soon
    as it is decided; its length is not bounded. `text/plain` is an event per line that is not blank, answered like
    a batch, or as NDJSON when Accept asks for it. A bad event in a batch or stream gets an error in its place.
    Every decision is stored before it is answered.
    """
    services: Services = current_app.extensions["logatlas"]
    reader = EventReader(services.settings.max_event_bytes)

    def from_text(line: bytes) -> tuple[str, Source]:
        return reader.text(line.decode("utf-8", "surrogateescape")), Source()

    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise _unsupported("send the body without Content-Encoding")
    if request.mimetype in _NDJSON:
        limit = services.settings.max_event_bytes * _ESCAPED + _LINE_OVERHEAD
        return _stream(services, lambda line: reader.read(read_json(line)), limit)
    if request.mimetype == "text/plain":
        if request.accept_mimetypes.best_match(("application/json", *_NDJSON)) in _NDJSON:
            return _stream(services, from_text, services.settings.max_event_bytes)
        lines = [line.strip() for line in request.get_data(cache=False).split(b"\n") if line.strip()]
        return json_response({"decisions": _batch(services, lines, from_text)})
    if request.mimetype == "application/json":
        return json_response(_json(services, reader, read_json(request.get_data(cache=False))))
    raise _unsupported("send events as application/json, application/x-ndjson or text/plain")


def register(app: OpenAPI) -> None:
    """Add the route to ``app``."""
    app.register_api(bp)


def _json(services: Services, reader: EventReader, body: Any) -> dict[str, Any]:
    if isinstance(body, dict) and "events" in body:
        if len(body) > 1 or not isinstance(body["events"], list):
            raise ApiError("invalid_request", "a batch is an object with the key 'events', a list, and no other key")
        return {"decisions": _batch(services, body["events"], reader.read)}
    if isinstance(body, list):
        raise ApiError("invalid_request", 'send several events as {"events": [...]}')
    try:
        raw, source = reader.read(body)
        document = classify(services, raw, source)
    except LogatlasError as error:
        _refused(services)(error)
        raise
    g.tally.events += 1
    return document


def _batch(services: Services, items: Sequence[Any], read: ReadEvent) -> list[dict[str, Any]]:
    limit = services.settings.max_batch_events
    if len(items) > limit:
        raise ApiError(
            "batch_too_large", f"a batch may have at most {limit} events; stream more as application/x-ndjson",
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, limit=limit, size=len(items),
        )  # fmt: skip
    answers = classify_batch(services, items, read)
    g.tally.errors += sum("error" in answer for answer in answers)
    g.tally.events += len(answers) - g.tally.errors
    return answers


def _stream(services: Services, read: ReadEvent, line_limit: int) -> Response:
    tally = g.tally

    def answer(line: bytes) -> dict[str, Any]:
        raw, source = read(line)
        document = classify(services, raw, source)
        tally.events += 1
        return document

    # A stream is bounded by line, so it is read past Flask's limit on whole bodies.
    body = get_input_stream(request.environ)
    conversation = Conversation(read_lines(body, line_limit), answer, _refused(services), services.executor, _WINDOW)
    return Response(iter(conversation), content_type="application/x-ndjson")


def _refused(services: Services) -> Callable[[LogatlasError], None]:
    tally = g.tally

    def count(error: LogatlasError) -> None:
        tally.errors += 1
        services.telemetry.refused(error.code)

    return count


def _unsupported(message: str) -> ApiError:
    return ApiError(
        "unsupported_media_type", message, HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        supported=["application/json", *_NDJSON, "text/plain"],
    )  # fmt: skip
