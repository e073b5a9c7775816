"""A question taken apart into clauses, and what belongs together put together again."""

from __future__ import annotations

import re
from collections.abc import Callable

from agents.chat.base import DecidedEvent
from agents.chat.clauses import QUOTED, Clause, clause_of
from agents.chat.intents import load_intents
from agents.chat.names import ClassNames
from agents.chat.references import Memory

_MOST_CLAUSES = 6
_CLAUSE = re.compile(
    r"[?;!]+\s+|(?<!\bvs)\.\s+(?=[A-Za-z])|\n+|,?\s+(?:and|also|then|plus)\s+(?=(?:why|how|what|which|who|when|where|show|find|open"
    r"|propose|is|was|are|does|did|list|compare|has|confirm|override)\b)|,\s*(?=(?:why|how|what|which|who|when|where)\b)",
    re.IGNORECASE,
)
_JOINT = re.compile(
    r"\s*,\s+(?:and |also |then |plus )*|\s+(?:and also|and then|as well as|and|n|&|\+|plus|also|then)\s+"
    r"|\s*[&+/]\s+|\s+-+\s+|\s+(?=(?:why|how|which|who|when|where|what)\s+\w)",
    re.IGNORECASE,
)
_MOST_JOINTS = 5
_LONGEST_APART = 300
_APART = 0.72
"""The score that both sides of a joint need, with an expression that speaks for each."""
_ONE_ANSWER = (
    frozenset({"guide", "example"}), frozenset({"compare", "candidates"}), frozenset({"compare", "class"}),
    frozenset({"value", "field"}), frozenset({"beyond", "order", "verdict"}), frozenset({"why", "sure"}),
    frozenset({"why", "versions"}), frozenset({"propose", "compare", "confirm"}), frozenset({"similar", "reviews"}),
)  # fmt: skip
"""Intents that two halves of one question may look like."""
_NO_TOPIC = frozenset({"greeting", "help", "propose", "confirm", "order", "beyond"})
_AS_AN_EXAMPLE = 0.9
"""The score that a bare item of a list needs where no expression speaks for it."""
_LONGEST_ITEM = 3
_BETWEEN = re.compile(r"\s*(?:[,/&+|]|(?:^|\s)(?:and|n|plus|und)(?=\s))\s*", re.IGNORECASE)
_OPENS = re.compile(
    r"(?:(?:in|on|at|for|by|with|from|to|of) )?(?:what(?:.?s)?|which|who(?:.?s)?|whom|whose|where|when|why|how)\b"
    r"|(?:is|are|was|were|does|do|did|has|have|can|will) "
    r"(?:the|this|that|he|she|it|they|his|her|its|their|there|any\w*|some\w*)\b",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|'s)\b|\bwho?.?s\b", re.IGNORECASE
)
_LONG_ENOUGH = 4  # words
_NOT_ALONE = frozenset({"greeting", "help", "value"})
_GOES_ON = re.compile(r"^(?:not|nor|by|than|rather|instead|with|for|in|to)\b", re.IGNORECASE)
_ASKS = re.compile(
    r"\b(?:why|y|how|what|whats|wats|which|who|whos|when|where|is|are|was|were|does|did|do|can|could|should|would|show|list"
    r"|find|search|open|propose|override|change|set|make|compare|explain|define|tell|give|mark|confirm|has|have)\b",
    re.IGNORECASE,
)
_LONGEST_TOPIC, _LONGEST_TAIL = 5, 6
_BARE = re.compile(r"\d{2,9}|%?[\w.-]*\d[\w.-]*|[`\"“„][^`\"“”„]{1,200}[`\"“”]")
_PREPOSED = re.compile(r"^(?:between|of|from|among|as for|regarding|given|compared|in|on|for)\b", re.IGNORECASE)
_CONDITION = re.compile(r"(?:and |but |ok |so )?(?:if|suppose|supposing|assume|assuming|imagine|say)\b", re.IGNORECASE)
_ASKS_NOTHING = re.compile(r"(?:i mean|you know|sorry|wait|hm+|uh+|well|seriously|honestly)\W*", re.IGNORECASE)
_LEADING = re.compile(r"^(?:and|or|but|so|ok|then|also)\s+", re.IGNORECASE)


def clauses_of(question: str, names: ClassNames, decided: DecidedEvent | None, memory: Memory) -> list[Clause]:
    """The clauses of a question in their order, at most six: each asks one thing and says what about."""

    def read(text: str) -> Clause:
        return clause_of(text, names, decided, memory)

    protected = QUOTED.sub(lambda m: m.group().replace("?", " ").replace(";", " "), question)
    parts = [p.strip(" ,") for p in _CLAUSE.split(protected) if p and p.strip(" ,.?!")]
    parts = [p for p in parts if not _ASKS_NOTHING.fullmatch(p)] or parts
    parts = _joined(parts, read)
    clauses = [clause for part in parts[:_MOST_CLAUSES] for clause in _apart(part, read)]
    return clauses[:_MOST_CLAUSES]


