"""Who may do what."""

from __future__ import annotations

import pytest
from flask import Flask

from app.auth import Authenticator
from app.auth.guard import register
from app.auth.permissions import VIEWS
from app.storage.errors import StorageUnavailableError

ROUTES = [
    ("POST", "/classify", "classify"),
    ("GET", "/api/decisions/x", "read"),
    ("GET", "/api/events/x", "read"),
    ("GET", "/api/knowledge", "read"),
    ("GET", "/api/knowledge/x", "read"),
    ("GET", "/metrics", "read"),
    ("GET", "/api/tokens", "admin"),
    ("POST", "/api/tokens", "admin"),
    ("DELETE", "/api/tokens/x", "admin"),
]
TOKENS = {"classify": "lat_classify", "read": "lat_read", "admin": "admin-token-for-tests"}


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_nobody_gets_in_without_a_token(as_token, method, path, scope):
    answer = as_token(None).open(path, method=method)
    assert answer.status_code == 401
    assert answer.json["error"]["code"] == "unauthenticated"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
@pytest.mark.parametrize("token", TOKENS)
def test_a_token_opens_what_its_scope_allows(as_token, method, path, scope, token):
    answer = as_token(TOKENS[token]).open(path, method=method)
    assert (answer.status_code == 403) == (token not in (scope, "admin"))
    assert answer.status_code != 401
    if answer.status_code == 403:
        assert answer.json["error"]["details"]["needs"] == scope


@pytest.mark.parametrize(
    "header",
    [
        "Bearer wrong",
        "Bearer ",
        "bearer",
        "Basic YWRtaW46YWRtaW4=",
        "admin-token-for-tests",
        "Bearer admin-token-for-test",
    ],
)
def test_wrong_credentials_are_401(as_token, header):
    client = as_token(None)
    assert client.get("/api/knowledge", headers={"Authorization": header}).status_code == 401


def test_refused_bodies_are_not_read(as_token, services):
    as_token("lat_read").post("/classify", json={"raw": "event"})
    assert services.store.events == {}


def test_token_store_that_is_away_is_503_but_fixed_tokens_work(as_token, services, client):
    def away(_):
        raise StorageUnavailableError("no answer")

    services.tokens.verify = away
    assert as_token("lat_read").get("/api/knowledge").status_code == 503
    assert client.get("/api/knowledge").status_code == 200


def test_a_route_without_a_scope_does_not_start(services):
    app = Flask("forgetful")
    app.static_folder = None
    app.add_url_rule("/x", "forgotten", lambda: "")
    with pytest.raises(TypeError, match="forgotten"):
        register(app, Authenticator(services.tokens, {}))


def test_admin_allows_everything_but_what_is_a_persons_own(services):
    principal = Authenticator(services.tokens, {"local": "s3cret"}).principal("s3cret")
    assert principal.name == "local"
    refused = {view for view, permission in VIEWS.items() if not principal.may(permission)}
    assert refused == {"session.post_password", "sessions.get_sessions", "sessions.delete_session"}
