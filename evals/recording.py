"""Evaluations into the event store, where the service shows them; a run must not depend on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

from agents.errors import LogatlasError
from app.evaluations.metrics import Prediction
from app.settings import Settings, secret_text
from app.storage.clickhouse import open_clickhouse
from app.storage.errors import StorageBusyError
from app.storage.evaluations import EvalPrediction, EvalRun, EvaluationRepository
from app.storage.migrate import migrate


def record(
    settings: Settings, suite: str, metrics: Mapping[str, Any], predictions: Sequence[Prediction] = ()
) -> tuple[bool, str]:
    """Store a run, and whether that went well with a sentence that says so; never raises what the store raises.

    The embedded store belongs to one process: while the service runs on the same data folder, the run stays in its
    own folder only.
    """
    run = eval_run(suite, metrics)
    rows = [eval_prediction(run.run_id, p) for p in predictions]
    try:
        store = open_clickhouse(secret_text(settings.clickhouse_url), settings.data_dir / "clickhouse")
        with closing(store):
            migrate(store)
            EvaluationRepository(store).insert(run, rows)
    except StorageBusyError as error:
        return False, f"Not stored: {error.message}. The run is in its folder; stop the service or set CLICKHOUSE_URL."
    except LogatlasError as error:
        return False, f"Not stored: {error.message}. The run is in its folder."
    return True, f"Stored as run {run.run_id}."


def eval_run(suite: str, metrics: Mapping[str, Any]) -> EvalRun:
    """The row of a run from its metrics (see ``evals.provenance``); its figures are all plain numbers among them."""
    versions, data = metrics["versions"], metrics.get("data") or {}
    numbers = {name: float(v) for name, v in metrics.items() if isinstance(v, int | float) and not isinstance(v, bool)}
    return EvalRun(
        run_id=metrics["run_id"],
        started_at=datetime.fromisoformat(metrics["started_at"]),
        suite=suite,
        configuration=metrics["configuration"],
        events=int(metrics["n"]),
        data_name=data.get("name", ""),
        data_sha256=data.get("sha256", ""),
        git_revision=metrics["git"]["revision"],
        git_dirty=metrics["git"]["dirty"],
        model_version=versions["model"],
        prompt_version=versions["prompt"],
        knowledge_version=versions["knowledge"],
        ranker_version=versions["ranker"],
        template_version=versions["template"],
        ocsf_version=versions["ocsf"],
        figures={name: value for name, value in numbers.items() if name != "seed"},
        document=metrics,
    )


def eval_prediction(run_id: str, prediction: Prediction) -> EvalPrediction:
    """The row of one prediction."""
    return EvalPrediction(
        run_id=run_id,
        event_id=prediction.event_id,
        vendor=prediction.vendor,
        product=prediction.product,
        format=prediction.format,
        class_uid=prediction.class_uid,
        predicted_class_uid=max(prediction.decided_class, 0),
        activity_id=prediction.activity_id,
        predicted_activity_id=prediction.predicted_activity_id,
        correct=prediction.right,
        abstained=prediction.abstained,
        asked_model=prediction.asked_model,
        confidence=prediction.confidence,
        latency_ms=prediction.ms,
        candidates=prediction.ranked,
        accepted=tuple(sorted(prediction.accepted)),
        retrieved=prediction.retrieved,
        promised=prediction.prediction_set is not None,
        prediction_set=prediction.prediction_set or (),
    )
