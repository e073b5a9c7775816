"""What an intent asks of the tools: which one, with which arguments, from what a clause names and what was said."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from agents.chat.activities import activities_asked
from agents.chat.base import DecidedEvent
from agents.chat.clauses import ADDRESS, Clause
from agents.chat.field_names import field_nouns
from agents.chat.intents import load_intents, normal, word_list
from agents.chat.names import ClassNames
from agents.chat.narrowing import Condition, extras, read
from agents.chat.references import ORDINALS, Memory

_POINTING = word_list("pointing")
_OF_ANY_EVENT = frozenset(
    {"why", "reviews", "sure", "activity", "log", "meaning", "similar", "template", "versions", "candidates", "open"}
)
"""Intents for which "it" may be another event that was just talked about."""
_POINTED = re.compile(r"\b(?:it|that|that one|there|they|its)\b|^(?:and )?by whom?$")
_DIFFERENCE = re.compile(r"\b(?:differ\w*|distinguish\w*|distinct\w*|sets? \{class\} apart|separates?)\b")
_HERE = re.compile(r"\b(?:here|this event|this log|this case)\b")
_FOR_REVIEW = re.compile(
    r"\b(?:needs?|needed|has|have|must|should|ought|supposed|required|necessary)\b.*\b(?:reviews?|reviewed|check|checked|look|looked)\b"
    r"|\breview (?:needed|required|necessary)\b|\bstands? without (?:a )?review\b"
)
_FILLER = word_list("asking")
_OF_ACTIVITY = frozenset({"activity id", "activity name", "type uid", "type name"})
_PLACED = re.compile(rf"(?:{'|'.join(ORDINALS)})\b|\bother candidate\b", re.IGNORECASE)
_SAME = r"(?:same|this|that|these|those|the|its|other|from|by)"


@dataclass(frozen=True, slots=True)
class Call:
    """One tool with its arguments, for one intent."""

    intent: str
    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bind:
    """All that the arguments of a call may come from: the names, the clause, the open event, what was said before."""

    names: ClassNames
    clause: Clause
    open: DecidedEvent | None
    memory: Memory
    intent: str = ""

    @property
    def event_id(self) -> str | None:
        """The event that is asked about: the one that is named or meant, else the open one."""
        named = self.clause.event_id or self.clause.meant.event_id
        if named is not None:
            return named
        if self.intent in _OF_ANY_EVENT and _POINTED.search(self.clause.said) and self.memory.focus is not None:
            return self.memory.focus
        return self.open.event_id if self.open is not None else None

    @property
    def decided(self) -> DecidedEvent | None:
        """The open event, where it is the one that is asked about."""
        return self.open if self.open is not None and self.open.event_id == self.event_id else None

    @property
    def uids(self) -> tuple[int, ...]:
        """Classes that are named, else those that are meant."""
        return self.clause.class_uids or self.clause.meant.class_uids

    @property
    def own(self) -> int | None:
        """The decided class of the open event."""
        return self.decided.decision["class_uid"] if self.decided is not None else None

    def of_event(self, tool: str, **more: Any) -> Call | None:
        """A call that needs an event, ``None`` where there is none."""
        return Call(self.intent, tool, {"event_id": self.event_id, **more}) if self.event_id is not None else None

    def maybe(self, tool: str, **more: Any) -> Call:
        """A call that may have an event."""
        return Call(self.intent, tool, {"event_id": self.event_id, **more})

    def says(self, pattern: str) -> bool:
        """Whether an expression is found in the clause, typos put right."""
        return re.search(pattern, self.clause.said) is not None


def bind(intent: str, known: Bind) -> Call | None:
    """The call for an intent; ``None`` where it needs an event and there is none."""
    return _BINDINGS[intent](Bind(known.names, known.clause, known.open, known.memory, intent))


def _why(bind: Bind) -> Call | None:
    if any(normal(text).replace("_", " ") in _OF_ACTIVITY for text in bind.clause.texts):
        return bind.of_event("activity", named=())
    other = next((uid for uid in bind.uids if uid != bind.own), None) if bind.clause.class_uids else None
    if other is not None and bind.own is not None:
        return bind.of_event("compare", class_uid=other)
    return bind.of_event("why")


def _compare(bind: Bind) -> Call | None:
    if bind.clause.meant.event_id is not None and not bind.uids:
        return bind.of_event("why")
    if _activities_named(bind):
        return bind.of_event("activity", named=())
    unknown = _unknown_name(bind)
    if unknown:
        return bind.of_event("no_class", text=unknown)
    named = list(bind.uids)
    if len(named) >= 2 and (bind.event_id is None or (_differ(bind) and not _HERE.search(bind.clause.said))):
        return Call("class", "class", {"class_uid": named[0], "other_uid": named[1]})
    subject = bind.memory.subject
    uids = [uid for uid in named if uid != bind.own]
    if len(uids) >= 2:
        return bind.of_event("compare", class_uid=uids[1], other_uid=uids[0])
    if uids and not bind.clause.class_uids and bind.says(r"\b(?:to|with|against|than|over)\b"):
        other = subject if subject not in (None, bind.own, uids[0]) else None
        return bind.of_event("compare", class_uid=uids[0], **({"other_uid": other} if other is not None else {}))
    if uids:
        return bind.of_event("compare", class_uid=uids[0])
    if named and (bind.clause.class_uids or subject in (None, bind.own)):
        return bind.of_event("why")
    wants_all = bind.says(r"\bcandidates\b")
    if subject is not None and subject != bind.own and not wants_all:
        return bind.of_event("compare", class_uid=subject)
    if bind.decided is not None and not wants_all:
        second = next((c for c in bind.decided.decision["candidates"] if c["class_uid"] != bind.own), None)
        if second is not None:
            return bind.of_event("compare", class_uid=second["class_uid"])
    return bind.of_event("candidates")


def _candidates(bind: Bind) -> Call | None:
    """All of them, or the one that is meant ("what had the second candidate")."""
    uids = [uid for uid in bind.clause.meant.class_uids if uid != bind.own]
    if bind.says(r"\brunner-?.?up\b(?!s)") and not bind.says(r"\bcandidates\b") and (one := _runner_up(bind)):
        return one
    if uids and _PLACED.search(bind.clause.text):
        return Call("compare", "compare", {"event_id": bind.event_id, "class_uid": uids[0]}) if bind.event_id else None
    return bind.of_event("candidates")


def _runner_up(bind: Bind) -> Call | None:
    """The one that came second, told alone."""
    uid = next((uid for uid in bind.clause.meant.class_uids if uid != bind.own), None)
    return bind.of_event("sure", class_uid=uid) if uid is not None else None


def _log(bind: Bind) -> Call | None:
    """What it rests on; and of the fields that are named, whether it rests on them."""
    words = re.findall(r"(?<![\w{])[A-Za-z][\w$-]{3,}(?![\w}])", bind.clause.masked)
    names = [w for w in words if not (w.islower() or w.istitle()) or not load_intents().knows(w.lower())]
    named = (*bind.clause.texts, *field_nouns(bind.clause.text), *names)
    return bind.of_event("log", named=tuple(dict.fromkeys(named))[:6])


def _in_period(tool: str) -> Callable[[Bind], Call | None]:
    """A tool that counts, with the period that the question names."""

    def bound(bind: Bind) -> Call | None:
        period = next((c for c in read(bind.clause).conditions if c.kind == "time"), None)
        more = {"term": period.values[0], "told": period.name} if period is not None else {}
        return bind.of_event(tool, **more)

    return bound


def _differ(bind: Bind) -> bool:
    return _DIFFERENCE.search(bind.clause.said) is not None


def _activities_named(bind: Bind) -> bool:
    """Whether a question about another choice names an activity of the decided class ("why not logoff")."""
    ocsf_class = bind.names.taxonomy.find(bind.own) if bind.own is not None else None
    if ocsf_class is None or any(uid != bind.own for uid in bind.clause.class_uids):
        return False
    words = f" {normal(bind.clause.text)} "
    names = [a.caption.lower() for a in ocsf_class.activities.values() if a.activity_id not in (0, 99)]
    return any(f" {name} " in words or f" {name}s " in words for name in names)


def _unknown_name(bind: Bind) -> str | None:
    """What a question "why not X" names that is neither a class nor a word that points at one."""
    if bind.uids:
        return None
    found = re.search(
        r"(?i)\b(?:why|could|should|would)\b.*?\b(?:not|n't|be|than|instead of)\s+(?P<name>.+)$", bind.clause.masked
    )
    if found is None:
        return None
    name = " ".join(w for w in re.findall(r"[\w{}-]+", found["name"]) if w.lower() not in _POINTING)
    if name == "{text}" and bind.clause.texts:
        name = bind.clause.texts[0]
    return name if name and "{" not in name else None


def _sure(bind: Bind) -> Call | None:
    if _FOR_REVIEW.search(bind.clause.said):
        return bind.of_event("standing")
    named = [uid for uid in bind.uids if uid != bind.own]
    return bind.of_event("sure", **({"class_uid": named[0]} if named and not bind.says(r"\bfirst\b") else {}))


def _class(bind: Bind) -> Call | None:
    if (
        bind.own in bind.clause.class_uids
        and len(bind.clause.class_uids) == 2
        and bind.says(r"\bbelong|\bshould|\brather\b")
    ):
        return bind.of_event("compare", class_uid=next(uid for uid in bind.clause.class_uids if uid != bind.own))
    if len(bind.clause.class_uids) >= 2 and not _HERE.search(bind.clause.said):
        one, two = bind.clause.class_uids[:2]
        return Call(bind.intent, "class", {"class_uid": one, "other_uid": two})
    uid = next(iter(bind.uids), bind.memory.subject if bind.own is None else bind.own)
    return Call(bind.intent, "class", {"class_uid": uid}) if uid is not None else None


def _meaning(bind: Bind) -> Call | None:
    """What the event means, or the class that was just compared, where "it" is that."""
    pointed = bind.says(r"\b(?:it|that)\b") and not bind.says(r"\b(?:this|event|log|line|message|here)\b")
    subject = bind.memory.newest.get("subject")
    if pointed and isinstance(subject, int) and bind.says(r"\bmean"):
        return Call("class", "class", {"class_uid": subject})
    return bind.of_event("meaning")


def names_a_field(clause: Clause) -> bool:
    """Whether a question about a field says which, or asks about a class instead."""
    return bool(clause.texts or clause.class_uids or clause.meant.field or _word_after(clause.text))


def _field(bind: Bind) -> Call | None:
    name = next(iter(bind.clause.texts), None) or _word_after(bind.clause.text) or bind.clause.meant.field
    if name is None:
        return _class(bind)
    uid = next(iter(bind.clause.class_uids), bind.own)
    other = bind.clause.texts[1] if len(bind.clause.texts) > 1 else ""
    return bind.maybe("field", name=name, other=other, **({"class_uid": uid} if uid is not None else {}))


def _word_after(text: str) -> str | None:
    found = re.search(r"\b(?:field|attribute|column|key)\s+(?:called |named )?([\w.@-]+)", text, re.IGNORECASE)
    found = found or re.search(r"\b([\w.@-]+)\s+(?:field|attribute)\b", text, re.IGNORECASE)
    word = found.group(1) if found else None
    return word if word and word.lower() not in ("the", "this", "that", "ocsf", "which", "a", "mean", "does") else None


def _value(bind: Bind) -> Call | None:
    names = list(bind.clause.texts[:2]) or field_nouns(bind.clause.text)
    if not names:
        return bind.of_event("meaning")
    return bind.of_event("value", names=names[:4])


def _look_up(bind: Bind) -> Call | None:
    clause = bind.clause
    text = next(iter((*clause.texts, *clause.numbers)), None)
    words = re.findall(r"[\w.%:-]+", clause.text)
    while words and words[0].lower() in _FILLER:
        words.pop(0)
    while words and words[-1].lower() in _FILLER:
        words.pop()
    if text is None:
        # What is looked up is told, so it stays as it was written.
        text = " ".join(words)[:200]
        text = text if text in clause.text else ""
    if not text or (bind.says(r"\b(?:this|the) (?:event|message) ?(?:id|code)\b") and not clause.numbers):
        return bind.of_event("meaning")
    about = " ".join(w for w in words if w.lower() not in _FILLER and w not in text and w.isalpha())[:100]
    return bind.maybe("look_up", text=text, about=about)


def _show(kind: str) -> Callable[[Bind], Call | None]:
    def bound(bind: Bind) -> Call | None:
        chunk_id = bind.clause.meant.chunk_id
        if chunk_id is None and bind.event_id is None:
            return None
        either = bind.says(r"\bguides?\b") and bind.says(r"\bexamples?\b")
        return bind.maybe("guide", chunk_id=chunk_id, kind="" if chunk_id or either else kind)

    return bound


def _open(bind: Bind) -> Call | None:
    """Go to what was meant: a guide, a class, an event of a list, else the open event."""
    meant = bind.clause.meant
    if meant.chunk_id is not None and meant.event_id is None:
        return Call("guide", "guide", {"event_id": bind.event_id, "chunk_id": meant.chunk_id, "kind": ""})
    if bind.uids and meant.event_id is None:
        return Call("class", "class", {"class_uid": bind.uids[0]})
    return bind.of_event("open_event")


_BEFORE_VALUE = r"(?:[\"=:\\] ?|\b(?:for|from|user|by|to|host|account) )"


def _value_named(bind: Bind) -> str:
    """A value of the open event's log that a question names in its own words ("more from alice")."""
    if bind.open is None:
        return ""
    said = bind.clause.text
    for text in bind.clause.texts:
        said = said.replace(text, " ")
    asked = [w for w in re.findall(r"[\w$\\@-]{3,}", said) if not load_intents().knows(w.lower())]
    raw = bind.open.raw[:20_000]
    values = (re.search(rf"{_BEFORE_VALUE}({re.escape(word)})(?:[\"\s,;&]|$)", raw, re.IGNORECASE) for word in asked)
    return next((found.group(1) for found in values if found is not None), "")


