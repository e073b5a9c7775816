"""A query as a tree: plain data between the text that was typed and the SQL that answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Operator = Literal["<", "<=", ">", ">="]
"""How a value may be compared."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the raw event; ``*`` in ``text`` stands for any characters of the word where ``wild``."""

    text: str
    wild: bool
    position: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of the raw event as they stand there, next to each other."""

    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Match:
    """A field has a value; ``*`` in ``value`` stands for any characters where ``wild``."""

    field: str
    value: str
    wild: bool
    position: int


@dataclass(frozen=True, slots=True)
class Exists:
    """A field has any value at all."""

    field: str
    position: int


@dataclass(frozen=True, slots=True)
class Compare:
    """A field's value compared with another."""

    field: str
    operator: Operator
    value: str
    position: int


@dataclass(frozen=True, slots=True)
class Range:
    """A field's value lies between two, both included; ``None`` is an open end."""

    field: str
    low: str | None
    high: str | None
    position: int


@dataclass(frozen=True, slots=True)
class Not:
    """What the part does not hold for."""

    part: Node


@dataclass(frozen=True, slots=True)
class And:
    """What all parts hold for; all events where there is no part."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """What at least one part holds for."""

    parts: tuple[Node, ...]


Node = Word | Phrase | Match | Exists | Compare | Range | Not | And | Or
