"""The folder of a run: ``metrics.json`` and ``predictions.jsonl``, from which every report can be made again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from agents.classifier import Classified
from agents.knowledge.base import Hit
from app.evaluations.metrics import Prediction
from app.storage.codec import dump, load
from app.storage.errors import StorageError
from evals.data import DataError, LabelledEvent

SUITES = ("cold-source", "drift", "injection", "garbage")
"""The special suites whose results may stand in the metrics under their name."""
METRICS, PREDICTIONS, REPORT, JUNIT = "metrics.json", "predictions.jsonl", "report.html", "junit.xml"

Line = Mapping[str, Any]


@dataclass(frozen=True)
class RunFolder:
    """A run as it was written: its metrics, and one line an event (see ``line_of``)."""

    path: Path
    metrics: Mapping[str, Any]
    lines: Sequence[Line]

    @cached_property
    def predictions(self) -> tuple[Prediction, ...]:
        """The predictions of all events, in the order of the data set."""
        return tuple(prediction_of(line) for line in self.lines)


def line_of(event: LabelledEvent, classified: Classified, hits: Sequence[Hit], ms: float) -> dict[str, Any]:
    """What ``predictions.jsonl`` keeps of one event: its labels and text, what was retrieved, and the decision.

    ``format`` is the label's, or what the parser took the event for. ``ms`` is the time of the whole decision.
    """
    by_score = sorted(hits, key=lambda hit: -hit.score)
    uids = (hit.chunk.class_uid for hit in by_score)
    return {
        "id": event.id,
        "vendor": event.vendor,
        "product": event.product,
        "source": event.source,
        "format": event.format or str(classified.event.format),
        "raw": event.raw,
        "class_uid": event.class_uid,
        "acceptable_class_uids": list(event.acceptable_class_uids),
        "activity_id": event.activity_id,
        "retrieved": list(dict.fromkeys(uid for uid in uids if uid is not None)),
        "ms": round(ms, 3),
        "decision": classified.decision.to_dict(),
    }


def prediction_of(line: Line) -> Prediction:
    """The prediction that a line describes.

    Raises:
        KeyError, TypeError: the line is not one that ``line_of`` made.
    """
    decision = line["decision"]
    members = decision.get("prediction_set")
    return Prediction(
        event_id=line["id"],
        vendor=line["vendor"],
        product=line["product"],
        format=line["format"],
        class_uid=line["class_uid"],
        accepted=frozenset({line["class_uid"], *line["acceptable_class_uids"]}),
        ranked=tuple(candidate["class_uid"] for candidate in decision["candidates"]),
        retrieved=tuple(line["retrieved"]),
        confidence=decision["confidence"],
        abstained=decision["status"] == "needs_review",
        asked_model=decision["decided_by"] == "llm",
        ms=line["ms"],
        activity_id=line["activity_id"],
        predicted_activity_id=decision["activity_id"],
        prediction_set=None if members is None else tuple(_uid(member) for member in members),
        stages={stage: ms for stage, ms in decision["latency_ms"].items() if stage != "total"},
    )


def _uid(member: Any) -> int:
    """A member of a prediction set, which is a class uid or an object with one."""
    return int(member["class_uid"] if isinstance(member, Mapping) else member)


def read_run(path: Path) -> RunFolder:
    """The run in a folder.

    Raises:
        DataError: the folder holds no run, or one that was not written by this program.
    """
    lines = read_lines(path / PREDICTIONS)
    run = RunFolder(path, read_metrics(path), lines)
    try:
        _ = run.predictions
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path / PREDICTIONS}: a line is not a prediction ({error})") from None
    return run


def read_metrics(path: Path) -> dict[str, Any]:
    """The metrics in a folder.

    Raises:
        DataError: there are none, or the file is not JSON.
    """
    try:
        metrics: dict[str, Any] = orjson.loads((path / METRICS).read_bytes())
    except OSError as error:
        raise DataError(f"{path / METRICS}: {error.strerror}") from error
    except orjson.JSONDecodeError:
        raise DataError(f"{path / METRICS}: not JSON") from None
    return metrics


def write_metrics(path: Path, metrics: Mapping[str, Any]) -> None:
    """Write the metrics of a folder, replacing those there."""
    path.mkdir(parents=True, exist_ok=True)
    (path / METRICS).write_bytes(orjson.dumps(metrics, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS))


def suites_in(path: Path) -> dict[str, Any]:
    """The results of special suites in the metrics of a folder, by name; none where there are no metrics."""
    metrics = read_metrics(path) if (path / METRICS).exists() else {}
    return {suite: metrics[suite] for suite in SUITES if suite in metrics}


def add_suite(path: Path, name: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """Put the result of a special suite under its name beside what the folder's metrics hold; all of them then."""
    metrics = read_metrics(path) if (path / METRICS).exists() else {}
    metrics[name] = dict(result)
    write_metrics(path, metrics)
    return metrics


def read_lines(path: Path) -> list[Line]:
    """The objects of a JSONL file.

    Raises:
        DataError: the file is missing, or a line is not JSON.
    """
    try:
        return [load(line) for line in path.read_bytes().splitlines() if line.strip()]
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error
    except StorageError:
        raise DataError(f"{path}: a line is not JSON") from None


def write_lines(path: Path, lines: Iterable[Line]) -> None:
    """Write one object a line; texts keep what is not valid Unicode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.writelines(dump(dict(line)) + b"\n" for line in lines)
