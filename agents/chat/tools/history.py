"""What happened around a decision: reviews, versions, its template, similar events, its source's week, an override."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from agents.chat.base import Citation, DecidedEvent, Fact, Link, ReviewMade
from agents.chat.periods import begins
from agents.chat.quoting import count, listed, moment, percent, quote, source_name
from agents.chat.quoting import term as search_term
from agents.chat.tools import citing
from agents.chat.tools.citing import fact
from agents.chat.tools.context import Context, Found, share_of
from agents.chat.tools.decision import listing_of, mentioned

_MOST = 5
_MOST_NEAREST = 50
_MOST_COUNTED = 50
"""Of how many events a period's are counted; with more the search tells them."""
_MOST_CLASSES = 4
_STATUS = {
    "auto": "decided automatically",
    "needs_review": "waiting for review",
    "confirmed": "confirmed",
    "overridden": "overridden",
}


def similar(context: Context, event_id: str, term: str = "", told: str = "") -> Found:
    """Events like this one of other templates: their classes, how alike, who reviewed them; perhaps of a period."""
    decided = context.decided(event_id)
    found = list(context.data.similar(event_id, _MOST))
    if found and term:
        return _similar_since(context, decided, term, told)
    if not found:
        text = "Not known: no other decided event that resembles this one was found."
        return Found((fact(text, citing.of_decision(decided)),), known=False, mentioned=mentioned(decided))
    classes: dict[str, int] = {}
    for other, _, _ in found:
        name = other.decision["class_name"]
        classes[name] = classes.get(name, 0) + 1
    same = classes.get(decided.decision["class_name"], 0)
    text = f"{count(len(found), 'similar event was', 'similar events were')} found, {same} of them with the same class."
    facts = [fact(text, citing.of_decision(decided, "Similar events"), str(same), str(len(found)))]
    listing = [similar_fact(context, *entry) for entry in found]
    return Found(
        tuple(facts),
        tuple(listing),
        mentioned=mentioned(decided, events=[e.event_id for e, _, _ in found], **listing_of("similar", len(found))),
    )


def _similar_since(context: Context, decided: DecidedEvent, term: str, told: str) -> Found:
    """The similar events of a period among those that are most alike."""
    since = begins(term)
    nearest = list(context.data.similar(decided.event_id, _MOST_NEAREST))
    found = [entry for entry in nearest if since is None or entry[0].received_at >= since][:_MOST]
    cite = citing.of_decision(decided, "Similar events")
    if since is None:
        text = f"Likeness is searched over all time, not only for what was {told}."
    elif not found:
        text = f"Not known: of {count(len(nearest), 'similar event')}, none was {told}."
        return Found((fact(text, cite),), known=False, mentioned=mentioned(decided))
    else:
        same = sum(e.decision["class_name"] == decided.decision["class_name"] for e, _, _ in found)
        those = count(len(found), "similar event was", "similar events were")
        text = f"{those} {told}, {same} of them with the same class."
    listing = tuple(similar_fact(context, *entry) for entry in found)
    events = [e.event_id for e, _, _ in found]
    more = mentioned(decided, events=events, **listing_of("similar", len(found)))
    return Found((fact(text, cite, str(len(found))),), listing, mentioned=more)


def event_fact(context: Context, other: DecidedEvent) -> Fact:
    """Another event: when it came, its class, the beginning of its log."""
    name = context.caption(other.decision["class_uid"])
    text = f"{moment(other.received_at)}, {name}: {quote(other.raw, 100)}."
    return fact(text, citing.of_event(other), other.decision["class_name"], str(other.decision["class_uid"]))


def similar_fact(context: Context, other: DecidedEvent, likeness: float, reviewer: str) -> Fact:
    """A similar event: class, status, who reviewed it, how alike, its source and the beginning of its log."""
    decision = other.decision
    status = _STATUS.get(decision["status"], decision["status"])
    who = f", reviewed by {quote(reviewer, 60)}" if reviewer else ", reviewed by nobody"
    source = source_name(other.vendor, other.product)
    text = (
        f"{context.caption(decision['class_uid'])}, {status}{who}, {percent(likeness, certain=True)} alike"
        f"{f', from {quote(source, 60)}' if source else ''}: {quote(other.raw, 100)}."
    )
    return fact(text, citing.of_event(other), decision["class_name"], str(decision["class_uid"]), other.event_id)


