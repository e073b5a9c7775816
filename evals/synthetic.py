"""Labelled events that the ranker learns from: the catalog's samples, and events of products without a guide."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agents.knowledge.catalog import Catalog, Tier, fill
from evals.data import load_data

TRAINING = Path(__file__).parent / "training_events"


@dataclass(frozen=True, slots=True)
class SyntheticEvent:
    """A filled sample of a guide, whose label is what the guide says of it, or an event that no guide is about.

    ``guide_id`` is empty for the latter, whose ``activity_id`` is known where one was written down; the activity of the
    former follows from its guide.
    """

    raw: str
    class_uid: int
    acceptable: frozenset[int]
    product: str
    guide_id: str
    tier: Tier
    activity_id: int | None = None


def synthetic_events(catalog: Catalog) -> Iterator[SyntheticEvent]:
    """One event per sample of every guide, the same at each call."""
    for guide in catalog.guides:
        for number, sample in enumerate(guide.samples):
            yield SyntheticEvent(
                raw=fill(sample, seed=zlib.crc32(f"{guide.guide_id}#{number}".encode())),
                class_uid=guide.class_uid,
                acceptable=frozenset({guide.class_uid, *guide.also_acceptable}),
                product=guide.product,
                guide_id=guide.guide_id,
                tier=guide.tier,
            )


def unlisted_events(folder: Path = TRAINING) -> Iterator[SyntheticEvent]:
    """The events of ``*.jsonl`` in a folder: each of another product, none of which has a guide."""
    for path in sorted(folder.glob("*.jsonl")):
        for event in load_data(path).events:
            yield SyntheticEvent(
                raw=event.raw,
                class_uid=event.class_uid,
                acceptable=frozenset({event.class_uid, *event.acceptable_class_uids}),
                product=f"unlisted:{event.product.lower()}",
                guide_id="",
                tier=Tier.PRODUCT,
                activity_id=event.activity_id,
            )


def fold_of(product: str, folds: int) -> int:
    """The fold in which a product is held out, the same in every run."""
    return zlib.crc32(product.encode()) % folds
