"""What the open event, an event id or a message means by the guides of the catalog, and the guides themselves."""

from __future__ import annotations

import re
from dataclasses import replace

from agents.chat.base import DecidedEvent, Fact
from agents.chat.quoting import quote, said, source_name
from agents.chat.tools import citing
from agents.chat.tools.citing import fact
from agents.chat.tools.conditions import check, needs
from agents.chat.tools.context import Context, Found, as_guide
from agents.chat.tools.decision import listing_of, mentioned
from agents.chat.tools.meaning import class_meaning, field_meaning, fields_with_value, squeeze, value_fact
from agents.events import Field
from agents.knowledge.base import Chunk, Kind
from agents.knowledge.catalog import Guide
from agents.ocsf.attributes import find_attribute

_SEARCHED = 24
_MOST_GUIDES = 4
_MOST_CONDITIONS = 6
_SHORT = 3


def what_happened(context: Context, event_id: str) -> Found:
    """What the open event means by the guide that matched it; else what is closest."""
    decided = context.decided(event_id)
    matches = context.matching(decided, decided.decision["class_uid"])
    name = context.caption(decided.decision["class_uid"])
    if not matches:
        start = "Not known: no guide describes this very kind of event"
        facts = [
            fact(f"{start}; it was decided as {name}.", citing.of_decision(decided), decided.decision["class_name"])
        ]
        guides = [g for g in context.guides([e["chunk_id"] for e in decided.decision["evidence"]]) if g.meaning]
        facts += [
            fact(
                f"The closest guide, {quote(g.title, 80)}, is about: {said(g.meaning, 240)}.",
                citing.of_guide(g, decided),
                g.title,
            )
            for g in guides[:1]
        ]
        return Found(tuple(facts), known=False, mentioned=mentioned(decided))
    guide = matches[0].guide
    facts = [*_guide_facts(guide, decided), _class_fact(context, guide)]
    return Found(tuple(facts), mentioned=mentioned(decided, guides=[guide.guide_id]))


def look_up(context: Context, text: str, event_id: str | None = None, about: str = "") -> Found:
    """What an event id or a message means, by the guides that name it; ``about`` are words beside it."""
    decided = context.decided(event_id) if event_id is not None else None
    asked = decided is not None and _asked_for(context, decided, text)
    fields = _all(context, decided) if decided is not None and not asked else ()
    if decided is not None and any(squeeze(text) in (squeeze(f.path), squeeze(f.name)) for f in fields):
        return _field_and_guides(context, decided, text)
    own = _own_guide(context, decided, text) if decided is not None else None
    if decided is not None and own is not None:
        return _told(context, decided, text, [own])
    shown = _guides_naming(context, decided, text, about)
    if shown:
        return _told(context, decided, text, shown)
    if find_attribute(context.taxonomy.version, text) is not None:
        uid = decided.decision["class_uid"] if decided is not None else 0
        return field_meaning(context, text, uid, event_id)
    note = f"Not known: no guide of the catalog names {quote(text, 80)}."
    if decided is None:
        return Found(notes=(note,), known=False)
    facts = [fact(note, citing.of_decision(decided, "Catalog"))]
    facts += [value_fact(decided, f.path, [f]) for f in fields_with_value(context, decided, text)[:2]]
    return Found(tuple(facts), known=False, mentioned=mentioned(decided))


def _guides_naming(context: Context, decided: DecidedEvent | None, text: str, about: str) -> list[Guide]:
    """The guides that name a text, of the event's product or of what stands beside it before others."""
    source = source_name(decided.vendor, decided.product) if decided is not None else ""
    product = _product_of(context, decided)
    queries = dict.fromkeys((f"{about} {text}".strip(), f"{source} {text}".strip(), text))
    hits = [hit for query in queries for hit in context.data.knowledge(query, _SEARCHED)]
    guides: dict[str, Guide] = {}
    for hit in hits:
        if hit.chunk.kind is Kind.GUIDE and _names_it(hit.chunk, text):
            guides.setdefault(hit.chunk.chunk_id, as_guide(hit.chunk))
    words = _words(about)

    def beside(guide: Guide) -> bool:
        return bool(words & _words(f"{guide.vendor} {guide.product_title} {guide.title}"))

    def order(guide: Guide) -> tuple[bool, bool, bool, int]:
        return not beside(guide), guide.product != product, guide.fallback, -_exactness(guide, text)

    found = sorted(guides.values(), key=order)
    if any(map(beside, found)):
        found = [guide for guide in found if beside(guide)]
        best = _exactness(found[0], text)
        found = [guide for guide in found if _exactness(guide, text) == best]
    if found and found[0].product == product:
        return found[:1]
    return found


