"""What a guide asks of an event, in words, and what the event has instead."""

from __future__ import annotations

from dataclasses import dataclass

import re2

from agents.chat.base import Span
from agents.chat.quoting import listed, quote
from agents.events import printable
from agents.knowledge.catalog import Condition, EventView, Guide
from agents.knowledge.catalog.guide import TEXT_PATHS

_VERBS = {
    "equals": "to be",
    "contains": "to contain",
    "prefix": "to start with",
    "suffix": "to end with",
    "regex": "to match",
}
_MOST_VALUES = 3
_LONGEST_REGEX = 60
"""Longer ones are not read, nor are those that hold what looks like the mark of a citation."""
_LONGEST_SPAN = 160


@dataclass(frozen=True, slots=True)
class Checked:
    """A condition and whether the event fulfils it; ``has`` is the value that the event has there, if any."""

    condition: Condition
    holds: bool
    path: str
    has: str | None
    spans: tuple[Span, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether it reads the free text, not a field."""
        return any(path in TEXT_PATHS for path in self.condition.paths)


def check(guide: Guide, view: EventView) -> list[Checked]:
    """Each condition of a guide against an event."""
    checked = []
    for condition in guide.match:
        holds, found = condition.find(view)
        path, has = condition.path_shown, None
        spans: tuple[Span, ...] = ()
        if found is not None:
            path, has = found.path, found.value
            spans = (found.span,) if found.span is not None else ()
        elif condition.paths[0] not in TEXT_PATHS:
            near = next((f for p in condition.paths for f in view.fields(p) or ()), None)
            if near is not None:
                path, has = near.path, near.value
                spans = (near.span,) if near.span is not None else ()
        elif holds and not condition.negated:
            spans = places(condition, view)
        checked.append(Checked(condition, holds, path, has, spans))
    return checked


def needs(checked: Checked) -> str:
    """``needs `EventID` to be `4720` (here it is `4624`)``, without the verb's subject."""
    condition = checked.condition
    where = "the log's text" if checked.is_text else quote(checked.path, 60)
    if condition.operator == "exists":
        said = f"{where} {'not to be there' if condition.negated else 'to be there'}"
    else:
        values = [quote(v, 40) for v in condition.values_shown[:_MOST_VALUES]]
        if condition.operator == "regex" and any(len(v) > _LONGEST_REGEX or "[^" in v for v in condition.values):
            values = ["a pattern"]
        more = " or others" if len(condition.values) > _MOST_VALUES else ""
        verb = _VERBS[condition.operator]
        said = f"{where} {'not ' if condition.negated else ''}{verb} {listed(values, 'or')}{more}"
    if checked.is_text or checked.holds:
        return said
    if checked.has is not None:
        return f"{said} (here it is {quote(checked.has, 40)})"
    return f"{said} (this event has no such field)" if not condition.negated else said


def places(condition: Condition, view: EventView) -> tuple[Span, ...]:
    """Where in the raw log the text is that fulfils a condition on text; nothing where that cannot be said."""
    raw = view.event.raw.lower()
    if len(raw) != len(view.event.raw):
        return ()
    for path in condition.paths:
        text = view.texts.get(path, "")
        found = _first(condition, text) if text else None
        if found is None:
            continue
        start, end = found
        begin = raw.find(text)
        at = begin + start if begin >= 0 else raw.find(text[start:end])
        if at >= 0:
            return ((at, at + min(end - start, _LONGEST_SPAN)),)
    return ()


def _first(condition: Condition, text: str) -> tuple[int, int] | None:
    """The first place in a text (of lower case) that fulfils the condition."""
    if condition.operator == "exists":
        return None
    for value in condition.values:
        if condition.operator == "regex":
            options = re2.Options()
            options.case_sensitive = False
            found = re2.compile(value, options).search(printable(text))
            if found is not None and found.end() > found.start():
                return found.start(), found.end()
        elif (at := text.find(value)) >= 0 and value:
            return at, at + len(value)
    return None
