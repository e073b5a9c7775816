"""From a question to the tools that answer it, without a model: wording, expressions, what was said before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from agents.chat.activities import activities_asked
from agents.chat.base import DecidedEvent, PastTurn
from agents.chat.binding import Bind, Call, bind, names_a_field
from agents.chat.clauses import Clause, field_spoken_of
from agents.chat.following import followed
from agents.chat.intents import ENOUGH, OUTSIDE, Scored, load_intents, word_list
from agents.chat.names import ClassNames
from agents.chat.references import ORDINALS, Memory
from agents.chat.splitting import clauses_of, is_whole_question
from agents.chat.wording import Wording

MOST_INTENTS = 3
_MOST_UNHELD = 2
_LONGEST_QUESTION = 4000
_SHORT = 6
_ELLIPTIC = re.compile(
    r"^(?:(?:and|or|but|what about|how about|so|no|nah|hm+|rather|instead|maybe|then|well)\W+)*\W*"
    r"(?:(?:compared )?(?:to|with|against)|for|is it|not|than|over)?\W*"
    r"(?:the |that |this )?"
    rf"(?:other|next|{'|'.join(ORDINALS)}|2nd|3rd|runner.?up"
    r"|\{class\}|\{text\}|\{id\}|it|one after (?:that|it)|one|number (?:\d+|\{id\}))"
    r"(?: (?:one|candidate|class|event|guide|activity))?$"
)
_SHOWN = re.compile(
    r"^(?:\w+ ){0,3}(?:show|list|open|see|give|display|print|get)(?: me| us)?(?: all(?: of)?)? (?:them|those|these)"
    r"(?: all| please| events| here){0,2}$"
)
_BARE_WHEN = re.compile(r"^(?:and )?(?:when(?: (?:was|did) (?:it|that)(?: happen)?)?|what time|at what time)$")
_TELLS_WHEN = frozenset({"reviews", "template"})
"""Intents whose answers say when."""
_BARE_WHY = re.compile(r"^(?:and )?(?:why|how|how come|why so|wherefore|why is that|why that)$")
_BY_WHOM = re.compile(r"^(?:and )?(?:by whom|by who|who was (?:it|that)|who did (?:that|it)|who)$")
_PEOPLE = re.compile(r"\b(?:they|he|she|him|her|them|their|his)\b")
_COUNTED = re.compile(r"^(?:and )?how many\b.*\b(?:of (?:them|those|these|that)|review|overrid\w*|overr\w+|new)\b")
_GOES_ON = {
    "guide": re.compile(r"^(?:and )?what does (?:it|that|this) say$"),
    "reviews": _PEOPLE,
    "week": _COUNTED,
    "similar": re.compile(
        r"^(?:and )?(?:how many of (?:them|those|these)|who decided (?:them|those|these))\b"
        r"|\b(?:say|said|think|note|decide|do|did)\b.*\b(?:on|of|about|with) (?:them|those|these)$"
    ),
    "template": re.compile(
        r"^(?:and )?(?:the |when |since )?(?:first|last|latest|earliest|newest)(?: one| time| seen)?$"
    ),
}
"""After which intent a question with such words asks on about the same."""
_OF_THEM = re.compile(r"\b(?:them|those|these)\b")
_AGREED = re.compile(
    r"^(?:(?:yes|yep|yeah|ok|okay|sure|fine|good|great|right|alright|please|then|so|and|well) ?)*"
    r"(?:(?:do|make|prepare|propose|apply|go for|go with) (?:it|that|this|so)|go (?:ahead|on|for it)|make it so"
    r"|proceed|continue|yes|yep|yeah)"
    r"(?: then| please| now)*$"
)
_POINTS = re.compile(r"\b(?:that|it|this)\b(?! (?:event|class|template|source|log)\b)")
_COUNTS = frozenset({"template", "week", "effect"})
"""Intents whose answers count events, which "show them" means."""
_AFTER = frozenset({"effect", "propose"})
"""After which intents a "go ahead" asks for the review that was talked about."""
_ACTING = frozenset({"propose", "confirm", "order"})
"""Intents that only their own words ask for, whatever a question sounds like."""
_MANY_STRANGE = 2
_UNLIKELY, _LIKELY = 0.03, 0.4
"""Probabilities of the wording: below the first, it does not ask this; from the second on it most likely does."""
_AS_AN_EXAMPLE = 0.7
"""The likeness to an example from which on a question may ask this, however unlikely it sounds."""
_WEIGHT = 2.0
"""What the wording's probability counts against the likeness to examples and expressions (0 to 1.5)."""
_ABOUT_NOTHING = frozenset({"help", "greeting", "open", "meaning"})
"""Intents whose examples are made of words that any question has ("tell me")."""


@dataclass(frozen=True, slots=True)
class Route:
    """What a question asks for. ``calls`` is empty where nothing was understood."""

    calls: tuple[Call, ...]
    sureness: float = 0.0
    needs_event: tuple[str, ...] = ()
    """Intents that were understood but need an event, and none is open or named."""
    strange: bool = False
    """Whether the question has no word that any known question has, and so is about something else."""


