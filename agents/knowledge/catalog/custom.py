"""Guides that people add: read from the text of one guide, and asked beside the packaged ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from typing import Any

import orjson
import yaml

from agents.events import parse
from agents.knowledge.catalog.guide import EventView, Guide, GuideMatch
from agents.knowledge.catalog.index import GuideIndex
from agents.knowledge.catalog.loader import CatalogError, GuideReader, YamlLoader
from agents.knowledge.catalog.samples import PLACEHOLDERS, fill, placeholders
from agents.ocsf import Taxonomy

CUSTOM = "guide:custom:"
"""What the ids of guides that people added start with."""

MAX_CHARACTERS = 64_000
_DEEPEST = 40
_NAME = "guide"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a guide's text, and in which line (from 1)."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class CheckedGuide:
    """A guide as it was read, ``None`` when there are problems."""

    guide: Guide | None
    problems: tuple[Problem, ...] = ()


class CustomGuides:
    """Guides that people added. One with product and id of a packaged guide stands in its place.

    ``replaced`` are the ids of the packaged guides that are not asked any more; ``version`` is 12 hex digits that
    change with every guide, empty without any.
    """

    def __init__(self, guides: Iterable[Guide] = ()) -> None:
        self._index = GuideIndex(guides)
        self.guides: Mapping[str, Guide] = self._index.guides
        self.replaced = frozenset(packaged_id(guide_id) for guide_id in self.guides)

    @cached_property
    def version(self) -> str:
        """See the class."""
        if not self.guides:
            return ""
        told = [[g.guide_id, g.title, g.class_uid, g.to_metadata()] for _, g in sorted(self.guides.items())]
        return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]

    def match(self, view: EventView, exclude_products: frozenset[str] = frozenset()) -> list[GuideMatch]:
        """The guides whose conditions all hold; see ``GuideIndex.match``."""
        return self._index.match(view, exclude_products)

    def put(self, guide: Guide) -> CustomGuides:
        """These guides and ``guide``, which replaces the one with its id."""
        return CustomGuides({**self.guides, guide.guide_id: guide}.values())

    def without(self, guide_id: str) -> CustomGuides:
        """These guides but the one with this id."""
        return CustomGuides(guide for guide in self.guides.values() if guide.guide_id != guide_id)


def custom_id(guide_id: str) -> str:
    """The id of the guide that would stand in the place of a packaged one."""
    return CUSTOM + guide_id.removeprefix("guide:")


def packaged_id(guide_id: str) -> str:
    """The id of the packaged guide in whose place a custom one would stand."""
    return "guide:" + guide_id.removeprefix(CUSTOM)


def check_guide(text: str, taxonomy: Taxonomy) -> CheckedGuide:
    """The one guide in ``text``, in the format of the catalog's files, and everything that is wrong with it.

    Its id is ``guide:custom:<product>:<id>``. Each sample must satisfy the guide.
    """
    unreadable = _unreadable(text)
    if unreadable is not None:
        return CheckedGuide(None, (unreadable,))
    try:
        reader = GuideReader(_NAME, text, taxonomy)
        if len(reader.product.guides) > 1:
            raise reader.error("one guide at a time, please", "guides", 1)
        guide = reader.guide(0, reader.product.guides[0])
    except CatalogError as error:
        found: Any = error.details["problems"]
        return CheckedGuide(None, tuple(Problem(p["line"], p["message"]) for p in found))
    except (ValueError, OverflowError, RecursionError) as error:
        # A scalar that YAML takes for a number or date and Python cannot hold.
        return CheckedGuide(None, (Problem(1, f"a value cannot be read: {error}"),))
    problems = (*_repeated_keys(reader.root), *_sample_problems(guide, reader))
    return CheckedGuide(None if problems else replace(guide, guide_id=custom_id(guide.guide_id)), problems)


def guide_text(guide: Guide) -> str | None:
    """The text of a packaged guide with its product's header, ready to be corrected; ``None`` where there is none."""
    path = files(__package__).joinpath("products", f"{guide.product}.yaml")
    if not path.is_file():
        return None
    data: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=YamlLoader)  # noqa: S506  (safe)
    entries = [e for e in data["guides"] if f"guide:{guide.product}:{e['id']}" == guide.guide_id]
    if not entries:
        return None
    return yaml.safe_dump({**data, "guides": entries}, sort_keys=False, allow_unicode=True, width=110)


def samples_of(text: str) -> tuple[str, ...]:
    """The samples in a guide's text that ``check_guide`` accepted."""
    data = yaml.safe_load(text)
    return tuple(str(sample) for sample in data["guides"][0]["samples"])


def _unreadable(text: str) -> Problem | None:
    """What keeps ``text`` from being read at all; aliases are refused, because a few can stand for gigabytes."""
    if len(text) > MAX_CHARACTERS:
        return Problem(1, f"a guide may have at most {MAX_CHARACTERS} characters")
    if not text.strip():
        return Problem(1, "there is nothing here yet")
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                return Problem(_line(event.start_mark), "write it out: anchors and aliases are not for guides")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                return Problem(_line(event.start_mark), "nested too deeply")
    except yaml.MarkedYAMLError as error:
        return Problem(_line(error.problem_mark), str(error.problem))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        code = error.character if isinstance(error.character, int) else ord(error.character)
        return Problem(line, f"the character U+{code:04X} is not allowed")
    except RecursionError:
        return Problem(1, "nested too deeply")
    return None


def _line(mark: Any) -> int:
    return 1 if mark is None else int(mark.line) + 1


def _repeated_keys(node: Any) -> Iterator[Problem]:
    """Keys that stand twice in one place: YAML keeps the last and says nothing of the others."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated_keys(item)
    elif isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                yield Problem(_line(key.start_mark), f"{key.value!r} stands here twice")
            seen.add(key.value)
            yield from _repeated_keys(value)


def _sample_problems(guide: Guide, reader: GuideReader) -> Iterator[Problem]:
    for number, sample in enumerate(guide.samples):
        unknown = [name for name in placeholders(sample) if name not in PLACEHOLDERS]
        if unknown:
            message = f"there is no placeholder {{{{{unknown[0]}}}}}; there are {', '.join(PLACEHOLDERS)}"
        elif guide.matches(EventView(parse(fill(sample, seed=0)))) is None:
            message = "this sample does not satisfy the guide's own conditions"
        else:
            continue
        yield Problem(*reader.place(message, "guides", 0, "samples", number))
