"""Signing in, what a session allows, and how it ends."""

from __future__ import annotations

import jwt
import pytest
from argon2 import PasswordHasher
from argon2.profiles import RFC_9106_LOW_MEMORY
from auth_browser import PASSWORD
from flask import Flask

from app import errors
from app.auth import Role, guard, passwords
from app.auth.permissions import READ, VIEWS

HARMLESS = "/api/knowledge"


def set_cookie(answer):
    return next(value for value in answer.headers.getlist("Set-Cookie") if "logatlas=" in value)


def token_in(answer):
    return set_cookie(answer).split("=", 1)[1].split(";")[0]


def test_signing_in_opens_the_service_and_says_what_is_allowed(access, new_browser):
    access.accounts.create("Ana", Role.ANALYST, "Ana A.", PASSWORD, must_set=False)
    browser = new_browser()
    assert browser.get(HARMLESS).status_code == 401
    assert browser.sign_in(" ANA ").status_code == 200
    assert browser.get(HARMLESS).status_code == 200
    session = browser.get("/api/session").json
    assert session["user"] == {
        "name": "ana", "display_name": "Ana A.", "role": "analyst", "method": "password", "must_set_password": False,
    }  # fmt: skip
    assert session["permissions"]["reviews.write"]
    assert not session["permissions"]["accounts.manage"]
    assert session["refused"]["accounts.manage"] == "needs role admin; you are analyst"
    assert session["csrf_token"] == browser.csrf
    assert session["sign_in"] == {"password": True, "oidc": None}


def test_who_is_not_signed_in_is_told_how_to(new_browser):
    session = new_browser().get("/api/session").json
    assert session["user"] is None
    assert session["csrf_token"] is None
    assert not any(session["permissions"].values())
    assert session["refused"]["events.read"] == "sign in first"


def test_a_token_learns_what_it_may_do(as_token):
    session = as_token("lat_read").get("/api/session").json
    assert session["user"]["method"] == "token"
    assert session["permissions"]["events.read"]
    assert session["refused"]["classify"] == "needs a token with scope classify"


def test_the_cookie_is_kept_from_scripts_and_other_sites(access, new_browser):
    access.accounts.create("ana", Role.ANALYST, "", PASSWORD, must_set=False)
    plain = set_cookie(new_browser().sign_in("ana"))
    assert plain.startswith("logatlas=")
    assert "HttpOnly" in plain
    assert "SameSite=Strict" in plain
    assert "Secure" not in plain


def test_behind_tls_the_cookie_stays_on_tls(make_access, with_people, browser_of):
    access = make_access(trusted_proxies="127.0.0.1")
    access.accounts.create("ana", Role.ANALYST, "", PASSWORD, must_set=False)
    browser = browser_of(with_people(access, trusted_proxies="127.0.0.1"))
    answer = browser.sign_in("ana", headers={"X-Forwarded-Proto": "https"})
    assert set_cookie(answer).startswith("__Host-logatlas=")
    assert "Secure" in set_cookie(answer)
    assert "max-age" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    ("name", "password"), [("ana", "wrong password"), ("nobody", PASSWORD), ("ana", ""), ("ana' OR 1=1 --", "x")]
)
def test_what_is_wrong_is_not_told(access, new_browser, name, password):
    access.accounts.create("ana", Role.ANALYST, "", PASSWORD, must_set=False)
    answer = new_browser().post("/api/session", {"name": name, "password": password})
    assert answer.status_code == 401
    assert answer.json["error"]["code"] == "not_signed_in"
    assert answer.json["error"]["message"] == "name and password do not fit together"
    assert "Set-Cookie" not in answer.headers


def test_a_disabled_account_is_refused_at_once_and_like_a_wrong_password(access, person, new_browser):
    browser = person("analyst", "ana")
    access.accounts.change("ana", disabled=True)
    assert browser.get(HARMLESS).status_code == 401
    assert new_browser().sign_in("ana").json["error"]["code"] == "not_signed_in"


