"""Signing in with a real OpenID provider on loopback (npm's ``oidc-provider``)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest
import requests
from pydantic import SecretStr

from app.auth import Role

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "tests" / "oidc"
CALLBACK = "http://localhost/auth/oidc/callback"


def missing(what):
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what} is required here and missing")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="module")
def issuer():
    """The address of a running provider."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        missing("Node with npm, which the OpenID provider of this test runs on,")
    if not (FOLDER / "node_modules" / "oidc-provider").is_dir():
        command = ["npm", "ci", "--no-audit", "--no-fund"]
        made = subprocess.run(command, cwd=FOLDER, capture_output=True, timeout=300, check=False)
        if made.returncode != 0:
            missing("npm's oidc-provider, which `npm ci` in tests/oidc installs,")
    server = subprocess.Popen(
        ["node", "provider.mjs", CALLBACK], cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    address = server.stdout.readline().strip()
    assert address.startswith("http://127.0.0.1:"), "the provider did not start"
    yield address
    server.terminate()
    with server.stdout:
        server.wait(timeout=20)


@pytest.fixture
def make_oidc(make_access, with_people, issuer):
    """Makes services that sign in with the provider."""

    def make(**changes):
        settings = {
            "oidc_issuer": issuer, "oidc_client_id": "logatlas",
            "oidc_client_secret": SecretStr("s3cret-of-the-client"),
            "oidc_role_map": "soc-admins=admin,soc=analyst", "oidc_name": "Example SSO",
        }  # fmt: skip
        return with_people(make_access(**settings | changes))

    return make


@pytest.fixture
def oidc(make_oidc):
    return make_oidc()


class AtProvider:
    """A person's browser at the provider: fills in its forms until it sends the browser back."""

    def __init__(self):
        self.http = requests.Session()

    def sign_in(self, url, name):
        """The address that the provider sends the browser to in the end."""
        answer = self.http.get(url, allow_redirects=False, timeout=20)
        for _ in range(12):
            if answer.is_redirect:
                following = urljoin(answer.url, answer.headers["Location"])
                if following.startswith(CALLBACK):
                    return following
                answer = self.http.get(following, allow_redirects=False, timeout=20)
                continue
            action = re.search(r'action="([^"]+)"', answer.text)
            assert action, answer.text[:500]
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)[1]
            form = {"prompt": prompt} | ({"login": name, "password": "x"} if prompt == "login" else {})
            answer = self.http.post(urljoin(answer.url, action[1]), form, allow_redirects=False, timeout=20)
        raise AssertionError("the provider never sent the browser back")


def begin(browser, following="/queue"):
    answer = browser.get(f"/auth/oidc/start?{urlencode({'next': following})}")
    assert answer.status_code == 303
    return answer.headers["Location"]


def go_back(browser, address):
    parts = urlsplit(address)
    return browser.get(f"{parts.path}?{parts.query}")


def sign_in(browser, name, following="/queue"):
    return go_back(browser, AtProvider().sign_in(begin(browser, following), name))


def test_a_person_signs_in_and_goes_on_where_they_wanted(oidc, browser_of):
    browser = browser_of(oidc)
    assert browser.get("/api/session").json["sign_in"]["oidc"] == {"name": "Example SSO", "url": "/auth/oidc/start"}
    page = sign_in(browser, "ana", "/queue?source=x")
    assert page.status_code == 200
    assert 'content="0;url=/queue?source=x"' in page.text
    cookie = next(value for value in page.headers.getlist("Set-Cookie") if value.startswith("logatlas="))
    assert "SameSite=Strict" in cookie
    user = browser.get("/api/session").json["user"]
    assert user == {
        "name": "ana", "display_name": "Ana A.", "role": "analyst", "method": "oidc", "must_set_password": False,
    }  # fmt: skip
    assert browser.get("/api/knowledge").status_code == 200
    account = oidc.access.accounts.get("ana")
    assert account.method == "oidc"
    assert account.last_sign_in_at is not None
    entry = oidc.access.entries.page(action="session.sign_in")[0]
    assert (entry.actor, entry.role, entry.outcome, entry.detail["method"]) == ("ana", "analyst", "ok", "oidc")


