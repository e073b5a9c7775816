"""A believable mixed stream of events, made from the sample shapes of the catalog."""

from __future__ import annotations

import random
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.resources import files

from agents.knowledge.catalog import Catalog, Guide, Tier, fill
from agents.ocsf import Taxonomy


def demo_stream(
    catalog: Catalog, taxonomy: Taxonomy, seed: int, clock: Callable[[], datetime]
) -> Iterator[tuple[Guide, str]]:
    """Raw events without end, each with the guide that it was made from, and as of what ``clock`` says (aware).

    The same seed gives the same events but for their times. Products and classes are met as often as ``demo.toml``
    says.
    """
    shares = tomllib.loads(files(__package__).joinpath("demo.toml").read_text(encoding="utf-8"))
    guides = [guide for guide in catalog.guides if guide.tier is Tier.PRODUCT and guide.samples]
    of_product = Counter(guide.product for guide in guides)

    def weight(guide: Guide) -> float:
        caption = taxonomy[guide.class_uid].caption
        share: float = shares["products"].get(guide.product, 1) * shares["classes"].get(caption, 1)
        return share / of_product[guide.product]

    weights = [weight(guide) for guide in guides]
    chance = random.Random(seed)  # noqa: S311  (made-up events, nothing secret)
    while True:
        guide = chance.choices(guides, weights)[0]
        yield guide, fill(chance.choice(guide.samples), chance.getrandbits(32), clock())
