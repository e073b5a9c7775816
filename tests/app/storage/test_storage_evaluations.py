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
        document={"top1": 0.5, "intervals": {"top1": [0.4, 0.6]}, "by_vendor": {"Acme \udcff": {"n": 2}}},
    )
    return replace(run, **changes)  # type: ignore[arg-type]


def test_a_run_and_its_predictions_come_back(clickhouse: ClickHouse) -> None:
    evaluations, run = EvaluationRepository(clickhouse), make_run()
    first = EvalPrediction(
        run.run_id, "a/b#1", 3002, 4001, False, True, True, 0.5, 12.5, (4001, 3002), 1, 6, "Acme", "Gate \udcff",
        "json",
        accepted=(3002, 3003), retrieved=(3002, 1), promised=True, prediction_set=(3002,),
    )  # fmt: skip
    second = EvalPrediction(run.run_id, "c", 3002, 3002, True, False, False, 1.0, 1.0)
    evaluations.insert(run, [second, first])
    evaluations.insert(run, [second, first])
    assert evaluations.get(run.run_id) == run
    assert evaluations.predictions(run.run_id) == [first, second]
    assert evaluations.get("nonsense") is None
    assert evaluations.predictions("nonsense") == []


def test_pages_of_runs_and_predictions_follow_each_other(clickhouse: ClickHouse) -> None:
    evaluations = EvaluationRepository(clickhouse)
    runs = [make_run() for _ in range(3)]
    for run in runs:
        evaluations.insert(run)
    first = evaluations.recent(2)
    rest = evaluations.recent(2, after=(first[-1].started_at, first[-1].run_id))
    assert sorted(r.run_id for r in [*first, *rest]) == sorted(r.run_id for r in runs)
    rows = [
        EvalPrediction(runs[0].run_id, name, 3002, 3002 if right else 4001, right, False, False, 0.5, 1.0)
        for name, right in [("a", True), ("b", False), ("c", False)]
    ]
    evaluations.insert(runs[0], rows)
    assert [p.event_id for p in evaluations.predictions_page(runs[0].run_id, 1, wrong=True)] == ["b"]
    assert [p.event_id for p in evaluations.predictions_page(runs[0].run_id, 9, wrong=True, after="b")] == ["c"]


def test_recent_runs_are_newest_first_without_documents(clickhouse: ClickHouse) -> None:
    evaluations = EvaluationRepository(clickhouse)
    old = make_run()
    new = make_run(started_at=datetime(2026, 3, 2, 9, 0, 0, 0, UTC))
    drift = make_run(started_at=datetime(2026, 3, 3, 9, 0, 0, 0, UTC), suite="drift")
    for run in (new, drift, old):
        evaluations.insert(run)
    assert [run.run_id for run in evaluations.recent()] == [drift.run_id, new.run_id, old.run_id]
    assert evaluations.recent(1, suite="run") == [replace(new, document={"intervals": {"top1": [0.4, 0.6]}})]
