"""Values on their way into SQL: every one becomes a bound parameter, never text of the statement."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime


class Bound:
    """Gathers parameters; each method answers the placeholder that stands for its value."""

    def __init__(self, prefix: str = "q") -> None:
        self.values: dict[str, object] = {}
        self._prefix = prefix

    def text(self, value: str) -> str:
        """A placeholder for text."""
        return self._add(value, "String")

    def real(self, value: float) -> str:
        """A placeholder for a floating-point number."""
        return self._add(value, "Float64")

    def integer(self, value: int) -> str:
        """A placeholder for a whole number."""
        return self._add(value, "Int64")

    def integers(self, values: Sequence[int]) -> str:
        """A placeholder for an array of whole numbers."""
        return self._add(list(values), "Array(Int64)")

    def time(self, moment: datetime) -> str:
        """An expression for a moment, exact to the millisecond that is stored."""
        return f"fromUnixTimestamp64Milli({self.integer(milliseconds(moment))}, 'UTC')"

    def _add(self, value: object, kind: str) -> str:
        name = f"{self._prefix}{len(self.values)}"
        self.values[name] = value
        return f"{{{name}:{kind}}}"


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 in UTC, whole ones only."""
    delta = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return delta.days * 86_400_000 + delta.seconds * 1000 + delta.microseconds // 1000


def ascii_lower(text: str) -> str:
    """``text`` in lower case as ClickHouse's ``lower`` makes it: A to Z only."""
    return re.sub("[A-Z]+", lambda found: found[0].lower(), text)


def like_pattern(value: str) -> str:
    r"""A value with ``*`` (and ``\*`` for the character itself) as a pattern of ``LIKE``."""
    pattern = []
    position = 0
    while position < len(value):
        character = value[position]
        if character == "\\" and position + 1 < len(value):
            position += 1
            pattern.append(_like_literal(value[position]))
        else:
            pattern.append("%" if character == "*" else _like_literal(character))
        position += 1
    return "".join(pattern)


def number(text: str) -> float | None:
    """The number that ``text`` is, ``None`` where it is none."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _like_literal(character: str) -> str:
    return f"\\{character}" if character in "\\%_" else character