def test_signing_out_ends_the_session_on_the_server(access, person, new_browser):
    browser, thief = person("viewer", "vic"), new_browser()
    stolen = browser.client.get_cookie("logatlas").value
    thief.client.set_cookie("logatlas", stolen)
    assert thief.get(HARMLESS).status_code == 200
    assert browser.send("DELETE", "/api/session").status_code == 200
    assert thief.get(HARMLESS).status_code == 401
    assert browser.get(HARMLESS).status_code == 401
    assert browser.send("DELETE", "/api/session").status_code == 200


def test_a_session_ends_when_nobody_uses_it(person, clock):
    browser = person("viewer")
    clock.forward(minutes=59)
    assert browser.get(HARMLESS).status_code == 200
    clock.forward(minutes=59)
    assert browser.get(HARMLESS).status_code == 200
    clock.forward(minutes=61)
    assert browser.get(HARMLESS).status_code == 401


def test_a_session_ends_in_the_end_however_much_it_is_used(person, clock):
    browser = person("viewer")
    for _ in range(23):
        clock.forward(minutes=30)
        assert browser.get(HARMLESS).status_code == 200
    clock.forward(minutes=31)
    assert browser.get(HARMLESS).status_code == 401


def test_a_new_role_holds_at_once(access, person):
    browser = person("analyst", "ana")
    assert browser.get("/api/accounts").status_code == 403
    access.accounts.change("ana", role=Role.ADMIN)
    assert browser.get("/api/accounts").status_code == 200


@pytest.mark.parametrize(
    "forge",
    [
        lambda token, claims: token[:-2] + ("AA" if token[-2:] != "AA" else "BB"),
        lambda token, claims: jwt.encode(claims, "another key of thirty-two bytes!", "HS256"),
        lambda token, claims: jwt.encode(claims, None, "none"),
        lambda token, claims: "x",
    ],
)
def test_a_forged_session_is_none(access, new_browser, forge):
    access.accounts.create("ana", Role.ADMIN, "", PASSWORD, must_set=False)
    token = token_in(new_browser().sign_in("ana"))
    claims = jwt.decode(token, options={"verify_signature": False})
    browser = new_browser()
    browser.client.set_cookie("logatlas", token)
    assert browser.get(HARMLESS).status_code == 200
    browser.client.set_cookie("logatlas", forge(token, claims))
    assert browser.get(HARMLESS).status_code == 401


def test_an_account_of_the_same_name_does_not_inherit_sessions(access, person, clock):
    person("admin")
    browser = person("viewer", "vic")
    access.accounts.remove("vic")
    assert browser.get(HARMLESS).status_code == 401
    clock.forward(minutes=1)
    access.accounts._now = clock
    access.accounts.create("vic", Role.ADMIN, "", PASSWORD)
    assert browser.get(HARMLESS).status_code == 401


# -- other sites


