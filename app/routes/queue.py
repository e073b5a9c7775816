"""``GET /api/queue``: what wants review, least certain first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Response, current_app
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from agents.events import printable
from app.errors import ApiError
from app.reviews.shown import class_name
from app.routes import review_schemas, schemas
from app.storage.errors import StorageRejectedError
from app.storage.queue import Place, QueueFilter, QueueRow, read_place, write_place
from app.wire import decode_cursor, encode_cursor, json_response

if TYPE_CHECKING:
    from agents.ocsf import Taxonomy
    from app.services import Services

bp = APIBlueprint(
    "queue", __name__, url_prefix="/api/queue", abp_tags=[Tag(name="queue", description="What wants review.")]
)


@bp.get("", summary="What wants review", responses=schemas.answers(review_schemas.QueueOut, 401, 403, 503))
def get_queue(query: review_schemas.QueueQuery) -> Response:
    """Events that want review, by rising margin of their two best candidates, then by rising confidence."""
    services: Services = current_app.extensions["logatlas"]
    now = datetime.now(UTC)
    wanted = QueueFilter(
        source=query.source,
        class_uid=query.class_uid,
        template_id=query.template_id,
        reviewer=query.reviewer,
        before=None if query.older_than_s is None else now - timedelta(seconds=query.older_than_s),
    )
    found, following = services.store.queue.page(wanted, query.order, _place(query), query.limit)
    return json_response({
        "items": [_item(row, services.taxonomy) for row in found],
        "next_cursor": None if following is None else encode_cursor(write_place(following, query.order)),
        "total": services.store.queue.count(wanted),
        "reviewed_today": services.store.review_batches.count_since(
            now.replace(hour=0, minute=0, second=0, microsecond=0)
        ),
    })  # fmt: skip


def register(app: OpenAPI) -> None:
    """Add the route to ``app``."""
    app.register_api(bp)


def _place(query: review_schemas.QueueQuery) -> Place | None:
    if query.cursor is None:
        return None
    try:
        return read_place(decode_cursor(query.cursor), query.order)
    except (ValueError, StorageRejectedError):
        raise ApiError("invalid_parameters", "the cursor is not one that this list gave in this order") from None


def _item(row: QueueRow, taxonomy: Taxonomy) -> dict[str, Any]:
    ocsf_class = taxonomy.classes.get(row.class_uid)
    activity = ocsf_class.activities.get(row.activity_id) if ocsf_class else None
    return {
        "event_id": row.place.event_id,
        "decision_id": row.decision_id,
        "received_at": row.received_at,
        "raw": printable(row.raw),
        "raw_truncated": row.raw_truncated,
        "vendor": row.vendor,
        "product": row.product,
        "sourcetype": row.sourcetype,
        "host": row.host,
        "format": row.format,
        "template_id": row.template_id,
        "template_count": row.template_count,
        "class_uid": row.class_uid,
        "class_name": class_name(row.class_uid, taxonomy),
        "activity_id": row.activity_id,
        "activity_name": activity.caption if activity else "Unknown",
        "confidence": row.place.confidence,
        "margin": row.place.margin,
        "status": row.status,
        "candidates": [
            {"class_uid": uid, "class_name": class_name(uid, taxonomy), "probability": probability}
            for uid, probability in row.candidates
        ],
    }