def _asked_for(context: Context, decided: DecidedEvent, text: str) -> bool:
    """Whether a text is the very value that the event's guide asks for (``ConsoleLogin``)."""
    matches = context.matching(decided, decided.decision["class_uid"])
    return any(f.value.lower() == text.lower() for match in matches for f in match.fields)


def _own_guide(context: Context, decided: DecidedEvent, text: str) -> Guide | None:
    """The guide that matched the open event, where it asks for a text, or the text stands in the log itself."""
    matches = context.matching(decided, decided.decision["class_uid"])
    wanted = text.lower()
    for match in matches:
        if any(f.value.lower() == wanted for f in match.fields):
            return match.guide
    stands = not text.isdigit() and len(text) > _SHORT and wanted in decided.raw.lower()
    return matches[0].guide if matches and stands and not _is_value(context, decided, wanted) else None


def _is_value(context: Context, decided: DecidedEvent, wanted: str) -> bool:
    """Whether a text is the whole value of a field that no guide asks for (a user, an address)."""
    asked = {p.lower() for m in context.matching(decided, decided.decision["class_uid"]) for c in m.guide.match
             for p in c.paths}  # fmt: skip
    return any(f.value.lower() == wanted and f.path.lower() not in asked for f in _all(context, decided))


def _told(context: Context, decided: DecidedEvent | None, text: str, shown: list[Guide]) -> Found:
    more = {**(mentioned(decided) if decided is not None else {}), "guides": [g.guide_id for g in shown]}
    if len(shown) == 1:
        facts = [*_guide_facts(shown[0], decided), _class_fact(context, shown[0])]
        if decided is not None and text.lower() not in facts[0].text.lower() and text.lower() in decided.raw.lower():
            stands = f"{quote(text, 80)} stands in this event, which the guide describes."
            facts.append(fact(stands, citing.of_guide(shown[0], decided), text))
        return Found(tuple(facts), mentioned={**more, "guide": shown[0].guide_id})
    intro = fact(
        f"{len(shown)} guides of the catalog name {quote(text, 60)}.", citing.of_guide(shown[0], decided), text
    )
    listing = [guide_fact(context, g, decided) for g in shown[:_MOST_GUIDES]]
    return Found((intro,), tuple(listing), mentioned={**more, **listing_of("guides", len(listing))})


def guide_fact(context: Context, guide: Guide, decided: DecidedEvent | None) -> Fact:
    """A guide of a list: its title, product, meaning and class."""
    text = (
        f"{quote(guide.title, 80)} of {quote(guide.product_title, 60)}: {said(guide.meaning, 200)}; its class is "
        f"{context.caption(guide.class_uid)}."
    )
    return fact(text, citing.of_guide(guide, decided), guide.title, *_class_names(context, guide.class_uid))


def _all(context: Context, decided: DecidedEvent) -> tuple[Field, ...]:
    event = context.event(decided.event_id)
    return event.fields if event is not None else ()


def _field_and_guides(context: Context, decided: DecidedEvent, name: str) -> Found:
    """A field of the open event that was asked about by its name, and what its guide says of it."""
    found = field_meaning(context, name, decided.decision["class_uid"], decided.event_id)
    said_of = [
        f
        for match in context.matching(decided, decided.decision["class_uid"])
        if name.lower() in match.guide.meaning.lower()
        for f in _guide_facts(match.guide, decided)[:1]
    ]
    if not said_of:
        return found
    rest = [f for f in found.facts if not f.text.startswith("Not known")]
    return replace(found, facts=(*said_of, *rest), known=True)


def show_guide(context: Context, event_id: str | None, chunk_id: str | None = None, kind: str = "") -> Found:
    """A guide or example: what it says, what it looks for. Without an id the one behind the open event."""
    decided = context.decided(event_id) if event_id is not None else None
    chunk = _wanted_chunk(context, decided, chunk_id, kind)
    if chunk is None:
        what = "example" if kind == "example" else "guide or example"
        if decided is None:
            return Found(notes=(f"Not known: there is no such {what}.",), known=False)
        text = f"Not known: the decision of {context.caption(decided.decision['class_uid'])} names no {what}."
        cite = citing.of_decision(decided, "Evidence")
        return Found((fact(text, cite, decided.decision["class_name"]),), known=False, mentioned=mentioned(decided))
    base = mentioned(decided) if decided is not None else {}
    more = {**base, "guides": [chunk.chunk_id], "guide": chunk.chunk_id}
    if chunk.kind is Kind.EXAMPLE:
        return Found(tuple(_example_facts(context, chunk, decided)), mentioned=more)
    if chunk.kind is Kind.CLASS and chunk.class_uid is not None:
        return class_meaning(context, chunk.class_uid)
    guide = as_guide(chunk)
    facts = [*_guide_facts(guide, decided), _class_fact(context, guide)]
    if decided is not None and chunk_id is None and not context.matching(decided, decided.decision["class_uid"]):
        text = f"No guide matched this event; the closest is {quote(guide.title, 100)}."
        facts.insert(0, fact(text, citing.of_guide(guide, decided), guide.title))
    view = context.view(decided.event_id) if decided is not None else None
    listing = []
    if view is not None and guide.match:
        for checked in check(guide, view)[:_MOST_CONDITIONS]:
            mark = "holds" if checked.holds else "does not hold"
            text = f"It needs {needs(checked)}; that {mark} here."
            cite = citing.of_guide(guide, decided, checked.spans)
            listing.append(fact(text, cite, *checked.condition.values_shown, *([checked.has] if checked.has else [])))
    return Found(tuple(facts), tuple(listing), mentioned=more)


