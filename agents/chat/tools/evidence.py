"""What in the log a decision rests on, and whether a field that is asked about is among it."""

from __future__ import annotations

from collections.abc import Sequence

from agents.chat.base import DecidedEvent, Fact
from agents.chat.quoting import listed, quote
from agents.chat.tools import citing
from agents.chat.tools.citing import fact
from agents.chat.tools.conditions import check
from agents.chat.tools.context import Context, Found
from agents.chat.tools.decision import mentioned
from agents.chat.tools.meaning import fields_named, fields_telling
from agents.events import Field
from agents.knowledge.catalog import EventView, Guide, GuideMatch

_MOST_FIELDS = 4
_MOST_LISTED = 10


def evidence_in_log(context: Context, event_id: str, named: Sequence[str] = ()) -> Found:
    """What a decision rests on in the log: every field of its evidence with value and place.

    Of each field that is ``named``, by its name or a word of its value, it says first whether it is among them.
    """
    decided = context.decided(event_id)
    decision = decided.decision
    name = context.caption(decision["class_uid"])
    view = context.view(event_id)
    matches = context.matching(decided, decision["class_uid"])
    listing: list[Fact] = []
    seen: set[tuple[str, str]] = set()
    for match in matches:
        for field in match.fields:
            if (field.path, field.value) in seen or len(listing) >= _MOST_LISTED:
                continue
            seen.add((field.path, field.value))
            cite = citing.of_span(decided, field.path, [field.span] if field.span else [])
            pair = f"{quote(field.path, 60)} = {quote(field.value, 100)}"
            text = f"{pair}, as the guide {quote(match.guide.title, 80)} asks."
            listing.append(fact(text, cite, field.value, field.path, match.guide.title))
        listing += _texts(decided, match.guide, view, seen)
    listing = listing[:_MOST_LISTED] or _from_spans(decided)
    if listing:
        count = "one place" if len(listing) == 1 else f"{len(listing)} places"
        facts = [fact(f"{name} rests on {count} in the log.", citing.of_decision(decided), decision["class_name"])]
        facts += _whether_evidence(context, decided, named, matches)
        return Found(tuple(facts), tuple(listing), mentioned=mentioned(decided))
    text = (
        f"Not known: no single place in the log carries {name}; it was chosen by likeness of the whole event to what "
        f"is known."
    )
    facts = [fact(text, citing.of_decision(decided), decision["class_name"])]
    closest = decision["evidence"][:1]
    if decision["decided_by"] in ("pin", "analyst"):
        facts = [fact(f"{name} rests on a person's review, not on a place in the log.", citing.of_decision(decided))]
    facts += [
        fact(
            f"Closest to it is the {e['kind']} {quote(e['title'])}.",
            citing.of_chunk(e["chunk_id"], e["title"], decided),
            e["title"],
        )
        for e in closest
    ]
    return Found(tuple(facts), known=decision["decided_by"] in ("pin", "analyst"), mentioned=mentioned(decided))


def _whether_evidence(
    context: Context, decided: DecidedEvent, named: Sequence[str], matches: Sequence[GuideMatch]
) -> list[Fact]:
    """Of each field that a question names, whether a guide of the decision asks for it."""
    if not matches:
        return []
    evidence = {(f.path, f.value) for match in matches for f in match.fields}
    view = context.view(decided.event_id)
    spans = [s for m in matches for c in check(m.guide, view) if c.holds for s in c.spans] if view is not None else []

    def is_evidence(field: Field) -> bool:
        place = field.span
        overlaps = place is not None and any(a < place[1] and place[0] < b for a, b in spans)
        return overlaps or (field.path, field.value) in evidence

    facts: dict[str, Fact] = {}
    for name in named:
        fields = fields_named(context, decided, name) or fields_telling(context, decided, name)
        for field in sorted(fields, key=lambda f: not is_evidence(f))[:1]:
            pair = f"{quote(field.path, 60)} = {quote(field.value, 100)}"
            text = f"{pair} is {'one' if is_evidence(field) else 'none'} of them."
            cite = citing.of_span(decided, field.path, [field.span] if field.span else [])
            facts.setdefault(text, fact(text, cite, field.value, field.path))
    return list(facts.values())


def _texts(decided: DecidedEvent, guide: Guide, view: EventView | None, seen: set[tuple[str, str]]) -> list[Fact]:
    if view is None:
        return []
    facts = []
    for checked in check(guide, view):
        if not checked.is_text or not checked.holds:
            continue
        for a, b in checked.spans:
            words = decided.raw[a:b]
            if ("", words) not in seen:
                seen.add(("", words))
                text = f"The words {quote(words, 80)}, as the guide {quote(guide.title, 80)} asks."
                facts.append(fact(text, citing.of_span(decided, "message", [(a, b)]), guide.title))
    return facts


def _from_spans(decided: DecidedEvent) -> list[Fact]:
    """Places that the decision itself names, where guides cannot be asked again."""
    facts = []
    for item in decided.decision["evidence"]:
        spans = citing.spans_of(item)
        if spans:
            values = listed([quote(decided.raw[a:b], 60) for a, b in spans[:_MOST_FIELDS]])
            text = f"{values}, as the {item['kind']} {quote(item['title'], 80)} asks."
            paths = item.get("fields", [])
            facts.append(fact(text, citing.of_span(decided, paths[0] if paths else "log", spans), item["title"]))
    return facts[:_MOST_LISTED]
