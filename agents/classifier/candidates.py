"""Hits become candidates: OCSF classes with the signals that speak for each."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from agents.classifier.decision import EvidenceItem
from agents.events import Source
from agents.knowledge.base import Hit, Kind
from agents.knowledge.catalog import EventView, Guide, GuideMatch
from agents.ocsf import Taxonomy

FEATURES = (
    "class_dense",
    "class_lexical",
    "class_rank",
    "guide_match",
    "guide_dense",
    "guide_lexical",
    "guide_votes",
    "guide_partial",
    "example_template",
    "example_dense",
    "example_votes",
    "source_hint",
    "llm",
)
"""The signals of a candidate, in the order the ranker reads them. All lie in [-1, 1] but ``llm`` (log-odds)."""

_RANK_OFFSET = 10  # reciprocal ranks 1/(10+rank): the tenth hit still counts half as much as the first


@dataclass(frozen=True, slots=True)
class Candidate:
    """An OCSF class under consideration: its signals by name, its evidence, and its best matching guide if any."""

    class_uid: int
    features: Mapping[str, float]
    evidence: tuple[EvidenceItem, ...] = ()
    match: GuideMatch | None = None
    llm_score: float | None = None

    def with_llm(self, log_odds: float, score: float) -> Candidate:
        """The candidate with the model's verdict: prior-corrected log-odds as a feature, ``score`` in [0, 1]."""
        return replace(self, features={**self.features, "llm": log_odds}, llm_score=score)


@dataclass
class _Signals:
    """The signals of one class while hits are read."""

    values: dict[str, float] = field(default_factory=lambda: dict.fromkeys(FEATURES, 0.0))
    evidence: list[EvidenceItem] = field(default_factory=list)
    match: GuideMatch | None = None

    def raise_to(self, name: str, value: float) -> None:
        self.values[name] = max(self.values[name], value)


def build_candidates(
    hits: Sequence[Hit], view: EventView, template_id: str, taxonomy: Taxonomy
) -> tuple[Candidate, ...]:
    """The classes that the hits speak for, in no particular order; deprecated classes never appear.

    A guide counts as matched only when all of its conditions hold for the event; where several match, those that
    ask for less count less (``exp`` of the difference in the number of conditions).
    """
    signals: dict[int, _Signals] = defaultdict(_Signals)
    for kind in (Kind.CLASS, Kind.GUIDE, Kind.EXAMPLE):
        of_kind = [h for h in hits if h.chunk.kind is kind and h.chunk.class_uid in taxonomy]
        current = [h for h in of_kind if not taxonomy[h.chunk.class_uid or 0].deprecated]
        if kind is Kind.CLASS:
            _read_classes(current, signals)
        elif kind is Kind.GUIDE:
            _read_guides(current, view, signals)
        else:
            _read_examples(current, template_id, signals)
    return tuple(
        Candidate(uid, found.values, tuple(sorted(found.evidence, key=lambda e: -e.score)), found.match)
        for uid, found in signals.items()
    )


def all_classes(taxonomy: Taxonomy) -> tuple[Candidate, ...]:
    """Every current class without any signal: what is left when nothing could be retrieved."""
    return tuple(Candidate(c.uid, dict.fromkeys(FEATURES, 0.0)) for c in taxonomy.current)


def guide_candidates(guides: Iterable[Guide], view: EventView, taxonomy: Taxonomy) -> tuple[Candidate, ...]:
    """Candidates from guides matched in process, without a knowledge base."""
    matches = [m for g in guides if g.class_uid in taxonomy and (m := g.matches(view))]
    signals: dict[int, _Signals] = defaultdict(_Signals)
    _read_matches(matches, view.event.source, signals)
    return tuple(Candidate(uid, found.values, tuple(found.evidence), found.match) for uid, found in signals.items())


