"""The pages of the interface, unknown addresses, and the headers that keep foreign content out."""

from __future__ import annotations

import pytest

from app.routes import ui

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def dist(tmp_path, monkeypatch):
    """A built interface."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Logatlas</title>")
    (tmp_path / "assets" / "index-abc123.js").write_text("start()")
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path / ".secret").write_text("hidden")
    monkeypatch.setattr(ui, "DIST", tmp_path)
    return tmp_path


@pytest.fixture
def visitor(services, dist, as_client):
    """A browser that nobody signed in with."""
    return as_client(services, None)


@pytest.mark.parametrize("path", ["/", "/signin?link=x", "/queue", "/events/0199", "/no/such/page"])
def test_every_page_is_the_interface(visitor, path):
    answer = visitor.get(path, headers=HTML)
    assert answer.status_code == 200
    assert "<title>Logatlas</title>" in answer.text
    assert answer.headers["Cache-Control"] == "no-cache"


def test_scripts_run_from_files_of_ours_only(visitor):
    headers = visitor.get("/", headers=HTML).headers
    csp = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert csp["script-src"] == "'self'"
    assert csp["default-src"] == "'self'"
    assert csp["frame-ancestors"] == csp["base-uri"] == csp["object-src"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_hashed_files_are_kept_by_browsers_for_good(visitor):
    answer = visitor.get("/assets/index-abc123.js")
    assert answer.text == "start()"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "javascript" in answer.content_type


@pytest.mark.parametrize(
    "path", ["/api/nothing", "/api", "/auth/nothing", "/assets/gone.js", "/docs/nothing", "/assets/../../etc/passwd"]
)
def test_unknown_addresses_of_programs_are_errors_for_programs(visitor, path):
    answer = visitor.get(path, headers=HTML)
    assert answer.status_code == 404
    assert answer.json["error"]["code"] == "not_found"


def test_who_asks_for_json_gets_json(visitor):
    assert visitor.get("/queue", headers={"Accept": "application/json"}).json["error"]["code"] == "not_found"
    assert visitor.post("/queue", headers=HTML).status_code == 404


def test_files_beside_the_page(visitor):
    assert visitor.get("/favicon.svg").text == "<svg/>"
    assert visitor.get("/.secret").status_code == 404
    assert "hidden" not in visitor.get("/.secret", headers=HTML).text


def test_an_interface_that_is_not_built_is_told(visitor, dist):
    (dist / "index.html").unlink()
    answer = visitor.get("/", headers=HTML)
    assert answer.status_code == 503
    assert "not built" in answer.text
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"].split("script-src")[1].split(";")[0]
