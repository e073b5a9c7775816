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
from agents.classifier.query import DEFAULT_LIMITS, build_query, with_words
from agents.classifier.words import WordModel, event_vocabulary
from agents.errors import ConfigurationError
from agents.events import Event, Template, make_template, parse
from agents.knowledge.base import Chunk, Hit, Kind
from agents.knowledge.catalog import Catalog, EventView, Guide, GuideIndex, GuideMatch, Tier
from agents.ocsf import Taxonomy
from evals.fit_ranker import Group, Scored, fit, group_of, score
from evals.fit_words import fit_words
from evals.parts import Parts
from evals.synthetic import SyntheticEvent, fold_of, synthetic_events, unlisted_events

FOLDS = 8
MODES: Mapping[str, float] = {"known": 0.6, "unlisted": 0.1, "cold": 0.25, "taught": 0.1}
"""What is known of an event's product, and how much such events count: all its guides, all but the event's own, none,
or none but 1, 3 or 10 examples."""
EXAMPLES = (1, 3, 10)
"""How many examples a taught product has."""

SHARE = 4
"""Words are learned from every event, weights from every fourth: a score of weights need no more, and searching takes
the time."""

_ACTIVITY_WORDS = 15_000
_DEEP = 160  # guides searched for, so that enough are left once a product's are hidden
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Read:
    """A synthetic event, parsed, and its words."""

    made: SyntheticEvent
    event: Event
    template: Template
    words: Sequence[str]


@dataclass(frozen=True)
class Prepared(Read):
    """A synthetic event as the classifier sees it before ranking; ``vector`` is the query's embedding."""

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


def read(catalog: Catalog) -> list[Read]:
    """Every synthetic event, parsed: those of the catalog, then those that no guide is about."""
    events = []
    for one in (*synthetic_events(catalog), *unlisted_events()):
        event = parse(one.raw)
        template = make_template(event)
        events.append(Read(one, event, template, event_vocabulary(event, template)))
    return events


def prepare(parts: Parts, events: Sequence[Read], progress: Progress) -> list[Prepared]:
    """Search for every event.

    Raises:
        ConfigurationError: the knowledge base embeds by itself.
        LogatlasError: it cannot be searched.
    """
    if parts.embedder is None:
        raise ConfigurationError("training needs a knowledge base whose texts are embedded on this side")
    index = GuideIndex(parts.catalog.guides)
    shared: dict[str, Chunk] = {}
    limits = {**DEFAULT_LIMITS, Kind.GUIDE: _DEEP, Kind.EXAMPLE: 0}
    prepared = []
    for number, one in enumerate(events, start=1):
        query = build_query(one.event, one.template, parts.taxonomy.version, limits=limits)
        hits = parts.knowledge.search(query)
        prepared.append(
            Prepared(
                one.made,
                one.event,
                one.template,
                one.words,
                tuple(replace(hit, chunk=shared.setdefault(hit.chunk.chunk_id, hit.chunk)) for hit in hits),
                tuple(index.match(EventView(one.event))),
                parts.embedder.embed([query.text])[0],
            )
        )
        parts.next_event()
        progress("searching", number, len(events))
    return prepared


def sampled(events: Sequence[Read]) -> list[Read]:
    """Every ``SHARE``-th event by the hash of its text, the same in every run."""
    return [one for one in events if zlib.crc32(one.made.raw.encode("utf-8", "surrogatepass")) % SHARE == 0]


def train(
    events: Sequence[Read],
    prepared: Sequence[Prepared],
    taxonomy: Taxonomy,
    catalog: Catalog,
    penalty: float,
    progress: Progress,
) -> Training:
    """Fit word model (on ``events``) and weights (on ``prepared``) with each fold of products held out, then on all.

    The signal ``words`` of an event always comes from a model that never saw its product, except for events of known
    products, whose words the shipped model has seen as well.
    """
    whole = _words_model(events, None)
    siblings: dict[str, list[Prepared]] = defaultdict(list)
    for one in prepared:
        siblings[one.made.product].append(one)
    guides = {guide.guide_id: guide for guide in catalog.guides}
    groups: dict[int, list[Group]] = defaultdict(list)
    for fold in range(FOLDS):
        model = _words_model(events, fold)
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


def fit_activities(events: Sequence[Read], taxonomy: Taxonomy, catalog: Catalog) -> tuple[WordModel, list[str]]:
    """A model of words whose classes are the captions of activities, over all OCSF classes, and these captions.

    Unknown and Other teach nothing.
    """
    guides = {guide.guide_id: guide for guide in catalog.guides}
    taught: list[tuple[Read, str]] = []
    for one in events:
        activity_id = one.made.activity_id
        if one.made.guide_id:
            match = guides[one.made.guide_id].matches(EventView(one.event))
            activity_id = match.activity_id if match else None
        if activity_id not in (None, 0, 99):
            taught.append((one, taxonomy[one.made.class_uid].activities[activity_id].caption))
    captions = sorted({caption for _, caption in taught})
    places = [captions.index(caption) for _, caption in taught]
    words = [one.words for one, _ in taught]
    return fit_words(words, places, [one.made.product for one, _ in taught], _ACTIVITY_WORDS), captions


def balanced(groups: Sequence[Group]) -> list[Group]:
    """Groups weighted so that neither a product with many samples nor a frequent class rules."""
    keys = [(g.product, g.mode, g.class_uids[int(g.right.argmax())] if g.right.any() else -1) for g in groups]
    sizes = Counter(keys)
    return [replace(g, weight=g.weight * sizes[key] ** -0.5) for g, key in zip(groups, keys, strict=True)]


def _words_model(events: Sequence[Read], held_out: int | None) -> WordModel:
    used = [
        p for p in events if p.made.tier is not Tier.PRODUCT or fold_of(p.made.product, FOLDS) != held_out
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
    """The event in each mode that is possible for it."""
    view = EventView(one.event)
    for mode in _modes_of(one.made):
        examples = _examples(one, siblings) if mode == "taught" else []
        if mode == "taught" and not examples:
            continue
        hits = [h for h in one.hits if _known(one, mode, h.chunk.chunk_id, h.chunk.metadata.get("product"))]
        matches = [m for m in one.matches if _known(one, mode, m.guide.guide_id, m.guide.product)]
        words = (whole if mode == "known" else model).log_probabilities(one.event, one.template)
        candidates = build_candidates(
            [*with_words(_shallow(hits), words), *examples],
            matches,
            view,
            one.template.template_id,
            taxonomy,
            guides,
            words,
        )
        yield group_of(candidates, one.made.class_uid, one.made.acceptable, MODES[mode], mode, one.made.product)


def _modes_of(made: SyntheticEvent) -> Sequence[str]:
    """An event of a product without guides is cold; one of a guide of no product can only be without that guide."""
    if not made.guide_id:
        return ("cold",)
    return tuple(MODES) if made.tier is Tier.PRODUCT else ("unlisted",)


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
