"""The one table: every view has a row, and every role and scope gets exactly what the row says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app import create_app
from app.auth import Principal, Role, Scope
from app.auth.permissions import GRANTED, VIEWS

DOCS = Path(__file__).parents[3] / "docs" / "access.md"
NAMES = {
    "events.read", "classify", "reviews.write", "knowledge.write", "evals.read", "accounts.manage", "tokens.manage",
    "audit.read", "export", "chat.read", "chat.ask",
}  # fmt: skip
LEAST = {
    "events.read": "viewer", "evals.read": "viewer", "classify": "analyst", "reviews.write": "analyst",
    "export": "analyst", "knowledge.write": "engineer", "accounts.manage": "admin", "tokens.manage": "admin",
    "audit.read": "admin", "chat.read": "viewer", "chat.ask": "analyst",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(NAMES))
@pytest.mark.parametrize("role", list(Role))
def test_a_role_has_what_it_and_those_below_it_have(name, role):
    permission = next(p for p in GRANTED if p.name == name)
    allowed = list(Role).index(role) >= list(Role).index(Role(LEAST[name]))
    reason = Principal("ana", role=role).refusal(permission)
    assert (reason == "") == allowed
    if not allowed:
        assert reason == f"needs role {LEAST[name]}; you are {role}"


def test_the_ui_is_told_of_every_permission():
    assert {p.name for p in GRANTED} >= NAMES


def requests_of(app):
    """One request for each view and method of ``app``, with made-up values in the path."""
    for rule in app.url_map.iter_rules():
        if rule.websocket:
            # Those are asked for with a real server: tests/app/chat.
            continue
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, re.sub(r"<[^>]+>", "x", rule.rule)


def test_the_ui_has_words_for_every_permission():
    labels = (Path(__file__).parents[3] / "ui/src/pages/settings/permissions.ts").read_text()
    table = labels[labels.index("PERMISSION_LABELS") : labels.index("};")]
    assert set(re.findall(r'^  "?([a-z.]+)"?: "', table, re.MULTILINE)) == {permission.name for permission in GRANTED}


def test_every_route_is_closed_to_strangers_unless_the_table_opens_it(services, new_browser):
    stranger = new_browser()
    for endpoint, method, path in requests_of(create_app(services)):
        status = stranger.send(method, path).status_code
        assert (status == 401) == (not VIEWS[endpoint].open) or endpoint == "session.post_session", (method, path)


@pytest.mark.parametrize("role", list(Role))
def test_every_route_lets_in_whom_the_table_says(services, person, role):
    browser = person(role.value)
    signed_in = {"session.delete_session", "session.post_password", "oidc.get_callback"}
    for endpoint, method, path in requests_of(create_app(services)):
        permission = VIEWS[endpoint]
        if permission.open or endpoint in signed_in or endpoint.startswith("live."):
            continue
        with capture_logs():  # The stand-ins fail behind many views; printing each traceback takes minutes.
            answer = browser.send(method, path, {} if method not in ("GET", "DELETE") else None)
        refused = answer.status_code == 403
        assert refused == (not role.includes(permission.role)), (method, path, answer.text)
        if refused:
            assert answer.json["error"]["details"]["permission"] == permission.name


@pytest.mark.parametrize("scope", list(Scope))
def test_tokens_open_what_their_scope_says(scope):
    token = Principal("t", frozenset({scope.value}))
    for view, permission in VIEWS.items():
        expected = permission.open or (
            permission.scope is not None and (scope == Scope.ADMIN or permission.scope == scope)
        )
        assert token.may(permission) == expected, view


def test_the_document_shows_the_table():
    text = DOCS.read_text()
    for permission in GRANTED:
        assert f"| `{permission.name}` | {permission.role} | `{permission.scope}` |" in text, permission.name
