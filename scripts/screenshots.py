"""Takes the pictures of the workbench for docs/images from the running product, each page in light and dark.

Needs the built UI (``make ui``), the development packages and Debian's Chromium. ``--data`` keeps the filled data
folder, so that the next run only takes the pictures; ``--width`` and ``--out`` take them for other windows.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app.settings import Settings
from scripts.demo_days import fill
from scripts.demo_people import PASSWORD, bring_life
from scripts.demo_shots import SHOTS

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
TOKEN = "a-token-for-screenshots-0123456789"  # noqa: S105  (of a folder that is thrown away)
MOST_BYTES = 120_000
MOST_BYTES_TOGETHER = 3_500_000
HEIGHT = 900
_QUALITIES = (80, 70, 60, 45, 30)
_STARTED_S = 300
_PATIENCE_MS = 120_000
_READY = re.compile(r"Logatlas is ready on (\S+)")


def main() -> None:
    """Fill a data folder where it is empty, serve it, and take every page in both themes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=IMAGES)
    parser.add_argument("--width", type=int, default=1440)
    parser.add_argument("--events", type=int, default=3000)
    parser.add_argument("--data", type=Path, help="data folder to keep; filled when it is not there yet")
    parser.add_argument("--only", default="", help="names of the pictures to take, separated by commas")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        data = given.data or Path(scratch) / "data"
        if not data.exists():
            say(f"Deciding {given.events} events of several days")
            fill(Settings(_env_file=None, data_dir=data, llm_timeout_s=120), given.events)
            say("Evaluating twice")
            for configuration in ("no-model", "lexical-only"):
                evaluate(data, Path(scratch), configuration)
        with server(data) as (url, link), sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            if link:  # Nobody has signed in to this folder yet.
                first_sign_in(browser, link)
                say("Accounts, reviews, tokens")
                bring_life(url, TOKEN)
            wanted = {name for name in given.only.split(",") if name}
            given.out.mkdir(parents=True, exist_ok=True)
            for theme in ("light", "dark"):
                take_all(browser, url, theme, given.width, given.out, wanted)
            browser.close()
    check_sizes(given.out)


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, flush=True)


def chromium() -> str:
    """Debian's Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        sys.exit("Chromium is missing: apt-get install chromium")
    return found


def evaluate(data: Path, scratch: Path, configuration: str) -> None:
    """One evaluation of part of a suite, stored in the data folder."""
    subprocess.run(
        [
            sys.executable, "-m", "evals", "run", "--suite", "own", "--sample", "240", "--config", configuration,
            "--no-baselines", "--out", str(scratch / configuration),
        ],
        check=True, cwd=ROOT, stdout=subprocess.DEVNULL, env=environment(data),
    )  # fmt: skip


def environment(data: Path) -> dict[str, str]:
    """What a process that works on ``data`` gets."""
    return os.environ | {"LOGATLAS_DATA_DIR": str(data), "LOGATLAS_BOOTSTRAP_TOKEN": TOKEN}


@contextmanager
def server(data: Path) -> Iterator[tuple[str, str]]:
    """The service over ``data``: its address, and the one-time link where it printed one."""
    said = data / "said"
    with said.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--port", "0"],
            stdout=out, stderr=subprocess.STDOUT, env=environment(data), cwd=ROOT,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + _STARTED_S
        while (ready := _READY.search(said.read_text())) is None:
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(said.read_text()[-4000:])
            time.sleep(0.2)
        time.sleep(1)  # the rest of what it says
        link = re.search(r"http://\S+/signin\?link=\S+", said.read_text())
        yield ready[1], link[0] if link else ""
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def first_sign_in(browser: Browser, link: str) -> None:
    """What the first start asks for: open the link, choose a password."""
    page = browser.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    page.goto(link)
    page.get_by_role("heading", name="Choose a password").wait_for()
    page.locator("input[type=password]").first.fill(PASSWORD)
    page.locator("input[type=password]").nth(1).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Queue").wait_for()
    page.context.close()


def take_all(browser: Browser, url: str, theme: str, width: int, out: Path, wanted: set[str]) -> None:
    """Every page in one theme."""
    context = signed_in(browser, url, theme, width)
    for shot in SHOTS:
        if wanted and shot.name not in wanted:
            continue
        page = (signed_out(browser, url, theme, width) if shot.signed_out else context).new_page()
        page.goto(shot.path)
        shot.prepare(page)
        settle(page)
        suffix = "" if theme == "light" else "-dark"
        size = write(page, out / f"{shot.name}{suffix}.webp")
        say(f"{shot.name} {theme}: {size / 1000:.0f} kB")
        page.close()
    context.close()


def signed_out(browser: Browser, url: str, theme: str, width: int) -> BrowserContext:
    """A browser window that nobody has signed in."""
    context = browser.new_context(
        base_url=url, viewport={"width": width, "height": HEIGHT}, reduced_motion="reduce", timezone_id="UTC",
        locale="en-GB", color_scheme="dark" if theme == "dark" else "light",
    )  # fmt: skip
    context.set_default_timeout(_PATIENCE_MS)
    return context


def signed_in(browser: Browser, url: str, theme: str, width: int) -> BrowserContext:
    """The same, signed in as the administrator."""
    context = signed_out(browser, url, theme, width)
    page = context.new_page()
    page.goto("/signin")
    page.get_by_label("Name").fill("admin")
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Queue").wait_for()
    page.close()
    return context


def settle(page: Page) -> None:
    """Wait until nothing is loading and nothing moves; the live feed never ends, so the network is no sign."""
    page.locator("[aria-busy=true], .mantine-Skeleton-root").first.wait_for(state="hidden")
    page.wait_for_timeout(900)


def write(page: Page, path: Path) -> int:
    """Write what the window shows as WebP of at most ``MOST_BYTES``; its size in bytes."""
    session = page.context.new_cdp_session(page)
    for quality in _QUALITIES:
        taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
        picture = base64.b64decode(taken["data"])
        if len(picture) <= MOST_BYTES:
            break
    path.write_bytes(picture)
    return len(picture)


def check_sizes(out: Path) -> None:
    """Fail when the pictures are too heavy for a repository."""
    sizes = {path.name: path.stat().st_size for path in out.glob("*.webp")}
    heavy = [name for name, size in sizes.items() if size > MOST_BYTES]
    say(f"{len(sizes)} pictures, {sum(sizes.values()) / 1e6:.2f} MB")
    if heavy or sum(sizes.values()) > MOST_BYTES_TOGETHER:
        sys.exit(f"too heavy: {', '.join(heavy) or 'all together'}")


if __name__ == "__main__":
    main()
