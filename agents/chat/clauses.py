"""A clause of a question: the classes, texts, numbers and event that it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from agents.chat.base import DecidedEvent
from agents.chat.field_names import field_synonyms
from agents.chat.intents import load_intents, normal
from agents.chat.names import ClassNames
from agents.chat.references import Meant, Memory
from agents.chat.spelling import corrected
from agents.ocsf.attributes import find_attribute

_EVENT_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)
QUOTED = re.compile(r"[`\"“”„«]([^`\"“”„«»]{1,200})[`\"“”»]|(?<!\w)'([^']{1,200})'(?!\w)")
ADDRESS = re.compile(
    r"(?<![\w.:])(?:(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9a-fA-F]{1,4}:){2,7}[0-9a-fA-F:]*|[\w.+-]+@[\w-]+\.[\w.-]+\w)(?!\w)"
)
_CODE = re.compile(
    r"%?\b(?=[\w.-]*\d)(?=[\w.-]*[A-Za-z])[A-Za-z][\w.-]*-[\w.-]+\b|\b[A-Z]{2,}\d{3,}\b|\b0x[0-9a-fA-F]+\b"
    r"|\b[A-Z][a-z]+-[A-Z]\w+\b"
)
_IDENTIFIER = re.compile(
    r"@?\b[A-Za-z]\w*(?:[._][A-Za-z_]\w*)+\b|\b[a-z]+[A-Z]\w*\b|\b(?:[A-Z][a-z0-9]+){2,}\b|\b[A-Z]{2,}[a-z]\w*\b"
)
_NUMBER = re.compile(r"(?<![\w.%-])\d{2,9}(?![\w.]*\w)|(?i:(?<=\bid )|(?<=\bcode )|(?<=\bevent ))\d(?![\w.]*\w)")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_BESIDE = re.compile(r"(?<![\w{])(?P<one>[a-z]\w+) (?:vs\.?|versus|or|and) (?P<two>[a-z]\w+)(?![\w}])", re.IGNORECASE)
_LONGEST_READ = 20_000
_SHORTEST_STEM = 3


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a question with what it names.

    ``masked`` has ``{class}``, ``{text}``, ``{id}`` and ``{event}`` in place of names; ``said`` is that in lower case
    and without typos.
    """

    text: str
    masked: str
    said: str
    class_uids: tuple[int, ...]
    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    event_id: str | None
    meant: Meant

    @property
    def names_something(self) -> bool:
        """Whether a class, a text, a number or an event is named or meant."""
        return bool(self.class_uids or self.texts or self.numbers or self.event_id or self.meant != Meant())


def clause_of(text: str, names: ClassNames, decided: DecidedEvent | None, memory: Memory) -> Clause:
    """One part of a question with what it names, and what it means by pronouns after what was said before."""
    event = _EVENT_ID.search(text)
    masked = _EVENT_ID.sub("{event}", text)
    texts = [next(g for g in m.groups() if g) for m in QUOTED.finditer(masked)]
    quoted_classes = [c for t in texts if (c := names.one(t)) is not None]
    texts = [t for t in texts if names.one(t) is None]
    masked = QUOTED.sub(
        lambda m: "{class}" if names.one(next(g for g in m.groups() if g)) is not None else "{text}", masked
    )
    for one in reversed(_beside(masked, names)):
        texts.insert(0, one.group())
        masked = f"{masked[: one.start()]}{{text}}{masked[one.end() :]}"
    # Identifiers before names: "activity_id" is a field and no class, though one is written nearly so.
    for pattern in (ADDRESS, _CODE, _IDENTIFIER):
        found_texts = [m for m in pattern.finditer(masked) if not _is_name(m, masked, names)]
        texts += [m.group() for m in found_texts]
        for found in reversed(found_texts):
            masked = f"{masked[: found.start()]}{{text}}{masked[found.end() :]}"
    for text_named, start, end in reversed(_spoken(masked, names, decided)):
        texts.append(text_named)
        masked = f"{masked[:start]}{{text}}{masked[end:]}"
    named = names.find(masked)
    for name in reversed(named):
        masked = f"{masked[: name.start]}{{class}}{masked[name.end :]}"
    masked = _with_source(masked, decided)
    numbers = tuple(m.group() for m in _NUMBER.finditer(masked))
    masked = _NUMBER.sub("{id}", masked)
    candidates = [c["class_uid"] for c in decided.decision["candidates"]] if decided is not None else []
    own = decided.decision["class_uid"] if decided is not None else None
    said = corrected(normal(masked), load_intents().words)
    return Clause(
        text=text,
        masked=masked,
        said=said,
        class_uids=tuple(dict.fromkeys((*(c.uid for c in quoted_classes), *(n.ocsf_class.uid for n in named)))),
        texts=tuple(dict.fromkeys(texts)),
        numbers=numbers,
        event_id=event.group().lower() if event else None,
        meant=memory.meant(text, candidates, own),
    )


