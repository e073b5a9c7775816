"""Other people's labelled events brought into the form of the evaluation: CSV, JSON, OCSF events, folders of pairs."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.events import parse
from agents.ocsf import OcsfClass, Taxonomy
from evals.data import DataError, LabelledEvent

TARGETS = ("id", "raw", "class_uid", "activity_id", "acceptable_class_uids", "vendor", "product", "source", "format")
"""What a mapping may name on its left side."""

_OCSF_MAPPING = {
    "raw": "raw_data",
    "vendor": "metadata.product.vendor_name",
    "product": "metadata.product.name",
    "source": "metadata.log_name",
}
_RAW_SUFFIXES = (".raw", ".log", ".txt", ".json", ".xml", ".csv", ".cef", ".leef")
# What people add to a file's name to say which half of a pair it is.
_HALF = re.compile(r"[._ -]*(ocsf|raw|sample|original|event|input|output|mapped|expected)(?=$|[._ -])", re.IGNORECASE)

Record = tuple[str, Any]
"""Where a record stands (a line, an item, a file) and what it says."""


@dataclass(frozen=True)
class Imported:
    """The events that could be read, and for each that could not where it stands and why."""

    events: tuple[LabelledEvent, ...]
    problems: tuple[str, ...]


def import_events(kind: str, path: Path, taxonomy: Taxonomy, mapping: Mapping[str, str] | None = None) -> Imported:
    """Read labelled events of another form; ``kind`` is one of ``FORMATS``.

    ``mapping`` says for each target which column, or dotted key, holds it (``{"raw": "message"}``); a target that it
    does not name is looked for under its own name. Classes may be uids, captions or schema names, activities ids or
    captions. Events with an unknown or deprecated class are problems, not events.

    Raises:
        DataError: the file cannot be read as what it is said to be, or the mapping names no target.
    """
    unknown = sorted(set(mapping or {}) - set(TARGETS))
    if unknown:
        raise DataError(f"--map: there is no {', '.join(unknown)}; targets: {', '.join(TARGETS)}")
    sources = {**{target: target for target in TARGETS}, **(_OCSF_MAPPING if kind in _OCSF else {}), **(mapping or {})}
    events: list[LabelledEvent] = []
    problems: list[str] = []
    seen: set[str] = set()
    try:
        for where, record in FORMATS[kind](path):
            try:
                event = _event(record, sources, taxonomy, f"{path.stem}:{where}")
            except ValueError as error:
                problems.append(f"{path.name}:{where}: {error}")
                continue
            if event.id in seen:
                problems.append(f"{path.name}:{where}: id {event.id!r} stands twice")
                continue
            seen.add(event.id)
            events.append(event)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error
    return Imported(tuple(events), tuple(problems))


def _event(record: Any, sources: Mapping[str, str], taxonomy: Taxonomy, fallback_id: str) -> LabelledEvent:
    if isinstance(record, str):
        raise ValueError(record)  # noqa: TRY004  (a record that could not be read says why)
    if not isinstance(record, Mapping):
        raise ValueError("not an object")  # noqa: TRY004

    def value(target: str) -> Any:
        found = _at(record, sources[target])
        return None if found == "" else found

    raw = value("raw")
    if raw is None:
        raise ValueError(f"no {sources['raw']}")
    raw = raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False, separators=(",", ":"))
    found = _class(value("class_uid"), sources["class_uid"], taxonomy)
    acceptable = _listed(value("acceptable_class_uids"))
    return LabelledEvent(
        id=str(value("id") or fallback_id),
        raw=raw,
        class_uid=found.uid,
        activity_id=_activity(value("activity_id"), found),
        acceptable_class_uids=tuple(_class(label, "acceptable_class_uids", taxonomy).uid for label in acceptable),
        vendor=str(value("vendor") or ""),
        product=str(value("product") or ""),
        source=str(value("source") or ""),
        format=str(value("format") or parse(raw).format),
    )


def _class(label: Any, where: str, taxonomy: Taxonomy) -> OcsfClass:
    if label is None:
        raise ValueError(f"no {where}")
    found = taxonomy.find(_number(label))
    if found is None:
        raise ValueError(f"OCSF {taxonomy.version} has no class {label!r}")
    if found.deprecated:
        instead = ", ".join(taxonomy[uid].caption for uid in found.replaced_by)
        hint = f"; use {instead}" if instead else ""
        raise ValueError(f"class {found.caption!r} is deprecated in OCSF {taxonomy.version}{hint}")
    return found


def _activity(label: Any, found: OcsfClass) -> int | None:
    if label is None:
        return None
    activity = found.activity(_number(label))
    if activity is None:
        raise ValueError(f"class {found.caption!r} has no activity {label!r}")
    return activity.activity_id


def _number(label: Any) -> int | str:
    text = str(label).strip()
    return int(text) if re.fullmatch(r"\d{1,9}", text) else text


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [part for part in re.split(r"[;|]", str(value)) if part.strip()]


def _at(record: Mapping[str, Any], path: str) -> Any:
    """The value under a key that is spelled so, or under a dotted path of keys; ``None`` where there is none."""
    if path in record:
        return record[path]
    value: Any = record
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _csv(path: Path) -> Iterator[Record]:
    csv.field_size_limit(2**27)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        rows = csv.DictReader(file)
        try:
            for row in rows:
                yield str(rows.line_num), {key: value for key, value in row.items() if key is not None}
        except csv.Error as error:
            raise DataError(f"{path.name}:{rows.line_num}: {error}") from None


def _json(path: Path) -> Iterator[Record]:
    """The items of a JSON list, alone or as the only list of an object; else one object a line."""
    text = path.read_text(encoding="utf-8-sig", errors="surrogateescape")
    try:
        document = json.loads(text)
    except ValueError:
        yield from _json_lines(text)
        return
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        items = lists[0] if len(lists) == 1 and "class_uid" not in document else [document]
    else:
        items = document if isinstance(document, list) else [document]
    for number, item in enumerate(items, start=1):
        yield f"item {number}", item


def _json_lines(text: str) -> Iterator[Record]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield str(number), json.loads(line)
            except ValueError:
                yield str(number), "not JSON"


def _pairs(folder: Path) -> Iterator[Record]:
    """Pairs of files in a folder tree, the raw event and its OCSF event, that are named alike but for the half.

    ``login.raw`` and ``login.json``, ``login_raw.json`` and ``login_ocsf.json``, ``login.log`` and ``login.ocsf.json``
    are pairs. A file whose other half is missing is a problem.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: not a folder")
    groups: dict[tuple[Path, str], list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix.lower() in _RAW_SUFFIXES:
            groups.setdefault((path.parent, _HALF.sub("", path.stem).lower()), []).append(path)
    for found in groups.values():
        labelled = {path: event for path in found if (event := _ocsf_event(path)) is not None}
        raws = [path for path in found if path not in labelled]
        where = str(found[0].relative_to(folder))
        if len(labelled) == 1 and len(raws) == 1:
            (path, event), raw = next(iter(labelled.items())), raws[0].read_bytes().decode("utf-8", "surrogateescape")
            yield str(path.relative_to(folder)), {**event, "raw_data": raw.rstrip("\r\n")}
        elif len(labelled) == 1 and "raw_data" in next(iter(labelled.values())):
            yield where, next(iter(labelled.values()))
        elif labelled:
            yield where, f"{len(labelled)} OCSF events and {len(raws)} raw events are named so"


def _ocsf_event(path: Path) -> dict[str, Any] | None:
    if path.suffix.lower() != ".json":
        return None
    try:
        document = json.loads(path.read_bytes())
    except ValueError:
        return None
    return document if isinstance(document, dict) and "class_uid" in document else None


FORMATS: Mapping[str, Callable[[Path], Iterator[Record]]] = {
    "csv": _csv,
    "json": _json,
    "jsonl": _json,
    "ocsf": _json,
    "ocsf-pairs": _pairs,
}
"""How each form is read: ``ocsf`` are OCSF events with ``raw_data``, ``ocsf-pairs`` a folder of raw and OCSF files."""

_OCSF = frozenset({"ocsf", "ocsf-pairs"})
