"""What analysts call the fields of a log ("source ip"), and the names under which logs hold them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

from agents.chat.intents import normal

_ADDRESS = r"(?:(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9a-fA-F]{1,4}:){2,7}[0-9a-fA-F]{0,4})"
_LONGEST_READ = 20_000
_ENDS = re.compile(r"\b(source|destination) (?:and|or) (source|destination) (ip|address|port)")


@cache
def _data() -> Mapping[str, Mapping[str, list[str]]]:
    loaded: dict[str, dict[str, list[str]]] = yaml.safe_load(
        files(__package__).joinpath("field_names.yaml").read_text(encoding="utf-8")
    )
    return loaded


@cache
def field_synonyms() -> Mapping[str, tuple[str, ...]]:
    """Names under which logs hold what analysts ask for, the likeliest first, by what they call it."""
    return {str(noun): tuple(str(name) for name in names) for noun, names in _data()["fields"].items()}


def field_family(noun: str) -> tuple[str, ...]:
    """What analysts call the fields that hold the same kind of thing ("the other host"), the noun itself among them."""
    return next((tuple(names) for names in _data()["families"].values() if noun in names), (noun,))


def field_nouns(text: str) -> list[str]:
    """What a text calls fields by, the longest first, each part of it once."""
    said, found = f" {normal(text)} ", []
    said = _ENDS.sub(r"\1 \3 \2 \3", said.replace(" src ", " source ").replace(" dst ", " destination "))
    if re.search(r"\bwho (?:has )?logged|\bwho is the\b|\bwhose\b", said):
        return ["user"]
    if re.search(r"\b(?:come|came|coming) from\b|\bfrom where\b|\bwhere from\b", said):
        return ["source ip"]
    if re.search(r"\bwhen did (?:the event|it|this) happen\b", said):
        return ["time"]
    for noun in sorted(field_synonyms(), key=len, reverse=True):
        if re.search(rf" {noun}(?:s|name)? ", said):
            found.append(noun)
            said = said.replace(noun, " ")
    return found


@cache
def _in_text() -> Mapping[str, tuple[re.Pattern[str], ...]]:
    return {
        noun: tuple(re.compile(e.replace("{address}", _ADDRESS), re.IGNORECASE) for e in expressions)
        for noun, expressions in _data()["in_text"].items()
    }


def in_text(raw: str, noun: str) -> tuple[str, tuple[int, int]] | None:
    """What a log that is a sentence says of a noun such as "source ip", and where; ``None`` where it says nothing."""
    for expression in _in_text().get(noun.lower(), ()):
        if found := expression.search(raw, 0, _LONGEST_READ):
            return found.group(1), found.span(1)
    return None
