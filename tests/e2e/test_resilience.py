"""What the workbench answers when something is missing, slow, away or refused; nothing typed is lost."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from playwright.sync_api import TimeoutError as NotInTime

from tests.e2e.conftest import Person, Workbench
from tests.e2e.servers import PASSWORD, OwnServer

NewPerson = Callable[..., Person]
AWAY = "The service is not answering"
UNKNOWN = "2031-06-01 10:00:{:02d} WARN quay{}: bollard {} unmoored by windlass"
SHIFT = """
() => {
  window.__shift = 0;
  new PerformanceObserver(list => list.getEntries().forEach(one => {
    if (!one.hadRecentInput) window.__shift += one.value;
  })).observe({type: "layout-shift", buffered: true});
}
"""


@pytest.fixture(scope="module")
def own_server(module_folder: Path) -> Iterator[OwnServer]:
    server = OwnServer(module_folder)
    yield server
    server.close()


@pytest.fixture
def own(own_server: OwnServer) -> OwnServer:
    """A server that a test may stop; the first test that asks for it finds nothing in it."""
    return own_server.start()


def test_an_unknown_address_says_so_and_leads_back(person: NewPerson):
    page = person().page
    page.goto("/nowhere/at/all?x=1")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    expect(page.get_by_text("/nowhere/at/all")).to_be_visible()
    page.get_by_role("link", name="Go to the queue").click()
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()


def test_an_unknown_event_says_so(person: NewPerson):
    page = person().page
    page.goto("/events/01999999-9999-7999-8999-999999999999")
    expect(page.get_by_role("heading", name="There is no such event")).to_be_visible()


# -- slow, refused


@pytest.mark.parametrize("name", ["queue", "search", "dashboard"])
def test_a_slow_network_shows_places_that_do_not_jump(name: str, person: NewPerson):
    page = person().page
    page.goto(f"/{name}")  # the program itself is there
    page.get_by_role("heading", level=1).wait_for()

    def slowly(route: Route) -> None:
        page.wait_for_timeout(1200)
        route.continue_()

    page.route(re.compile(r"/api/(events|queue|stats)"), slowly)
    page.add_init_script(f"({SHIFT})()")
    page.goto(f"/{name}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".mantine-Skeleton-root").first).to_be_visible()
    expect(page.locator(".mantine-Skeleton-root")).to_have_count(0)
    page.wait_for_timeout(500)
    # "Good" by https://web.dev/articles/cls
    assert page.evaluate("window.__shift") < 0.1


@pytest.mark.parametrize(("name", "path"), [("queue", "/api/queue"), ("search", "/api/events"), ("dashboard", "/api/")])
def test_a_refused_answer_is_told_and_can_be_asked_again(name: str, path: str, person: NewPerson):
    refusal = {"error": {"code": "internal", "message": "The winch is stuck.", "details": {}}}
    page = person().page
    asked = re.compile(f"{path}(stats|\\?|$)" if name == "dashboard" else f"{path}(\\?|$)")
    page.route(asked, lambda route: route.fulfill(status=500, json=refusal))
    page.goto(f"/{name}")
    told = page.get_by_role("alert").filter(has_text="The winch is stuck.").first
    expect(told).to_be_visible()
    page.unroute(asked)
    again = page.get_by_role("button", name="Try again")
    while again.count():
        with contextlib.suppress(NotInTime):  # It may have gone with an answer that was under way.
            again.first.click(timeout=2_000)
    expect(page.get_by_text("The winch is stuck.")).to_have_count(0)
    if name == "dashboard":
        expect(page.get_by_role("region", name="Backlog").first).to_be_visible()
    else:
        expect(page.get_by_role("grid").get_by_role("row").nth(1)).to_be_visible()


# -- nothing there yet


def test_a_fresh_service_says_on_each_page_what_to_do_next(own: OwnServer, browser: Browser):
    context = own.sign_in(browser)
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_role("heading", name="Try it", level=1)).to_be_visible()
    for name, text in (
        ("queue", "Nothing waits for review"), ("search", "No events yet"), ("dashboard", "No events in this time"),
    ):  # fmt: skip
        page.goto(f"/{name}")
        expect(page.get_by_role("heading", name=text)).to_be_visible()
        expect(page.get_by_role("main").get_by_text("Try it").or_(page.get_by_text("Try a log")).first).to_be_visible()
        expect(page.locator(".mantine-Skeleton-root")).to_have_count(0)
    page.goto("/search?q=nothing-like-this&from=now-1h")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("button", name="Search all time").click()
    expect(page.get_by_role("button", name="Clear the search").last).to_be_visible()
    context.close()


# -- away and back


def test_a_restart_keeps_what_was_typed_and_decided_and_live_goes_on(own: OwnServer, browser: Browser):
    own.classify(*(UNKNOWN.format(n, "abcdef"[n], "mnopqr"[n]) for n in range(6)))
    context = own.sign_in(browser)
    queue, search, dashboard = (context.new_page() for _ in range(3))
    queue.goto("/queue")
    expect(queue.get_by_text("6 waiting")).to_be_visible()
    search.goto("/search?q=windlass&live=true")
    expect(search.get_by_text("6 events").first).to_be_visible()
    dashboard.goto("/dashboard")
    expect(dashboard.get_by_role("heading", name="Dashboard")).to_be_visible()
    search.get_by_role("combobox", name="Search events").fill("windlass AND not sent yet")
    queue.get_by_role("button", name="Confirm").wait_for()

    own.stop()
    for page in (queue, search, dashboard):
        expect(page.get_by_text(AWAY)).to_be_visible()
    # The page stays: its rows, and what is typed and said meanwhile.
    queue.keyboard.press("Enter")
    expect(queue.get_by_role("alert").filter(has_text="Not saved")).to_be_visible()
    expect(search.get_by_text("6 events").first).to_be_visible()

    own.start()
    for page in (queue, search, dashboard):
        expect(page.get_by_text(AWAY)).to_have_count(0)
    expect(search.get_by_role("combobox", name="Search events")).to_have_value("windlass AND not sent yet")
    queue.get_by_role("alert").get_by_role("button", name="Try again").click()
    expect(queue.get_by_text("1 reviewed today")).to_be_visible()
    assert own.client.get("/api/events", params={"q": "windlass"}).json()["total"] == 6

    own.classify("2031-06-02 11:00:00 WARN quay9: bollard zulu spliced by windlass once more")
    expect(search.get_by_text("spliced by windlass").first).to_be_visible()
    expect(queue.get_by_role("button", name=re.compile("^1 new"))).to_be_visible()
    context.close()


def test_a_restart_loses_no_question_of_a_chat(own: OwnServer, browser: Browser):
    (decision,) = own.classify("2031-06-04 10:00:00 WARN quay: fender chafed by tugboat")
    context = own.sign_in(browser)
    page = context.new_page()
    page.goto(f"/events/{decision['event_id']}?chat=true")
    panel = page.get_by_role("complementary", name="Chat")
    box = panel.get_by_role("textbox", name="Question")
    box.fill("How sure is it?")
    box.press("Enter")
    expect(panel.locator("article")).to_have_attribute("data-status", "done")
    answer = panel.locator("article").inner_text()
    own.stop()
    expect(panel.get_by_text("No connection.", exact=False)).to_be_visible()
    box.fill("How often does this occur?")
    box.press("Enter")
    expect(panel.get_by_text("Your question is kept", exact=False)).to_be_visible()
    own.start()
    turns = panel.locator("article")
    expect(turns).to_have_count(2, timeout=120_000)
    expect(turns.last).to_have_attribute("data-status", "done", timeout=120_000)
    expect(turns.last).to_contain_text("How often does this occur?")
    expect(turns.first).to_contain_text(answer.splitlines()[0])
    context.close()


# -- session over


def sign_in(page: Page, name: str = "") -> None:
    if name:
        page.get_by_label("Name").fill(name)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_session_that_ends_on_search_loses_nothing_of_the_page(workbench: Workbench, person: NewPerson):
    one = person()
    page = one.page
    page.goto("/search?q=turnstile&columns=received_at,raw,host&order=oldest")
    page.get_by_role("grid", name="Events").wait_for()
    address = page.url
    page.get_by_role("combobox", name="Search events").fill("turnstile AND half of a thought")
    boss = person("admin")
    _, sessions = boss.send("GET", f"/api/sessions?user={one.name}")
    (session,) = (found for found in sessions["items"] if found["user"] == one.name)
    assert boss.send("DELETE", f"/api/sessions/{session['session_id']}")[0] < 300
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_role("heading", name="Your session ended")).to_be_visible()
    sign_in(page)
    expect(page.get_by_role("heading", name="Your session ended")).to_have_count(0)
    assert page.url == address
    expect(page.get_by_role("combobox", name="Search events")).to_have_value("turnstile AND half of a thought")
    expect(page.get_by_role("grid", name="Events").get_by_role("row").nth(1)).to_be_visible()


def test_an_address_opened_without_a_session_is_reached_after_the_sign_in(workbench: Workbench, browser: Browser):
    name = workbench.new_account("viewer")
    context = browser.new_context(base_url=workbench.url)
    page = context.new_page()
    page.goto("/search?q=turnstile+-host%3A%22a+b%22&columns=received_at%2Craw&order=oldest")
    expect(page.get_by_role("heading", name="Sign in to Logatlas")).to_be_visible()
    sign_in(page, name)
    expect(page.get_by_role("heading", name="Search")).to_be_visible()
    expect(page.get_by_role("grid", name="Events").get_by_role("row").nth(1)).to_be_visible()
    address = urlsplit(page.url)
    assert address.path == "/search"
    assert parse_qs(address.query) == {
        "q": ['turnstile -host:"a b"'], "columns": ["received_at,raw"], "order": ["oldest"],
    }  # fmt: skip
    context.close()


def test_what_was_acknowledged_before_a_power_cut_is_there_after_it(own: OwnServer, browser: Browser):
    context = own.sign_in(browser)
    decided = own.classify(
        *(f"2031-06-03 10:00:0{n} WARN quay: hawser {'abc'[n]} spliced by capstan" for n in range(3))
    )
    own.kill()
    own.start()
    for _ in range(150):  # What was only in the spool is on its way to the tables.
        if own.client.get("/api/events", params={"q": "capstan"}).json()["total"] == 3:
            break
        time.sleep(0.2)
    page = context.new_page()
    page.goto("/search?q=capstan")
    expect(page.get_by_text("3 events").first).to_be_visible()
    for decision in decided:
        assert own.client.get(f"/api/events/{decision['event_id']}").is_success
    context.close()
