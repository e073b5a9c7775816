"""Whether a sentence says no more than the facts that it cites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

import yaml

from agents.chat.base import Fact
from agents.ocsf import Taxonomy

MARK = re.compile(r"\s?\[\^(\d{1,3})\]")
_CODE = re.compile(r"`([^`]*)`")
_PAIR = re.compile(r"`([^`]*)`\s*(?:=|:|is|was)\s*`([^`]*)`")
_QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]{1,300})[\"“”»]")
_NUMBER = re.compile(r"\d(?:[\d,.:/-]*\d)?")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|nothing|nobody|cannot|isn't|wasn't|doesn't|didn't|don't|won't|can't"
    r"|couldn't|shouldn't|wouldn't|hasn't|haven't|hadn't|aren't|weren't|unlike|lacks?|fails? to)\b",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"!\[|\]\s*[(\[:]|<\s*[a-zA-Z/!?]|&(?:#\w+|[a-zA-Z]+);|[a-zA-Z][a-zA-Z0-9+.-]*://|\bwww\.|\b(?:javascript|data|mailto)\s*:"
    r"|(?<!\w)/(?:api|events|queue|search|knowledge|settings)\b|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|co|info|biz|ru|cn|xyz|dev"
    r"|app|site|online|top|me|example|test|local)\b|@\w|^\||```|\$\$",
    re.IGNORECASE | re.MULTILINE,
)
_DECIDED = re.compile(
    r"\b(?:decid|classif|mapp|chos|choos|select|assign|label|pick|prefer|won|wins|correct|right|belongs|resolv|overrid|confirm"
    r"|pinn|stands)\w*",
    re.IGNORECASE,
)
_COUNTING = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBER_WORDS = {word: str(number) for number, word in enumerate(_COUNTING, start=2)} | {
    "hundred": "100",
    "thousand": "1000",
    "million": "1000000",
    "dozen": "12",
}
_SHORTEST_WORD = 3


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict on a sentence: ``reason`` is empty when it is grounded in the facts ``cited`` (by number from 1)."""

    reason: str
    cited: tuple[int, ...] = ()

    @property
    def grounded(self) -> bool:
        """Whether it may be told."""
        return not self.reason


@dataclass(frozen=True)
class _Read:
    """A text as it is checked."""

    text: str
    captions: tuple[str, ...]
    """Class captions in the order of reading, in lower case."""
    sentence: str = ""
    """The sentence alone, where ``text`` holds values beside it."""

    @cached_property
    def codes(self) -> tuple[str, ...]:
        return tuple(_CODE.findall(self.text))

    @cached_property
    def bare(self) -> str:
        """Without inline code and marks."""
        return MARK.sub("", _CODE.sub(" ", self.text))

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(map(_number, _NUMBER.findall(self.text)))

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(_stem(w) for w in _WORD.findall(self.text.lower()))

    @cached_property
    def negated(self) -> bool:
        return _NEGATION.search(self._alone.replace("\u2019", "'")) is not None

    @cached_property
    def _alone(self) -> str:
        return MARK.sub("", _CODE.sub(" ", self.sentence or self.text))


