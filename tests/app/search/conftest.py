"""A service over a real store (chDB) that holds a few events."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stored_events import seed

from agents.ocsf import load_taxonomy
from app import create_app
from app.auth import Authenticator
from app.readiness import PartHealth, Readiness, State
from app.settings import Settings
from app.storage import open_store
from app.telemetry import Telemetry

TOKEN = "an-admin-token-for-tests"


@pytest.fixture(scope="module")
def store(module_folder):
    store = open_store(None, module_folder)
    yield store
    store.close()


@pytest.fixture(scope="module")
def known(store):
    """The seeded events by name."""
    return seed(store)


@pytest.fixture(scope="module")
def search_services(store, known):
    """What the routes of search and statistics need of the services."""
    health = {"store": PartHealth(State.OK), "model": PartHealth(State.DOWN, "no weights")}
    readiness = Readiness({name: lambda part=part: part for name, part in health.items()}, frozenset({"store"}))
    yield SimpleNamespace(
        settings=Settings(_env_file=None),
        taxonomy=load_taxonomy(),
        store=store,
        telemetry=Telemetry(),
        readiness=readiness,
        authenticator=Authenticator(store.tokens, {"bootstrap": TOKEN}),
        reviews=SimpleNamespace(loop=SimpleNamespace(of_template=lambda _: [])),
    )
    readiness.close()


@pytest.fixture(scope="module")
def search_app(search_services):
    return create_app(search_services)


@pytest.fixture
def search_client(search_app):
    """A client with an admin token."""
    client = search_app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    return client
