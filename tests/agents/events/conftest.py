"""Fixtures of the event tests."""

from __future__ import annotations

import pytest

from agents.events import make_template, parse


@pytest.fixture
def template_id():
    """The template id of a raw log."""

    def of(raw: str) -> str:
        return make_template(parse(raw)).template_id

    return of
