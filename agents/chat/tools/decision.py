"""Why this class, what it rests on in the log, which activity, and what decided."""

from __future__ import annotations

from typing import Any

from agents.chat.base import DecidedEvent, Fact
from agents.chat.quoting import listed, moment, percent, plain, quote
from agents.chat.quoting import said as told
from agents.chat.tools import citing
from agents.chat.tools.citing import fact
from agents.chat.tools.conditions import check
from agents.chat.tools.context import Context, Found, runner_up
from agents.knowledge.catalog import Guide, GuideMatch

_MOST_FIELDS = 4
_MOST_LISTED = 10
_PARTS = {
    "model": "the language model did not answer",
    "embeddings": "the search ran without embeddings",
    "knowledge": "the knowledge base was not there",
}


def why(context: Context, event_id: str) -> Found:
    """Why an event got its class: what decided, the guide or likeness behind it, where in the log."""
    decided = context.decided(event_id)
    decision = decided.decision
    matches = context.matching(decided, decision["class_uid"])
    best = matches[0] if matches else None
    facts = [lead(context, decided, best)]
    if decision["decided_by"] in ("pin", "analyst"):
        facts += _before(context, decided)
    if best is not None and decision["decided_by"] not in ("pin", "analyst"):
        facts += [*rests_on(context, decided, best), *_says(best.guide, decided)]
    facts += [*decider(context, decided), *_second(decided), *review_wanted(context, decided), *degraded(decided)]
    return Found(
        tuple(facts),
        mentioned=mentioned(decided, guides=[best.guide.guide_id] if best else nearest_guides(decided)),
    )


def lead(context: Context, decided: DecidedEvent, best: GuideMatch | None) -> Fact:
    """The first sentence: the class and what it was chosen for."""
    decision = decided.decision
    name, by = context.caption(decision["class_uid"]), decision["decided_by"]
    names = (decision["class_name"], str(decision["class_uid"]))
    if by == "analyst":
        who = reviewer_of(context, decided)
        verb = "confirmed it" if decision["status"] == "confirmed" else "chose it over the machine's class"
        return fact(f"This is {name} because {who} {verb}.", citing.of_decision(decided, "Review"), *names)
    if by == "pin":
        text = f"This is {name} because a review pinned that class for every event of this template."
        return fact(text, citing.of_template(decision["template_id"]), *names)
    if best is not None:
        guide = best.guide
        whose = f" for {quote(guide.product_name, 80)}" if guide.product_name else ""
        text = (
            f"This is {name} because the event fulfils every condition of the guide {quote(guide.title, 100)}{whose}."
        )
        return fact(text, citing.of_guide(guide, decided, _spans(decided, guide.guide_id)), guide.title, *names)
    own = f"example:{decision['template_id']}"
    if any(e["chunk_id"] == own for e in decision["evidence"]):
        text = f"This is {name} because a person confirmed that class for an example of the very same template."
        return fact(text, citing.of_chunk(own, "Confirmed example", decided), *names)
    closest = max(decision["evidence"], key=lambda e: e["score"], default=None)
    if closest is None:
        text = f"This is {name} only as the likeliest class: nothing that is known resembles this event."
        return fact(text, citing.of_decision(decided), *names)
    what = (
        "OCSF's own description" if closest["kind"] == "class" else f"the {closest['kind']} {quote(closest['title'])}"
    )
    text = f"No guide matches this event; {name} is the likeliest class, and closest to the event comes {what}."
    return fact(text, citing.of_chunk(closest["chunk_id"], closest["title"], decided), closest["title"], *names)


def rests_on(context: Context, decided: DecidedEvent, best: GuideMatch) -> list[Fact]:
    """The fields of the log that satisfied a guide, with their places."""
    fields = best.fields[:_MOST_FIELDS]
    if fields:
        pairs = [f"{quote(f.path, 60)} = {quote(f.value, 60)}" for f in fields]
        spans = [f.span for f in fields if f.span is not None]
        text = f"In the log it rests on {listed(pairs)}."
        cite = citing.of_span(decided, fields[0].path, spans)
        return [fact(text, cite, *(f.value for f in fields)), *text_places(context, decided, best)]
    return text_places(context, decided, best)


def text_places(context: Context, decided: DecidedEvent, best: GuideMatch) -> list[Fact]:
    """The words of the free text that satisfied a guide, with their places."""
    view = context.view(decided.event_id)
    spans = [s for c in check(best.guide, view) if c.is_text for s in c.spans] if view is not None else []
    if not spans:
        return []
    words = [quote(decided.raw[a:b], 80) for a, b in spans[:_MOST_FIELDS]]
    text = f"In the log's text it rests on the words {listed(words)}."
    return [fact(text, citing.of_span(decided, "message", spans))]


