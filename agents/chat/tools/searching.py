"""A search of several conditions, and the same search with one of them changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from agents.chat.base import DecidedEvent, Fact, Link
from agents.chat.clauses import ADDRESS
from agents.chat.field_names import field_family, field_synonyms, in_text
from agents.chat.narrowing import Condition, outcome_words, status_told, status_values
from agents.chat.quoting import listed, phrase, quote, source_name, term
from agents.chat.tools import citing
from agents.chat.tools.citing import fact
from agents.chat.tools.context import Context, Found
from agents.chat.tools.decision import mentioned
from agents.chat.tools.meaning import fields_named, fields_with_value, squeeze

_VALUES = ("field", "text")
_SEVERAL = (*_VALUES, "class", "status", "outcome")
"""What may have one of several values."""


def search(
    context: Context,
    event_id: str,
    conditions: Sequence[Condition],
    kept: Sequence[Condition] = (),
    *,
    swaps: bool = False,
    adds: bool = False,
) -> Found:
    """A search by ``kept``, the conditions in force so far, with ``conditions`` changed; the answer names all of them.

    A value takes the place of another of its kind where it ``swaps``, and stands beside it where it ``adds``.
    """
    decided = context.decided(event_id)
    template = (str(decided.decision["template_id"]),)
    force = [replace(c, values=template) if c.kind == "template" else c for c in kept]
    facts: list[Fact] = []
    for asked in conditions:
        if asked.kind == "away":
            left = [c for c in force if not _is_called(c, asked.name)]
            if len(left) == len(force):
                text = f"The search had no condition on the {asked.name}."
                facts.append(fact(text, citing.of_figure("Search", "/search")))
            force = left
            continue
        resolved = _resolved(context, decided, asked, force)
        if resolved is None:
            facts.append(_unresolved(decided, asked))
        else:
            force = _merged(force, resolved, swaps=swaps, adds=adds)
    if len(facts) == len(conditions) and all(c.kind != "away" for c in conditions):
        return Found(tuple(facts), known=False, mentioned=mentioned(decided, search=remembered(force)))
    query = " ".join(_term(context, decided, c) for c in force)
    url = citing.page("/search", q=query)
    told = ", ".join(_told(context, decided, c) for c in force)
    text = f"Search finds events {told}." if force else "Search finds all events."
    values = [value for c in force for value in (c.name, *c.values)]
    first = fact(text, citing.of_figure("Search", url), *values)
    links = (Link("Open in Search", url),)
    return Found((first, *facts), links=links, mentioned=mentioned(decided, search=remembered(force)))


def remembered(force: Sequence[Condition]) -> list[dict[str, Any]]:
    """Conditions as a turn keeps them."""
    return [asdict(c) | {"values": list(c.values)} for c in force]


def _resolved(
    context: Context, decided: DecidedEvent, asked: Condition, force: Sequence[Condition]
) -> Condition | None:
    """A condition on a path of the log with its value; ``None`` where the event does not say which."""
    if asked.kind == "template":
        return replace(asked, values=(str(decided.decision["template_id"]),))
    if asked.kind == "class" and not asked.values:
        return replace(asked, values=(str(decided.decision["class_uid"]),))
    if asked.kind == "source":
        return asked if decided.vendor or decided.product else None
    if asked.kind == "other":
        return _other(context, decided, asked, force)
    if asked.kind == "field":
        return _field(context, decided, asked)
    if asked.kind == "text":
        found = fields_with_value(context, decided, asked.values[0])
        return replace(asked, kind="field", name=found[0].path) if found else asked
    return asked


def _field(context: Context, decided: DecidedEvent, asked: Condition) -> Condition | None:
    found = [f for f in fields_named(context, decided, asked.name) if f.value]
    if asked.values:  # a field that holds something else is not meant
        found = [f for f in found if _shape(f.value) == _shape(asked.values[0])]
    if found:
        return replace(asked, name=found[0].path, values=asked.values or (found[0].value,))
    said = in_text(decided.raw, asked.name)
    values = asked.values or ((said[0],) if said is not None else ())
    return replace(asked, kind="text", name="", values=values) if values else None


def _other(context: Context, decided: DecidedEvent, asked: Condition, force: Sequence[Condition]) -> Condition | None:
    """The value of this kind that the event has beside the one in force."""
    fields = [f for noun in field_family(asked.name) for f in fields_named(context, decided, noun) if f.value]
    in_force = {value.lower() for c in force if c.kind in _VALUES for value in c.values}
    used = {f.value.lower() for f in fields} & in_force or {f.value.lower() for f in fields[:1]}
    found = next((f for f in fields if f.value.lower() not in used), None)
    return Condition("field", found.path, (found.value,), asked.excluded) if found is not None else None


def _unresolved(decided: DecidedEvent, asked: Condition) -> Fact:
    cite = citing.of_decision(decided, "Fields")
    if asked.kind == "source":
        return fact("Not known: the event names no source (vendor and product) to search by.", cite)
    if asked.kind == "other":
        return fact(f"Not known which other {quote(asked.name, 40)} is meant: the event names no other one.", cite)
    return fact(f"Not known: the event has no field that says {quote(asked.name, 40)} to search by.", cite)


def _merged(force: list[Condition], new: Condition, *, swaps: bool, adds: bool) -> list[Condition]:
    """The conditions with a new one, which replaces the one in its place."""
    if new.excluded:
        same = [c for c in force if (c.kind, c.name, c.values) != (new.kind, new.name, new.values)]
        return [*same, new]
    rest = [c for c in force if not (c.excluded and (c.kind, c.name, c.values) == (new.kind, new.name, new.values))]
    place = _place(rest, new, swaps=swaps or adds)
    if place is None:
        return [*rest, new]
    old = rest[place]
    if new.kind in _VALUES:
        new = new if new.kind == "field" else replace(new, kind=old.kind, name=old.name)
    if adds and new.kind in _SEVERAL:
        new = replace(old, values=tuple(dict.fromkeys((*old.values, *new.values))))
    return [*rest[:place], new, *rest[place + 1 :]]


def _place(force: Sequence[Condition], new: Condition, *, swaps: bool) -> int | None:
    """Where the condition stands that a new one replaces."""
    if new.kind not in _VALUES:
        same_kind = (n for n, c in enumerate(force) if c.kind == new.kind and (c.kind == "time" or not c.excluded))
        return next(same_kind, None)
    ours = [n for n, c in enumerate(force) if c.kind in _VALUES and not c.excluded]
    same = [n for n in ours if force[n].name == new.name and new.kind == "field"]
    shape = _shape(new.values[0])
    elsewhere = new.kind == "field" and shape == "name"  # the event has this name in a field of its own
    alike = [n for n in ours if _shape(force[n].values[0]) == shape] if swaps and not elsewhere else []
    return next(iter((*same, *alike)), None)


def _shape(value: str) -> str:
    if ADDRESS.fullmatch(value):
        return "mail" if "@" in value else "address"
    return "name"


def _is_called(condition: Condition, name: str) -> bool:
    """Whether a condition is what analysts call so ("the host")."""
    if condition.kind != "field":
        return condition.kind == name
    if name in field_family("ip") and all(_shape(value) == "address" for value in condition.values):
        return True
    names = {squeeze(known) for known in (name, *field_synonyms().get(name, ()))}
    return bool(names & {squeeze(condition.name), squeeze(condition.name.rpartition(".")[2])})


def _term(context: Context, decided: DecidedEvent, condition: Condition) -> str:
    """The condition as the search box reads it."""
    terms = _terms(context, decided, condition)
    joined = terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})"
    if condition.kind == "source":
        joined = " ".join(terms) if not condition.excluded else f"({' '.join(terms)})"
    return f"-{joined}" if condition.excluded else joined


def _terms(context: Context, decided: DecidedEvent, condition: Condition) -> list[str]:
    kind, values = condition.kind, condition.values
    if kind == "source":
        return [term(f, v) for f, v in (("vendor", decided.vendor), ("product", decided.product)) if v]
    if kind == "field":
        return [term(condition.name, value) for value in values]
    if kind == "text":
        return [phrase(value) for value in values]
    if kind == "time":
        return list(values)
    if kind == "outcome":
        return [t for name in values for t in _outcome_terms(context, decided, name)]
    if kind == "status":
        return [term(kind, value) for name in values for value in status_values(name)]
    return [term(kind, value) for value in values]


def _outcome_terms(context: Context, decided: DecidedEvent, outcome: str) -> list[str]:
    ended = _ended(context, decided, outcome)
    return [term(*ended)] if ended is not None else list(outcome_words(outcome))


def _ended(context: Context, decided: DecidedEvent, outcome: str) -> tuple[str, str] | None:
    """The field by which the event itself says that it ended so, and its value."""
    words = outcome_words(outcome)
    for noun in ("outcome", "action"):
        for found in fields_named(context, decided, noun):
            if re.sub(r"[^a-z]", "", found.value.lower()) in words:
                return found.path, found.value
    return None


def _told(context: Context, decided: DecidedEvent, condition: Condition) -> str:
    """The condition in words."""
    kind, out = condition.kind, condition.excluded
    if kind == "template":
        return "not of this event's template" if out else "of this event's template"
    if kind == "class":
        return f"{'not ' if out else ''}of {listed([context.caption(int(uid)) for uid in condition.values], 'or')}"
    if kind == "source":
        source = quote(source_name(decided.vendor, decided.product), 80)
        return f"{'not ' if out else ''}from {source}"
    if kind == "time":
        return f"not {condition.name}" if out else condition.name
    if kind == "status":
        those = listed([status_told(name) for name in condition.values], "or")
        return f"except those {those}" if out else those
    values = listed([quote(value, 100) for value in condition.values], "or")
    having = "without" if out else "with"
    if kind == "field":
        return f"{having} {quote(condition.name, 60)} = {values}"
    if kind == "text":
        return f"{having} the text {values}"
    return f"{having} {listed([s for name in condition.values for s in _outcome_told(context, decided, name)], 'or')}"


def _outcome_told(context: Context, decided: DecidedEvent, outcome: str) -> list[str]:
    ended = _ended(context, decided, outcome)
    if ended is not None:
        return [f"{quote(ended[0], 60)} = {quote(ended[1], 100)}"]
    return [quote(word) for word in outcome_words(outcome)]
