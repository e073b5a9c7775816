"""Why not another class: what each of two classes had, and what decided between them."""

from __future__ import annotations

from agents.chat.base import DecidedEvent, Fact
from agents.chat.quoting import first_sentences, listed, percent, points, prose, quote, said, source_name
from agents.chat.tools import citing
from agents.chat.tools.citing import fact
from agents.chat.tools.conditions import check, needs
from agents.chat.tools.context import BY_PEOPLE, Context, Found, as_guide, candidate_of
from agents.chat.tools.decision import listing_of, mentioned, reviewer_of, why
from agents.knowledge.base import Kind
from agents.knowledge.catalog import Guide, GuideMatch, Tier

_MOST_NEEDS = 2
_SEARCHED = 24
_TIERS = {Tier.PRODUCT: "the product's own", Tier.SCHEMA: "a common schema's", Tier.GENERIC: "a generic"}


def compare(context: Context, event_id: str, class_uid: int, other_uid: int | None = None) -> Found:
    """Why ``class_uid`` is not the class, against the decided one or ``other_uid``."""
    decided = context.decided(event_id)
    decision = decided.decision
    chosen = decision["class_uid"] if other_uid is None else other_uid
    if class_uid == chosen:
        return why(context, event_id)
    ranked = context.machine(decided) or decided
    here, there = context.matching(ranked, chosen), context.matching(ranked, class_uid)
    facts = [_decided_between(context, decided, ranked, chosen, class_uid, here, there)]
    listed_facts = [_had(context, ranked, uid, m) for uid, m in ((chosen, here), (class_uid, there))]
    after = []
    if candidate_of(ranked, class_uid) is None:
        after += _absent(context, decided, class_uid, ranked)
    if not there:
        after += _would_need(context, decided, class_uid, ranked)
    after += _also(context, decided, class_uid, here)
    return Found(
        tuple(facts),
        tuple(listed_facts),
        tuple(after),
        mentioned=mentioned(decided, classes=[chosen, class_uid], subject=class_uid),
    )


def no_class(context: Context, event_id: str, text: str) -> Found:
    """That a name is no class's, and which classes are nearest to it among the candidates."""
    decided = context.decided(event_id)
    said_name = quote(text, 80)
    first = f"Not known: OCSF {context.taxonomy.version} has no class that {said_name} could name."
    facts = [fact(first, citing.of_decision(decided, "Taxonomy"), context.taxonomy.version)]
    others = [context.caption(c["class_uid"]) for c in decided.decision["candidates"][:4]]
    if others:
        names = _names(context, *(c["class_uid"] for c in decided.decision["candidates"][:4]))
        facts.append(
            fact(f"The first candidates are {listed(others)}.", citing.of_decision(decided, "Candidates"), *names)
        )
    return Found(tuple(facts), known=False, mentioned=mentioned(decided))


def rank_all(context: Context, event_id: str) -> Found:
    """All candidates in their order, with probability and what speaks for each."""
    decided = context.decided(event_id)
    ranked = context.machine(decided) or decided
    candidates = ranked.decision["candidates"]
    name = context.caption(decided.decision["class_uid"])
    if not candidates:
        text = f"Not known: no candidates are kept for the decision of {name}."
        return Found((fact(text, citing.of_decision(decided)),), known=False, mentioned=mentioned(decided))
    told = "candidate was" if len(candidates) == 1 else "candidates were"
    text = f"{len(candidates)} {told} considered, and {name} was decided."
    facts = [fact(text, citing.of_decision(decided, "Candidates"), decided.decision["class_name"])]
    listing = [had(context, ranked, c["class_uid"]) for c in candidates[:8]]
    more = mentioned(decided, **listing_of("candidates", len(listing)))
    return Found(tuple(facts), tuple(listing), mentioned=more)


