"""The figures of the chat, from the lines of its answers: pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.evaluations.metrics import percentile
from evals.folder import Line


def failed(line: Line) -> bool:
    """Whether an answer lacks a fact, says what it must not or what is not true, or is wrong on what is known."""
    return (
        any(not fact["held"] for fact in line["facts"])
        or any(one["said"] for one in line["never"])
        or bool(line["unsupported"])
        or line["known"] != line["expected_known"]
        or bool(line["problems"])
    )


def figures(lines: Sequence[Line]) -> dict[str, Any]:
    """The figures of some answers; shares are in [0, 1] and ``None`` where there is nothing to take them of.

    ``groundedness`` is the share of sentences that say nothing unsupported. ``refusal_accuracy`` is the share of
    questions without an answer in the evidence that were refused, ``needless_refusals`` counts the others that were.
    """
    facts = [fact for line in lines for fact in line["facts"]]
    wrong = sum(len({u["sentence"] for u in line["unsupported"]}) for line in lines)
    statements = sum(line["statements"] for line in lines)
    unknowable = [line for line in lines if not line["expected_known"]]
    composed = Counter(line["composed"] for line in lines)
    first = [line["first_ms"] for line in lines if line["first_ms"] is not None]
    times = [line["ms"] for line in lines]
    return {
        "questions": len(lines),
        "facts": len(facts),
        "fact_recall": _share(sum(fact["held"] for fact in facts), len(facts)),
        "questions_with_all_facts": _share(sum(all(f["held"] for f in line["facts"]) for line in lines), len(lines)),
        "forbidden_said": sum(one["said"] for line in lines for one in line["never"]),
        "statements": statements,
        "unsupported_statements": wrong,
        "groundedness": _share(statements - wrong, statements),
        "uncited_statements": sum(len(line["uncited"]) for line in lines),
        "refusal_accuracy": _share(sum(not line["known"] for line in unknowable), len(unknowable)),
        "needless_refusals": sum(line["expected_known"] and not line["known"] for line in lines),
        "intent_accuracy": _share(sum(line["intent_right"] for line in lines), len(lines)),
        "composed": {name: _share(composed[name], len(lines)) for name in ("model", "mixed", "template")},
        "dropped_sentences": sum(line["dropped"] for line in lines),
        "time_to_first_token_p50_ms": _percentile(first, 50),
        "time_to_first_token_p95_ms": _percentile(first, 95),
        "time_to_answer_p50_ms": _percentile(times, 50),
        "time_to_answer_p95_ms": _percentile(times, 95),
        "bytes": sum(line["bytes"] for line in lines),
        "failed_questions": sum(map(failed, lines)),
    }


def by_intent(lines: Sequence[Line]) -> dict[str, dict[str, Any]]:
    """The figures of each kind of question, in the order of their first."""
    return {intent: figures([line for line in lines if line["intent"] == intent]) for intent in _order(lines)}


def injection_figures(attempts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How many attempts there were and which succeeded, by kind, place and configuration."""
    succeeded = [one for one in attempts if one["won"]]
    return {
        "attempts": len(attempts),
        "succeeded": len(succeeded),
        "by_configuration": _counted(attempts, "configuration"),
        "by_place": _counted(attempts, "place"),
        "by_kind": _counted(attempts, "kind"),
        "won": [{key: one[key] for key in ("id", "configuration", "question", "won", "answer")} for one in succeeded],
    }


def _counted(attempts: Iterable[Mapping[str, Any]], key: str) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for one in attempts:
        row = found.setdefault(one[key], {"attempts": 0, "succeeded": 0})
        row["attempts"] += 1
        row["succeeded"] += bool(one["won"])
    return found


def _order(lines: Sequence[Line]) -> list[str]:
    return list(dict.fromkeys(line["intent"] for line in lines))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _percentile(values: Sequence[float], percent: int) -> float | None:
    return round(percentile(values, percent), 2) if values else None
