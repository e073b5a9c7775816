"""What is on each picture of the workbench, and how to get there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

NEW_GUIDE = """\
product: payroll
vendor: In-house
title: Payroll batch
reference: https://wiki.example.com/payroll
hints: [payroll]

guides:
  - id: run-approved
    title: A payment run was approved
    match:
      message: {contains: ["payroll-batch run", "approved by"]}
    class: Application Lifecycle
    activity: Other
    meaning: Somebody released a batch of salary transfers.
    samples:
      - "2026-11-20T08:11:02Z WARN payroll-batch run 88412 approved by m.keller, 21 transfers"
"""
PASTED = """\
2026-11-20T08:11:02Z WARN payroll-batch run 88412 approved by m.keller, 21 transfers
2026-11-20T09:40:31Z WARN payroll-batch run 88413 approved by a.osei, 7 transfers
2026-11-20T09:41:10Z INFO payroll-batch bank details of employee 20117 edited by a.osei
"""


@dataclass(frozen=True)
class Shot:
    """One picture: its name, the page, and what to do there before it is taken."""

    name: str
    path: str
    prepare: Callable[[Page], None] = lambda _: None
    signed_out: bool = False


def _with_panel(page: Page) -> None:
    page.get_by_role("row").nth(3).wait_for()
    page.get_by_role("heading", name="Candidates").wait_for()


def _override(page: Page) -> None:
    page.get_by_role("button", name="Confirm").wait_for()
    page.keyboard.press("o")
    page.get_by_role("dialog").get_by_role("combobox").first.fill("acc")


def _first_event(page: Page) -> None:
    page.get_by_role("row").nth(1).click()
    page.get_by_role("heading", name="Candidates").wait_for()
    page.get_by_role("link", name="Own page").click()
    page.get_by_role("heading", name="Event", level=1).wait_for()
    page.get_by_role("heading", name="Candidates").wait_for()


def _chat(page: Page) -> None:
    _first_event(page)
    page.keyboard.press("c")
    chat = page.get_by_role("complementary", name="Chat")
    for question in ("Why this class?", "What in the log does it rest on?"):
        chat.get_by_role("textbox", name="Question").fill(question)
        page.keyboard.press("Enter")
        chat.locator("article[data-status=done]").filter(has_text=question).wait_for(timeout=120_000)
    # The place in the log that the evidence names.
    chat.locator("article").last.get_by_role("list", name="Evidence").get_by_role("button").last.click()


def _open_first(page: Page) -> None:
    page.get_by_role("row").nth(2).click()
    page.get_by_role("heading", name="Candidates").wait_for()


def _rows(page: Page) -> None:
    page.get_by_role("row").nth(3).wait_for()


def _charts(page: Page) -> None:
    page.locator("canvas").nth(2).wait_for()
    page.wait_for_timeout(1000)


def _editor(page: Page) -> None:
    page.locator(".cm-content").wait_for()
    page.locator(".cm-content").fill(NEW_GUIDE)
    page.get_by_text("Nothing is wrong with it.").wait_for()
    page.get_by_text("Pasted logs").click()
    page.get_by_label("Logs to try it on").fill(PASTED)
    page.get_by_role("button", name="Try").click()
    page.get_by_text("would change").first.wait_for(timeout=120_000)
    page.get_by_role("region", name="What would change").scroll_into_view_if_needed()


def _try(page: Page) -> None:
    page.get_by_role("button", name="One of each").click()
    page.get_by_role("button", name="Decide").click()
    page.get_by_role("article").nth(3).wait_for(timeout=120_000)


def _run(page: Page) -> None:
    page.get_by_role("row").nth(1).click()
    page.get_by_role("tab", name="Confusion").wait_for()


def _calibration(page: Page) -> None:
    _run(page)
    page.get_by_role("tab", name="Calibration").click()
    page.locator("canvas").first.wait_for()


def _comparison(page: Page) -> None:
    boxes = page.get_by_role("row").get_by_role("checkbox")
    boxes.nth(1).wait_for()
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.get_by_role("tab", name="Risk and coverage").wait_for()


def _help(page: Page) -> None:
    page.get_by_role("button", name="Confirm").wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()


def _heading(page: Page) -> None:
    page.get_by_role("heading").nth(1).wait_for()


SHOTS: tuple[Shot, ...] = (
    Shot("sign-in", "/signin", lambda page: page.get_by_label("Name").wait_for(), signed_out=True),
    Shot("queue", "/queue", _with_panel),
    Shot("override", "/queue", _override),
    Shot("keys", "/queue", _help),
    Shot("event", "/search?q=product:windows-security+status:auto", _first_event),
    Shot("event-chat", "/search?q=product:windows-security+status:auto", _chat),
    Shot("search", "/search?q=failed", _rows),
    Shot("search-event", "/search?q=format:json", _open_first),
    Shot("dashboard", "/dashboard?from=now-7d", _charts),
    Shot("knowledge", "/knowledge?kind=guide&q=failed+login", _rows),
    Shot("guide", "/knowledge?kind=guide&q=failed+login&chunk=guide:windows-security:4625", _heading),
    Shot("guide-editor", "/knowledge?edit=guide", _editor),
    Shot("try-it", "/try", _try),
    Shot("evals", "/evals", _run),
    Shot("evals-calibration", "/evals", _calibration),
    Shot("evals-comparison", "/evals", _comparison),
    Shot("settings-you", "/settings", _heading),
    Shot("settings-shortcuts", "/settings?section=shortcuts", _heading),
    Shot("settings-parts", "/settings?section=parts", _rows),
    Shot("settings-accounts", "/settings?section=accounts", _rows),
    Shot("settings-tokens", "/settings?section=tokens", _rows),
    Shot("settings-audit", "/settings?section=audit", _rows),
)