def _joined(parts: list[str], read: Callable[[str], Clause]) -> list[str]:
    """Parts, each with what stands before its question ("the third, why not?", "if i change it, what happens?")."""
    found: list[str] = []
    rest = list(parts)
    while rest:
        part = rest.pop(0)
        if rest and _CONDITION.match(part):
            part = f"{part} {rest.pop(0)}"
        elif rest and _is_topic(part, read) and _asks_about_it(rest[0], read):
            tail = rest.pop(0)
            part = f"{tail.rstrip(' ?!.')} {_LEADING.sub('', part)}"
        found.append(part)
    return found


def _is_topic(part: str, read: Callable[[str], Clause]) -> bool:
    if _BARE.fullmatch(part) or (_PREPOSED.match(part) and len(part.split()) <= _LONGEST_TOPIC):
        return True
    if _ASKS.search(part) or len(part.split()) > _LONGEST_TOPIC:
        return False
    return read(part).names_something


def _asks_about_it(part: str, read: Callable[[str], Clause]) -> bool:
    if len(part.split()) > _LONGEST_TAIL or not _ASKS.search(part):
        return False
    clause = read(part)
    return not (clause.class_uids or clause.texts or clause.numbers or clause.event_id)


def _apart(part: str, read: Callable[[str], Clause]) -> list[Clause]:
    """The clause, or its two halves where "and" joins two questions of which each can stand alone."""
    whole = read(part)
    if topics := _topics(part, read):
        return topics
    if QUOTED.search(part) or len(part) > _LONGEST_APART:
        return [whole]
    for joint in list(_JOINT.finditer(part))[:_MOST_JOINTS]:
        left, right = part[: joint.start()].strip(" ,"), part[joint.end() :].strip(" ,")
        if not left or not right or (_GOES_ON.match(right) and not opens_question(right)):
            continue
        if joint.group().strip() == "," and not _ASKS.search(right):
            continue  # one of a list
        one, two = read(left), read(right)
        if _are_two(one, two, joined=bool(joint.group().strip())):
            return [one, *_apart(right, read)]
    return [whole]


def _are_two(one: Clause, two: Clause, *, joined: bool) -> bool:
    """Whether two halves are two questions: both beyond doubt, or one so and the other one that opens like a question.

    Where nothing stands between them (not ``joined``) both have to be beyond doubt and to open so.
    """
    asked, also = _asked(one), _asked(two)
    both = bool(asked and also and asked != also)
    if not joined:
        return both and opens_question(one.text) and opens_question(two.text)
    if both:
        return not any({asked, also} <= pair for pair in _ONE_ANSWER)
    return bool((asked and not also and opens_question(two.text)) or (also and not asked and opens_question(one.text)))


def _topics(part: str, read: Callable[[str], Clause]) -> list[Clause]:
    """The items of a list of bare questions ("class, confidence, guide?"); empty where it is no such list."""
    items = [_LEADING.sub("", item).strip(" ?!.") for item in _BETWEEN.split(part)]
    if len(items) < 2 or any(not item or len(item.split()) > _LONGEST_ITEM for item in items):
        return []
    clauses = [read(item) for item in items]
    return clauses if all(map(_is_topic_alone, clauses)) else []


def _is_topic_alone(clause: Clause) -> bool:
    scores = load_intents().score(clause.masked)
    if not scores or scores[0].intent in _NO_TOPIC:
        return False
    return scores[0].score >= (_APART if scores[0].signed else _AS_AN_EXAMPLE)


def opens_question(text: str) -> bool:
    """Whether a text begins as a question of its own does ("in which city", "is the host ...", "who ...")."""
    return _OPENS.match(_LEADING.sub("", text.strip())) is not None


def is_whole_question(text: str) -> bool:
    """Whether it also goes on as one, and is no turn of phrase ("what the heck")."""
    return opens_question(text) and (_VERB.search(text) is not None or len(text.split()) >= _LONG_ENOUGH)


def _asked(clause: Clause) -> str:
    """The intent that a text asks for beyond doubt, empty where there is doubt."""
    scores = load_intents().score(clause.masked)
    if not scores or scores[0].intent in _NOT_ALONE:
        return ""
    if scores[0].score < (_APART if scores[0].signed else _AS_AN_EXAMPLE):
        return ""
    return scores[0].intent