@pytest.mark.parametrize(
    "headers",
    [
        {"X-CSRF-Token": None},
        {"X-CSRF-Token": "x"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_other_sites_cannot_change_anything(access, person, headers):
    browser = person("admin")
    answer = browser.post("/api/tokens", {"name": "evil", "scopes": ["admin"]}, headers=headers)
    assert answer.status_code == 403
    assert answer.json["error"]["code"] == "csrf"
    assert browser.post("/api/tokens", {"name": "good", "scopes": ["read"]}).status_code == 201


def test_the_csrf_token_of_another_session_does_not_pass(person):
    one, other = person("admin", "one"), person("admin", "other")
    one.csrf = other.csrf
    assert one.post("/api/tokens", {"name": "t", "scopes": ["read"]}).json["error"]["code"] == "csrf"


def test_other_sites_cannot_sign_somebody_in(access, new_browser):
    access.accounts.create("mallory", Role.VIEWER, "", PASSWORD, must_set=False)
    answer = new_browser().sign_in("mallory", headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize(("origin", "status"), [("http://evil.example", 403), (None, 403), ("http://localhost", 200)])
def test_other_sites_cannot_open_a_websocket(services, person, monkeypatch, origin, status):
    monkeypatch.setitem(VIEWS, "chat", READ)
    cookie = person("viewer").client.get_cookie("logatlas").value
    app = Flask("sockets", static_folder=None)
    errors.register(app)
    app.add_url_rule("/ws/chat", "chat", lambda: "hello", websocket=True)
    guard.register(app, services.authenticator)
    client = app.test_client()
    headers = {"Upgrade": "websocket", "Connection": "Upgrade"} | ({"Origin": origin} if origin else {})
    assert client.get("/ws/chat", headers=headers).status_code == 401
    client.set_cookie("logatlas", cookie)
    assert client.get("/ws/chat", headers=headers).status_code == status


def test_tokens_need_no_csrf_token(client):
    assert client.post("/api/tokens", json={"name": "t", "scopes": ["read"]}).status_code == 201


# -- passwords


def test_changing_the_password_ends_all_other_sessions(access, person, new_browser):
    browser, elsewhere = person("analyst", "ana"), new_browser()
    elsewhere.sign_in("ana")
    change = {"current_password": PASSWORD, "new_password": "another long password"}
    answer = browser.post("/api/session/password", change)
    assert answer.status_code == 200
    browser.csrf = answer.json["csrf_token"]
    assert elsewhere.get(HARMLESS).status_code == 401
    assert browser.get(HARMLESS).status_code == 200
    assert new_browser().sign_in("ana").status_code == 401
    assert new_browser().sign_in("ana", "another long password").status_code == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"current_password": "wrong", "new_password": "another long password"}, "wrong_password"),
        ({"new_password": "another long password"}, "wrong_password"),
        ({"current_password": PASSWORD, "new_password": "short"}, "weak_password"),
        ({"current_password": PASSWORD, "new_password": "aaaaaaaaaaaaaaaa"}, "weak_password"),
        ({"current_password": PASSWORD, "new_password": "ana-ana-ana-ana-2026!"}, "weak_password"),
        ({"current_password": PASSWORD, "new_password": PASSWORD}, "weak_password"),
        ({"current_password": PASSWORD}, "invalid_request"),
    ],
)
def test_a_password_is_changed_only_by_its_owner_and_to_a_good_one(person, new_browser, change, code):
    answer = person("analyst", "ana").post("/api/session/password", change)
    assert answer.json["error"]["code"] == code
    assert new_browser().sign_in("ana").status_code == 200


def test_no_answer_shows_a_password(access, person):
    answer = person("analyst", "ana").post("/api/session/password", {"new_password": ["secret-thing"]})
    assert answer.status_code == 400
    assert "secret-thing" not in answer.text


def test_who_must_set_a_password_can_do_nothing_else(access, new_browser):
    access.accounts.create("ana", Role.ADMIN, "", PASSWORD, must_set=True)
    browser = new_browser()
    assert browser.sign_in("ana").json["user"]["must_set_password"]
    refused = browser.get(HARMLESS)
    assert refused.status_code == 403
    assert refused.json["error"]["code"] == "password_needed"
    assert browser.get("/api/session").json["refused"]["events.read"] == "set a password first"
    browser.post("/api/session/password", {"current_password": PASSWORD, "new_password": "another long password"})
    assert browser.get(HARMLESS).status_code == 200


def test_passwords_are_kept_as_argon2_and_renewed_when_it_grows(access, new_browser, store, monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY))
    account = access.accounts.create("ana", Role.VIEWER, "", PASSWORD, must_set=False)
    assert account.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    store.accounts.save(type(account)(**{f: getattr(account, f) for f in account.__slots__} | {"password_hash": weak}))
    assert new_browser().sign_in("ana").status_code == 200
    assert "m=65536" in access.accounts.get("ana").password_hash
    assert "argon2" not in repr(account)


# -- the first link


