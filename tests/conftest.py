"""What every test shares: hypothesis without deadlines, and the rule on missing services."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("logatlas", deadline=None, print_blob=True)
settings.load_profile("logatlas")


@pytest.fixture(autouse=True)
def log_level_as_it_was():
    """A test that configures logging leaves the levels as it found them, so that the order of tests does not matter."""
    loggers = [logging.getLogger(name) for name in (None, "app", "agents", "models", "llama.cpp")]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


ROOT = Path(__file__).resolve().parent.parent


def require(available: bool, what: str) -> None:
    """Skip the test when ``what`` is missing, or fail it where services are required (``REQUIRE_SERVICES=1``)."""
    if available:
        return
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what} is required here and missing")
    pytest.skip(f"{what} is missing")
