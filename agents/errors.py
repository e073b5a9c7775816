"""The root of every error that Logatlas raises on purpose."""

from __future__ import annotations


class LogatlasError(Exception):
    """An error with a stable machine-readable ``code``.

    Subclasses set ``code``; the HTTP layer maps codes to statuses (``app/errors.py``). The message is shown to
    users: it never carries a secret, a query text or a stack trace.
    """

    code = "internal"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class ConfigurationError(LogatlasError):
    """A setting is missing, malformed or contradicts another."""

    code = "configuration"


class UnavailableError(LogatlasError):
    """A part that Logatlas depends on does not answer (now)."""

    code = "unavailable"
