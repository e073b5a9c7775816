"""Pages and reviews that the chat can only point at or propose: nothing here changes anything."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Literal

from agents.chat.base import Citation, DecidedEvent, Link, Proposal
from agents.chat.narrowing import Condition
from agents.chat.quoting import count, moment, phrase, quote, term
from agents.chat.tools import citing
from agents.chat.tools.citing import fact
from agents.chat.tools.context import Context, Found
from agents.chat.tools.decision import listing_of, mentioned
from agents.chat.tools.history import event_fact
from agents.chat.tools.meaning import fields_named, fields_with_value
from agents.chat.tools.searching import remembered

_LONGEST_VALUE = 200
_MOST = 4
_ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")
_ADDRESSES = frozenset({"ip", "ip address", "address", "source ip", "source address"})


def find_like(
    context: Context, event_id: str, by: str = "template", field: str = "", class_uid: int | None = None
) -> Found:
    """A search for events like the open one: of its template, class, source, with the value of a field, or with a text.

    ``field`` is the field's name, or the text.
    """
    decided = context.decided(event_id)
    decision = decided.decision
    if by == "text" and field:
        return _with_text(context, decided, field)
    if by == "field":
        found = [f for f in fields_named(context, decided, field) if 0 < len(f.value) <= _LONGEST_VALUE]
        if found:
            query = term(found[0].path, found[0].value)
            same = f"{quote(found[0].path, 60)} = {quote(found[0].value, 100)}"
            text = f"Search finds events with {same} by {quote(query, 200)}."
            cite = citing.of_span(decided, found[0].path, [f.span for f in found[:1] if f.span])
            by_field = Condition("field", found[0].path, (found[0].value,))
            return _search(context, event_id, text, query, by_field, cite_values=(found[0].value, query), cite=cite)
        addresses = _ADDRESS.findall(decided.raw) if field in _ADDRESSES else []
        if addresses:
            return _with_text(context, decided, addresses[0])
        text = f"Not known: the event has no field that says {quote(field, 40)}, so there is nothing to search by."
        missing = fact(text, citing.of_decision(decided, "Fields"))
        return Found((missing,), known=False, mentioned=mentioned(decided))
    if by == "class" or class_uid is not None:
        uid = class_uid if class_uid is not None else decision["class_uid"]
        query = term("class", str(uid))
        text = f"Search finds all events of {context.caption(uid)} by {quote(query)}."
        ocsf_class = context.ocsf_class(uid)
        caption = ocsf_class.caption if ocsf_class is not None else ""
        by_class = Condition("class", "", (str(uid),))
        return _search(context, event_id, text, query, by_class, cite_values=(caption, str(uid), query))
    if by == "source" and (decided.vendor or decided.product):
        given = [(f, v) for f, v in (("vendor", decided.vendor), ("product", decided.product)) if v]
        query = " ".join(term(f, v) for f, v in given)
        text = f"Search finds all events of this source by {quote(query, 200)}."
        return _search(context, event_id, text, query, Condition("source"), cite_values=(query,))
    return _of_template(context, decided)


def _with_text(context: Context, decided: DecidedEvent, text: str) -> Found:
    """A search for a text, by the field that has it as its value where the open event has one."""
    shown = text[:_LONGEST_VALUE]
    fields = fields_with_value(context, decided, shown)
    query = term(fields[0].path, fields[0].value) if fields else phrase(shown)
    said = f"{quote(fields[0].path, 60)} = {quote(shown, 100)}" if fields else quote(shown, 100)
    told = f"Search finds events with {said} by {quote(query, 240)}."
    at = decided.raw.lower().find(shown.lower())
    spans = [f.span for f in fields[:1] if f.span] or ([(at, at + len(shown))] if at >= 0 else [])
    cite = citing.of_span(decided, fields[0].path if fields else "text", spans) if spans else None
    by_value = Condition("field", fields[0].path, (shown,)) if fields else Condition("text", "", (shown,))
    return _search(context, decided.event_id, told, query, by_value, cite_values=(shown, query), cite=cite)


def _of_template(context: Context, decided: DecidedEvent) -> Found:
    """The other events of the template, and where there are none those of other templates that are alike."""
    template_id = decided.decision["template_id"]
    query = term("template", template_id)
    stored = context.data.template(template_id)
    number = stored.events if stored is not None else 0
    text = f"Events like this one share its template; Search finds them by {quote(query)}."
    found = _search(context, decided.event_id, text, query, _same_template(decided), cite_values=(query,))
    others = [e for e in context.data.of_template(template_id, _MOST + 1) if e.event_id != decided.event_id][:_MOST]
    cite = citing.of_template(template_id)
    if others:
        rest = "the other" if len(others) == 1 else "the others"
        latest = "the latest of them" if number > len(others) + 1 else rest
        counted = f"{count(number, 'event')} of it {'is' if number == 1 else 'are'} stored; {latest}:"
        facts = [*found.facts, fact(counted, cite, str(number))] if number > 1 else list(found.facts)
        return replace(found, facts=tuple(facts), listed=tuple(event_fact(context, e) for e in others),
                       mentioned=_listing(decided, others, "template"))  # fmt: skip
    only = fact("This is the only event of it that is stored.", cite)
    alike = list(context.data.similar(decided.event_id, _MOST))
    if not alike:
        return replace(found, facts=(*found.facts, only))
    more = fact("The nearest events of other templates are:", citing.of_decision(decided, "Similar events"))
    listing = tuple(event_fact(context, other) for other, _, _ in alike)
    return replace(found, facts=(*found.facts, only, more), listed=listing,
                   mentioned=_listing(decided, [other for other, _, _ in alike], "similar"))  # fmt: skip


def _listing(decided: DecidedEvent, others: list[DecidedEvent], kind: str) -> dict[str, Any]:
    search = remembered([_same_template(decided)])
    return mentioned(decided, events=[e.event_id for e in others], search=search, **listing_of(kind, len(others)))


def _same_template(decided: DecidedEvent) -> Condition:
    return Condition("template", "", (str(decided.decision["template_id"]),))


def open_event(context: Context, event_id: str) -> Found:
    """The page of an event."""
    decided = context.decided(event_id)
    name = context.caption(decided.decision["class_uid"])
    text = f"The event of {moment(decided.received_at)}, decided as {name}: {quote(decided.raw, 140)}."
    facts = (fact(text, citing.of_event(decided), decided.decision["class_name"], str(decided.decision["class_uid"])),)
    links = (Link("Open the event", citing.event_page(event_id)),)
    return Found(facts, links=links, mentioned=mentioned(decided))


def _search(
    context: Context,
    event_id: str,
    text: str,
    query: str,
    condition: Condition,
    *,
    cite_values: tuple[str, ...],
    cite: Citation | None = None,
) -> Found:
    decided = context.decided(event_id)
    url = citing.page("/search", q=query)
    citation = cite or citing.of_figure("Search", url)
    more = mentioned(decided, search=remembered([condition]))
    return Found((fact(text, citation, *cite_values),), links=(Link("Open in Search", url),), mentioned=more)


def open_queue(context: Context, event_id: str | None, by: Literal["source", "template", "class"] = "source") -> Found:
    """The review queue, narrowed to the open event's source, template or class."""
    if event_id is None:
        url = "/queue"
        text = "The queue shows what waits for review."
        return Found((fact(text, citing.of_figure("Queue", url)),), links=(Link("Open the queue", url),))
    decided = context.decided(event_id)
    source = decided.product or decided.vendor
    if by == "template":
        url = citing.page("/queue", template_id=decided.decision["template_id"])
        text = "The queue can be narrowed to this event's template."
        label = "Queue of this template"
    elif by == "class":
        url = citing.page("/queue", class_uid=decided.decision["class_uid"])
        text = f"The queue can be narrowed to {context.caption(decided.decision['class_uid'])}."
        label = "Queue of this class"
    elif source:
        url = citing.page("/queue", source=source)
        text = f"The queue can be narrowed to the source {quote(source, 60)}."
        label = "Queue of this source"
    else:
        text = "Not known: the event names no source (vendor and product), so the queue cannot be narrowed to it."
        cite = citing.of_decision(decided, "Source")
        return Found(
            (fact(text, cite),), links=(Link("Open the queue", "/queue"),), known=False, mentioned=mentioned(decided)
        )
    cite = citing.of_figure("Queue", url)
    return Found(
        (fact(text, cite, decided.decision["class_name"]),), links=(Link(label, url),), mentioned=mentioned(decided)
    )


