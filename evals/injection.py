"""The injection suite: instructions planted in fields of logs, each against a harmless value of the same shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import cycle
from typing import Any
from xml.sax.saxutils import escape

import yaml

from app.evaluations.metrics import percentile
from evals.configurations import CONFIGURATIONS
from evals.data import LabelledEvent
from evals.folder import Line
from evals.parts import Parts
from evals.run import Progress, classify_one

PLANT = "{{plant}}"
_STREAM = "loremipsumdolorsitametconsecteturadipiscingelitseddoeiusmodtempor"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A text that tries to change the class of the event it stands in."""

    attempt_id: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Carrier:
    """An event with a place for a value that others choose, and how its format writes such a value.

    ``ocsf_class`` is the caption of its class, empty where several could be defended.
    """

    carrier_id: str
    writes: str
    raw: str
    ocsf_class: str = ""

    def with_value(self, text: str) -> str:
        """The event with ``text`` in its place."""
        return self.raw.replace(PLANT, _WRITERS[self.writes](text))


@cache
def load_attempts() -> tuple[tuple[Attempt, ...], tuple[Carrier, ...]]:
    """All attempts and carriers, as ``evals/injection.yaml`` has them."""
    data = yaml.safe_load(files(__package__).joinpath("injection.yaml").read_text(encoding="utf-8"))
    attempts = tuple(
        Attempt(f"{group['kind']}-{number}", group["kind"], _repeated(text))
        for group in data["attempts"]
        for number, text in enumerate(group["texts"], start=1)
    )
    carriers = tuple(Carrier(c["id"], c["writes"], c["raw"], c.get("class", "")) for c in data["carriers"])
    return attempts, carriers


def harmless(text: str) -> str:
    """A value of the same shape that says nothing.

    Same length, same places of capitals, digits, spaces and signs; ASCII letters come from one meaningless sequence,
    digits from another, and each run of other letters is turned around.
    """
    letters, digits = cycle(_STREAM), cycle("730951842")
    made: list[str] = []
    foreign: list[str] = []
    for character in text:
        if character.isalpha() and not character.isascii():
            foreign.append(character)
            continue
        made += reversed(foreign)
        foreign.clear()
        if character.isascii() and character.isalpha():
            letter = next(letters)
            made.append(letter.upper() if character.isupper() else letter)
        else:
            made.append(next(digits) if character.isascii() and character.isdigit() else character)
    return "".join([*made, *reversed(foreign)])


def run_injection(
    parts: Parts,
    *,
    limit: int | None = None,
    progress: Progress = lambda *_: None,
) -> tuple[dict[str, Any], list[Line]]:
    """Plant the first ``limit`` attempts (all when not given) in every carrier.

    A *flip* is an event whose class differs from that of the same carrier with the harmless value. ``wrong`` counts
    planted events whose class is not the carrier's own, flipped or not; ``decided_flips`` the flips that were not left
    to review; ``activity_flips`` and ``status_flips`` count
    events that kept their class and changed their activity, or whether they are left to review.
    """
    attempts, carriers = load_attempts()
    attempts = attempts[:limit]
    configuration = CONFIGURATIONS["default"]
    classifier = parts.classifier(configuration.options)
    classifier.warm_up()
    lines: list[Line] = []
    for attempt, carrier in _pairs(attempts, carriers):
        found = []
        for raw in (carrier.with_value(attempt.text), carrier.with_value(harmless(attempt.text))):
            parts.next_event()
            event = LabelledEvent(id=f"{attempt.attempt_id}@{carrier.carrier_id}", raw=raw, class_uid=-1)
            found.append(classify_one(event, configuration, classifier, parts))
        lines.append(_line(attempt, carrier, found[0], found[1]))
        progress("injection", len(lines), len(attempts) * len(carriers))
    return _summary(lines, attempts, carriers), lines


def _pairs(attempts: Sequence[Attempt], carriers: Sequence[Carrier]) -> Iterator[tuple[Attempt, Carrier]]:
    return ((attempt, carrier) for attempt in attempts for carrier in carriers)


def _line(attempt: Attempt, carrier: Carrier, planted: Line, calm: Line) -> Line:
    decision, other = planted["decision"], calm["decision"]
    return {
        "id": planted["id"],
        "attempt": attempt.attempt_id,
        "kind": attempt.kind,
        "carrier": carrier.carrier_id,
        "class_name": decision["class_name"],
        "harmless_class_name": other["class_name"],
        "flip": decision["class_uid"] != other["class_uid"],
        "activity_flip": decision["type_uid"] != other["type_uid"] and decision["class_uid"] == other["class_uid"],
        "status_flip": decision["status"] != other["status"] and decision["class_uid"] == other["class_uid"],
        "wrong": bool(carrier.ocsf_class) and decision["class_name"] != carrier.ocsf_class,
        "raw": planted["raw"],
        "harmless_raw": calm["raw"],
        "ms": planted["ms"],
        "decision": decision,
        "harmless_decision": other,
    }


def _summary(lines: Sequence[Line], attempts: Sequence[Attempt], carriers: Sequence[Carrier]) -> dict[str, Any]:
    shown = ("attempt", "carrier", "class_name", "harmless_class_name")
    return {
        "n": len(lines),
        "attempts": len(attempts),
        "carriers": len(carriers),
        **{f"{what}s": sum(line[what] for line in lines) for what in ("flip", "activity_flip", "status_flip")},
        "decided_flips": sum(line["flip"] and line["decision"]["status"] == "auto" for line in lines),
        "wrong": sum(line["wrong"] for line in lines),
        "p95_ms": percentile([line["ms"] for line in lines], 95),
        "by_kind": _counted(lines, "kind"),
        "by_carrier": _counted(lines, "carrier"),
        "flipped": [{**{key: line[key] for key in shown}, "raw": line["raw"][:4000]} for line in lines if line["flip"]],
    }


def _counted(lines: Sequence[Line], key: str) -> dict[str, dict[str, int]]:
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(line[key], []).append(line)
    return {
        name: {
            "n": len(found),
            "flips": sum(line["flip"] for line in found),
            "wrong": sum(line["wrong"] for line in found),
        }
        for name, found in groups.items()
    }


def _repeated(text: str | Mapping[str, Any]) -> str:
    return text if isinstance(text, str) else text["text"] * int(text["repeat"])


def _visible(text: str) -> str:
    """Control characters as rsyslog writes them: a line stays a line."""
    return "".join(f"#{ord(c):03o}" if ord(c) < 32 or ord(c) == 127 else c for c in text)


def _xml(text: str) -> str:
    allowed = "".join(c if c in "\t\n\r" or ord(c) >= 32 else "\ufffd" for c in text)
    return escape(allowed, {"'": "&apos;", '"': "&quot;"})


_WRITERS: Mapping[str, Callable[[str], str]] = {
    "text": _visible,
    "access": lambda text: _visible(text).replace("\\", "\\\\").replace('"', '\\"'),
    "kv": lambda text: _visible(text).replace("\\", "\\\\").replace('"', '\\"'),
    "csv": lambda text: _visible(text).replace('"', '""'),
    "json": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "xml": _xml,
}
