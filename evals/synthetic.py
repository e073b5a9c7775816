"""Labelled events made from the catalog's sample shapes: what the ranker learns from."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from agents.knowledge.catalog import Catalog, Tier, fill


@dataclass(frozen=True, slots=True)
class SyntheticEvent:
    """A filled sample of a guide: what the guide says of it is its label."""

    raw: str
    class_uid: int
    acceptable: frozenset[int]
    product: str
    guide_id: str
    tier: Tier


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


def fold_of(product: str, folds: int) -> int:
    """The fold in which a product is held out, the same in every run."""
    return zlib.crc32(product.encode()) % folds
