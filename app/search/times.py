"""Times as people and pickers write them: ISO 8601 in UTC unless a zone is given, or relative to now."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from app.errors import ApiError

_RELATIVE = re.compile(r"now(?:\s*([+-])\s*(\d{1,9})\s*([smhdw]))?")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


class BadTimeError(ApiError):
    """A text that is no time, answered with 400."""

    code = "bad_time"

    def __init__(self, text: str) -> None:
        super().__init__(
            "bad_time",
            f"not a time: {text[:60]}",
            HTTPStatus.BAD_REQUEST,
            hint="write 2026-11-01, 2026-11-01T12:30:00Z or now-1h (s, m, h, d, w)",
        )


def parse_time(text: str, now: datetime) -> datetime:
    """The moment that ``text`` means, aware and in UTC; a date is its first moment.

    Raises:
        BadTimeError: it is no time.
    """
    return parse_span(text, now)[0]


def parse_span(text: str, now: datetime) -> tuple[datetime, datetime]:
    """First moment and the one after the last of what ``text`` names: a day or month, otherwise one millisecond.

    Raises:
        BadTimeError: it is no time.
    """
    text = text.strip()
    try:
        if relative := _RELATIVE.fullmatch(text.lower()):
            sign, amount, unit = relative.groups()
            offset = timedelta(**{_UNITS[unit]: int(amount)}) if unit else timedelta()
            moment = now + offset if sign == "+" else now - offset
            return _moment(moment)
        if _DAY.fullmatch(text):
            day = datetime.fromisoformat(text).replace(tzinfo=UTC)
            return day, day + timedelta(days=1)
        if month := _MONTH.fullmatch(text):
            first = datetime(int(month[1]), int(month[2]), 1, tzinfo=UTC)
            return first, (first + timedelta(days=32)).replace(day=1)
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return _moment(moment)
    except (ValueError, OverflowError):
        raise BadTimeError(text) from None


def iso(moment: datetime) -> str:
    """``moment`` as it is answered over HTTP: UTC with milliseconds and ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(moment: datetime) -> tuple[datetime, datetime]:
    # What DateTime64 can hold; a query for the year 1 is a mistake of typing.
    if not 1970 <= moment.year <= 2200:
        raise ValueError("out of range")
    return moment, moment + timedelta(milliseconds=1)