def _is_name(found: re.Match[str], masked: str, names: ClassNames) -> bool:
    """Whether an identifier is a mask already, or a class's name (``dns_activity``)."""
    return masked[: found.start()].endswith("{") or names.exactly(found.group()) is not None


def _with_source(masked: str, decided: DecidedEvent | None) -> str:
    """A text in which the open event's product is "this source" ("any change on windows")."""
    for name in (decided.product, decided.vendor) if decided is not None else ():
        if len(name) > 2:
            words = rf"(?<=\b{{}} )(?:the )?{re.escape(name)}(?= |$|[?.!,])"
            for before in ("from", "on", "with", "is", "did", "does", "for"):
                masked = re.sub(words.format(before), "this source", masked, flags=re.IGNORECASE)
    return masked


def _beside(masked: str, names: ClassNames) -> list[re.Match[str]]:
    """Two attributes of OCSF that are named beside each other ("actor vs user")."""
    found = _BESIDE.search(masked)
    if found is None:
        return []
    both = [re.compile(r"\w+").match(masked, found.start(part)) for part in ("one", "two")]
    named = [
        m for m in both if m and find_attribute(names.taxonomy.version, m.group()) and not names.exactly(m.group())
    ]
    return named if len(named) == len(both) else []


def _spoken(masked: str, names: ClassNames, decided: DecidedEvent | None) -> list[tuple[str, int, int]]:
    """Fields that are named in plain words ("logon type" is LogonType), and where."""
    found = []
    written = _fields_of(decided.raw[:_LONGEST_READ]) if decided is not None else {}
    for words, name in written.items():
        place = re.search(rf"(?<![\w{{.]){re.escape(words)}(?![\w}}.])", masked, re.IGNORECASE)
        if place is not None and names.exactly(words) is None:
            found.append((name, *place.span()))
    return sorted(found, key=lambda f: f[1])


def field_spoken_of(said: str, raw: str) -> str | None:
    """A field of a log all words of whose name a text has, in any order and form ("did they use mfa": MFAUsed)."""
    asked = [word for word in said.split() if len(word) >= _SHORTEST_STEM]

    def is_said(word: str) -> bool:
        return any(one.startswith(word) or word.startswith(one) for one in asked)

    fields = _fields_of(raw[:_LONGEST_READ])
    return next((name for words, name in fields.items() if all(map(is_said, words.split()))), None)


@lru_cache(maxsize=64)
def _fields_of(raw: str) -> dict[str, str]:
    """Names of several words that stand in a log, by their words in lower case; not those that every log has."""
    found = {}
    for match in _IDENTIFIER.finditer(raw):
        words = _WORDS.findall(match.group().rpartition(".")[2])
        said = " ".join(words).lower()
        if len(words) > 1 and said not in field_synonyms() and not said.startswith("event "):
            found[said] = match.group()
    return found