def test_the_first_link_makes_an_admin_once(access, new_browser):
    secret = access.new_first_link()
    browser, late = new_browser(), new_browser()
    assert browser.post("/api/session", {"link": "wrong"}).status_code == 401
    answer = browser.post("/api/session", {"link": secret})
    assert answer.json["user"]["name"] == "admin"
    assert answer.json["user"]["method"] == "link"
    assert answer.json["user"]["must_set_password"]
    assert late.post("/api/session", {"link": secret}).status_code == 401
    browser.csrf = answer.json["csrf_token"]
    assert browser.get("/api/accounts").status_code == 403
    done = browser.post("/api/session/password", {"new_password": "another long password"})
    browser.csrf = done.json["csrf_token"]
    assert browser.get("/api/accounts").status_code == 200
    assert new_browser().sign_in("admin", "another long password").status_code == 200
    assert access.new_first_link() is None


def test_a_link_that_was_used_in_vain_is_followed_by_another(access, new_browser):
    assert new_browser().post("/api/session", {"link": access.new_first_link()}).status_code == 200
    assert new_browser().post("/api/session", {"link": access.new_first_link()}).status_code == 200


def test_the_first_link_is_void_once_somebody_can_sign_in(access, new_browser):
    secret = access.new_first_link()
    access.accounts.create("ana", Role.ADMIN, "", PASSWORD, must_set=False)
    assert new_browser().post("/api/session", {"link": secret}).status_code == 401


@pytest.mark.parametrize(
    "body",
    [{}, {"name": "ana"}, {"link": "x", "name": "a", "password": "b"}, {"name": "a", "password": "\udcff"}, [], "x"],
)
def test_a_sign_in_names_one_way(new_browser, body):
    assert new_browser().post("/api/session", body).json["error"]["code"] == "invalid_request"


# -- sessions listed and ended


def test_people_see_and_end_their_own_sessions_and_admins_all(access, person, new_browser):
    ana, vic, root = person("analyst", "ana"), person("viewer", "vic"), person("admin", "root")
    other = new_browser()
    other.client.environ_base["HTTP_USER_AGENT"] = "Firefox"
    other.sign_in("ana")
    mine = ana.get("/api/sessions").json["items"]
    assert {session["user"] for session in mine} == {"ana"}
    assert [session["agent"] for session in mine if not session["current"]] == ["Firefox"]
    assert mine[0]["address"] == "127.0.0.1"
    assert {s["user"] for s in root.get("/api/sessions").json["items"]} == {"ana", "vic", "root"}
    assert {s["user"] for s in root.get("/api/sessions?user=vic").json["items"]} == {"vic"}
    firefox = next(session["session_id"] for session in mine if not session["current"])
    assert vic.send("DELETE", f"/api/sessions/{firefox}").status_code == 404
    assert other.get(HARMLESS).status_code == 200
    assert ana.send("DELETE", f"/api/sessions/{firefox}").status_code == 200
    assert other.get(HARMLESS).status_code == 401
    vics = root.get("/api/sessions?user=vic").json["items"][0]["session_id"]
    assert root.send("DELETE", f"/api/sessions/{vics}").status_code == 200
    assert vic.get(HARMLESS).status_code == 401


def test_a_long_answer_can_ask_whether_the_session_still_lives(access, person):
    browser = person("viewer", "vic")
    session = access.sessions.living("vic")[0]
    assert access.sessions.alive(session.session_id)
    browser.send("DELETE", "/api/session")
    assert not access.sessions.alive(session.session_id)


def test_sessions_survive_a_restart_and_stay_ended(access, person, store, make_access):
    from app.storage.sessions import SessionRepository

    browser = person("viewer", "vic")
    session = access.sessions.living("vic")[0]
    fresh = SessionRepository(store.clickhouse)
    assert fresh.get(session.session_id, session.created_at) == session
    browser.send("DELETE", "/api/session")
    fresh.save(session)
    assert SessionRepository(store.clickhouse).get(session.session_id, session.created_at) is None
