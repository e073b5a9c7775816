"""What examples are worth: sources that nobody described, with 0, 1, 3 and 10 of their events confirmed."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from agents.classifier import Classifier, Options, example_chunk
from agents.events import Source, make_template, parse
from evals.data import LabelledEvent
from evals.parts import Parts

NUMBERS = (0, 1, 3, 10)
"""How many events of a source are confirmed."""
_FEWEST = 14  # events that a source must have, so that some are left to decide


@dataclass(frozen=True, slots=True)
class Taught:
    """Events of sources with ``number`` examples: how many were decided, shares right in the first and in three.

    ``sources`` is the number of sources; all count alike in the shares.
    """

    number: int
    sources: int
    events: int
    top1: float
    top3: float


def measure_examples(
    parts: Parts, events: Sequence[LabelledEvent], seed: int, progress: Callable[[str, int, int], None]
) -> list[Taught]:
    """Decide the events of each source while its guides are hidden, with ever more examples of it.

    Only events are decided that share no template with an example, so what is measured is the move of neighbours. The
    same events are decided for every number. The examples are taken out again at the end of each source.
    """
    sources: dict[tuple[str, str], list[LabelledEvent]] = defaultdict(list)
    for event in events:
        sources[event.vendor, event.product].append(event)
    enough = [found for found in sources.values() if len(found) >= _FEWEST]
    classifier = parts.classifier(Options(use_memo=False, use_model="never"))
    rights: dict[int, list[tuple[float, float, int]]] = defaultdict(list)
    for done, found in enumerate(enough, start=1):
        order = random.Random(seed).sample(found, len(found))  # noqa: S311  (which examples, nothing secret)
        examples, rest = order[: NUMBERS[-1]], order[NUMBERS[-1] :]
        shown = {_template(event) for event in examples}
        asked = [event for event in rest if _template(event) not in shown]
        if not asked:
            continue
        for number in NUMBERS:
            chunks = [
                example_chunk(e.raw, Source(), e.class_uid, e.activity_id, parts.taxonomy, by="evaluation")
                for e in examples[:number]
            ]
            parts.knowledge.upsert(chunks)
            try:
                rights[number].append(_decided(parts, classifier, asked))
            finally:
                parts.knowledge.delete([chunk.chunk_id for chunk in chunks])
        progress("sources", done, len(enough))
    return [
        Taught(
            number, len(found), sum(n for _, _, n in found),
            fmean(top1 for top1, _, _ in found), fmean(top3 for _, top3, _ in found),
        )
        for number, found in rights.items()
    ]  # fmt: skip


def _decided(parts: Parts, classifier: Classifier, asked: Sequence[LabelledEvent]) -> tuple[float, float, int]:
    first, three = [], []
    for event in asked:
        parts.next_event()
        decision = classifier.classify(event.raw, exclude_products=parts.products.of(event)).decision
        accepted = {event.class_uid, *event.acceptable_class_uids}
        uids = [candidate.class_uid for candidate in decision.candidates]
        first.append(not accepted.isdisjoint(uids[:1]))
        three.append(not accepted.isdisjoint(uids[:3]))
    return fmean(first), fmean(three), len(asked)


def _template(event: LabelledEvent) -> str:
    return make_template(parse(event.raw)).template_id
