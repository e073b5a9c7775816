"""What ``/readyz`` says: every part by name, and whether the service can do its job."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from agents.errors import LogatlasError

CHECK_TIMEOUT_S = 3.0
"""Seconds a part has to say how it is."""
_FRESH_S = 2.0


class State(StrEnum):
    """How a part is; ``degraded`` works in part, ``down`` not at all."""

    OK = "ok"
    DEGRADED = "degraded"
    STARTING = "starting"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class PartHealth:
    """How one part is, and why; ``detail`` never holds a secret."""

    status: State
    detail: str = ""


Check = Callable[[], PartHealth]


@dataclass(frozen=True, slots=True)
class Report:
    """The parts at one moment. ``required`` parts are those without which an event cannot be acknowledged."""

    parts: Mapping[str, PartHealth]
    required: frozenset[str]

    @property
    def status(self) -> State:
        """The state of the whole service."""
        states = {part.status for part in self.parts.values()}
        if any(part.status == State.DOWN for name, part in self.parts.items() if name in self.required):
            return State.DOWN
        if State.STARTING in states:
            return State.STARTING
        return State.OK if states <= {State.OK} else State.DEGRADED

    @property
    def ready(self) -> bool:
        """Whether requests should be sent here: degraded decisions are decisions, lost ones are not."""
        return self.status in (State.OK, State.DEGRADED)

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-ready values."""
        return {"status": self.status, "parts": {name: asdict(part) for name, part in self.parts.items()}}


class Readiness:
    """Asks the parts how they are, all at once, and remembers the answers for two seconds."""

    def __init__(self, checks: Mapping[str, Check], required: frozenset[str]) -> None:
        self._checks = dict(checks)
        self._required = required
        self._pool = ThreadPoolExecutor(max_workers=max(1, len(checks)), thread_name_prefix="readiness")
        self._under_way: dict[str, Future[PartHealth]] = {}
        self._lock = threading.Lock()
        self._latest: Report | None = None
        self._asked_at = 0.0

    def report(self) -> Report:
        """How the parts are; a part that does not answer in time is down."""
        with self._lock:
            if self._latest is None or time.monotonic() - self._asked_at > _FRESH_S:
                self._latest = self._ask()
                self._asked_at = time.monotonic()
            return self._latest

    def close(self) -> None:
        """Stop asking."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _ask(self) -> Report:
        for name, check in self._checks.items():
            before = self._under_way.get(name)
            # A check that still hangs is not joined by another one.
            if before is None or before.done():
                self._under_way[name] = self._pool.submit(_health, check)
        deadline = time.monotonic() + CHECK_TIMEOUT_S
        parts = {name: _wait(future, deadline - time.monotonic()) for name, future in self._under_way.items()}
        return Report(parts, self._required)


def checked(check: Callable[[], object]) -> Check:
    """A check from a function that returns when all is well and raises ``LogatlasError`` otherwise."""

    def run() -> PartHealth:
        check()
        return PartHealth(State.OK)

    return run


def _health(check: Check) -> PartHealth:
    try:
        return check()
    except LogatlasError as error:
        return PartHealth(State.DOWN, error.message)


def _wait(future: Future[PartHealth], seconds: float) -> PartHealth:
    try:
        return future.result(timeout=max(0.0, seconds))
    except NotInTime:
        return PartHealth(State.DOWN, f"did not answer within {CHECK_TIMEOUT_S:g} s")
