"""``/api/reviews``: confirm and override decisions, see what that changed, take it back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from flask import Response, current_app, g, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from pydantic import BaseModel, ValidationError

from app.errors import ApiError
from app.reviews import Asked
from app.routes import review_schemas, schemas
from app.search.times import parse_time
from app.storage.events import id_or_none
from app.wire import decode_cursor, encode_cursor, json_response, read_json, storable

if TYPE_CHECKING:
    from app.reviews import ReviewLoop

bp = APIBlueprint(
    "reviews", __name__, url_prefix="/api/reviews",
    abp_tags=[Tag(name="reviews", description="Confirm, override, undo.")],
)  # fmt: skip
_Body = TypeVar("_Body", bound=BaseModel)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"


@bp.post(
    "/preview",
    summary="Count first",
    responses=schemas.answers(review_schemas.PreviewOut, 400, 401, 403, 404, 503),
    openapi_extensions=review_schemas.body_of(review_schemas.PreviewIn),
)
def post_preview() -> Response:
    """How many events and templates a review would touch, and what they are today."""
    return json_response(_loop().preview(_body(review_schemas.PreviewIn).target.plain()))


@bp.post(
    "",
    summary="Confirm or override",
    responses={
        "202": review_schemas.ReviewOut,
        **schemas.answers(review_schemas.ReviewOut, 400, 401, 403, 404, 409, 503, status=201),
    },
    openapi_extensions=review_schemas.body_of(review_schemas.ReviewIn),
)
def post_review() -> Response:
    """Review one event (201), or all events of a template or filter (202, see `GET /api/reviews/{id}`).

    The template is pinned at once: every further event of it gets the class. 409 `conflict` when somebody else has
    reviewed the event since (`details.review`, `details.decision`); send it again with `replace` to go on.
    """
    body = _body(review_schemas.ReviewIn)
    asked = Asked(
        action=body.action,
        target=body.target.plain(),
        class_uid=body.class_uid,
        activity_id=body.activity_id,
        comment=storable(body.comment),
        decision_id=body.decision_id,
        preview_token=body.preview_token,
        replace=body.replace,
    )
    review = _loop().submit(asked, g.principal.actor)
    return json_response(review, HTTPStatus.CREATED if body.target.event_id else HTTPStatus.ACCEPTED)


@bp.get("", summary="List reviews", responses=schemas.answers(review_schemas.ReviewsOut, 401, 403, 503))
def get_reviews(query: review_schemas.ReviewsQuery) -> Response:
    """Reviews, newest first, undone ones too."""
    now = datetime.now(UTC)
    # Beyond now, so that the list holds what another clock has written.
    ahead = now + timedelta(days=1)
    reviews, following = _loop().page(
        reviewer=query.reviewer,
        since=parse_time(query.from_, now) if query.from_ else _NEVER,
        until=parse_time(query.to, now) if query.to else ahead,
        place=_place(query.cursor) if query.cursor else (ahead, _LAST_ID),
        limit=query.limit,
    )
    cursor = None if following is None else encode_cursor(f"{following[0].isoformat()} {following[1]}")
    return json_response({"items": reviews, "next_cursor": cursor})


@bp.get("/effect", summary="What reviews changed", responses=schemas.answers(review_schemas.EffectOut, 401, 403, 503))
def get_effect(query: review_schemas.EffectQuery) -> Response:
    """What your reviews changed: events re-decided, agreement before and after."""
    now = datetime.now(UTC)
    since = parse_time(query.since, now) if query.since else now.replace(hour=0, minute=0, second=0, microsecond=0)
    reviewer = g.principal.actor if query.reviewer is None else query.reviewer
    return json_response(_loop().effect(since, "" if reviewer == "*" else reviewer))


@bp.get("/<id>", summary="One review", responses=schemas.answers(review_schemas.ReviewOut, 401, 403, 404, 503))
def get_review(path: schemas.IdPath) -> Response:
    """One review and how far its work is."""
    return json_response(_loop().get(path.id))


@bp.post("/<id>/undo", summary="Undo", responses=schemas.answers(review_schemas.ReviewOut, 401, 403, 404, 409, 503))
def post_undo(path: schemas.IdPath) -> Response:
    """Take a review back: everything is as it was before. 409 `already_undone`, or `replaced` by a later review."""
    return json_response(_loop().undo(path.id, g.principal.actor))


def register(app: OpenAPI) -> None:
    """Add the routes to ``app``."""
    app.register_api(bp)


def _loop() -> ReviewLoop:
    loop: ReviewLoop = current_app.extensions["logatlas"].reviews.loop
    return loop


def _body(model: type[_Body]) -> _Body:
    try:
        return model.model_validate(read_json(request.get_data()))
    except ValidationError as error:
        problems = [{"field": ".".join(map(str, e["loc"])), "problem": e["msg"]} for e in error.errors()]
        raise ApiError("invalid_request", "this is not a review as documented", problems=problems) from None


def _place(cursor: str) -> tuple[datetime, str]:
    try:
        at, _, review_id = decode_cursor(cursor).partition(" ")
        found = id_or_none(review_id)
        moment = datetime.fromisoformat(at)
    except ValueError:
        found = None
    if found is None or moment.tzinfo is None:
        raise ApiError("invalid_parameters", "the cursor is not one that this list gave")
    return moment, found
