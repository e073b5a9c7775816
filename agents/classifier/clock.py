"""Time per stage of one decision."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class StageClock:
    """Milliseconds per stage; entering a stage twice adds up."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}
        self._start = time.perf_counter()

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Time a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.ms[stage] = self.ms.get(stage, 0.0) + (time.perf_counter() - start) * 1e3

    def finish(self) -> dict[str, float]:
        """All stages, and ``total`` since the clock was made."""
        return {**self.ms, "total": (time.perf_counter() - self._start) * 1e3}
