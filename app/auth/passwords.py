"""Passwords: which are good enough, and how they are kept (Argon2id)."""

from __future__ import annotations

import secrets
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from agents.errors import UnavailableError
from app.errors import ApiError

LONGEST = 1024
"""Characters of a password at most: hashing more would only cost time."""

_AT_A_TIME = 2
"""Hashes computed side by side: each takes 64 MiB and four threads."""
_PATIENCE_S = 5.0

# RFC 9106 section 4, second recommended option: 3 passes, 4 lanes, 64 MiB, salt of 16 and tag of 32 bytes.
_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_slots = BoundedSemaphore(_AT_A_TIME)


class BusyError(UnavailableError):
    """Too many sign-ins at the same time."""

    code = "busy"


def check_password(password: str, name: str, shortest: int) -> None:
    """Return when ``password`` is good enough for the account ``name``: long, and not made of the name.

    Length is what helps; rules on kinds of characters do not (NIST SP 800-63B, 5.1.1.2).

    Raises:
        ApiError: it is not (400 ``weak_password``).
    """
    if len(password) < shortest:
        raise ApiError("weak_password", f"a password needs {shortest} characters or more", shortest=shortest)
    if len(password) > LONGEST:
        raise ApiError("weak_password", f"a password has {LONGEST} characters at most", longest=LONGEST)
    rest = password.casefold().replace(name.casefold(), "").strip("0123456789!.-_ ")
    if len(set(password)) < 5 or rest in ("", "password", "logatlas"):
        raise ApiError("weak_password", "the password is too easy to guess")


def hash_password(password: str) -> str:
    """What is kept of a password: Argon2id with its parameters and salt, as text.

    Raises:
        BusyError: too many are being computed.
    """
    with _Slot():
        return _hasher.hash(_bytes(password))


def verify_password(kept: str, password: str) -> bool:
    """Whether ``password`` is the one of ``kept``; for an empty ``kept`` it takes as long and is never.

    Raises:
        BusyError: too many are being computed.
    """
    with _Slot():
        try:
            return _hasher.verify(kept or _nobodys(), _bytes(password)) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False


def outdated(kept: str) -> bool:
    """Whether ``kept`` was made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


class _Slot:
    def __enter__(self) -> None:
        if not _slots.acquire(timeout=_PATIENCE_S):
            raise BusyError("too many sign-ins at the same time; try again")

    def __exit__(self, *_: object) -> None:
        _slots.release()


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_bytes(32))


def _bytes(password: str) -> bytes:
    return password[: LONGEST + 1].encode("utf-8", "surrogatepass")
