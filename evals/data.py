"""Labelled events: one JSON object a line, as the evaluation contract describes it, and the suites that ship."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError

from agents.errors import LogatlasError
from app.storage.codec import dump, load
from app.storage.errors import StorageError

SUITES = Path(__file__).parent / "suites"
"""The data sets that ship with Logatlas, ``NAME.jsonl`` each."""


class DataError(LogatlasError):
    """A data set or the folder of a run cannot be read; the message names file and line."""

    code = "eval_data"


def _text(value: object) -> str:
    """A log as it is: also lone surrogates, which stand for bytes that are not UTF-8 and which pydantic refuses."""
    if not isinstance(value, str):
        raise ValueError("not a text")  # noqa: TRY004  (pydantic turns ValueError into a validation error)
    return value


class LabelledEvent(BaseModel):
    """One line of a data set; keys beyond these are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    raw: Annotated[str, PlainValidator(_text)]
    class_uid: int
    activity_id: int | None = None
    acceptable_class_uids: tuple[int, ...] = Field(default_factory=tuple)
    vendor: str = ""
    product: str = ""
    source: str = ""
    format: str = ""

    @property
    def digest(self) -> str:
        """12 hex digits over all that decides whether an answer is right: the text and the labels."""
        labels = [self.raw, self.class_uid, self.activity_id, sorted(self.acceptable_class_uids)]
        return hashlib.sha256(dump(labels)).hexdigest()[:12]


@dataclass(frozen=True)
class DataSet:
    """Labelled events with where they came from: the file's name and the SHA-256 (hex) of all its bytes."""

    name: str
    sha256: str
    events: tuple[LabelledEvent, ...]


def load_data(path: Path, *, limit: int | None = None, sample: int | None = None, seed: int = 0) -> DataSet:
    """A data set, cut to its first ``limit`` events, then to a seeded ``sample`` of those (see ``sampled``).

    Raises:
        DataError: the file is missing or empty, or a line is not a labelled event.
    """
    events = load_events(path, limit)
    if sample is not None:
        events = sampled(events, sample, seed)
    return DataSet(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), tuple(events))


def suite_path(name: str) -> Path:
    """The file of a suite that ships.

    Raises:
        DataError: there is none of this name; the message lists those there are.
    """
    path = SUITES / f"{name}.jsonl"
    if not path.is_file():
        there = ", ".join(sorted(found.stem for found in SUITES.glob("*.jsonl"))) or "none"
        raise DataError(f"there is no suite {name!r}; suites: {there}")
    return path


def load_events(path: Path, limit: int | None = None) -> list[LabelledEvent]:
    """The labelled events of a JSONL file, at most ``limit`` from its start.

    Raises:
        DataError: the file is missing or empty, a line is not a labelled event, or an id stands twice.
    """
    events: list[LabelledEvent] = []
    seen: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8", errors="surrogateescape") as file:
            for number, line in enumerate(file, start=1):
                if limit is not None and len(events) >= limit:
                    break
                if not line.strip():
                    continue
                event = _read(path, number, line)
                if event.id in seen:
                    raise DataError(f"{path.name}:{number}: id {event.id!r} stands in line {seen[event.id]} already")
                seen[event.id] = number
                events.append(event)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error
    if not events:
        raise DataError(f"{path}: no events")
    return events


def write_events(path: Path, events: Iterable[LabelledEvent]) -> int:
    """Write labelled events, one a line, leaving out what is not said; how many they were.

    Raises:
        DataError: the file cannot be written.
    """
    said = [{key: value for key, value in dict(event).items() if value not in ("", (), None)} for event in events]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.writelines(dump(line) + b"\n" for line in said)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error
    return len(said)


def sampled(events: Sequence[LabelledEvent], size: int, seed: int) -> list[LabelledEvent]:
    """At most ``size`` events in their order, drawn in turn from every pair of class and source.

    Rare classes and sources stand in even a small sample, which a uniform draw of a skewed data set would miss.
    """
    rng = random.Random(seed)  # noqa: S311  (a sample, nothing secret)
    groups: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    for number, event in enumerate(events):
        groups[event.class_uid, event.vendor, event.product].append(number)
    queues = list(groups.values())
    for queue in queues:
        rng.shuffle(queue)
    rng.shuffle(queues)
    drawn: list[int] = []
    while queues and len(drawn) < size:
        drawn += [queue.pop() for queue in queues][: size - len(drawn)]
        queues = [queue for queue in queues if queue]
    return [events[number] for number in sorted(drawn)]


def _read(path: Path, number: int, line: str) -> LabelledEvent:
    try:
        data: Any = load(line)
        return LabelledEvent.model_validate(data)
    except StorageError:
        raise DataError(f"{path.name}:{number}: not JSON") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(f"{path.name}:{number}: {where}: {first['msg']}") from None