def _find(bind: Bind) -> Call | None:
    clause = bind.clause
    if (several := _several(bind)) is not None:
        return several
    address = next((text for text in clause.texts if ADDRESS.fullmatch(text)), "")
    nouns = [n for n in field_nouns(clause.text) if re.search(rf"\b{_SAME} {n}", normal(clause.text))]
    if bind.says(r"\bsame\b"):
        nouns = list(clause.texts) or field_nouns(clause.text)
    if nouns and not address:
        return bind.of_event("find", by="field", field=nouns[0])
    if value := address or _value_named(bind):
        return bind.of_event("find", by="text", field=value)
    if clause.texts and not bind.says(r"\blike\b"):
        return bind.of_event("find", by="text", field=clause.texts[0])
    if clause.class_uids:
        return bind.of_event("find", by="class", class_uid=clause.class_uids[0])
    by = "class" if bind.says(r"\b(?:this|that|its) class\b") else "template"
    if bind.memory.newest.get("intent") == "week" and not clause.names_something:
        return bind.of_event("find", by="source")  # "show them" after the counts of a source
    if by == "template" and (named := [c for c in read(clause).conditions if c.kind == "field"][:3]):
        return bind.of_event("search", conditions=named)
    if bind.says(r"\bsource\b|\bproduct\b|\bvendor\b"):
        by = "source"
    return bind.of_event("find", by=by)


