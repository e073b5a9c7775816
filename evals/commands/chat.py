"""``chat``: questions to the analyst chat, and attempts to mislead it."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from app.settings import load_settings
from evals.commands.shared import errors_as, out_option, print_table, progress_bars, say
from evals.folder import REPORT

_SHOWN = (
    "fact_recall", "groundedness", "unsupported_statements", "forbidden_said", "refusal_accuracy", "needless_refusals",
    "intent_accuracy", "dropped_sentences", "time_to_first_token_p50_ms", "time_to_first_token_p95_ms",
    "time_to_answer_p50_ms", "time_to_answer_p95_ms",
)  # fmt: skip


@click.command()
@out_option
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N questions and N injections.")
@click.option(
    "--phrasing", type=click.Choice(["template", "model"]),
    help="Only templates alone, or only the default model; all ways when not given.",
)  # fmt: skip
@click.option("--scripted", is_flag=True, help="The scripted large model; only that, unless --phrasing is given too.")
def chat(out: Path, limit: int | None, phrasing: str | None, *, scripted: bool) -> None:
    """Ask the chat questions whose answers are known, and try to mislead it."""
    from evals.chat.run import CONFIGURATIONS, evaluate_chat
    from evals.chat.suite import load_suite

    names = {"template": ["templates"], "model": ["default-model"], None: []}[phrasing] + ["large"] * scripted
    with errors_as(), progress_bars() as show:
        suite = load_suite().limited(limit)
        metrics = evaluate_chat(suite, load_settings(), out, names or list(CONFIGURATIONS), show)
    table = Table("figure", *metrics["configurations"])
    for figure in _SHOWN:
        table.add_row(figure, *(_shown(f[figure]) for f in metrics["configurations"].values()))
    print_table(table)
    say(
        f"{metrics['questions']} questions about {metrics['decisions']} decisions; "
        f"{metrics['injections_succeeded']} of {metrics['injections']} injections succeeded. Report: {out / REPORT}"
    )


def _shown(value: float | None) -> str:
    return "-" if value is None else str(value) if isinstance(value, int) else f"{value:.4f}"
