"""Writes the taxonomy and the catalog as chunks, and keeps a knowledge base in step with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agents.events import event_words, make_template, parse
from agents.knowledge.base import Chunk, Kind, KnowledgeBase, Progress, lexical_token
from agents.knowledge.catalog import Catalog, Guide, fill
from agents.knowledge.catalog.guide import TEXT_PATHS, Condition
from agents.ocsf import OcsfClass, Taxonomy

_SAMPLE_CHARACTERS = 300
_MANY_VALUES = 8
_GENERIC_ACTIVITIES = frozenset({"Unknown", "Other"})


@dataclass(frozen=True)
class SyncReport:
    """What a synchronisation did: numbers of chunks, and the ids that the server silently dropped."""

    added: int
    updated: int
    removed: int
    unchanged: int
    missing: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything had to be written or removed."""
        return bool(self.added or self.updated or self.removed)


def sync(
    knowledge: KnowledgeBase, taxonomy: Taxonomy, catalog: Catalog, progress: Progress | None = None
) -> SyncReport:
    """Bring the class and guide chunks of ``knowledge`` in step with the taxonomy and the catalog.

    Writes what is new or changed, removes what left, leaves everything else (examples, decisions, guides added by
    analysts) alone. Safe to run again. ``missing`` lists chunks that were sent but cannot be found afterwards.
    """
    wanted = {chunk.chunk_id: chunk for chunk in build_chunks(taxonomy, catalog)}
    present = dict(knowledge.manifest((Kind.CLASS, Kind.GUIDE)))
    changed = [chunk for chunk in wanted.values() if present.get(chunk.chunk_id) != chunk.content_hash]
    gone = [chunk_id for chunk_id in present if chunk_id not in wanted and not is_analysts(chunk_id)]
    missing: tuple[str, ...] = ()
    if changed:
        knowledge.upsert(changed, progress)
        arrived = dict(knowledge.manifest((Kind.CLASS, Kind.GUIDE)))
        missing = tuple(sorted(c.chunk_id for c in changed if arrived.get(c.chunk_id) != c.content_hash))
    if gone:
        knowledge.delete(gone)
    added = sum(chunk.chunk_id not in present for chunk in changed)
    return SyncReport(
        added=added,
        updated=len(changed) - added,
        removed=len(gone),
        unchanged=len(wanted) - len(changed),
        missing=missing,
    )


def is_analysts(chunk_id: str) -> bool:
    """Whether a chunk was added by a person (``guide:custom:…``), which synchronisation never removes."""
    return chunk_id.startswith("guide:custom:")


def build_chunks(taxonomy: Taxonomy, catalog: Catalog) -> Iterator[Chunk]:
    """One chunk per class (deprecated ones marked) and one per guide."""
    for ocsf_class in taxonomy.classes.values():
        yield class_chunk(ocsf_class, taxonomy)
    for guide in catalog.guides:
        yield guide_chunk(guide, taxonomy)


def class_chunk(ocsf_class: OcsfClass, taxonomy: Taxonomy) -> Chunk:
    """A class as retrieval wants it: caption, what it is for, its activities, its telling attributes."""
    activities = [a for a in ocsf_class.activities.values() if a.caption not in _GENERIC_ACTIVITIES]
    lines = [f"{ocsf_class.caption} ({ocsf_class.category_name})", ocsf_class.description]
    if ocsf_class.deprecated:
        lines.insert(0, f"Deprecated since OCSF {ocsf_class.deprecated_since}. {ocsf_class.deprecation}")
    if activities:
        lines.append("Activities: " + ", ".join(a.caption for a in activities))
        lines.append(" ".join(a.description for a in activities if a.description))
    if ocsf_class.telling_attributes:
        lines.append("Attributes: " + ", ".join(name.replace("_", " ") for name in ocsf_class.telling_attributes))
    return Chunk(
        chunk_id=f"class:{taxonomy.version}:{ocsf_class.uid}",
        kind=Kind.CLASS,
        title=ocsf_class.caption,
        text="\n".join(lines),
        ocsf_version=taxonomy.version,
        class_uid=ocsf_class.uid,
        metadata={
            "name": ocsf_class.name,
            "category_uid": ocsf_class.category_uid,
            "deprecated": ocsf_class.deprecated,
            "replaced_by": list(ocsf_class.replaced_by),
        },
    )


def guide_chunk(guide: Guide, taxonomy: Taxonomy) -> Chunk:
    """A guide as retrieval wants it: title and meaning first, then what to look for and one sample."""
    looks_for = "; ".join(words for condition in guide.match if (words := _words_of(condition)))
    lines = [
        f"{guide.title} ({guide.vendor} {guide.product_title})",
        guide.meaning,
        f"OCSF class: {taxonomy[guide.class_uid].caption}",
        f"Look for: {looks_for}",
        _sample_words(guide),
    ]
    return Chunk(
        chunk_id=guide.guide_id,
        kind=Kind.GUIDE,
        title=guide.title,
        text="\n".join(line for line in lines if line),
        ocsf_version=taxonomy.version,
        class_uid=guide.class_uid,
        activity_id=guide.activities[-1].activity_id if guide.activities else None,
        tokens=tuple(dict.fromkeys(_tokens_of(guide.match))),
        metadata=guide.to_metadata(),
    )


def _tokens_of(conditions: Iterable[Condition]) -> Iterator[str]:
    for condition in conditions:
        # The beginning of a value is often the whole of it (an application's name before its instance).
        if condition.operator not in ("equals", "prefix") or condition.negated:
            continue
        for path in condition.paths:
            if path not in TEXT_PATHS:
                yield from (lexical_token(path, value) for value in condition.values)


def _words_of(condition: Condition) -> str:
    """A condition in words; nothing for patterns and for what must not be, which no event would share."""
    if condition.negated or condition.operator == "regex":
        return ""
    return " ".join([condition.paths[0], " or ".join(condition.values[:_MANY_VALUES])]).strip()


def _sample_words(guide: Guide) -> str:
    """The guide's first sample told as an event is told when it is searched for."""
    if not guide.samples:
        return ""
    event = parse(fill(guide.samples[0], seed=0))
    return event_words(event, make_template(event))[:_SAMPLE_CHARACTERS]
