"""When: what a question calls a period ("last 30 days", "since monday"), as Search reads it and as answers tell it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_UNITS = {"minute": "m", "hour": "h", "day": "d", "week": "w"}
_DAYS = {"month": 30, "year": 365}
_NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "ten": 10,
    "few": 3,
    "couple of": 2,
}
_COUNT = rf"(?:(?P<count>\d{{1,4}}) ?|(?P<word>{'|'.join(_NUMBERS)}) )"
_SHORT = {"min": "minute", "h": "hour", "hr": "hour", "d": "day", "w": "week", "wk": "week", "mo": "month"}
_UNIT = rf"(?P<unit>{'|'.join([*_UNITS, *_DAYS, *_SHORT])})s?"
_DAY = rf"(?P<day>\d{{4}}-\d\d-\d\d|{'|'.join(_WEEKDAYS)}|today|yesterday)"

Period = tuple[str, str]
"""A term of the search box, and the words that tell it."""


def _rolling(found: re.Match[str], today: date) -> Period:  # noqa: ARG001 - every reader gets the day
    unit = _SHORT.get(found["unit"], found["unit"])
    number = int(found["count"]) if found["count"] else _NUMBERS.get(found["word"] or "one", 1)
    if unit in _DAYS:
        number, unit = number * _DAYS[unit], "day"
    elif unit == "week":
        number, unit = number * 7, "day"
    before = "before" in found.re.groupindex and found["before"] is not None
    told = f"{number} {unit}s" if number > 1 else unit
    span = f"now-{number}{_UNITS[unit]}"
    return (f"received:<{span}", f"received before the last {told}") if before else (
        f"received:>{span}", f"received in the last {told}")  # fmt: skip


def _since(found: re.Match[str], today: date) -> Period:
    day = _day(found["day"], today)
    if found["how"] == "from" and not found["on"]:
        return f"received:{day}", f"received on {day}"
    if found["how"] in ("before", "until", "till"):
        return f"received:<{day}", f"received before {day}"
    return f"received:>={day}", f"received on or after {day}"


def _on(found: re.Match[str], today: date) -> Period:
    day = _day(found["day"], today)
    return f"received:{day}", f"received on {day}"


def _this(found: re.Match[str], today: date) -> Period:
    if found["unit"] == "week":
        monday = today - timedelta(days=today.weekday())
        return f"received:>={monday}", f"received on or after {monday}"
    month = f"{today:%Y-%m}"
    return f"received:{month}", f"received in {month}"


def _in_month(found: re.Match[str], today: date) -> Period:
    number = _MONTHS.index(found["month"]) + 1
    year = int(found["year"]) if found["year"] else today.year - (number > today.month)
    return f"received:{year}-{number:02}", f"received in {year}-{number:02}"


def _day(said: str, today: date) -> date:
    """The day that is meant; of a weekday the last one that has begun.

    Raises:
        ValueError: there is no such day.
    """
    if said in ("today", "yesterday"):
        return today - timedelta(days=said == "yesterday")
    if said in _WEEKDAYS:
        return today - timedelta(days=(today.weekday() - _WEEKDAYS.index(said)) % 7)
    return date.fromisoformat(said)


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Period]], ...] = (
    (re.compile(rf"(?:(?P<before>before|older than|until) )(?:the )?(?:(?:last|past|previous) )?{_COUNT}?{_UNIT}"
                r"(?: ago)?\b"), _rolling),
    (re.compile(rf"(?:the |these )?(?:last|past|previous|latest|recent) {_COUNT}?{_UNIT}\b"), _rolling),
    (re.compile(rf"{_COUNT}{_UNIT}\b"), _rolling),
    (re.compile(rf"(?P<how>since|after|from|before|until|till) (?:the |last )?{_DAY}(?P<on> on| onwards?)?\b"), _since),
    (re.compile(rf"(?:on )?(?:last )?{_DAY}\b"), _on),
    (re.compile(r"this (?P<unit>week|month)\b"), _this),
    (re.compile(rf"(?:in |of |during )(?P<month>{'|'.join(_MONTHS)})(?: (?P<year>20\d\d))?\b"), _in_month),
)  # fmt: skip


def begins(term: str) -> datetime | None:
    """When the period of a search term begins that ends now; ``None`` for any other."""
    found = re.fullmatch(r"received:>=?(?:now-(?P<count>\d+)(?P<unit>[mhdw])|(?P<day>\d{4}-\d\d-\d\d))", term)
    if found is None:
        return None
    if found["day"]:
        return datetime.combine(date.fromisoformat(found["day"]), time(), UTC)
    unit = next(unit for unit, short in _UNITS.items() if short == found["unit"])
    return datetime.now(UTC) - timedelta(**{f"{unit}s": int(found["count"])})


def read_period(said: str, place: int) -> tuple[Period, int] | None:
    """The period that a normal text names at a place, and where its words end."""
    today = datetime.now(UTC).date()
    for pattern, reader in _READERS:
        if (found := pattern.match(said, place)) is not None:
            try:
                return reader(found, today), found.end()
            except ValueError:
                continue
    return None
