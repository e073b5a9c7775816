"""What a reviewer sees and does in the queue, in the words of the tests."""

from __future__ import annotations

import random
import re
import time

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Workbench

_THINGS = [
    "accordion",
    "anvil",
    "basalt",
    "candle",
    "cinnamon",
    "dulcimer",
    "easel",
    "ferret",
    "glacier",
    "hammock",
    "iceberg",
    "jigsaw",
    "kettle",
    "lantern",
    "marble",
    "nectarine",
    "otter",
    "parasol",
    "quill",
    "raccoon",
    "saddle",
    "teapot",
    "umbrella",
    "violin",
    "walnut",
    "xylophone",
    "yoghurt",
    "zeppelin",
]
_DEEDS = [
    "polished",
    "borrowed",
    "folded",
    "weighed",
    "painted",
    "rinsed",
    "stacked",
    "mended",
    "traded",
    "hidden",
    "carved",
    "stirred",
    "sorted",
    "wrapped",
]


def odd_log(rng: random.Random) -> str:
    """A log of nothing that the catalog knows."""
    first, second, third = rng.sample(_THINGS, 3)
    return f"2032-02-01 09:12:00 WARN {first}: {second} {rng.choice(_DEEDS)} by {third} near {rng.choice(_THINGS)}"


def later(log: str, hour: int) -> str:
    """The same log at another hour of the day: another event of its template."""
    return log.replace(" 09:", f" {hour}:")


def waiting(workbench: Workbench, source: str, count: int, again: int = 0) -> list[dict]:
    """The queue of ``source`` with events of ``count`` templates, and ``again`` more of the first, as the page has it.

    ``source`` is a new one.
    """
    rng = random.Random(source)
    asked: dict[str, str] = {}
    while len(asked) < count:
        decisions = workbench.classify(*(logs := [odd_log(rng) for _ in range(count - len(asked))]), vendor=source)
        for decision, log in zip(decisions, logs, strict=True):
            if decision["status"] == "needs_review":
                asked.setdefault(decision["template_id"], log)
    if again:
        workbench.classify(*(later(next(iter(asked.values())), 10 + n) for n in range(again)), vendor=source)
    for _ in range(60):
        if len(found := workbench.queue(source)) >= count + again:
            return found
        time.sleep(0.5)
    raise AssertionError(f"{len(found)} of {count + again} events are in the queue")


def open_queue(page: Page, source: str) -> None:
    """The queue of one source, the list alone, with the keys at work."""
    page.add_init_script("localStorage.setItem('logatlas.queue.detail', 'false')")
    page.goto(f"/queue?source={source}")
    expect(bar(page).get_by_role("button", name="Confirm ")).to_be_enabled()


def bar(page: Page) -> Locator:
    return page.get_by_role("group", name="Review")


def current(page: Page) -> Locator:
    """The row that keys act on."""
    return page.locator('[role=row][data-active="true"]')


def row(page: Page, event: dict) -> Locator:
    """The row of an event, found by its log."""
    return page.get_by_role("grid").get_by_role("row").filter(has_text=event["raw"])


def counts(page: Page, waiting: int) -> None:
    """The page says so many wait."""
    expect(page.get_by_text(re.compile(rf"\b{waiting} waiting"))).to_be_visible()


def standing(decision: dict) -> dict:
    """What an undo has to restore of a decision: all but its own name and time."""
    return {key: value for key, value in decision.items() if key not in ("decision_id", "decided_at", "version")}


def dialog(page: Page, name: str) -> Locator:
    return page.get_by_role("dialog", name=name)


def choose_class(page: Page, typed: str, caption: str) -> None:
    """In the open dialog: type, see the class come first, Enter; the activity is left to the service."""
    box = class_box(page)
    expect(box).to_be_focused()
    page.keyboard.type(typed)
    expect(page.get_by_role("listbox", name="Class").get_by_role("option").first).to_contain_text(caption)
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name=f"Activity of {caption}")).to_be_focused()


def class_box(page: Page) -> Locator:
    """Where a class is typed in the open dialog."""
    return page.get_by_role("dialog").get_by_role("combobox", name="Class", exact=True)
