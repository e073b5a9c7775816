"""Which guides an event satisfies, without asking every guide."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import re2

from agents.events.event import printable
from agents.knowledge.catalog.guide import (
    FREE_TEXT_PATH,
    RAW_PATH,
    TEXT_PATHS,
    Condition,
    EventView,
    Guide,
    GuideMatch,
    pattern_options,
)

_Key = tuple[str, str | None]
"""A field path, and the value it must have (lower case) or ``None`` where any value will do."""

_LONGEST_TEXT = 200_000
_PORTION = 1000  # patterns


class GuideIndex:
    """Guides by the one condition of each that the fewest others share.

    A guide is tried only when the event has that condition's field (and value, where it asks for equality), or may
    have its text, so an event pays for the few dozen guides that might fit and not for the thousands that cannot.
    Texts are sought all at once: RE2's FilteredRE2 needs one pass over the event for the words that any pattern asks
    for (https://github.com/google/re2/blob/main/re2/filtered_re2.h).
    """

    def __init__(self, guides: Iterable[Guide]) -> None:
        self.guides: Mapping[str, Guide] = {guide.guide_id: guide for guide in guides}
        asked = Counter(
            key for guide in self.guides.values() for condition in guide.match for key in set(_keys(condition))
        )
        self._by_key: dict[_Key, list[Guide]] = {}
        self._always: list[Guide] = []
        texts: dict[str, list[Guide]] = {}
        for guide in self.guides.values():
            keys = min((keys for c in guide.match if (keys := _keys(c))), key=lambda k: _cost(k, asked), default=())
            patterns = max((_patterns(c) for c in guide.match), key=_length, default=())
            if keys and (keys[0][1] is not None or not patterns):
                for key in dict.fromkeys(keys):
                    self._by_key.setdefault(key, []).append(guide)
            elif patterns:
                for pattern in patterns:
                    texts.setdefault(pattern, []).append(guide)
            else:
                self._always.append(guide)
        self._by_text = list(texts.values())
        self._filters = _filters(list(texts))

    def __len__(self) -> int:
        return len(self.guides)

    def match(self, view: EventView, exclude_products: frozenset[str] = frozenset()) -> list[GuideMatch]:
        """The guides whose conditions all hold, most specific first, then by id; none of the excluded products."""
        tried = {guide.guide_id: guide for guide in self._always}
        for path, fields in view.by_path.items():
            for guide in self._by_key.get((path, None), ()):
                tried[guide.guide_id] = guide
            for field in fields:
                for guide in self._by_key.get((path, field.value.lower()), ()):
                    tried[guide.guide_id] = guide
        text = _whole_text(view) if self._filters else ""
        for start, filtering in self._filters:
            for number in filtering.Match(text, True) or ():
                for guide in self._by_text[start + number]:
                    tried[guide.guide_id] = guide
        guides = (guide for guide in tried.values() if guide.product not in exclude_products)
        matches = [match for guide in guides if (match := guide.matches(view))]
        return sorted(matches, key=lambda m: (-m.guide.specificity, m.guide.guide_id))


def _keys(condition: Condition) -> tuple[_Key, ...]:
    """Keys of which an event must have one for the condition to hold; none where that cannot be said."""
    if condition.negated or not TEXT_PATHS.isdisjoint(condition.paths):
        return ()
    if condition.operator == "equals":
        return tuple((path, value) for path in condition.paths for value in condition.values)
    return tuple((path, None) for path in condition.paths)


def _cost(keys: Iterable[_Key], asked: Counter[_Key]) -> tuple[bool, int]:
    """Conditions on values before those on mere fields, rarely shared before common ones."""
    return any(value is None for _, value in keys), max(asked[key] for key in keys)


def _patterns(condition: Condition) -> tuple[str, ...]:
    """Patterns of which an event must hold one somewhere; none where that cannot be said."""
    if condition.negated or condition.operator == "exists":
        return ()
    if condition.operator == "regex":
        return condition.values
    return tuple(map(re.escape, condition.values)) if all(condition.values) else ()


def _length(patterns: tuple[str, ...]) -> int:
    """How telling alternatives are: as much as the shortest of them."""
    return min(map(len, patterns), default=0)


def _filters(patterns: Sequence[str]) -> list[tuple[int, re2.Filter]]:
    """Filters over portions of the patterns, each with the number of its first pattern.

    One filter over all of them would not fit into the memory that RE2 allows itself.
    """
    options = pattern_options()
    filters = []
    for start in range(0, len(patterns), _PORTION):
        built = re2.Filter()
        for pattern in patterns[start : start + _PORTION]:
            built.Add(pattern, options)
        built.Compile()
        filters.append((start, built))
    return filters


def _whole_text(view: EventView) -> str:
    """All that a condition may read: the raw log, and what reads otherwise once escapes are resolved."""
    raw, message = view.texts[RAW_PATH], view.texts[FREE_TEXT_PATH]
    resolved = (
        field.value.lower()
        for field in view.event.fields
        if field.span is None or field.span[1] - field.span[0] != len(field.value)
    )
    return printable("\n".join([raw, message, *resolved])[:_LONGEST_TEXT])
