"""Figures of the dashboard, the taxonomy and the parts over HTTP: each figure leads to its events."""

from __future__ import annotations

import pytest

SPAN = {"from": "2026-11-01T08:00:00Z", "to": "2026-11-01T12:00:00Z"}


def get(client, path, **query):
    answer = client.get(f"/api/{path}", query_string={**SPAN, **query})
    assert answer.status_code == 200, answer.json
    return answer.json


def found(client, q):
    return get(client, "events", q=q)["total"]


def test_the_summary(search_client):
    summary = get(search_client, "stats/summary")
    assert (summary["events"], summary["needs_review"], summary["decided_auto"], summary["reviewed"]) == (7, 2, 3, 1)
    assert summary["memo_hit_rate"] == 0.2
    assert summary["override_rate"] == 1.0
    assert summary["degraded"] == {"model": 1}
    assert summary["oldest_waiting_s"] > 0
    for name in ("events", "needs_review", "decided_auto", "reviewed"):
        assert found(search_client, summary["q"][name]) == summary[name]
    nothing = get(search_client, "stats/summary", q="nosuchword")
    assert (nothing["events"], nothing["memo_hit_rate"], nothing["oldest_waiting_s"]) == (0, None, None)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("status", {"auto": 3, "needs_review": 2, "overridden": 1}),
        ("class", {"Authentication": 4, "Network Activity": 1, "API Activity": 1}),
        ("category", {"Identity & Access Management": 4, "Network Activity": 1, "Application Activity": 1}),
        (
            "source",
            {"OpenBSD OpenSSH": 4, "Palo Alto Networks PAN-OS": 1, "Amazon CloudTrail": 1, "no source named": 1},
        ),
        ("decided_by", {"ranker": 3, "memo": 1, "llm": 1, "analyst": 1}),
        ("degraded", {"model": 1}),
    ],
)
def test_events_over_time(search_client, by, expected):
    answer = get(search_client, "stats/timeseries", by=by, buckets=4)
    assert (answer["step_s"], answer["from"]) == (3600, "2026-11-01T08:00:00.000Z")
    assert {s["label"]: sum(count for _, count in s["points"]) for s in answer["series"]} == expected
    for series in answer["series"]:
        assert len(series["points"]) == 4
        assert found(search_client, series["q"]) == expected[series["label"]]


def test_sources(search_client):
    sources = {s["product"]: s for s in get(search_client, "stats/sources")["sources"]}
    assert (sources["OpenSSH"]["events"], sources["OpenSSH"]["needs_review"]) == (4, 2)
    assert sources["OpenSSH"]["mean_confidence"] == pytest.approx((0.97 + 0.8 + 0.31 + 0.42) / 4, abs=1e-4)
    assert sources["CloudTrail"]["overridden"] == 1
    for source in sources.values():
        assert found(search_client, source["q"]) == source["events"]


def test_confidence_has_all_decided_events(search_client):
    bins = get(search_client, "stats/confidence")["bins"]
    assert len(bins) == 20
    assert sum(b["count"] for b in bins) == 6
    assert sum(b["needs_review"] for b in bins) == 2
    for counted in bins:
        assert found(search_client, counted["q"]) == counted["count"], counted


def test_latency_by_stage_without_what_people_decided(search_client):
    stages = {s["stage"]: s for s in get(search_client, "stats/latency")["stages"]}
    assert list(stages) == ["parse", "retrieve", "total"]
    assert (stages["retrieve"]["p50_ms"], stages["total"]["p95_ms"], stages["total"]["count"]) == (9.0, 10.0, 5)


def test_the_backlog_and_its_age(search_client):
    backlog = get(search_client, "stats/backlog", buckets=4)
    assert backlog["total"] == 2
    assert backlog["ages"][0]["count"] == 2
    for age in backlog["ages"]:
        assert found(search_client, age["q"]) == age["count"]
    # Two from 08:20 on, a third from 09:30 until its review at 10:30.
    assert [count for _, count in backlog["series"]] == [2, 3, 2, 2]
    later = search_client.get("/api/stats/backlog?from=2026-11-01T11:00:00Z&to=2026-11-01T12:00:00Z").json
    assert {count for _, count in later["series"]} == {2}


def test_override_rate_of_each_source_over_time(search_client):
    answer = get(search_client, "stats/overrides", buckets=4)
    (series,) = answer["series"]
    assert series["source"] == "Amazon CloudTrail"
    assert [(rate, reviews) for _, rate, reviews in series["points"]] == [(None, 0), (None, 0), (1.0, 1), (None, 0)]
    assert found(search_client, series["q"]) == 1


@pytest.mark.parametrize("route", ["summary", "timeseries", "sources", "confidence", "latency", "backlog", "overrides"])
def test_figures_of_all_time_and_bad_spans(search_client, search_app, route):
    assert search_client.get(f"/api/stats/{route}").status_code == 200
    assert search_client.get(f"/api/stats/{route}?from=never").json["error"]["code"] == "bad_time"
    assert search_app.test_client().get(f"/api/stats/{route}").status_code == 401


def test_the_taxonomy_and_whether_it_is_still_the_same(search_client):
    answer = search_client.get("/api/taxonomy")
    assert answer.json["ocsf_version"] == "1.8.0"
    classes = {c["uid"]: c for c in answer.json["classes"]}
    assert classes[3002]["caption"] == "Authentication"
    assert {"activity_id": 1, "caption": "Logon"}.items() <= classes[3002]["activities"][1].items()
    assert {c["category_uid"] for c in classes.values()} == {c["uid"] for c in answer.json["categories"]}
    again = search_client.get("/api/taxonomy", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_parts_say_since_when(search_client):
    parts = {part["name"]: part for part in search_client.get("/api/parts").json["parts"]}
    assert (parts["store"]["state"], parts["model"]["state"], parts["model"]["detail"]) == (
        "ready",
        "down",
        "no weights",
    )
    assert {p["name"]: p["since"] for p in search_client.get("/api/parts").json["parts"]} == {
        name: part["since"] for name, part in parts.items()
    }
