"""The names that a query knows beside the fields of events, each with the condition that it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from types import MappingProxyType

from agents.classifier.decision import DecidedBy, Status
from agents.events.event import Format
from agents.ocsf import Taxonomy
from app.search import Compare, Exists, Match, QuerySyntaxError, Range
from app.search.times import BadTimeError, parse_span
from app.storage.bound import Bound, ascii_lower, like_pattern, number
from app.storage.events import id_or_none

Known = Match | Exists | Compare | Range
NAMES = MappingProxyType({
    "status": "auto, needs_review, confirmed, overridden or none",
    "class": "OCSF class: uid, caption or name",
    "category": "OCSF category: uid or name",
    "activity": "OCSF activity: id or caption",
    "vendor": "vendor of the source",
    "product": "product of the source",
    "sourcetype": "sourcetype of the source",
    "host": "machine the event happened on",
    "format": "log format",
    "template": "template id",
    "confidence": "0 to 1, or a percentage",
    "decided_by": "pin, memo, ranker, llm or analyst",
    "degraded": "part that was missing when it was decided",
    "reviewer": "who reviewed it",
    "received": "when it came in: date, time or now-1h",
    "latency": "milliseconds the decision took",
    "id": "event or decision id",
    "raw": "text of the event",
})  # fmt: skip
"""Every name with what may stand after it, for help and completion."""

ALIASES = MappingProxyType({"class_uid": "class", "category_uid": "category", "activity_id": "activity",
                            "template_id": "template", "event_id": "id", "received_at": "received"})  # fmt: skip
FIXED = frozenset({"vendor", "product", "sourcetype", "host", "format", "template", "received"})
"""Names whose values no decision changes."""

CHOICES = MappingProxyType({
    "status": (*map(str, Status), "none"),
    "decided_by": tuple(map(str, DecidedBy)),
    "format": tuple(map(str, Format)),
})  # fmt: skip
"""The values of names that have few."""

_TEXT_COLUMNS = MappingProxyType({
    "vendor": "vendor", "product": "product", "sourcetype": "sourcetype", "host": "host", "format": "format",
    "template": "template_id", "reviewer": "reviewer", "status": "status", "decided_by": "decided_by",
})  # fmt: skip
_NUMBER_COLUMNS = MappingProxyType({
    "confidence": "confidence", "latency": "latency_ms", "class": "class_uid", "category": "category_uid",
    "activity": "activity_id",
})  # fmt: skip
_DECIDED = "version > 0"


def compile_named(name: str, node: Known, bound: Bound, taxonomy: Taxonomy, now: datetime) -> str:
    """The condition of ``node``, whose field is ``name``, one of ``NAMES`` except ``raw``.

    Raises:
        QuerySyntaxError: the value does not fit the name; its hint says what does.
    """
    if name in ("class", "category", "activity") and isinstance(node, Match):
        return _ocsf(name, node, bound, taxonomy)
    if name in _NUMBER_COLUMNS:
        return _numeric(_NUMBER_COLUMNS[name], node, bound)
    if name == "received":
        return _received(node, bound, now)
    if name == "degraded":
        return _degraded(node, bound)
    if name == "id":
        return _id(node, bound)
    return _text(name, node, bound)


def _text(name: str, node: Known, bound: Bound) -> str:
    column = _TEXT_COLUMNS[name]
    match node:
        case Exists():
            return f"({column} != '')"
        case Match(_, value, True, _):
            return f"(lower({column}) LIKE {bound.text(ascii_lower(like_pattern(value)))})"
        case Match(_, value, _, position):
            lowered = ascii_lower(value)
            if name in CHOICES and lowered not in CHOICES[name]:
                raise QuerySyntaxError(f"{name} is never {value!r}", position, f"one of {', '.join(CHOICES[name])}")
            if name == "status" and lowered == "none":
                return "(version = 0)"
            return f"(lower({column}) = {bound.text(lowered)})"
    raise QuerySyntaxError(f"{name} cannot be compared", node.position, f"write {name}:value or {name}:*")


def _numeric(column: str, node: Known, bound: Bound) -> str:
    def real(text: str) -> str:
        wanted = number(text.removesuffix("%"))
        if wanted is None:
            raise QuerySyntaxError(f"{node.field} is a number", node.position, f"write {node.field}:<0.5")
        return bound.real(wanted / 100 if text.endswith("%") else wanted)

    match node:
        case Exists():
            checks = []
        case Match(_, value, _, _):
            # As many digits as are shown.
            checks = [f"abs({column} - {real(value)}) < 0.00005"]
        case Compare(_, operator, value, _):
            checks = [f"{column} {operator} {real(value)}"]
        case Range(_, low, high, _):
            checks = [f"{column} {sign} {real(end)}" for sign, end in ((">=", low), ("<=", high)) if end is not None]
    return f"({' AND '.join([_DECIDED, *checks])})"


def _ocsf(name: str, node: Match, bound: Bound, taxonomy: Taxonomy) -> str:
    value = node.value
    if ascii_lower(value) == "none":
        return "(version = 0)"
    if value.isdecimal() and len(value) < 12:
        return f"({_DECIDED} AND {_NUMBER_COLUMNS[name]} = {bound.integer(int(value))})"
    wanted = _key(value)

    def fits(*texts: str) -> bool:
        return any(fnmatchcase(_key(text), _glob(wanted, wild=node.wild)) for text in texts)

    classes = taxonomy.classes.values()
    if name == "class":
        found: Iterable[int] = [c.uid for c in classes if fits(c.caption, c.name.rpartition("/")[2])]
        expression = "class_uid"
    elif name == "category":
        found = {c.category_uid for c in classes if fits(c.category_name)}
        expression = "category_uid"
    else:
        found = [c.type_uid(a.activity_id) for c in classes for a in c.activities.values() if fits(a.caption)]
        expression = "class_uid * 100 + activity_id"
    if not found:
        examples = {"class": "class:authentication or class:3002", "category": "category:3",
                    "activity": "activity:logon or activity:1"}  # fmt: skip
        raise QuerySyntaxError(
            f"OCSF {taxonomy.version} has no {name} {value!r}", node.position, f"for example {examples[name]}"
        )
    return f"({_DECIDED} AND has({bound.integers(sorted(found))}, toInt64({expression})))"


def _received(node: Known, bound: Bound, now: datetime) -> str:
    def span(text: str) -> tuple[datetime, datetime]:
        try:
            return parse_span(text, now)
        except BadTimeError as error:
            raise QuerySyntaxError(
                error.message, node.position, "for example received:>2026-11-01 or >now-1h"
            ) from None

    match node:
        case Exists():
            return "1"
        case Match(_, value, _, _):
            start, end = span(value)
            return f"(received_at >= {bound.time(start)} AND received_at < {bound.time(end)})"
        case Compare(_, operator, value, _):
            start, end = span(value)
            # After a day is after its last moment, before it is before its first.
            if operator in (">", "<="):
                last = end - timedelta(milliseconds=1)
                return f"(received_at {operator} {bound.time(max(start, last))})"
            return f"(received_at {operator} {bound.time(start)})"
        case Range(_, low, high, _):
            checks = ["1"]
            if low is not None:
                checks.append(f"received_at >= {bound.time(span(low)[0])}")
            if high is not None:
                start, end = span(high)
                checks.append(f"received_at < {bound.time(max(end, start + timedelta(milliseconds=1)))}")
            return f"({' AND '.join(checks)})"


def _degraded(node: Known, bound: Bound) -> str:
    match node:
        case Exists():
            return "notEmpty(degraded)"
        case Match(_, value, True, _):
            return f"arrayExists(part -> part LIKE {bound.text(like_pattern(value))}, degraded)"
        case Match(_, value, _, _):
            return f"has(degraded, {bound.text(value)})"
    raise QuerySyntaxError("degraded cannot be compared", node.position, "write degraded:model or degraded:*")


def _id(node: Known, bound: Bound) -> str:
    match node:
        case Exists():
            return "1"
        case Match(_, value, False, position):
            if (wanted := id_or_none(value)) is None:
                raise QuerySyntaxError("an id is a UUID", position, "copy it whole from an event or decision")
            text = bound.text(wanted)
            return f"(event_id = toUUID({text}) OR decision_id = toUUID({text}))"
    raise QuerySyntaxError("an id is compared as a whole", node.position, "write id: and the whole id")


def _key(text: str) -> str:
    """What names are compared by: lower case, without spaces and separators."""
    return re.sub(r"[^0-9a-z*]", "", text.lower())


def _glob(wanted: str, *, wild: bool) -> str:
    return wanted if wild else wanted.replace("*", "[*]")