@dataclass
class _Gathered:
    """What the clauses of a question ask for, one after the other."""

    calls: list[Call] = field(default_factory=list)
    unheld: list[Call] = field(default_factory=list)
    """Parts of the question that are not known."""
    lacking: list[str] = field(default_factory=list)
    sureness: float = 0.0

    def ask(self, scored: Scored, known: Bind) -> None:
        """Add what a clause asks."""
        clause = known.clause
        if scored.intent == "reviews" and _OF_THEM.search(clause.said) and any(c.tool == "similar" for c in self.calls):
            return  # the list of similar events says who reviewed each
        call = bind(scored.intent, known)
        if call is None:
            self.sureness = max(self.sureness, scored.score)
            self.lacking.append(scored.intent)
            return
        self.add(call, scored.score)
        if call.tool == "look_up" and not clause.texts:
            for number in clause.numbers[1:]:
                self.add(replace(call, arguments={**call.arguments, "text": number}), scored.score)

    def add(self, call: Call, sureness: float) -> None:
        """Add a call; what is asked of the same event's activity is one call."""
        self.sureness = max(self.sureness, sureness)
        place = next((n for n, c in enumerate(self.calls) if call.tool == "activity" and _alike(c, call)), None)
        if place is not None:
            both = (*self.calls[place].arguments["named"], *call.arguments["named"])
            self.calls[place] = replace(call, arguments={**call.arguments, "named": tuple(dict.fromkeys(both))})
        elif call not in self.calls:
            self.calls.append(call)

    def route(self, *, strange: bool) -> Route:
        """The calls, at most three beside the parts that are not known; greetings only where nothing is asked."""
        calls = [call for call in self.calls if call.intent != "greeting"] or self.calls
        if any(call.tool not in OUTSIDE for call in calls):
            calls = [call for call in calls if call.tool != "beyond"][:MOST_INTENTS] + self.unheld[:_MOST_UNHELD]
        else:
            calls = calls[:MOST_INTENTS]
        return Route(tuple(calls), self.sureness, tuple(dict.fromkeys(self.lacking)), strange)


def _alike(one: Call, other: Call) -> bool:
    return one.tool == other.tool and one.arguments["event_id"] == other.arguments["event_id"]


class Router:
    """Chooses tools for questions. Safe to share by threads."""

    def __init__(self, names: ClassNames, wording: Wording) -> None:
        self.names = names
        self.intents = load_intents()
        self.wording = wording

    def route(self, question: str, decided: DecidedEvent | None, past: Sequence[PastTurn]) -> Route:
        """The calls that answer a question about ``decided`` (the open event, ``None`` where none is)."""
        event_id = decided.event_id if decided is not None else None
        memory = Memory(past, event_id)
        clauses = clauses_of(question[:_LONGEST_QUESTION], self.names, decided, memory)
        words = _words_of(decided)
        foreign = [self._foreign(clause, words) for clause in clauses]
        gathered = _Gathered()
        for clause, many in zip(clauses, foreign, strict=True):
            if gathered.calls and _asked_with_it(clause, gathered.calls[-1]):
                continue
            known = Bind(self.names, clause, decided, memory)
            if (going_on := followed(known)) is not None:
                gathered.add(going_on, 1.0)
                continue
            scored = self._activity(known, gathered.calls) or self._intent(clause, many, memory, past)
            if (asked := _of_a_field(scored, known, gathered.calls)) is not None:
                gathered.add(asked, 1.0)
                continue
            if scored is not None and not scored.signed and gathered.unheld and _POINTS.search(clause.said):
                continue  # "did they use X, and does that matter?": "that" is not known either
            if scored is None or scored.intent == "beyond":
                gathered.unheld += _unheld(known)
            if scored is not None:
                gathered.ask(scored, known)
        return gathered.route(strange=bool(clauses) and all(foreign))

    def _activity(self, known: Bind, calls: Sequence[Call]) -> Scored | None:
        """That a clause only names activities, where it does."""
        last = calls[-1].intent if calls else known.memory.newest.get("intent")
        own = self.names.taxonomy.find(known.own) if known.own is not None else None
        asked = activities_asked(known.clause, self.names.taxonomy, own, goes_on=last == "activity")
        return Scored("activity", 1.0, signed=True) if asked and own is not None else None

    def _intent(self, clause: Clause, foreign: int, memory: Memory, past: Sequence[PastTurn]) -> Scored | None:
        said = clause.said
        asked = memory.newest.get("asked")
        if asked == "propose" and clause.class_uids and len(said.split()) <= 5:  # the answer to "which class?"
            return Scored("propose", 1.0)
        last = str(memory.newest.get("intent") or "") if past else ""
        if last and (intent := self._continued(last, clause)) is not None:
            return Scored(intent, 1.0)
        only_strange = foreign > 0 and not clause.names_something
        likely = self.wording.likely(said)
        found = []
        for scored in self._scores(clause, likely):
            if scored.intent == "class" and not _names_a_class(clause):
                continue
            if scored.intent == "field" and not names_a_field(clause):
                continue
            if not scored.signed and likely[scored.intent] < _UNLIKELY:
                continue
            if scored.intent in _ACTING and not scored.signed:
                continue
            alike = likely[scored.intent] >= _LIKELY and scored.intent not in _ABOUT_NOTHING
            if only_strange and not alike and (not scored.signed or foreign >= _MANY_STRANGE):
                continue
            found.append(scored)
        return found[0] if found and _is_asked(found[0], likely[found[0].intent]) else None

    def _scores(self, clause: Clause, likely: Mapping[str, float]) -> list[Scored]:
        """All intents with what examples, expressions and wording say for them together, the likeliest first."""
        known = {scored.intent: scored for scored in self.intents.score(clause.masked)}
        every = (known.get(intent, Scored(intent, 0.0)) for intent in likely)
        added = (replace(scored, score=scored.score + _WEIGHT * likely[scored.intent]) for scored in every)
        return sorted(added, key=lambda scored: -scored.score)

    def _foreign(self, clause: Clause, words: frozenset[str]) -> int:
        """How many telling words a question has when none is known; 0 when one is. ``words`` count as known."""
        strange, of = self.intents.strange(clause.said, words)
        return of if len(strange) == of else 0

    def _continued(self, last: str, clause: Clause) -> str | None:
        """What a question asks that only goes on with the one before ("and DNS?", "by whom?")."""
        said = clause.said
        if _BY_WHOM.match(said):
            return "similar" if last == "similar" else "reviews"
        if last in _TELLS_WHEN and _BARE_WHEN.match(said):
            return last
        if last in _COUNTS and _SHOWN.match(said):
            return "find"
        if last in _AFTER and _AGREED.match(said):
            return "propose"
        if (goes_on := _GOES_ON.get(last)) is not None and goes_on.search(said) and not clause.class_uids:
            return last
        if _ELLIPTIC.match(said) and len(said.split()) <= _SHORT:
            return self._again(last, clause)
        return None

    def _again(self, last: str, clause: Clause) -> str | None:
        """What an elliptic question asks, by what was asked before."""
        if clause.class_uids or clause.meant.class_uids:
            return last if last in ("class", "sure", "effect", "propose", "find", "compare") else "compare"
        if clause.meant.event_id is not None:
            return "why" if last in ("similar", "find", "template") else last
        if clause.meant.chunk_id is not None:
            return "guide"
        if clause.texts:
            return last if last in ("field", "value", "look_up") else "look_up"
        return "look_up" if clause.numbers else None