def decider(context: Context, decided: DecidedEvent) -> list[Fact]:
    """What fixed the class, and with which confidence."""
    decision = decided.decision
    share = percent(decision["confidence"])
    value = f"{decision['confidence']:.4f}"
    cite = citing.of_decision(decided)
    match decision["decided_by"]:
        case "ranker":
            text = f"The ranker decided it from the evidence alone, with a confidence of {share}."
        case "llm":
            model = quote(decision["versions"].get("model", ""), 80)
            text = f"The ranker decided it with a confidence of {share}, after the language model {model} was asked."
            score = next((c["llm_score"] for c in decision["candidates"] if c["llm_score"] is not None), None)
            if score is not None:
                return [fact(text, cite, value), *_llm(decided)]
        case "memo":
            text = (
                f"It comes from the memo: an earlier event of the same template was decided so, with a confidence of "
                f"{share}."
            )
        case "pin":
            pinned = context.data.template(decision["template_id"])
            who = quote(pinned.pinned_by, 60) if pinned is not None and pinned.pinned_by else "a reviewer"
            text = f"The pin was set by {who}; a pin wins over every other evidence."
            return [fact(text, cite, value), *_note_of_pin(context, decided)]
        case _:
            note = decision.get("comment") or ""
            if not note:
                return []
            return [fact(f"The reviewer noted: {quote(note)}.", citing.of_decision(decided, "Review"))]
    return [fact(text, cite, value)]


def _note_of_pin(context: Context, decided: DecidedEvent) -> list[Fact]:
    """What the reviewer noted who pinned the class, where the review was of this event."""
    made = context.data.reviews(decided.event_id, 20)
    name = decided.decision["class_name"]
    review = next((r for r in made if r.note and not r.undone and r.after_class == name), None)
    if review is None:
        return []
    return [fact(f"The reviewer noted: {quote(review.note)}.", citing.of_review(review), review.reviewer)]


def _llm(decided: DecidedEvent) -> list[Fact]:
    own = next((c for c in decided.decision["candidates"] if c["class_uid"] == decided.decision["class_uid"]), None)
    if own is None or own["llm_score"] is None:
        return []
    text = f"The model gave {own['class_name']} {percent(own['llm_score'])} among the candidates."
    return [fact(text, citing.of_candidate(decided, own["class_uid"], own["class_name"]), own["class_name"], key=False)]


def review_wanted(context: Context, decided: DecidedEvent) -> list[Fact]:
    """That the decision waits for a person, and why."""
    decision = decided.decision
    if decision["status"] != "needs_review":
        return []
    limit, confidence = context.thresholds.abstain_below, decision["confidence"]
    threshold = percent(limit, certain=True)
    known = decision["versions"].get("ranker") == context.thresholds.ranker
    if known and confidence < limit:
        text = f"It needs review, because the confidence is below the threshold of {threshold}."
    elif known:
        text = (
            f"It needs review although the confidence reaches the threshold of {threshold}: only words speak for the "
            f"class, and no guide of the product and no example."
        )
    else:
        text = "It needs review: the classifier was not sure enough to let it stand."
    return [fact(text, citing.of_decision(decided, "Status"))]


def degraded(decided: DecidedEvent) -> list[Fact]:
    """The parts that were missing when it was decided."""
    missing = decided.decision["degraded"]
    if not missing:
        return []
    said = listed([_PARTS.get(part, f"{quote(part)} was missing") for part in missing])
    text = f"It was decided in degraded mode: {said}."
    return [fact(text, citing.of_decision(decided, "Degraded parts"), *missing)]


