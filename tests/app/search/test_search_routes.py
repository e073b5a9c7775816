"""Pages, histogram, facets, completion, export and the detail of an event over HTTP."""

from __future__ import annotations

import csv
import io
import json

import pyarrow.parquet as pq
import pytest

from app.storage.search import QueryTooSlowError, SearchRepository


def get(client, path, **query):
    answer = client.get(f"/api/events{path}", query_string=query)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_pages_join_without_gap_or_repetition_in_both_orders(search_client, known):
    oldest = [event.event_id for event in vars(known).values()]
    for order, expected in (("oldest", oldest), ("newest", oldest[::-1])):
        seen, cursor = [], None
        while True:
            page = get(search_client, "", limit=2, order=order, **({"cursor": cursor} if cursor else {}))
            seen += [item["event_id"] for item in page["items"]]
            assert (page["total"], page["total_is_exact"]) == (7, True)
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == expected


def test_a_row_has_what_a_list_shows(search_client, known):
    page = get(search_client, "", q="user:alice", columns="src_ip,user,nosuch")
    (row,) = page["items"]
    assert row["fields"] == {"src_ip": "198.51.100.7", "user": "Alice"}
    assert (row["class_name"], row["activity_name"], row["status"]) == ("Authentication", "Logon", "auto")
    assert row["received_at"] == "2026-11-01T08:10:00.000Z"
    assert page["took_ms"] > 0
    (row,) = get(search_client, "", q="class:none")["items"]
    assert (row["class_uid"], row["confidence"], row["status"], row["class_name"]) == (None, None, None, "")


@pytest.mark.parametrize("cursor", ["x", "eHh4", "MSBhIDEgMSA"])
def test_a_foreign_cursor_is_refused(search_client, cursor):
    answer = search_client.get(f"/api/events?cursor={cursor}")
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "invalid_parameters")


def test_the_histogram_counts_every_found_event_once(search_client):
    span = {"from": "2026-11-01T08:00:00Z", "to": "2026-11-01T10:00:00Z"}
    answer = get(search_client, "/histogram", buckets=12, **span)
    assert answer["step_s"] == 600
    assert len(answer["buckets"]) == 12
    assert [b["count"] for b in answer["buckets"]] == [1, 1, 1, 1, 0, 0, 1, 0, 0, 1, 1, 0]
    assert answer["buckets"][0] == {"at": "2026-11-01T08:00:00.000Z", "count": 1, "by_status": {"auto": 1}}
    assert answer["buckets"][10]["by_status"] == {}
    whole = get(search_client, "/histogram", q="status:needs_review")
    assert sum(b["count"] for b in whole["buckets"]) == 2


def test_facets_count_and_lead_to_their_events(search_client):
    names = "status,class_uid,vendor,host,user,degraded"
    facets = {f["field"]: f for f in get(search_client, "/facets", fields=names, limit=2)["facets"]}
    assert list(facets) == names.split(",")
    assert facets["class_uid"]["values"][0] == {
        "value": "3002", "label": "Authentication", "count": 4, "q": "class:3002"
    }  # fmt: skip
    assert facets["status"]["other"] == 2
    assert facets["degraded"]["values"] == [{"value": "model", "label": "model", "count": 1, "q": "degraded:model"}]
    for facet in facets.values():
        for value in facet["values"]:
            assert get(search_client, "", q=value["q"])["total"] == value["count"], value


def test_facets_of_a_query_keep_to_it(search_client):
    (facet,) = get(search_client, "/facets", q="host:web2", fields="status")["facets"]
    assert [(v["value"], v["count"]) for v in facet["values"]] == [("needs_review", 2)]


@pytest.mark.parametrize(
    ("q", "at", "text", "replace"),
    [
        ("sta", None, "status:", [0, 3]),
        ("status:ne", None, "status:needs_review", [0, 9]),
        ("a -status:ne", None, "status:needs_review", [3, 12]),
        ("src", None, "src_ip:", [0, 3]),
        ("user:al foo", 7, "user:Alice", [0, 7]),
        ("host:w", None, "host:web2", [0, 6]),
        ('vendor:"palo a', None, 'vendor:"Palo Alto Networks"', [0, 14]),
        ("class:authent", None, "class:Authentication", [0, 13]),
        ("stat", None, "fields.status:", [0, 4]),
        ("failed O", None, "OR", [7, 8]),
    ],
)
def test_completion_knows_names_and_values(search_client, q, at, text, replace):
    answer = get(search_client, "/complete", q=q, **({} if at is None else {"at": at}))
    assert text in [s["text"] for s in answer["suggestions"]]
    assert answer["replace"] == replace


def export(client, **query):
    answer = client.get("/api/events/export", query_string=query)
    assert answer.status_code == 200, answer.json
    return answer


