"""Questions that only go on with the last answer: with its list ("more") or its search ("only today")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from agents.chat.binding import Bind, Call
from agents.chat.intents import word_list
from agents.chat.narrowing import Condition, Reading, is_sound, narrows
from agents.chat.references import Listing
from agents.chat.tools.listing import KINDS

_OTHER_ONES = re.compile(r"\bother (?:ones|\w+s)\b")
_MORE_ABOUT = re.compile(r"\b(?:more|else) (?:about|on|of) (?:it|this|that|the)\b")
_ONE_OTHER = re.compile(r"\b(?:the )?(?:other|next) (?:one|candidate|class)$")
_CONDITIONS: TypeAdapter[tuple[Condition, ...] | None] = TypeAdapter(tuple[Condition, ...] | None)
_NOUNS = {
    ("similar", "template"): frozenset({"event", "events", "logs", "matches"}),
    ("candidates", "others"): frozenset({"candidate", "candidates", "class", "classes", "alternatives", "options"}),
    ("reviews",): frozenset({"review", "reviews", "reviewer", "reviewers"}),
    ("guides",): frozenset({"guide", "guides"}),
}
"""What the items of lists are called, by the kinds of lists."""
_BASES = {"similar": Condition("template"), "week": Condition("source")}
"""What a search begins with that narrows an answer to such a question."""
_SEARCHING = frozenset({"find", *_BASES})
_INTENT = {"template": "find", "others": "candidates", "guides": "look_up"}
"""What a list answered to, where that has another name."""
_NOT_MORE = frozenset({"why", "how", "when", "where", "not", "explain", "describe", "say", "said", "mean"})
"""Words with which a question asks for something of the items, not for more of them."""


def followed(known: Bind) -> Call | None:
    """The call of a clause that goes on with a list that was told; ``None`` where it asks something of its own."""
    place = known.clause.meant.beyond
    if place is not None:
        return _item(known, place)
    return _more(known) or _narrowed(known)


def _item(known: Bind, place: int) -> Call | None:
    """An item that the list has not, or has not yet told, by its number."""
    listing = known.memory.listing
    if listing is None or re.search(r"\bcandidate\b", known.clause.said):
        listing = Listing("candidates", known.event_id, (), 0) if known.event_id is not None else None
    return _call(listing, place) if listing is not None else None


def _more(known: Bind) -> Call | None:
    """The rest of the list that the last turn told."""
    listing = known.memory.listing if known.memory.lists_now else None
    if listing is None or not _asks_for_more(known, listing):
        return None
    return _call(listing, None)


def _asks_for_more(known: Bind, listing: Listing) -> bool:
    clause = known.clause
    if clause.class_uids or clause.texts or clause.numbers or clause.event_id or _ONE_OTHER.search(clause.said):
        return False
    words = {word for word in clause.said.split() if not word.isdigit()}
    more = word_list("continuing")
    if not words & more and not _OTHER_ONES.search(clause.said):
        return False
    if "who" in words and listing.kind != "reviews":
        return False
    if _MORE_ABOUT.search(clause.said) or any(
        words & nouns for kind, nouns in _NOUNS.items() if listing.kind not in kind
    ):
        return False
    return not words & _NOT_MORE and words <= more | word_list("words") | word_list("items")


def _narrowed(known: Bind) -> Call | None:
    """The search of the last turn with what a clause changes in it.

    After similar events it is that for this template, after a week of the source that for the source in another time.
    Where another question came between, only a clause that says that it narrows ("only the confirmed ones") means it.
    """
    reading = narrows(known.clause)
    if reading is None:
        return None
    turn = known.memory.newest
    if turn.get("intent") not in _SEARCHING and reading.only:
        turn = known.memory.with_search or turn
    kept = _in_force(turn)
    if kept is None or (kept == (Condition("source"),) and _is_the_week(reading)):
        return None
    return Call("find", "search", {
        "event_id": turn.get("event_id"), "conditions": reading.conditions, "kept": kept,
        "swaps": reading.swaps, "adds": reading.adds,
    })  # fmt: skip


def _is_the_week(reading: Reading) -> bool:
    """Whether a clause asks for the very week that was told."""
    return all(c.kind == "time" and c.values == ("received:>now-7d",) for c in reading.conditions)


def _in_force(turn: Mapping[str, Any]) -> tuple[Condition, ...] | None:
    """The conditions of a turn's search; ``None`` where it wrote none."""
    if not isinstance(turn.get("event_id"), str):
        return None
    if (base := _BASES.get(str(turn.get("intent")))) is not None and turn.get("search") is None:
        return (base,)
    try:
        kept = _CONDITIONS.validate_python(turn.get("search"))
    except ValidationError:
        return None
    return kept if kept is not None and all(map(is_sound, kept)) else None


def _call(listing: Listing, place: int | None) -> Call | None:
    if listing.kind not in KINDS:
        return None
    arguments = {"event_id": listing.event_id, "kind": listing.kind, "shown": listing.shown, "told": listing.told}
    return Call(_INTENT.get(listing.kind, listing.kind), "go_on", {**arguments, "place": place})
