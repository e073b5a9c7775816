"""What happens to logs between their product and us: each change a seeded function of the raw text."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Change = Callable[[str, random.Random], str | None]

_PAIR = re.compile(r'(?<![\w.-])([A-Za-z_][\w.-]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)')
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+")
_PREFIXES = ("event", "data", "log.fields", "winlog.event_data", "json", "payload", "original", "source_event")


@dataclass(frozen=True, slots=True)
class Transformation:
    """A change and what it stands for; ``apply`` gives ``None`` for events it cannot be done to."""

    about: str
    apply: Change


def _renamed(style: Callable[[list[str]], str]) -> Change:
    """Every name of a JSON object or of ``name=value`` pairs in another case style; values stay."""

    def rename(name: str) -> str:
        return ".".join(style(_WORD.findall(part)) or part for part in name.split("."))

    def change(raw: str, _: random.Random) -> str | None:
        if (document := _object(raw)) is not None:
            return _dump(_renamed_keys(document, rename))
        if len(_PAIR.findall(raw)) < 3 or _is_cef(raw):
            return None  # the names of CEF and LEEF are fixed by the format itself
        return _PAIR.sub(lambda found: f"{rename(found[1])}={found[2]}", raw)

    return change


def _camel(words: list[str]) -> str:
    return "".join([*(word.lower() for word in words[:1]), *(word.capitalize() for word in words[1:])])


def _snake(words: list[str]) -> str:
    return "_".join(words).lower()


def _kebab(words: list[str]) -> str:
    return "-".join(words).lower()


def _prefixed(raw: str, rng: random.Random) -> str | None:
    """A JSON object's names under a prefix, nested or flat with dots; ``name=value`` pairs with dots."""
    prefix = rng.choice(_PREFIXES)
    document = _object(raw)
    if document is None:
        if len(_PAIR.findall(raw)) < 3 or _is_cef(raw):
            return None
        return _PAIR.sub(lambda found: f"{prefix}.{found[1]}={found[2]}", raw)
    if rng.random() < 0.5:
        return _dump({f"{prefix}.{key}": value for key, value in document.items()})
    nested: Any = document
    for part in reversed(prefix.split(".")):
        nested = {part: nested}
    return _dump(nested)


def _reordered(raw: str, rng: random.Random) -> str | None:
    """The members of JSON objects, at every depth, or the ``name=value`` pairs of a line, shuffled."""
    if (document := _object(raw)) is not None:
        return _dump(_shuffled(document, rng))
    pairs = [found[0] for found in _PAIR.finditer(raw)]
    if len(pairs) < 3 or _is_cef(raw):
        return None
    rng.shuffle(pairs)
    rest = iter(pairs)
    return _PAIR.sub(lambda _: next(rest), raw)


def _syslog_rfc3164(raw: str, rng: random.Random) -> str | None:
    """One line after a BSD syslog header, as a relay writes it."""
    host = rng.choice(("collector-1", "relay.example.net", "10.20.30.40"))
    day, second = rng.randint(1, 28), rng.randrange(60)
    return f"<{rng.choice((13, 134, 190))}>Jun {day:2d} 04:1{rng.randrange(10)}:{second:02d} {host} {_one_line(raw)}"


def _syslog_rfc5424(raw: str, rng: random.Random) -> str | None:
    """One line after an RFC 5424 header, as rsyslog and syslog-ng forward it."""
    app = rng.choice(("shipper", "vector", "forwarder", "-"))
    return (
        f"<134>1 2026-06-0{rng.randint(1, 9)}T04:12:{rng.randrange(60):02d}.250Z relay-2 {app} - - - {_one_line(raw)}"
    )


def _in_json(*path: str) -> Change:
    """The raw text as one string of a JSON envelope, beside what shippers add."""

    def change(raw: str, rng: random.Random) -> str | None:
        envelope: Any = raw
        for key in reversed(path):
            envelope = {key: envelope}
        added = {
            "@timestamp": f"2026-06-0{rng.randint(1, 9)}T04:12:00.000Z",
            "host": {"name": "collector-1"},
            "agent": {"type": "filebeat", "version": "8.14.0"},
        }
        return _dump({**added, **envelope} if rng.random() < 0.5 else {**envelope, **added})

    return change


def _truncated(share: float) -> Change:
    """The first part of the text, as a datagram or a field of limited length keeps it."""
    return lambda raw, _: raw[: int(len(raw) * share)] if len(raw) >= 40 else None


TRANSFORMATIONS: Mapping[str, Transformation] = {
    "camel-case": Transformation("field names in camelCase", _renamed(_camel)),
    "snake-case": Transformation("field names in snake_case", _renamed(_snake)),
    "kebab-case": Transformation("field names in kebab-case", _renamed(_kebab)),
    "prefixed": Transformation("field names under a shipper's prefix", _prefixed),
    "reordered": Transformation("fields in another order", _reordered),
    "syslog-rfc3164": Transformation("behind a BSD syslog header", _syslog_rfc3164),
    "syslog-rfc5424": Transformation("behind an RFC 5424 header", _syslog_rfc5424),
    "json-message": Transformation("as the message of a JSON envelope", _in_json("message")),
    "json-log": Transformation("as the log of a JSON envelope", _in_json("log")),
    "json-raw": Transformation("as the _raw of a JSON envelope", _in_json("_raw")),
    "json-event-original": Transformation("as the event.original of a JSON envelope", _in_json("event", "original")),
    "truncated-90": Transformation("cut at 90 %", _truncated(0.9)),
    "truncated-75": Transformation("cut at 75 %", _truncated(0.75)),
}
"""Every transformation by name."""


def _object(raw: str) -> dict[str, Any] | None:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _dump(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _renamed_keys(value: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {rename(key): _renamed_keys(item, rename) for key, item in value.items()}
    return [_renamed_keys(item, rename) for item in value] if isinstance(value, list) else value


def _shuffled(value: Any, rng: random.Random) -> Any:
    if isinstance(value, dict):
        items = [(key, _shuffled(item, rng)) for key, item in value.items()]
        rng.shuffle(items)
        return dict(items)
    return [_shuffled(item, rng) for item in value] if isinstance(value, list) else value


def _one_line(raw: str) -> str:
    return " ".join(raw.splitlines())


def _is_cef(raw: str) -> bool:
    return "CEF:" in raw[:200] or "LEEF:" in raw[:200]
