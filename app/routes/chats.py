"""``/api/chats``: one's own and shared conversations: find, read, name, share, export, delete."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, g, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from pydantic import ValidationError

from agents.events import printable
from app.auth.audit import audited
from app.auth.principal import Principal
from app.chat.export import as_json, as_markdown, summary
from app.chat.open_conversations import may_ask
from app.errors import ApiError
from app.routes import chat_schemas, review_schemas, schemas
from app.storage.events import id_or_none
from app.wire import decode_cursor, encode_cursor, json_response, read_json, write_json

if TYPE_CHECKING:
    from app.chat.service import Chat
    from app.services import Services

bp = APIBlueprint(
    "chats", __name__, url_prefix="/api/chats",
    abp_tags=[Tag(name="chats", description="Transcripts of the analyst chat.")],
)  # fmt: skip
_MOST_WORDS = 10
_AROUND = 80
_LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"


@bp.get("", summary="List conversations", responses=schemas.answers(chat_schemas.ChatsOut, 401, 403, 503))
def get_chats(query: chat_schemas.ChatsQuery) -> Response:
    """One's own and shared conversations, the last changed first. Those of others are not there, also for admins."""
    who: Principal = g.principal
    words = query.q.split()[:_MOST_WORDS]
    repository = _services().store.chat
    place = _place(query.cursor) if query.cursor else (datetime.now(UTC) + timedelta(days=1), _LAST_ID)
    event_id = id_or_none(query.event_id) or query.event_id
    found = repository.page(
        who.actor, words=words, others=not query.mine, event_id=event_id, place=place, limit=query.limit + 1
    )
    shown = found[: query.limit]
    matches = repository.matches([c.conversation_id for c in shown], words)
    items = [
        {**summary(c), "mine": c.owner == who.actor, "match": _excerpt(matches.get(c.conversation_id), words)}
        for c in shown
    ]
    following = None
    if len(found) > query.limit:
        following = f"{shown[-1].updated_at.isoformat()} {shown[-1].conversation_id}"
    return json_response({"items": items, "next_cursor": encode_cursor(following)})


@bp.get("/counts", summary="Count conversations", responses=schemas.answers(chat_schemas.CountsOut, 401, 403, 503))
def get_counts() -> Response:
    """How many conversations everybody has: numbers for admins, who may not read what is not shared."""
    items = [
        {
            "owner": counts.owner,
            "conversations": counts.conversations,
            "shared": counts.shared,
            "turns": counts.turns,
            "last_at": counts.last_at,
        }
        for counts in _services().store.chat.counts()
    ]
    return json_response({"items": items})


@bp.get("/<id>", summary="One conversation", responses=schemas.answers(chat_schemas.ChatOut, 401, 403, 404, 503))
def get_chat(path: schemas.IdPath) -> Response:
    """A conversation with its turns. 404 for one that is neither one's own nor shared."""
    who: Principal = g.principal
    conversation, turns = _chat().read(path.id, who)
    return json_response(
        {
            **as_json(conversation, turns),
            "mine": conversation.owner == who.actor,
            "may_ask": may_ask(conversation, who),
        }
    )


@bp.patch(
    "/<id>",
    summary="Name or share a conversation",
    responses=schemas.answers(chat_schemas.ChatSummaryOut, 400, 401, 403, 404, 503),
    openapi_extensions=review_schemas.body_of(chat_schemas.ChatPatch),
)
def patch_chat(path: schemas.IdPath) -> Response:
    """Change the title of one's own conversation, share it with everybody who may read, or share it no more."""
    try:
        body = chat_schemas.ChatPatch.model_validate(read_json(request.get_data()))
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise ApiError("invalid_request", problem["msg"], field=".".join(map(str, problem["loc"]))) from None
    # Titles may quote conversations, so the audit says only that one was given.
    said: dict[str, Any] = {"shared": body.shared, "title": "changed" if body.title is not None else None}
    audited(path.id[:100], **{name: value for name, value in said.items() if value is not None})
    title = None if body.title is None else printable(" ".join(body.title.split()))
    changed = _chat().change(path.id, g.principal, title=title, shared=body.shared)
    return json_response({**summary(changed), "mine": True, "match": None})


@bp.delete("/<id>", summary="Delete a conversation", responses=schemas.answers(None, 401, 403, 404, 503))
def delete_chat(path: schemas.IdPath) -> Response:
    """Delete one's own conversation.

    It is gone at once for everybody; its turns are removed from the event store and from the knowledge base in the
    background, however long one of them is away.
    """
    audited(target=path.id[:100])
    _chat().delete(path.id, g.principal)
    return json_response({"conversation_id": path.id, "deleted": True})


@bp.get(
    "/<id>/export",
    summary="Export a conversation",
    responses={
        **schemas.answers(chat_schemas.ChatOut, 401, 403, 404, 503),
        "200": {
            "description": "The conversation",
            "content": {
                "text/markdown": {"schema": {"type": "string"}},
                "application/json": {"schema": {"type": "object"}},
            },
        },
    },
)
def get_export(path: schemas.IdPath, query: chat_schemas.ExportQuery) -> Response:
    """A conversation as a document, Markdown or JSON."""
    audited(target=path.id[:100], format=query.format)
    conversation, turns = _chat().read(path.id, g.principal)
    if query.format == "json":
        body, kind, ending = write_json(as_json(conversation, turns)), "application/json", "json"
    else:
        body, kind, ending = as_markdown(conversation, turns).encode("utf-8", "replace"), "text/markdown", "md"
    response = Response(body, content_type=f"{kind}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="chat-{conversation.conversation_id}.{ending}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def register(app: OpenAPI) -> None:
    """Add the routes to ``app``."""
    app.register_api(bp)


def _place(cursor: str) -> tuple[datetime, str]:
    wanted = None
    with suppress(ValueError):
        at, _, conversation_id = decode_cursor(cursor).partition(" ")
        moment, wanted = datetime.fromisoformat(at), id_or_none(conversation_id)
    if wanted is None or moment.tzinfo is None:
        raise ApiError("invalid_cursor", "the cursor is not one that a page gave", HTTPStatus.BAD_REQUEST)
    return moment, wanted


def _excerpt(text: str | None, words: list[str]) -> str | None:
    """The surroundings of the first word found."""
    if not text:
        return None
    flat = printable(" ".join(text.split()))
    at = next((place for word in words if (place := flat.lower().find(word.lower())) >= 0), 0)
    start, end = max(0, at - _AROUND), at + _AROUND
    return f"{'…' if start else ''}{flat[start:end]}{'…' if end < len(flat) else ''}"


def _services() -> Services:
    services: Services = current_app.extensions["logatlas"]
    return services


def _chat() -> Chat:
    return _services().chat
