"""Questions that fit a decision."""

from __future__ import annotations

from collections.abc import Sequence

from agents.chat.base import DecidedEvent

_MOST = 4


def suggest(decided: DecidedEvent, asked: Sequence[str]) -> tuple[str, ...]:
    """At most four questions that fit, without those whose intent was just asked; the most telling first."""
    decision = decided.decision
    second = next((c for c in decision["candidates"] if c["class_uid"] != decision["class_uid"]), None)
    by_people = decision["decided_by"] in ("pin", "analyst")
    unsure = decision["status"] == "needs_review"
    offered: list[tuple[str, str]] = []
    if by_people:
        offered.append(("reviews", "Who reviewed this, and what was it before?"))
    offered.append(("why", f"Why {decision['class_name']}?"))
    if second is not None and not by_people:
        offered.append(("compare", f"Why not {second['class_name']}?"))
    if unsure:
        offered.append(("sure", "How sure is it, and what does that mean?"))
        offered.append(("similar", "How were similar events decided?"))
    offered += [
        ("log", "What in the log does it rest on?"),
        ("sure", "How sure is it, and what does that mean?"),
        ("activity", f"Why the activity {decision['activity_name']}?"),
        ("template", "How often does this occur?"),
        ("effect", "What would an override change?"),
        ("week", "What changed since last week for this source?"),
    ]
    fitting = dict.fromkeys(question for intent, question in offered if intent not in asked)
    return tuple(list(fitting)[:_MOST])
