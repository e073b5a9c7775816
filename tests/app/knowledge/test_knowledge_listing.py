"""The knowledge base is listed, narrowed, searched and opened."""

from __future__ import annotations

import pytest
from test_knowledge_guides import DOOR, GUIDE_ID, save

KEYS = {
    "chunk_id", "kind", "title", "class_uid", "class_name", "activity_name", "product", "vendor", "origin", "excerpt",
}  # fmt: skip


def every(client, **query):
    """All rows, page by page."""
    rows, cursor = [], None
    while True:
        page = client.get("/api/knowledge", query_string=query | ({"cursor": cursor} if cursor else {}))
        assert page.status_code == 200, page.text
        rows += page.json["items"]
        cursor = page.json["next_cursor"]
        if cursor is None:
            return rows


def add_examples(client, count):
    for number in range(count):
        body = {"raw": f"app{number} said hello{number}", "class_uid": 6003, "activity_id": 1}
        assert client.post("/api/knowledge", json=body).status_code == 201


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_pages_hold_every_chunk_once_whatever_their_size(client, services, limit):
    save(client)
    add_examples(client, 3)
    kinds = {} if limit > 1 else {"product": "linux-su"}
    rows = every(client, limit=limit, **kinds)
    ids = [row["chunk_id"] for row in rows]
    assert len(ids) == len(set(ids))
    assert all(set(row) == KEYS for row in rows)
    if not kinds:
        assert len(ids) == len(services.taxonomy.classes) + len(services.catalog.guides) + 1 + 3
        assert [row["kind"] for row in rows] == sorted(
            (r["kind"] for r in rows), key=["class", "guide", "example"].index
        )


def test_lists_are_narrowed(client, services):
    save(client)
    add_examples(client, 2)
    assert {r["product"] for r in every(client, kind="guide", product="linux-su")} == {"linux-su"}
    assert {r["class_uid"] for r in every(client, class_uid=6003)} == {6003}
    assert {r["kind"] for r in every(client, class_uid=6003)} >= {"class", "example"}
    assert [r["chunk_id"] for r in every(client, kind="guide", origin="custom")] == [GUIDE_ID]
    assert {r["kind"] for r in every(client, origin="custom")} == {"guide", "example"}
    assert {r["origin"] for r in every(client, kind="guide", origin="packaged")} == {"packaged"}
    assert every(client, product="nothing-of-that-name") == []


def test_a_guide_added_between_pages_does_not_shift_them(client):
    first = client.get("/api/knowledge?kind=guide&limit=3").json
    save(client)
    rest = every(client, kind="guide", limit=3, cursor=first["next_cursor"])
    assert not {r["chunk_id"] for r in first["items"]} & {r["chunk_id"] for r in rest}


def test_a_search_finds_best_first_and_narrows(client):
    save(client)
    found = client.get("/api/knowledge?q=badge opened door").json["items"]
    assert found[0]["chunk_id"] == GUIDE_ID
    assert {r["product"] for r in every(client, q="login session", product="linux-sshd", limit=2)} == {"linux-sshd"}
    assert {r["kind"] for r in client.get("/api/knowledge?q=login&kind=class").json["items"]} == {"class"}


def test_an_example_shows_its_template_and_its_use(client, classify):
    made = client.post("/api/knowledge", json={"raw": DOOR, "class_uid": 3004, "activity_id": 2}).json
    assert (made["kind"], made["class_name"], made["activity_name"]) == ("example", "Entity Management", "Read")
    assert "4711" not in made["excerpt"]
    classify(DOOR)
    shown = client.get(f"/api/knowledge/{made['chunk_id']}").json
    assert (shown["origin"], shown["yaml"], shown["usage"]["decisions"]) == ("custom", None, 1)


def test_a_class_and_a_packaged_guide_are_opened_even_while_the_knowledge_base_is_away(client, services):
    services.knowledge.close()
    shown = client.get("/api/knowledge/class:1.8.0:3002").json
    assert (shown["title"], shown["kind"], shown["class_uid"]) == ("Authentication", "class", 3002)
    assert shown["reference"] == "https://schema.ocsf.io/1.8.0/classes/authentication"
    guide = client.get("/api/knowledge/guide:linux-su:su").json
    assert (guide["origin"], guide["product"]) == ("packaged", "linux-su")
    assert "product: linux-su" in guide["yaml"]
    assert len(guide["samples"]) >= 3
    assert guide["conditions"][0]["operator"] == "regex"
    assert client.get("/api/knowledge?kind=guide").json["items"]
    assert client.get("/api/knowledge?kind=example").status_code == 503
    assert client.get("/api/knowledge/class:1.8.0:99999").status_code == 404


@pytest.mark.parametrize("chunk_id", ["guide:linux-su:su", "class:1.8.0:3002"])
def test_what_ships_is_not_removed(client, chunk_id):
    answer = client.delete(f"/api/knowledge/{chunk_id}")
    assert answer.status_code == 400
    assert client.get(f"/api/knowledge/{chunk_id}").status_code == 200


def test_the_guide_that_the_docs_show_is_a_good_one(client):
    from pathlib import Path

    text = (Path(__file__).parents[3] / "docs" / "knowledge.md").read_text()
    example = text.split("```yaml\n")[1].split("```")[0]
    assert client.post("/api/knowledge/check", json={"yaml": example}).json["problems"] == []
