"""An example that is tried before it is saved: what it changes, what it leaves alone, and that nothing is kept."""

from __future__ import annotations

import pytest

DOOR = "door=12 badge=4711 result=granted site=hq"
EXAMPLE = {"raw": DOOR, "class_uid": 3004, "activity_id": 2}
SU = "Nov  3 10:11:12 web-01 su[42]: alice to root on /dev/pts/1"


def tried(client, **on):
    answer = client.post("/api/knowledge/try", json={"example": EXAMPLE, **on})
    assert answer.status_code == 200, answer.text
    return answer.json


def test_an_example_shows_what_it_would_change_and_stores_nothing(client, services, classify):
    first = classify(DOOR)
    classify(SU)
    assert first["class_uid"] != 3004
    version = services.knowledge.version()
    found = tried(client, recent=10)
    assert found["changed"] == 1
    su, door = found["results"]
    assert (su["matched"], su["changed"], su["before"]["class_name"]) == (False, False, "Authentication")
    assert (door["event_id"], door["matched"], door["changed"]) == (first["event_id"], True, True)
    assert door["before"]["class_uid"] == first["class_uid"]
    assert (door["after"]["class_uid"], door["after"]["evidence"][0]["kind"]) == (3004, "example")
    assert services.knowledge.version() == version
    assert classify(DOOR)["class_uid"] == first["class_uid"]


def test_what_a_trial_says_is_what_saving_brings(client, classify):
    like = [DOOR.replace("4711", "12"), DOOR + " floor=2", "door=3 badge=9 result=denied", SU]
    said = [result["after"]["class_uid"] for result in tried(client, events=like)["results"]]
    assert client.post("/api/knowledge", json=EXAMPLE).status_code == 201
    assert [classify(raw)["class_uid"] for raw in like] == said
    assert said[0] == 3004


def test_a_trial_of_a_saved_example_with_another_class_shows_the_other_class(client, classify):
    client.post("/api/knowledge", json=EXAMPLE)
    assert classify(DOOR)["class_uid"] == 3004
    other = {**EXAMPLE, "class_uid": 3005, "activity_id": 1}
    (result,) = client.post("/api/knowledge/try", json={"example": other, "events": [DOOR]}).json["results"]
    assert (result["before"]["class_uid"], result["after"]["class_uid"]) == (3004, 3005)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"yaml": "product: x", "example": EXAMPLE},
        {"example": {**EXAMPLE, "class_uid": 999999}},
        {"example": {**EXAMPLE, "activity_id": 77}},
        {"example": {**EXAMPLE, "raw": " "}},
        {"example": {"raw": DOOR}},
    ],
)
def test_a_trial_is_of_one_guide_or_of_one_valid_example(light, body):
    answer = light.post("/api/knowledge/try", json={"events": [DOOR], **body})
    assert answer.status_code == 400
    assert answer.json["error"]["code"] in ("invalid_request", "invalid_event")
