"""The key that signs sessions, and what is derived from it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from agents.errors import ConfigurationError

_FILE = "session.key"
_SHORTEST = 32


class SigningKey:
    """A secret from which a key of its own is derived for each purpose (HMAC-SHA256 of the purpose's name)."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose; they say nothing about those of another."""
        return hmac.digest(self._secret, purpose.encode(), hashlib.sha256)

    def tag(self, purpose: str, message: str) -> str:
        """What only this key makes of ``message``: 43 URL-safe characters."""
        digest = hmac.digest(self.derive(purpose), message.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def load_key(given: str | None, data_dir: Path) -> SigningKey:
    """The key that the settings give, else the one in ``data_dir``, which is made the first time.

    Raises:
        ConfigurationError: the file cannot be read or made, or holds no key.
    """
    if given:
        return SigningKey(given.encode())
    path = data_dir / _FILE
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(_SHORTEST))
        except FileExistsError:
            pass
        secret = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be used: {error.strerror}") from error
    if len(secret) < _SHORTEST:
        raise ConfigurationError(f"{path} holds no key; remove it, which ends all sessions")
    return SigningKey(secret)