def test_the_request_to_the_provider_is_guarded(oidc, browser_of):
    query = parse_qs(urlsplit(begin(browser_of(oidc))).query)
    assert query["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= set(query)
    assert "s3cret" not in str(query)


def test_the_role_follows_the_groups_at_every_sign_in(make_oidc, browser_of):
    services = make_oidc()
    browser = browser_of(services)
    sign_in(browser, "root")
    assert browser.get("/api/session").json["user"]["role"] == "admin"
    services.access.provider._roles = {"soc-admins": Role.VIEWER}
    sign_in(browser, "root")
    assert browser.get("/api/session").json["user"]["role"] == "viewer"
    assert [account.name for account in services.access.accounts.all()] == ["root"]


def test_who_has_no_role_is_refused(oidc, browser_of):
    browser = browser_of(oidc)
    answer = sign_in(browser, "eve")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/signin?error=oidc_refused"
    assert browser.get("/api/session").json["user"] is None
    entry = oidc.access.entries.page(action="session.sign_in")[0]
    assert (entry.actor, entry.outcome) == ("eve", "refused")


def test_a_default_role_lets_everybody_in(make_oidc, browser_of):
    browser = browser_of(make_oidc(oidc_default_role="viewer"))
    sign_in(browser, "eve")
    assert browser.get("/api/session").json["user"]["role"] == "viewer"


def test_a_name_that_is_taken_here_is_not_taken_over(oidc, browser_of):
    oidc.access.accounts.create("ana", Role.ADMIN, "The other Ana", "correct horse battery staple")
    browser = browser_of(oidc)
    sign_in(browser, "ana")
    user = browser.get("/api/session").json["user"]
    assert (user["name"], user["role"]) == ("ana-2", "analyst")


def test_a_disabled_account_is_refused(oidc, browser_of):
    browser = browser_of(oidc)
    sign_in(browser, "ana")
    oidc.access.accounts.change("ana", disabled=True)
    assert sign_in(browser_of(oidc), "ana").headers["Location"] == "/signin?error=oidc_refused"
    assert browser.get("/api/knowledge").status_code == 401


def test_an_answer_that_another_browser_began_is_refused(oidc, browser_of):
    victim, attacker = browser_of(oidc), browser_of(oidc)
    back = AtProvider().sign_in(begin(attacker), "ana")
    assert go_back(victim, back).headers["Location"] == "/signin?error=oidc_failed"
    begin(victim)
    assert go_back(victim, back).headers["Location"] == "/signin?error=oidc_failed"
    assert victim.get("/api/session").json["user"] is None


@pytest.mark.parametrize(
    "change",
    [
        lambda url: re.sub(r"state=[^&]+", "state=x", url),
        lambda url: re.sub(r"code=[^&]+", "code=x", url),
        lambda url: re.sub(r"code=[^&]+", "error=access_denied", url),
        lambda url: re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Fevil.example", url),
    ],
)
def test_an_altered_answer_is_refused(oidc, browser_of, change):
    browser = browser_of(oidc)
    back = AtProvider().sign_in(begin(browser), "ana")
    assert go_back(browser, change(back)).headers["Location"] == "/signin?error=oidc_failed"


def test_an_id_token_of_another_nonce_or_audience_is_refused(oidc, browser_of, monkeypatch):
    provider = oidc.access.provider
    for name, value in (("_client_id", "somebody-else"), ("_issuer", "https://evil.example")):
        browser = browser_of(oidc)
        back = AtProvider().sign_in(begin(browser), "ana")
        verified = provider._verified

        def wrong(id_token, nonce, name=name, value=value, verified=verified):
            with monkeypatch.context() as patch:
                patch.setattr(provider, name, value)
                return verified(id_token, nonce)

        with monkeypatch.context() as patch:
            patch.setattr(provider, "_verified", wrong)
            assert go_back(browser, back).headers["Location"].startswith("/signin?error=oidc_")
    browser = browser_of(oidc)
    back = AtProvider().sign_in(begin(browser), "ana")
    verified = provider._verified
    with monkeypatch.context() as patch:
        patch.setattr(provider, "_verified", lambda token, nonce: verified(token, "another"))
        assert go_back(browser, back).headers["Location"] == "/signin?error=oidc_failed"


def test_a_provider_that_is_away_is_told_and_passwords_still_work(make_oidc, browser_of):
    services = make_oidc(oidc_issuer="http://127.0.0.1:9")
    browser = browser_of(services)
    assert browser.get("/auth/oidc/start").headers["Location"] == "/signin?error=oidc_unavailable"
    services.access.accounts.create("ana", Role.VIEWER, "", "correct horse battery staple", must_set=False)
    assert browser.sign_in("ana").status_code == 200


def test_without_a_provider_there_is_nothing_to_start(services, new_browser):
    assert new_browser().get("/auth/oidc/start").status_code == 404
