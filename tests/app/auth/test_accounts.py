"""Accounts, tokens with an end, the audit, and throttling, as an admin and others meet them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from auth_browser import PASSWORD

from app.auth import Role
from app.storage.errors import StorageUnavailableError

HARMLESS = "/api/knowledge"


def test_an_admin_makes_changes_and_removes_an_account(access, person, new_browser):
    root = person("admin", "root")
    made = root.post("/api/accounts", {"name": "Ana", "role": "viewer", "password": PASSWORD})
    assert made.status_code == 201
    assert made.json == made.json | {
        "name": "ana", "display_name": "ana", "role": "viewer", "method": "password", "disabled": False,
        "last_sign_in_at": None,
    }  # fmt: skip
    ana = new_browser()
    assert ana.sign_in("ana").json["user"]["must_set_password"]
    changed = root.send("PATCH", "/api/accounts/ana", {"role": "analyst", "display_name": "Ana A."})
    assert (changed.json["role"], changed.json["display_name"]) == ("analyst", "Ana A.")
    assert changed.json["last_sign_in_at"] is not None
    assert [a["name"] for a in root.get("/api/accounts").json["items"]] == ["ana", "root"]
    assert root.send("DELETE", "/api/accounts/ana").status_code == 200
    assert ana.get("/api/sessions").status_code == 401
    assert root.send("DELETE", "/api/accounts/ana").status_code == 404
    assert new_browser().sign_in("ana").status_code == 401


def test_a_password_that_an_admin_sets_ends_sessions_and_is_changed_at_sign_in(person, new_browser):
    root, ana = person("admin", "root"), person("analyst", "ana")
    assert root.post("/api/accounts/ana/password", {"new_password": "temporary password"}).status_code == 200
    assert ana.get(HARMLESS).status_code == 401
    assert new_browser().sign_in("ana", "temporary password").json["user"]["must_set_password"]


def test_disabling_ends_sessions_and_enabling_lets_in_again(person, new_browser):
    root, ana = person("admin", "root"), person("analyst", "ana")
    root.send("PATCH", "/api/accounts/ana", {"disabled": True})
    assert ana.get(HARMLESS).status_code == 401
    root.send("PATCH", "/api/accounts/ana", {"disabled": False})
    assert ana.get(HARMLESS).status_code == 401, "ended sessions stay ended"
    assert new_browser().sign_in("ana").status_code == 200


@pytest.mark.parametrize(
    ("method", "body"), [("DELETE", None), ("PATCH", {"role": "engineer"}), ("PATCH", {"disabled": True})]
)
def test_the_last_admin_stays(access, person, method, body):
    root = person("admin", "root")
    access.accounts.create("unused", Role.ADMIN)
    answer = root.send(method, "/api/accounts/root", body)
    assert answer.status_code == 409
    assert answer.json["error"]["code"] == "last_admin"
    access.accounts.create("second", Role.ADMIN, "", PASSWORD)
    assert root.send(method, "/api/accounts/root", body).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "ROOT", "role": "viewer"}, 409),
        ({"name": "a b", "role": "viewer"}, 400),
        ({"name": "-a", "role": "viewer"}, 400),
        ({"name": "ana", "role": "god"}, 400),
        ({"name": "ana"}, 400),
        ({"name": "ana", "role": "viewer", "password": "short"}, 400),
        ({"name": "ana", "role": "viewer", "admin": True}, 400),
    ],
)
def test_accounts_that_cannot_be(person, body, status):
    assert person("admin", "root").post("/api/accounts", body).status_code == status


def test_a_token_with_an_end_passes_until_then(store, person, services):
    services.tokens = store.tokens
    root = person("admin", "root")
    ends = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    made = root.post("/api/tokens", {"name": "t", "scopes": ["ingest"], "expires_at": ends})
    assert made.status_code == 201
    listed = next(t for t in root.get("/api/tokens").json["tokens"] if t["token_id"] == made.json["token_id"])
    assert listed["scopes"] == ["ingest"]
    assert datetime.fromisoformat(listed["expires_at"]) > datetime.now(UTC)
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert root.post("/api/tokens", {"name": "t", "scopes": ["read"], "expires_at": past}).status_code == 400


# -- the audit


def entries(browser, **query):
    return browser.get("/api/audit", query_string=query).json["items"]


def test_the_audit_says_who_did_what_from_where_and_how_it_went(person, new_browser):
    root, ana = person("admin", "root"), person("analyst", "ana")
    new_browser().sign_in("ana", "wrong password")
    ana.get("/api/accounts")
    root.send("PATCH", "/api/accounts/ana", {"role": "engineer"})
    ana.send("DELETE", "/api/session")
    found = [(e["actor"], e["role"], e["action"], e["target"], e["outcome"]) for e in entries(root)]
    assert found == [
        ("ana", "engineer", "session.sign_out", "", "ok"),
        ("root", "admin", "account.change", "ana", "ok"),
        ("ana", "analyst", "accounts.get_accounts", "", "refused"),
        ("ana", "", "session.sign_in", "", "failed"),
        ("ana", "analyst", "session.sign_in", "", "ok"),
        ("root", "admin", "session.sign_in", "", "ok"),
    ]
    change = entries(root, action="account.change")[0]
    assert change["detail"] == {"role": "engineer"}
    assert change["address"] == "127.0.0.1"
    assert {e["actor"] for e in entries(root, actor="ana")} == {"ana"}
    assert {e["action"] for e in entries(root, action="session")} == {"session.sign_in", "session.sign_out"}


def test_a_token_is_not_mistaken_for_a_person_of_its_name(client, person):
    root = person("admin", "bootstrap")
    client.post("/api/tokens", json={"name": "t", "scopes": ["read"]})
    assert entries(root, action="token.create")[0]["actor"] == "token:bootstrap"


def test_no_secret_stands_in_the_audit(person, store):
    root = person("admin", "root")
    root.post("/api/accounts", {"name": "ana", "role": "viewer", "password": PASSWORD})
    made = root.post("/api/tokens", {"name": "t", "scopes": ["read"]}).json
    rows = str(store.clickhouse.rows("SELECT * FROM audit"))
    assert PASSWORD not in rows
    assert made["token"] not in rows
    assert root.csrf not in rows


def test_the_audit_is_paged(access, person):
    root = person("admin", "root")
    for number in range(25):
        access.audit.record(actor="a", role="", action="x", target=str(number), outcome="ok", address="")
    seen, cursor = [], None
    for _ in range(3):
        page = root.get("/api/audit", query_string={"actor": "a", "limit": 10} | ({"cursor": cursor} if cursor else {}))
        seen += [entry["target"] for entry in page.json["items"]]
        cursor = page.json["next_cursor"]
    assert seen == [str(number) for number in reversed(range(25))]
    assert cursor is None
    assert root.get("/api/audit?cursor=eHg").status_code == 400


def test_refusals_that_repeat_are_recorded_once_a_minute(person):
    root, vic = person("admin", "root"), person("viewer", "vic")
    for _ in range(5):
        vic.get("/api/accounts")
    assert len(entries(root, actor="vic", action="accounts.get_accounts")) == 1


def test_what_cannot_be_recorded_is_recorded_later(access, person, monkeypatch):
    root = person("admin", "root")

    def away(_):
        raise StorageUnavailableError("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(access.entries, "add", away)
        access.audit.record(actor="a", role="", action="first", target="", outcome="ok", address="")
    access.audit.record(actor="a", role="", action="second", target="", outcome="ok", address="")
    assert [e["action"] for e in entries(root, actor="a")] == ["second", "first"]


# -- guessing


def test_guessing_gets_slower_and_the_owner_is_told_how_long_to_wait(access, new_browser):
    access.accounts.create("ana", Role.ANALYST, "", PASSWORD, must_set=False)
    browser = new_browser()
    codes = [browser.sign_in("ana", f"guess {n}").status_code for n in range(6)]
    assert codes == [401] * 5 + [429]
    answer = browser.sign_in("ana")
    assert answer.status_code == 429
    assert answer.json["error"]["code"] == "too_many_attempts"
    assert int(answer.headers["Retry-After"]) >= 1
    assert browser.sign_in("somebody-else", "x").status_code == 401


def test_another_address_can_still_sign_in(access, new_browser):
    access.accounts.create("ana", Role.ANALYST, "", PASSWORD, must_set=False)
    attacker, ana = new_browser(), new_browser()
    ana.client.environ_base["REMOTE_ADDR"] = "192.0.2.9"
    for n in range(10):
        attacker.sign_in("ana", f"guess {n}")
    assert ana.sign_in("ana").status_code == 200
