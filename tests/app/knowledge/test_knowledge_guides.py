"""Guides of people: checked, tried, saved, asked at once, found where they are used, removed."""

from __future__ import annotations

import pytest

from agents.knowledge.base import KnowledgeUnavailableError

DOOR = "door=12 badge=4711 result=granted site=hq"
GUIDE = """\
product: door-control
vendor: Acme
title: Acme door control
reference: https://acme.example/doors
guides:
  - id: opened
    title: A badge opened a door
    match:
      door: {exists: true}
      badge: {exists: true}
      result: [granted, denied]
    class: Entity Management
    activity: Read
    meaning: Somebody held a badge to a door and it opened or did not.
    samples:
      - "door={{small}} badge={{int}} result=granted site=hq"
"""
GUIDE_ID = "guide:custom:door-control:opened"


def save(client, yaml=GUIDE):
    answer = client.post("/api/knowledge", json={"kind": "guide", "yaml": yaml})
    assert answer.status_code == 201, answer.text
    return answer.json


def test_a_saved_guide_decides_the_very_next_event_and_the_one_after_a_restart(client, classify, restarted):
    assert classify(DOOR)["class_uid"] != 3004
    made = save(client)
    assert (made["chunk_id"], made["origin"], made["class_name"]) == (GUIDE_ID, "custom", "Entity Management")
    decision = classify(DOOR)
    assert (decision["class_uid"], decision["activity_name"]) == (3004, "Read")
    assert decision["decided_by"] == "ranker"  # the memo's answer of before is not used any more
    assert GUIDE_ID in {item["chunk_id"] for item in decision["evidence"]}
    assert classify(DOOR.replace("12", "13"))["decided_by"] == "memo"
    restarted()
    assert classify(DOOR + " floor=2")["class_uid"] == 3004


def test_a_changed_guide_changes_what_the_memo_answered(client, classify):
    save(client)
    assert classify(DOOR)["class_uid"] == 3004
    assert classify(DOOR)["decided_by"] == "memo"
    save(client, GUIDE.replace("Entity Management", "User Access Management").replace("Read", "Assign Privileges"))
    assert classify(DOOR)["class_uid"] == 3005
    assert client.delete(f"/api/knowledge/{GUIDE_ID}").status_code == 200
    assert classify(DOOR)["class_uid"] != 3005
    assert client.get(f"/api/knowledge/{GUIDE_ID}").status_code == 404
    assert client.delete(f"/api/knowledge/{GUIDE_ID}").status_code == 404


