"""What a class, an OCSF field, an event id or a guide means, from the taxonomy and the catalog."""

from __future__ import annotations

import re
from dataclasses import replace

from agents.chat.base import DecidedEvent, Fact
from agents.chat.field_names import field_synonyms, in_text
from agents.chat.quoting import first_sentences, listed, prose, quote
from agents.chat.tools import citing
from agents.chat.tools.citing import fact
from agents.chat.tools.context import Context, Found
from agents.chat.tools.decision import mentioned
from agents.events import Field
from agents.ocsf import OcsfClass
from agents.ocsf.attributes import Attribute, find_attribute

_GENERIC = frozenset({0, 99})
_ABBREVIATED = re.compile(r"\b(?:ip|acl)\b")


def class_meaning(context: Context, class_uid: int, other_uid: int | None = None) -> Found:
    """What OCSF says about a class: description, category, activities, telling attributes; or what sets two apart."""
    ocsf_class = context.ocsf_class(class_uid)
    other = context.ocsf_class(other_uid) if other_uid is not None else None
    if ocsf_class is not None and other is not None and other.uid != ocsf_class.uid:
        return _difference(context, ocsf_class, other)
    if ocsf_class is None:
        return Found(notes=(f"Not known: OCSF {context.taxonomy.version} has no class {class_uid}.",), known=False)
    cite = citing.of_class(ocsf_class, context.taxonomy.version)
    caption = ocsf_class.caption
    described = first_sentences(ocsf_class.description, 2) or ["Nothing more is written about it"]
    facts = [
        fact(f"{caption} ({ocsf_class.uid}) in OCSF: {prose(described[0]).rstrip('.')}.", cite, caption),
        *(fact(f"{prose(s).rstrip('.')}.", cite, key=False) for s in described[1:]),
        fact(
            f"It belongs to the category {prose(ocsf_class.category_name)} ({ocsf_class.category_uid}).",
            cite,
            ocsf_class.category_name,
        ),
    ]
    activities = [a.caption for a in ocsf_class.activities.values() if a.activity_id not in _GENERIC]
    if activities:
        facts.append(fact(f"Its activities are {listed(activities[:16])}.", cite, *activities))
    if ocsf_class.telling_attributes:
        names = list(ocsf_class.telling_attributes)[:12]
        facts.append(fact(f"Its telling attributes are {listed([f'`{n}`' for n in names])}.", cite, *names, key=False))
    if ocsf_class.deprecated:
        names = [context.caption(uid) for uid in ocsf_class.replaced_by]
        instead = f"; {listed(names)} replaces it" if names else ""
        facts.append(fact(f"It is deprecated since OCSF {ocsf_class.deprecated_since}{instead}.", cite, *names))
    return Found(tuple(facts), mentioned={"class_uid": class_uid, "classes": [class_uid], "subject": class_uid})


def _difference(context: Context, one: OcsfClass, two: OcsfClass) -> Found:
    """Two classes beside each other."""
    facts = []
    for ocsf_class, other in ((one, two), (two, one)):
        cite = citing.of_class(ocsf_class, context.taxonomy.version)
        described = first_sentences(ocsf_class.description) or ["nothing more is written about it"]
        name = context.caption(ocsf_class.uid)
        text = f"{name} in OCSF: {prose(described[0]).rstrip('.')}."
        facts.append(fact(text, cite, ocsf_class.caption, str(ocsf_class.uid)))
        theirs = {a.caption for a in other.activities.values()}
        own = [a.caption for a in ocsf_class.activities.values() if a.caption not in theirs]
        if own:
            facts.append(fact(f"Only {ocsf_class.caption} has the activities {listed(own[:10])}.", cite, *own))
        if ocsf_class.category_uid != other.category_uid:
            text = f"{ocsf_class.caption} belongs to the category {prose(ocsf_class.category_name)}."
            facts.append(fact(text, cite, ocsf_class.category_name, key=False))
    if one.category_uid == two.category_uid:
        text = f"Both {one.caption} and {two.caption} belong to the category {prose(one.category_name)}."
        cite = citing.of_class(one, context.taxonomy.version)
        facts.append(fact(text, cite, one.category_name, one.caption, two.caption))
    return Found(tuple(facts), mentioned={"class_uid": one.uid, "classes": [one.uid, two.uid], "subject": two.uid})


def field_meaning(context: Context, name: str, class_uid: int | None = None, event_id: str | None = None) -> Found:
    """What a field means: an OCSF attribute (as the class has it), and what the open event has there."""
    ocsf_class = context.ocsf_class(class_uid) if class_uid is not None else None
    attribute = find_attribute(context.taxonomy.version, name, ocsf_class.name if ocsf_class else None)
    facts = []
    if attribute is not None:
        facts += _attribute_facts(context, attribute, class_uid)
    decided = context.decided(event_id) if event_id is not None else None
    fields = fields_named(context, decided, name) if decided is not None else []
    if decided is not None:
        facts += [value_fact(decided, path, found) for path, found in _by_path(fields)[:3]]
        facts += _guides_on(context, decided, fields)
    known = attribute is not None
    if not known:
        if fields and decided is not None:
            text = f"Not known: no documentation of what {quote(fields[0].path, 60)} means to its product is held here."
            cite = citing.of_span(decided, fields[0].path, [f.span for f in fields[:3] if f.span])
            return Found((fact(text, cite), *facts), known=False, mentioned=mentioned(decided, field=name))
        note = f"Not known: neither OCSF {context.taxonomy.version} nor the event has a field {quote(name, 60)}."
        return Found(notes=(note,), known=False)
    more = mentioned(decided, field=name) if decided is not None else {"field": name}
    return Found(tuple(facts), mentioned=more)