def versions(context: Context, event_id: str) -> Found:
    """What decided technically: versions, memo, milliseconds by stage."""
    decided = context.decided(event_id)
    decision = decided.decision
    used = decision["versions"]
    cite = citing.of_decision(decided, "Versions")
    facts = [
        fact(
            f"It was decided by {decision['decided_by']} with ranker {quote(used.get('ranker', ''), 60)}, model "
            f"{quote(used.get('model', ''), 80)} and prompt {quote(used.get('prompt', ''), 40)}.",
            cite,
            decision["decided_by"],
        ),
        fact(
            f"Knowledge {quote(used.get('knowledge', ''), 60)}, template rules {quote(used.get('template', ''), 20)} "
            f"and OCSF {quote(decision['ocsf_version'], 20)} were in use.",
            cite,
        ),
    ]
    stages = decision["latency_ms"]
    total = stages.get("total")
    if total is not None:
        slowest = sorted((s for s in stages if s != "total"), key=lambda s: -stages[s])[:3]
        named = listed([f"{s} {stages[s]:.1f} ms" for s in slowest])
        text = f"It took {total:.1f} ms in all{f', most of it {named}' if slowest else ''}."
        facts.append(fact(text, citing.of_decision(decided, "Latency"), *(f"{v:.1f}" for v in stages.values())))
    else:
        facts.append(fact("Not known: no latency is kept for a decision that a person made.", cite))
    memo = (
        "The memo answered it, so nothing was searched anew."
        if decision["decided_by"] == "memo"
        else "The memo did not answer it."
    )
    facts.append(fact(memo, citing.of_decision(decided, "Memo")))
    return Found(tuple(facts), mentioned=mentioned(decided))


def _before(context: Context, decided: DecidedEvent) -> list[Fact]:
    """What the classifier had said before a person decided."""
    earlier = context.data.history(decided.event_id, 20)
    machine = next((v for v in earlier if v.decision["decided_by"] not in ("pin", "analyst")), None)
    if machine is None:
        return []
    d = machine.decision
    share = percent(d["confidence"])
    text = f"Before that the classifier had {context.caption(d['class_uid'])} with a confidence of {share}."
    return [fact(text, citing.of_decision(decided, "Earlier decision"), d["class_name"], str(d["class_uid"]))]


def reviewer_of(context: Context, decided: DecidedEvent) -> str:
    """Who decided, quoted, with the time where the review is known."""
    made = next((r for r in context.data.reviews(decided.event_id, 20) if not r.undone), None)
    if made is not None:
        return f"{quote(made.reviewer, 60)} on {moment(made.at)}"
    who = decided.decision.get("reviewer")
    return quote(str(who), 60) if who else "an analyst"


def _says(guide: Guide, decided: DecidedEvent) -> list[Fact]:
    words = guide.why or guide.meaning
    if not words:
        return []
    text = f"The guide explains: {told(words, 300)}."
    return [fact(text, citing.of_guide(guide, decided), plain(words, 300), key=False)]


def _second(decided: DecidedEvent) -> list[Fact]:
    second = runner_up(decided)
    if second is None or decided.decision["decided_by"] in ("pin", "analyst"):
        return []
    own = next((c for c in decided.decision["candidates"] if c["class_uid"] == decided.decision["class_uid"]), None)
    share = percent(own["probability"]) if own is not None else ""
    # Confidence is calibrated and the shares among the candidates are not, so the two may differ.
    beside = f", against {share}" if share and share != percent(decided.decision["confidence"]) else ""
    text = f"Runner-up is {second['class_name']} ({second['class_uid']}) with {percent(second['probability'])}{beside}."
    cite = citing.of_candidate(decided, second["class_uid"], second["class_name"])
    return [fact(text, cite, second["class_name"], str(second["class_uid"]), key=False)]


def _spans(decided: DecidedEvent, chunk_id: str) -> tuple[tuple[int, int], ...]:
    return next((citing.spans_of(e) for e in decided.decision["evidence"] if e["chunk_id"] == chunk_id), ())


def nearest_guides(decided: DecidedEvent) -> list[str]:
    """Guides and examples of the decision's evidence, the closest first."""
    found = sorted(decided.decision["evidence"], key=lambda e: -e["score"])
    return [e["chunk_id"] for e in found if e["kind"] in ("guide", "example")][:5]


def listing_of(kind: str, shown: int) -> dict[str, Any]:
    """What a turn remembers of a list that it told, so that the next may go on with it (``listing.KINDS``)."""
    listed = {"similar": "events", "template": "events", "others": "classes", "reviews": ""}.get(kind, kind)
    return {"list": {"kind": kind, "shown": shown}, "listed": listed}


def mentioned(decided: DecidedEvent, *, guides: list[str] | None = None, **more: object) -> dict[str, object]:
    """What the next question may mean: the event, its class and its candidates in order."""
    return {
        "event_id": decided.event_id,
        "class_uid": decided.decision["class_uid"],
        "candidates": [c["class_uid"] for c in decided.decision["candidates"]],
        "guides": guides if guides is not None else nearest_guides(decided),
        **more,
    }
