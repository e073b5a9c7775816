"""How sure a decision is, and what that means."""

from __future__ import annotations

from agents.chat.base import DecidedEvent, Fact
from agents.chat.quoting import listed, percent, points
from agents.chat.tools import citing
from agents.chat.tools.citing import fact
from agents.chat.tools.context import BY_PEOPLE, Context, Found, candidate_of, runner_up, share_of
from agents.chat.tools.decision import degraded, mentioned, review_wanted, reviewer_of


def how_sure(context: Context, event_id: str, class_uid: int | None = None) -> Found:
    """Confidence, what it means, prediction set, threshold, runner-up; or the probability of one candidate."""
    decided = context.decided(event_id)
    decision = decided.decision
    if class_uid is not None and class_uid != decision["class_uid"]:
        return _of_candidate(context, decided, class_uid)
    name, confidence = context.caption(decision["class_uid"]), decision["confidence"]
    values = (decision["class_name"], str(decision["class_uid"]), f"{confidence:.4f}")
    if decision["decided_by"] in BY_PEOPLE:
        who = reviewer_of(context, decided)
        share = share_of(decision)
        text = f"A person decided {name}: {who}; the confidence of {share} is set by that, not estimated."
        facts = [fact(text, citing.of_decision(decided, "Review"), *values)]
        return Found((*facts, *_earlier(context, decided)), mentioned=mentioned(decided))
    facts = [
        fact(f"The confidence in {name} is {percent(confidence)}.", citing.of_decision(decided, "Confidence"), *values),
        _frequency(decided),
        *_standing(context, decided),
        *_set(context, decided),
        *_margin(decided),
        *degraded(decided),
    ]
    return Found(tuple(facts), mentioned=mentioned(decided))


def standing(context: Context, event_id: str) -> Found:
    """Whether a person has to look at a decision, and why."""
    decided = context.decided(event_id)
    decision = decided.decision
    name, share = context.caption(decision["class_uid"]), percent(decision["confidence"])
    names = (decision["class_name"], str(decision["class_uid"]))
    if decision["decided_by"] in BY_PEOPLE:
        text = f"It needs no further review: {reviewer_of(context, decided)} decided {name}."
        return Found((fact(text, citing.of_decision(decided, "Review"), *names),), mentioned=mentioned(decided))
    text = f"The confidence in {name} is {share}."
    facts = [*_standing(context, decided), fact(text, citing.of_decision(decided, "Confidence"), *names)]
    return Found((*facts, *degraded(decided)), mentioned=mentioned(decided))


def _frequency(decided: DecidedEvent) -> Fact:
    confidence = decided.decision["confidence"]
    of = 100 if confidence < 0.99 else 10_000
    right = round(confidence * of)
    so_many = f"about {right:,} are right" if right < of else "hardly any is wrong"
    text = f"That is a frequency: of {of:,} decisions told with this confidence, {so_many}."
    return fact(text, citing.of_decision(decided, "Confidence"), str(of), str(right))


def _standing(context: Context, decided: DecidedEvent) -> list[Fact]:
    decision, limit = decided.decision, context.thresholds.abstain_below
    if decision["status"] != "auto":
        return review_wanted(context, decided)
    if decision["versions"].get("ranker") != context.thresholds.ranker or decision["confidence"] < limit:
        return [fact("It stands without review (status `auto`).", citing.of_decision(decided, "Status"))]
    text = f"It reaches the threshold of {percent(limit, certain=True)} and so stands without review (status `auto`)."
    return [fact(text, citing.of_decision(decided, "Status"))]


def _set(context: Context, decided: DecidedEvent) -> list[Fact]:
    uids = decided.decision["prediction_set"]
    names = [context.caption(uid) for uid in uids]
    coverage = percent(context.thresholds.set_coverage, certain=True)
    cite = citing.of_decision(decided, "Prediction set")
    values = [v for uid in uids if (c := context.ocsf_class(uid)) is not None for v in (c.caption, str(uid))]
    if not uids:
        return []
    if len(uids) == 1:
        text = f"The {coverage} prediction set holds this one class only, {names[0]}."
    else:
        text = (
            f"The {coverage} prediction set holds {len(uids)} classes, {listed(names)}: the right one is in such a set "
            f"with a frequency of {coverage}."
        )
    return [fact(text, cite, *values)]


def _margin(decided: DecidedEvent) -> list[Fact]:
    second = runner_up(decided)
    own = candidate_of(decided, decided.decision["class_uid"])
    if second is None or own is None:
        return []
    behind = points(own["probability"] - second["probability"])
    # Confidence is calibrated and the shares among the candidates are not, so the two may differ.
    own_share = percent(own["probability"])
    beside = "" if own_share == percent(decided.decision["confidence"]) else f" of its {own_share} among the candidates"
    text = (
        f"Runner-up is {second['class_name']} ({second['class_uid']}) with {percent(second['probability'])}, "
        f"{behind} behind{beside}."
    )
    cite = citing.of_candidate(decided, second["class_uid"], second["class_name"])
    return [fact(text, cite, second["class_name"], str(second["class_uid"]))]


def _of_candidate(context: Context, decided: DecidedEvent, uid: int) -> Found:
    ranked = context.machine(decided) or decided
    candidate, name = candidate_of(ranked, uid), context.caption(uid)
    caption = name.rsplit(" (", 1)[0]
    more = mentioned(decided, classes=[uid], subject=uid)
    if candidate is None:
        text = f"Not known: {name} was not among the candidates, so it has no probability."
        return Found((fact(text, citing.of_decision(decided), caption, str(uid)),), known=False, mentioned=more)
    place = ranked.decision["candidates"].index(candidate) + 1
    text = f"{name} has a probability of {percent(candidate['probability'])}, place {place} among the candidates."
    facts = [fact(text, citing.of_candidate(decided, uid, caption), caption, str(uid), str(place))]
    decision = decided.decision
    text = f"The decided class is {context.caption(decision['class_uid'])} with {share_of(decision)}."
    facts.append(fact(text, citing.of_decision(decided), decision["class_name"], str(decision["class_uid"])))
    return Found(tuple(facts), mentioned=more)


def _earlier(context: Context, decided: DecidedEvent) -> list[Fact]:
    earlier = context.data.history(decided.event_id, 20)
    machine = next((v for v in earlier if v.decision["decided_by"] not in BY_PEOPLE), None)
    if machine is None:
        return []
    d = machine.decision
    text = f"The classifier itself had {context.caption(d['class_uid'])} with {percent(d['confidence'])}."
    return [fact(text, citing.of_decision(decided, "Earlier decision"), d["class_name"], str(d["class_uid"]))]
