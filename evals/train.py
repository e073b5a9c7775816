"""Trains the ranker on events made from the catalog, each product's held out in turn."""

from __future__ import annotations

import random
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agents.classifier.candidates import build_candidates
from agents.classifier.query import DEFAULT_LIMITS, build_query
from agents.classifier.words import WordModel, event_vocabulary
from agents.errors import ConfigurationError
from agents.events import Event, Template, make_template, parse
from agents.knowledge.base import Chunk, Hit, Kind
from agents.knowledge.catalog import Catalog, EventView, Guide, GuideIndex, GuideMatch, Tier
from agents.ocsf import Taxonomy
from evals.fit_ranker import Group, Scored, fit, group_of, score
from evals.fit_words import fit_words
from evals.parts import Parts
from evals.synthetic import SyntheticEvent, fold_of, synthetic_events

FOLDS = 8
MODES: Mapping[str, float] = {"known": 0.6, "unlisted": 0.1, "cold": 0.25, "taught": 0.1}
"""What is known of an event's product, and how much such events count: all its guides, all but the event's own, none,
or none but 1, 3 or 10 examples."""
EXAMPLES = (1, 3, 10)
"""How many examples a taught product has."""

_DEEP = 160  # guides searched for, so that enough are left once a product's are hidden
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Prepared:
    """A synthetic event as the classifier sees it before ranking; ``vector`` is the query's embedding."""

    made: SyntheticEvent
    event: Event
    template: Template
    words: Sequence[str]
    hits: tuple[Hit, ...]
    matches: tuple[GuideMatch, ...]
    vector: NDArray[np.float32]


@dataclass(frozen=True)
class Training:
    """Weights and word model fitted on everything, and how events fared whose product was held out of both.

    ``groups`` are the candidates of every event by fold, for a comparison with another ranker.
    """

    weights: Mapping[str, float]
    words: WordModel
    held_out: tuple[Scored, ...]
    groups: Mapping[int, Sequence[Group]]


def prepare(parts: Parts, progress: Progress) -> list[Prepared]:
    """Parse and search for every synthetic event.

    Raises:
        ConfigurationError: the knowledge base embeds by itself.
        LogatlasError: it cannot be searched.
    """
    if parts.embedder is None:
        raise ConfigurationError("training needs a knowledge base whose texts are embedded on this side")
    index = GuideIndex(parts.catalog.guides)
    shared: dict[str, Chunk] = {}
    made = list(synthetic_events(parts.catalog))
    limits = {**DEFAULT_LIMITS, Kind.GUIDE: _DEEP, Kind.EXAMPLE: 0}
    prepared = []
    for number, one in enumerate(made, start=1):
        event = parse(one.raw)
        template = make_template(event)
        query = build_query(event, template, parts.taxonomy.version, limits=limits)
        hits = parts.knowledge.search(query)
        prepared.append(
            Prepared(
                one,
                event,
                template,
                event_vocabulary(event, template),
                tuple(replace(hit, chunk=shared.setdefault(hit.chunk.chunk_id, hit.chunk)) for hit in hits),
                tuple(index.match(EventView(event))),
                parts.embedder.embed([query.text])[0],
            )
        )
        parts.next_event()
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
    siblings: dict[str, list[Prepared]] = defaultdict(list)
    for one in prepared:
        siblings[one.made.product].append(one)
    guides = {guide.guide_id: guide for guide in catalog.guides}
    groups: dict[int, list[Group]] = defaultdict(list)
    for fold in range(FOLDS):
        model = _words_model(prepared, fold)
        for one in prepared:
            if fold_of(one.made.product, FOLDS) == fold:
                groups[fold].extend(_groups(one, siblings[one.made.product], whole, model, taxonomy, guides))
        progress("folds", fold + 1, FOLDS)
    held_out: list[Scored] = []
    for fold in range(FOLDS):
        weights = fit(balanced([g for other in groups if other != fold for g in groups[other]]), penalty)
        held_out.extend(score(group, weights) for group in groups[fold])
        progress("fitting", fold + 1, FOLDS)
    weights = fit(balanced([group for fold in groups.values() for group in fold]), penalty)
    return Training(weights, whole, tuple(held_out), groups)


def balanced(groups: Sequence[Group]) -> list[Group]:
    """Groups weighted so that neither a product with many samples nor a frequent class rules."""
    keys = [(g.product, g.mode, g.class_uids[int(g.right.argmax())] if g.right.any() else -1) for g in groups]
    sizes = Counter(keys)
    return [replace(g, weight=g.weight * sizes[key] ** -0.5) for g, key in zip(groups, keys, strict=True)]


def _words_model(prepared: Sequence[Prepared], held_out: int | None) -> WordModel:
    used = [
        p for p in prepared if p.made.tier is not Tier.PRODUCT or fold_of(p.made.product, FOLDS) != held_out
    ]  # fmt: skip
    return fit_words([p.words for p in used], [p.made.class_uid for p in used], [p.made.product for p in used])


def _groups(
    one: Prepared,
    siblings: Sequence[Prepared],
    whole: WordModel,
    model: WordModel,
    taxonomy: Taxonomy,
    guides: Mapping[str, Guide],
) -> Iterator[Group]:
    """The event in each mode; of a guide that belongs to no product only without that guide."""
    view = EventView(one.event)
    for mode in MODES if one.made.tier is Tier.PRODUCT else ("unlisted",):
        examples = _examples(one, siblings) if mode == "taught" else []
        if mode == "taught" and not examples:
            continue
        hits = [h for h in one.hits if _known(one, mode, h.chunk.chunk_id, h.chunk.metadata.get("product"))]
        matches = [m for m in one.matches if _known(one, mode, m.guide.guide_id, m.guide.product)]
        words = (whole if mode == "known" else model).log_probabilities(one.event, one.template)
        candidates = build_candidates(
            [*_shallow(hits), *examples], matches, view, one.template.template_id, taxonomy, guides, words
        )
        yield group_of(candidates, one.made.class_uid, one.made.acceptable, MODES[mode], mode, one.made.product)


def _known(one: Prepared, mode: str, chunk_id: str, product: str | None) -> bool:
    """Whether the knowledge base holds a chunk in a mode."""
    if mode == "known":
        return True
    return chunk_id != one.made.guide_id and (mode == "unlisted" or product != one.made.product)


def _examples(one: Prepared, siblings: Sequence[Prepared]) -> list[Hit]:
    """Other events of the product as the examples that a search would find, nearest first."""
    chance = random.Random(zlib.crc32(one.made.raw.encode()))  # noqa: S311  (which examples, nothing secret)
    others = [other for other in siblings if other.template.template_id != one.template.template_id]
    taken = chance.sample(others, min(len(others), chance.choice(EXAMPLES)))
    near = sorted(((float(other.vector @ one.vector), n) for n, other in enumerate(taken)), reverse=True)
    return [
        Hit(
            Chunk(f"example:{n}", Kind.EXAMPLE, "", "", "", taken[n].made.class_uid),
            score=1 / rank, rank=rank, dense=similarity,
        )
        for rank, (similarity, n) in enumerate(near, start=1)
    ]  # fmt: skip


def _shallow(hits: Sequence[Hit]) -> list[Hit]:
    """As many hits of each kind as the classifier asks for, ranked anew."""
    taken: Counter[Kind] = Counter()
    kept = []
    for hit in hits:
        if taken[hit.chunk.kind] < DEFAULT_LIMITS[hit.chunk.kind]:
            taken[hit.chunk.kind] += 1
            kept.append(replace(hit, rank=taken[hit.chunk.kind]))
    return kept
