"""Evaluation runs, and what each decided for every event of its data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.storage.clickhouse import ClickHouse
from app.storage.codec import dump, load
from app.storage.events import canonical_id, id_or_none, stored_time

EVAL_RUN_COLUMNS = {
    "run_id": "UUID",
    "started_at": "DateTime64(3, 'UTC')",
    "suite": "LowCardinality(String)",
    "configuration": "LowCardinality(String)",
    "data_name": "LowCardinality(String)",
    "data_sha256": "String",
    "events": "UInt32",
    "git_revision": "LowCardinality(String)",
    "git_dirty": "Bool",
    "model_version": "LowCardinality(String)",
    "prompt_version": "LowCardinality(String)",
    "knowledge_version": "LowCardinality(String)",
    "ranker_version": "LowCardinality(String)",
    "template_version": "LowCardinality(String)",
    "ocsf_version": "LowCardinality(String)",
    "figures": "Map(LowCardinality(String), Float64)",
    "document": "String",
}
EVAL_PREDICTION_COLUMNS = {
    "run_id": "UUID",
    "event_id": "String",
    "vendor": "LowCardinality(String)",
    "product": "LowCardinality(String)",
    "format": "LowCardinality(String)",
    "class_uid": "UInt32",
    "predicted_class_uid": "UInt32",
    "activity_id": "Nullable(UInt32)",
    "predicted_activity_id": "Nullable(UInt32)",
    "correct": "Bool",
    "abstained": "Bool",
    "asked_model": "Bool",
    "confidence": "Float64",
    "latency_ms": "Float64",
    "candidates": "Array(UInt32)",
    "accepted": "Array(UInt32)",
    "retrieved": "Array(UInt32)",
    "promised": "Bool",
    "prediction_set": "Array(UInt32)",
}
_END, _LAST_ID = datetime(2200, 1, 1, tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff"
_ALL = 10_000_000


@dataclass(frozen=True, slots=True)
class EvalRun:
    """One evaluation: what was evaluated on which data, by which versions, and its figures by name.

    ``suite`` is ``run`` or the name of a special suite. ``document`` is all that was measured, and comes back as it
    went in; lists of runs have only the ``intervals`` of it.
    """

    run_id: str
    started_at: datetime
    suite: str
    configuration: str
    events: int
    data_name: str = ""
    data_sha256: str = ""
    git_revision: str = ""
    git_dirty: bool = False
    model_version: str = ""
    prompt_version: str = ""
    knowledge_version: str = ""
    ranker_version: str = ""
    template_version: str = ""
    ocsf_version: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    document: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EvalPrediction:
    """What a run decided for one event; ``candidates`` are class uids by falling probability.

    ``accepted`` are the class uids that count as right, ``retrieved`` those found by falling retrieval score, and
    ``prediction_set`` those that the decision promised, where it ``promised`` any; all are empty in old runs.
    """

    run_id: str
    event_id: str
    class_uid: int
    predicted_class_uid: int
    correct: bool
    abstained: bool
    asked_model: bool
    confidence: float
    latency_ms: float
    candidates: tuple[int, ...] = ()
    activity_id: int | None = None
    predicted_activity_id: int | None = None
    vendor: str = ""
    product: str = ""
    format: str = ""
    accepted: tuple[int, ...] = ()
    retrieved: tuple[int, ...] = ()
    promised: bool = False
    prediction_set: tuple[int, ...] = ()


class EvaluationRepository:
    """The tables of evaluations. A run inserted twice is one run to every reader here."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def insert(self, run: EvalRun, predictions: Sequence[EvalPrediction] = ()) -> None:
        """Write a run and its predictions; on return they are found. The run comes last, so that it is whole.

        Raises:
            StorageRejectedError, StorageError, StorageUnavailableError
        """
        rows = [
            tuple(canonical_id(p.run_id) if name == "run_id" else getattr(p, name) for name in EVAL_PREDICTION_COLUMNS)
            for p in predictions
        ]
        self._clickhouse.insert("eval_predictions", EVAL_PREDICTION_COLUMNS, rows)
        changed = {
            "run_id": canonical_id(run.run_id),
            "started_at": stored_time(run.started_at),
            "figures": dict(run.figures),
            "document": dump(dict(run.document)),
        }
        row = tuple(changed.get(name, getattr(run, name)) for name in EVAL_RUN_COLUMNS)
        self._clickhouse.insert("eval_runs", EVAL_RUN_COLUMNS, [row])

    def recent(
        self, limit: int = 50, *, suite: str | None = None, after: tuple[datetime, str] | None = None
    ) -> list[EvalRun]:
        """The latest runs, newest first, with nothing but the intervals of their documents; of one suite where given.

        ``after`` are start and id of the run that the page before ended with.
        """
        moment, run_id = after or (_END, _LAST_ID)
        rows = self._clickhouse.rows(
            "SELECT * FROM eval_runs FINAL "
            "WHERE {suite:String} IN ('', suite) AND (started_at, run_id) < ({at:DateTime64(3, 'UTC')}, {id:UUID}) "
            "ORDER BY started_at DESC, run_id DESC LIMIT {limit:UInt32}",
            {"suite": suite or "", "limit": limit, "at": moment, "id": canonical_id(run_id)},
        )
        runs = map(_run, rows)
        return [replace(run, document={"intervals": run.document.get("intervals", {})}) for run in runs]

    def get(self, run_id: str) -> EvalRun | None:
        """The run with this id and its document, ``None`` where there is none or the text is not an id."""
        if (wanted := id_or_none(run_id)) is None:
            return None
        rows = self._clickhouse.rows("SELECT * FROM eval_runs FINAL WHERE run_id = {id:UUID} LIMIT 1", {"id": wanted})
        return _run(rows[0]) if rows else None

    def predictions(self, run_id: str) -> list[EvalPrediction]:
        """The predictions of a run, by event id."""
        return self.predictions_page(run_id, None)

    def predictions_page(
        self, run_id: str, limit: int | None, *, wrong: bool = False, after: str | None = None
    ) -> list[EvalPrediction]:
        """At most ``limit`` predictions of a run, by event id, those behind the id ``after``; only wrong ones if so."""
        if (wanted := id_or_none(run_id)) is None:
            return []
        rows = self._clickhouse.rows(
            "SELECT * FROM eval_predictions FINAL WHERE run_id = {id:UUID} "
            "AND ({first:Bool} OR event_id > {after:String}) AND ({all:Bool} OR NOT correct) "
            "ORDER BY event_id LIMIT {limit:UInt64}",
            {"id": wanted, "first": after is None, "after": after or "", "all": not wrong, "limit": limit or _ALL},
        )
        return [EvalPrediction(**{name: _plain(value) for name, value in row.items()}) for row in rows]


def _plain(value: Any) -> Any:
    """A value of a column as the dataclass has it."""
    if isinstance(value, UUID):
        return str(value)
    return tuple(value) if isinstance(value, list) else value


def _run(row: Mapping[str, Any]) -> EvalRun:
    return EvalRun(**{**row, "run_id": str(row["run_id"]), "document": load(row["document"])})
