"""A service with real accounts, sessions and audit over the embedded event store, and browsers that use it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from auth_browser import PASSWORD, Browser, Clock
from pydantic import SecretStr

from app.auth import Authenticator, Role, passwords
from app.auth.access import open_access
from app.auth.audit import Audit
from app.auth.sessions import Sessions
from app.settings import Settings
from app.storage.store import Store, open_store


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch):
    """Hashes that cost little: one test looks at the real ones."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture(scope="module")
def store(module_folder: Path) -> Iterator[Store]:
    store = open_store(None, module_folder)
    yield store
    store.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_access(store, clock, tmp_path):
    """Makes the access over empty tables, with settings changed."""

    def make(**changes):
        for table in ("accounts", "sessions", "audit"):
            store.clickhouse.command(f"TRUNCATE TABLE {table}")
        for repository in (store.accounts, store.sessions):
            repository._mirror._known = None
        settings = Settings(
            _env_file=None, data_dir=tmp_path, session_key=SecretStr("k" * 40), public_url=None, **changes
        )
        access = open_access(settings, store)
        sessions = Sessions(
            store.sessions, access.accounts, access.key, idle_s=settings.session_idle_s,
            max_s=settings.session_max_s, now=clock,
        )  # fmt: skip
        parts = {**vars(access), "sessions": sessions, "audit": Audit(store.audit, now=clock)}
        return type(access)(**parts)

    return make


@pytest.fixture
def access(make_access):
    return make_access()


@pytest.fixture
def with_people(make_services):
    """Makes services over an access, with one account for each role, all with ``PASSWORD``."""

    def make(access, **settings):
        services = make_services(**settings)
        services.settings = access.settings
        services.access = access
        services.authenticator = Authenticator(services.tokens, {"bootstrap": "admin-token-for-tests"}, access)
        return services

    return make


@pytest.fixture
def services(access, with_people):
    return with_people(access)


@pytest.fixture
def browser_of(as_client):
    """Makes a browser that talks to given services."""
    return lambda services: Browser(as_client(services, None))


@pytest.fixture
def new_browser(services, browser_of):
    """Makes a browser that nobody has signed in with."""
    return lambda: browser_of(services)


@pytest.fixture
def person(access, new_browser):
    """Makes an account and a browser signed in with it."""

    def make(role, name=None):
        name = name or f"{role}1"
        access.accounts.create(name, Role(role), name.title(), PASSWORD, must_set=False)
        browser = new_browser()
        assert browser.sign_in(name).status_code == 200
        return browser

    return make
