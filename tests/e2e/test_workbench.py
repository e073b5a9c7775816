"""What an analyst does in the browser, against the whole product."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import ROOT
from tests.e2e.conftest import Workbench

AXE = "axe.run().then(r => r.violations.map(v => [v.impact, v.id, v.nodes[0].html.slice(0, 160)]))"
PAGES = ["queue", "search", "dashboard", "knowledge", "try", "evals", "settings"]


def test_the_one_time_link_leads_to_the_queue_and_works_once(workbench: Workbench, analyst: Page, browser: Browser):
    analyst.goto("/")
    expect(analyst.get_by_role("heading", name="Queue")).to_be_visible()
    context = browser.new_context()
    stranger = context.new_page()
    stranger.goto(workbench.link)
    expect(stranger.locator("input[type=password]")).to_be_visible()
    expect(stranger.get_by_role("heading", name="Queue")).to_have_count(0)
    context.close()


def test_hostile_logs_are_shown_as_text(workbench: Workbench, analyst: Page):
    hostile = (
        '{"event":"login","user":"<img src=x onerror=alert(1)><script>alert(2)</script>",'
        '"note":"\\u001b[2J\\u202egnp.exe","url":"javascript:alert(3)"}'
    )
    (decision,) = workbench.classify(hostile)
    alerts: list[str] = []
    analyst.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    analyst.goto(f"/events/{decision['event_id']}")
    expect(analyst.get_by_text("<script>alert(2)</script>").first).to_be_visible()
    assert analyst.locator("img[src=x]").count() == 0
    assert alerts == []


def test_a_search_leads_from_words_to_the_event(workbench: Workbench, analyst: Page):
    analyst.goto("/search?q=turnstile")
    analyst.get_by_text("frobnicated by turnstile").first.click()
    expect(analyst.get_by_role("heading", name="Candidates")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1024])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_accessible_and_fits(analyst: Page, name: str, width: int, scheme: str):
    analyst.set_viewport_size({"width": width, "height": 900})
    analyst.emulate_media(color_scheme=scheme)
    analyst.goto(f"/{name}")
    analyst.get_by_role("heading").first.wait_for()
    analyst.wait_for_timeout(700)
    assert analyst.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    analyst.evaluate((ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js").read_text())
    found = analyst.evaluate(
        "axe.run().then(r => r.violations.map(v => [v.impact, v.id, v.nodes[0].html.slice(0, 160)]))"
    )
    assert [one for one in found if one[0] in ("serious", "critical")] == []
