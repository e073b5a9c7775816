"""Slows down guessing: each failed sign-in doubles the wait before the next, by account and by address."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from time import monotonic

from cachetools import TTLCache

from app.errors import ApiError

_FORGET_S = 3600.0
_MOST_KEYS = 20_000


@dataclass(frozen=True, slots=True)
class _Limit:
    """``free`` failures cost nothing; then 1, 2, 4 … seconds up to ``longest_s``."""

    free: int
    longest_s: float


# An account alone is slowed down late and little: otherwise a stranger could lock its owner out.
_LIMITS = {"account and address": _Limit(5, 900), "account": _Limit(25, 60), "address": _Limit(25, 900)}


@dataclass(slots=True)
class _Record:
    failures: int = 0
    open_at: float = 0.0


class Throttle:
    """Counts sign-ins that failed within the last hour. Safe to share by threads."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """``clock`` gives seconds."""
        self._clock = clock
        self._lock = Lock()
        self._records: TTLCache[tuple[str, str], _Record] = TTLCache(_MOST_KEYS, _FORGET_S, clock)

    def attempt(self, name: str, address: str) -> None:
        """Count an attempt as failed until ``succeeded`` says otherwise, so that many at once do not slip through.

        Raises:
            ApiError: too early (429 ``too_many_attempts``, ``retry_after_s`` in seconds).
        """
        now = self._clock()
        with self._lock:
            records = {key: self._records.get(key) or _Record() for key in _keys(name, address)}
            wait = max(record.open_at for record in records.values()) - now
            if wait > 0:
                seconds = math.ceil(wait)
                raise ApiError(
                    "too_many_attempts", f"too many sign-ins failed; try again in {seconds} s",
                    HTTPStatus.TOO_MANY_REQUESTS, retry_after_s=seconds,
                )  # fmt: skip
            for key, record in records.items():
                limit = _LIMITS[key[0]]
                record.failures += 1
                over = record.failures - limit.free
                record.open_at = now + min(limit.longest_s, 2.0 ** min(over, 20)) if over >= 0 else 0.0
                self._records[key] = record

    def succeeded(self, name: str, address: str) -> None:
        """Take the attempt back, and what failed before it for this account."""
        with self._lock:
            for key in _keys(name, address):
                if key[0] == "address" and (record := self._records.get(key)) is not None:
                    # Otherwise whoever owns one account could try others for free.
                    record.failures -= 1
                    record.open_at = 0.0
                else:
                    self._records.pop(key, None)


def _keys(name: str, address: str) -> list[tuple[str, str]]:
    network = _network(address)
    return [("account and address", f"{name} {network}"), ("account", name), ("address", network)]


def _network(address: str) -> str:
    """One customer's addresses: IPv6 ones share their first 64 bits."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
