"""Conditions of a search, as a few words name them: "only the denied ones", "without user bob", "and since monday?"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from agents.chat.clauses import Clause
from agents.chat.field_names import field_synonyms
from agents.chat.intents import load_intents, normal, word_list
from agents.chat.periods import read_period
from agents.chat.spelling import corrected

Kind = Literal["template", "class", "source", "field", "text", "other", "status", "outcome", "time", "away"]
_MOST_VALUES = 3
_OWN = re.compile(r"(?:this|that|the same|same|its|the|these|those) $")
_ASKS = re.compile(
    r"^(?:(?:and|or|but|ok|so|then) )*"
    r"(?:who|whom|which|what|when|where|why|how|is|are|was|were|does|did|has|have)\b(?! about\b)"
)
_OTHER = re.compile(r"\b(?:the )?other $")
_SEARCHES = frozenset({"find", "search", "hunt", "pivot"})
_VALUE = re.compile(r"[\w$\\@.-]+")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a search.

    ``kind`` says what is compared: a field of the log by its path or by what analysts call it (``name``), a text, the
    template, class or source, how the event ended, the status, the time. ``values`` are what it is compared with, none
    for what the open event has. ``other`` asks for another value than the one in force, ``away`` takes the condition
    ``name`` away.
    """

    kind: Kind
    name: str = ""
    values: tuple[str, ...] = ()
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """The conditions that a clause names; ``left`` are words that say something else.

    ``swaps`` says that a value takes the place of another, ``adds`` that it stands beside it, ``only`` that what there
    is is narrowed.
    """

    conditions: tuple[Condition, ...]
    left: tuple[str, ...]
    swaps: bool
    adds: bool
    only: bool = False


@dataclass(frozen=True)
class _Words:
    """What ``conditions.yaml`` says, as expressions that are tried at a place of a text."""

    away: re.Pattern[str]
    status: Mapping[str, re.Pattern[str]]
    outcome: Mapping[str, re.Pattern[str]]
    noun: re.Pattern[str]
    out: re.Pattern[str]
    into: re.Pattern[str]
    swap: re.Pattern[str]
    instead: re.Pattern[str]
    add: re.Pattern[str]
    only: re.Pattern[str]
    linking: frozenset[str]


def read(clause: Clause) -> Reading:
    """What a clause says of a search, word by word."""
    said = _unmasked(clause)
    values, classes = list(clause.texts), list(clause.class_uids)
    found: list[Condition] = []
    left: list[tuple[str, int]] = []
    words, place, excluded = _words(), 0, False
    while place < len(said):
        step = _condition(said, place, words, excluded, values, classes)
        if step is not None:
            condition, place = step
            _note(found, condition)
        elif (taken := words.out.match(said, place)) is not None:
            excluded, place = not said.startswith("not only", place), taken.end()
        elif (taken := words.into.match(said, place)) is not None:
            excluded, place = False, taken.end()
        else:
            word = _VALUE.match(said, place)
            if word is not None and not _links(word.group(), words) and not _describes(said, word, words):
                left.append((word.group(), len(found)))
            place = word.end() if word is not None else place + 1
        while said.startswith(" ", place):
            place += 1
    rest = _as_values(clause, left, found)
    only = words.only.search(said) is not None
    return Reading(
        tuple(found),
        tuple(rest),
        _swaps(said, words),
        words.add.search(said) is not None,
        only,
    )


def _swaps(said: str, words: _Words) -> bool:
    narrowed = words.only.search(said) is not None
    return words.instead.search(said) is not None or (not narrowed and words.swap.search(said) is not None)


def narrows(clause: Clause) -> Reading | None:
    """What a clause changes in the search before; ``None`` where it asks something of its own."""
    said = _unmasked(clause)
    words = set(said.split())
    again = words & {"same", "only", "just", "again", "instead", "also"}
    if _ASKS.search(said) or words & {"why", "how", "when", "where"} - _about(said):
        return None
    if clause.meant.event_id or clause.meant.beyond or clause.event_id or (words & _SEARCHES and not again):
        return None
    found = read(clause)
    return found if found.conditions and not found.left else None


def extras(clause: Clause) -> tuple[Condition, ...]:
    """What a search that is asked for anew says beside what it searches by: period, status, and what is left out."""
    return tuple(c for c in read(clause).conditions if c.kind in ("time", "status") or (c.excluded and c.values))


def outcome_words(name: str) -> tuple[str, ...]:
    """The words with which logs say that an event ended so."""
    return tuple(_data()["outcome"][name]["words"])


def status_values(name: str) -> tuple[str, ...]:
    """The statuses that are meant, as Search has them."""
    return tuple(_data()["status"][name].get("values", (name,)))


def status_told(name: str) -> str:
    """How answers tell a status."""
    return str(_data()["status"][name]["told"])


def is_sound(condition: Condition) -> bool:
    """Whether a condition that was remembered can be searched by."""
    if condition.kind == "source":
        return True
    if condition.kind in ("status", "outcome"):
        known = _data()[condition.kind]
        return bool(condition.values) and all(value in known for value in condition.values)
    return bool(condition.values) and (condition.kind != "class" or all(v.isdigit() for v in condition.values))


# -- inside


def _about(said: str) -> set[str]:
    return {"how"} if "how about" in said else set()


def _unmasked(clause: Clause) -> str:
    """The clause in normal form, with its numbers, and masks for texts and classes."""
    numbers = iter(clause.numbers)
    masked = re.sub(r"\{id\}", lambda m: next(numbers, m.group()), clause.masked)
    return corrected(normal(masked), load_intents().words)


