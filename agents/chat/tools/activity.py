"""Which activity a decision has, why, and which others the class has."""

from __future__ import annotations

from collections.abc import Sequence

from agents.chat.activities import named as activity_named
from agents.chat.base import Citation, DecidedEvent, Fact
from agents.chat.quoting import first_sentences, listed, prose, quote
from agents.chat.tools import citing
from agents.chat.tools.citing import fact
from agents.chat.tools.context import Context, Found
from agents.chat.tools.decision import mentioned

_MOST_FIELDS = 4


def activity(context: Context, event_id: str, named: Sequence[str] = ()) -> Found:
    """Which activity was chosen, why, and which others the class has; ``named`` are words that may name some."""
    decided = context.decided(event_id)
    decision = decided.decision
    ocsf_class = context.ocsf_class(decision["class_uid"])
    name, uid = decision["activity_name"], decision["activity_id"]
    facts = [
        fact(
            f"The activity is {name} ({uid}) of {decision['class_name']}, so the type is {decision['type_uid']}.",
            citing.of_decision(decided, "Activity"),
            name, str(uid), decision["class_name"], str(decision["type_uid"]),
        )
    ]  # fmt: skip
    facts.append(_why_activity(context, decided))
    facts += [f for word in named if (f := _of_activity(context, decided, word)) is not None]
    if ocsf_class is not None:
        own = ocsf_class.activities.get(uid)
        if own is not None and own.description:
            said = prose(first_sentences(own.description)[0])
            cite = citing.of_class(ocsf_class, context.taxonomy.version)
            facts.append(fact(f"OCSF describes {name} so: {said.rstrip('.')}.", cite, name))
        others = [a.caption for a in ocsf_class.activities.values() if a.activity_id not in (uid, 0, 99)]
        if others:
            text = f"The class also has {listed(others[:12])}."
            cite = citing.of_class(ocsf_class, context.taxonomy.version)
            facts.append(fact(text, cite, *others, key=False))
    return Found(tuple(facts), mentioned=mentioned(decided))


def _of_activity(context: Context, decided: DecidedEvent, word: str) -> Fact | None:
    """Whether the class has an activity that a word names; ``None`` where it is the one that was chosen."""
    ocsf_class = context.ocsf_class(decided.decision["class_uid"])
    if ocsf_class is None:
        return None
    cite = citing.of_class(ocsf_class, context.taxonomy.version)
    found = activity_named(ocsf_class, word)
    if found is None:
        return fact(f"{ocsf_class.caption} has no activity {quote(word, 40)}.", cite, ocsf_class.caption)
    if found[0] == decided.decision["activity_id"]:
        return None
    text = f"{found[1]} ({found[0]}) is another activity of {ocsf_class.caption}, and was not chosen."
    return fact(text, cite, found[1], ocsf_class.caption)


def _why_activity(context: Context, decided: DecidedEvent) -> Fact:
    decision = decided.decision
    name = decision["activity_name"]
    if decision["decided_by"] in ("pin", "analyst"):
        return fact(f"A person's review fixed {name} together with the class.", citing.of_decision(decided), name)
    for match in context.matching(decided, decision["class_uid"]):
        if match.activity_id != decision["activity_id"]:
            continue
        view = context.view(decided.event_id)
        rule = next((r for r in match.guide.activities if r.activity_id == match.activity_id), None)
        held = [f for c in (rule.when if rule else ()) if view is not None and (f := c.find(view)[1]) is not None]
        cite: Citation
        if held:
            pairs = listed([f"{quote(f.path, 60)} = {quote(f.value, 60)}" for f in held[:_MOST_FIELDS]])
            cite = citing.of_span(decided, held[0].path, [f.span for f in held if f.span])
            text = f"The guide {quote(match.guide.title, 80)} says {name} when {pairs}."
        else:
            cite = citing.of_guide(match.guide, decided)
            text = f"The guide {quote(match.guide.title, 80)} says {name} for every event that it describes."
        return fact(text, cite, name, match.guide.title)
    if decision["activity_id"] == 0:
        text = "Neither a guide nor the words of the event say which activity it is, so it is Unknown."
    else:
        text = f"No guide names it; {name} was learned from, or is said by, the words of the event."
    return fact(text, citing.of_decision(decided), name)
