"""How much of the chat somebody may use."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from cachetools import TTLCache

MAX_MESSAGE_BYTES = 64 * 1024
"""The longest message that a page may send."""
WAITING_OF_CONVERSATION = 4
"""Questions of one conversation that may be unfinished at a time."""
_MINUTE_S = 60.0
_MOST_PEOPLE = 20_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that can be set."""

    sockets: int = 64
    messages_a_minute: int = 240
    questions_a_minute: int = 20
    turns: int = 200
    waiting: int = 100
    idle_s: float = 1800.0
    answer_s: float = 120.0


class Rate:
    """At most so many things a minute for each person, counted over the last sixty seconds. Safe to share."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` gives seconds."""
        self._most = a_minute
        self._clock = clock
        self._lock = Lock()
        self._times: TTLCache[str, deque[float]] = TTLCache(_MOST_PEOPLE, 2 * _MINUTE_S, clock)

    def take(self, who: str) -> int:
        """Count one: 0 when it is allowed, else the seconds until one is (it is not counted then)."""
        now = self._clock()
        with self._lock:
            times = self._times.get(who) or deque()
            while times and times[0] <= now - _MINUTE_S:
                times.popleft()
            if len(times) >= self._most:
                return max(1, math.ceil(times[0] + _MINUTE_S - now))
            times.append(now)
            self._times[who] = times
        return 0
