"""``/api/knowledge``: search and browse the chunks that decisions rest on, add and remove examples."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, g, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from pydantic import ValidationError

from agents.classifier import example_chunk
from agents.knowledge.base import Chunk, Hit, Kind, KnowledgeRequestError, Query
from app.auth import Scope, needs
from app.classification import EventReader
from app.errors import ApiError
from app.routes import schemas
from app.wire import decode_cursor, encode_cursor, json_response, read_json

if TYPE_CHECKING:
    from app.services import Services

bp = APIBlueprint(
    "knowledge", __name__, url_prefix="/api/knowledge",
    abp_tags=[Tag(name="knowledge", description="Class descriptions, guides, examples.")],
)  # fmt: skip
_SEARCHED = (Kind.CLASS, Kind.GUIDE, Kind.EXAMPLE)
_DEEPEST = 500
"""How far into the hits of a search the pages reach: ranks beyond that say nothing."""


@bp.get("", summary="Search or browse", responses=schemas.answers(schemas.ChunksOut, 400, 401, 403, 502, 503))
@needs(Scope.READ)
def get_chunks(query: schemas.KnowledgeQuery) -> Response:
    """Chunks found for `q`, best first (classes, guides and examples unless `kind` says otherwise); all without it."""
    services: Services = current_app.extensions["logatlas"]
    try:
        place = None if query.cursor is None else decode_cursor(query.cursor)
        offset = int(place or 0) if query.q is not None else 0
    except ValueError:
        raise _foreign_cursor() from None
    if query.q is None:
        chunks, following = _browse(services, query.kind, query.limit, place)
        return _page([_chunk_out(chunk) for chunk in chunks], following)
    if not 0 <= offset < _DEEPEST:
        raise _foreign_cursor()
    hits = _search(services, query.q, query.kind, offset + query.limit + 1)
    end = offset + query.limit
    return _page([_hit_out(hit) for hit in hits[offset:end]], str(end) if len(hits) > end and end < _DEEPEST else None)


@bp.get("/<path:chunk_id>", summary="One chunk", responses=schemas.answers(schemas.ChunkOut, 401, 403, 404, 502, 503))
@needs(Scope.READ)
def get_chunk(path: schemas.ChunkPath) -> Response:
    """One chunk by its id (`guide:windows-security:4624`)."""
    services: Services = current_app.extensions["logatlas"]
    found = services.knowledge.get([path.chunk_id])
    if not found:
        raise ApiError("not_found", "there is no chunk with this id", HTTPStatus.NOT_FOUND, id=path.chunk_id)
    return json_response(_chunk_out(found[0]))


@bp.post(
    "",
    summary="Add an example",
    responses=schemas.answers(schemas.ChunkOut, 400, 401, 403, 413, 502, 503, status=201),
    openapi_extensions={
        "requestBody": {"content": {"application/json": {"schema": schemas.ExampleIn.model_json_schema()}}}
    },
)
@needs(Scope.ADMIN)
def post_example() -> Response:
    """Add an event whose class is known for certain: it moves the decisions on events that resemble it, at once."""
    services: Services = current_app.extensions["logatlas"]
    item = read_json(request.get_data())
    try:
        wanted = schemas.ExampleIn.model_validate(item)
    except ValidationError as error:
        problems = [{"field": ".".join(map(str, e["loc"])), "problem": e["msg"]} for e in error.errors()]
        raise ApiError("invalid_request", "an example needs raw and class_uid", problems=problems) from None
    raw, source = EventReader(services.settings.max_event_bytes).read(item)
    found = services.taxonomy.classes.get(wanted.class_uid)
    if found is None or found.deprecated:
        raise ApiError("invalid_request", "class_uid is no current class of the taxonomy", class_uid=wanted.class_uid)
    if wanted.activity_id is not None and wanted.activity_id not in found.activities:
        raise ApiError(
            "invalid_request", f"{found.caption} has no such activity", activity_id=wanted.activity_id,
            activities={str(uid): a.caption for uid, a in found.activities.items()},
        )  # fmt: skip
    chunk = example_chunk(
        raw, source, wanted.class_uid, wanted.activity_id, services.taxonomy, by=g.principal.name
    )  # fmt: skip
    services.knowledge.upsert([chunk])
    return json_response(_chunk_out(chunk), HTTPStatus.CREATED)


@bp.delete(
    "/<path:chunk_id>", summary="Remove an example", responses=schemas.answers(None, 400, 401, 403, 404, 502, 503)
)
@needs(Scope.ADMIN)
def delete_example(path: schemas.ChunkPath) -> Response:
    """Remove an example. Classes and guides of the catalog come back with the next start, so they are refused."""
    services: Services = current_app.extensions["logatlas"]
    if not services.knowledge.get([path.chunk_id]):
        raise ApiError("not_found", "there is no chunk with this id", HTTPStatus.NOT_FOUND, id=path.chunk_id)
    if not path.chunk_id.startswith("example:"):
        raise ApiError("invalid_request", "only examples can be removed", id=path.chunk_id)
    services.knowledge.delete([path.chunk_id])
    return json_response({"chunk_id": path.chunk_id, "removed": True})


def register(app: OpenAPI) -> None:
    """Add the routes to ``app``."""
    app.register_api(bp)


def _browse(services: Services, kind: Kind | None, limit: int, place: str | None) -> tuple[list[Chunk], str | None]:
    try:
        return services.knowledge.browse(kind, limit=limit, cursor=place)
    except KnowledgeRequestError:
        if place is None:
            raise
    # Refused because of the cursor, or whatever it says: without one, the latter is refused again.
    services.knowledge.browse(kind, limit=1)
    raise _foreign_cursor()


def _foreign_cursor() -> ApiError:
    return ApiError("invalid_parameters", "the cursor is not one that this list gave")


def _search(services: Services, text: str, kind: Kind | None, wanted: int) -> list[Hit]:
    kinds = _SEARCHED if kind is None else (kind,)
    query = Query(text=text, limits=dict.fromkeys(kinds, wanted), ocsf_version=services.taxonomy.version)
    return sorted(services.knowledge.search(query), key=lambda hit: (-hit.score, hit.chunk.chunk_id))


def _page(chunks: list[dict[str, Any]], following: str | None) -> Response:
    return json_response({"chunks": chunks, "next_cursor": encode_cursor(following)})


def _hit_out(hit: Hit) -> dict[str, Any]:
    scores = {"score": hit.score, "rank": hit.rank, "dense": hit.dense, "lexical": hit.lexical}
    return _chunk_out(hit.chunk) | scores


def _chunk_out(chunk: Chunk) -> dict[str, Any]:
    return {
        "chunk_id": chunk.chunk_id,
        "kind": chunk.kind,
        "title": chunk.title,
        "text": chunk.text,
        "ocsf_version": chunk.ocsf_version,
        "class_uid": chunk.class_uid,
        "activity_id": chunk.activity_id,
        "tokens": list(chunk.tokens),
        "metadata": dict(chunk.metadata),
    }
