"""The analyst chat in the browser, against the whole product."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.conftest import ROOT
from tests.e2e.conftest import Person, Workbench

NewPerson = Callable[..., Person]
LOGON = json.dumps(
    {
        "EventID": 4624,
        "Channel": "Security",
        "Provider": "Microsoft-Windows-Security-Auditing",
        "Computer": "dc1.corp.example",
        "TargetUserName": "kim",
        "LogonType": 3,
        "IpAddress": "10.1.2.3",
        "Message": "An account was successfully logged on.",
    }
)
UNKNOWN = "2031-06-01 09:00:00 WARN lock9: latch quux released by porter {}"
ENDED = re.compile("done|stopped|failed")
AXE = """axe.run().then(r => r.violations
    .filter(v => ['serious', 'critical'].includes(v.impact))
    .map(v => [v.id, v.nodes.map(n => n.html.slice(0, 200) + ' ' + n.failureSummary.slice(0, 300))]))"""


def opened(page: Page, event_id: str) -> Locator:
    """The panel beside an event, opened by its key."""
    page.goto(f"/events/{event_id}")
    page.get_by_role("heading", name="Candidates").wait_for()
    page.keyboard.press("c")
    panel = page.get_by_role("complementary", name="Chat")
    expect(panel.get_by_role("textbox", name="Question")).to_be_focused()
    return panel


def asked(page: Page, chat: Locator, question: str) -> Locator:
    """The turn of a question, once it has ended."""
    chat.get_by_role("textbox", name="Question").fill(question)
    page.keyboard.press("Enter")
    turn = chat.locator("article").last
    expect(turn.locator("p").first).to_have_text(question)
    expect(turn).to_have_attribute("data-status", ENDED, timeout=120_000)
    return turn


def test_why_is_answered_and_a_citation_leads_to_its_place_in_the_log(workbench: Workbench, person: NewPerson):
    page = person("analyst").page
    (decision,) = workbench.classify(LOGON)
    panel = opened(page, decision["event_id"])
    turn = asked(page, panel, "Why this class?")
    expect(turn).to_contain_text(decision["class_name"])
    turn = asked(page, panel, "What in the log does it rest on?")
    expect(turn).to_contain_text("4624")
    page.mouse.move(5, 5)
    stressed = page.locator("[data-event-id] mark[data-focus=true]")
    turn.get_by_role("list", name="Evidence").get_by_role("button", name="EventID").click()
    page.mouse.move(5, 5)
    panel.get_by_role("textbox", name="Question").focus()
    expect(stressed).to_have_text(["4624"])
    expect(stressed).to_be_in_viewport()


def test_a_conversation_about_an_event_goes_on_after_a_reload_and_has_a_page(workbench: Workbench, person: NewPerson):
    page = person("analyst").page
    (decision,) = workbench.classify(LOGON)
    panel = opened(page, decision["event_id"])
    before = panel.locator("article").count()
    asked(page, panel, "Which activity and why?")
    # The arrow brings the last question back; Escape leaves it as it was asked.
    box = panel.get_by_role("textbox", name="Question")
    box.press("ArrowUp")
    expect(box).to_have_value("Which activity and why?")
    box.press("Escape")
    expect(box).to_have_value("")
    expect(panel).to_be_visible()
    panel.get_by_role("textbox", name="Question").fill("half a question")
    page.reload()
    panel = page.get_by_role("complementary", name="Chat")
    expect(panel.locator("article")).to_have_count(before + 1)
    expect(panel.get_by_role("textbox", name="Question")).to_have_value("half a question")
    panel.get_by_role("link", name="Open on its own page").click()
    expect(page).to_have_url(re.compile(r"/chat/[0-9a-f-]{36}"))
    expect(page.get_by_role("region", name="Conversation", exact=True).first).to_contain_text("Which activity and why?")
    expect(page.get_by_role("navigation", name="Conversations").get_by_role("link").nth(1)).to_be_visible()


def test_escape_stops_an_answer_and_then_closes(workbench: Workbench, person: NewPerson):
    page = person("analyst").page
    (decision,) = workbench.classify(UNKNOWN.format("seven"))
    # Answers come too fast to be caught: what the server says from the first token on is held back until the key was
    # pressed. All of it, because a client that misses a message asks for the whole answer at once.
    held: list[str] = []
    release = {"now": False}

    def between(ws):
        upstream = ws.connect_to_server()

        def down(message):
            if not release["now"] and (held or json.loads(message)["type"] in ("token", "done")):
                held.append(message)
            else:
                ws.send(message)

        def up(message):
            if json.loads(message)["type"] == "stop":
                release["now"] = True
                upstream.send(message)
                for one in held:
                    ws.send(one)
            else:
                upstream.send(message)

        ws.on_message(up)
        upstream.on_message(down)

    page.route_web_socket(re.compile("/ws/chat"), between)
    panel = opened(page, decision["event_id"])
    panel.get_by_role("textbox", name="Question").fill("Why this class?")
    page.keyboard.press("Enter")
    expect(panel.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    expect(panel.locator("article").last).to_have_attribute("data-status", ENDED)
    assert release["now"]
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_a_proposed_override_becomes_real_by_a_click_alone(workbench: Workbench, person: NewPerson):
    page = person("analyst").page
    (decision,) = workbench.classify(UNKNOWN.format("override"))
    panel = opened(page, decision["event_id"])
    turn = asked(page, panel, "Propose an override to Entity Management")
    card = turn.get_by_role("region", name="Proposal: Override to Entity Management")
    expect(card).to_be_visible()
    assert workbench.latest(decision["event_id"])["status"] == decision["status"]
    card.get_by_role("button", name="Accept").click()
    expect(card.get_by_text("Accepted", exact=False)).to_be_visible()
    after = workbench.latest(decision["event_id"])
    assert (after["class_uid"], after["status"]) == (3004, "overridden")
    page.get_by_role("alert").get_by_role("button", name="Undo").click()
    expect(card.get_by_role("button", name="Accept")).to_be_visible()
    assert workbench.latest(decision["event_id"])["class_uid"] == decision["class_uid"]


def test_hostile_logs_reach_the_chat_as_text(workbench: Workbench, person: NewPerson):
    page = person("analyst").page
    hostile = (
        '{"event":"login","user":"<img src=x onerror=alert(1)>![x](https://evil.example/p)[c](javascript:alert(2))"}'
    )
    (decision,) = workbench.classify(hostile)
    alerts: list[str] = []
    requests: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: requests.append(request.url))
    panel = opened(page, decision["event_id"])
    asked(page, panel, "What in the log does it rest on?")
    asked(page, panel, "<script>alert(3)</script> ![x](https://evil.example/q) show me user")
    assert panel.locator("img, script, iframe").count() == 0
    for link in panel.locator("a").all():
        assert (link.get_attribute("href") or "").startswith("/")
    assert alerts == []
    assert not [url for url in requests if "evil.example" in url]


def test_a_conversation_is_found_shared_and_deleted(workbench: Workbench, person: NewPerson):
    page = person("analyst").page
    page.goto("/chat")
    chat = page.get_by_role("main")
    asked(page, chat, "What does the class Authentication mean?")
    expect(page).to_have_url(re.compile(r"/chat/[0-9a-f-]{36}"))
    chat.get_by_role("switch").click(force=True)
    expect(chat.get_by_role("switch")).to_be_checked()
    page.get_by_role("textbox", name="Search conversations").fill("Authentication mean")
    listed = page.get_by_role("navigation", name="Conversations").get_by_role("listitem")
    expect(listed).to_have_count(1)
    chat.get_by_role("button", name="More for this conversation").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).to_have_url(re.compile(r"/chat(\?.*)?$"))
    expect(listed).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1024])
def test_panel_and_page_are_accessible_and_fit(workbench: Workbench, person: NewPerson, width: int, scheme: str):
    page = person("analyst").page
    (decision,) = workbench.classify(LOGON)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    panel = opened(page, decision["event_id"])
    if panel.locator("article").count() == 0:
        asked(page, panel, "Why this class?")
        asked(page, panel, "Propose an override to Entity Management")
    axe = (ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js").read_text()
    for path in (None, f"/queue?event={decision['event_id']}&chat=true", "/chat", "conversation"):
        if path == "conversation":
            page.get_by_role("navigation", name="Conversations").get_by_role("listitem").first.click()
            page.locator("article").first.wait_for()
        elif path is not None:
            page.goto(path)
            page.get_by_role("textbox", name="Question").wait_for()
        page.wait_for_timeout(700)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
        page.evaluate(axe)
        assert page.evaluate(AXE) == [], path
