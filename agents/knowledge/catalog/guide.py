"""A guide: what is publicly documented about one kind of event, and how to recognise it in a parsed event."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal

import re2

from agents.events.event import Event, Field, Format, printable


class Tier(StrEnum):
    """Whose knowledge a guide is; a guide of a lower tier never outweighs one of a higher."""

    PRODUCT = "product"
    """What one product documents of its own events."""
    SCHEMA = "schema"
    """What a common schema says (ECS, OCSF, ASIM, UDM), whichever product the event is of."""
    GENERIC = "generic"
    """A kind of event in words that any product may use."""


_BEHIND = {Tier.PRODUCT: 0, Tier.SCHEMA: 100, Tier.GENERIC: 200}  # each more than any guide has conditions

Operator = Literal["equals", "contains", "prefix", "suffix", "regex", "exists"]

TEXT_PATH = "message"
"""A condition on this path reads the event's free text, or the whole raw log where there is none."""

FREE_TEXT_PATH = "freetext"
"""A condition on this path (``free_text``) reads the event's free text and fields named ``message``, never the rest."""

RAW_PATH = "raw"
"""A condition on this path reads the whole raw log."""

TEXT_PATHS = frozenset({TEXT_PATH, FREE_TEXT_PATH, RAW_PATH})
"""Paths that name text, not only fields."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must hold of an event for a guide to match.

    ``paths`` are alternative field paths as ``normal_path`` writes them, each the whole path or, where no field has
    that, its last segments.
    ``values`` are alternatives for ``operator``, all compared without case. ``negated`` turns the outcome around. For
    ``exists`` the values are empty. ``written`` is the first path as its guide spells it, ``written_values`` the values
    so; both are for people to read and empty where the guide is not of the catalog's files.
    """

    paths: tuple[str, ...]
    operator: Operator
    values: tuple[str, ...] = ()
    negated: bool = False
    written: str = field(default="", compare=False)
    written_values: tuple[str, ...] = field(default=(), compare=False)

    @property
    def path_shown(self) -> str:
        """The path as people are told it."""
        return self.written or self.paths[0]

    @property
    def values_shown(self) -> tuple[str, ...]:
        """The values as people are told them."""
        return self.written_values or self.values

    def find(self, view: EventView) -> tuple[bool, Field | None]:
        """Whether the condition holds, and the field that made it hold (``None`` for text and negations)."""
        held, found = self._find(view)
        return (not held, None) if self.negated else (held, found)

    def _find(self, view: EventView) -> tuple[bool, Field | None]:
        for path in self.paths:
            if path in TEXT_PATHS:
                text = view.texts[path]
                if text and self._holds(text):
                    return True, None
            found = view.fields(TEXT_PATH if path == FREE_TEXT_PATH else path)
            if found is not None and not found and self.operator == "exists":
                return True, None
            for candidate in found or ():
                if self._holds(candidate.value.lower()):
                    return True, candidate
        return False, None

    def _holds(self, value: str) -> bool:
        match self.operator:
            case "equals":
                return value in self.values
            case "contains":
                return any(wanted in value for wanted in self.values)
            case "prefix":
                return value.startswith(self.values)
            case "suffix":
                return value.endswith(self.values)
            case "regex":
                return any(_pattern(wanted).search(printable(value)) for wanted in self.values)
            case "exists":
                return value not in ("", "-", "null")


@dataclass(frozen=True, slots=True)
class ActivityRule:
    """``activity_id`` holds when all conditions do; a rule without conditions is the default."""

    activity_id: int
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class GuideMatch:
    """A guide that an event satisfies: the fields that satisfied it, and the activity that follows."""

    guide: Guide
    fields: tuple[Field, ...]
    activity_id: int


