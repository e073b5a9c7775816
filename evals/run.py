"""One evaluation: labelled events through the classifier in process, figures and predictions into a folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.classifier import Classifier
from agents.events import Source
from app.evaluations.intervals import intervals
from app.evaluations.metrics import Prediction, by_format, by_vendor, columns_of, summarise
from app.evaluations.tables import by_class, confusions, reliability, risk_coverage, stages
from app.settings import Settings
from app.storage.codec import dump
from evals.baselines import baseline_figures, configurations_beside
from evals.configurations import Configuration
from evals.data import DataSet, LabelledEvent
from evals.folder import JUNIT, PREDICTIONS, REPORT, RunFolder, line_of, prediction_of, suites_in, write_metrics
from evals.junit import write_junit
from evals.parts import Parts, open_parts
from evals.provenance import provenance
from evals.report import write_report

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, done, total)."""


@dataclass(frozen=True)
class Run:
    """What a run produced: predictions and the metrics that were written."""

    predictions: tuple[Prediction, ...]
    metrics: dict[str, Any]


def evaluate(
    data: DataSet,
    configuration: Configuration,
    settings: Settings,
    out: Path,
    *,
    baselines: bool = False,
    seed: int = 0,
    progress: Progress = lambda *_: None,
) -> Run:
    """Classify every event and write metrics, predictions, HTML report and JUnit XML into ``out``.

    What special suites left in the metrics of ``out`` stays there.
    With ``baselines`` every event is decided by the other configurations too, after its own time was taken.

    Raises:
        LogatlasError: a part cannot be opened.
    """
    asks_model = configuration.options.use_model != "never" or baselines
    with open_parts(settings, with_model=asks_model, progress=lambda n, of: progress("knowledge", n, of)) as parts:
        head = provenance(parts, data, configuration.name, seed)
        started = time.perf_counter()
        lines, others = _classify_all(data.events, configuration, parts, out, baselines=baselines, progress=progress)
        seconds = time.perf_counter() - started
        taxonomy = parts.taxonomy
    predictions = tuple(map(prediction_of, lines))
    metrics = {
        **head,
        **figures_of(predictions, seed),
        "seconds": round(seconds, 2),
        "by_vendor": by_vendor(predictions),
        "by_format": by_format(predictions),
        "by_class": by_class(predictions, taxonomy),
        "confusions": confusions(predictions),
        "reliability": reliability(predictions),
        "risk_coverage": risk_coverage(predictions),
        "stages": stages(predictions),
        "baselines": baseline_figures(predictions, others, seed) if baselines else {},
    }
    write_metrics(out, metrics | suites_in(out))
    write_reports(RunFolder(out, metrics | suites_in(out), lines), settings.ocsf_version)
    return Run(predictions, metrics)


def figures_of(predictions: Sequence[Prediction], seed: int) -> dict[str, Any]:
    """All figures with ``intervals`` clustered by source, and how many ``sources`` there are."""
    sources = [p.source for p in predictions]
    return {
        **summarise(predictions),
        "intervals": intervals(columns_of(predictions), sources, seed=seed),
        "sources": len(set(sources)),
    }


def write_reports(run: RunFolder, ocsf_version: str) -> None:
    """Write the HTML page and the JUnit XML of a run into its folder."""
    write_report(run.path / REPORT, run, ocsf_version)
    write_junit(run.path / JUNIT, run, ocsf_version)


def _classify_all(
    events: Sequence[LabelledEvent],
    configuration: Configuration,
    parts: Parts,
    out: Path,
    *,
    baselines: bool,
    progress: Progress,
) -> tuple[list[dict[str, Any]], Mapping[str, list[Prediction]]]:
    """The lines of all events, written as they are made, and the predictions of every baseline that is decided."""
    beside = configurations_beside(configuration) if baselines else {}
    classifiers = {name: parts.classifier(other.options) for name, other in beside.items()}
    others: dict[str, list[Prediction]] = {name: [] for name in beside}
    lines: list[dict[str, Any]] = []
    out.mkdir(parents=True, exist_ok=True)
    with (out / PREDICTIONS).open("wb") as file:
        for line in classify(events, configuration, parts):
            event = events[len(lines)]
            for name, classifier in classifiers.items():
                other = classify_one(event, beside[name], classifier, parts)
                others[name].append(prediction_of(other))
                line.setdefault("baselines", {})[name] = other["decision"]["class_uid"]
            lines.append(line)
            file.write(dump(line) + b"\n")
            progress(configuration.name, len(lines), len(events))
    return lines, others


def classify(events: Sequence[LabelledEvent], configuration: Configuration, parts: Parts) -> Iterator[dict[str, Any]]:
    """A line for each event in turn (see ``evals.folder.line_of``), each decided as one never seen before."""
    classifier = parts.classifier(configuration.options)
    classifier.warm_up()
    for event in events:
        parts.next_event()
        yield classify_one(event, configuration, classifier, parts)


def classify_one(
    event: LabelledEvent, configuration: Configuration, classifier: Classifier, parts: Parts
) -> dict[str, Any]:
    """The line of one event. Its labels are never shown to the classifier."""
    hidden = parts.products.of(event) if configuration.cold_source else frozenset[str]()
    started = time.perf_counter()
    classified = classifier.classify(event.raw, Source(), exclude_products=hidden)
    ms = (time.perf_counter() - started) * 1e3
    retrieves = configuration.options.use_model != "only"
    hits = classifier.retrieve(event.raw, exclude_products=hidden) if retrieves else []
    return line_of(event, classified, hits, ms)
