"""What every test shares: hypothesis without deadlines, and the rule on missing services."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("logatlas", deadline=None, print_blob=True)
settings.load_profile("logatlas")

ROOT = Path(__file__).resolve().parent.parent


def require(available: bool, what: str) -> None:
    """Skip the test when ``what`` is missing, or fail it where services are required (``REQUIRE_SERVICES=1``)."""
    if available:
        return
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what} is required here and missing")
    pytest.skip(f"{what} is missing")