def propose(context: Context, event_id: str, class_uid: int | None = None, kind: str = "override") -> Found:
    """A review that the analyst may make with a click: an override to a class, or a confirmation of the decided one."""
    decided = context.decided(event_id)
    decision = decided.decision
    here = context.caption(decision["class_uid"])
    names = (decision["class_name"], str(decision["class_uid"]))
    if kind == "confirm" or class_uid == decision["class_uid"]:
        text = f"Proposed: confirm {here}. Nothing happens before you click."
        reason = f"Asked for in the chat; the decision stands at {decision['class_name']}."
        proposal = Proposal(
            event_id, "confirm", decision["class_uid"], decision["class_name"], reason, decision["activity_id"]
        )
        return _proposed(context, event_id, text, names, proposal)
    ocsf_class = context.ocsf_class(class_uid) if class_uid is not None else None
    if ocsf_class is None:
        others = [c for c in decision["candidates"] if c["class_uid"] != decision["class_uid"]][:4]
        listing = [
            fact(
                f"{c['class_name']} ({c['class_uid']}).",
                citing.of_candidate(decided, c["class_uid"], c["class_name"]),
                c["class_name"], str(c["class_uid"]),
            )
            for c in others
        ]  # fmt: skip
        text = f"It is {here} now; say which class it should be, by name or uid."
        return Found(
            (fact(text, citing.of_decision(decided), *names),),
            tuple(listing),
            mentioned=mentioned(
                decided, classes=[c["class_uid"] for c in others], asked="propose", **listing_of("others", len(others))
            ),
        )
    if ocsf_class.deprecated:
        instead = [context.caption(uid) for uid in ocsf_class.replaced_by]
        hint = f"; {', '.join(instead)} replaces it" if instead else ""
        text = f"No override is proposed: {context.caption(ocsf_class.uid)} is deprecated{hint}."
        cite = citing.of_class(ocsf_class, context.taxonomy.version)
        return Found((fact(text, cite, ocsf_class.caption, *instead),), known=False, mentioned=mentioned(decided))
    to = context.caption(ocsf_class.uid)
    text = f"Proposed: override {here} with {to}. Nothing changes before you click."
    reason = f"Asked for in the chat: {decision['class_name']} should be {ocsf_class.caption}."
    activity = decision["activity_name"]
    same = next((a.activity_id for a in ocsf_class.activities.values() if a.caption == activity), None)
    proposal = Proposal(event_id, "override", ocsf_class.uid, ocsf_class.caption, reason, same)
    return _proposed(context, event_id, text, (*names, ocsf_class.caption, str(ocsf_class.uid)), proposal)


