"""Who may do what in the browser, and what a page does when its session ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PASSWORD, Person, Workbench
from tests.e2e.review_desk import bar, choose_class, class_box, dialog, open_queue, row, waiting

NewPerson = Callable[..., Person]
ROLES = ["viewer", "analyst", "engineer", "admin"]
OTHER = "five other plain words"


@dataclass(frozen=True)
class Deed:
    """Something that not everybody may do: where its button is, and the request behind it."""

    permission: str
    least: str
    page: str
    button: str
    method: str
    path: str
    body: dict | None = None


DEEDS = [
    Deed("reviews.write", "analyst", "/queue", "Override", "POST", "/api/reviews", {}),
    Deed("reviews.write", "analyst", "/queue", "Apply to many", "POST", "/api/reviews/preview", {}),
    Deed("classify", "analyst", "/try?sample=1", "Decide", "POST", "/classify", {}),
    Deed("export", "analyst", "/search", "Export", "GET", "/api/events/export?format=jsonl&q=no_such_word_anywhere"),
    Deed("knowledge.write", "engineer", "/knowledge", "New guide", "POST", "/api/knowledge/check", {}),
    Deed("knowledge.write", "engineer", "/knowledge", "New example", "POST", "/api/knowledge", {}),
    Deed("accounts.manage", "admin", "/settings?section=accounts", "New account", "GET", "/api/accounts"),
    Deed("tokens.manage", "admin", "/settings?section=tokens", "New token", "GET", "/api/tokens"),
]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_do_what_it_may_and_is_told_why_not_the_rest(
    workbench: Workbench, person: NewPerson, source: str, role: str
):
    if not workbench.waiting():
        waiting(workbench, source, 2)
    somebody = person(role)
    page = somebody.page
    for deed in DEEDS:
        may = ROLES.index(role) >= ROLES.index(deed.least)
        reason = f"needs role {deed.least}; you are {role}"
        page.goto(deed.page)
        button = page.get_by_role("button", name=deed.button, exact=True)
        if deed.page.startswith("/settings") and not may:
            expect(page.get_by_role("main")).to_contain_text("Not allowed for you")
            expect(page.get_by_role("main")).to_contain_text(reason)
            expect(button).to_have_count(0)
        elif may:
            expect(button).to_be_visible()
            if deed.permission != "classify":  # Waits for a text.
                expect(button).to_be_enabled()
            expect(page.get_by_role("note", name=reason)).to_have_count(0)
        else:
            expect(button).to_be_disabled()
            refusal = page.get_by_role("note", name=reason)
            expect(refusal).to_be_visible()
            refusal.focus()
            expect(page.get_by_role("tooltip")).to_contain_text(reason)
        status, answer = somebody.send(deed.method, deed.path, deed.body)
        if may:
            assert status != 403, deed
        else:
            assert status == 403, deed
            details = answer["error"]["details"]
            assert (details["permission"], details["needs"], details["role"]) == (deed.permission, deed.least, role)
            assert answer["error"]["message"] == reason

    page.goto("/settings?section=audit")
    shown = page.get_by_role("table" if role == "admin" else "main")
    expect(shown.first).to_contain_text("session.sign_in" if role == "admin" else f"needs role admin; you are {role}")
    page.goto("/settings")
    mine = page.get_by_role("region", name="What you may do")
    for deed in DEEDS:
        if ROLES.index(role) < ROLES.index(deed.least):
            expect(mine).to_contain_text(f"No: needs role {deed.least}; you are {role}")


def test_keys_of_a_viewer_review_nothing(workbench: Workbench, person: NewPerson, source: str):
    events = waiting(workbench, source, 2)
    page = person("viewer").page
    page.goto(f"/queue?source={source}")
    expect(row(page, events[0])).to_be_visible()
    for key in ("Enter", "o", "b", "s", "u", "1"):
        page.keyboard.press(key)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("[data-kind]")).to_have_count(0)
    assert workbench.waiting(source) == 2


def test_a_role_taken_away_is_refused_at_once_and_explained(workbench: Workbench, person: NewPerson, source: str):
    events = waiting(workbench, source, 2)
    ana = person("analyst")
    open_queue(ana.page, source)
    workbench.client.patch(f"/api/accounts/{ana.name}", json={"role": "viewer"}).raise_for_status()
    ana.page.keyboard.press("Enter")
    expect(row(ana.page, events[0])).to_contain_text("Not saved")
    expect(ana.page.get_by_role("alert")).to_contain_text("needs role analyst; you are viewer")
    expect(bar(ana.page).get_by_role("button", name="Override", exact=True)).to_be_disabled()
    assert workbench.waiting(source) == 2


def test_an_ended_session_asks_again_over_the_dialog_and_keeps_what_was_typed(
    workbench: Workbench, person: NewPerson, source: str
):
    (event, *_) = waiting(workbench, source, 2)
    ana, boss = person("analyst"), person("admin")
    page = ana.page
    open_queue(page, source)
    page.keyboard.press("o")
    note = dialog(page, "Override").get_by_role("textbox", name="Comment")
    note.fill("the proxy of the branch office")

    boss.page.goto("/settings")
    line = boss.page.get_by_role("table", name="Sessions").get_by_role("row").filter(has_text=ana.name)
    line.get_by_role("button", name="End the session").click()
    boss.page.get_by_role("dialog").get_by_role("button", name="End", exact=True).click()
    expect(line).to_have_count(0)

    # Nothing is pressed: the page itself notices.
    ended = dialog(page, "Your session ended")
    expect(ended).to_be_visible()
    password = ended.get_by_role("textbox", name="Password")
    expect(password).to_be_focused()
    page.keyboard.press("Escape")
    expect(ended).to_be_visible()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(ended).to_be_hidden()
    expect(note).to_have_value("the proxy of the branch office")
    class_box(page).focus()
    choose_class(page, "4003", "DNS Activity")
    page.keyboard.press("Enter")
    expect(row(page, event)).to_contain_text("Overridden: DNS Activity")
    assert workbench.latest(event["event_id"])["comment"] == "the proxy of the branch office"


def test_what_was_sent_after_the_session_expired_is_saved_after_the_sign_in(
    workbench: Workbench, person: NewPerson, source: str
):
    (event, *_) = waiting(workbench, source, 2)
    ana = person("analyst")
    page = ana.page
    open_queue(page, source)
    page.keyboard.press("o")
    dialog(page, "Override").get_by_role("textbox", name="Comment").fill("typed before it expired")
    class_box(page).focus()
    choose_class(page, "3004", "Entity Management")
    # What a browser does when the time of the cookie is up.
    ana.context.clear_cookies()
    page.keyboard.press("Enter")
    ended = dialog(page, "Your session ended")
    expect(ended).to_be_visible()
    assert workbench.latest(event["event_id"])["status"] == "needs_review"
    ended.get_by_role("textbox", name="Password").fill("not my password at all")
    page.keyboard.press("Enter")
    expect(ended.get_by_role("alert")).to_be_visible()
    ended.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(row(page, event)).to_contain_text("Overridden: Entity Management")
    now = workbench.latest(event["event_id"])
    assert (now["comment"], now["reviewer"]) == ("typed before it expired", ana.name)


def test_a_new_password_ends_the_other_sessions_and_sessions_are_ended_one_by_one(
    workbench: Workbench, person: NewPerson, browser: Browser
):
    ana = person("analyst")
    phone = person(name=ana.name)
    phone.page.goto("/dashboard")
    expect(phone.page.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()
    page = ana.page
    page.goto("/settings")
    sessions = page.get_by_role("table", name="Sessions").get_by_role("row")
    expect(sessions).to_have_count(3)
    form = page.get_by_role("form", name="Change the password")
    fields = form.get_by_role("textbox")
    fields.nth(0).fill("not the one that it is")
    fields.nth(1).fill(OTHER)
    fields.nth(2).fill(OTHER)
    page.keyboard.press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("the current password is another one")
    expect(fields.nth(1)).to_have_value(OTHER)
    fields.nth(0).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    expect(sessions).to_have_count(2)
    expect(sessions.nth(1)).to_contain_text("This one")

    # The other browser is asked for the new password; the old one is no good any more.
    ended = dialog(phone.page, "Your session ended")
    phone.page.get_by_role("link", name="Queue").first.click()
    expect(ended).to_be_visible()
    ended.get_by_role("textbox", name="Password").fill(PASSWORD)
    phone.page.keyboard.press("Enter")
    expect(ended.get_by_role("alert")).to_contain_text("do not fit")
    ended.get_by_role("textbox", name="Password").fill(OTHER)
    phone.page.keyboard.press("Enter")
    expect(ended).to_be_hidden()

    # Ended by its owner from the first browser, which goes on itself.
    page.reload()
    expect(sessions).to_have_count(3)
    page.get_by_role("button", name=f"End the session of {ana.name}").click()
    page.get_by_role("dialog").get_by_role("button", name="End", exact=True).click()
    expect(sessions).to_have_count(2)
    assert phone.context.request.get("/api/events?limit=1").status == 401
    assert ana.context.request.get("/api/events?limit=1").status == 200


def test_an_admin_makes_an_account_whose_person_chooses_a_password_first(
    workbench: Workbench, person: NewPerson, browser: Browser
):
    boss = person("admin").page
    boss.goto("/settings?section=accounts")
    boss.get_by_role("button", name="New account").click()
    form = boss.get_by_role("form", name="New account")
    form.get_by_role("textbox", name="Account").fill("kim")
    form.get_by_role("button", name="Suggest").click()
    given = form.get_by_role("textbox", name="First password").input_value()
    assert len(given) > 20
    form.get_by_role("button", name="Make the account").click()
    expect(boss.get_by_role("table", name="Accounts").get_by_role("row").filter(has_text="kim")).to_be_visible()

    context = browser.new_context(base_url=workbench.url)
    page = context.new_page()
    page.goto("/dashboard")
    page.get_by_role("textbox", name="Name").fill("kim")
    page.get_by_role("textbox", name="Password").fill(given)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
    refused = context.request.get("/api/events")
    assert (refused.status, refused.json()["error"]["code"]) == (403, "password_needed")
    page.get_by_role("textbox", name="Present password").fill(given)
    page.get_by_role("textbox", name="New password").fill(OTHER)
    page.get_by_role("textbox", name="The same again").fill(OTHER)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()
    context.close()


def test_the_next_person_at_the_same_browser_finds_nothing_of_the_one_before(
    workbench: Workbench, person: NewPerson, source: str
):
    events = waiting(workbench, source, 3)
    ana = person("analyst")
    other = workbench.new_account("analyst")
    page = ana.page
    open_queue(page, source)
    page.keyboard.press("Enter")
    expect(row(page, events[0])).to_contain_text("Confirmed")
    page.keyboard.press("o")
    dialog(page, "Override").get_by_role("textbox", name="Comment").fill("a thought of mine")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name=f"Account of {ana.name}").click()
    page.get_by_role("menuitem", name="Sign out").click()
    sign_in(page, other)
    expect(bar(page).get_by_role("button", name="Confirm ")).to_be_enabled()
    expect(bar(page).get_by_role("button", name="Undo")).to_be_disabled()
    page.goto(f"/events/{events[1]['event_id']}")
    expect(bar(page).get_by_role("button", name="Override", exact=True)).to_be_enabled()
    page.keyboard.press("o")
    expect(dialog(page, "Override").get_by_role("textbox", name="Comment")).to_have_value("")


def sign_in(page: Page, name: str) -> None:
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.keyboard.press("Enter")
