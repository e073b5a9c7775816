"""The special suites, a command each; every one puts its result under its name into the folder's metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from app.evaluations.metrics import Prediction
from app.settings import load_settings
from evals.commands.shared import (
    chosen_data,
    data_options,
    errors_as,
    out_option,
    print_figures,
    print_table,
    progress_bars,
    say,
    store_option,
)
from evals.configurations import CONFIGURATIONS
from evals.data import DataSet
from evals.drift import run_drift
from evals.folder import Line, add_suite, prediction_of, write_lines
from evals.garbage import run_garbage
from evals.injection import run_injection
from evals.pages import render_folder
from evals.parts import Parts, open_parts
from evals.provenance import provenance
from evals.recording import record
from evals.run import Progress, classify, figures_of

Suite = Callable[[Parts, Progress], tuple[dict[str, Any], Sequence[Line]]]


@click.command(name="cold-source")
@data_options
@out_option
@store_option
def cold_source(
    data: Path | None, suite: str | None, limit: int | None, sample: int | None, seed: int, out: Path, *, store: bool
) -> None:
    """Sources never seen: all guides and examples of each event's product are hidden."""
    with errors_as():
        chosen = chosen_data(data, suite, limit, sample, seed)

        def measure(parts: Parts, show: Progress) -> tuple[dict[str, Any], Sequence[Line]]:
            lines: list[Line] = []
            for line in classify(chosen.events, CONFIGURATIONS["cold-source"], parts):
                lines.append(line)
                show("cold-source", len(lines), len(chosen.events))
            return figures_of([prediction_of(line) for line in lines], seed), lines

        result = _run_suite("cold-source", measure, out, chosen, seed, store=store, predicts=True)
    print_figures(f"cold-source: {len(chosen.events)} events of {chosen.name}", result)


@click.command()
@data_options
@out_option
@store_option
@click.option(
    "--per-event", type=click.IntRange(min=1), help="Only N transformations of each event, drawn by the seed."
)
def drift(
    data: Path | None, suite: str | None, limit: int | None, sample: int | None, seed: int, out: Path,
    per_event: int | None, *, store: bool,
) -> None:  # fmt: skip
    """Events renamed, reordered, wrapped and cut, against the same events untouched."""
    with errors_as():
        chosen = chosen_data(data, suite, limit, sample, seed)

        def measure(parts: Parts, show: Progress) -> tuple[dict[str, Any], Sequence[Line]]:
            return run_drift(chosen.events, parts, per_event=per_event, seed=seed, progress=show)

        result = _run_suite("drift", measure, out, chosen, seed, store=store, predicts=True)
    table = Table("transformation", "events", "top1", "untouched", "top3", "to review", "flips")
    for name, t in {**result["by_transformation"], "all": result}.items():
        table.add_row(
            name, str(t["n"]), f"{t['top1']:.4f}", f"{t['untouched_top1']:.4f}", f"{t['top3']:.4f}",
            f"{t['abstain_rate']:.4f}", str(t["flips"]),
        )  # fmt: skip
    print_table(table)


@click.command()
@out_option
@store_option
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N attempts.")
def injection(out: Path, limit: int | None, *, store: bool) -> None:
    """Instructions planted in fields of logs; no class may change because of one."""
    with errors_as():
        result = _run_suite(
            "injection", lambda parts, show: run_injection(parts, limit=limit, progress=show), out, None, 0, store=store
        )
    table = Table("kind", "planted", "flips", "wrong class")
    for kind, found in {**result["by_kind"], "all": result}.items():
        table.add_row(kind, str(found["n"]), str(found["flips"]), str(found["wrong"]))
    print_table(table)
    for flip in result["flipped"]:
        say(f"{flip['attempt']} in {flip['carrier']}: {flip['class_name']} instead of {flip['harmless_class_name']}")


@click.command()
@out_option
@store_option
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N inputs.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the random inputs.")
def garbage(out: Path, limit: int | None, seed: int, *, store: bool) -> None:
    """Binary, empty, huge and foreign inputs: always an answer, never an error."""
    with errors_as():
        result = _run_suite(
            "garbage", lambda parts, show: run_garbage(parts, limit=limit, seed=seed, progress=show), out, None, seed,
            store=store,
        )  # fmt: skip
    table = Table("input", "characters", "class", "confidence", "status", "ms")
    for found in result["inputs"]:
        table.add_row(
            found["id"], f"{found['characters']:,}", found["class_name"], f"{found['confidence']:.3f}", found["status"],
            f"{found['ms']:.1f}",
        )  # fmt: skip
    print_table(table)
    say(
        f"{result['n']} inputs, {len(result['errors'])} errors, {result['abstain_rate']:.1%} left to review, "
        f"p95 {result['p95_ms']:.1f} ms, longest {result['max_ms']:.1f} ms"
    )
    for error in result["errors"]:
        say(f"{error['id']}: {error['error']}")


def _run_suite(
    name: str, suite: Suite, out: Path, data: DataSet | None, seed: int, *, store: bool, predicts: bool = False
) -> dict[str, Any]:
    """Open the parts, run a suite, and write its result, its lines (``NAME.jsonl``) and the page of the folder."""
    settings = load_settings()
    with progress_bars() as show, open_parts(settings, progress=lambda n, of: show("knowledge", n, of)) as parts:
        head = provenance(parts, data, name, seed)
        figures, lines = suite(parts, show)
    result = {**head, **figures}
    write_lines(out / f"{name}.jsonl", lines)
    add_suite(out, name, result)
    render_folder(out, settings.ocsf_version)
    if store:
        predictions: list[Prediction] = [prediction_of(line) for line in lines] if predicts else []
        say(record(settings, name, result, predictions)[1])
    return result
