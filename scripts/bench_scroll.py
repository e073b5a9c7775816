"""Measures how smoothly the table of the search page scrolls with many events loaded.

``python scripts/bench_scroll.py FOLDER [--rows N]`` fills a data folder (a scratch one, kept for the next run), scrolls
in Chromium until N events are in the table, and prints the times between frames as the rows become more, then those of
scrolling back at a wheel's pace. Needs the built UI (``make ui``), the development packages and Debian's Chromium.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Page, sync_playwright

from scripts.demo_people import PASSWORD
from scripts.screenshots import ROOT, chromium, first_sign_in, server

ROW_PX = 30
SPARE = 20_000
"""Events beyond those that are scrolled through: the table always has more to load."""
STEP_PX = 1500
"""Fifty rows a frame, all of them new: a scroll bar that is dragged."""
WHEEL_PX = 90
"""Three rows a frame: a wheel or a finger."""
FRAMES = """
([frames, step]) => new Promise(done => {
  const grid = document.querySelector('[role=grid]');
  const spent = []; let rows = 0, last = performance.now(), left = frames;
  const next = now => {
    spent.push(now - last); last = now;
    rows = Math.max(rows, grid.querySelectorAll('[role=row]').length);
    grid.scrollTop += step;
    if (left--) requestAnimationFrame(next);
    else done({spent: spent.slice(1), rows, height: grid.scrollHeight});
  };
  requestAnimationFrame(next);
})
"""


def main() -> None:
    """Fill where it is empty, serve, scroll, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    fresh = not given.folder.exists()
    given.folder.mkdir(parents=True, exist_ok=True)
    if fresh:
        fill = ["scripts/bench_search.py", str(given.folder / "clickhouse"), "--rows", str(given.rows + SPARE)]
        subprocess.run([sys.executable, *fill, "--times", "0"], cwd=ROOT, check=True)
    with server(given.folder) as (url, link), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        if link:
            first_sign_in(browser, link)
        page = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(60_000)
        page.goto("/search")
        page.get_by_label("Name").fill("admin")
        page.locator("input[type=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("grid", name="Events").get_by_role("row").nth(5).wait_for()
        scroll(page, given.rows)
        browser.close()


def scroll(page: Page, rows: int) -> None:
    """Scroll down until so many rows are loaded; tells of each tenth of the way, then of the way back."""
    most, loaded, told, spent = 0, 0.0, 0, list[float]()
    started = time.perf_counter()
    while loaded < rows:
        measured = page.evaluate(FRAMES, [60, STEP_PX])
        spent += measured["spent"]
        most, loaded = max(most, measured["rows"]), measured["height"] / ROW_PX
        if loaded * 10 // rows > told:
            told = int(loaded * 10 // rows)
            report(f"{loaded:>9,.0f} rows after {time.perf_counter() - started:4.0f} s", spent)
            spent.clear()
    report(f"back by {WHEEL_PX // ROW_PX} rows a frame", page.evaluate(FRAMES, [600, -WHEEL_PX])["spent"])
    report("back up through all of them", page.evaluate(FRAMES, [600, -loaded * ROW_PX / 600])["spent"])
    print(f"at most {most} rows in the document")


def report(what: str, frames: list[float]) -> None:
    """Quantiles of the times between frames."""
    found = sorted(frames)
    p50, p95, p99 = (found[min(len(found) - 1, int(len(found) * part))] for part in (0.5, 0.95, 0.99))
    print(
        f"{what}: frames p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms, longest {found[-1]:.0f} ms", flush=True
    )


if __name__ == "__main__":
    main()
