"""Trains the ranker on events made from the catalog, each product's held out in turn."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from agents.classifier.candidates import build_candidates
from agents.classifier.query import DEFAULT_LIMITS, build_query
from agents.classifier.words import WordModel, event_vocabulary
from agents.events import Event, Template, make_template, parse
from agents.knowledge.base import Chunk, Hit, Kind, KnowledgeBase
from agents.knowledge.catalog import Catalog, EventView, GuideIndex, GuideMatch, Tier
from agents.ocsf import Taxonomy
from evals.fit_ranker import Group, Scored, fit, group_of, score
from evals.fit_words import fit_words
from evals.synthetic import SyntheticEvent, fold_of, synthetic_events

FOLDS = 8
MODES: Mapping[str, float] = {"known": 0.3, "unlisted": 0.3, "cold": 0.4}
"""What is known of an event's product, and how much such events count: all its guides, all but the event's own and
those that say the same, none."""

_DEEP = 160  # guides searched for, so that enough are left once a product's are hidden
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Prepared:
    """A synthetic event as the classifier sees it before ranking."""

    made: SyntheticEvent
    event: Event
    template: Template
    words: Sequence[str]
    hits: tuple[Hit, ...]
    matches: tuple[GuideMatch, ...]


@dataclass(frozen=True)
class Training:
    """Weights and word model fitted on everything, and how events fared whose product was held out of both."""

    weights: Mapping[str, float]
    words: WordModel
    held_out: tuple[Scored, ...]


def prepare(knowledge: KnowledgeBase, catalog: Catalog, taxonomy: Taxonomy, progress: Progress) -> list[Prepared]:
    """Parse and search for every synthetic event."""
    index = GuideIndex(catalog.guides)
    shared: dict[str, Chunk] = {}
    made = list(synthetic_events(catalog))
    prepared = []
    for number, one in enumerate(made, start=1):
        event = parse(one.raw)
        template = make_template(event)
        limits = {**DEFAULT_LIMITS, Kind.GUIDE: _DEEP, Kind.EXAMPLE: 0}
        hits = knowledge.search(build_query(event, template, taxonomy.version, limits=limits))
        prepared.append(
            Prepared(
                one,
                event,
                template,
                event_vocabulary(event, template),
                tuple(replace(hit, chunk=shared.setdefault(hit.chunk.chunk_id, hit.chunk)) for hit in hits),
                tuple(index.match(EventView(event))),
            )
        )
        progress("searching", number, len(made))
    return prepared


def train(
    prepared: Sequence[Prepared], taxonomy: Taxonomy, catalog: Catalog, penalty: float, progress: Progress
) -> Training:
    """Fit word model and weights with each fold of products held out, then on everything.

    The signal ``words`` of an event always comes from a model that never saw its product, except for events of known
    products, whose words the shipped model has seen as well.
    """
    whole = _words_model(prepared, None)
    groups: dict[int, list[Group]] = defaultdict(list)
    for fold in range(FOLDS):
        model = _words_model(prepared, fold)
        for one in prepared:
            if fold_of(one.made.product, FOLDS) == fold:
                groups[fold].extend(_groups(one, whole, model, taxonomy, catalog))
        progress("folds", fold + 1, FOLDS)
    held_out = []
    for fold in range(FOLDS):
        weights = fit(_balanced([g for other in groups if other != fold for g in groups[other]]), penalty)
        held_out.extend(score(group, weights) for group in groups[fold])
        progress("fitting", fold + 1, FOLDS)
    weights = fit(_balanced([group for fold in groups.values() for group in fold]), penalty)
    return Training(weights, whole, tuple(held_out))


def _words_model(prepared: Sequence[Prepared], held_out: int | None) -> WordModel:
    used = [p for p in prepared if p.made.tier is not Tier.PRODUCT or fold_of(p.made.product, FOLDS) != held_out]
    return fit_words([p.words for p in used], [p.made.class_uid for p in used], [p.made.product for p in used])


def _groups(one: Prepared, whole: WordModel, model: WordModel, taxonomy: Taxonomy, catalog: Catalog) -> Iterator[Group]:
    """The event in each mode; of a generic guide only without that guide, as it belongs to no product."""
    guides = {guide.guide_id: guide for guide in catalog.guides}
    view = EventView(one.event)
    for mode in ("unlisted",) if one.made.tier is not Tier.PRODUCT else MODES:
        hidden = _hidden(one, mode)
        hits = [
            h
            for h in one.hits
            if h.chunk.kind is not Kind.GUIDE
            or h.chunk.chunk_id not in hidden
            and not (mode == "cold" and h.chunk.metadata.get("product") == one.made.product)
        ]
        kept = _shallow(hits)
        matches = [
            m
            for m in one.matches
            if m.guide.guide_id not in hidden and not (mode == "cold" and m.guide.product == one.made.product)
        ]
        words = (whole if mode == "known" else model).log_probabilities(one.event, one.template)
        candidates = build_candidates(kept, matches, view, "", taxonomy, guides, words)
        yield group_of(candidates, one.made.class_uid, one.made.acceptable, MODES[mode], mode, one.made.product)


def _hidden(one: Prepared, mode: str) -> frozenset[str]:
    return frozenset() if mode == "known" else frozenset({one.made.guide_id})


def _shallow(hits: Sequence[Hit]) -> list[Hit]:
    """As many hits of each kind as the classifier asks for, ranked anew."""
    taken: Counter[Kind] = Counter()
    kept = []
    for hit in hits:
        if taken[hit.chunk.kind] < DEFAULT_LIMITS[hit.chunk.kind]:
            taken[hit.chunk.kind] += 1
            kept.append(replace(hit, rank=taken[hit.chunk.kind]))
    return kept


def _balanced(groups: Sequence[Group]) -> list[Group]:
    """Groups weighted so that neither a product with many samples nor a frequent class rules."""
    sizes = Counter((g.product, g.mode, g.class_uids[int(g.right.argmax())] if g.right.any() else -1) for g in groups)
    return [
        replace(
            g,
            weight=g.weight
            * sizes[g.product, g.mode, g.class_uids[int(g.right.argmax())] if g.right.any() else -1] ** -0.5,
        )
        for g in groups
    ]