def _read_classes(hits: Sequence[Hit], signals: dict[int, _Signals]) -> None:
    best = _best_lexical(hits)
    for rank, hit in enumerate(hits, start=1):
        found = signals[_uid(hit)]
        found.raise_to("class_dense", hit.dense or 0.0)
        found.raise_to("class_lexical", (hit.lexical or 0.0) / best)
        found.raise_to("class_rank", _RANK_OFFSET / (_RANK_OFFSET + rank - 1))
        found.evidence.append(_evidence(hit, best))


def _read_guides(hits: Sequence[Hit], view: EventView, signals: dict[int, _Signals]) -> None:
    best = _best_lexical(hits)
    votes: dict[int, float] = defaultdict(float)
    matches = []
    for rank, hit in enumerate(hits, start=1):
        chunk = hit.chunk
        guide = Guide.from_metadata(chunk.chunk_id, chunk.title, _uid(hit), chunk.metadata)
        match = guide.matches(view) if guide.match else None
        if match is not None:
            matches.append(match)
            continue
        found = signals[_uid(hit)]
        votes[_uid(hit)] += 1 / (_RANK_OFFSET + rank)
        found.raise_to("guide_dense", hit.dense or 0.0)
        found.raise_to("guide_lexical", (hit.lexical or 0.0) / best)
        found.raise_to("guide_partial", _share_held(guide, view))
        found.raise_to("source_hint", float(_hinted(guide.hints, view.event.source)))
        found.evidence.append(_evidence(hit, best))
    total = sum(votes.values())
    for uid, vote in votes.items():
        signals[uid].values["guide_votes"] = vote / total
    _read_matches(matches, view.event.source, signals)


def _read_matches(matches: Sequence[GuideMatch], source: Source, signals: dict[int, _Signals]) -> None:
    most = max((match.guide.specificity for match in matches), default=0)
    for match in sorted(matches, key=lambda m: -m.guide.specificity):
        found = signals[match.guide.class_uid]
        strength = math.exp(match.guide.specificity - most)
        if found.match is None:
            found.match = match
        found.raise_to("guide_match", strength)
        found.raise_to("source_hint", float(_hinted(match.guide.hints, source)))
        found.evidence.append(
            EvidenceItem(
                chunk_id=match.guide.guide_id,
                kind=Kind.GUIDE,
                title=match.guide.title,
                score=strength,
                paths=tuple(dict.fromkeys(f.path for f in match.fields)),
            )
        )


def _read_examples(hits: Sequence[Hit], template_id: str, signals: dict[int, _Signals]) -> None:
    best = _best_lexical(hits)
    votes: dict[int, float] = defaultdict(float)
    for rank, hit in enumerate(hits, start=1):
        found = signals[_uid(hit)]
        votes[_uid(hit)] += 1 / (_RANK_OFFSET + rank)
        found.raise_to("example_dense", hit.dense or 0.0)
        if hit.chunk.metadata.get("template_id") == template_id:
            found.raise_to("example_template", 1.0)
        found.evidence.append(_evidence(hit, best))
    total = sum(votes.values())
    for uid, vote in votes.items():
        signals[uid].values["example_votes"] = vote / total


def _share_held(guide: Guide, view: EventView) -> float:
    """The share of a guide's conditions that hold, 0 where it has none."""
    return sum(c.find(view)[0] for c in guide.match) / len(guide.match) if guide.match else 0.0


def _hinted(hints: Sequence[str], source: Source) -> bool:
    given = {text.lower() for text in (source.product, source.sourcetype) if text}
    return bool(given.intersection(hints))


def _evidence(hit: Hit, best_lexical: float) -> EvidenceItem:
    score = hit.dense if hit.dense is not None else (hit.lexical or 0.0) / best_lexical
    return EvidenceItem(hit.chunk.chunk_id, hit.chunk.kind, hit.chunk.title, max(0.0, min(1.0, score)))


def _best_lexical(hits: Sequence[Hit]) -> float:
    return max((hit.lexical or 0.0 for hit in hits), default=0.0) or 1.0


def _uid(hit: Hit) -> int:
    return hit.chunk.class_uid or 0
