"""What "it", "that one", "the second" and "the other" mean, from what earlier turns mentioned."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.chat.base import PastTurn

_ORDINAL_WORDS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
)
ORDINALS = {word: place for place, word in enumerate(_ORDINAL_WORDS.split())} | {
    "thirtieth": 29,
    "fortieth": 39,
    "fiftieth": 49,
    "last": -1,
}
"""What items of a list are called by their place, by the place from 0 on."""
_SOME = "one|three|four|five|six|seven|ten|few|couple"
_MONTHS = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_ORDINAL = re.compile(
    rf"\b(?:the |my |this |that )?(?:(?P<word>{'|'.join(ORDINALS)})|(?P<n>[1-9]\d?)(?:st|nd|rd|th))\b"
    r"(?: (?P<noun>one|candidate|class|event|guide|example|place))?"
    rf"(?! (?:seen|time|occur|see|happen|hour|day|week|month|year|two|version|and last|{_SOME}|\d)|,? (?:of )?"
    rf"{_MONTHS}\b)",
    re.IGNORECASE,
)
_DATED = re.compile(rf"\b(?:on|since|until|till|before|after|from|by|{_MONTHS})(?: the)?$", re.IGNORECASE)
"""What stands before an ordinal in figures that is a day of a month."""
_NUMBERED = re.compile(r"(?:\bnumber |\bno\.? |#)(?P<n>[1-9]\d?)\b", re.IGNORECASE)
_OTHER = re.compile(
    r"\bthe other(?: (?:one|candidate|class))?\b|\bthe next(?: one)?\b|\bthe one after(?: that| it)?\b"
    r"|^\W*(?:and |then |ok )*next\W*$",
    re.IGNORECASE,
)
_AFTER = re.compile(r"\bone after\b", re.IGNORECASE)
_RUNNER_UP = re.compile(r"\brunner.?up\b|\bsecond.?best\b", re.IGNORECASE)
_THAT = re.compile(r"\b(?:that one|that class|this one|that|it|this)\b", re.IGNORECASE)
_WITH = re.compile(r"\b(?:it|that|that one|this one)\b.*\b(?:with|to|and|against)\b", re.IGNORECASE)
_NOUNS = {"candidate": "candidates", "class": "candidates", "event": "events", "guide": "guides", "example": "guides"}
_REMEMBERED = 6


@dataclass(frozen=True, slots=True)
class Meant:
    """What a question's pronouns and ordinals point at; each empty where none was used or nothing fits."""

    class_uids: tuple[int, ...] = ()
    event_id: str | None = None
    chunk_id: str | None = None
    field: str | None = None
    beyond: int | None = None
    """The place, from 1 on, that was asked for and that no item of the list has which was told."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that an earlier turn told.

    ``kind`` is one of ``tools.listing.KINDS``, ``told`` are the ids of its events or guides, ``shown`` says how many
    items were told.
    """

    kind: str
    event_id: str | None
    told: tuple[str, ...]
    shown: int