def _decided_between(
    context: Context,
    decided: DecidedEvent,
    ranked: DecidedEvent,
    chosen: int,
    other: int,
    here: list[GuideMatch],
    there: list[GuideMatch],
) -> Fact:
    """The first sentence: which of the two, and the strongest reason."""
    decision = decided.decision
    a, b = context.caption(chosen), context.caption(other)
    names = _names(context, chosen, other)
    one, two = candidate_of(ranked, chosen), candidate_of(ranked, other)
    if decision["decided_by"] in BY_PEOPLE and decision["class_uid"] in (chosen, other):
        won, lost = (a, b) if decision["class_uid"] == chosen else (b, a)
        who = reviewer_of(context, decided)
        text = f"{won} stands and not {lost}, because {who} decided it; a review wins over all other evidence."
        return fact(text, citing.of_decision(decided, "Review"), *names)
    cite = citing.of_decision(decided, "Decision")
    if decision["class_uid"] not in (chosen, other):
        text = f"Neither {a} nor {b} was decided; the class is {context.caption(decision['class_uid'])}."
        return fact(text, cite, *names, decision["class_name"], str(decision["class_uid"]))
    if decision["class_uid"] == other:
        a, b, one, two, here, there = b, a, two, one, there, here
    if here and not there:
        text = f"{a} was decided and not {b}, because a guide matches the event for the first and none for the second."
        cite = citing.of_guide(here[0].guide, decided)
    elif here and there:
        text = _both_match(a, b, here[0].guide, there[0].guide)
        cite = citing.of_guide(here[0].guide, decided)
    elif two is None:
        text = f"{a} was decided and not {b}, because nothing that was found for this event speaks for the second."
    elif one is not None:
        gap = points(one["probability"] - two["probability"])
        text = f"{a} was decided and not {b}, because its probability is higher by {gap}; no guide matches for either."
    else:
        text = f"{a} was decided and not {b}."
    return fact(text, cite, *names)


def _both_match(a: str, b: str, first: Guide, second: Guide) -> str:
    if first.tier is not second.tier:
        return (
            f"{a} was decided and not {b}: guides match for both, but {_TIERS[first.tier]} guide outweighs "
            f"{_TIERS[second.tier]} one."
        )
    if first.specificity > second.specificity:
        return (
            f"{a} was decided and not {b}: guides match for both, but its guide asks for more "
            f"({len(first.match)} conditions against {len(second.match)}), and the more specific one wins."
        )
    return f"{a} was decided and not {b}: guides match for both, and the ranker gave it the higher probability."


def had(context: Context, decided: DecidedEvent, uid: int) -> Fact:
    """What one class had: probability, guide, the model's score."""
    return _had(context, decided, uid, context.matching(decided, uid))


def _had(context: Context, decided: DecidedEvent, uid: int, matches: list[GuideMatch]) -> Fact:
    name = context.caption(uid)
    candidate = candidate_of(decided, uid)
    caption = name.rsplit(" (", 1)[0]
    cite = citing.of_candidate(decided, uid, caption)
    if candidate is None:
        parts = ["not among the candidates"]
    else:
        parts = [f"probability {percent(candidate['probability'])}"]
        if candidate["llm_score"] is not None:
            parts.append(f"language model {percent(candidate['llm_score'])}")
    if matches:
        guide = matches[0].guide
        fields = listed([f"{quote(f.path, 60)} = {quote(f.value, 60)}" for f in matches[0].fields[:3]])
        parts.append(f"the guide {quote(guide.title, 80)} matches{f' on {fields}' if fields else ''}")
    elif candidate is not None:
        parts.append(_nearest(context, decided, uid))
    return fact(f"{name}: {'; '.join(parts)}.", cite, caption, str(uid))


def _nearest(context: Context, decided: DecidedEvent, uid: int) -> str:
    """What comes closest where no guide of a class matches: the guide that the answer then tells more about."""
    candidate = candidate_of(decided, uid)
    ids = list(candidate["evidence"]) if candidate is not None else []
    guide = closest_guide(context, decided, uid) if context.guides(ids) else None
    if guide is not None:
        return f"no guide matches, the closest is {quote(guide.title, 80)}"
    example = next((c for c in context.chunks(ids) if c.kind is Kind.EXAMPLE), None)
    if example is not None:
        return f"no guide matches, the example {quote(example.title, 80)} resembles it"
    if any(chunk_id.startswith("class:") for chunk_id in ids):
        return "no guide matches, only the class's description was found"
    return "no guide matches, only words of the event point to it"


