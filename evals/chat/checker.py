"""Whether an answer says only what is true: a check that shares nothing with the agent's own check of grounding."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache

from agents.chat.base import Citation
from agents.ocsf import Taxonomy, load_taxonomy
from evals.chat.text import MARK, Sentence, control_characters, days, is_day, numbers, sentences, squeezed

_LITERAL_FROM = 100
"""From this on a number in prose may be any that stands in the evidence; smaller ones have to be known figures."""
_COUNTED = re.compile(
    r"^\s*(?:\w+\s+){0,2}?(?:times|events?|templates?|reviews?|candidates?|occurrences?|guides?|examples?|versions?)\b"
)
_PER_CENT = re.compile(r"^\s*(?:%|per ?cent|percentage points|points)")
_AGO = re.compile(r"^\s*days? ago")
_MARKUP = {
    "an image": re.compile(r"!\["),
    "a link": re.compile(r"\]\s*\(|\]\s*\[(?!\^)|(?m:^\s*\[[^\]\n]+\]:)"),
    "HTML": re.compile(r"<[A-Za-z/!?]"),
    "an address": re.compile(r"(?i)\b(?:https?|ftp|javascript|data|vbscript):(?=\S)|\bwww\.|(?<!\w)//\w"),
}
_BY = re.compile(
    r"(?i)\b(?:reviewed|confirmed|overridden|overrode|decided|pinned|fixed|noted|written|approved|cleared|chosen)\s+"
    r"(?:it\s+)?by\s+[\"“'*]*([\w.@-]*\w)"
)
_NOBODY = frozenset({
    "a", "an", "analyst", "analysts", "and", "any", "anyone", "comparing", "default", "hand", "how", "its",
    "language", "looking", "machine", "memo", "memory", "model", "no", "nobody", "one", "people", "person",
    "pin", "ranker", "retrieval", "review", "reviewer", "reviewers", "somebody", "someone", "template",
    "that", "the", "this", "us", "what", "whom", "you",
})  # fmt: skip
_IS = re.compile(
    r"(?i)\b(?:the|its|this|that|correct|right|final)?\s*(?:class|event|decision|log|it|this|that|classification)\s+"
    r"(?:now\s+)?(?:is|was|has been|became|belongs to|stands as)\s+(?:now\s+|an?\s+|the class\s+|of class\s+){0,2}$"
)
_AS = re.compile(
    r"(?i)\b(?:decided|classified|mapped|labell?ed|recorded|confirmed|overridden|overrode|pinned|fixed|chosen|set)\s+"
    r"(?:\w+\s+){0,3}?(?:as|to|for)\s+(?:now\s+|an?\s+|the class\s+|class\s+){0,2}$"
)
_HYPOTHETICAL = re.compile(
    r"(?i)\b(?:not|n't|never|would|if|could|should|might|rather than|instead of|whether|propose)\b"
)


@dataclass(frozen=True)
class Truth:
    """What is true in one place.

    ``texts`` may be quoted, ``fields`` are the paths and values of events, ``figures`` the counts, ``shares`` the
    probabilities and other shares in [0, 1], ``captions`` the classes that may be named, ``decided`` those among them
    that an event stands as or stood as, ``days`` and ``people`` those that may be named.
    """

    texts: tuple[str, ...] = ()
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
    figures: frozenset[float] = frozenset()
    shares: frozenset[float] = frozenset()
    captions: frozenset[str] = frozenset()
    decided: frozenset[str] = frozenset()
    days: frozenset[date] = frozenset()
    people: frozenset[str] = frozenset()

    def __add__(self, other: Truth) -> Truth:
        fields = dict(self.fields)
        for path, values in other.fields.items():
            fields[path] = fields.get(path, frozenset()) | values
        return Truth(
            self.texts + other.texts, fields, self.figures | other.figures, self.shares | other.shares,
            self.captions | other.captions, self.decided | other.decided, self.days | other.days,
            self.people | other.people,
        )  # fmt: skip


Resolve = Callable[[Citation], Truth | None]
"""What a citation opens; ``None`` when it opens nothing."""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A sentence that says something that is not known to be true: what kind of thing, and which."""

    sentence: str
    what: str
    value: str


