"""What may be typed next in the search box: names, operators, and values that recent events have."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from agents.ocsf import Taxonomy
from app.search import term
from app.storage.distribution import DistributionRepository, FacetValue
from app.storage.named_conditions import CHOICES, NAMES

LIMIT = 20
_PATHS = 500
_PATHS_FRESH_S = 60.0
_OPERATORS = {"AND": "both hold", "OR": "at least one holds", "NOT": "does not hold"}
_COLUMNS = {
    "vendor": "vendor", "product": "product", "sourcetype": "sourcetype", "host": "host", "template": "template_id",
    "reviewer": "reviewer",
}  # fmt: skip
_PATTERNS = {
    "confidence": ("confidence:<0.5", "confidence:[0.5 TO 0.8]", "confidence:>=90%"),
    "received": ("received:>now-1h", "received:>now-24h", "received:>now-7d"),
    "latency": ("latency:>100", "latency:>1000"),
}
# The term that the cursor stands in: from the last character that ends one.
_TERM = re.compile(r'(?:"(?:\\.|[^"\\])*"?|\\.|[^\s()"\\])*$', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Text to put in place of the term, what it is, and how often it occurs among recent events if that is known."""

    text: str
    kind: Literal["field", "value", "operator"]
    about: str
    count: int | None = None


class Completer:
    """Suggests; the field paths of recent events are read at most once a minute. Threads may share it."""

    def __init__(self, distribution: DistributionRepository, taxonomy: Taxonomy) -> None:
        self._distribution = distribution
        self._taxonomy = taxonomy
        self._lock = Lock()
        self._paths: list[FacetValue] = []
        self._read_at = -_PATHS_FRESH_S

    def complete(self, q: str, at: int) -> tuple[list[Suggestion], tuple[int, int]]:
        """Suggestions for the term before character ``at`` of ``q``, and the half-open range they replace.

        Raises:
            QueryTooSlowError, StorageError, StorageUnavailableError
        """
        found = _TERM.search(q[:at])
        typed = found[0] if found else ""
        start = at - len(typed)
        negated = typed.startswith("-")
        typed, start = (typed[1:], start + 1) if negated else (typed, start)
        field, colon, value = typed.partition(":")
        suggestions = self._values(field, value.strip('"')) if colon else self._names(field, q[:start])
        return suggestions[:LIMIT], (start, at)

    def _names(self, prefix: str, before: str) -> list[Suggestion]:
        wanted = prefix.lower()
        known = [Suggestion(f"{name}:", "field", about) for name, about in NAMES.items() if name.startswith(wanted)]
        paths = [
            Suggestion(f"{_field(path.value)}:", "field", "field of events", path.count)
            for path in self._recent_paths()
            if wanted in path.value.lower()
        ]
        paths.sort(key=lambda s: not s.text.lower().rpartition(".")[2].startswith(wanted))
        operators = [
            Suggestion(word, "operator", about)
            for word, about in _OPERATORS.items()
            if word.startswith(prefix) and (word == "NOT" or before.strip())
        ]
        return [*known, *paths, *operators] if wanted else [*operators, *known, *paths]

    def _values(self, field: str, prefix: str) -> list[Suggestion]:
        name, wanted = field.lower(), prefix.lower()
        if name in CHOICES:
            return [Suggestion(term(name, v), "value", NAMES[name]) for v in CHOICES[name] if v.startswith(wanted)]
        if name in _PATTERNS:
            return [Suggestion(text, "value", NAMES[name]) for text in _PATTERNS[name] if prefix in text]
        if name in ("class", "category", "activity"):
            return self._ocsf(name, wanted)
        if name in ("raw", "id", "degraded"):
            return []
        column = _COLUMNS.get(name)
        values = self._distribution.values(column or field, prefix, LIMIT)
        return [Suggestion(term(field, v.value), "value", field, v.count) for v in values]

    def _ocsf(self, name: str, wanted: str) -> list[Suggestion]:
        classes = self._taxonomy.current
        if name == "class":
            named: Iterable[tuple[str, str]] = ((c.caption, f"{c.uid}, {c.category_name}") for c in classes)
        elif name == "category":
            named = {(c.category_name, str(c.category_uid)) for c in classes}
        else:
            named = {(a.caption, "activity") for c in classes for a in c.activities.values()}
        fitting = [(caption, about) for caption, about in named if wanted in caption.lower() or wanted in about]
        fitting.sort(key=lambda pair: (not pair[0].lower().startswith(wanted), pair[0]))
        return [Suggestion(term(name, caption), "value", about) for caption, about in fitting]

    def _recent_paths(self) -> list[FacetValue]:
        with self._lock:
            if time.monotonic() - self._read_at > _PATHS_FRESH_S:
                self._paths = self._distribution.paths(_PATHS)
                self._read_at = time.monotonic()
            return self._paths


def _field(path: str) -> str:
    """A path as it is typed: one that looks like a known name needs the prefix that tells it is a field."""
    return f"fields.{path}" if path.lower() in NAMES else path