def _wanted_chunk(context: Context, decided: DecidedEvent | None, chunk_id: str | None, kind: str) -> Chunk | None:
    if chunk_id is not None:
        return next(iter(context.chunks([chunk_id])), None)
    if decided is None:
        return None
    ids = [m.guide.guide_id for m in context.matching(decided, decided.decision["class_uid"])]
    ids += [e["chunk_id"] for e in decided.decision["evidence"]]
    wanted = (Kind(kind),) if kind else (Kind.GUIDE, Kind.EXAMPLE)
    return next((c for c in context.chunks(ids) if c.kind in wanted), None)


def _guide_facts(guide: Guide, decided: DecidedEvent | None) -> list[Fact]:
    cite = citing.of_guide(guide, decided)
    product = f" of {quote(guide.product_title, 80)}" if guide.product_title else ""
    meaning = said(guide.meaning, 300) if guide.meaning else ""
    if meaning:
        facts = [
            fact(f"The guide {quote(guide.title, 100)}{product} says: {meaning}.", cite, guide.title, guide.meaning)
        ]
    else:
        facts = [fact(f"It is what the guide {quote(guide.title, 100)}{product} describes.", cite, guide.title)]
    if guide.why:
        facts.append(fact(f"On the class it says: {said(guide.why, 300)}.", cite, guide.why, key=False))
    return facts


def _class_fact(context: Context, guide: Guide) -> Fact:
    name = context.caption(guide.class_uid)
    return fact(f"Its class is {name}.", citing.of_guide(guide), *_class_names(context, guide.class_uid))


def _class_names(context: Context, uid: int) -> tuple[str, ...]:
    found = context.ocsf_class(uid)
    return (found.caption, str(found.uid)) if found is not None else ()


def _example_facts(context: Context, chunk: Chunk, decided: DecidedEvent | None) -> list[Fact]:
    cite = citing.of_chunk(chunk.chunk_id, chunk.title, decided)
    who = str(chunk.metadata.get("by") or "")
    by = f" by {quote(who, 60)}" if who else ""
    name = context.caption(chunk.class_uid or 0)
    facts = [fact(f"It is an example confirmed{by} as {name}.", cite, *_class_names(context, chunk.class_uid or 0))]
    excerpt = str(chunk.metadata.get("excerpt") or chunk.text)
    facts.append(fact(f"Its template reads: {quote(excerpt, 300)}.", cite))
    return facts


def _product_of(context: Context, decided: DecidedEvent | None) -> str:
    if decided is None:
        return ""
    matches = context.matching(decided, decided.decision["class_uid"])
    return matches[0].guide.product if matches else decided.product.lower().replace(" ", "-")


def _names_it(chunk: Chunk, text: str) -> bool:
    """Whether a guide is about an id or message: in its title, its id or the values it asks for."""
    wanted = text.lower()
    guide = as_guide(chunk)
    values = [v for c in (*guide.match, *(w for r in guide.activities for w in r.when)) for v in c.values]
    if any(v.lower() == wanted for v in values if v):
        return True
    pattern = re.compile(rf"(?<![\w]){re.escape(wanted)}(?![\w])")
    text = f"{guide.title} {chunk.chunk_id} {guide.meaning}".lower()
    return pattern.search(text) is not None or (not wanted.isdigit() and _words(wanted) <= _words(text))


def _exactness(guide: Guide, text: str) -> int:
    wanted = text.lower()
    asked = any(v.lower() == wanted for c in guide.match for v in c.values)
    return 2 * asked + (wanted in guide.title.lower())


def _words(text: str) -> set[str]:
    return {w for w in re.findall(r"[a-z0-9]+", text.lower()) if len(w) > 2}