def test_exports_hold_exactly_what_is_shown(search_client, known):
    shown = get(search_client, "", q="ssh2 OR host:web2", columns="user", order="oldest")
    columns = "received_at,event_id,user,confidence"
    expected = [
        (row["received_at"], row["event_id"], row["fields"].get("user"), row["confidence"]) for row in shown["items"]
    ]
    query = {"q": "ssh2 OR host:web2", "columns": columns, "order": "oldest"}
    lines = [json.loads(line) for line in export(search_client, format="jsonl", **query).data.splitlines()]
    assert [list(line) for line in lines] == [columns.split(",")] * 4
    assert [(row["event_id"], row["user"], row["confidence"]) for row in lines] == [row[1:] for row in expected]

    rows = list(csv.reader(io.StringIO(export(search_client, format="csv", **query).text)))
    assert rows[0] == columns.split(",")
    assert [row[1] for row in rows[1:]] == [row[1] for row in expected]

    table = pq.read_table(io.BytesIO(export(search_client, format="parquet", **query).data))
    assert table.column_names == columns.split(",")
    assert table["event_id"].to_pylist() == [row[1] for row in expected]
    assert [at.isoformat(timespec="milliseconds") for at in table["received_at"].to_pylist()] == [
        row[0].replace("Z", "+00:00") for row in expected
    ]


def test_a_csv_cell_is_no_formula(search_client):
    rows = list(csv.DictReader(io.StringIO(export(search_client, q="user:*", format="csv", columns="user,raw").text)))
    cells = {row["user"]: row["raw"] for row in rows}
    assert "'=1+1" in cells
    assert cells["'=1+1"].startswith("'=1+1|cmd")


def test_an_export_goes_over_many_pages(search_client, monkeypatch, known):
    monkeypatch.setattr("app.routes.search.EXPORT_PAGE", 2)
    lines = export(search_client, format="jsonl").data.splitlines()
    assert [json.loads(line)["event_id"] for line in lines] == [e.event_id for e in vars(known).values()][::-1]
    assert export(search_client, q="nosuchword", format="jsonl").data == b""


def test_a_bad_query_is_an_error_and_not_half_a_file(search_client):
    answer = search_client.get("/api/events/export?q=(a&format=csv")
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "query_syntax")


def test_a_search_that_takes_too_long_says_so(search_client, monkeypatch):
    monkeypatch.setattr("app.storage.search._TOO_MUCH", frozenset({395}))
    answer = search_client.get("/api/events?q=failed")
    assert answer.status_code == 200

    def slow(*_args, **_more):
        raise QueryTooSlowError

    monkeypatch.setattr(SearchRepository, "page", slow)
    answer = search_client.get("/api/events?q=failed")
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "query_too_slow")
    assert "time range" in answer.json["error"]["details"]["hint"]


def test_the_limit_on_time_is_the_querys_own(store, known):
    from app.storage.search import run

    with pytest.raises(QueryTooSlowError):
        run(store.clickhouse, "SELECT sum(sleepEachRow(0.1)) FROM numbers(30) WHERE 1", {}, 0.5)


def test_a_slow_count_is_a_lower_bound(search_client, monkeypatch):
    everything = get(search_client, "")
    assert everything["total_is_exact"]
    monkeypatch.setattr("app.storage.search.COUNT_TIMEOUT_S", 0.000001)
    page = get(search_client, "")
    assert page["items"] == everything["items"]
    assert page["total"] <= everything["total"]
    assert not page["total_is_exact"]


def test_an_events_detail_shows_what_happened_around_it(search_client, known):
    detail = search_client.get(f"/api/events/{known.unsure.event_id}").json
    assert (detail["host"], detail["template_count"], detail["reviews"]) == ("web2", 4, [])
    assert [row["event_id"] for row in detail["surrounding"]] == [known.formula.event_id]
    detail = search_client.get(f"/api/events/{known.accepted.event_id}").json
    assert [row["event_id"] for row in detail["surrounding"]] == [known.failed.event_id]
    assert detail["decisions"][0]["version"] == 1
    assert detail["decisions"][0]["evidence"][0]["paths"] == ["user"]
    cloud = search_client.get(f"/api/events/{known.cloud.event_id}").json
    assert [d["status"] for d in cloud["decisions"]] == ["needs_review", "overridden"]


@pytest.mark.parametrize(
    "path",
    ["/api/events", "/api/events/histogram", "/api/events/facets", "/api/events/complete", "/api/events/export",
     "/api/stats/summary", "/api/taxonomy", "/api/parts"],
)  # fmt: skip
def test_nobody_searches_without_a_token(search_app, path):
    assert search_app.test_client().get(path).status_code == 401