def reviews(context: Context, event_id: str) -> Found:
    """Who reviewed the event and how its decision changed."""
    decided = context.decided(event_id)
    made = list(context.data.reviews(event_id, _MOST))
    versions = list(context.data.history(event_id, _MOST))
    facts: list[Fact] = []
    if made:
        people = listed(list(dict.fromkeys(quote(r.reviewer, 60) for r in made)))
        text = (
            f"The event was reviewed by {people}, and stands as {context.caption(decided.decision['class_uid'])} now."
        )
        facts.append(fact(text, citing.of_review(made[0]), decided.decision["class_name"]))
    else:
        text = f"Nobody has reviewed this event; it is {_STATUS.get(decided.decision['status'], '')}."
        facts.append(fact(text, citing.of_decision(decided, "Reviews"), decided.decision["status"]))
    listing = [review_fact(r) for r in made]
    if len(versions) > 1:
        steps = f"The decision has {count(len(versions), 'version')}."
        facts.append(fact(steps, citing.of_decision(decided, "History"), str(len(versions))))
        listing += [_version_fact(context, v) for v in versions]
    elif not made:
        facts.append(_version_fact(context, decided))
    more = mentioned(decided, **listing_of("reviews", len(made)))
    return Found(tuple(facts), tuple(listing), mentioned=more)


def review_fact(review: ReviewMade) -> Fact:
    """What a person did, when, and the note."""
    who, at = quote(review.reviewer, 60), moment(review.at)
    if review.action == "confirm" or review.before_class == review.after_class:
        did = f"confirmed {review.after_class or review.before_class}"
    elif review.action == "override":
        before = f"overrode {review.before_class} with" if review.before_class else "set the class to"
        did = f"{before} {review.after_class}"
    else:
        classes = " to ".join(filter(None, (review.before_class, review.after_class)))
        did = f"did {quote(review.action, 30)}: {classes}"
    note = f", noting {quote(review.note)}" if review.note else ""
    undone = "; that was undone" if review.undone else ""
    text = f"{who} {did} on {at}{note}{undone}."
    return fact(text, citing.of_review(review), review.before_class, review.after_class, review.reviewer)


def _version_fact(context: Context, version: DecidedEvent) -> Fact:
    d = version.decision
    at = d.get("decided_at")
    when = f" on {moment(datetime.fromisoformat(at))}" if isinstance(at, str) else ""
    text = (
        f"Version {version.version}{when}: {context.caption(d['class_uid'])}, decided by {d['decided_by']} with "
        f"{share_of(d)}."
    )
    return fact(text, citing.of_decision(version, f"Version {version.version}"), d["class_name"], str(d["class_uid"]))


def template(context: Context, event_id: str, term: str = "", told: str = "") -> Found:
    """How often the event's template occurred, first and last, and how its events stand; perhaps also in a period."""
    decided = context.decided(event_id)
    template_id = decided.decision["template_id"]
    found = context.data.template(template_id)
    cite = citing.of_template(template_id)
    if found is None or not found.events:
        text = f"Not known: nothing is stored about the template {quote(template_id, 40)}."
        return Found((fact(text, cite),), known=False, mentioned=mentioned(decided))
    facts = [fact(f"This template occurred {count(found.events, 'time')}.", cite, str(found.events))]
    if term:
        facts = [*_in_period(context, template_id, found.events, term, told), *facts]
    if found.first_at is not None and found.last_at is not None:
        text = f"It was first seen on {moment(found.first_at)} and last on {moment(found.last_at)}."
        facts.append(fact(text, cite))
    if found.classes:
        text = f"Its events now stand as {_shares(found.classes)}."
        facts.append(fact(text, cite, *found.classes, *map(str, found.classes.values())))
    if found.pinned_class:
        by = f" by {quote(found.pinned_by, 60)}" if found.pinned_by else ""
        facts.append(fact(f"It is pinned to {found.pinned_class}{by}.", cite, found.pinned_class))
    link = citing.page("/search", q=search_term("template", template_id))
    return Found(tuple(facts), links=(Link("Events of this template", link),), mentioned=mentioned(decided))


def _in_period(context: Context, template_id: str, events: int, term: str, told: str) -> list[Fact]:
    """How many events of a template a period has; where they are too many to look at, that the counts are of all."""
    since = begins(term)
    latest = context.data.of_template(template_id, _MOST_COUNTED) if since is not None else []
    query = f"{search_term('template', template_id)} {term}"
    cite = citing.of_figure("Search", citing.page("/search", q=query))
    if since is not None and (events == len(latest) or (latest and min(e.received_at for e in latest) < since)):
        number = sum(e.received_at >= since for e in latest)
        text = f"{count(number, 'event')} of this template {'was' if number == 1 else 'were'} {told}."
        return [fact(text, cite, str(number))]
    text = f"The counts are over all time; Search finds those that were {told} by {quote(query, 160)}."
    return [fact(text, cite, query)]