class Memory:
    """What the last turns mentioned, the newest first."""

    def __init__(self, past: Sequence[PastTurn], event_id: str | None) -> None:
        recent = [turn.mentioned for turn in reversed(past[-_REMEMBERED:])]
        # What was said of another event says nothing about this one's candidates.
        self._turns: list[Mapping[str, Any]] = [
            m for m in recent if event_id is None or m.get("event_id") in (None, event_id) or m.get("open") == event_id
        ]

    def last(self, key: str) -> Any:
        """The latest value of one kind, ``None`` where there is none."""
        return next((m[key] for m in self._turns if m.get(key) not in (None, "", [])), None)

    @property
    def newest(self) -> Mapping[str, Any]:
        """What the last turn mentioned."""
        return self._turns[0] if self._turns else {}

    @property
    def focus(self) -> str | None:
        """The event beside the open one that the last turn was about, ``None`` where it was about the open one."""
        found, opened = self.newest.get("event_id"), self.newest.get("open")
        return found if isinstance(found, str) and found != opened else None

    @property
    def subject(self) -> int | None:
        """The class that was talked about last, beside the decided one."""
        found = self.last("subject")
        return found if isinstance(found, int) else None

    @property
    def listing(self) -> Listing | None:
        """The list that was told last, ``None`` where none was."""
        for turn in self._turns:
            found = turn.get("list")
            if isinstance(found, Mapping):
                return _listing(found, turn)
        return None

    @property
    def lists_now(self) -> bool:
        """Whether the last turn told a list."""
        return isinstance(self.newest.get("list"), Mapping)

    @property
    def with_search(self) -> Mapping[str, Any] | None:
        """The last turn that wrote a search, ``None`` where none did."""
        return next((turn for turn in self._turns if turn.get("search")), None)

    def uids(self, key: str) -> list[int]:
        """Class uids of one kind."""
        found = self.last(key)
        return [uid for uid in found if isinstance(uid, int)] if isinstance(found, list) else []

    def texts(self, key: str) -> list[str]:
        """Ids of one kind."""
        found = self.last(key)
        return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []

    def meant(self, question: str, candidates: Sequence[int], decided: int | None) -> Meant:
        """What the pronouns and ordinals of a question point at; ``candidates`` are the open event's, in order."""
        ordered = self.uids("candidates") or list(candidates)
        if _RUNNER_UP.search(question):
            second = next((uid for uid in ordered if uid != decided), None)
            return Meant(class_uids=(second,) if second is not None else ())
        places = _places(question)
        if places:
            meant = [self._placed(found, ordered) for found in places[:2]]
            if any(one.beyond is not None for one in meant):
                return next(one for one in meant if one.beyond is not None)
            uids = tuple(dict.fromkeys(uid for one in meant for uid in one.class_uids))
            if uids and self.subject is not None and _WITH.search(question):
                uids = (*uids, self.subject)  # "compare it with the first"
            return replace(meant[0], class_uids=uids)
        if _OTHER.search(question):
            return self._other(ordered, decided, after=_AFTER.search(question) is not None)
        if _THAT.search(question):
            subject = self.subject
            field = self.last("field")
            return Meant(
                class_uids=(subject,) if subject is not None else (),
                chunk_id=self.newest.get("guide"),
                field=field if isinstance(field, str) else None,
            )
        return Meant()

    def _placed(self, found: re.Match[str], ordered: Sequence[int]) -> Meant:
        groups = found.groupdict()
        place = int(groups["n"]) - 1 if groups.get("n") else ORDINALS[groups["word"].lower()]
        return self._at(place, groups.get("noun"), ordered)

    def _at(self, place: int, noun: str | None, ordered: Sequence[int]) -> Meant:
        kind = _NOUNS.get(noun or "") or str(self.last("listed") or "candidates")
        lists: Mapping[str, Sequence[Any]] = {
            "events": self.texts("events"), "guides": self.texts("guides"), "classes": self.uids("classes"),
        }  # fmt: skip
        items = lists.get(kind, ordered)
        item = items[place] if -len(items) <= place < len(items) else None
        if item is None:
            return Meant(beyond=place + 1 if place >= 0 and items else None)
        if kind == "events":
            return Meant(event_id=item)
        return Meant(chunk_id=item) if kind == "guides" else Meant(class_uids=(item,))

    def _other(self, ordered: Sequence[int], decided: int | None, *, after: bool) -> Meant:
        """The class that was not talked about: of two the other, of several the next; or the one ``after`` the last.

        After an event of a list it is the next one of that list.
        """
        events = self.texts("events")
        if self.focus in events:
            return self._at(events.index(self.focus) + 1, "event", ordered)
        told = {uid for m in self._turns for uid in m.get("classes", ()) if isinstance(uid, int)}
        if after and self.subject in ordered:
            left = [uid for uid in ordered[ordered.index(self.subject) + 1 :] if uid != decided]
        else:
            left = [uid for uid in ordered if uid not in told and uid != decided]
        if not left and ordered and self.subject is not None:
            return Meant(beyond=len(ordered) + 1)
        return Meant(class_uids=tuple(left[:1]))


def _places(question: str) -> list[re.Match[str]]:
    """Ordinals and numbers of items in a question, without days of a month."""
    ordinals = [
        found
        for found in _ORDINAL.finditer(question)
        if not (found["n"] and _DATED.search(question[: found.start()].rstrip()))
    ]
    return ordinals or list(_NUMBERED.finditer(question))


def _listing(found: Mapping[str, Any], turn: Mapping[str, Any]) -> Listing | None:
    """The list that a turn remembers; ``None`` where what it remembers is none."""
    kind, event_id, shown = found.get("kind"), turn.get("event_id"), found.get("shown")
    if not isinstance(kind, str) or not isinstance(shown, int):
        return None
    ids = turn.get("guides" if kind == "guides" else "events")
    told = tuple(text for text in ids if isinstance(text, str)) if isinstance(ids, list) else ()
    return Listing(kind, event_id if isinstance(event_id, str) else None, told, shown)
