"""What "it", "that one", "the second" and "the other" mean, from what earlier turns mentioned."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.chat.base import PastTurn

_ORDINALS = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4, "5th": 4,
    "sixth": 5, "6th": 5, "seventh": 6, "7th": 6, "eighth": 7, "8th": 7, "last": -1,
}  # fmt: skip
_ORDINAL = re.compile(
    rf"\b(?:the |my |this |that )?(?P<word>{'|'.join(_ORDINALS)})\b"
    r"(?: (?P<noun>one|candidate|class|event|guide|example|place))?"
    r"(?! (?:seen|time|occur|see|happen|week|month|day|two|version|and last|7|seven))",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?:\bnumber |\bno\.? |#)(?P<n>[1-8])\b", re.IGNORECASE)
_OTHER = re.compile(
    r"\bthe other(?: (?:one|candidate|class))?\b|\bthe next(?: one)?\b|\bthe one after(?: that| it)?\b", re.IGNORECASE
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
        places = list(_ORDINAL.finditer(question)) or list(_NUMBERED.finditer(question))
        if places:
            meant = [self._placed(found, ordered) for found in places[:2]]
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
        place = int(groups["n"]) - 1 if groups.get("n") else _ORDINALS[groups["word"].lower()]
        return self._at(place, groups.get("noun"), ordered)

    def _at(self, place: int, noun: str | None, ordered: Sequence[int]) -> Meant:
        kind = _NOUNS.get(noun or "") or str(self.last("listed") or "candidates")
        if kind == "events":
            events = self.texts("events")
            return Meant(event_id=_get(events, place))
        if kind == "guides":
            return Meant(chunk_id=_get(self.texts("guides"), place))
        listed = self.uids("classes") if kind == "classes" else list(ordered)
        uid = _get(listed, place)
        return Meant(class_uids=(uid,) if uid is not None else ())

    def _other(self, ordered: Sequence[int], decided: int | None, *, after: bool) -> Meant:
        """The class that was not talked about: of two the other, of several the next; or the one ``after`` the last."""
        told = {uid for m in self._turns for uid in m.get("classes", ()) if isinstance(uid, int)}
        if after and self.subject in ordered:
            following = ordered[ordered.index(self.subject) + 1 :]
            return Meant(class_uids=tuple(uid for uid in following if uid != decided)[:1])
        left = [uid for uid in ordered if uid not in told and uid != decided]
        return Meant(class_uids=(left[0],) if left else ())


def _get(items: Sequence[Any], place: int) -> Any:
    return items[place] if -len(items) <= place < len(items) else None
