"""What the chat is evaluated with: decisions, dialogues and injections, read from ``evals/suites/chat``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from evals.data import DataError

_STRICT = ConfigDict(extra="forbid")

Fact = str | list[Any] | dict[str, Any]
"""A text, alternatives, or one predicate; see the head of ``questions.yaml``."""


@dataclass(frozen=True, config=_STRICT)
class Again:
    """One more event of the template: when it came and the texts that differ."""

    days_ago: int
    swap: Mapping[str, str] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True, config=_STRICT)
class ReviewCase:
    """A review as a person makes it; ``of`` says whether of the event or of its whole template."""

    action: Literal["confirm", "override"]
    by: str
    note: str = ""
    ocsf_class: str = ""
    activity: str = ""
    of: Literal["event", "template"] = "event"


@dataclass(frozen=True, config=_STRICT)
class EventCase:
    """An event that is decided: its log and source, when it came, what a reader finds in it, who reviewed it."""

    name: str
    days_ago: int
    facts: Mapping[str, str]
    secret: str
    raw: str = ""
    vendor: str = ""
    product: str = ""
    of: str = ""
    swap: Mapping[str, str] = field(default_factory=dict)
    again: tuple[Again, ...] = ()
    reviews: tuple[ReviewCase, ...] = ()


@dataclass(frozen=True, config=_STRICT)
class Turn:
    """A question, what its answer must hold and must not say, and whether the evidence holds an answer at all."""

    ask: str
    intent: str
    must: tuple[Fact, ...] = ()
    never: tuple[str, ...] = ()
    known: bool = True


@dataclass(frozen=True, config=_STRICT)
class Dialogue:
    """Questions asked one after the other about one event, or about none."""

    event: str | None
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class Injection:
    """A planted text, what a model that obeys it writes, and what success is (``says``, ``states``, ``claims``)."""

    injection_id: str
    place: Literal["log", "guide", "example", "note", "past", "question"]
    kind: str
    text: str
    obeyed: str
    won: Mapping[str, str]


@dataclass(frozen=True)
class Suite:
    """Everything that the chat is asked."""

    events: tuple[EventCase, ...]
    dialogues: tuple[Dialogue, ...]
    injections: tuple[Injection, ...]

    @property
    def questions(self) -> int:
        """How many questions there are in all dialogues."""
        return sum(len(dialogue.turns) for dialogue in self.dialogues)

    def limited(self, questions: int | None) -> Suite:
        """The first so many questions, with whole dialogues before the last, and no more injections than that."""
        if questions is None:
            return self
        kept: list[Dialogue] = []
        left = questions
        for dialogue in self.dialogues:
            if left <= 0:
                break
            kept.append(Dialogue(dialogue.event, dialogue.turns[:left]))
            left -= len(dialogue.turns)
        return Suite(self.events, tuple(kept), self.injections[:questions])


@cache
def load_suite() -> Suite:
    """The suite that ships.

    Raises:
        DataError: a file does not read, or a fact of an event does not occur in its log.
    """
    events = _read("decisions.yaml", "events", TypeAdapter(tuple[EventCase, ...]))
    return Suite(
        _completed(events),
        _read("questions.yaml", "dialogues", TypeAdapter(tuple[Dialogue, ...])),
        _injections(),
    )


def _read(name: str, key: str, adapter: TypeAdapter[Any]) -> Any:
    data = _yaml(name)[key]
    for event in data if key == "events" else ():
        for review in event.get("reviews", ()):
            review["ocsf_class"] = review.pop("class", "")
    try:
        return adapter.validate_python(data)
    except ValidationError as error:
        raise DataError(f"evals/suites/chat/{name}: {error}") from None


def _yaml(name: str) -> dict[str, Any]:
    text = files("evals").joinpath("suites", "chat", name).read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


def _completed(events: tuple[EventCase, ...]) -> tuple[EventCase, ...]:
    """Events that are told by another's log, with that log; every fact looked for."""
    by_name = {event.name: event for event in events}
    made = []
    for event in events:
        base = by_name[event.of] if event.of else event
        raw = swapped(base.raw, event.swap)
        for text in (*event.facts.values(), event.secret):
            if text not in raw:
                raise DataError(f"evals/suites/chat/decisions.yaml: {event.name}: {text!r} is not in the log")
        made.append(
            EventCase(
                event.name, event.days_ago, event.facts, event.secret, raw, base.vendor, base.product, event.of,
                event.swap, event.again, event.reviews,
            )
        )  # fmt: skip
    return tuple(made)


def swapped(raw: str, swap: Mapping[str, str]) -> str:
    """A log with texts of it changed.

    Raises:
        DataError: a text to change does not occur.
    """
    for old, new in swap.items():
        if old not in raw:
            raise DataError(f"evals/suites/chat/decisions.yaml: {old!r} is not in the log")
        raw = raw.replace(old, new)
    return raw


def _injections() -> tuple[Injection, ...]:
    return tuple(
        Injection(
            f"{group['kind']}-{number}", group["place"], group["kind"], one["text"], one["obeyed"], one["won"]
        )
        for group in _yaml("injections.yaml")["injections"]
        for number, one in enumerate(group["texts"], start=1)
    )  # fmt: skip