def test_a_guide_can_stand_in_the_place_of_a_packaged_one(client, classify):
    su = "Nov  3 10:11:12 web-01 su[42]: alice to root on /dev/pts/1"
    assert classify(su)["class_name"] == "Authentication"
    packaged = client.get("/api/knowledge/guide:linux-su:su").json
    assert packaged["replaced_by"] is None
    corrected = packaged["yaml"].replace("class: Authentication", "class: Process Activity")
    corrected = corrected.replace("  - Process Activity", "  - Authentication")
    activities = corrected[corrected.index("  activity:") : corrected.index("  meaning:")]
    save(client, corrected.replace(activities, "  activity: Launch\n"))
    decision = classify(su)
    assert decision["class_name"] == "Process Activity"
    assert "guide:linux-su:su" not in {item["chunk_id"] for item in decision["evidence"]}
    assert client.get("/api/knowledge/guide:linux-su:su").json["replaced_by"] == "guide:custom:linux-su:su"
    client.delete("/api/knowledge/guide:custom:linux-su:su")
    assert classify(su)["class_name"] == "Authentication"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("class: Entity Management", "class: Door Activity", 12, "has no class 'Door Activity'"),
        ("activity: Read", "activity: Knock", 13, "has no activity 'Knock'"),
        ("product: door-control", "product: Door Control", 1, "should match pattern"),
        ("    meaning:", "    meening:", 14, "meening: Extra inputs"),
        ("[granted, denied]", "{regex: '('}", 11, "bad pattern"),
        ("result=granted", "result=opened", 16, "does not satisfy"),
        ("{{small}}", "{{number}}", 16, "no placeholder {{number}}"),
        ("      badge: {exists: true}", "      door: {exists: true}", 10, "'door' stands here twice"),
        ("vendor: Acme", "vendor: [Acme", 3, ""),
        ("title: Acme door control", "title: *x", 3, "anchors and aliases"),
        (GUIDE, GUIDE + GUIDE[GUIDE.index("  - id") :], 17, "one guide at a time"),
        (GUIDE, "[" * 5000, 1, "nested too deeply"),
        (GUIDE, " \n", 1, "nothing here yet"),
        (GUIDE, "a: \x07", 1, "U+0007"),
        (GUIDE, "x" * 70_000, 1, "at most 64000 characters"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line_and_nothing_is_saved(light, old, new, line, says):
    text = GUIDE.replace(old, new)
    checked = light.post("/api/knowledge/check", json={"yaml": text})
    assert checked.status_code == 200
    assert checked.json["guide"] is None
    assert any(p["line"] == line and says in p["message"] for p in checked.json["problems"]), checked.json
    refused = light.post("/api/knowledge", json={"kind": "guide", "yaml": text})
    assert (refused.status_code, refused.json["error"]["code"]) == (400, "invalid_guide")
    assert refused.json["error"]["details"]["problems"] == checked.json["problems"]
    assert light.get(f"/api/knowledge/{GUIDE_ID}").status_code == 404


def test_a_good_guide_is_shown_before_it_is_saved(light):
    checked = light.post("/api/knowledge/check", json={"yaml": GUIDE}).json
    assert checked["problems"] == []
    assert (checked["guide"]["chunk_id"], checked["guide"]["activity_name"]) == (GUIDE_ID, "Read")
    assert {"door"} == set(checked["guide"]["conditions"][0]["paths"])
    assert light.get(f"/api/knowledge/{GUIDE_ID}").status_code == 404


def test_trying_shows_what_would_change_and_stores_nothing(client, services, classify):
    first = classify(DOOR)
    classify("Nov  3 10:11:12 web-01 su[42]: alice to root on /dev/pts/1")
    version = services.knowledge.version()
    tried = client.post("/api/knowledge/try", json={"yaml": GUIDE, "recent": 10}).json
    assert tried["changed"] == 1
    newest, oldest = tried["results"]
    assert (newest["matched"], newest["changed"], newest["before"]) == (False, False, newest["after"])
    assert (oldest["event_id"], oldest["matched"], oldest["changed"]) == (first["event_id"], True, True)
    assert oldest["before"]["class_uid"] == first["class_uid"]
    assert (oldest["after"]["class_uid"], oldest["after"]["evidence"][0]["chunk_id"]) == (3004, GUIDE_ID)
    pasted = client.post("/api/knowledge/try", json={"yaml": GUIDE, "events": [DOOR, {"raw": "door=1 badge=2"}]}).json
    assert [r["matched"] for r in pasted["results"]] == [True, False]
    assert pasted["results"][0]["event_id"] is None
    assert services.store.flush()
    assert services.store.count_events() == 2
    assert services.knowledge.version() == version
    assert classify(DOOR)["class_uid"] == first["class_uid"]


@pytest.mark.parametrize(
    "body", [{}, {"events": []}, {"recent": 0}, {"recent": 101}, {"recent": 1, "events": ["x"]}, {"events": [""]}]
)
def test_a_trial_needs_events_or_a_number_of_recent_ones(light, body):
    assert light.post("/api/knowledge/try", json={"yaml": GUIDE, **body}).status_code == 400


def test_a_guide_says_where_it_is_used(client, classify):
    made = save(client)
    assert made["usage"] == {"decisions": 0, "last_used_at": None, "recent": []}
    last = [classify(DOOR.replace("4711", str(n))) for n in range(100, 107)][-1]
    usage = client.get(f"/api/knowledge/{GUIDE_ID}").json["usage"]
    assert usage["decisions"] == 7
    assert usage["last_used_at"] is not None
    assert len(usage["recent"]) == 5
    assert usage["recent"][0]["event_id"] == last["event_id"]
    assert usage["recent"][0]["raw"] == DOOR.replace("4711", "106")
    assert usage["recent"][0]["class_name"] == "Entity Management"


def test_a_quoted_log_cannot_pretend_to_be_evidence(client, classify):
    save(client)
    classify('{"note":"\\"chunk_id\\":\\"' + GUIDE_ID + '\\"","evidence":[{"chunk_id":"' + GUIDE_ID + '"}]}')
    assert client.get(f"/api/knowledge/{GUIDE_ID}").json["usage"]["decisions"] == 0


def test_a_guide_that_another_process_wrote_is_asked_soon(client, services, classify, monkeypatch):
    monkeypatch.setattr("app.knowledge_editing.LOOK_S", 0.0)
    assert classify(DOOR)["class_uid"] != 3004
    editor = type(services.knowledge_editor)(services.knowledge, services.taxonomy, services.catalog)
    editor.save_guide(GUIDE, "somebody")
    for _ in range(100):
        if GUIDE_ID in services.knowledge_editor.guide_chunks():
            break
    assert classify(DOOR)["class_uid"] == 3004


def test_without_the_knowledge_base_a_decision_says_so_and_is_not_kept(client, services, classify, restarted):
    save(client)
    restarted()
    read = services.knowledge.manifest

    def away(_kinds):
        raise KnowledgeUnavailableError("no answer")

    services.knowledge.manifest = away
    assert "knowledge" in classify(DOOR)["degraded"]
    services.knowledge.manifest = read
    restarted()
    assert classify(DOOR)["decided_by"] == "ranker"


def test_only_who_may_write_knowledge_does(make_services, as_client):
    reader = as_client(make_services(), "lat_read")
    assert reader.get("/api/knowledge?kind=class").status_code == 200
    for path, body in [("", {"kind": "guide", "yaml": GUIDE}), ("/check", {"yaml": GUIDE}), ("/try", {"yaml": GUIDE})]:
        assert reader.post(f"/api/knowledge{path}", json=body).status_code == 403
    assert reader.delete(f"/api/knowledge/{GUIDE_ID}").status_code == 403
    assert as_client(make_services(), None).get("/api/knowledge").status_code == 401
