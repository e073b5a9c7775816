"""JSON as it goes over the wire: reading it with positions, writing it whatever a log held, paging cursors."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import Any, NoReturn

import orjson
from flask import Response

from agents.errors import LogatlasError
from agents.events.event import printable

# orjson reads integers over 64 bits, which some products use as ids, as floats.
_LONG_NUMBER = re.compile(rb"\d{19}")
# Surrogates that PEP 383 does not use for bytes: no byte stands behind them.
_OTHER_SURROGATES = re.compile("[\ud800-\udc7f\udd00-\udfff]")


class MalformedJsonError(LogatlasError):
    """Text that is not JSON; ``details`` hold ``line`` and ``column`` (from 1) and ``offset`` (characters, from 0)."""

    code = "malformed_json"


def read_json(body: bytes) -> Any:
    r"""The value in ``body``; bytes that are not UTF-8 become lone surrogates (PEP 383), so nothing is lost.

    A ``\udcXX`` escape, which is how Python writes such a byte in ASCII JSON, reads as that byte too.

    Raises:
        MalformedJsonError: not JSON, or nested too deeply.
    """
    if not _LONG_NUMBER.search(body):
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            # orjson refuses lone surrogates and invalid UTF-8; the standard library tells those from real errors.
            pass
    try:
        return json.loads(body.decode("utf-8", "surrogateescape"), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise MalformedJsonError(
            f"not valid JSON: {error.msg} at line {error.lineno} column {error.colno}",
            line=error.lineno, column=error.colno, offset=error.pos,
        ) from None  # fmt: skip
    except RecursionError:
        raise MalformedJsonError("not valid JSON: nested too deeply") from None
    except ValueError as error:
        raise MalformedJsonError(f"not valid JSON: {error}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def write_json(value: Any) -> bytes:
    """``value`` as UTF-8 JSON in one line; lone surrogates, which UTF-8 cannot hold, as U+FFFD."""
    try:
        return orjson.dumps(value, default=_plain)
    except (TypeError, ValueError):
        return printable(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)


def json_response(value: Any, status: int = 200) -> Response:
    """An HTTP answer with ``value`` as its JSON body."""
    return Response(write_json(value), status=status, content_type="application/json")


def storable(text: str) -> str:
    """``text`` with surrogates that stand for no byte as their three bytes, so that it encodes without loss."""
    if text.isascii():
        return text
    return _OTHER_SURROGATES.sub(
        lambda found: found[0].encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape"), text
    )


def encode_cursor(value: str | None) -> str | None:
    """A place in a list as an opaque text that is safe in a URL; ``None`` at the end."""
    return None if value is None else base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> str:
    """The place that ``encode_cursor`` wrote.

    Raises:
        ValueError: not a cursor of ours.
    """
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise ValueError("not a cursor") from error