def _of_a_field(scored: Scored | None, known: Bind, calls: Sequence[Call]) -> Call | None:
    """The value of a field that a clause speaks of and asks nothing else; or whether that one, just told, is evidence.

    ("did they use mfa, and does that matter for the class?")
    """
    clause, decided = known.clause, known.open
    if decided is None or (scored is not None and scored.signed):
        return None
    last = calls[-1] if calls else None
    if last is not None and last.tool == "value" and _POINTS.search(clause.said) and re.search("class", clause.said):
        return Call("log", "log", {"event_id": decided.event_id, "named": tuple(last.arguments["names"])})
    name = field_spoken_of(clause.said, decided.raw) if scored is None and not clause.names_something else None
    return Call("value", "value", {"event_id": decided.event_id, "names": [name]}) if name is not None else None


def _is_asked(scored: Scored, likely: float) -> bool:
    """Whether a question asks this: an expression says so, an example is nearly the same, or the wording is likely."""
    alike = scored.score - _WEIGHT * likely >= _AS_AN_EXAMPLE
    return scored.score >= ENOUGH and (scored.signed or alike or likely >= _LIKELY)


def _asked_with_it(clause: Clause, last: Call) -> bool:
    """Whether the answer before tells it as well: each says why, and some say when ("who reviewed it, and when?")."""
    said = clause.said
    return bool(_BARE_WHY.match(said) or (last.intent in _TELLS_WHEN and _BARE_WHEN.match(said)))


def _unheld(known: Bind) -> list[Call]:
    """That a part of the question is not known, where it is a question of its own and no mere turn of phrase."""
    clause = known.clause
    telling = [w for w in clause.said.split() if w not in word_list("words")]
    if not telling or not is_whole_question(clause.text):
        return []
    event_id = known.open.event_id if known.open is not None else None
    return [Call("unknown", "beyond", {"event_id": event_id, "asked": clause.text})]


def _words_of(decided: DecidedEvent | None) -> frozenset[str]:
    """The words of an event's log, which a question may well use."""
    return frozenset(re.findall(r"[a-z]{3,}", decided.raw[:20_000].lower())) if decided is not None else frozenset()


def _names_a_class(clause: Clause) -> bool:
    """Whether a question about a class's meaning says which: by name, or as "this class", "it"."""
    pointed = re.search(r"\b(?:class|category|it|that|this|its)\b", clause.said) is not None
    return bool(clause.class_uids or clause.meant.class_uids) or pointed