def _absent(context: Context, decided: DecidedEvent, uid: int, ranked: DecidedEvent) -> list[Fact]:
    ocsf_class = context.ocsf_class(uid)
    count = len(ranked.decision["candidates"])
    name = context.caption(uid)
    facts = []
    if ocsf_class is not None:
        if ocsf_class.deprecated:
            cite = citing.of_class(ocsf_class, context.taxonomy.version)
            text = (
                f"{name} is deprecated since OCSF {ocsf_class.deprecated_since}, and deprecated classes are not chosen."
            )
            facts.append(fact(text, cite, ocsf_class.caption, str(uid)))
        described = first_sentences(ocsf_class.description)
        if described:
            cite = citing.of_class(ocsf_class, context.taxonomy.version)
            text = f"OCSF describes {ocsf_class.caption} so: {prose(described[0]).rstrip('.')}."
            facts.append(fact(text, cite, ocsf_class.caption))
    noun = "candidate" if count == 1 else "candidates"
    text = f"{name} is not among the {count} {noun} of this decision."
    caption = ocsf_class.caption if ocsf_class is not None else name
    return [fact(text, citing.of_decision(decided, "Candidates"), caption, str(uid)), *facts]


def _would_need(context: Context, decided: DecidedEvent, uid: int, ranked: DecidedEvent) -> list[Fact]:
    """What the closest guide of a class asks that this event does not fulfil."""
    view = context.view(decided.event_id)
    guide = closest_guide(context, ranked, uid)
    if guide is None:
        ocsf_class = context.ocsf_class(uid)
        text = f"Not known: no guide for {context.caption(uid)} that resembles this event was found."
        return [fact(text, citing.of_decision(decided, "Search"), ocsf_class.caption if ocsf_class else "", str(uid))]
    failing = [c for c in check(guide, view) if not c.holds] if view is not None else []
    product = f" for {quote(guide.product_title, 60)}" if guide.product_title else ""
    if not failing:
        about = f", about {said(guide.meaning, 200)}" if guide.meaning else ""
        text = f"Its closest guide is {quote(guide.title, 80)}{product}{about}."
    else:
        wants = list(dict.fromkeys(map(needs, failing)))
        more = f", and {len(wants) - _MOST_NEEDS} more" if len(wants) > _MOST_NEEDS else ""
        wanted = listed(wants[:_MOST_NEEDS])
        text = f"Its closest guide, {quote(guide.title, 80)}{product}, needs {wanted}{more}."
    values = [v for c in failing for v in c.condition.values_shown]
    return [fact(text, citing.of_guide(guide, decided), guide.title, *values)]


def closest_guide(context: Context, decided: DecidedEvent, uid: int) -> Guide | None:
    """The guide of a class that is nearest: of the event's product before others, with the fewest conditions unmet.

    It is one of those that the machine's decision (``decided``) found for the class, and else what a search finds.
    """
    candidate = candidate_of(decided, uid)
    found = context.guides(list(candidate["evidence"]) if candidate is not None else [])
    guides = [g for g in found if g.class_uid == uid] or found
    matches = context.matching(decided, decided.decision["class_uid"])
    nearest = matches[0].guide if matches else next(iter(guides), None)
    product, title = (nearest.product, nearest.product_title) if nearest is not None else ("", "")
    if not guides:
        caption = context.caption(uid).rsplit(" (", 1)[0]
        source = title or source_name(decided.vendor, decided.product)
        hits = context.data.knowledge(f"{source} {caption}".strip(), _SEARCHED)
        guides = [g for h in hits if h.chunk.kind is Kind.GUIDE and (g := as_guide(h.chunk)).class_uid == uid]
    view = context.view(decided.event_id)

    def distance(guide: Guide) -> tuple[bool, bool, int]:
        unmet = sum(not c.holds for c in check(guide, view)) if view is not None else 0
        return guide.product != product, guide.fallback, unmet

    return min(guides, key=distance, default=None)


def _also(context: Context, decided: DecidedEvent, uid: int, here: list[GuideMatch]) -> list[Fact]:
    if not here or uid not in here[0].guide.also_acceptable:
        return []
    name = context.caption(uid)
    text = f"The guide {quote(here[0].guide.title, 80)} notes that {name} could be defended as well."
    return [fact(text, citing.of_guide(here[0].guide, decided), *_names(context, uid))]


def _names(context: Context, *uids: int) -> tuple[str, ...]:
    found = [context.ocsf_class(uid) for uid in uids]
    return tuple(v for c in found if c is not None for v in (c.caption, str(c.uid)))