def _condition(
    said: str, place: int, words: _Words, excluded: bool, values: list[str], classes: list[int]
) -> tuple[Condition, int] | None:
    """The condition that stands at a place, and where its words end; a value is taken from ``values`` in turn."""
    if (away := words.away.match(said, place)) is not None:
        slot = next(value for name, value in away.groupdict().items() if name.startswith("slot") and value)
        return Condition("away", _slot(slot)), away.end()
    if (period := read_period(said, place)) is not None:
        (term, told), end = period
        return Condition("time", told, (term,), excluded), end
    for kind, named in (("status", words.status), ("outcome", words.outcome)):
        for name, pattern in named.items():
            if (found := pattern.match(said, place)) is not None:
                return Condition("status" if kind == "status" else "outcome", "", (name,), excluded), found.end()
    if said.startswith("{class}", place) and classes:
        return Condition("class", "", (str(classes.pop(0)),), excluded), place + len("{class}")
    if said.startswith("{text}", place) and values:
        return Condition("text", "", (values.pop(0),), excluded), place + len("{text}")
    return _noun(said, place, words, excluded)


def _noun(said: str, place: int, words: _Words, excluded: bool) -> tuple[Condition, int] | None:
    """A field, the source or the class of the open event that is named ("this host", "the other user")."""
    found = words.noun.match(said, place)
    if found is None:
        return None
    name, before = _slot(found["noun"]), said[:place]
    if _OTHER.search(before):
        return Condition("other", name), found.end()
    if name in ("class", "source"):
        own = _OWN.search(before) is not None
        return (Condition("class" if name == "class" else "source", "", (), excluded), found.end()) if own else None
    return Condition("field", name, (), excluded), found.end()


def _note(found: list[Condition], condition: Condition) -> None:
    """Add a condition; a value after the name of a field is what that field is compared with ("user bob")."""
    last = found[-1] if found else None
    if condition.kind == "text" and last is not None and last.kind in ("field", "other") and not last.values:
        found[-1] = Condition("field", last.name, condition.values, last.excluded or condition.excluded)
    else:
        found.append(condition)


def _as_values(clause: Clause, left: list[tuple[str, int]], found: list[Condition]) -> list[str]:
    """Words that no question has are values, as they were written ("same for rkessler"); the others are left.

    ``left`` says with each word how many conditions stand before it.
    """
    written = {w.lower().strip("."): w.strip(".") for w in _VALUE.findall(clause.text)}
    names = [w for w, _ in left if not load_intents().knows(w) and w in written]
    if not names or len(names) > _MOST_VALUES or len(written) == len(names):
        return [w for w, _ in left]
    excluded = _words().out.search(_unmasked(clause)) is not None
    for name, before in reversed([entry for entry in left if entry[0] in names]):
        head, tail = found[:before], found[before:]
        _note(head, Condition("text", "", (written[name],), excluded))
        found[:] = [*head, *tail]
    return [w for w, _ in left if w not in names]


def _describes(said: str, word: re.Match[str], words: _Words) -> bool:
    """Whether a word stands between "this" and what is named ("this firewall host")."""
    return _OWN.search(said[: word.start()]) is not None and words.noun.match(said, word.end() + 1) is not None


def _links(word: str, words: _Words) -> bool:
    return word in words.linking or word.startswith("{")


def _slot(said: str) -> str:
    """What a condition is called in ``Condition.name``: a slot of the file, or a noun of ``field_names.yaml``."""
    return next((slot for slot, names in _data()["slots"].items() if said in names), _singular(said))


def _singular(noun: str) -> str:
    return noun if noun in field_synonyms() else noun.removesuffix("s")


@cache
def _data() -> Mapping[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files(__package__).joinpath("conditions.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def _words() -> _Words:
    data = _data()
    nouns = [f"{noun}s?" for noun in sorted(field_synonyms(), key=len, reverse=True) if noun not in ("time", "outcome")]
    slots = sorted((n for names in data["slots"].values() for n in names), key=len, reverse=True)
    both = "|".join((*slots, *nouns))
    named = "|".join((*(n for s in ("class", "source") for n in data["slots"][s]), *nouns))
    limit = f"(?:{'|'.join(data['limit'])})"
    away = (
        rf"(?:{'|'.join(data['away'])}) (?:the |that |this |any |all )*"
        rf"(?:(?P<slot_a>{both}) {limit}|(?P<slot_b>time|date|time limit))\b"
        rf"|(?:drop|remove|forget|lift|cancel|clear) (?:the |that )(?P<slot_d>{both})$"
        rf"|(?:{'|'.join(data['every'])}) (?:of the )?(?P<slot_c>{both})\b(?! (?:{{|\d))"
    )
    return _Words(
        away=re.compile(away),
        status={name: _any(entry["said"]) for name, entry in data["status"].items()},
        outcome={name: _any(entry["said"]) for name, entry in data["outcome"].items()},
        noun=re.compile(rf"(?P<noun>{named})(?:name)?\b"),
        out=_any(data["out"]),
        into=_any(data["in"]),
        swap=re.compile(rf"\b(?:{'|'.join(data['swap'])})\b"),
        instead=re.compile(rf"\b(?:{'|'.join(data['instead'])})\b"),
        add=re.compile(rf"\b(?:{'|'.join(data['add'])})\b"),
        only=re.compile(rf"\b(?:{'|'.join(data['only'])})\b"),
        linking=word_list("searching")
        | word_list("words")
        | _of(data, "swap", "instead", "add", "in", "limit", "only"),
    )


def _of(data: Mapping[str, Any], *names: str) -> frozenset[str]:
    return frozenset(word for name in names for text in data[name] for word in text.split())


def _any(expressions: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(sorted(expressions, key=len, reverse=True))})\b")