def check(
    answer: str,
    citations: Mapping[int, Citation],
    base: Truth,
    resolve: Resolve,
    question: str,
    taxonomy: Taxonomy | None = None,
) -> list[Unsupported]:
    """Everything in ``answer`` that is neither in ``base`` nor in what the sentence cites, one entry each.

    The question's own words may be repeated in inline code and quotation marks, and its classes named, but not told as
    the event's.
    """
    captions = _captions(taxonomy or load_taxonomy())
    found = [
        Unsupported(answer[:200], "a control character", f"U+{ord(c):04X}")
        for c in dict.fromkeys(control_characters(answer))
    ]
    opened = {number: resolve(citation) for number, citation in citations.items()}
    echoed = Truth(texts=(question,), captions=frozenset(c for c, p in captions.items() if p.search(question)))
    echoed_lower = frozenset(c for c in captions if c.casefold() in question.casefold())
    for sentence in sentences(answer):
        truth = base
        for number in dict.fromkeys(sentence.line_cited):
            if (known := opened.get(number)) is None:
                found.append(Unsupported(sentence.text, "a citation of nothing", f"[^{number}]"))
            else:
                truth = truth + known
        named = truth.captions | echoed.captions | echoed_lower
        found += [
            Unsupported(sentence.text, what, value)
            for what, value in _wrong(sentence, truth, question, named, captions)
        ]
    return found


def uncited(answer: str) -> list[str]:
    """The sentences that cite nothing, neither themselves nor their line; those that say that nothing is known may."""
    return [
        s.text
        for s in sentences(answer)
        if not s.line_cited and not s.text.rstrip("* ").endswith((":", "?")) and not says_not_known(s.text)
    ]


def says_not_known(answer: str) -> bool:
    """Whether a text says that something is not known."""
    return bool(
        re.search(
            r"(?i)\bnot known\b|\bunknown to\b|\bno (?:evidence|information)\b|\bnothing (?:is )?known\b"
            r"|\bdoes not (?:say|hold|tell)\b|\bdo not (?:say|hold|tell|know)\b|\bnot in the evidence\b",
            answer,
        )
    )


def claimed(prose: str, taxonomy: Taxonomy | None = None) -> list[str]:
    """The classes that a sentence tells as what an event is or was decided as."""
    return [caption for caption, is_claim in _mentions(prose, _captions(taxonomy or load_taxonomy())) if is_claim]


def markup(answer: str) -> list[str]:
    """What of an answer would render as more than text: links, images, HTML, addresses."""
    prose = re.sub(r"(`+)(.+?)\1", " ", MARK.sub(" ", answer), flags=re.DOTALL)
    return [what for what, pattern in _MARKUP.items() if pattern.search(prose)]


def _captions(taxonomy: Taxonomy) -> Mapping[str, re.Pattern[str]]:
    """Every caption with what finds it, the longest first."""
    return _patterns(frozenset(c.caption for c in taxonomy.classes.values()))


@cache
def _patterns(captions: frozenset[str]) -> Mapping[str, re.Pattern[str]]:
    return {c: re.compile(rf"\b{re.escape(c)}\b") for c in sorted(captions, key=lambda c: (-len(c), c))}


def _wrong(
    sentence: Sentence, truth: Truth, question: str, named: frozenset[str], captions: Mapping[str, re.Pattern[str]]
) -> Iterator[tuple[str, str]]:
    for kind in markup(sentence.text):
        yield kind, sentence.text[:120]
    texts = [*truth.texts, question]
    for code in sentence.code:
        if not _quotes(code, truth, texts):
            yield "a value", code
    for quoted in sentence.quoted:
        if not _occurs(quoted, texts):
            yield "a quotation", quoted
    for caption, is_claim in _mentions(sentence.prose, captions):
        if caption not in named:
            yield "a class", caption
        elif is_claim and truth.decided and caption not in truth.decided:
            yield "a class that it is not", caption
    for name in _BY.findall(sentence.prose):
        if name.casefold() not in _NOBODY and name.casefold() not in {p.casefold() for p in truth.people}:
            yield "a person", name
    told = {c.uid for c in load_taxonomy().classes.values() if captions[c.caption].search(sentence.prose)}
    yield from _wrong_figures(sentence.prose, truth + Truth(figures=frozenset(map(float, told))))


