"""``compare``: two runs over the same events."""

from __future__ import annotations

from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.table import Table

from agents.ocsf import load_taxonomy
from app.evaluations.compare import Comparison
from app.evaluations.compare import compare as compare_runs
from app.settings import load_settings
from evals.commands.shared import errors_as, print_table, say
from evals.folder import read_run
from evals.report import write_page
from evals.views import PLAIN

_FLIPS_SHOWN = 40


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--html", type=click.Path(path_type=Path), help="Write the comparison as a page.")
@click.option("--json", "as_json", type=click.Path(path_type=Path), help="Write the comparison as JSON.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the intervals.")
def compare(before: Path, after: Path, html: Path | None, as_json: Path | None, seed: int) -> None:
    """Hold the run in folder AFTER against the run in folder BEFORE, event by event."""
    with errors_as():
        taxonomy = load_taxonomy(load_settings().ocsf_version)
        found = compare_runs(read_run(before).predictions, read_run(after).predictions, taxonomy, seed=seed)
    print_comparison(found, before.name, after.name)
    if html:
        write_page(
            html, "compare.html.j2", {"c": found, "before_name": before.name, "after_name": after.name, "plain": PLAIN}
        )
        say(f"Written: {html}")
    if as_json:
        as_json.write_bytes(orjson.dumps(found.to_dict(), option=orjson.OPT_INDENT_2))
        say(f"Written: {as_json}")


def print_comparison(found: Comparison, before: str, after: str, flips_shown: int = _FLIPS_SHOWN) -> None:
    """A comparison as tables: figures, the vendors that changed, flips."""
    console = Console()
    table = Table(
        "figure",
        before,
        after,
        "difference",
        "95 % interval",
        "",
        title=f"{found.n} events in both",
        title_justify="left",
    )
    for name, d in found.differences.items():
        table.add_row(
            name, f"{found.before[name]:.4f}", f"{found.after[name]:.4f}", f"{d.value:+.4f}",
            f"{d.low:+.4f} to {d.high:+.4f}", "worse" if name in found.worse else "",
        )  # fmt: skip
    print_table(table)
    console.print(
        f"{found.count('broken')} right to wrong, {found.count('fixed')} wrong to right, "
        f"{found.count('changed')} otherwise changed; McNemar's exact p = {found.p_value:.4f}"
    )
    if found.only_before or found.only_after:
        console.print(f"Not compared: {found.only_before} events only before, {found.only_after} only after")
    moved = {vendor: v for vendor, v in found.by_vendor.items() if v["broken"] or v["fixed"]}
    if moved:
        vendors = Table("vendor", "events", before, after, "broken", "fixed")
        for vendor, v in moved.items():
            vendors.add_row(
                vendor, str(v["n"]), f"{v['before']:.4f}", f"{v['after']:.4f}", str(v["broken"]), str(v["fixed"])
            )
        print_table(vendors)
    for flip in found.flips[:flips_shown]:
        console.print(
            f"{flip.kind}: {flip.event_id} ({flip.source}): {flip.before} -> {flip.after}, expected {flip.expected}",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
    if len(found.flips) > flips_shown:
        console.print(f"… and {len(found.flips) - flips_shown} more flips")
