"""Examples over HTTP: added, found, refused, removed."""

from __future__ import annotations

import pytest

RAW = '{"app":"shopfront","kind":"basket.opened","user":"alice","from":"192.0.2.7"}'


def add(client, **body):
    return client.post("/api/knowledge", json={"raw": RAW, "class_uid": 6001, "activity_id": 2, **body})


def test_an_example_is_added_found_and_removed(client):
    made = add(client)
    assert made.status_code == 201
    chunk_id = made.json["chunk_id"]
    assert chunk_id.startswith("example:")
    assert made.json["kind"] == "example"
    assert made.json["class_uid"] == 6001
    assert "alice" not in made.json["text"] + made.json["excerpt"]
    assert client.get(f"/api/knowledge/{chunk_id}").json["title"] == "Web Resources Activity: Read"
    assert client.delete(f"/api/knowledge/{chunk_id}").status_code == 200
    assert client.get(f"/api/knowledge/{chunk_id}").status_code == 404
    assert client.delete(f"/api/knowledge/{chunk_id}").status_code == 404


def test_a_second_word_on_the_same_kind_of_event_replaces_the_first(client):
    first = add(client).json["chunk_id"]
    second = add(client, raw=RAW.replace("alice", "bob"), class_uid=6003, activity_id=1).json["chunk_id"]
    assert first == second
    assert client.get(f"/api/knowledge/{first}").json["class_uid"] == 6003


@pytest.mark.parametrize(
    "body",
    [
        {"class_uid": 999999},
        {"class_uid": 2001},  # Security Finding, deprecated
        {"activity_id": 77},
        {"class_uid": "many"},
        {"raw": ""},
        {"kind": "guide"},
        {"kind": "rumour"},
        {"unknown": 1},
    ],
)
def test_what_is_no_example_is_refused_in_the_one_shape(client, body):
    answer = add(client, **body)
    assert answer.status_code == 400
    assert set(answer.json["error"]) >= {"code", "message"}


def test_guides_and_classes_are_not_removed(client):
    answer = client.delete("/api/knowledge/guide:test:1")
    assert answer.status_code == 400
    assert client.get("/api/knowledge/guide:test:1").status_code == 200
