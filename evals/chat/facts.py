"""Whether an answer holds the facts that it must, and none that it must not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from agents.chat.base import Answered
from agents.ocsf import Taxonomy
from evals.chat.checker import is_share
from evals.chat.suite import Fact
from evals.chat.text import MARK, WORDS, control_characters, days, is_day, numbers, squeezed
from evals.chat.truth import Truths
from evals.data import DataError

_REFERENCE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Names:
    """What ``{…}`` stands for in the questions and facts about one event; ``other/name`` is of another event."""

    truths: Truths
    taxonomy: Taxonomy
    event: str | None
    more: Mapping[str, str]

    def value(self, name: str) -> Any:
        """The value behind a name.

        Raises:
            DataError: the event has none.
        """
        other, slash, rest = name.partition("/")
        if slash:
            return Names(self.truths, self.taxonomy, other, self.more).value(rest)
        if name in self.more:
            return self.more[name]
        kind, colon, caption = name.partition(":")
        if colon and kind == "class":
            found = self.taxonomy.find(caption)
            if found is None:
                raise DataError(f"no class {caption!r}")
            return " ".join(found.description.split()[:5]).rstrip(".,;:")
        known = self.truths.names(self.event) if self.event is not None else {}
        if name not in known:
            raise DataError(f"{self.event} has no {name!r}")
        return known[name]

    def text(self, template: str) -> str:
        """A text with its references filled in. Raises ``DataError`` as ``value``."""
        return _REFERENCE.sub(lambda match: str(self.value(match.group(1))), template)


def holds(fact: Fact, answered: Answered, raw: str, names: Names) -> bool:
    """Whether an answer holds a fact; ``raw`` is the log of the event that is open.

    Raises:
        DataError: the fact refers to something that there is not.
    """
    if isinstance(fact, str):
        return says(answered.content, names.text(fact))
    if isinstance(fact, list):
        return any(holds(one, answered, raw, names) for one in fact)
    ((kind, wanted),) = fact.items()
    return bool(_PREDICATES[kind](wanted, answered, raw, names))


def says(content: str, text: str) -> bool:
    """Whether a text occurs as whole words, whatever its case, spaces and emphasis."""
    content = squeezed(MARK.sub("", content).replace("`", ""))
    wanted = re.escape(squeezed(text.replace("`", "")))
    return bool(re.search(rf"(?<!\w){wanted}(?!\w)", content))


def describe(fact: Fact, names: Names) -> str:
    """A fact in words for reports, its references filled in."""
    if isinstance(fact, str):
        return names.text(fact)
    if isinstance(fact, list):
        return " or ".join(describe(one, names) for one in fact)
    ((kind, wanted),) = fact.items()
    if kind in ("percent", "count", "date"):
        return f"{kind} {wanted} ({names.value(wanted) if isinstance(wanted, str) else wanted})"
    return f"{kind} {names.text(wanted) if isinstance(wanted, str) else wanted}"


def _percent(wanted: str, answered: Answered, _raw: str, names: Names) -> bool:
    share = float(names.value(wanted))
    for number, before, after in numbers(MARK.sub("", answered.content).replace("*", "").replace("`", "")):
        if re.match(r"\s*(?:%|per ?cent|percentage points|points)", after):
            if is_share(number, [share], before):
                return True
        elif 0 <= number <= 1 and abs(number - share) <= 0.0051 and not float(number).is_integer():
            return True
    return False


def _count(wanted: str | int, answered: Answered, _raw: str, names: Names) -> bool:
    number = int(wanted if isinstance(wanted, int) else names.value(wanted))
    content = MARK.sub("", answered.content).replace("*", "").replace("`", "")
    _, rest = days(content)
    words = {word for word, value in WORDS.items() if value == number}
    words |= {0: {"no", "none", "nothing"}, 1: {"once", "only event", "only one"}, 2: {"twice"}}.get(number, set())
    return any(value == number for value, _, _ in numbers(rest)) or any(
        re.search(rf"(?i)\b{word}\b", rest) for word in words
    )


def _date(wanted: str, answered: Answered, _raw: str, names: Names) -> bool:
    day: date = names.value(wanted)
    content = MARK.sub("", answered.content).replace("*", "").replace("`", "")
    if any(is_day(named, day) for named in days(content)[0]):
        return True
    ago = (datetime.now(UTC).date() - day).days
    named = {0: r"(?i)\btoday\b", 1: r"(?i)\byesterday\b"}.get(ago)
    if named is not None and re.search(named, content):
        return True
    return any(re.match(r"\s*days? ago", after) and abs(number - ago) <= 1 for number, _, after in numbers(content))


def _link(wanted: str, answered: Answered, _raw: str, _names: Names) -> bool:
    urls = [link.url for link in answered.links]
    urls += [c.citation.url for c in answered.citations if c.citation.url is not None]
    return any(url.startswith(wanted) and not url.startswith("//") for url in urls)


def _proposal(wanted: str, answered: Answered, _raw: str, names: Names) -> bool:
    if wanted == "none":
        return answered.proposal is None
    return answered.proposal is not None and answered.proposal.class_name == names.text(wanted)


def _cites(wanted: str, answered: Answered, _raw: str, _names: Names) -> bool:
    for cited in answered.citations:
        citation = cited.citation
        # A citation of a span or a field shows where in the log; what matters is that the log is shown.
        if str(citation.kind) == wanted or (wanted == "span" and citation.spans):
            return True
        if {"chunk": citation.chunk_id, "class": citation.class_uid}.get(wanted) is not None:
            return True
    return False


def _highlights(wanted: str, answered: Answered, raw: str, names: Names) -> bool:
    text = names.text(wanted)
    return any(text in raw[a:b] for cited in answered.citations for a, b in cited.citation.spans)


_PREDICATES: Mapping[str, Any] = {
    "percent": _percent, "count": _count, "date": _date, "link": _link, "proposal": _proposal, "cites": _cites,
    "highlights": _highlights,
}  # fmt: skip


def has_control_characters(answered: Answered) -> bool:
    """Whether the answer, or the words of a chip or link, hold control or bidirectional characters."""
    labels = [c.citation.label for c in answered.citations] + [link.label for link in answered.links]
    return any(control_characters(text) for text in (answered.content, *labels))
