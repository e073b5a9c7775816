"""Nothing that opens a door is told by a log, an error, an address or the built interface."""

from __future__ import annotations

import re

import pytest
from auth_browser import PASSWORD
from pydantic import SecretStr
from structlog.testing import capture_logs

from app.auth import Role
from app.errors import ApiError
from app.routes import ui
from app.settings import Settings, is_secret, setting_name
from tests.conftest import ROOT, require

WRONG = "a password that nobody has"
NEW = "another long password"


def test_signing_in_and_out_leaves_no_secret_in_the_log_or_in_an_answer(access, new_browser, store):
    access.accounts.create("ana", Role.ADMIN, "", PASSWORD, must_set=False)
    browser, stranger = new_browser(), new_browser()
    secret = "link-that-is-not-the-one"
    with capture_logs() as logs:
        answers = [
            stranger.sign_in("ana", WRONG),
            stranger.post("/api/session", {"link": secret}),
            stranger.post("/api/session", {"name": "ana", "password": [WRONG]}),
            browser.sign_in("ana"),
            browser.post("/api/session/password", {"current_password": WRONG, "new_password": NEW}),
            browser.post("/api/accounts", {"name": "vic", "role": "viewer", "password": "short", "x": WRONG}),
            browser.post("/api/session/password", {"current_password": PASSWORD, "new_password": NEW}),
            browser.get("/api/sessions"),
            browser.get("/api/accounts"),
        ]
    cookie = browser.client.get_cookie("logatlas").value
    told = "".join(answer.text for answer in answers) + str(logs)
    for kept in (PASSWORD, WRONG, NEW, secret, cookie, "argon2"):
        assert kept not in told
    assert browser.csrf not in str(logs)
    assert any(line["event"] == "request" for line in logs)


def test_addresses_that_the_service_leads_to_hold_no_secret(make_access, with_people, browser_of, monkeypatch):
    services = with_people(
        make_access(
            oidc_issuer="http://127.0.0.1:9", oidc_client_id="logatlas",
            oidc_client_secret=SecretStr("s3cret-of-the-client"), oidc_role_map="soc=analyst",
        )
    )  # fmt: skip
    provider = services.access.provider

    def refused(*_):
        raise ApiError("oidc_failed", "the provider said s3cret-of-the-client", error="s3cret-of-the-client")

    monkeypatch.setattr(provider, "finish", refused)
    for path in ("/auth/oidc/start", "/auth/oidc/callback?code=c0de&state=x", "/auth/oidc/start?next=//evil.example"):
        answer = browser_of(services).get(path)
        assert answer.status_code == 303
        assert re.fullmatch(r"/signin\?error=[a-z_]+", answer.headers["Location"])


def test_a_revoked_token_is_refused_from_the_next_request_on(access, make_services, store, person, as_client):
    from app.auth import Authenticator

    services = make_services()
    services.settings, services.access, services.tokens = access.settings, access, store.tokens
    services.authenticator = Authenticator(store.tokens, {"bootstrap": "admin-token-for-tests"}, access)
    admin = as_client(services)
    made = admin.post("/api/tokens", json={"name": "pipeline", "scopes": ["read"]}).json
    pipeline = as_client(services, made["token"])
    assert pipeline.get("/api/knowledge").status_code == 200
    assert admin.delete(f"/api/tokens/{made['token_id']}").status_code == 200
    assert pipeline.get("/api/knowledge").status_code == 401
    listed = next(t for t in admin.get("/api/tokens").json["tokens"] if t["token_id"] == made["token_id"])
    assert listed["revoked_at"] is not None


def test_every_setting_that_opens_something_is_a_secret():
    """A secret may come from a file and is never printed; a setting that is named like one is one."""
    for name, field in Settings.model_fields.items():
        if re.search(r"(_KEY|_TOKEN|_SECRET|_PASSWORD)$", setting_name(field, name)):
            assert is_secret(field), name
    assert is_secret(Settings.model_fields["clickhouse_url"]), "its address holds a password"


def test_the_interface_is_built_from_its_sources_alone():
    """Whatever the machine that builds it has in its environment, nothing of it can get into the files."""
    sources = [path for path in (ROOT / "ui" / "src").rglob("*.ts*") if ".test." not in path.name]
    assert sources
    for path in sources:
        assert not re.search(r"import\.meta\.env\.(?!DEV|PROD|MODE)|process\.env", path.read_text()), path
    config = (ROOT / "ui" / "vite.config.ts").read_text()
    assert "define:" not in config
    assert "envPrefix" not in config


def test_the_built_interface_holds_nothing_like_a_secret():
    require((ui.DIST / "index.html").is_file(), "the built UI (`make ui`)")
    built = "".join(path.read_text(errors="replace") for path in ui.DIST.rglob("*") if path.is_file())
    assert not re.search(r"lat_[A-Za-z0-9_-]{20,}|eyJ[A-Za-z0-9_-]{10,}\.eyJ|-----BEGIN [A-Z ]*PRIVATE KEY", built)
    assert "sourceMappingURL=" not in built


@pytest.mark.parametrize("path", ["/", "/queue", "/signin?link=x", "/docs"])
def test_every_page_forbids_inline_scripts(new_browser, path):
    csp = new_browser().client.get(path, headers={"Accept": "text/html"}).headers["Content-Security-Policy"]
    scripts = next(part for part in csp.split("; ") if part.startswith("script-src")).split()[1:]
    assert scripts == ["'self'"]