_NAMED = ("field", "text", "source", "class")


def _several(bind: Bind) -> Call | None:
    """A search by more than one condition: "like this from this host", "of this user since monday"."""
    more = list(extras(bind.clause))
    like = bind.says(r"\blike (?:this|that|it)\b|\b(?:this|its|the same) (?:template|kind)\b|\bsimilar\b")
    named = [
        c for c in read(bind.clause).conditions if c not in more and c.kind in ("field", "text", "source", "class")
    ]
    named = [c for c in named if like or c.kind != "text" or c.values[0] in bind.clause.texts][:3]
    if not more and not (like and named):
        return None
    base = [Condition("template")] if like or not named else []
    return bind.of_event("search", conditions=[*base, *named, *more])


def _queue(bind: Bind) -> Call:
    by = "template" if bind.says("template") else "source"
    if bind.says(r"\b(?:this|that|its) class\b"):
        by = "class"
    return bind.maybe("queue", by=by)


def _propose(bind: Bind) -> Call | None:
    if not bind.clause.class_uids and bind.says(r"\b(?:confirm\w*|agree|approve|accept|leave it|keep it)\b"):
        return bind.of_event("propose", kind="confirm")
    uids = bind.clause.class_uids[-1:] or bind.clause.meant.class_uids[:1]
    if not bind.clause.class_uids and bind.clause.meant.class_uids and bind.clause.meant.class_uids[0] == bind.own:
        uids = ()
    newest = bind.memory.newest
    if not uids and newest.get("intent") in ("effect", "propose") and isinstance(newest.get("subject"), int):
        uids = (newest["subject"],)  # "yes, go ahead"
    return bind.of_event("propose", **({"class_uid": uids[0]} if uids else {}))


