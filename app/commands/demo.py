"""``logatlas demo``."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from app.commands.deciders import open_decider
from app.commands.table import visible

_CLASS_WIDTH, _ACTIVITY_WIDTH = 26, 18
_SUMMARY_CLASSES = 10


@click.command("demo")
@click.option("--events", "number", type=click.IntRange(min=1), default=200, show_default=True, help="How many.")
@click.option("--rate", type=click.FloatRange(min=0.1), default=8.0, show_default=True, help="Events per second.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another number gives other events.")
@click.option("--raw", "only_raw", is_flag=True, help="Print the raw events and decide nothing.")
@click.option("--url", help="Server to send to; without it the one on this machine, or none.")
@click.option("--token", envvar="LOGATLAS_TOKEN", help="Token for --url (or LOGATLAS_TOKEN).")
def command(number: int, rate: float, seed: int, *, only_raw: bool, url: str | None, token: str | None) -> None:
    """Send a mixed stream of made-up events of many products and show each decision as it falls.

    The events are made from the sample shapes of the catalog: nothing in them is real. Each names its source, as a
    shipper would.
    """
    from agents.knowledge.catalog import load_catalog
    from agents.ocsf import load_taxonomy
    from app.demo import demo_stream
    from app.settings import load_settings

    taxonomy = load_taxonomy(load_settings().ocsf_version)
    stream = islice(demo_stream(load_catalog(taxonomy), taxonomy, seed, lambda: datetime.now(UTC)), number)
    if only_raw:
        for _, raw in stream:
            click.echo(raw.replace("\n", " "))
        return
    console = Console()
    seen = _Seen()
    with open_decider(url, token) as decider:
        due = time.monotonic()
        for guide, raw in stream:
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due + 1 / rate, time.monotonic())
            (answer,) = decider.classify([
                {"raw": raw, "source": {"vendor": guide.vendor, "product": guide.product_title}}
            ])  # fmt: skip
            console.print(_line(raw, answer), no_wrap=True, overflow="ellipsis", crop=True)
            seen.add(answer)
    seen.show(console)


def _line(raw: str, answer: Mapping[str, Any]) -> Text:
    if "error" in answer:
        return Text(visible(answer["error"]["message"]), "red")
    sure = answer["status"] != "needs_review"
    return Text.assemble(
        (f"{answer['class_name']:<{_CLASS_WIDTH}.{_CLASS_WIDTH}} ", "bold"),
        f"{answer['activity_name']:<{_ACTIVITY_WIDTH}.{_ACTIVITY_WIDTH}} ",
        (f"{answer['confidence']:>4.0%} ", "green" if sure else "yellow"),
        ("       " if sure else "review ", "yellow"),
        (f"{answer['decided_by']:<7}", "dim"),
        (visible(raw[:400]), "dim"),
    )


class _Seen:
    """What went by, for the summary at the end."""

    def __init__(self) -> None:
        self.classes: Counter[str] = Counter()
        self.deciders: Counter[str] = Counter()
        self.review = self.refused = 0

    def add(self, answer: Mapping[str, Any]) -> None:
        if "error" in answer:
            self.refused += 1
            return
        self.classes[answer["class_name"]] += 1
        self.deciders[answer["decided_by"]] += 1
        self.review += answer["status"] == "needs_review"

    def show(self, console: Console) -> None:
        total = sum(self.classes.values())
        console.print()
        for name, count in self.classes.most_common(_SUMMARY_CLASSES):
            console.print(f"{count:>6}  {name}")
        if len(self.classes) > _SUMMARY_CLASSES:
            console.print(f"        and {len(self.classes) - _SUMMARY_CLASSES} classes more")
        deciders = ", ".join(f"{count} by {name}" for name, count in self.deciders.most_common())
        refused = f", {self.refused} refused" if self.refused else ""
        console.print(f"{total} decided ({deciders}), {self.review} need review{refused}")
