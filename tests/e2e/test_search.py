"""Search in the browser: from typed words over brush and facets to a file, and what must not hurt it."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Download, Page, expect

from tests.e2e.conftest import Person, Workbench

HARBOUR = '{{"app":"harbour","word":"zebrafish","user":"{user}","msg":"crane {n} moved a crate"}}'
BREAK_S = 8
"""Between the first and the second half of the events: seen in the histogram."""
HOSTILE = {
    "script": "wobbegong <script>document.title='taken'</script><img src=x onerror=alert(1)>",
    "markup": '{"msg":"wobbegong </code></div><a href=\\"javascript:alert(2)\\">log</a> {{7*7}} ${7*7}"}',
    "terminal": "wobbegong \x1b[2J\x1b[31mred\x1b]0;title\x07 \x08\x08 \x9b1m bell",
    "direction": "wobbegong user=\u202egpj.exe\u202c name=\u2066\u200fabc\u2069 \ufeffend",
    "long": "wobbegong " + "A<b>long</b> line \u202e " * 47_000 + " tail",
}
UNSAFE = "[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u200b-\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff]"


@pytest.fixture(scope="module")
def harbour(workbench: Workbench) -> list[str]:
    """Ids of twelve events of two products that came in two halves, the earliest first."""
    decided = send(workbench, "Harbour", "Crane", (HARBOUR.format(user=f"u{n % 3}", n=n) for n in range(8)))
    time.sleep(BREAK_S)
    decided += send(workbench, "Harbour", "Quay", (HARBOUR.format(user=f"u{n % 3}", n=n) for n in range(8, 12)))
    return found(workbench, "zebrafish", 12)[::-1]


def send(workbench: Workbench, vendor: str, product: str, raws: Iterator[str]) -> list[dict]:
    events = [{"raw": raw, "source": {"vendor": vendor, "product": product}} for raw in raws]
    return workbench.client.post("/classify", json={"events": events}).raise_for_status().json()["decisions"]


def found(workbench: Workbench, q: str, least: int = 0, **params: str) -> list[str]:
    """Ids as the service finds them, newest first, once there are enough."""
    for _ in range(150):
        answer = workbench.client.get("/api/events", params={"q": q, "limit": 500, **params}).raise_for_status().json()
        if len(answer["items"]) >= least:
            break
        time.sleep(0.2)
    assert len(answer["items"]) >= least
    return [item["event_id"] for item in answer["items"]]


def shown(page: Page) -> list[str]:
    """Ids of the rows in the table, from the top."""
    return page.get_by_role("grid", name="Events").locator("[role=row][id]").evaluate_all(
        "rows => rows.toSorted((a, b) => a.ariaRowIndex - b.ariaRowIndex).map(row => row.id.slice(-36))"
    )  # fmt: skip


def expect_rows(page: Page, ids: list[str]) -> None:
    """Wait until exactly these rows are shown in this order."""
    expect(page.get_by_role("status").filter(has_text=re.compile(rf"^{len(ids):,} events?\b"))).to_be_visible()
    for _ in range(100):
        if shown(page) == ids:
            return
        page.wait_for_timeout(100)
    assert shown(page) == ids


def param(page: Page, name: str) -> str:
    return page.evaluate("name => new URLSearchParams(location.search).get(name) ?? ''", name)


def test_a_query_is_completed_while_it_is_typed(workbench: Workbench, analyst: Page, harbour: list[str]):
    analyst.goto("/search")
    box = analyst.get_by_role("combobox", name="Search events")
    box.wait_for()
    analyst.keyboard.press("/")
    expect(box).to_be_focused()
    analyst.keyboard.type("prod")
    analyst.get_by_role("option", name=re.compile("^product:")).first.wait_for()
    analyst.keyboard.press("Tab")
    expect(box).to_have_value("product:")
    analyst.keyboard.type("qua")
    analyst.get_by_role("option", name=re.compile("^product:Quay")).wait_for()
    analyst.keyboard.press("Tab")
    expect(box).to_have_value("product:Quay ")
    analyst.keyboard.type("zebrafish -user:u0")
    analyst.keyboard.press("Enter")
    expect_rows(analyst, found(workbench, "product:Quay zebrafish -user:u0", 1))
    assert param(analyst, "q") == "product:Quay zebrafish -user:u0"
    assert 0 < len(shown(analyst)) < 4


def test_the_page_has_its_key_also_when_it_is_there_before_the_session(analyst: Page):
    analyst.route("**/api/session", lambda route: (analyst.wait_for_timeout(1500), route.continue_()))
    analyst.goto("/search")
    box = analyst.get_by_role("combobox", name="Search events")
    box.wait_for()
    analyst.keyboard.press("/")
    expect(box).to_be_focused()


def test_a_mistake_is_told_where_it_is(person: Callable[..., Person]):
    page = person().page
    page.goto("/search")
    page.get_by_role("combobox", name="Search events").fill("zebrafish confidence:high")
    page.keyboard.press("Enter")
    expect(page.get_by_text("confidence is a number", exact=True)).to_be_visible()
    expect(page.get_by_text("zebrafish ▸confidence")).to_be_visible()


def test_a_stretch_drawn_in_the_histogram_narrows_the_time(workbench: Workbench, analyst: Page, harbour: list[str]):
    analyst.goto("/search?q=zebrafish&from=now-5m")
    expect_rows(analyst, harbour[::-1])
    plot = analyst.get_by_role("slider", name=re.compile("Stretch of time"))
    area = plot.bounding_box()
    bars = sorted({bar["x"]: bar for bar in (b.bounding_box() for b in plot.locator("rect").all())}.values(),
                  key=lambda bar: bar["x"])  # fmt: skip
    gap = max(range(1, len(bars)), key=lambda n: bars[n]["x"] - bars[n - 1]["x"])
    last_of_first = bars[gap - 1]
    analyst.mouse.move(max(area["x"], bars[0]["x"] - 2), area["y"] + 20)
    analyst.mouse.down()
    analyst.mouse.move(last_of_first["x"] + last_of_first["width"] / 2, area["y"] + 20, steps=5)
    analyst.mouse.up()
    expect_rows(analyst, harbour[:8][::-1])
    assert param(analyst, "from") < param(analyst, "to")
    analyst.go_back()
    expect_rows(analyst, harbour[::-1])


def test_facets_count_and_include_and_exclude_and_stand_alone(workbench: Workbench, analyst: Page, harbour: list[str]):
    analyst.goto("/search?q=zebrafish")
    expect_rows(analyst, harbour[::-1])
    products = analyst.get_by_role("region", name="Product")

    def counts() -> dict[str, str]:
        rows = products.get_by_role("listitem").filter(has=analyst.get_by_role("button"))
        return dict(row.inner_text().split("\n")[:2] for row in rows.all())

    assert counts() == {"Crane": "8", "Quay": "4"}
    products.get_by_role("button", name="Exclude Crane").click(force=True)
    expect_rows(analyst, harbour[8:][::-1])
    assert param(analyst, "q") == "zebrafish -product:Crane"
    products.get_by_role("button", name="Only Quay").click(force=True)
    expect_rows(analyst, harbour[8:][::-1])
    assert param(analyst, "q") == "zebrafish product:Quay"
    analyst.go_back()
    analyst.go_back()
    expect_rows(analyst, harbour[::-1])
    products.get_by_role("button", name="Include Crane").click(force=True)
    expect_rows(analyst, harbour[:8][::-1])
    assert param(analyst, "q") == "zebrafish product:Crane"


def test_an_address_shows_somebody_else_the_same(
    workbench: Workbench, analyst: Page, browser: Browser, harbour: list[str]
):
    analyst.goto("/search?q=zebrafish&order=oldest")
    expect_rows(analyst, harbour)
    analyst.get_by_role("button", name="Choose columns").click()
    analyst.get_by_role("textbox", name="Another field").fill("user")
    analyst.keyboard.press("Enter")
    analyst.get_by_role("checkbox", name="Confidence").uncheck()
    expect(analyst.get_by_role("columnheader", name="user")).to_be_visible()
    expect(analyst.get_by_role("columnheader", name="Confidence")).to_have_count(0)
    context = browser.new_context(base_url=workbench.url, storage_state=workbench.state)
    other = context.new_page()
    other.goto(analyst.url)
    expect_rows(other, harbour)
    headers = [page.get_by_role("columnheader").all_inner_texts() for page in (analyst, other)]
    assert headers[0] == headers[1] == ["Time", "Status", "Class", "Product", "Raw log", "user"]
    cells = other.get_by_role("row").nth(1).get_by_role("gridcell").all_inner_texts()
    assert f'"user":"{cells[-1]}"' in workbench.event(harbour[0])["raw"]
    context.close()


def test_an_export_holds_exactly_what_is_shown(workbench: Workbench, analyst: Page):
    raws = [f'=HYPERLINK("http://evil","{n}") quokka jumps, over {n}' for n in range(3)]
    raws += [f"@SUM(1+{n}) quokka jumps\tover {n}" for n in range(3)]
    send(workbench, "Zoo", "Gate", iter(raws))
    ids = found(workbench, "quokka", 6)
    analyst.goto("/search?q=quokka&columns=received_at,raw,event_id,class_name,confidence")
    expect_rows(analyst, ids)
    send(workbench, "Zoo", "Gate", iter(["=late quokka comes later"]))
    found(workbench, "quokka", 7)
    files = {kind: saved(analyst, kind) for kind in ("JSONL", "CSV", "Parquet")}
    columns = ["received_at", "raw", "event_id", "class_name", "confidence"]

    lines = [json.loads(line) for line in files["JSONL"].splitlines()]
    assert [line["event_id"] for line in lines] == ids
    assert list(lines[0]) == columns
    assert {line["raw"] for line in lines} == set(raws)

    rows = list(csv.reader(io.StringIO(files["CSV"].decode())))
    assert rows[0] == columns
    assert [row[2] for row in rows[1:]] == ids
    assert {row[1] for row in rows[1:]} == {f"'{raw}" for raw in raws}, "a spreadsheet must not take it for a formula"

    table = pq.read_table(io.BytesIO(files["Parquet"]))
    assert table.column_names == columns
    assert table["event_id"].to_pylist() == ids
    assert set(table["raw"].to_pylist()) == set(raws)


def saved(page: Page, kind: str) -> bytes:
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as waiting:
        page.get_by_role("menuitem", name=re.compile(f"^{kind}")).click()
    download: Download = waiting.value
    assert download.suggested_filename.endswith(f".{kind.lower()}")
    return Path(download.path()).read_bytes()


def test_the_live_tail_follows_and_stands_still_when_paused(workbench: Workbench, analyst: Page):
    def ids(least: int) -> list[str]:
        return found(workbench, "axolotl", least)

    send(workbench, "Zoo", "Pond", iter(["axolotl one swims"]))
    analyst.goto("/search?q=axolotl")
    expect_rows(analyst, ids(1))
    analyst.get_by_role("button", name="Live tail").click()
    pause = analyst.get_by_role("button", name="Pause")
    pause.wait_for()
    send(workbench, "Zoo", "Pond", iter(["axolotl two swims", "axolotl three swims"]))
    expect_rows(analyst, ids(3))
    pause.click()
    before = shown(analyst)
    send(workbench, "Zoo", "Pond", iter(["axolotl four swims"]))
    ids(4)
    expect(analyst.get_by_role("button", name=re.compile("^1 new"))).to_be_visible()
    assert shown(analyst) == before
    analyst.get_by_role("button", name="Go on").click()
    expect_rows(analyst, ids(4))


# -- what an attacker may write into a log


@pytest.fixture(scope="module")
def hostile(workbench: Workbench) -> dict[str, dict]:
    decisions = send(workbench, "Zoo", "<b>Tank</b>\u202e", iter(HOSTILE.values()))
    found(workbench, "wobbegong", len(HOSTILE))
    return dict(zip(HOSTILE, decisions, strict=True))


@pytest.fixture
def harmless(analyst: Page) -> Iterator[Callable[[str], None]]:
    """Opens an address and checks that nothing on the page is anything but text."""
    alerts: list[str] = []
    analyst.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))

    def check(address: str) -> None:
        started = time.perf_counter()
        analyst.goto(address)
        analyst.get_by_text("wobbegong").first.wait_for()
        print(f"{address[:60]}: shown after {time.perf_counter() - started:.1f} s")
        analyst.wait_for_timeout(500)
        assert not analyst.title().startswith("taken")
        assert (
            analyst.locator("img[src=x], a[href^='javascript:'], main b:text('Tank'), main b:text('long')").count() == 0
        )
        assert not analyst.evaluate(f"new RegExp('{UNSAFE}').test(document.body.innerText)")
        assert analyst.locator("*").count() < 6000
        # A keystroke is answered at once: no megabyte is laid out again and again.
        assert analyst.evaluate(
            "new Promise(done => { const at = performance.now(); requestAnimationFrame(() => "
            "requestAnimationFrame(() => done(performance.now() - at))) })"
        ) < 2000  # fmt: skip

    yield check
    assert alerts == []


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_logs_are_text_on_every_page(
    kind: str, analyst: Page, hostile: dict[str, dict], harmless: Callable[[str], None]
):
    decision = hostile[kind]
    event, template = decision["event_id"], decision["template_id"]
    harmless(f"/events/{event}")
    harmless(f"/search?q=wobbegong&event={event}&columns=received_at,raw,msg,vendor,product")
    harmless(f"/queue?template_id={template}&event={event}")


def test_what_could_mislead_the_eye_is_shown_as_signs(analyst: Page, hostile: dict[str, dict]):
    analyst.goto(f"/events/{hostile['terminal']['event_id']}")
    raw = analyst.get_by_role("group", name="Raw log")
    expect(raw).to_contain_text("␛[2J␛[31mred␛]0;title␇")
    analyst.goto(f"/events/{hostile['direction']['event_id']}")
    expect(raw).to_contain_text("user=RLOgpj.exePDF name=LRIRLMabcPDI BOMend")