def _proposed(context: Context, event_id: str, text: str, names: tuple[str, ...], proposal: Proposal) -> Found:
    decided = context.decided(event_id)
    cite = citing.of_decision(decided, "Proposal")
    said, after = text.split(". ", 1)
    facts = [fact(f"{said}.", cite, *names), fact(after, cite)]
    past = context.data.count_if_overridden(event_id)
    if proposal.kind == "override":
        number = f"{past:,} past {'event' if past == 1 else 'events'}"
        told = f"It would pin the class for the template and decide {number} anew."
        facts.append(fact(told, citing.of_template(decided.decision["template_id"]), str(past)))
    more = mentioned(decided, classes=[proposal.class_uid], subject=proposal.class_uid)
    return Found(tuple(facts), proposal=proposal, mentioned=more)


def explain_chat(context: Context, event_id: str | None) -> Found:  # noqa: ARG001 - every tool gets the context
    """What can be asked, as questions."""
    asked = (
        "Why this class, and why not another one?",
        "What in the log does it rest on, and how sure is it?",
        "Which activity is it, and what does the class or a field mean in OCSF?",
        "What does this event id or message mean, and what does the guide say?",
        "Which similar events are there, who reviewed them, and how often does this occur?",
        "What changed for this source since last week, and what would an override change?",
        "Can you find events like this, open the queue, or propose an override for me to click?",
    )
    where = "" if event_id is not None else ", once an event is open beside the chat or its id is in the question"
    return Found(notes=(f"What can be asked{where}:\n\n- " + "\n- ".join(asked),))


def greet(context: Context, event_id: str | None) -> Found:  # noqa: ARG001 - every tool gets the context
    """An answer to a greeting."""
    about = "this decision" if event_id is not None else "a decision, a class or an event id"
    return Found(notes=(f"What would you like to know about {about}?",))
