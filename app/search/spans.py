"""Spans of time cut into steps that people count in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MAX_BUCKETS = 500
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_STEPS = (
    1, 2, 5, 10, 15, 30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, _HOUR, 2 * _HOUR,
    3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 2 * _DAY, 7 * _DAY, 30 * _DAY, 90 * _DAY, 365 * _DAY,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Steps:
    """A span from ``start`` to before ``end`` in steps of ``step_s`` seconds that count from 1970."""

    start: datetime
    end: datetime
    step_s: int

    def times(self) -> Iterator[int]:
        """The start of each step in seconds since 1970, the first at or before ``start``."""
        first = int(self.start.timestamp()) // self.step_s * self.step_s
        # The last step holds the last moment before the end.
        last = (self.end - timedelta(milliseconds=1)).timestamp()
        return iter(range(first, int(last) + 1, self.step_s))


def cut(start: datetime, end: datetime, buckets: int) -> Steps:
    """The span in at most about ``buckets`` steps (one more where its ends are not on a step)."""
    if end <= start:
        end = start + timedelta(seconds=1)
    seconds = (end - start).total_seconds()
    step = next((step for step in _STEPS if seconds / step <= buckets), None)
    return Steps(start, end, step or -(-int(seconds) // (buckets * _DAY)) * _DAY)


def moment(at_s: int) -> datetime:
    """The moment ``at_s`` seconds after 1970."""
    return datetime.fromtimestamp(at_s, UTC)
