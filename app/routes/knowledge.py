"""``/api/knowledge``: the chunks that decisions rest on; guides and examples are added, tried and removed."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Response, current_app, g, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from pydantic import BaseModel, ValidationError

from agents.knowledge.base import Chunk, Kind, KnowledgeRequestError
from app.classification import EventReader
from app.errors import ApiError
from app.knowledge_listing import DEEPEST, SHOWN, Wanted, chunk_detail, found, known_chunk, listing
from app.knowledge_trying import TriedEvent, try_example, try_guide
from app.routes import knowledge_schemas as shapes
from app.routes import schemas
from app.wire import decode_cursor, encode_cursor, json_response, read_json

if TYPE_CHECKING:
    from app.services import Services

bp = APIBlueprint(
    "knowledge", __name__, url_prefix="/api/knowledge",
    abp_tags=[Tag(name="knowledge", description="Class descriptions, guides, examples.")],
)  # fmt: skip
_Body = TypeVar("_Body", bound=BaseModel)


def _body(*models: type[BaseModel]) -> dict[str, Any]:
    """The documented request body: one of ``models``."""
    forms = [model.model_json_schema() for model in models]
    schema = forms[0] if len(forms) == 1 else {"oneOf": forms}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@bp.get("", summary="Search or list", responses=schemas.answers(shapes.ChunkPageOut, 400, 401, 403, 502, 503))
def get_chunks(query: shapes.KnowledgeQuery) -> Response:
    """Chunks found for `q`, best first; without it all of them: classes, guides (added ones first), examples."""
    services = _services()
    kinds = SHOWN if query.kind is None else (Kind(query.kind),)
    wanted = Wanted(kinds, query.product, query.class_uid, query.origin)
    try:
        place = None if query.cursor is None else decode_cursor(query.cursor)
        if query.q is None:
            rows, following = listing(services, wanted, query.limit, place)
            return _page(rows, following)
        offset = int(place or 0)
    except (ValueError, TypeError):
        raise _foreign_cursor() from None
    except KnowledgeRequestError:
        if query.cursor is None:
            raise
        # Refused because of the cursor, or whatever it says: without one, the latter is refused again.
        services.knowledge.browse(Kind.EXAMPLE, limit=1)
        raise _foreign_cursor() from None
    if not 0 <= offset < DEEPEST:
        raise _foreign_cursor()
    hits, end = found(services, wanted, query.q, query.limit, offset)
    return _page(hits, None if end is None else str(end))


@bp.get(
    "/<path:chunk_id>", summary="One chunk", responses=schemas.answers(shapes.ChunkDetailOut, 401, 403, 404, 502, 503)
)
def get_chunk(path: schemas.ChunkPath) -> Response:
    """One chunk by its id (`guide:windows-security:4624`), and where it is used."""
    chunk = known_chunk(_services(), path.chunk_id)
    if chunk is None:
        raise ApiError("not_found", "there is no chunk with this id", HTTPStatus.NOT_FOUND, id=path.chunk_id)
    return json_response(_detail(chunk))


@bp.post(
    "",
    summary="Add a guide or an example",
    responses=schemas.answers(shapes.ChunkDetailOut, 400, 401, 403, 413, 502, 503, status=201),
    openapi_extensions=_body(schemas.ExampleIn, shapes.GuideIn),
)
def post_chunk() -> Response:
    """Add a guide, or an event whose class is known for certain. Both count from the next event on.

    A guide with the product and id of one that ships with Logatlas stands in its place until it is removed.
    """
    services = _services()
    item = read_json(request.get_data())
    if isinstance(item, dict) and item.get("kind") == "guide":
        chunk = services.knowledge_editor.save_guide(_valid(shapes.GuideIn, item).yaml, g.principal.name)
    else:
        wanted = _valid(schemas.ExampleIn, item)
        raw, source = _reader().read(item)
        chunk = services.knowledge_editor.add_example(
            raw, source, wanted.class_uid, wanted.activity_id, g.principal.name
        )
    return json_response(_detail(chunk), HTTPStatus.CREATED)


@bp.delete(
    "/<path:chunk_id>",
    summary="Remove a guide or an example",
    responses=schemas.answers(None, 400, 401, 403, 404, 502, 503),
)
def delete_chunk(path: schemas.ChunkPath) -> Response:
    """Remove a guide or an example that was added. What ships with Logatlas cannot be removed."""
    _services().knowledge_editor.remove(path.chunk_id)
    return json_response({"chunk_id": path.chunk_id, "removed": True})


@bp.post(
    "/check",
    summary="Check a guide",
    responses=schemas.answers(shapes.CheckOut, 400, 401, 403, 413),
    openapi_extensions=_body(shapes.CheckIn),
)
def post_check() -> Response:
    """What is wrong with the text of a guide, line by line; nothing is saved."""
    services = _services()
    text = _valid(shapes.CheckIn, read_json(request.get_data())).yaml
    checked = services.knowledge_editor.check(text)
    detail = None
    if checked.guide is not None:
        chunk = services.knowledge_editor.chunk_of(checked.guide, text, g.principal.name)
        detail = chunk_detail(services, chunk, None)
    problems = [{"line": problem.line, "message": problem.message} for problem in checked.problems]
    return json_response({"problems": problems, "guide": detail})


@bp.post(
    "/try",
    summary="See what would change",
    responses=schemas.answers(shapes.TryOut, 400, 401, 403, 413, 502, 503),
    openapi_extensions=_body(shapes.TryIn),
)
def post_try() -> Response:
    """Events as they are decided now and as they would be with a guide, or an example more; nothing is saved."""
    services = _services()
    wanted = _valid(shapes.TryIn, read_json(request.get_data()))
    if (wanted.events is None) == (wanted.recent is None):
        raise ApiError("invalid_request", "send either events or recent")
    if wanted.yaml is not None and wanted.example is None:
        guide = services.knowledge_editor.valid_guide(wanted.yaml)
        return json_response(try_guide(services, guide, list(_tried(services, wanted))))
    if wanted.example is not None and wanted.yaml is None:
        return json_response(try_example(services, _example(services, wanted.example), list(_tried(services, wanted))))
    raise ApiError("invalid_request", "send either yaml, a guide, or example")


def register(app: OpenAPI) -> None:
    """Add the routes to ``app``."""
    app.register_api(bp)


def _example(services: Services, wanted: schemas.ExampleIn) -> Chunk:
    raw, source = _reader().read(wanted.model_dump(include={"raw", "source"}, exclude_none=True))
    return services.knowledge_editor.valid_example(
        raw, source, wanted.class_uid, wanted.activity_id, g.principal.name
    )  # fmt: skip


def _tried(services: Services, wanted: shapes.TryIn) -> list[TriedEvent]:
    if wanted.recent is not None:
        latest = services.store.knowledge_usage.latest_events(wanted.recent)
        return [(event.raw, event.source, event.event_id) for event in latest]
    items = ({"raw": event} if isinstance(event, str) else event for event in wanted.events or ())
    return [(*_reader().read(item), None) for item in items]


def _services() -> Services:
    services: Services = current_app.extensions["logatlas"]
    return services


def _reader() -> EventReader:
    return EventReader(_services().settings.max_event_bytes)


def _valid(model: type[_Body], item: Any) -> _Body:
    try:
        return model.model_validate(item)
    except ValidationError as error:
        problems = [{"field": ".".join(map(str, e["loc"])), "problem": e["msg"]} for e in error.errors()]
        names = ", ".join(problem["field"] or "body" for problem in problems)
        raise ApiError("invalid_request", f"not as it should be: {names}", problems=problems) from None


def _detail(chunk: Chunk) -> dict[str, Any]:
    services = _services()
    return chunk_detail(services, chunk, services.store.knowledge_usage.usage(chunk.chunk_id))


def _page(rows: list[dict[str, Any]], following: str | None) -> Response:
    return json_response({"items": rows, "next_cursor": encode_cursor(following)})


def _foreign_cursor() -> ApiError:
    return ApiError("invalid_parameters", "the cursor is not one that this list gave")