class Grounding:
    """Checks sentences against the facts of one turn, numbered from 1 in their order.

    ``decided`` is the caption of the class that was decided, the only one that a sentence may call so without a fact
    that says it.
    """

    def __init__(self, facts: Sequence[Fact], taxonomy: Taxonomy, decided: str = "") -> None:
        self._captions = _captions(taxonomy)
        self._decided = decided.lower()
        self.facts = tuple(facts)
        self._read = tuple(self._reading(f"{f.text} {' '.join(sorted(f.values))}", f.text) for f in facts)

    def check(self, sentence: str) -> Checked:
        """Whether a sentence with its marks may be told, and if not, why."""
        cited = tuple(dict.fromkeys(int(n) for n in MARK.findall(sentence)))
        if not cited:
            return Checked("cites nothing")
        if any(not 1 <= n <= len(self.facts) for n in cited):
            return Checked("cites what does not exist")
        body = MARK.sub("", sentence).strip()
        said = _Read(body, self._named(body))
        facts = [self._read[n - 1] for n in cited]
        for verdict in (_markup, _codes, _numbers, _classes, _words, _negation, _pairs):
            reason = verdict(said, facts)
            if reason:
                return Checked(reason, cited)
        return Checked(self._claims(said, facts), cited)

    def covers(self, sentence: str, number: int) -> bool:
        """Whether a grounded sentence tells what a fact says: its names, numbers and quoted values, most of them."""
        fact, said = self._read[number - 1], _Read(sentence, self._named(sentence))
        own = _Read(self.facts[number - 1].text, self._named(self.facts[number - 1].text))
        wanted = {*own.codes, *own.numbers, *own.captions}
        if not wanted:
            return True
        have = {*said.codes, *said.numbers, *said.captions}
        return len(wanted & have) >= max(1, round(len(wanted) * 0.6)) and fact.negated == said.negated

    def _reading(self, text: str, sentence: str) -> _Read:
        return _Read(text, self._named(sentence), sentence)

    def _named(self, text: str) -> tuple[str, ...]:
        """Captions that a text names, those of one word only where they are capitalised."""
        return tuple(found.group().lower() for found in self._captions.finditer(_CODE.sub(" ", text)))

    def _claims(self, said: _Read, facts: Sequence[_Read]) -> str:
        """A class may be called the decided one only if it is, or if one of the facts says just that."""
        bare = said.bare.lower()
        for caption in set(said.captions) - {self._decided}:
            claims = _DECIDED.search(bare) is not None or re.search(
                rf"\b(?:is|was|as|be|class)\s+(?:the class\s+|really\s+|actually\s+)?(?:an?\s+|the\s+)?"
                rf"{re.escape(caption)}", bare,
            )  # fmt: skip
            if claims and not any(_says_so(said, fact, caption) for fact in facts):
                return "calls a class the decision that is not"
        denied = said.negated and set(said.captions) == {self._decided}
        if denied and not any(self._decided in fact.captions and fact.negated for fact in facts):
            return "denies the decision"
        return ""


def _markup(said: _Read, facts: Sequence[_Read]) -> str:  # noqa: ARG001 - one of a row of checks
    return "links, images, markup or addresses" if _MARKUP.search(_CODE.sub(" ", said.text)) else ""


def _codes(said: _Read, facts: Sequence[_Read]) -> str:
    for value in (*said.codes, *_QUOTED.findall(said.bare)):
        if not any(value.strip() and value in fact.text for fact in facts):
            return "quotes what no cited fact holds"
    for one, two in zip(said.codes, said.codes[1:], strict=False):
        if not any(one in fact.text and two in fact.text for fact in facts):
            return "joins values of different facts"
    for path, value in _PAIR.findall(said.text):
        if not any(f"`{path}` {sign} `{value}`" in fact.text for fact in facts for sign in ("=", "is")):
            return "joins values of different facts"
    if said.text.count("`") % 2:
        return "unbalanced code"
    return ""


def _numbers(said: _Read, facts: Sequence[_Read]) -> str:
    known = frozenset().union(*(fact.numbers for fact in facts))
    words = {w for w in _WORD.findall(said.bare.lower()) if w in _NUMBER_WORDS}
    stems = frozenset().union(*(fact.stems for fact in facts))
    if not {_number(n) for n in _NUMBER.findall(said.bare)} <= known:
        return "a number that no cited fact holds"
    if any(_NUMBER_WORDS[w] not in known and _stem(w) not in stems for w in words):
        return "a number that no cited fact holds"
    return ""


