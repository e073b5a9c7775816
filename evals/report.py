"""The report of a run: one HTML page that needs nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from agents.ocsf import Taxonomy
from evals.configurations import Configuration
from evals.metrics import Prediction, predicted_label


def write_report(
    path: Path,
    configuration: Configuration,
    metrics: Mapping[str, Any],
    predictions: Sequence[Prediction],
    taxonomy: Taxonomy,
) -> None:
    """Write the figures, the vendors and the confusions of a run as a page; everything in it is escaped."""
    confusions = Counter((p.class_uid, predicted_label(p)) for p in predictions if not p.right)
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(
        files(__package__).joinpath("report.html.j2").read_text(encoding="utf-8")
    )
    named = {uid: taxonomy[uid].caption if uid in taxonomy else str(uid) for pair in confusions for uid in pair}
    path.write_text(
        template.render(
            configuration=configuration,
            figures={name: value for name, value in metrics.items() if isinstance(value, int | float)},
            versions=metrics["versions"],
            vendors=metrics["by_vendor"],
            confusions=[(named[label], named[guess], count) for (label, guess), count in confusions.most_common(40)],
        ),
        encoding="utf-8",
    )
