"""Hits become candidates: OCSF classes with the signals that speak for each."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from agents.classifier.decision import EvidenceItem
from agents.events import Source
from agents.knowledge.base import Hit, Kind
from agents.knowledge.catalog import EventView, Guide, GuideMatch, Tier
from agents.ocsf import Taxonomy

FEATURES = (
    "class_dense",
    "class_lexical",
    "class_rank",
    "guide_match",
    "guide_specificity",
    "fallback_match",
    "schema_match",
    "generic_match",
    "guide_dense",
    "guide_lexical",
    "guide_votes",
    "guide_partial",
    "example_template",
    "example_dense",
    "example_votes",
    "source_hint",
    "words",
    "llm",
)
"""The signals of a candidate, in the order the ranker reads them. All lie in [-1, 1] but ``words`` and ``llm``, which
are log-probabilities and log-odds."""

_SIGNAL_OF = {Tier.PRODUCT: "guide_match", Tier.SCHEMA: "schema_match", Tier.GENERIC: "generic_match"}
_KERNEL = 0.04  # so much less similarity makes an example's vote e times lighter
UNLIKE = 0.4  # the similarity at which an example says nothing any more
_LIKELY_WORDS = 8  # so many classes enter by their words alone
_RAREST = -7.0  # log-probabilities of words below this tell nothing more
_VERY_SPECIFIC = 8  # conditions from which on a guide counts as fully specific
_MOST_ALIKE = 0.99  # what is only alike stands behind what decides, which counts 1
_RANK_OFFSET = 10  # reciprocal ranks 1/(10+rank): the tenth hit still counts half as much as the first


@dataclass(frozen=True, slots=True)
class Candidate:
    """An OCSF class under consideration: its signals by name, its evidence, and its best matching guide if any.

    What decides comes first in ``evidence``: guides whose conditions all hold, examples of the event's template.
    """

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
    hits: Sequence[Hit],
    matches: Sequence[GuideMatch],
    view: EventView,
    template_id: str,
    taxonomy: Taxonomy,
    known_guides: Mapping[str, Guide],
    words: Mapping[int, float],
) -> tuple[Candidate, ...]:
    """The classes that hits, guides or words speak for, in no particular order; deprecated classes never appear.

    ``matches`` are the guides of the catalog that the event satisfies, ``known_guides`` those that were asked, by
    id; a retrieved guide that is not among them (an analyst's) is asked here. A guide counts as matched only when
    all of its conditions hold; where several match, those that ask for less count less (``exp`` of the difference
    in the number of conditions). ``words`` are log-probabilities of classes; classes that nothing else speaks for
    become candidates only when they are among the likeliest.
    """
    signals: dict[int, _Signals] = defaultdict(_Signals)
    by_kind: dict[Kind, list[Hit]] = defaultdict(list)
    for hit in hits:
        if hit.chunk.class_uid in taxonomy and not taxonomy[hit.chunk.class_uid or 0].deprecated:
            by_kind[hit.chunk.kind].append(hit)
    _read_classes(by_kind[Kind.CLASS], signals)
    _read_guides(by_kind[Kind.GUIDE], matches, view, known_guides, signals)
    _read_examples(by_kind[Kind.EXAMPLE], template_id, signals)
    for uid in sorted(words, key=lambda uid: -words[uid])[:_LIKELY_WORDS]:
        signals[uid].values["words"] = 0.0
    for uid, found in signals.items():
        found.values["words"] = max(words.get(uid, _RAREST), _RAREST) if words else 0.0
    return tuple(
        Candidate(uid, found.values, _strongest_first(found.evidence), found.match) for uid, found in signals.items()
    )


def all_classes(taxonomy: Taxonomy) -> tuple[Candidate, ...]:
    """Every current class without any signal: what is left when nothing could be retrieved."""
    return tuple(Candidate(c.uid, dict.fromkeys(FEATURES, 0.0)) for c in taxonomy.current)


def guide_candidates(
    matches: Sequence[GuideMatch], view: EventView, taxonomy: Taxonomy, words: Mapping[int, float]
) -> tuple[Candidate, ...]:
    """Candidates without a knowledge base: every current class, those of matching guides with their signals."""
    current = {c.uid: _Signals() for c in taxonomy.current}
    _read_matches([m for m in matches if m.guide.class_uid in current], view.event.source, current)
    for uid, found in current.items():
        found.values["words"] = max(words.get(uid, _RAREST), _RAREST) if words else 0.0
    return tuple(
        Candidate(uid, found.values, _strongest_first(found.evidence), found.match) for uid, found in current.items()
    )


def _read_classes(hits: Sequence[Hit], signals: dict[int, _Signals]) -> None:
    best = _best_lexical(hits)
    for rank, hit in enumerate(hits, start=1):
        found = signals[_uid(hit)]
        found.raise_to("class_dense", hit.dense or 0.0)
        found.raise_to("class_lexical", (hit.lexical or 0.0) / best)
        found.raise_to("class_rank", _RANK_OFFSET / (_RANK_OFFSET + rank - 1))
        found.evidence.append(_evidence(hit, best))


def _read_guides(
    hits: Sequence[Hit],
    matches: Sequence[GuideMatch],
    view: EventView,
    known_guides: Mapping[str, Guide],
    signals: dict[int, _Signals],
) -> None:
    best = _best_lexical(hits)
    votes: dict[tuple[int, str], float] = {}
    matched = {match.guide.guide_id: match for match in matches}
    for rank, hit in enumerate(hits, start=1):
        chunk = hit.chunk
        guide = known_guides.get(chunk.chunk_id)
        if guide is None:
            guide = Guide.from_metadata(chunk.chunk_id, chunk.title, _uid(hit), chunk.metadata)
            match = guide.matches(view) if guide.match else None
            if match is not None:
                matched[chunk.chunk_id] = match
        if chunk.chunk_id in matched:
            continue
        found = signals[_uid(hit)]
        # One vote a product: a class that a product has many guides for is not the likelier for it.
        votes.setdefault((_uid(hit), guide.product), 1 / (_RANK_OFFSET + rank))
        found.raise_to("guide_dense", hit.dense or 0.0)
        found.raise_to("guide_lexical", (hit.lexical or 0.0) / best)
        if guide.tier is Tier.PRODUCT:
            found.raise_to("guide_partial", _share_held(guide, view))
            found.raise_to("source_hint", float(_hinted(guide.hints, view.event.source)))
        found.evidence.append(_evidence(hit, best))
    total = sum(votes.values())
    for (uid, _), vote in votes.items():
        signals[uid].values["guide_votes"] += vote / total
    _read_matches(list(matched.values()), view.event.source, signals)


def _read_matches(matches: Sequence[GuideMatch], source: Source, signals: dict[int, _Signals]) -> None:
    """Guides of each tier are weighed apart, against the most specific of their own."""
    for tier in Tier:
        sort = [m for m in matches if m.guide.tier is tier]
        most = max((m.guide.specificity for m in sort), default=0)
        for match in sorted(sort, key=lambda m: (-m.guide.specificity, m.guide.guide_id)):
            found = signals[match.guide.class_uid]
            strength = math.exp(match.guide.specificity - most)
            signal = _match_signal(match.guide)
            if found.match is None:
                found.match = match
            found.raise_to(signal, strength)
            if signal == "guide_match":
                found.raise_to("guide_specificity", min(match.guide.specificity, _VERY_SPECIFIC) / _VERY_SPECIFIC)
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


def _match_signal(guide: Guide) -> str:
    return "fallback_match" if guide.fallback and not guide.settles else _SIGNAL_OF[guide.tier]


def _read_examples(hits: Sequence[Hit], template_id: str, signals: dict[int, _Signals]) -> None:
    """The nearest examples decide.

    Each votes by a kernel of its similarity, and all of them count for as much as the nearest resembles the event.
    """
    best = _best_lexical(hits)
    nearest = max((hit.dense or 0.0 for hit in hits), default=0.0)
    votes: dict[int, float] = defaultdict(float)
    for hit in hits:
        found = signals[_uid(hit)]
        votes[_uid(hit)] += math.exp(((hit.dense or 0.0) - nearest) / _KERNEL + (hit.lexical or 0.0) / best)
        found.raise_to("example_dense", hit.dense or 0.0)
        evidence = _evidence(hit, best)
        if hit.chunk.metadata.get("template_id") == template_id:
            found.raise_to("example_template", 1.0)
            evidence = replace(evidence, score=1.0)  # it decides, so it is shown first
        found.evidence.append(evidence)
    total = sum(votes.values())
    weight = min(1.0, max(0.0, (nearest - UNLIKE) / (1 - UNLIKE)))
    for uid, vote in votes.items():
        signals[uid].values["example_votes"] = weight * vote / total


def _share_held(guide: Guide, view: EventView) -> float:
    """The share of a guide's conditions that hold, 0 where it has none."""
    return sum(c.find(view)[0] for c in guide.match) / len(guide.match) if guide.match else 0.0


def _hinted(hints: Sequence[str], source: Source) -> bool:
    given = {text.lower() for text in (source.product, source.sourcetype) if text}
    return bool(given.intersection(hints))


def _evidence(hit: Hit, best_lexical: float) -> EvidenceItem:
    score = hit.dense if hit.dense is not None else (hit.lexical or 0.0) / best_lexical
    return EvidenceItem(hit.chunk.chunk_id, hit.chunk.kind, hit.chunk.title, max(0.0, min(_MOST_ALIKE, score)))


def _strongest_first(evidence: Sequence[EvidenceItem]) -> tuple[EvidenceItem, ...]:
    return tuple(sorted(evidence, key=lambda item: -item.score))


def _best_lexical(hits: Sequence[Hit]) -> float:
    return max((hit.lexical or 0.0 for hit in hits), default=0.0) or 1.0


def _uid(hit: Hit) -> int:
    return hit.chunk.class_uid or 0