@dataclass(frozen=True)
class Guide:
    """What is documented about one kind of event of one product.

    ``match`` is all that must hold. ``activities`` are tried in order. ``also_acceptable`` are class uids that
    an expert could defend as well. ``samples`` are shapes with placeholders (see ``samples.py``). A ``fallback`` is
    what the product's events are as a rule when no other guide of it knows them; where it ``settles``, they are that
    without exception, whatever their words say.
    """

    guide_id: str
    product: str
    vendor: str
    product_title: str
    title: str
    meaning: str
    reference: str
    class_uid: int
    match: tuple[Condition, ...]
    activities: tuple[ActivityRule, ...]
    also_acceptable: tuple[int, ...] = ()
    why: str = ""
    hints: tuple[str, ...] = ()
    samples: tuple[str, ...] = field(default=(), compare=False)
    tier: Tier = Tier.PRODUCT
    fallback: bool = False
    settles: bool = False

    @property
    def product_name(self) -> str:
        """The product with its vendor, ``any product`` for a generic guide; empty where nothing is said."""
        is_said = self.tier is Tier.GENERIC or self.product_title.lower().startswith(self.vendor.lower())
        return " ".join(filter(None, ("" if is_said else self.vendor, self.product_title)))

    @property
    def specificity(self) -> int:
        """How many things the guide asks of an event; among guides that match, the most specific wins.

        Guides of different tiers differ by more than any number of conditions.
        """
        return len(self.match) - _BEHIND[self.tier]

    def matches(self, view: EventView) -> GuideMatch | None:
        """The match of this guide with an event, ``None`` unless every condition holds."""
        fields: list[Field] = []
        for condition in self.match:
            held, found = condition.find(view)
            if not held:
                return None
            if found is not None:
                fields.append(found)
        activity_id, telling = self._activity(view)
        return GuideMatch(self, tuple(dict.fromkeys([*fields, *telling])), activity_id)

    def _activity(self, view: EventView) -> tuple[int, list[Field]]:
        for rule in self.activities:
            found = [condition.find(view) for condition in rule.when]
            if all(held for held, _ in found):
                return rule.activity_id, [f for _, f in found if f is not None]
        return 0, []

    def to_metadata(self) -> dict[str, Any]:
        """What the knowledge base keeps beside the text, enough to match with after retrieval."""
        return {
            "product": self.product,
            "vendor": self.vendor,
            "product_title": self.product_title,
            "reference": self.reference,
            "meaning": self.meaning,
            "match": [_dump(c) for c in self.match],
            "activities": [{"activity_id": r.activity_id, "when": [_dump(c) for c in r.when]} for r in self.activities],
            "also_acceptable": list(self.also_acceptable),
            "why": self.why,
            "hints": list(self.hints),
            "tier": str(self.tier),
            "fallback": self.fallback,
            "settles": self.settles,
        }

    @classmethod
    def from_metadata(cls, guide_id: str, title: str, class_uid: int, metadata: Mapping[str, Any]) -> Guide:
        """The guide that ``to_metadata`` described; missing keys (a guide added by hand) mean "nothing said"."""
        return cls(
            guide_id=guide_id,
            product=metadata.get("product", ""),
            vendor=metadata.get("vendor", ""),
            product_title=metadata.get("product_title", ""),
            title=title,
            meaning=metadata.get("meaning", ""),
            reference=metadata.get("reference", ""),
            class_uid=class_uid,
            match=tuple(_load(c) for c in metadata.get("match", ())),
            activities=tuple(
                ActivityRule(r["activity_id"], tuple(_load(c) for c in r["when"]))
                for r in metadata.get("activities", ())
            ),
            also_acceptable=tuple(metadata.get("also_acceptable", ())),
            why=metadata.get("why", ""),
            hints=tuple(metadata.get("hints", ())),
            tier=Tier(metadata.get("tier", Tier.PRODUCT)),
            fallback=bool(metadata.get("fallback", False)),
            settles=bool(metadata.get("settles", False)),
        )


class EventView:
    """An event as conditions see it. Built once, reused.

    ``by_path`` holds the fields by every suffix of their path (see ``normal_path``), where that is the whole path of a
    field only those with it, and under the path of an object that is no field itself an empty list. Inside an
    envelope no path counts as whole: the own fields of a shipper go before no others. ``texts`` holds the text that
    each of ``TEXT_PATHS`` names, in lower case.
    """

    def __init__(self, event: Event) -> None:
        self.event = event
        raw, message = event.raw.lower(), event.message.lower()
        if Format.JSON in event.formats[:-1]:  # an event inside an event, whose quotes the outer one escaped
            raw = raw.replace('\\"', '"')
        self.texts = {RAW_PATH: raw, TEXT_PATH: message or raw, FREE_TEXT_PATH: message}
        self.by_path: dict[str, list[Field]] = {}
        self._containers: set[str] = set()
        whole: dict[str, list[Field]] = {}
        for found in event.fields:
            path = normal_path(found.path)
            whole.setdefault(path, []).append(found)
            for suffix in _suffixes(path):
                self.by_path.setdefault(suffix, []).append(found)
            container = path.rpartition(".")[0]
            while container and container not in self._containers:
                self._containers.add(container)
                container = container.rpartition(".")[0]
        if Format.JSON not in event.formats[:-1]:
            self.by_path.update(whole)
        for container in self._containers:
            for suffix in _suffixes(container):
                self.by_path.setdefault(suffix, [])

    def fields(self, path: str) -> Sequence[Field] | None:
        """The fields whose path is ``path`` (see ``normal_path``); without such, those that end with it at a dot.

        Empty where that is an object with fields of its own, ``None`` where there is nothing.
        """
        return self.by_path.get(path)


@lru_cache(maxsize=16384)
def _suffixes(path: str) -> tuple[str, ...]:
    parts = path.split(".")
    return tuple(".".join(parts[start:]) for start in range(len(parts)))


@lru_cache(maxsize=16384)
def normal_path(path: str) -> str:
    """A field path without what shippers change: ``EventData.TargetUserName`` equals ``event_data.target-user-name``.

    Lower case, without ``_``, ``-`` and spaces; dots stay, and so does what a segment starts with (``_path``). The
    letter by which Azure Log Analytics tells a column's type (``Operation_s``) goes.
    """
    return _SEPARATORS.sub("", path.lower())


def path_spellings(path: str) -> tuple[str, ...]:
    """The normal path, and it without dots where a shipper may have flattened it: ``actor.id`` as ``actor_id``."""
    whole = normal_path(path)
    return (whole, whole.replace(".", "")) if "." in whole else (whole,)


_SEPARATORS = re.compile(r"(?<=[^.])(?:_[sdgbt]$|[_\- ])")


def pattern_options() -> Any:
    """How the expressions of conditions are read: without case, and with ``.`` for line breaks of an event too."""
    options = re2.Options()
    options.case_sensitive = False
    options.dot_nl = True
    return options


@lru_cache(maxsize=16384)
def _pattern(text: str) -> Any:
    return re2.compile(text, pattern_options())


def _dump(condition: Condition) -> dict[str, Any]:
    return {
        "paths": list(condition.paths),
        "operator": condition.operator,
        "values": list(condition.values),
        "negated": condition.negated,
        "written": condition.written,
        "written_values": list(condition.written_values),
    }


def _load(data: Mapping[str, Any]) -> Condition:
    return Condition(
        tuple(normal_path(path) for path in data["paths"]),
        data["operator"],
        tuple(data["values"]),
        bool(data["negated"]),
        str(data.get("written", "")),
        tuple(data.get("written_values", ())),
    )