def field_meanings(
    context: Context, name: str, other: str = "", class_uid: int | None = None, event_id: str | None = None
) -> Found:
    """What a field means, and another one beside it where one is named."""
    one = field_meaning(context, name, class_uid, event_id)
    if not other:
        return one
    two = field_meaning(context, other, class_uid, event_id)
    return replace(one, facts=(*one.facts, *two.facts), notes=(*one.notes, *two.notes), known=one.known or two.known)


def _attribute_facts(context: Context, attribute: Attribute, class_uid: int | None) -> list[Fact]:
    ocsf_class = context.ocsf_class(class_uid or 0)
    if ocsf_class is None:
        return []
    cite = citing.of_class(ocsf_class, context.taxonomy.version)
    where = f" of {ocsf_class.caption}" if attribute.class_name else ""
    need = f", which is {attribute.requirement}" if attribute.requirement else ""
    what = prose(first_sentences(attribute.description)[0]).rstrip(".") if attribute.description else "no description"
    facts = [
        fact(
            f"In OCSF `{attribute.name}`{where} is the attribute {prose(attribute.caption)}{need}: {what}.",
            cite,
            attribute.name,
            attribute.caption,
        )
    ]
    if attribute.values:
        named = [f"{caption} ({key})" for key, caption in list(attribute.values.items())[:12]]
        facts.append(fact(f"Its values are {listed([prose(n) for n in named])}.", cite, *attribute.values.values()))
    return facts


def field_value(context: Context, event_id: str, names: list[str]) -> Found:
    """The values that the open event has in the fields with these names."""
    decided = context.decided(event_id)
    facts, unknown = [], []
    for name in names[:4]:
        fields = _by_path(fields_named(context, decided, name))[:4]
        facts += [value_fact(decided, path, found) for path, found in fields]
        if not fields and (said := in_text(decided.raw, name)):
            value, span = said
            text = (
                f"In the log's text the {_ABBREVIATED.sub(lambda m: m.group().upper(), name)} is {quote(value, 100)}."
            )
            facts.append(fact(text, citing.of_span(decided, name, [span]), value))
        elif not fields:
            unknown.append(quote(name, 40))
    if unknown:
        text = f"Not known: the event has no field that says {listed(unknown, 'or')}."
        facts.append(fact(text, citing.of_decision(decided, "Fields")))
    return Found(tuple(facts), known=len(unknown) < len(names), mentioned=mentioned(decided, field=names[0]))


def fields_named(context: Context, decided: DecidedEvent, name: str) -> list[Field]:
    """The event's fields whose path, its end, or whose words are ``name``; exact ones first, at most 8."""
    event = context.event(decided.event_id)
    if event is None:
        return []
    for wanted in map(squeeze, (name, *field_synonyms().get(name.lower(), ()))):
        exact = [f for f in event.fields if wanted and wanted in (squeeze(f.path), squeeze(f.name))]
        if exact:
            return exact[:8]
    wanted = squeeze(name)
    return [f for f in event.fields if len(wanted) > 2 and wanted in squeeze(f.name)][:8]


def _by_path(fields: list[Field]) -> list[tuple[str, list[Field]]]:
    """Fields under their path, so that a field that occurs twice is told once."""
    found: dict[str, list[Field]] = {}
    for field in fields:
        found.setdefault(field.path, []).append(field)
    return list(found.items())


def value_fact(decided: DecidedEvent, path: str, fields: list[Field]) -> Fact:
    """What an event has in a field, with the places."""
    spans = [f.span for f in fields if f.span is not None]
    values = list(dict.fromkeys(f.value for f in fields))[:4]
    text = f"In this event {quote(path, 60)} is {listed([quote(v, 100) for v in values])}."
    return fact(text, citing.of_span(decided, path, spans), *values)


def _guides_on(context: Context, decided: DecidedEvent, fields: list[Field]) -> list[Fact]:
    """That a matched guide asks for one of these fields."""
    paths = {f.path for f in fields}
    for match in context.matching(decided, decided.decision["class_uid"]):
        if paths.intersection(f.path for f in match.fields):
            text = f"The guide {quote(match.guide.title, 80)} asks for it, so the decision rests on it."
            return [fact(text, citing.of_guide(match.guide, decided), match.guide.title)]
    return []


def squeeze(text: str) -> str:
    """Letters and digits alone, in lower case, so that ``src-ip`` is ``SrcIp``."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def fields_with_value(context: Context, decided: DecidedEvent, value: str) -> list[Field]:
    """Fields of the open event that have this very value."""
    event = context.event(decided.event_id)
    return [f for f in event.fields if f.value.lower() == value.lower()][:4] if event is not None else []


def fields_telling(context: Context, decided: DecidedEvent, word: str) -> list[Field]:
    """Fields of the open event in whose value a word stands (``certutil`` in a path), at most 4."""
    event = context.event(decided.event_id)
    whole = re.compile(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", re.IGNORECASE)
    return [f for f in event.fields if whole.search(f.value)][:4] if event is not None else []
