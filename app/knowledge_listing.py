"""Chunks as the knowledge pages show them: rows, details, and pages of both listings and searches."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from agents.events import printable
from agents.knowledge.base import Chunk, Hit, Kind, Query
from agents.knowledge.build import class_chunk, guide_chunk
from agents.knowledge.catalog import CUSTOM, Catalog, Guide
from agents.knowledge.catalog.custom import custom_id, guide_text, samples_of
from agents.ocsf import Taxonomy

if TYPE_CHECKING:
    from app.services import Services
    from app.storage.knowledge_usage import Usage

SHOWN = (Kind.CLASS, Kind.GUIDE, Kind.EXAMPLE)
DEEPEST = 500
"""How far into the hits of a search the pages reach: ranks beyond that say nothing."""
_EXCERPT = 300

Row = dict[str, Any]
Keyed = tuple[tuple[int, str, str, str], Row]
"""A row behind the key that rows are in order of."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which chunks are asked for; what is ``None`` is not asked."""

    kinds: tuple[Kind, ...] = SHOWN
    product: str | None = None
    class_uid: int | None = None
    origin: str | None = None

    def has(self, row: Row) -> bool:
        """Whether a row is one of them."""
        return (
            row["kind"] in self.kinds
            and self.product in (None, row["product"])
            and self.class_uid in (None, row["class_uid"])
            and self.origin in (None, row["origin"])
        )

    @property
    def narrowed(self) -> bool:
        """Whether more than the kind is asked."""
        return (self.product, self.class_uid, self.origin) != (None, None, None)


class PackagedChunks:
    """The classes of the taxonomy and the guides of the catalog as rows, worked out once."""

    def __init__(self, catalog: Catalog, taxonomy: Taxonomy) -> None:
        self._catalog = catalog
        self._taxonomy = taxonomy

    @cached_property
    def classes(self) -> Sequence[Keyed]:
        """The classes by uid."""
        classes = sorted(self._taxonomy.classes.values(), key=lambda c: c.uid)
        chunks = (class_chunk(ocsf_class, self._taxonomy) for ocsf_class in classes)
        return [((0, "", f"{c.class_uid:09}", ""), chunk_row(c, self._taxonomy)) for c in chunks]

    @cached_property
    def guides(self) -> Sequence[Keyed]:
        """The guides by product and title."""
        chunks = (guide_chunk(guide, self._taxonomy) for guide in self._catalog.guides)
        return _guide_rows(chunks, self._taxonomy, 2)

    @cached_property
    def by_id(self) -> Mapping[str, Guide]:
        """The guides by their ids."""
        return {guide.guide_id: guide for guide in self._catalog.guides}


def listing(services: Services, wanted: Wanted, limit: int, cursor: str | None) -> tuple[list[Row], str | None]:
    """A page of rows and the place of the next: classes by uid, guides by product and title, then examples.

    Classes and guides are known in process, the custom guides first; only examples are asked of the knowledge base.

    Raises:
        ValueError: the cursor is not one that this gave.
        KnowledgeUnavailableError, KnowledgeRequestError
    """
    section, place = json.loads(cursor) if cursor is not None else ["known", None]
    rows: list[Row] = []
    if section == "known":
        known = _known(services, wanted)
        start = bisect_right(known, tuple(place), key=lambda item: item[0]) if place is not None else 0
        page = known[start : start + limit]
        rows = [row for _, row in page]
        if start + limit < len(known):
            return rows, json.dumps(["known", page[-1][0]])
        if Kind.EXAMPLE not in wanted.kinds or wanted.origin == "packaged":
            return rows, None
        if len(rows) == limit:
            return rows, json.dumps(["examples", None])
        place = None
    elif section != "examples":
        raise ValueError("not a section")
    return _examples(services, wanted, rows, limit, place)


def found(services: Services, wanted: Wanted, text: str, limit: int, offset: int) -> tuple[list[Row], int | None]:
    """A page of the hits of a search, best first, and the offset of the next.

    Raises:
        KnowledgeUnavailableError, KnowledgeRequestError, EmbeddingUnavailableError
    """
    deep = DEEPEST if wanted.narrowed else min(DEEPEST, offset + limit + 1)
    query = Query(text=text, limits=dict.fromkeys(wanted.kinds, deep), ocsf_version=services.taxonomy.version)
    hits: list[Hit] = sorted(services.knowledge.search(query), key=lambda hit: (-hit.score, hit.chunk.chunk_id))
    rows = [row for hit in hits if wanted.has(row := chunk_row(hit.chunk, services.taxonomy))]
    end = offset + limit
    return rows[offset:end], end if len(rows) > end and end < DEEPEST else None


def chunk_row(chunk: Chunk, taxonomy: Taxonomy) -> Row:
    """``ChunkRow`` of the API."""
    ocsf_class = taxonomy.classes.get(chunk.class_uid or 0)
    activity = ocsf_class.activities.get(chunk.activity_id) if ocsf_class and chunk.activity_id is not None else None
    metadata = chunk.metadata
    custom = chunk.kind is Kind.EXAMPLE or chunk.chunk_id.startswith(CUSTOM)
    excerpt = metadata.get("excerpt") or metadata.get("meaning") or (ocsf_class.description if ocsf_class else "")
    return {
        "chunk_id": chunk.chunk_id,
        "kind": str(chunk.kind),
        "title": chunk.title,
        "class_uid": chunk.class_uid or 0,
        "class_name": ocsf_class.caption if ocsf_class else "",
        "activity_name": activity.caption if activity else "",
        "product": metadata.get("product", ""),
        "vendor": metadata.get("vendor", ""),
        "origin": "custom" if custom else "packaged",
        "excerpt": printable(str(excerpt))[:_EXCERPT],
    }


