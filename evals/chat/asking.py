"""Asking: one question through the agent as the service asks it, timed, and a dialogue turn by turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agents.chat.base import Answered, ChatData, PastTurn, Step, Text, ToolEnded
from evals.chat.checker import Truth, Unsupported, check, says_not_known, uncited
from evals.chat.facts import Names, describe, has_control_characters, holds, says
from evals.chat.suite import Dialogue, Turn
from evals.chat.truth import Truths
from evals.chat.world import World
from evals.data import DataError
from evals.folder import Line

_LONGEST_S = 180.0

INTENTS = {
    "why": {"why", "verdict"},
    "why_not": {"compare", "candidates"},
    "evidence": {"log"},
    "confidence": {"sure"},
    "activity": {"activity"},
    "class": {"class", "compare"},
    "field": {"field", "value"},
    "similar": {"similar", "find"},
    "open": {"open"},
    "week": {"week"},
    "template": {"template"},
    "effect": {"effect"},
    "guide": {"guide", "example"},
    "code": {"meaning", "look_up", "guide"},
    "reviews": {"reviews", "versions"},
    "find": {"find", "similar"},
    "queue": {"queue"},
    "propose": {"propose", "confirm"},
    "unknown": {"unknown", "verdict", "help", "none", "other", "value"},
}
"""What the suite calls what is asked -> what the agent may call it."""


class Agent(Protocol):
    """Who is asked (``agents.chat.ChatAgent``)."""

    def answer(
        self, question: str, *, event_id: str | None, past: Sequence[PastTurn], data: ChatData, stop: threading.Event
    ) -> Iterator[Step]:
        """The steps of an answer."""
        ...


@dataclass(frozen=True)
class Asked:
    """An answer with what it took: milliseconds to the first text (``None`` when there was none) and to the end."""

    answered: Answered
    first_ms: float | None
    total_ms: float
    tools: tuple[str, ...]
    streamed: str


def ask(agent: Agent, question: str, event_id: str | None, past: Sequence[PastTurn], data: ChatData) -> Asked:
    """Ask one question and read the answer to its end.

    Raises:
        DataError: the agent gave no end, or an error came instead of one.
    """
    stop = threading.Event()
    pieces: list[str] = []
    tools: list[str] = []
    first: float | None = None
    started = time.perf_counter()
    for step in agent.answer(question, event_id=event_id, past=past, data=data, stop=stop):
        spent = time.perf_counter() - started
        if spent > _LONGEST_S:
            stop.set()
        if isinstance(step, Text):
            first = first if first is not None or not step.text else spent * 1e3
            pieces.append(step.text)
        elif isinstance(step, ToolEnded):
            tools.append(step.tool)
        elif isinstance(step, Answered):
            return Asked(step, first, (time.perf_counter() - started) * 1e3, tuple(tools), "".join(pieces))
    raise DataError(f"no end of the answer to {question!r}")


def hold_dialogue(
    dialogue: Dialogue, number: int, agent: Agent, data: ChatData, world: World, truths: Truths, more: dict[str, str]
) -> Iterator[Line]:
    """A line for each question of a dialogue, as ``answers.jsonl`` keeps it."""
    placed = world.named[dialogue.event] if dialogue.event else None
    event_id = placed.event_id if placed else None
    names = Names(truths, world.services.taxonomy, dialogue.event, more)
    past: list[PastTurn] = []
    earlier = Truth()
    for place, turn in enumerate(dialogue.turns, start=1):
        try:
            question = names.text(turn.ask)
        except DataError:
            question = turn.ask
        asked = ask(agent, question, event_id, past, data)
        said = asked.answered
        opened = {c.number: c.citation for c in said.citations}
        wrong = check(said.content, opened, truths.base(event_id) + earlier, truths.cited, question)
        yield _line(dialogue, number, place, turn, question, asked, names, placed.raw if placed else "", wrong)
        past.append(PastTurn(question, said.content, said.mentioned))
        for citation in opened.values():
            earlier = earlier + (truths.cited(citation) or Truth())


def _line(
    dialogue: Dialogue, number: int, place: int, turn: Turn, question: str, asked: Asked, names: Names, raw: str,
    wrong: list[Unsupported],
) -> Line:  # fmt: skip
    said = asked.answered
    problems: list[str] = []
    facts, never = [], []
    for fact in turn.must:
        try:
            facts.append({"fact": describe(fact, names), "held": holds(fact, said, raw, names)})
        except DataError as error:
            problems.append(error.message)
    for text in turn.never:
        try:
            wanted = names.text(text)
            labels = " ".join(c.citation.label for c in said.citations)
            never.append({"text": wanted, "said": says(f"{said.content} {labels}", wanted)})
        except DataError as error:
            problems.append(error.message)
    if asked.streamed != said.content:
        problems.append("what was streamed is not what was answered")
    if has_control_characters(said):
        problems.append("control characters")
    return {
        "id": f"{number:02d}-{place}",
        "event": dialogue.event,
        "question": question,
        "intent": turn.intent,
        "intents": list(said.intents),
        "intent_right": bool(INTENTS[turn.intent] & set(said.intents)),
        "answer": said.content,
        "citations": {str(c.number): f"{c.citation.kind}: {c.citation.label}" for c in said.citations},
        "links": [link.url for link in said.links],
        "proposal": said.proposal.class_name if said.proposal else None,
        "facts": facts,
        "never": never,
        "expected_known": turn.known,
        "known": said.known and not (not turn.known and says_not_known(said.content)),
        "unsupported": [{"sentence": u.sentence, "what": u.what, "value": u.value} for u in wrong],
        "statements": len(list(_statements(said.content))),
        "uncited": uncited(said.content),
        "composed": said.composed,
        "dropped": said.dropped,
        "tools": list(asked.tools),
        "first_ms": None if asked.first_ms is None else round(asked.first_ms, 2),
        "ms": round(asked.total_ms, 2),
        "bytes": len(said.content.encode()),
        "problems": problems,
        "model": said.model_version,
        "prompt": said.prompt_version,
    }


def _statements(content: str) -> Iterator[Any]:
    from evals.chat.text import sentences

    return sentences(content)


Progress = Callable[[str, int, int], None]
