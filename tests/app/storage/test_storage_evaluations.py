from dataclasses import replace
from datetime import UTC, datetime

import uuid_utils

from app.storage.clickhouse import ClickHouse
from app.storage.evaluations import EvalPrediction, EvalRun, EvaluationRepository


def make_run(**changes: object) -> EvalRun:
    run = EvalRun(
        run_id=str(uuid_utils.uuid7()),
        started_at=datetime(2026, 3, 1, 9, 0, 0, 1000, UTC),
        suite="run",
        configuration="default",
        events=2,
        data_name="dev.jsonl",
        git_revision="abc",
        git_dirty=True,
        model_version="smollm2",
        figures={"top1": 0.5, "ece": 0.125},
        document={"top1": 0.5, "by_vendor": {"Acme \udcff": {"n": 2}}},
    )
    return replace(run, **changes)  # type: ignore[arg-type]


def test_a_run_and_its_predictions_come_back(clickhouse: ClickHouse) -> None:
    evaluations, run = EvaluationRepository(clickhouse), make_run()
    first = EvalPrediction(
        run.run_id, "a/b#1", 3002, 4001, False, True, True, 0.5, 12.5, (4001, 3002), 1, 6, "Acme", "Gate \udcff", "json"
    )  # fmt: skip
    second = EvalPrediction(run.run_id, "c", 3002, 3002, True, False, False, 1.0, 1.0)
    evaluations.insert(run, [second, first])
    evaluations.insert(run, [second, first])
    assert evaluations.get(run.run_id) == run
    assert evaluations.predictions(run.run_id) == [first, second]
    assert evaluations.get("nonsense") is None
    assert evaluations.predictions("nonsense") == []


def test_recent_runs_are_newest_first_without_documents(clickhouse: ClickHouse) -> None:
    evaluations = EvaluationRepository(clickhouse)
    old = make_run()
    new = make_run(started_at=datetime(2026, 3, 2, 9, 0, 0, 0, UTC))
    drift = make_run(started_at=datetime(2026, 3, 3, 9, 0, 0, 0, UTC), suite="drift")
    for run in (new, drift, old):
        evaluations.insert(run)
    assert [run.run_id for run in evaluations.recent()] == [drift.run_id, new.run_id, old.run_id]
    assert evaluations.recent(1, suite="run") == [replace(new, document={})]