def source_week(context: Context, event_id: str) -> Found:
    """What the event's source sent in the last seven days against the seven before."""
    decided = context.decided(event_id)
    vendor, product = decided.vendor, decided.product
    name = source_name(vendor, product)
    week = context.data.source_week(vendor, product) if name else None
    if week is None:
        why = "nothing was counted for its source" if name else "the event names no source (vendor and product)"
        text = f"Not known: {why}."
        return Found((fact(text, citing.of_decision(decided, "Source")),), known=False, mentioned=mentioned(decided))
    query = " ".join(search_term(f, v) for f, v in (("vendor", vendor), ("product", product)) if v)
    link = citing.page("/search", **{"q": query, "from": "now-7d"})
    cite = citing.of_figure("Source, 7 days", link)
    facts = [
        fact(
            f"{quote(name, 80)} sent {count(week.events, 'event')} in the last 7 days, "
            f"{_against(week.events, week.events_before)} the 7 days before ({week.events_before:,}).",
            cite, str(week.events), str(week.events_before),
        ),
        *_changes(week.classes, week.classes_before, cite),
        fact(
            f"{week.needs_review:,} need review (before: {week.needs_review_before:,}) and {week.overridden:,} were "
            f"overridden (before: {week.overridden_before:,}).",
            cite, str(week.needs_review), str(week.overridden),
        ),
        fact(f"{count(week.new_templates, 'template is', 'templates are')} new this week.", cite),
    ]  # fmt: skip
    return Found(tuple(facts), links=(Link("Events of this source, 7 days", link),), mentioned=mentioned(decided))


def _changes(now: Mapping[str, int], before: Mapping[str, int], cite: Citation) -> list[Fact]:
    facts = []
    moved = sorted({*now, *before}, key=lambda c: -abs(now.get(c, 0) - before.get(c, 0)))
    moved = [c for c in moved if now.get(c, 0) != before.get(c, 0)][:_MOST_CLASSES]
    new = [c for c in moved if c not in before]
    if moved:
        said = listed([f"{c} {before.get(c, 0):,} to {now.get(c, 0):,}" for c in moved])
        facts.append(fact(f"By class it went: {said}.", cite, *moved))
    else:
        facts.append(fact("The counts of its classes did not change.", cite))
    if new:
        facts.append(fact(f"{listed(new)} did not occur the week before.", cite, *new))
    return facts


def effect(context: Context, event_id: str, class_uid: int | None = None) -> Found:
    """What an override of this event would change."""
    decided = context.decided(event_id)
    template_id = decided.decision["template_id"]
    past = context.data.count_if_overridden(event_id)
    cite = citing.of_template(template_id)
    to = f" to {context.caption(class_uid)}" if class_uid is not None else ""
    ocsf_class = context.ocsf_class(class_uid) if class_uid is not None else None
    values = (ocsf_class.caption, str(ocsf_class.uid)) if ocsf_class is not None else ()
    text = f"An override{to} would decide {count(past, 'past event')} of its template anew."
    facts = [
        fact(text, cite, str(past), *values),
        fact("It would pin the class for the template, so that every later event of it gets the same class.", cite),
        fact("Its example would also move decisions on similar events of other templates.", cite, key=False),
    ]
    pinned = context.data.template(template_id)
    if pinned is not None and pinned.pinned_class:
        text = f"The template is pinned to {pinned.pinned_class} now, and every later event of it gets that class."
        facts.insert(0, fact(text, cite, pinned.pinned_class))
        facts[2] = fact("It would replace that pin, so that every later event of it gets the new class.", cite)
    classes = [class_uid] if class_uid is not None else []
    return Found(tuple(facts), mentioned=mentioned(decided, classes=classes, subject=class_uid))


def _shares(classes: Mapping[str, int]) -> str:
    ordered = sorted(classes, key=lambda c: -classes[c])[:_MOST_CLASSES]
    more = len(classes) - len(ordered)
    said = [f"{c} ({classes[c]:,})" for c in ordered]
    return listed([*said, f"{more} more classes"] if more else said)


def _against(now: int, before: int) -> str:
    if now == before:
        return "as many as in"
    return f"{abs(now - before):,} {'more' if now > before else 'fewer'} than in"
