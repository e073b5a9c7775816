"""Text and JSON as stored bytes, without loss even where a log is not valid UTF-8."""

from __future__ import annotations

import json
from typing import Any

import orjson

from app.storage.errors import StorageError, StorageRejectedError


def to_bytes(text: str) -> bytes:
    """The bytes of ``text``; bytes that came in by ``surrogateescape`` leave as they were.

    Other lone surrogates (a JSON log may spell them as escapes) become their three-byte form, which
    ``to_text`` gives back as three escaped bytes: nothing fails, and nothing is dropped.
    """
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return b"".join(
            c.encode("utf-8", "surrogateescape" if "\udc80" <= c <= "\udcff" else "surrogatepass") for c in text
        )


def to_text(data: bytes) -> str:
    """``data`` as text, with ``surrogateescape`` for what is not UTF-8."""
    return data.decode("utf-8", "surrogateescape")


def dump(value: Any) -> bytes:
    """``value`` as JSON on one line, ASCII-escaped where it holds lone surrogates.

    Raises:
        StorageRejectedError: the value is not JSON.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        # orjson refuses lone surrogates and integers over 64 bits, which the standard library writes.
        try:
            return json.dumps(value, separators=(",", ":")).encode("ascii")
        except (TypeError, ValueError) as error:
            raise StorageRejectedError(f"a record cannot be written as JSON: {type(error).__name__}") from None


def load(data: bytes | str) -> Any:
    """The value that ``dump`` wrote.

    Raises:
        StorageError: the stored text is not JSON.
    """
    try:
        return orjson.loads(data)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        try:
            return json.loads(data)
        except ValueError:
            raise StorageError("a stored record is not JSON") from None
