"""The link that the first start prints: whoever opens it becomes the first admin, once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from threading import Lock
from time import monotonic

LIFETIME_S = 24 * 3600.0


class FirstLink:
    """One secret, kept in memory as a hash, that passes once within ``LIFETIME_S``. Safe to share by threads."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """``clock`` gives seconds."""
        self._clock = clock
        self._lock = Lock()
        self._digest: bytes | None = None
        self._ends_at = 0.0

    def make(self) -> str:
        """A new secret of 43 URL-safe characters; one made before passes no longer."""
        secret = secrets.token_urlsafe(32)
        with self._lock:
            self._digest = _digest(secret)
            self._ends_at = self._clock() + LIFETIME_S
        return secret

    def redeem(self, secret: str) -> bool:
        """Whether ``secret`` is the one, the first time."""
        with self._lock:
            if self._digest is None or self._clock() >= self._ends_at:
                return False
            if not hmac.compare_digest(self._digest, _digest(secret)):
                return False
            self._digest = None
            return True


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
