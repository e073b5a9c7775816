"""One chat server for each module of tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from chat_support import ChatServer


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """Settings of the module's server; tests override this."""
    return {}


@pytest.fixture(scope="module")
def server(module_folder, settings):
    """A running chat server."""
    server = ChatServer(module_folder, **settings).start()
    yield server
    assert server.stop() == 0, server.log


@pytest.fixture(scope="module")
def ana(server):
    return server.person("ana")


@pytest.fixture(scope="module")
def ben(server):
    return server.person("ben")
