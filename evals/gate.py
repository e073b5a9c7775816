"""The gate: fails when a figure is worse than the committed baseline by more than its interval allows.

The baseline holds, for a fixed set of events, what was decided for each. The gate decides the same events again and
takes the difference of every figure. The interval of a difference comes from drawing events (not sources) with
replacement, both runs alike: whether *these* events are worse off is asked, not what another set of sources would
show, and a source that breaks as a whole must not hide behind being one source. A figure fails when its 95 % interval
lies wholly on the worse side of 0; of events that change sides one way only, four fail and three pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from agents.ocsf import Taxonomy
from app.evaluations.compare import Comparison, compare
from app.evaluations.metrics import Prediction, summarise
from evals.data import DataError, DataSet

_FORMAT = 1
_UNKEPT = ("ms", "stages")


@dataclass(frozen=True)
class Baseline:
    """What was decided for the events of the gate: figures, provenance, and predictions with the digests of events."""

    configuration: str
    data: str
    made_from: Mapping[str, Any]
    figures: Mapping[str, float | int]
    predictions: tuple[Prediction, ...]
    digests: Mapping[str, str]


def make_baseline(data: DataSet, predictions: Sequence[Prediction], metrics: Mapping[str, Any]) -> Baseline:
    """The baseline of a run over ``data``; ``metrics`` are the run's."""
    times = {"mean_ms", "p50_ms", "p95_ms"}
    return Baseline(
        configuration=metrics["configuration"],
        data=data.name,
        made_from={key: metrics[key] for key in ("started_at", "git", "versions", "seed")},
        figures={name: value for name, value in summarise(predictions).items() if name not in times},
        predictions=tuple(replace(p, ms=0.0, stages={}) for p in predictions),
        digests={event.id: event.digest for event in data.events},
    )


def events_of_baseline(data: DataSet, baseline: Baseline) -> DataSet:
    """The events of ``data`` that the baseline was made from, in its order.

    Raises:
        DataError: one is missing from ``data``, or reads or is labelled differently there.
    """
    there = {event.id: event for event in data.events}
    missing = [p.event_id for p in baseline.predictions if p.event_id not in there]
    changed = [i for i, digest in baseline.digests.items() if i in there and there[i].digest != digest]
    for what, ids in (("lacks", missing), ("has changed", changed)):
        if ids:
            more = f" and {len(ids) - 3} more" if len(ids) > 3 else ""
            raise DataError(f"{data.name} {what} events of the baseline: {', '.join(ids[:3])}{more}; make it anew")
    return replace(data, events=tuple(there[p.event_id] for p in baseline.predictions))


def judge(baseline: Baseline, predictions: Sequence[Prediction], taxonomy: Taxonomy, *, seed: int = 0) -> Comparison:
    """The comparison of a run with the baseline; the gate fails when it is ``worse`` in any figure."""
    return compare(baseline.predictions, predictions, taxonomy, seed=seed, cluster=lambda p: p.event_id)


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline as JSON with one line an event, so that version control shows which events changed."""
    head = {
        "format": _FORMAT,
        "configuration": baseline.configuration,
        "data": baseline.data,
        **baseline.made_from,
        "figures": {name: round(value, 4) for name, value in baseline.figures.items()},
    }
    rows = [_row(p, baseline.digests[p.event_id]) for p in baseline.predictions]
    text = orjson.dumps(head, option=orjson.OPT_INDENT_2).decode().removesuffix("\n}")
    events = ",\n".join("    " + orjson.dumps(row).decode() for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{text},\n  "events": [\n{events}\n  ]\n}}\n', encoding="utf-8")


def read_baseline(path: Path) -> Baseline:
    """The baseline of a file.

    Raises:
        DataError: it is missing, or not one that this program wrote.
    """
    try:
        data = orjson.loads(path.read_bytes())
        if data["format"] != _FORMAT:
            raise DataError(f"{path}: format {data['format']}, this program reads {_FORMAT}; make it anew")
        return Baseline(
            configuration=data["configuration"],
            data=data["data"],
            made_from={key: data[key] for key in ("started_at", "git", "versions", "seed")},
            figures=data["figures"],
            predictions=tuple(_prediction(row) for row in data["events"]),
            digests={row["event_id"]: row["digest"] for row in data["events"]},
        )
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise DataError(f"{path}: not a baseline ({type(error).__name__}: {error})") from None


def _row(prediction: Prediction, digest: str) -> dict[str, Any]:
    row = {key: value for key, value in asdict(prediction).items() if key not in _UNKEPT}
    kept = row | {"accepted": sorted(row["accepted"]), "ranked": row["ranked"][:8]}
    return {"event_id": row.pop("event_id"), "digest": digest, **kept}


def _prediction(row: Mapping[str, Any]) -> Prediction:
    values = {key: value for key, value in row.items() if key != "digest"}
    found = values.get("prediction_set")
    return Prediction(**{
        **values,
        "ms": 0.0,
        "accepted": frozenset(values["accepted"]),
        "ranked": tuple(values["ranked"]),
        "retrieved": tuple(values["retrieved"]),
        "prediction_set": None if found is None else tuple(found),
    })  # fmt: skip
