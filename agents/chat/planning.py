"""A capable model's choice of tools: constrained JSON, validated; the rules' choice stands where it is no good."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.chat.base import DecidedEvent, PastTurn
from agents.chat.binding import Call
from agents.chat.quoting import plain
from agents.chat.router import MOST_INTENTS, Route
from agents.chat.tools import TOOLS, Context
from agents.errors import LogatlasError
from agents.llm.base import LanguageModel, Message
from prompts import load_prompt

log = logging.getLogger(__name__)

_SURE = 0.8
_REFUSING = frozenset({"verdict", "beyond", "order"})
_MOST_TOKENS = 250
_MOST_CHARACTERS = 4_000
_PAST = 3
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)
_TAGS = re.compile(r"</?(?:earlier|question)>", re.IGNORECASE)


class _Chosen(BaseModel):
    model_config = ConfigDict(extra="forbid")
    tool: str = Field(max_length=40)
    arguments: dict[str, str | int | list[str] | None] = Field({}, max_length=6)


class _Choice(BaseModel):
    model_config = ConfigDict(extra="forbid")
    tools: list[_Chosen] = Field(max_length=MOST_INTENTS)


class Planner:
    """Asks a model which tools answer a question that the rules are not sure of. Safe to share by threads."""

    def __init__(self, model: LanguageModel, timeout_s: float) -> None:
        self._model = model
        self._timeout = timeout_s
        self._prompt = load_prompt("chat_tools")

    def better(
        self, question: str, route: Route, decided: DecidedEvent | None, past: Sequence[PastTurn], context: Context
    ) -> Route | None:
        """The model's choice, ``None`` where the rules' stands.

        Rules stand where they are sure, and for proposals, which only the user's own words may ask for; also where they
        know that the evidence holds no answer, so that a wrong choice does not make one of what nobody asked. The model
        chooses among tools that read, and for the event that is open; it cannot name another.
        """
        if route.sureness >= _SURE or route.strange or any(TOOLS[c.tool].proposes for c in route.calls):
            return None
        if any(c.tool in _REFUSING for c in route.calls):
            return None
        try:
            answer = self._ask(question, decided, past, context)
            found = _OBJECT.search(answer)
            choice = _Choice.model_validate(json.loads(found.group())) if found else None
            calls = [self._call(c, decided, context) for c in choice.tools] if choice is not None else []
        except LogatlasError as error:
            log.warning("tools are chosen without the language model: %s", error)
            return None
        except (ValueError, ValidationError) as error:
            log.debug("the model's choice of tools is no good: %s", error)
            return None
        return Route(tuple(calls), 1.0) if calls else None

    def _ask(self, question: str, decided: DecidedEvent | None, past: Sequence[PastTurn], context: Context) -> str:
        candidates = decided.decision["candidates"][:8] if decided is not None else []
        prompt = self._prompt.render(
            question=_data(question, 1000),
            tools=[_described(name) for name, tool in TOOLS.items() if not (tool.proposes or tool.follows)],
            event_open=decided is not None,
            candidates=", ".join(c["class_name"] for c in candidates),
            past=[_data(turn.question, 200) for turn in past[-_PAST:]],
        )
        parts: list[str] = []
        stream = self._model.stream(
            (Message("user", prompt),), max_tokens=_MOST_TOKENS, stop=context.stop, timeout=self._timeout
        )
        for piece in stream:
            parts.append(piece)
            if context.stop.is_set() or sum(map(len, parts)) > _MOST_CHARACTERS:
                break
        return "".join(parts)

    def _call(self, chosen: _Chosen, decided: DecidedEvent | None, context: Context) -> Call:
        """One chosen tool, its arguments checked.

        Raises:
            ValueError: the tool does not exist, may not be chosen, or takes other arguments.
        """
        tool = TOOLS.get(chosen.tool)
        if tool is None or tool.proposes or tool.follows:
            raise ValueError(f"no tool {plain(chosen.tool, 40)}")
        given: dict[str, Any] = dict(chosen.arguments)
        given.pop("event_id", None)
        for said, argument in (("class", "class_uid"), ("other", "other_uid")):
            name = given.pop(said, None) or given.pop(argument, None)
            if name is not None:
                found = context.names.one(str(name))
                if found is None:
                    raise ValueError("no such class")
                given[argument] = found.uid
        given.pop("chunk_id", None)
        if "event_id" in tool.arguments.model_fields and decided is not None:
            given["event_id"] = decided.event_id
        if "class_uid" in tool.arguments.model_fields and tool.arguments.model_fields["class_uid"].is_required():
            given.setdefault("class_uid", decided.decision["class_uid"] if decided is not None else None)
        tool.arguments.model_validate(given)
        return Call(chosen.tool, chosen.tool, given)


def _described(name: str) -> str:
    tool = TOOLS[name]
    names = [_ARGUMENTS.get(a, a) for a in tool.arguments.model_fields if a not in ("event_id", "chunk_id")]
    return f"{name}({', '.join(names)}): {tool.about}"


_ARGUMENTS: Mapping[str, str] = {"class_uid": "class", "other_uid": "other"}


def _data(text: str, limit: int) -> str:
    return plain(_TAGS.sub("(mark)", text), limit)
