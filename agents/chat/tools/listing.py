"""A list that an answer told, gone on with: its next items, one of them by its number, or that it has ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.chat.base import Citation, DecidedEvent, Fact, Link
from agents.chat.quoting import count, ordinal, term
from agents.chat.tools import citing, comparing, history
from agents.chat.tools.citing import fact
from agents.chat.tools.context import Context, Found, NoEventError
from agents.chat.tools.decision import listing_of, mentioned
from agents.chat.tools.guides import guide_fact

_PAGE = 5
_MOST = 50
_TOLD = ("", ", and it was told", ", and all of them were told")
"""By how many items there are: none, one, several."""


@dataclass(frozen=True)
class _Listed:
    """All items of a list as facts, in their order, with their ids, and what the list as a whole cites."""

    items: tuple[Fact, ...]
    one: str
    many: str
    cite: Citation
    events: tuple[str, ...] = ()
    classes: tuple[int, ...] = ()
    guides: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    about: DecidedEvent | None = None


def go_on(
    context: Context,
    kind: str,
    shown: int,
    event_id: str | None = None,
    told: Sequence[str] = (),
    place: int | None = None,
) -> Found:
    """More of a list of which ``shown`` items were told, or its item number ``place``; else how many there are.

    ``told`` are the ids of the events or guides that were told, in their order.

    Raises:
        NoEventError: the list is about an event, and there is none.
    """
    read = _guides(context, event_id, told) if kind == "guides" else _of_event(context, kind, event_id, told)
    number = len(read.items)
    if place is not None and place <= number:
        text = f"Number {place} of {_counted(number, read)} is this:"
        facts = (fact(text, read.cite, str(place), str(number)),)
        return Found(facts, read.items[place - 1 : place], links=read.links, mentioned=_remembered(kind, read, shown))
    if place is not None:
        text = f"There is no {ordinal(place)} {read.one}: {_how_many(number, read)}."
        facts = (fact(text, read.cite, str(place), str(number)),)
        return Found(facts, links=read.links, known=False, mentioned=_remembered(kind, read, shown))
    rest = read.items[shown : shown + _PAGE]
    if not rest:
        ended = f"The list has ended: there {'is' if number == 1 else 'are'} {_counted(number, read)}"
        text = f"{ended}{_TOLD[min(number, 2)]}."
        facts = (fact(text, read.cite, str(number)),)
        return Found(facts, links=read.links, mentioned=_remembered(kind, read, shown))
    text = f"Of {_counted(number, read)}, {_range(shown + 1, shown + len(rest))}:"
    more = _remembered(kind, read, shown + len(rest))
    return Found((fact(text, read.cite, str(number)),), rest, links=read.links, mentioned=more)


def _counted(number: int, read: _Listed) -> str:
    least = "at least " if read.events and number >= _MOST - 1 else ""
    return f"{least}{count(number, read.one, read.many)}" if number else f"no {read.many}"


def _how_many(number: int, read: _Listed) -> str:
    least = "at least " if read.events and number >= _MOST - 1 else ""
    return f"there {'is' if number == 1 else 'are'} {least}{f'{number:,}' if number else 'none'}"


def _range(first: int, last: int) -> str:
    return f"number {first} follows" if first == last else f"numbers {first} to {last} follow"


def _remembered(kind: str, read: _Listed, shown: int) -> dict[str, Any]:
    """What the next question may mean by "the sixth" and "more"."""
    told = min(shown, len(read.items))
    ids: dict[str, Any] = {"guides": list(read.guides)} if read.guides else {}
    if read.events:
        ids = {"events": list(read.events[:told])}
    elif read.classes:
        ids = {"classes": list(read.classes[:told])}
    if read.about is None:
        return {**ids, **listing_of(kind, told)}
    return mentioned(read.about, **{**ids, **listing_of(kind, told)})


def _of_event(context: Context, kind: str, event_id: str | None, told: Sequence[str]) -> _Listed:
    if event_id is None:
        raise NoEventError("a list about no event")
    decided = context.decided(event_id)
    return replace(_KINDS[kind](context, decided, tuple(told)), about=decided)


def _guides(context: Context, event_id: str | None, told: Sequence[str]) -> _Listed:
    """The guides that a look-up found, which are known by their ids."""
    decided = context.decided(event_id) if event_id is not None else None
    guides = context.guides(told)
    items = tuple(guide_fact(context, guide, decided) for guide in guides)
    cite = citing.of_guide(guides[0], decided) if guides else citing.of_figure("Knowledge", "/knowledge")
    ids = tuple(guide.guide_id for guide in guides)
    return _Listed(items, "guide that names it", "guides that name it", cite, guides=ids, about=decided)


def _similar(context: Context, decided: DecidedEvent, told: tuple[str, ...]) -> _Listed:
    found = {entry[0].event_id: entry for entry in context.data.similar(decided.event_id, _MOST)}
    ids = _in_order(told, list(found))
    items = tuple(history.similar_fact(context, *found[event_id]) for event_id in ids)
    cite = citing.of_decision(decided, "Similar events")
    return _Listed(items, "event by likeness", "events by likeness", cite, ids)


def _of_template(context: Context, decided: DecidedEvent, told: tuple[str, ...]) -> _Listed:
    template_id = decided.decision["template_id"]
    others = {e.event_id: e for e in context.data.of_template(template_id, _MOST) if e.event_id != decided.event_id}
    ids = _in_order(told, list(others))
    items = tuple(history.event_fact(context, others[event_id]) for event_id in ids)
    links = (Link("Open in Search", citing.page("/search", q=term("template", template_id))),)
    cite = citing.of_template(template_id)
    return _Listed(items, "other event of this template", "other events of this template", cite, ids, links=links)


def _candidates(context: Context, decided: DecidedEvent, told: tuple[str, ...]) -> _Listed:  # noqa: ARG001 - one shape
    ranked = context.machine(decided) or decided
    items = tuple(comparing.had(context, ranked, c["class_uid"]) for c in ranked.decision["candidates"])
    return _Listed(items, "candidate", "candidates", citing.of_decision(decided, "Candidates"))


def _others(context: Context, decided: DecidedEvent, told: tuple[str, ...]) -> _Listed:  # noqa: ARG001 - one shape
    """The candidates that were not decided."""
    every = [c["class_uid"] for c in decided.decision["candidates"] if c["class_uid"] != decided.decision["class_uid"]]
    items = tuple(comparing.had(context, decided, uid) for uid in every)
    cite = citing.of_decision(decided, "Candidates")
    return _Listed(items, "other candidate", "other candidates", cite, classes=tuple(every))


def _reviews(context: Context, decided: DecidedEvent, told: tuple[str, ...]) -> _Listed:  # noqa: ARG001 - one shape
    made = context.data.reviews(decided.event_id, _MOST)
    cite = citing.of_review(made[0]) if made else citing.of_decision(decided, "Reviews")
    return _Listed(tuple(map(history.review_fact, made)), "review", "reviews", cite)


def _in_order(told: tuple[str, ...], found: list[str]) -> tuple[str, ...]:
    """What was told keeps its place, whatever the next search puts first."""
    first = [event_id for event_id in told if event_id in found]
    return (*first, *(event_id for event_id in found if event_id not in first))


_KINDS: Mapping[str, Callable[[Context, DecidedEvent, tuple[str, ...]], _Listed]] = {
    "similar": _similar,
    "template": _of_template,
    "candidates": _candidates,
    "others": _others,
    "reviews": _reviews,
}
KINDS = (*_KINDS, "guides")
"""The lists that can be gone on with."""
