"""What the name of a field says about its value (``names.yaml``)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

import yaml

DEFAULT: Final = "default"
TELLING: Final = "telling"
TITLE: Final = "title"
TEXT: Final = "text"
COMMAND: Final = "command"
LONG_CODE: Final = "long_code"
PARTLY: Final = frozenset(
    {"code", "option", "program", "request", "lookup", "statement", "verb", "place_in_config", "prefixed"}
)
"""Kinds of values of which a part is kept; ``names.yaml`` says which."""

NO_RANK: Final = 99
_BY_VALUE: Final = frozenset({TELLING, LONG_CODE, TITLE, TEXT, COMMAND, DEFAULT}) | PARTLY

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_MOST_WORDS = 5
_LONG_PATH = 200
_WRAPPERS: Final = frozenset({"#text", "$text", "text", "_text", "value", "_value", "_", "$"})
"""Keys under which converters of XML and typed JSON put the value itself: ``EventID.#text``, ``eventID.value``."""


@dataclass(frozen=True, slots=True)
class Role:
    """What a field's value is by its name.

    ``kind`` is ``telling`` or ``long_code`` (kept), one of ``PARTLY`` (a part is kept), ``title`` or ``text`` (kept
    but for its variable parts), ``default`` (decided by its shape), or what the value is (``user``, ``addr``,
    ``time``, ``id``, ``count`` …), which then stands in the template for it.
    ``rank`` orders telling names, 0 first.
    """

    kind: str
    rank: int = NO_RANK

    @property
    def mask(self) -> str | None:
        """What stands for any value of this kind, ``None`` where the value itself decides."""
        return None if self.kind in _BY_VALUE else f"<{self.kind}>"


@dataclass(frozen=True, slots=True)
class _Companions:
    needs: frozenset[str]
    allows: frozenset[str]
    roles: dict[str, Role]


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    names: dict[str, Role]
    paths: dict[str, Role]
    glued: tuple[tuple[str, Role], ...]
    never_glued: frozenset[str]
    companions: tuple[_Companions, ...]
    shipped: frozenset[str]
    shipped_below: tuple[str, ...]


@cache
def _vocabulary() -> _Vocabulary:
    data = yaml.safe_load(files(__package__).joinpath("names.yaml").read_text(encoding="utf-8"))
    names = {name: Role(kind) for kind, group in data["variable"].items() for name in group}
    names |= {name: Role(TEXT) for name in data["texts"]}
    names |= {name: Role(kind) for kind, group in data["partly"].items() for name in group}
    names |= {name: Role(TITLE, len(data["telling"])) for name in data["titles"]}
    names |= {name: Role(TELLING, rank) for rank, group in enumerate(data["telling"]) for name in group}
    names |= {name: Role(LONG_CODE, 0) for name in data["long_codes"]}
    paths = {path: Role(kind, 2) for kind, group in data["paths"].items() for path in group}
    glued = [(ending, Role(kind)) for kind, group in data["glued"].items() for ending in group]
    companions = tuple(
        _Companions(
            frozenset(item.pop("needs")),
            frozenset(item.pop("allows")),
            {path: Role(kind) for kind, group in item.items() for path in group},
        )
        for item in data["companions"]
    )
    longest_first = tuple(sorted(glued, key=lambda item: -len(item[0])))
    shipped = frozenset(data["shipped"])
    below = tuple(path for path in data["shipped"] if path.endswith("."))
    return _Vocabulary(names, paths, longest_first, frozenset(data["never_glued"]), companions, shipped, below)


def roles_among(paths: Collection[str]) -> Mapping[str, Role]:
    """The paths that mean something else among these others than by themselves; empty for nearly all events."""
    for group in _vocabulary().companions:
        if group.needs.issubset(paths) and group.allows.issuperset(paths):
            return group.roles
    return {}


def by_shipper(path: str) -> bool:
    """Whether a field tells of the way that an event took and not of the event (``agent.type``, ``log.offset``)."""
    path = path.lower()
    return path in _vocabulary().shipped or path.startswith(_vocabulary().shipped_below)


def role_of(path: str) -> Role:
    """The role of the field at ``path``, by the longest listed run of its last words."""
    return _role_of(path[-_LONG_PATH:])


@lru_cache(maxsize=16384)
def _role_of(path: str) -> Role:
    vocabulary = _vocabulary()
    if path in vocabulary.paths:
        return vocabulary.paths[path]
    parent, dot, last_segment = path.rpartition(".")
    if dot and last_segment.lower() in _WRAPPERS:
        inner = _role_of(parent)
        if inner.kind not in {"id", TEXT, DEFAULT}:  # those are containers as often as names of a value
            return inner
    words = [word.lower() for word in _WORD.findall(path)[-_MOST_WORDS:]]
    for first in range(len(words)):
        role = vocabulary.names.get("".join(words[first:]))
        if role is not None:
            return role
    last = words[-1] if words else ""
    if last not in vocabulary.never_glued:
        for ending, role in vocabulary.glued:
            if last.endswith(ending):
                return role
    return Role(DEFAULT)
