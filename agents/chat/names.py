"""Class names as analysts write them: captions, uids, nicknames, with typos, found in a question."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from importlib.resources import files

import yaml

from agents.ocsf import OcsfClass, Taxonomy

_WORD = re.compile(r"[^\W_]+(?:'s)?")
_SIMILAR = 0.84
_SHORTEST_FUZZY = 6
_LONGEST_NAME = 5  # words
_ENDINGS = frozenset({"event", "events", "class", "activity", "activities"})


@dataclass(frozen=True, slots=True)
class Named:
    """A class found in a text, and the half-open character range that names it."""

    ocsf_class: OcsfClass
    start: int
    end: int


class ClassNames:
    """Finds the classes of a taxonomy in questions. Safe to share by threads."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        content = files(__package__).joinpath("nicknames.yaml").read_text(encoding="utf-8")
        self._data: Mapping[str, list[str]] = yaml.safe_load(content)["classes"]
        self._cue = re.compile(
            r"(?:\b(?:not|nor|to|than|vs|versus|or|and|class|as|an?|of|with|is it|about|for|into|like|be|was|over|"
            r"between|against|from|propose|choose|why|compare|all|find|search)\b|[,/:&?]|^)\W*$",
            re.IGNORECASE,
        )

    def find(self, text: str) -> list[Named]:
        """The classes that a text names, in the order of reading, each place once, the longest name first."""
        words = list(_WORD.finditer(text))
        found: list[Named] = []
        taken: set[int] = set()
        for length in range(min(_LONGEST_NAME, len(words)), 0, -1):
            for first in range(len(words) - length + 1):
                places = range(first, first + length)
                if taken.intersection(places):
                    continue
                start, end = words[first].start(), words[first + length - 1].end()
                ocsf_class = self._class_of(text, start, end)
                if ocsf_class is not None:
                    found.append(Named(ocsf_class, start, end))
                    taken.update(places)
        return sorted(found, key=lambda n: n.start)

    def one(self, name: str) -> OcsfClass | None:
        """The class that a whole text names: uid, caption, schema name, nickname, or nearly so."""
        key = _key(name)
        if key.isdigit():
            return self.taxonomy.find(int(key))
        return self._keys.get(key) or self._nicknames.get(key) or self._nearly(key)

    def exactly(self, name: str) -> OcsfClass | None:
        """The class whose caption, schema name or nickname a whole text is."""
        return self._keys.get(_key(name)) or self._nicknames.get(_key(name))

    def _class_of(self, text: str, start: int, end: int) -> OcsfClass | None:
        written = text[start:end]
        key = _key(written)
        if key.isdigit():
            before = text[:start]
            if key != written or re.search(
                r"(?:event|event ?id|id|code|message|number|port)\W*$", before, re.IGNORECASE
            ):
                return None
            found = self.taxonomy.find(int(key))
            return found if found is not None and (found.uid or re.search(r"class\W*$", before)) else None
        if key in self._keys:
            return self._keys[key]
        if key in self._nicknames and (key in self._acronyms or self._cue.search(text[:start])):
            return self._nicknames[key]
        return self._nearly(key) if written[:1].isalpha() else None

    def _nearly(self, key: str) -> OcsfClass | None:
        """The class whose name differs by a typo or two."""
        if len(key) < _SHORTEST_FUZZY:
            return None
        best, likeness = None, _SIMILAR
        for name, ocsf_class in self._keys.items():
            if abs(len(name) - len(key)) > 2 or len(name) < _SHORTEST_FUZZY or name[0] != key[0]:
                continue
            ratio = SequenceMatcher(None, name, key, autojunk=False).ratio()
            if ratio > likeness:
                best, likeness = ocsf_class, ratio
        return best

    @cached_property
    def _keys(self) -> Mapping[str, OcsfClass]:
        """Classes by squeezed captions and schema names; the current ones win."""
        found: dict[str, OcsfClass] = {}
        for ocsf_class in sorted(self.taxonomy.classes.values(), key=lambda c: (c.deprecated, c.uid)):
            for text in (ocsf_class.caption, ocsf_class.name.rpartition("/")[2]):
                found.setdefault(_key(text), ocsf_class)
        return found

    @cached_property
    def _acronyms(self) -> frozenset[str]:
        """Acronyms that begin a caption ("DNS"), which mean the class wherever they stand."""
        heads = (ocsf_class.caption.partition(" ")[0] for ocsf_class in self.taxonomy.current)
        return frozenset(_key(head) for head in heads if head.isupper() and len(head) > 2)

    @cached_property
    def _nicknames(self) -> Mapping[str, OcsfClass]:
        """Classes by their nicknames, and by captions without their last word ("DNS", "file system")."""
        found: dict[str, OcsfClass] = {}
        for caption, names in self._data.items():
            ocsf_class = self.taxonomy.find(caption)
            if ocsf_class is not None:
                found.update((_key(name), ocsf_class) for name in names)
        for ocsf_class in self.taxonomy.current:
            head, _, last = ocsf_class.caption.rpartition(" ")
            if head and last.lower() in _ENDINGS:
                found.setdefault(_key(head), ocsf_class)
        return found


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
