"""The guide to the workbench is held against it: keys, pages, sections of the settings, pictures."""

from __future__ import annotations

import re

import pytest

from app.auth.permissions import Role
from scripts.demo_shots import SHOTS
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "workbench.md").read_text()
IMAGES = ROOT / "docs" / "images"
UI = ROOT / "ui" / "src"
ACTIONS = re.findall(
    r'\{ id: "([^"]+)", label: "([^"]+)", keys: "([^"]+)", scope: "([^"]+)" \}',
    (UI / "shortcuts" / "actions.ts").read_text(),
)
SCOPES = dict(re.findall(r'^  (\w+): "([^"]+)",$', (UI / "shortcuts" / "actions.ts").read_text(), re.MULTILINE))
PAGE_TITLES = {
    "signin": "Signing in", "queue": "Queue", "events": "Event", "chat": "Chat", "search": "Search",
    "dashboard": "Dashboard", "knowledge": "Knowledge", "try": "Try it", "evals": "Evals", "settings": "Settings",
}  # fmt: skip


@pytest.mark.parametrize(("action", "label", "keys", "scope"), ACTIONS, ids=[action[0] for action in ACTIONS])
def test_every_key_stands_in_the_table_as_the_pages_bind_it(action, label, keys, scope):
    if action.startswith("review.candidate."):
        keys, label = "1 to 9", "Choose candidate 1 to 9"
        row = f"| `1` to `9` | {label} | {SCOPES[scope]} |"
    else:
        row = f"| {' '.join(f'`{press}`' for press in keys.split())} | {label} | {SCOPES[scope]} |"
    assert row in TEXT


def test_the_table_of_keys_has_no_row_that_no_action_has():
    rows = [line for line in TEXT.split("## Keys")[1].split("\n## ")[0].splitlines() if line.startswith("| `")]
    candidates = [action for action, *_ in ACTIONS if action.startswith("review.candidate.")]
    assert len(rows) == len(ACTIONS) - len(candidates) + 1


def test_every_page_of_the_router_has_a_chapter():
    router = (UI / "app" / "router.tsx").read_text()
    pages = {path.split("/")[0] for path in re.findall(r'path: "/([^"]+)"', router)}
    assert pages == set(PAGE_TITLES)
    for title in PAGE_TITLES.values():
        assert f"\n## {title}\n" in TEXT


def test_every_section_of_the_settings_is_told():
    sections = re.findall(r'label: "([^"]+)"', (UI / "pages" / "settings" / "sections.ts").read_text())
    assert len(sections) >= 7
    settings = TEXT.split("\n## Settings\n")[1]
    for section in sections:
        assert f"**{section}**" in settings


def test_every_role_is_told():
    for role in Role:
        assert f"| {role} |" in TEXT


@pytest.mark.parametrize("name", [shot.name for shot in SHOTS])
def test_every_picture_is_there_in_both_themes_and_shown(name):
    for suffix in ("", "-dark"):
        picture = IMAGES / f"{name}{suffix}.webp"
        assert picture.read_bytes()[8:12] == b"WEBP"
        assert picture.stat().st_size <= 120_000
        assert f"images/{picture.name}" in TEXT


def test_no_picture_is_left_over_and_together_they_are_light():
    pictures = list(IMAGES.glob("*"))
    assert {p.name for p in pictures} == {f"{s.name}{suffix}.webp" for s in SHOTS for suffix in ("", "-dark")}
    assert sum(p.stat().st_size for p in pictures) < 3_500_000
