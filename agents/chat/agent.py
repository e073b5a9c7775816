"""The chat's agent: one question in, the steps of its answer out."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import ValidationError

from agents.chat.base import (
    Answered,
    ChatData,
    Cited,
    DecidedEvent,
    Link,
    NotAllowedError,
    PastTurn,
    Proposal,
    Step,
    Text,
    ToolEnded,
    ToolStarted,
)
from agents.chat.binding import Call
from agents.chat.composing import PROMPT_VERSION, Numbers, Told, compose, pieces
from agents.chat.names import ClassNames
from agents.chat.phrasing import Phraser
from agents.chat.planning import Planner
from agents.chat.quoting import moment, plain, quote
from agents.chat.router import Route, Router
from agents.chat.suggesting import suggest
from agents.chat.tools import TOOLS, Context, Found, citing
from agents.chat.tools.citing import fact
from agents.chat.tools.context import NoEventError, Thresholds
from agents.chat.wording import Wording
from agents.classifier import Ranker, load_ranker
from agents.errors import LogatlasError
from agents.knowledge.embedding import Embedder
from agents.llm.base import LanguageModel
from agents.ocsf import Taxonomy

log = logging.getLogger(__name__)

_LONGEST_QUESTION = 4000
_NEEDS_EVENT = (
    "Not known: that is about the decision of an event, and none is open here.",
    "Which event do you mean: can you open it beside the chat, or put its id into the question?",
)
_UNKNOWN = "Not known: the evidence of decisions does not hold an answer to that."
_INSTEAD = "Would it help to know why a class was chosen, what in the log it rests on, or how sure it is?"


@dataclass
class _Turn:
    """What one answer gathers while it is made."""

    found: list[Found] = field(default_factory=list)
    intents: list[str] = field(default_factory=list)
    numbers: Numbers = field(default_factory=Numbers)
    told: list[str] = field(default_factory=list)
    dropped: int = 0
    composed: Literal["model", "template", "mixed"] = "template"
    model_version: str = ""
    prompt_version: str = PROMPT_VERSION


class ChatAgent:
    """Answers questions about decisions from their evidence; safe to share by threads.

    Args:
        taxonomy: the classes that answers may name.
        model: phrases answers (and chooses tools) where ``phrasing`` lets it; ``None`` for templates alone.
        phrasing: ``template`` composes every answer, ``model`` lets the model write, ``auto`` unless it is small.
        small_model: whether ``model`` is too small to write answers or choose tools (the packaged one is).
        ranker: whose thresholds are told; the packaged one when not given.
        abstain_below: the threshold in use, where it differs from the ranker's.
        embedder: compares questions by meaning, where it is the model that the packaged vectors were made with.
        timeout_s: seconds to wait for each piece of the model's text.
    """

    def __init__(
        self,
        taxonomy: Taxonomy,
        model: LanguageModel | None = None,
        *,
        phrasing: Literal["template", "model", "auto"] = "auto",
        small_model: bool = True,
        ranker: Ranker | None = None,
        abstain_below: float | None = None,
        embedder: Embedder | None = None,
        timeout_s: float = 20.0,
    ) -> None:
        self.taxonomy = taxonomy
        self.names = ClassNames(taxonomy)
        self.router = Router(self.names, Wording(embedder))
        wanted = phrasing == "model" or (phrasing == "auto" and not small_model)
        self._phraser = Phraser(model, taxonomy, timeout_s) if model is not None and wanted else None
        self._planner = Planner(model, timeout_s) if model is not None and wanted and not small_model else None
        ranker = ranker or load_ranker()
        limit = abstain_below if abstain_below is not None else ranker.abstain_below
        self._thresholds = Thresholds(ranker.version, limit, ranker.set_coverage)

    @property
    def model_name(self) -> str:
        """The model that phrases answers; empty where templates do."""
        return self._phraser.model.name if self._phraser is not None else ""

    def answer(
        self,
        question: str,
        *,
        event_id: str | None,
        past: Sequence[PastTurn],
        data: ChatData,
        stop: threading.Event,
    ) -> Iterator[Step]:
        """The steps of an answer; the last one is always ``Answered``, also after ``stop`` was set.

        Text comes word by word and only after its sentence was checked. A tool that fails, or that the asking user may
        not use, is told as such and costs only its part of the answer; nothing is raised but what is a mistake here.
        """
        question = question[:_LONGEST_QUESTION]
        turn = _Turn()
        context = Context(self.taxonomy, self.names, data, self._thresholds, stop)
        decided, refused = self._open(context, event_id)
        route = self._route(question, decided, past, context)
        for number, call in enumerate(route.calls, start=1):
            if stop.is_set():
                break
            yield from self._run(number, call, context, turn, event_id)
        if not turn.found and not stop.is_set():
            turn.found.append(_not_understood(route, refused, decided))
        turn.intents = turn.intents or list(route.needs_event) or ["unknown"]
        yield from self._tell(question, past, turn, stop)
        yield self._answered(turn, decided, event_id, stop)

    def suggestions(self, decided: DecidedEvent) -> tuple[str, ...]:
        """At most four questions that fit a decision."""
        return suggest(decided, ())

    # -- parts

    def _open(self, context: Context, event_id: str | None) -> tuple[DecidedEvent | None, str]:
        """The open event, or why it cannot be read."""
        if event_id is None:
            return None, ""
        try:
            return context.decided(event_id), ""
        except NoEventError:
            return None, "Not known: there is no such event, or you may not see it."
        except NotAllowedError as error:
            return None, f"You may not see this event: {plain(str(error), 200)}."
        except LogatlasError as error:
            log.warning("the chat cannot read an event: %s", error)
            return None, "Not known: the event cannot be read at the moment."

    def _route(self, question: str, decided: DecidedEvent | None, past: Sequence[PastTurn], context: Context) -> Route:
        route = self.router.route(question, decided, past)
        if self._planner is None or context.stop.is_set():
            return route
        return self._planner.better(question, route, decided, past, context) or route

    def _run(self, number: int, call: Call, context: Context, turn: _Turn, opened: str | None) -> Iterator[Step]:
        tool = TOOLS[call.tool]
        yield ToolStarted(number, tool.name, tool.label)
        began = time.perf_counter()
        error, found = "", Found()
        try:
            found = tool.run(context, call.arguments)
            about = call.arguments.get("event_id")
            if about not in (None, opened) and found.facts and tool.name != "open_event":
                found = _of_which(found, context.decided(str(about)))
        except NotAllowedError as refusal:
            error = plain(str(refusal), 200) or "not allowed"
            found = Found(notes=(f"You may not see that: {error}.",), known=False)
        except NoEventError:
            error = "no such event"
            found = Found(notes=("Not known: there is no such event, or you may not see it.",), known=False)
        except ValidationError:
            error = "arguments out of bounds"
            found = Found(notes=("Not known: the question could not be turned into a search.",), known=False)
        except LogatlasError as failure:
            log.warning("the chat's tool %s failed: %s", tool.name, failure)
            error = "cannot be read at the moment"
            found = Found(notes=("Not known at the moment: the data behind that cannot be read.",), known=False)
        turn.found.append(found)
        if call.intent not in turn.intents:
            turn.intents.append(call.intent)
        ms = round((time.perf_counter() - began) * 1000, 3)
        yield ToolEnded(number, tool.name, len(found.all_facts), ms, error)

    def _tell(self, question: str, past: Sequence[PastTurn], turn: _Turn, stop: threading.Event) -> Iterator[Step]:
        has_facts = any(found.all_facts for found in turn.found)
        if self._phraser is not None and has_facts and not stop.is_set():
            writing = self._phraser.write(question, past, turn.found, turn.numbers, stop)
            try:
                yield from _spoken(writing, turn, stop)
            finally:
                writing.close()
            turn.composed, turn.dropped = writing.composed, writing.dropped
            if writing.composed != "template":
                turn.model_version, turn.prompt_version = self._phraser.model.name, self._phraser.prompt.version
        else:
            yield from _spoken(compose(turn.found, turn.numbers), turn, stop)

    def _answered(
        self, turn: _Turn, decided: DecidedEvent | None, event_id: str | None, stop: threading.Event
    ) -> Answered:
        known = any(found.known for found in turn.found) if turn.found else False
        proposal: Proposal | None = next((f.proposal for f in turn.found if f.proposal is not None), None)
        links: dict[Link, None] = dict.fromkeys(link for f in turn.found for link in f.links)
        mentioned: dict[str, Any] = {"open": event_id} if event_id is not None else {}
        for found in turn.found:
            mentioned.update(found.mentioned)
        if turn.intents:
            mentioned["intent"] = turn.intents[-1]
        return Answered(
            content="".join(turn.told),
            citations=tuple(turn.numbers.cited),
            intents=tuple(turn.intents),
            composed=turn.composed,
            model_version=turn.model_version,
            prompt_version=turn.prompt_version,
            known=known,
            dropped=turn.dropped,
            stopped=stop.is_set(),
            links=tuple(links),
            proposal=proposal if not stop.is_set() else None,
            suggestions=suggest(decided, turn.intents) if decided is not None else (),
            mentioned=_json(mentioned),
        )


def _spoken(source: Iterator[Told], turn: _Turn, stop: threading.Event) -> Iterator[Step]:
    """Pieces as steps, word by word, until ``stop``."""
    for piece in source:
        if stop.is_set():
            return
        if isinstance(piece, Cited):
            yield piece
            continue
        for word in pieces(piece):
            if stop.is_set():
                return
            turn.told.append(word)
            yield Text(word)


def _not_understood(route: Route, refused: str, decided: DecidedEvent | None) -> Found:
    if refused:
        return Found(notes=(refused,), known=False)
    if route.needs_event:
        return Found(notes=_NEEDS_EVENT, known=False)
    if decided is None:
        return Found(notes=(_UNKNOWN, _INSTEAD), known=False)
    return Found((fact(_UNKNOWN, citing.of_decision(decided)),), notes=(_INSTEAD,), known=False)


def _of_which(found: Found, other: DecidedEvent) -> Found:
    """What was found, after a sentence that says which event it is about."""
    text = f"About the event of {moment(other.received_at)}, {quote(other.raw, 80)}:"
    return replace(found, facts=(fact(text, citing.of_event(other)), *found.facts))


def _json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}
