"""What every test shares: hypothesis without deadlines, and the rule on missing services."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# Where services are required a run must be repeatable: the same examples each time. Elsewhere new ones are drawn.
settings.register_profile(
    "logatlas", deadline=None, print_blob=True, derandomize=os.environ.get("REQUIRE_SERVICES") == "1"
)
settings.load_profile("logatlas")


@pytest.fixture(autouse=True)
def log_level_as_it_was():
    """A test that configures logging leaves the levels as it found them, so that the order of tests does not matter."""
    loggers = [logging.getLogger(name) for name in (None, "app", "agents", "models", "llama.cpp")]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture(scope="module")
def module_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty folder of the module, removed after it: a knowledge base alone takes 200 MB."""
    folder = tmp_path_factory.mktemp("module")
    yield folder
    rmtree(folder, ignore_errors=True)


ROOT = Path(__file__).resolve().parent.parent
BROWSER_TESTS = "tests/e2e/"


class ByFile(LoadScopeScheduling):
    """Deals a file's tests to one worker, and to one worker all that drive a browser, which share a server."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER_TESTS if nodeid.startswith(BROWSER_TESTS) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """How tests are dealt out to workers."""
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser tests come first: they take longest, and the other workers have the rest to do meanwhile."""
    items.sort(key=lambda item: not item.nodeid.startswith(BROWSER_TESTS))


def require(available: bool, what: str) -> None:
    """Skip the test when ``what`` is missing, or fail it where services are required (``REQUIRE_SERVICES=1``)."""
    if available:
        return
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what} is required here and missing")
    pytest.skip(f"{what} is missing")
