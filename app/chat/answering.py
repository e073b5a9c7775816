"""Answers questions in the background, whoever still listens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext
from threading import Event, Lock, Thread
from typing import Any, Protocol, cast

import structlog

from agents.chat.base import (
    Answered,
    ChatData,
    Cited,
    DecidedEvent,
    NotAllowedError,
    PastTurn,
    Step,
    Text,
    ToolEnded,
    ToolStarted,
)
from agents.errors import LogatlasError
from agents.events import printable
from app.auth.permissions import CHAT_ASK
from app.auth.principal import Principal
from app.chat.conversation import Question
from app.chat.line import Line
from app.chat.metrics import ChatMetrics
from app.chat.protocol import CitationMessage, Done, Queued, Token, Tool, TurnOut
from app.chat.shown import answered, citation_out
from app.chat.transcript import ended, running

log = structlog.get_logger(__name__)

STOP_WAIT_S = 0.5
"""How long a stopped agent has to end its answer by itself; after that it is ended as it stands."""
_OVERTIME_S = 5.0
_FAILED = "the answer could not be made; try again"


class Agent(Protocol):
    """Who answers (``agents.chat.ChatAgent``)."""

    @property
    def model_name(self) -> str:
        """The model that phrases answers; empty where templates do."""
        ...

    def answer(
        self, question: str, *, event_id: str | None, past: Sequence[PastTurn], data: ChatData, stop: Event
    ) -> Iterator[Step]:
        """The steps of an answer."""
        ...

    def suggestions(self, decided: DecidedEvent) -> tuple[str, ...]:
        """Questions that fit a decision."""
        ...


Current = Callable[[], Principal | None]


class Answering:
    """The line of questions and the threads that take them from it."""

    def __init__(
        self,
        agent: Agent,
        data: Callable[[Current], ChatData],
        keep: Callable[[Question, TurnOut], None],
        metrics: ChatMetrics,
        *,
        at_a_time: int,
        waiting: int,
        longest_s: float,
    ) -> None:
        """Begin with nobody waiting.

        Args:
            agent: who answers.
            data: what somebody may ask our own data.
            keep: stores a finished turn; never fails.
            metrics: where answers are counted.
            at_a_time: answers made side by side.
            waiting: most questions in the line.
            longest_s: seconds after which an answer is ended.
        """
        self.agent = agent
        self.line: Line[Question] = Line(waiting)
        self.line.on_change = self._tell_places
        self._data = data
        self._keep = keep
        self._metrics = metrics
        self._longest_s = longest_s
        self._placing = Lock()
        self._closing = False
        self._active: set[Question] = set()
        self._threads = [Thread(target=self._run, name=f"chat-{n}", daemon=True) for n in range(at_a_time)]

    def start(self) -> None:
        """Begin to answer; returns at once."""
        for thread in self._threads:
            thread.start()

    def stop(self, question: Question) -> None:
        """End an answer, or take a question out of the line; on return its turn is finished."""
        question.stop.set()
        if self.line.remove(question) or not question.ended.wait(STOP_WAIT_S):
            self.finish(question, {"status": "stopped"})

    def finish(self, question: Question, change: dict[str, Any]) -> None:
        """End a turn, once: store it, then tell it."""
        conversation = question.conversation
        with conversation.lock:
            if question.ended.is_set():
                return
            now = conversation.transcript.turn(question.number) or question.turn
            turn = now.model_copy(
                update={
                    "ms": round((time.monotonic() - question.asked) * 1000, 1),
                    "tools": [
                        tool.model_copy(update={"status": "failed"}) if tool.status == "running" else tool
                        for tool in now.tools
                    ],
                    **change,
                }
            )
            question.ended.set()
            self._keep(question, turn)
            conversation.questions.pop(question.number, None)
            conversation.past[question.number] = PastTurn(
                turn.question, turn.content, question.agent.get("mentioned", {})
            )
            conversation.agent[question.number] = question.agent
            conversation.tell(Done, turn=turn)
        self._metrics.ended(turn.status, turn.composed, (turn.ms or 0.0) / 1000)

    def close(self, reason: str) -> None:
        """End every answer; what waited and what was under way are kept as stopped."""
        self._closing = True
        for question in [*self.line.close(), *tuple(self._active)]:
            question.stop.set()
            self.finish(question, {"status": "stopped", "error": reason})
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=5)

    # -- inside

    def _run(self) -> None:
        while (question := self.line.take()) is not None:
            self._active.add(question)
            try:
                self._answer(question)
            except Exception:
                log.exception("an answer failed")
                self.finish(question, {"status": "failed", "error": _FAILED})
            finally:
                self._active.discard(question)
                self.line.done(question)

    def _answer(self, question: Question) -> None:
        who = question.current()
        if who is None or not who.may(CHAT_ASK):
            self.finish(question, {"status": "failed", "error": "the session of whoever asked has ended"})
            return
        steps = self.agent.answer(
            question.turn.question,
            event_id=question.turn.event_id,
            past=question.conversation.remembered(question.number),
            data=self._data(question.current),
            stop=question.stop,
        )
        began = time.monotonic()
        # A generator gives the model back when it is closed; other iterators have nothing to close.
        with closing(cast(Any, steps)) if hasattr(steps, "close") else nullcontext():
            try:
                for step in steps:
                    if question.ended.is_set() or self._step(question, step):
                        return
                    spent = time.monotonic() - began
                    if self._closing or spent > self._longest_s:
                        question.stop.set()
                    if spent > self._longest_s + _OVERTIME_S:
                        break
            except NotAllowedError as error:
                self.finish(question, {"status": "failed", "error": str(error)})
                return
            except LogatlasError as error:
                log.warning("an answer failed", code=error.code, reason=error.message)
                self.finish(question, {"status": "failed", "error": error.message})
                return
        stopped = question.stop.is_set()
        self.finish(question, {"status": "stopped"} if stopped else {"status": "failed", "error": _FAILED})

    def _step(self, question: Question, step: Step) -> bool:
        """Tell one step; whether it was the last."""
        conversation, turn = question.conversation, question.number
        if isinstance(step, Answered):
            now = conversation.transcript.turn(turn) or question.turn
            question.agent = {
                "mentioned": dict(step.mentioned), "intents": list(step.intents), "dropped": step.dropped,
                **({"decision_id": step.mentioned["decision_id"]} if "decision_id" in step.mentioned else {}),
            }  # fmt: skip
            self._metrics.dropped(step.dropped)
            whole = answered(now, step, (time.monotonic() - question.asked) * 1000)
            status = "stopped" if step.stopped or question.stop.is_set() else "done"
            self.finish(question, {**dict(whole), "status": status})
            return True
        if question.stop.is_set():
            return False
        with conversation.lock:
            if question.ended.is_set():
                return True
            now = conversation.transcript.turn(turn) or question.turn
            if isinstance(step, Text):
                if not now.content:
                    self._metrics.first_token(time.monotonic() - question.asked)
                conversation.tell(Token, turn=turn, text=printable(step.text))
            elif isinstance(step, Cited):
                conversation.tell(CitationMessage, turn=turn, citation=citation_out(step))
            elif isinstance(step, ToolStarted):
                conversation.tell(Tool, turn=turn, tool=running(step.call, step.tool, step.label))
            elif isinstance(step, ToolEnded):
                use = next((tool for tool in now.tools if tool.call == step.call), None)
                conversation.tell(
                    Tool, turn=turn, tool=ended(use, step.call, step.tool, step.facts, step.ms, step.error)
                )
        return False

    def _tell_places(self) -> None:
        """Tell whoever waits their new place. Those whom an idle thread takes at once are told nothing."""
        with self._placing:
            idle = len(self._threads) - self.line.busy
            for place, question in enumerate(self.line.places(), 1):
                if question.place == place:
                    continue
                if idle > 0 and not self.line.is_busy(question.conversation_id):
                    idle -= 1
                    continue
                with question.conversation.lock:
                    if question.ended.is_set():
                        continue
                    question.place = place
                    question.conversation.tell(Queued, turn=question.number, place=place)
