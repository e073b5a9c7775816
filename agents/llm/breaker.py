"""A circuit breaker: after repeated failures a server is left alone for a while, and callers learn it at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from agents.llm.base import ModelUnavailableError


class CircuitBreaker:
    """Opens after ``threshold`` consecutive failures; lets one trial through each ``pause_s`` seconds after that.

    Safe to share by threads. ``clock`` gives seconds and only ever grows.
    """

    def __init__(self, threshold: int, pause_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._threshold = threshold
        self._pause_s = pause_s
        self._clock = clock
        self._failures = 0
        self._retry_at = 0.0
        self._lock = threading.Lock()

    def before_call(self) -> None:
        """Return when a call may be made; it must then be reported by ``succeeded`` or ``failed``.

        Raises:
            ModelUnavailableError: the breaker is open.
        """
        with self._lock:
            if self._failures < self._threshold:
                return
            left = self._retry_at - self._clock()
            if left > 0:
                raise ModelUnavailableError(
                    f"the model server failed {self._failures} times in a row; next attempt in {left:.0f} s"
                )
            # Half open: this caller tries, the others wait for another pause.
            self._retry_at = self._clock() + self._pause_s

    def succeeded(self) -> None:
        """The server answered; the breaker closes."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """The server did not answer, or with an error of its own."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._threshold:
                self._retry_at = self._clock() + self._pause_s

    @property
    def is_open(self) -> bool:
        """Whether calls are being refused right now."""
        with self._lock:
            return self._failures >= self._threshold and self._clock() < self._retry_at
