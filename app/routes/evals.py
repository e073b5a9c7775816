"""``/api/evals``: what ``python -m evals`` measured, run by run and against each other."""

from __future__ import annotations

import json
from datetime import datetime
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Any

from cachetools import LRUCache
from flask import Response, current_app
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from app.errors import ApiError
from app.routes import evals_schemas as shapes
from app.routes import schemas
from app.storage.events import id_or_none
from app.wire import decode_cursor, encode_cursor, json_response

if TYPE_CHECKING:
    from app.services import Services
    from app.storage.evaluations import EvalRun

bp = APIBlueprint(
    "evals", __name__, url_prefix="/api/evals", abp_tags=[Tag(name="evals", description="How right it is.")]
)
# A comparison costs seconds of resampling and never changes, because runs never do.
_compared: LRUCache[tuple[str, str], dict[str, Any]] = LRUCache(64)
_comparing = Lock()


@bp.get("", summary="Evaluation runs", responses=schemas.answers(shapes.RunPageOut, 400, 401, 403, 503))
def get_runs(query: shapes.RunsQuery) -> Response:
    """The runs of `python -m evals`, newest first."""
    from app.evaluations.stored import run_row

    after = _place(query.cursor, _run_place)
    runs = _services().store.evaluations.recent(query.limit + 1, suite=query.suite, after=after)
    page, more = runs[: query.limit], len(runs) > query.limit
    following = json.dumps([page[-1].started_at.isoformat(), page[-1].run_id]) if more else None
    return json_response({"items": [run_row(run) for run in page], "next_cursor": encode_cursor(following)})


@bp.get(
    "/compare", summary="Compare two runs", responses=schemas.answers(shapes.ComparisonOut, 400, 401, 403, 404, 503)
)
def get_comparison(query: shapes.CompareQuery) -> Response:
    """By how much the figures of `b` differ from those of `a`, how surely, and which events changed."""
    from app.evaluations.compare import NotComparableError
    from app.evaluations.stored import comparison

    first, second = _run(query.a), _run(query.b)
    key = first.run_id, second.run_id
    # One at a time: resampling takes a core, and whoever waits for the same answer finds it made.
    with _comparing:
        if key not in _compared:
            evaluations = _services().store.evaluations
            try:
                _compared[key] = comparison(
                    first, evaluations.predictions(first.run_id), second, evaluations.predictions(second.run_id)
                )
            except NotComparableError as error:
                raise ApiError(error.code, error.message, a=query.a, b=query.b) from None
        return json_response(_compared[key])


@bp.get("/<run_id>", summary="One run", responses=schemas.answers(shapes.RunDetailOut, 401, 403, 404, 503))
def get_run(path: shapes.RunPath) -> Response:
    """A run with its tables by vendor, format and class, its confusions, reliability and risk-coverage curve."""
    from app.evaluations.stored import run_detail

    services, run = _services(), _run(path.run_id)
    return json_response(run_detail(run, services.store.evaluations.predictions(run.run_id), services.taxonomy))


@bp.get(
    "/<run_id>/predictions",
    summary="Predictions of a run",
    responses=schemas.answers(shapes.PredictionPageOut, 400, 401, 403, 404, 503),
)
def get_predictions(path: shapes.RunPath, query: shapes.PredictionsQuery) -> Response:
    """What a run decided for each event of its data set, by the event's id."""
    from app.evaluations.stored import prediction_row

    run, after = _run(path.run_id), _place(query.cursor, str)
    rows = _services().store.evaluations.predictions_page(run.run_id, query.limit + 1, wrong=query.wrong, after=after)
    page = rows[: query.limit]
    following = json.dumps(page[-1].event_id) if len(rows) > query.limit else None
    return json_response({"items": [prediction_row(row) for row in page], "next_cursor": encode_cursor(following)})


def register(app: OpenAPI) -> None:
    """Add the routes to ``app``."""
    app.register_api(bp)


def _services() -> Services:
    services: Services = current_app.extensions["logatlas"]
    return services


def _run(run_id: str) -> EvalRun:
    run = _services().store.evaluations.get(run_id)
    if run is None:
        raise ApiError("not_found", "there is no run with this id", HTTPStatus.NOT_FOUND, id=run_id)
    return run


def _place(cursor: str | None, read: Any) -> Any:
    if cursor is None:
        return None
    try:
        return read(json.loads(decode_cursor(cursor)))
    except (ValueError, TypeError):
        raise ApiError("invalid_parameters", "the cursor is not one that this list gave") from None


def _run_place(value: Any) -> tuple[datetime, str]:
    moment, run_id = datetime.fromisoformat(value[0]), id_or_none(value[1])
    if moment.tzinfo is None or run_id is None:
        raise ValueError("not a place in the list of runs")
    return moment, run_id