def _activity(bind: Bind) -> Call | None:
    """The activity, and what the question names as one."""
    own = bind.names.taxonomy.find(bind.own) if bind.own is not None else None
    asked = activities_asked(bind.clause, bind.names.taxonomy, own, goes_on=True)
    return bind.of_event("activity", named=asked)


def _effect(bind: Bind) -> Call | None:
    if bind.says(r"\bwhat (?:would|does) (?:it|this|that) (?:take|need|require)\b"):
        return _compare(replace(bind, intent="compare"))
    named = [uid for uid in bind.clause.class_uids if uid != bind.own]
    newest = bind.memory.newest
    if not named and newest.get("intent") in ("effect", "propose") and isinstance(newest.get("subject"), int):
        named = [newest["subject"]]
    return bind.of_event("effect", **({"class_uid": named[0]} if named else {}))


def _plain(tool: str) -> Callable[[Bind], Call | None]:
    return lambda bind: bind.of_event(tool)


_BINDINGS: dict[str, Callable[[Bind], Call | None]] = {
    "why": _why,
    "compare": _compare,
    "candidates": _candidates,
    "log": _log,
    "sure": _sure,
    "activity": _activity,
    "versions": _plain("versions"),
    "class": _class,
    "field": _field,
    "value": _value,
    "meaning": _meaning,
    "look_up": _look_up,
    "guide": _show("guide"),
    "example": _show("example"),
    "open": _open,
    "similar": _in_period("similar"),
    "reviews": _plain("reviews"),
    "template": _in_period("template"),
    "week": _plain("week"),
    "effect": _effect,
    "find": _find,
    "queue": _queue,
    "propose": _propose,
    "confirm": lambda bind: bind.of_event("propose", kind="confirm"),
    "verdict": _plain("verdict"),
    "beyond": lambda bind: Call("unknown", "beyond", {"event_id": bind.event_id}),
    "order": lambda bind: Call("unknown", "order", {"event_id": bind.event_id}),
    "help": lambda bind: bind.maybe("help"),
    "greeting": lambda bind: bind.maybe("greet"),
}
