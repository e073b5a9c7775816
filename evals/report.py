"""The pages of a run and of a comparison: HTML that needs nothing else, everything in it escaped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, UndefinedError

from agents.events import printable
from agents.ocsf import load_taxonomy
from app.evaluations.figures import LOWER_IS_BETTER
from evals.configurations import CONFIGURATIONS
from evals.data import DataError
from evals.folder import SUITES, RunFolder
from evals.views import class_rows, confusion_matrix, figure_rows, plot_reliability, plot_risk, worst_cases


def write_report(path: Path, run: RunFolder, ocsf_version: str) -> None:
    """Write the page of a run: figures beside the baselines, tables, plots, worst cases, times and versions."""
    metrics = run.metrics
    taxonomy = load_taxonomy(ocsf_version)
    name = metrics.get("configuration", "run")
    about = CONFIGURATIONS[name].about if name in CONFIGURATIONS else ""
    write_page(
        path,
        "run.html.j2",
        {
            "name": name,
            "about": about,
            "metrics": metrics,
            "figures": figure_rows(metrics),
            "baselines": list(metrics.get("baselines", {})),
            "classes": class_rows(metrics.get("by_class", [])),
            "matrix": confusion_matrix(metrics.get("confusions", []), run.predictions, taxonomy),
            "reliability": plot_reliability(metrics.get("reliability", [])),
            "risk": plot_risk(metrics.get("risk_coverage", [])),
            "worst": worst_cases(run, taxonomy),
            "suites": {suite: metrics[suite] for suite in SUITES if suite in metrics},
        },
    )


def write_page(path: Path, template: str, values: Mapping[str, Any]) -> None:
    """Render a template of ``evals/templates`` into a file. Lone surrogates become U+FFFD.

    Raises:
        DataError: the metrics lack something that the page shows: another version of this program wrote them.
    """
    try:
        text = _environment().get_template(template).render(**values, lower_is_better=LOWER_IS_BETTER)
    except UndefinedError as error:
        raise DataError(f"{path.parent}: written by another version, run it again ({error.message})") from None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(printable(text).encode())


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("evals", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=percent, signed=signed, number=number)
    return environment


def percent(value: float | None, digits: int = 1) -> str:
    """A share as per cent without its sign; a dash where there is none."""
    return "-" if value is None else f"{100 * value:.{digits}f}"


def signed(value: float | None, digits: int = 1) -> str:
    """A difference of shares in points, with its sign."""
    return "-" if value is None else f"{100 * value:+.{digits}f}"


def number(value: float | None, digits: int = 1) -> str:
    """A number with thousands parted; a dash where there is none."""
    return "-" if value is None else f"{value:,.{digits}f}"
