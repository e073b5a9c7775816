"""What the chat has no answer to, and what it does not do."""

from __future__ import annotations

from agents.chat.quoting import percent, quote
from agents.chat.tools import citing
from agents.chat.tools.citing import fact
from agents.chat.tools.context import Context, Found
from agents.chat.tools.decision import mentioned

_LONGEST_ASKED = 120


def no_verdict(context: Context, event_id: str) -> Found:
    """That the data hold the kind of an event, not whether it is an attack."""
    decided = context.decided(event_id)
    name = context.caption(decided.decision["class_uid"])
    if decided.decision["status"] == "needs_review":
        share = percent(decided.decision["confidence"])
        text = (
            f"Not known: the classifier put this event to {name} with a confidence of {share}, which needs review, and "
            f"no evidence tells whether it is malicious or what to do."
        )
    else:
        text = (
            f"Not known: the evidence tells what kind of event this is, {name}, not whether it is malicious or what to "
            f"do."
        )
    cite = citing.of_decision(decided)
    facts = (fact(text, cite, decided.decision["class_name"], str(decided.decision["class_uid"])),)
    return Found(facts, known=False, mentioned=mentioned(decided))


def not_held(context: Context, event_id: str | None, asked: str = "") -> Found:
    """That the evidence does not hold what was asked; ``asked`` is the part of a question that is not known."""
    text = f"Not known: the evidence of decisions does not hold an answer to {quote(asked, _LONGEST_ASKED)}."
    if not asked:
        text = (
            "Not known: the evidence of decisions (the log, how it was classified and why, its guides, reviews and "
            "counts) does not hold an answer to that."
        )
    if event_id is None:
        return Found(notes=(text,), known=False)
    decided = context.decided(event_id)
    return Found((fact(text, citing.of_decision(decided)),), known=False, mentioned={} if asked else mentioned(decided))


def not_done(context: Context, event_id: str | None) -> Found:  # noqa: ARG001 - every tool gets the context
    """That the chat changes nothing and follows no such order."""
    text = "Not known how to do that: the chat answers from the evidence of decisions and changes nothing."
    hint = "It can propose a review of the open event, which becomes one when you click."
    return Found(notes=(text, hint), known=False)
