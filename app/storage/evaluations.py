"""Evaluation runs, and what each decided for every event of its data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

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
}


@dataclass(frozen=True, slots=True)
class EvalRun:
    """One evaluation: what was evaluated on which data, by which versions, and its figures by name.

    ``suite`` is ``run`` or the name of a special suite. ``document`` is all that was measured, and comes back as it
    went in; lists of runs leave it empty.
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
    """What a run decided for one event; ``candidates`` are class uids by falling probability."""

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

    def recent(self, limit: int = 50, *, suite: str | None = None) -> list[EvalRun]:
        """The latest runs, newest first, without their documents; of one suite where given."""
        columns = ", ".join(name for name in EVAL_RUN_COLUMNS if name != "document")
        rows = self._clickhouse.rows(
            f"SELECT {columns}, '{{}}' AS document FROM eval_runs FINAL "  # noqa: S608  (names of columns, constant)
            "WHERE {suite:String} IN ('', suite) ORDER BY started_at DESC, run_id DESC LIMIT {limit:UInt32}",
            {"suite": suite or "", "limit": limit},
        )
        return [_run(row) for row in rows]

    def get(self, run_id: str) -> EvalRun | None:
        """The run with this id and its document, ``None`` where there is none or the text is not an id."""
        if (wanted := id_or_none(run_id)) is None:
            return None
        rows = self._clickhouse.rows("SELECT * FROM eval_runs FINAL WHERE run_id = {id:UUID} LIMIT 1", {"id": wanted})
        return _run(rows[0]) if rows else None

    def predictions(self, run_id: str) -> list[EvalPrediction]:
        """The predictions of a run, by event id."""
        if (wanted := id_or_none(run_id)) is None:
            return []
        rows = self._clickhouse.rows(
            "SELECT * FROM eval_predictions FINAL WHERE run_id = {id:UUID} ORDER BY event_id", {"id": wanted}
        )
        return [
            EvalPrediction(**{**row, "run_id": str(row["run_id"]), "candidates": tuple(row["candidates"])})
            for row in rows
        ]


def _run(row: Mapping[str, Any]) -> EvalRun:
    return EvalRun(**{**row, "run_id": str(row["run_id"]), "document": load(row["document"])})