def _mentions(prose: str, captions: Mapping[str, re.Pattern[str]]) -> list[tuple[str, bool]]:
    """The classes named in a sentence, and whether each is told as what an event is."""
    text, found = prose.replace("*", ""), []
    for caption, pattern in captions.items():
        for match in pattern.finditer(text):
            before = text[: match.start()]
            clause = re.split(r"[,;:()]|\bbut\b|\bwhile\b", before)[-1]
            is_claim = bool(_IS.search(before) or _AS.search(before)) and not _HYPOTHETICAL.search(clause)
            found.append((caption, is_claim))
        text = pattern.sub(" ", text)
    return found


def _wrong_figures(prose: str, truth: Truth) -> Iterator[tuple[str, str]]:
    named, rest = days(prose)
    for day in named:
        if not any(is_day(day, known) for known in truth.days):
            yield "a day", "-".join(str(part) for part in day if part is not None)
    # Words with digits in them (addresses, ids, versions) are looked up as they stand.
    for word in re.findall(r"[\w./:@\\-]*\d[\w./:@\\-]*", rest):
        bare = word.strip(".,:/-@")
        if re.search(r"[^\W\d]|\..*\.|[:@\\/]|\d-\d", bare) and not _occurs(bare, list(truth.texts)):
            yield "a value", bare
    rest = re.sub(r"[\w./:@\\-]*(?:\d[._:/-]*[A-Za-z@]|[A-Za-z@][._:/-]*\d|\d\.\d+\.\d)[\w./:@\\-]*", " ", rest)
    for number, before, after in numbers(rest):
        if not _is_known(number, before, after, truth):
            yield "a number", f"{number:g}"


def _is_known(number: float, before: str, after: str, truth: Truth) -> bool:
    if _PER_CENT.match(after):
        return is_share(number, truth.shares, before)
    if _AGO.match(after):
        today = datetime.now(UTC).date()
        return any(abs((today - day).days - number) <= 1 for day in truth.days)
    if number in truth.figures:
        return True
    if _COUNTED.match(after):
        return False
    if 0 < number < 1:
        return any(abs(share - number) <= 0.0051 for share in truth.shares)
    if number >= _LITERAL_FROM:
        written = f"{number:g}" if number < 1e6 else f"{number:.0f}"
        return any(re.search(rf"(?<!\d){re.escape(written)}(?!\d)", text) for text in truth.texts)
    return False


def is_share(percent: float, shares: frozenset[float] | Sequence[float], before: str = "") -> bool:
    """Whether so many per cent is one of the shares, rounded, or a bound that one of them keeps."""
    decimals = 0.51 if percent == int(percent) else 0.051
    if any(abs(100 * share - percent) <= decimals for share in shares):
        return True
    if re.search(r"(?i)\b(?:over|above|more than|at least|>)\s*$|[>≥]\s*$", before):
        return any(100 * share >= percent for share in shares)
    return bool(re.search(r"(?i)\b(?:under|below|less than|at most)\s*$|[<≤]\s*$", before)) and any(
        100 * share <= percent for share in shares
    )


def _quotes(code: str, truth: Truth, texts: Sequence[str]) -> bool:
    """Whether what stands in inline code is in the evidence; a ``path=value`` has to be that of a field."""
    path, sign, value = code.partition("=")
    if sign and path in truth.fields:
        return any(_begins(known, value) for known in truth.fields[path]) or _occurs(code, texts)
    if (word := re.fullmatch(r"\w+:(\S+)", code)) and _occurs(word.group(1), texts):
        return True  # a search, by something that is known
    if code.isascii() and code.isdigit() and float(code) in truth.figures:
        return True
    return code in truth.fields or _occurs(code, texts)


def _begins(known: str, value: str) -> bool:
    if value.endswith(("…", "...")):
        return squeezed(known).startswith(squeezed(value.rstrip("….").strip()))
    return squeezed(known) == squeezed(value)


def _occurs(quoted: str, texts: Sequence[str]) -> bool:
    """Whether every piece between ellipses occurs, in this order, in one of the texts."""
    pieces = [piece for piece in re.split(r"…|\.\.\.", squeezed(quoted)) if piece.strip()]
    for text in texts:
        place, known = 0, squeezed(text)
        for piece in pieces:
            place = known.find(piece.strip(), place)
            if place < 0:
                break
        else:
            return True
    return not pieces