def _classes(said: _Read, facts: Sequence[_Read]) -> str:
    known = {caption for fact in facts for caption in fact.captions}
    known |= {c for c in said.captions if any(c in fact.text.lower() for fact in facts)}
    return "" if set(said.captions) <= known else "a class that no cited fact names"


def _words(said: _Read, facts: Sequence[_Read]) -> str:
    known = frozenset().union(*(fact.stems for fact in facts))
    for word in _WORD.findall(said.bare.lower().replace("\u2019", "'")):
        if len(word) >= _SHORTEST_WORD and word not in _NUMBER_WORDS and not (_stem(word) in known or word in _glue()):
            return f"a word that no cited fact has: {word}"
    return ""


def _negation(said: _Read, facts: Sequence[_Read]) -> str:
    """Against the cited fact that is most alike: what it denies stays denied, what it affirms affirmed."""
    nearest = max(facts, key=lambda fact: len(fact.stems & said.stems))
    return "" if nearest.negated == said.negated else "turns a fact around"


def _pairs(said: _Read, facts: Sequence[_Read]) -> str:
    """Shares stand with the class that a fact gives them, and classes in the order of a fact that has them all."""
    text = said.bare.lower()
    places = [(text.find(c), c) for c in set(said.captions)]
    for found in re.finditer(r"(\d[\d.,]*)\s*(?:%|percent|points)", text):
        if not places:
            break
        before = [p for p in places if p[0] <= found.start()]
        caption = max(before)[1] if before else min(places)[1]
        holders = [f for f in facts if _number(found.group(1)) in f.numbers]
        if not any(caption in f.captions or not f.captions for f in holders):
            return "a share of another class"
    if len(said.captions) > 1:
        whole = [f for f in facts if set(said.captions) <= set(f.captions)]
        order = list(dict.fromkeys(said.captions))
        if whole and not any([c for c in dict.fromkeys(f.captions) if c in order] == order for f in whole):
            return "classes in another order"
    return ""


def _says_so(said: _Read, fact: _Read, caption: str) -> bool:
    if caption not in fact.captions or said.negated != fact.negated:
        return False
    claimed = {w.lower()[:5] for w in _DECIDED.findall(said.bare)}
    return not claimed or bool(claimed & {w.lower()[:5] for w in _DECIDED.findall(fact.text)})


def _number(text: str) -> str:
    plain = text.replace(",", "")
    return plain.rstrip("0").rstrip(".") if re.fullmatch(r"\d+\.\d+", plain) else plain


@cache
def _stem(word: str) -> str:
    """A crude stem, the same for both sides: endings of number, tense and agent gone."""
    word = word.lower().split("'")[0].split("\u2019")[0]
    for ending in ("ations", "ation", "ingly", "edly", "ings", "ing", "ied", "ies", "ers", "ed", "es", "ly", "er", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word.rstrip("ey") if len(word) > 4 else word


@cache
def _glue() -> frozenset[str]:
    """Words that claim nothing by themselves."""
    content = files(__package__).joinpath("glue.yaml").read_text(encoding="utf-8")
    return frozenset(" ".join(yaml.safe_load(content)["words"]).split())


_KNOWN: dict[str, re.Pattern[str]] = {}


def _captions(taxonomy: Taxonomy) -> re.Pattern[str]:
    """All captions as one expression, the longest first; single words only capitalised, as names are."""
    if taxonomy.version not in _KNOWN:
        names = sorted({c.caption for c in taxonomy.classes.values()}, key=len, reverse=True)
        _KNOWN[taxonomy.version] = re.compile(rf"\b(?:{'|'.join(map(_pattern, names))})\b")
    return _KNOWN[taxonomy.version]


def _pattern(caption: str) -> str:
    return re.escape(caption) if " " not in caption else f"(?i:{re.escape(caption)})"


def grounded_all(sentences: Iterable[str], grounding: Grounding) -> bool:
    """Whether every sentence is."""
    return all(grounding.check(sentence).grounded for sentence in sentences)
