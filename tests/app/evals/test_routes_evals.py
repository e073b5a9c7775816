"""Runs of evaluations over HTTP: listed, opened, paged, compared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import uuid_utils

from app.storage.clickhouse import open_clickhouse
from app.storage.evaluations import EvalPrediction, EvalRun, EvaluationRepository
from app.storage.migrate import migrate

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def make_run(number=0, **changes):
    values = {
        "run_id": str(uuid_utils.uuid7()), "started_at": START + timedelta(minutes=number), "suite": "run",
        "configuration": "default", "events": 40, "data_name": "own.jsonl", "git_revision": "abc", "git_dirty": True,
        "model_version": "smollm2", "figures": {"top1": 0.9},
        "document": {"intervals": {"top1": [0.8, 0.95]}},
    }  # fmt: skip
    return EvalRun(**values | changes)


def make_predictions(run, wrong=(), count=40):
    """Labelled 3002 or 4001 in turn by four sources; ``wrong`` events are taken for 6003, with less confidence."""
    rows = []
    for n in range(count):
        uid = (3002, 4001)[n % 2]
        bad = n in wrong
        decided = 6003 if bad else uid
        rows.append(
            EvalPrediction(
                run.run_id, f"e{n:02}", uid, decided, not bad, False, False, 0.4 if bad else 0.9, 5.0,
                (decided, uid), 1, 1, f"vendor{n % 4}", "p", "json",
                accepted=(uid,), retrieved=(decided, uid), promised=True, prediction_set=(uid,),
            )
        )  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def runs(module_folder):
    """Two runs over the same events, the second with fewer mistakes, and one of a special suite."""
    clickhouse = open_clickhouse(None, module_folder / "clickhouse")
    migrate(clickhouse)
    evaluations = EvaluationRepository(clickhouse)
    worse, better, drift = make_run(0), make_run(1), make_run(2, suite="drift", document={}, figures={"same": 1.0})
    evaluations.insert(worse, make_predictions(worse, wrong=range(12)))
    evaluations.insert(better, make_predictions(better, wrong=[39]))
    evaluations.insert(drift)
    yield SimpleNamespace(evaluations=evaluations, worse=worse, better=better, drift=drift)
    clickhouse.close()


@pytest.fixture
def client(make_services, as_client, runs):
    services = make_services()
    services.store.evaluations = runs.evaluations
    return as_client(services)


def test_runs_are_listed_newest_first_by_page_and_suite(client, runs):
    first = client.get("/api/evals?limit=2").json
    second = client.get("/api/evals", query_string={"limit": 2, "cursor": first["next_cursor"]}).json
    listed = [run["run_id"] for run in [*first["items"], *second["items"]]]
    assert listed == [runs.drift.run_id, runs.better.run_id, runs.worse.run_id]
    assert second["next_cursor"] is None
    assert first["items"][1]["figures"] == {"top1": 0.9}
    assert first["items"][1]["intervals"] == {"top1": [0.8, 0.95]}
    assert first["items"][1]["versions"]["git"] == "abc+"
    assert [r["run_id"] for r in client.get("/api/evals?suite=drift").json["items"]] == [runs.drift.run_id]


def test_a_run_shows_its_tables_and_curves(client, runs):
    run = client.get(f"/api/evals/{runs.worse.run_id}").json
    assert run["by_vendor"]["vendor0"]["n"] == 10
    assert run["by_vendor"]["vendor0"]["top1"] == 0.7
    assert run["by_format"]["json"]["top1"] == 0.7
    assert run["by_class"]["3002"]["support"] == 20
    cells = {(c["class_uid"], c["predicted_class_uid"]): c["count"] for c in run["confusion"]}
    assert cells == {(3002, 3002): 14, (4001, 4001): 14, (3002, 6003): 6, (4001, 6003): 6}
    assert [(b["count"], b["accuracy"]) for b in run["reliability"]] == [(12, 0.0), (28, 1.0)]
    assert run["risk_coverage"][0] == {"coverage": 0.7, "risk": 0.0}
    assert run["risk_coverage"][-1]["risk"] == pytest.approx(0.3)


def test_what_a_run_wrote_down_wins_and_a_suite_without_predictions_has_no_tables(client, runs):
    told = make_run(3, document={"by_vendor": {"Acme": {"n": 7, "words": "none"}}})
    runs.evaluations.insert(told)
    assert client.get(f"/api/evals/{told.run_id}").json["by_vendor"] == {"Acme": {"n": 7}}
    drift = client.get(f"/api/evals/{runs.drift.run_id}").json
    assert (drift["confusion"], drift["reliability"], drift["risk_coverage"]) == ([], [], [])


def test_predictions_are_paged_and_narrowed_to_wrong_ones(client, runs):
    path, seen, cursor = f"/api/evals/{runs.worse.run_id}/predictions", [], None
    while True:
        query = {"wrong": "true", "limit": 5} | ({"cursor": cursor} if cursor else {})
        page = client.get(path, query_string=query).json
        seen += page["items"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert [p["id"] for p in seen] == [f"e{n:02}" for n in range(12)]
    assert not any(p["correct"] for p in seen)
    assert len(client.get(path).json["items"]) == 40


def test_two_runs_are_compared_with_intervals_and_flips(client, runs):
    answer = client.get("/api/evals/compare", query_string={"a": runs.worse.run_id, "b": runs.better.run_id}).json
    figures = {figure["name"]: figure for figure in answer["figures"]}
    assert figures["top1"]["a"] == 0.7
    assert figures["top1"]["difference"] == pytest.approx(11 / 40)
    low, high = figures["top1"]["interval"]
    assert 0 < low <= figures["top1"]["difference"] <= high
    assert figures["mrr"]["b"] > figures["mrr"]["a"]
    assert figures["ece"]["lower_is_better"]
    assert [(f["id"], f["better"], f["kind"]) for f in answer["flips"][:2]] == [
        ("e39", False, "broken"), ("e00", True, "fixed"),
    ]  # fmt: skip
    assert len(answer["flips"]) == 13
    assert (answer["flips"][1]["a"], answer["flips"][1]["b"]) == (6003, 3002)
    backwards = client.get("/api/evals/compare", query_string={"a": runs.better.run_id, "b": runs.worse.run_id}).json
    assert backwards["figures"][0]["difference"] == pytest.approx(-11 / 40)


def test_runs_without_a_shared_event_are_not_compared(client, runs):
    query = {"a": runs.worse.run_id, "b": runs.drift.run_id}
    answer = client.get("/api/evals/compare", query_string=query)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "not_comparable")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/evals/nonsense", 404),
        ("/api/evals/019a0c11-7c2d-7a4e-9d3f-5b1e0c8a2f64", 404),
        ("/api/evals/019a0c11-7c2d-7a4e-9d3f-5b1e0c8a2f64/predictions", 404),
        ("/api/evals/compare?a=x&b=y", 404),
        ("/api/evals/compare?a=x", 400),
        ("/api/evals?cursor=%21", 400),
        ("/api/evals?cursor=WyJ4IiwieSJd", 400),
        ("/api/evals?limit=0", 400),
    ],
)
def test_what_is_not_there_is_told_in_the_one_shape(client, path, status):
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert set(answer.json["error"]) == {"code", "message", "details"}


def test_evaluations_need_permission_to_read(make_services, as_client, runs):
    services = make_services()
    services.store.evaluations = runs.evaluations
    assert as_client(services, "lat_read").get("/api/evals").status_code == 200
    assert as_client(services, "lat_classify").get("/api/evals").status_code == 403
    assert as_client(services, None).get("/api/evals").status_code == 401
