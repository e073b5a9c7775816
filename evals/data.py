"""Labelled events: one JSON object a line, as the evaluation contract describes it."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.errors import LogatlasError


class DataError(LogatlasError):
    """A data set cannot be read; the message names file and line."""

    code = "eval_data"


class LabelledEvent(BaseModel):
    """One line of a data set; keys beyond these are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    raw: str
    class_uid: int
    activity_id: int | None = None
    acceptable_class_uids: tuple[int, ...] = Field(default_factory=tuple)
    vendor: str = ""
    product: str = ""
    source: str = ""
    format: str = ""


def load_events(path: Path, limit: int | None = None) -> list[LabelledEvent]:
    """The labelled events of a JSONL file, at most ``limit`` from its start.

    Raises:
        DataError: the file is missing or empty, or a line is not a labelled event.
    """
    events: list[LabelledEvent] = []
    try:
        with path.open(encoding="utf-8", errors="surrogateescape") as file:
            for number, line in enumerate(file, start=1):
                if limit is not None and len(events) >= limit:
                    break
                if line.strip():
                    events.append(_read(path, number, line))
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error
    if not events:
        raise DataError(f"{path}: no events")
    return events


def _read(path: Path, number: int, line: str) -> LabelledEvent:
    try:
        return LabelledEvent.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(f"{path.name}:{number}: {where}: {first['msg']}") from None
