"""The review loop in the browser: by keys alone, of many at once, by two people, and with a line that breaks."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Person, Workbench
from tests.e2e.line import Line
from tests.e2e.review_desk import (
    bar,
    choose_class,
    class_box,
    counts,
    current,
    dialog,
    later,
    open_queue,
    row,
    standing,
    waiting,
)

NewPerson = Callable[..., Person]
OF_TEMPLATE = re.compile("^All of the current event.s template$")


def test_twenty_events_are_reviewed_by_keys_alone_and_taken_back(workbench: Workbench, person: NewPerson, source: str):
    events = waiting(workbench, source, 21)
    before = {event["event_id"]: workbench.latest(event["event_id"]) for event in events}
    ana = person("analyst")
    page = ana.page
    open_queue(page, source)
    counts(page, len(events))
    progress = page.get_by_role("progressbar", name="Reviewed today")
    reviewed = int(progress.get_attribute("aria-valuenow") or "")

    # Moving reviews nothing.
    press(page, "j", "j", "k")
    expect(current(page)).to_contain_text(events[1]["raw"])
    press(page, "k", "k")
    expect(current(page)).to_contain_text(events[0]["raw"])

    # What is pressed on each of the first twenty, and the class it must have then.
    other = events[1]["candidates"][1]
    expected: dict[str, tuple[int, str]] = {}
    for at, event in enumerate(events[:20]):
        expect(current(page)).to_contain_text(event["raw"])
        if at == 1:
            press(page, "2", "Enter")
            expected[event["event_id"]] = (other["class_uid"], "overridden")
        elif at in (4, 8, 12):
            typed, caption, uid = {
                4: ("entty mgmt", "Entity Management", 3004),
                8: ("4003", "DNS Activity", 4003),
                12: ("api appl", "API Activity", 6003),
            }[at]
            press(page, "o")
            choose_class(page, typed, caption)
            press(page, "Enter")
            expected[event["event_id"]] = (uid, "overridden")
        elif at == 6:
            press(page, "s")
            expect(row(page, event)).to_contain_text("Skipped")
        else:
            press(page, "Enter")
            expected[event["event_id"]] = (event["class_uid"], "confirmed")
        if event["event_id"] in expected:
            kind = "Confirmed" if expected[event["event_id"]][1] == "confirmed" else "Overridden:"
            expect(row(page, event)).to_contain_text(kind)
    expect(current(page)).to_contain_text(events[20]["raw"])
    counts(page, len(events) - 19)
    expect(progress).to_have_attribute("aria-valuenow", str(reviewed + 19))
    assert workbench.waiting(source) == len(events) - 19

    for event_id, (uid, status) in expected.items():
        now = workbench.latest(event_id)
        assert (now["class_uid"], now["status"]) == (uid, status)
        assert (now["decided_by"], now["reviewer"]) == ("analyst", ana.name)

    page.get_by_role("button", name="What your reviews changed").click()
    changed = page.get_by_role("table", name="What your reviews changed")
    expect(changed.get_by_role("row", name="Your reviews today")).to_contain_text("19")
    expect(changed.get_by_role("row", name="Agreement with you after")).to_contain_text("100")
    expect(changed.get_by_role("row", name="Agreement with you before")).to_contain_text("%")
    page.keyboard.press("Escape")
    expect(changed).to_be_hidden()

    # Twenty steps back, the skipped one too: everything is as it was.
    for event in reversed(events[:20]):
        press(page, "u")
        expect(current(page)).to_contain_text(event["raw"])
        expect(row(page, event).locator("[data-kind]")).to_have_count(0)
    counts(page, len(events))
    assert workbench.waiting(source) == len(events)
    as_before(workbench, before)
    # The surest of them: where two candidates are level, the model's rounding decides.
    for event in events[18:20]:
        decided_again_as(workbench, event, source)
    press(page, "u")
    expect(page.get_by_text("There is nothing to undo.")).to_be_visible()


def test_an_override_decides_the_next_event_of_its_template_until_it_is_undone(workbench: Workbench, person: NewPerson):
    (first,) = workbench.classify("2031-05-02 11:00:00 WARN lock7: latch quux released by porter")
    assert first["status"] == "needs_review"
    before = workbench.latest(first["event_id"])
    page = person("analyst").page
    page.goto(f"/events/{first['event_id']}")
    expect(bar(page).get_by_role("button", name="Override", exact=True)).to_be_enabled()
    press(page, "o")
    choose_class(page, "Entity Man", "Entity Management")
    press(page, "Enter")
    expect(page.get_by_text("Overridden").first).to_be_visible()
    (after,) = workbench.classify("2031-05-03 12:00:00 WARN lock7: latch quux released by porter")
    assert (after["class_uid"], after["decided_by"]) == (3004, "pin")
    press(page, "u")
    as_before(workbench, {first["event_id"]: before})
    (again,) = workbench.classify("2031-05-04 13:00:00 WARN lock7: latch quux released by porter")
    assert again["decided_by"] != "pin"
    # While the example is being taken away it may still speak; what it said is then taken back too.
    decided_as(workbench, again["event_id"], first["class_uid"])


def test_a_class_is_found_by_part_of_its_name_its_number_and_its_category(
    workbench: Workbench, person: NewPerson, source: str
):
    waiting(workbench, source, 2)
    page = person("analyst").page
    open_queue(page, source)
    press(page, "o")
    box = class_box(page)
    first = page.get_by_role("listbox", name="Class").get_by_role("option").first
    for typed, caption in [
        ("authentication", "Authentication"),
        ("athntcation", "Authentication"),
        ("3002", "Authentication"),
        ("dns", "DNS Activity"),
        ("entity iden", "Entity Management"),
        # More than "file": a candidate of the event would go before others that match as well.
        ("file sys", "File System Activity"),
    ]:
        box.fill(typed)
        expect(first).to_contain_text(caption)
    box.fill("network")
    for option in page.get_by_role("listbox", name="Class").get_by_role("option").all()[:4]:
        expect(option).to_contain_text("Network")
    box.fill("no such class anywhere")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(dialog(page, "Override")).to_contain_text("No class matches")
    # Backspace in the empty box of activities goes back to the classes.
    box.fill("dns")
    press(page, "Enter")
    expect(page.get_by_role("combobox", name="Activity of DNS Activity")).to_be_focused()
    press(page, "Backspace")
    expect(box).to_be_focused()
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_keys_rest_while_somebody_types_and_lead_to_every_page(workbench: Workbench, person: NewPerson, source: str):
    events = waiting(workbench, source, 2)
    page = person("analyst").page
    open_queue(page, source)
    press(page, "o")
    note = dialog(page, "Override").get_by_role("textbox", name="Comment")
    note.click()
    page.keyboard.type("josuxb?1")
    expect(note).to_have_value("josuxb?1")
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator('input[aria-label="Source"]').click()
    page.keyboard.type("sju")
    expect(current(page)).to_contain_text(events[0]["raw"])
    expect(row(page, events[0])).not_to_contain_text("Skipped")
    press(page, "Escape")
    page.get_by_role("grid").focus()
    assert workbench.waiting(source) == len(events)

    press(page, "?")
    expect(dialog(page, "Keyboard shortcuts")).to_contain_text("Apply to all of this template or filter")
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    for key, title in [("s", "Search"), ("d", "Dashboard"), ("q", "Queue"), ("k", "Knowledge"), (",", "Settings")]:
        press(page, "g", key)
        expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    press(page, "Control+k")
    expect(page.get_by_role("combobox", name="Go to anything")).to_be_focused()
    page.keyboard.type("dashb")
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_keys_are_printed_on_buttons_and_can_be_chosen(workbench: Workbench, person: NewPerson, source: str):
    events = waiting(workbench, source, 3)
    page = person("analyst").page
    page.goto("/settings?section=shortcuts")
    page.get_by_role("button", name="Change the keys for Skip").click()
    expect(page.get_by_role("application", name="New keys for Skip")).to_be_focused()
    press(page, "u")
    expect(page.get_by_role("alert").filter(has_text="Taken by")).to_contain_text("Undo the last review")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Change the keys for Skip").click()
    expect(page.get_by_role("application", name="New keys for Skip")).to_be_focused()
    press(page, "n")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(f"/queue?source={source}")
    skip = bar(page).get_by_role("button", name="Skip")
    expect(skip).to_contain_text("N")
    press(page, "n")
    expect(row(page, events[0])).to_contain_text("Skipped")
    press(page, "s")
    expect(row(page, events[1])).not_to_contain_text("Skipped")


def test_many_events_are_reviewed_once_their_number_was_shown(workbench: Workbench, person: NewPerson, source: str):
    events = waiting(workbench, source, 4, again=2)
    before = {event["event_id"]: workbench.latest(event["event_id"]) for event in events}
    page = person("analyst").page
    open_queue(page, source)
    three = next(event for event in events if event["template_count"] == 3)
    while three["raw"] not in current(page).inner_text():
        press(page, "j")

    # All of the template, with a class for all of them.
    press(page, "b")
    many = dialog(page, "Apply to many events")
    expect(many.get_by_role("radio", name=OF_TEMPLATE)).to_be_focused()
    expect(many.get_by_role("status")).to_contain_text("3 events of 1 template")
    many.get_by_role("radio", name="All one class").check()
    class_box(page).focus()
    choose_class(page, "4003", "DNS Activity")
    press(page, "Enter")
    many.get_by_role("button", name="Override 3 events of 1 template").click()
    expect(page.get_by_text("Overrode 3 events with DNS Activity").first).to_be_visible()
    counts(page, 3)
    same = [event["event_id"] for event in events if event["template_id"] == three["template_id"]]
    assert [workbench.latest(one)["class_uid"] for one in same] == [4003] * 3
    press(page, "u")
    expect(page.get_by_text("Undone: Overrode 3 events with DNS Activity")).to_be_visible()
    counts(page, 6)
    as_before(workbench, before)

    # All that match the filter, by keys alone.
    press(page, "b")
    expect(many.get_by_role("radio", name=OF_TEMPLATE)).to_be_focused()
    press(page, "ArrowDown")
    expect(many.get_by_role("radio", name="All that match the filter, and their templates")).to_be_checked()
    expect(many.get_by_role("button", name="Confirm 6 events of 4 templates")).to_be_enabled()
    press(page, "Enter")
    expect(page.get_by_text("Confirmed 6 events").first).to_be_visible()
    counts(page, 0)
    assert {workbench.latest(event["event_id"])["status"] for event in events} == {"confirmed"}
    press(page, "u")
    expect(page.get_by_text("Undone: Confirmed 6 events")).to_be_visible()
    counts(page, 6)
    as_before(workbench, before)

    # The selected ones: Enter speaks of them.
    press(page, "r")
    expect(bar(page).get_by_role("button", name="Confirm ")).to_be_enabled()
    press(page, "x", "j", "x")
    expect(bar(page).get_by_role("button", name="Review 2 selected")).to_be_visible()
    press(page, "Enter")
    expect(many.get_by_role("radio", name="The 2 selected, and the events of their templates")).to_be_checked()
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert workbench.waiting(source) == 6


@pytest.mark.parametrize("choice", ["Keep", "Replace"])
def test_the_second_of_two_analysts_sees_the_first_and_chooses(
    workbench: Workbench, person: NewPerson, source: str, choice: str
):
    (event, *_) = waiting(workbench, source, 2)
    first, second = person("analyst"), person("analyst")
    # The second hears of nothing, as in the moment before news arrives.
    second.context.route("**/api/live*", lambda route: route.abort())
    open_queue(first.page, source)
    open_queue(second.page, source)
    press(first.page, "o")
    dialog(first.page, "Override").get_by_role("textbox", name="Comment").fill("seen <b>before</b>")
    class_box(first.page).focus()
    choose_class(first.page, "4003", "DNS Activity")
    press(first.page, "Enter")
    expect(row(first.page, event)).to_contain_text("Overridden: DNS Activity")

    expect(current(second.page)).to_contain_text(event["raw"])
    press(second.page, "o")
    dialog(second.page, "Override").get_by_role("textbox", name="Comment").fill("it is not")
    class_box(second.page).focus()
    choose_class(second.page, "3004", "Entity Management")
    press(second.page, "Enter")
    both = dialog(second.page, f"{first.name} has reviewed this event")
    expect(both.get_by_role("region", name=f"What {first.name} said")).to_contain_text("seen <b>before</b>")
    expect(both.get_by_role("region", name="What you said")).to_contain_text("it is not")
    now = workbench.latest(event["event_id"])
    assert (now["class_uid"], now["reviewer"]) == (4003, first.name), "nothing is replaced before the choice"

    both.get_by_role("button", name=choice).click()
    expect(second.page.get_by_role("dialog")).to_have_count(0)
    uid, name = (4003, first.name) if choice == "Keep" else (3004, second.name)
    said = f"DNS Activity, by {first.name}" if choice == "Keep" else "Overridden: Entity Management"
    expect(row(second.page, event)).to_contain_text(said)
    now = workbench.latest(event["event_id"])
    assert (now["class_uid"], now["reviewer"]) == (uid, name)
    if choice == "Replace":
        expect(row(first.page, event)).to_contain_text("Entity Management")
        press(second.page, "u")
        expect(row(second.page, event)).to_contain_text("DNS Activity")
        now = workbench.latest(event["event_id"])
        assert (now["class_uid"], now["reviewer"]) == (4003, first.name), "undo gives the first their word back"


def test_a_confirm_that_was_too_late_asks_too(workbench: Workbench, person: NewPerson, source: str):
    (event, *_) = waiting(workbench, source, 2)
    first, second = person("analyst"), person("analyst")
    second.context.route("**/api/live*", lambda route: route.abort())
    open_queue(first.page, source)
    open_queue(second.page, source)
    press(first.page, "Enter")
    expect(row(first.page, event)).to_contain_text("Confirmed")
    press(second.page, "Enter")
    expect(row(second.page, event)).to_contain_text(f"{first.name} was faster")
    second.page.get_by_role("button", name="Choose").click()
    dialog(second.page, f"{first.name} has reviewed this event").get_by_role("button", name="Keep").click()
    expect(row(second.page, event)).to_contain_text(f"by {first.name}")


def test_a_review_reaches_the_other_open_page_also_after_the_line_broke(
    workbench: Workbench, person: NewPerson, source: str, line: Line
):
    events = waiting(workbench, source, 4)
    before = workbench.latest(events[2]["event_id"])
    first, second = person("analyst"), person("analyst", url=line.url)
    open_queue(first.page, source)
    open_queue(second.page, source)
    expect(second.page.get_by_text("Live", exact=True)).to_be_visible()
    counts(second.page, 4)
    press(first.page, "Enter")
    expect(row(second.page, events[0])).to_contain_text(f"by {first.name}")
    counts(second.page, 3)

    line.cut()
    expect(second.page.get_by_text("Every 10 s")).to_be_visible()
    expect(current(first.page)).to_contain_text(events[1]["raw"])
    press(first.page, "Enter")
    expect(row(first.page, events[1])).to_contain_text("Confirmed")
    expect(row(second.page, events[1])).not_to_contain_text(first.name)
    line.mend()
    expect(row(second.page, events[1])).to_contain_text(f"by {first.name}")
    counts(second.page, 2)
    expect(second.page.get_by_text("Live", exact=True)).to_be_visible()
    press(first.page, "Enter")
    expect(row(second.page, events[2])).to_contain_text(f"by {first.name}")
    counts(second.page, 1)
    press(first.page, "u")
    expect(row(second.page, events[2])).not_to_contain_text(first.name)
    counts(second.page, 2)
    # Rows do not move while they are read; they go when new ones are asked for.
    # What an undo brings back is listed as soon as its work in the background is done.
    as_before(workbench, {events[2]["event_id"]: before})
    press(second.page, "r")
    expect(row(second.page, events[0])).to_have_count(0)
    expect(row(second.page, events[2])).to_be_visible()


def test_a_note_is_there_again_after_leaving_the_page_by_accident(workbench: Workbench, person: NewPerson, source: str):
    (event, *_) = waiting(workbench, source, 2)
    page = person("analyst").page
    open_queue(page, source)
    note = page.get_by_role("dialog").get_by_role("textbox", name="Comment")
    press(page, "o")
    note.fill("as the vendor told us")
    page.reload()
    expect(bar(page).get_by_role("button", name="Confirm ")).to_be_enabled()
    press(page, "o")
    expect(note).to_have_value("as the vendor told us")
    page.goto("/dashboard")
    page.go_back()
    expect(bar(page).get_by_role("button", name="Confirm ")).to_be_enabled()
    press(page, "o")
    expect(note).to_have_value("as the vendor told us")
    press(page, "Escape")
    press(page, "j", "o")
    expect(note).to_have_value("")
    press(page, "Escape")
    page.goto(f"/events/{event['event_id']}")
    expect(bar(page).get_by_role("button", name="Override", exact=True)).to_be_enabled()
    press(page, "o")
    expect(note).to_have_value("as the vendor told us")
    class_box(page).focus()
    choose_class(page, "3004", "Entity Management")
    press(page, "Enter")
    expect(page.get_by_text("Overridden").first).to_be_visible()
    assert workbench.latest(event["event_id"])["comment"] == "as the vendor told us"
    page.goto(f"/events/{event['event_id']}")
    expect(bar(page).get_by_role("button", name="Override", exact=True)).to_be_enabled()
    press(page, "o")
    expect(note).to_have_value("")


def test_a_review_that_does_not_arrive_stays_with_what_was_typed(
    workbench: Workbench, person: NewPerson, source: str, line: Line
):
    events = waiting(workbench, source, 3)
    page = person("analyst", url=line.url).page
    open_queue(page, source)
    press(page, "o")
    override = dialog(page, "Override")
    note = override.get_by_role("textbox", name="Comment")
    note.fill("worth keeping")
    class_box(page).focus()
    choose_class(page, "4003", "DNS Activity")
    line.cut()
    press(page, "Enter")
    expect(override.get_by_role("alert")).to_contain_text("The service cannot be reached")
    expect(note).to_have_value("worth keeping")
    expect(page.get_by_text("The service is not answering")).to_be_visible()
    press(page, "Escape")
    expect(page.get_by_role("alert").filter(has_text="Not saved: DNS Activity")).to_contain_text("worth keeping")

    # A confirm goes on at once and comes back when it was not saved.
    press(page, "j", "Enter")
    expect(row(page, events[1])).to_contain_text("Not saved")
    assert workbench.waiting(source) == 3
    line.mend()
    expect(page.get_by_text("The service is not answering")).to_be_hidden()
    page.reload()
    expect(bar(page).get_by_role("button", name="Confirm ")).to_be_enabled()
    press(page, "o")
    expect(note).to_have_value("worth keeping")
    class_box(page).focus()
    choose_class(page, "4003", "DNS Activity")
    press(page, "Enter")
    expect(row(page, events[0])).to_contain_text("Overridden: DNS Activity")
    assert workbench.latest(events[0]["event_id"])["comment"] == "worth keeping"


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def decided_again_as(workbench: Workbench, event: dict, source: str) -> None:
    """Another event of the template is decided as this one was, as soon as what was learned is forgotten."""
    for _ in range(60):
        (again,) = workbench.classify(later(event["raw"], 17), vendor=source)
        assert again["template_id"] == event["template_id"]
        assert again["decided_by"] != "pin"
        if again["class_uid"] == event["class_uid"]:
            return
        time.sleep(0.5)
    assert again["class_uid"] == event["class_uid"]


def decided_as(workbench: Workbench, event_id: str, class_uid: int) -> None:
    """The event has this class, as soon as the work in the background is done."""
    for _ in range(80):
        if (found := workbench.latest(event_id)["class_uid"]) == class_uid:
            return
        time.sleep(0.5)
    assert found == class_uid


def as_before(workbench: Workbench, before: dict[str, dict]) -> None:
    """Every event has the decision of before again, as soon as the work in the background is done."""
    wanted = {event_id: standing(decision) for event_id, decision in before.items()}
    for _ in range(60):
        found = {event_id: standing(workbench.latest(event_id)) for event_id in before}
        if found == wanted:
            return
        time.sleep(0.5)
    assert found == wanted