def chunk_detail(services: Services, chunk: Chunk, usage: Usage | None) -> Row:
    """``ChunkDetail`` of the API; ``usage`` is ``None`` for a guide that is not saved."""
    metadata = chunk.metadata
    ocsf_class = services.taxonomy.classes.get(chunk.class_uid or 0)
    yaml, samples = _text_and_samples(services, chunk)
    is_class = chunk.kind is Kind.CLASS and ocsf_class is not None
    schema = f"https://schema.ocsf.io/{chunk.ocsf_version}/classes/{metadata.get('name', '')}"
    held = services.knowledge_editor.guide_chunks()
    return {
        **chunk_row(chunk, services.taxonomy),
        "text": printable(chunk.text),
        "reference": schema if is_class else metadata.get("reference", ""),
        "meaning": ocsf_class.description if is_class and ocsf_class else metadata.get("meaning", ""),
        "why": metadata.get("why", ""),
        "yaml": yaml,
        "samples": samples,
        "conditions": list(metadata.get("match", [])),
        "metadata": dict(metadata),
        "replaced_by": by if (by := custom_id(chunk.chunk_id)) in held and chunk.kind is Kind.GUIDE else None,
        "written_by": metadata.get("by", ""),
        "written_at": metadata.get("written_at"),
        "usage": _usage_out(usage),
    }


def known_chunk(services: Services, chunk_id: str) -> Chunk | None:
    """The chunk with this id: of a custom guide as it is asked, of the catalog or taxonomy, or of the knowledge base.

    Raises:
        KnowledgeUnavailableError, KnowledgeRequestError
    """
    if chunk_id.startswith(CUSTOM):
        held = services.knowledge_editor.guide_chunks()
        if chunk_id in held:
            return held[chunk_id]
    elif (guide := services.knowledge_editor.packaged.by_id.get(chunk_id)) is not None:
        return guide_chunk(guide, services.taxonomy)
    elif chunk_id.startswith(f"class:{services.taxonomy.version}:"):
        uid = chunk_id.rpartition(":")[2]
        ocsf_class = services.taxonomy.classes.get(int(uid)) if uid.isascii() and uid.isdigit() else None
        return None if ocsf_class is None else class_chunk(ocsf_class, services.taxonomy)
    got = services.knowledge.get([chunk_id])
    return got[0] if got and got[0].kind in (*SHOWN, Kind.DECISION) else None


def _known(services: Services, wanted: Wanted) -> list[Keyed]:
    """The rows of classes and guides that are wanted."""
    editor, keyed = services.knowledge_editor, list[Keyed]()
    if Kind.CLASS in wanted.kinds:
        keyed += editor.packaged.classes
    if Kind.GUIDE in wanted.kinds:
        keyed += _guide_rows(editor.guide_chunks().values(), services.taxonomy, 1)
        keyed += editor.packaged.guides
    return [item for item in keyed if wanted.has(item[1])]


def _guide_rows(chunks: Iterable[Chunk], taxonomy: Taxonomy, section: int) -> list[Keyed]:
    rows = ((chunk.chunk_id, chunk_row(chunk, taxonomy)) for chunk in chunks)
    keyed = (((section, row["product"], row["title"].lower(), chunk_id), row) for chunk_id, row in rows)
    return sorted(keyed, key=lambda item: item[0])


def _examples(
    services: Services, wanted: Wanted, rows: list[Row], limit: int, place: str | None
) -> tuple[list[Row], str | None]:
    """``rows`` filled up with examples; each page of the knowledge base is taken whole, so that its cursor holds."""
    while len(rows) < limit:
        chunks, place = services.knowledge.browse(Kind.EXAMPLE, limit=limit - len(rows), cursor=place)
        rows += (row for chunk in chunks if wanted.has(row := chunk_row(chunk, services.taxonomy)))
        if place is None:
            return rows, None
    return rows, json.dumps(["examples", place])


def _text_and_samples(services: Services, chunk: Chunk) -> tuple[str | None, list[str]]:
    text = chunk.metadata.get("yaml")
    if isinstance(text, str):
        return text, list(samples_of(text))
    guide = services.knowledge_editor.packaged.by_id.get(chunk.chunk_id)
    return (None, []) if guide is None else (guide_text(guide), list(guide.samples))


def _usage_out(usage: Usage | None) -> Row:
    if usage is None:
        return {"decisions": 0, "last_used_at": None, "recent": []}
    return {
        "decisions": usage.decisions,
        "last_used_at": usage.last_used_at,
        "recent": [
            {
                "event_id": use.event_id, "received_at": use.received_at, "raw": printable(use.raw),
                "class_name": use.class_name,
            }
            for use in usage.recent
        ],
    }  # fmt: skip
