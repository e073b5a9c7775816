"""Which products of the catalog an event comes from: what a cold source must not know."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import yaml

from agents.events import parse
from agents.knowledge.catalog import Catalog, EventView, Guide, Tier
from evals.data import LabelledEvent

Words = frozenset[str]


class Products:
    """Finds the catalog's products for the labels of an event; made once for a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._guides: Mapping[str, list[Guide]] = _by_product(catalog.guides)

    def of(self, event: LabelledEvent) -> frozenset[str]:
        """The products of the event's vendor that are named like its product or know the event, else all of them.

        A product also counts when its name says the same as the event's product, whatever the vendor (a product may
        have been bought), and when one of the vendor's guides recognises the event: then that product documents it,
        however it is labelled. Generic guides belong to no product and are never hidden.
        """
        vendor, product = _vendor(event.vendor), _words(event.product)
        owned = {name for name, guides in self._guides.items() if vendor and _vendor(guides[0].vendor) == vendor}
        same = {name for name, guides in self._guides.items() if product and _same(product, guides[0])}
        named = {name for name in owned if product and product <= _name_of(self._guides[name][0])}
        known = self._recognising(event, owned)
        found = named | same | known
        return frozenset(found or owned)

    def _recognising(self, event: LabelledEvent, names: Iterable[str]) -> set[str]:
        view = EventView(parse(event.raw))
        return {name for name in names if any(guide.match and guide.matches(view) for guide in self._guides[name])}


def _by_product(guides: Iterable[Guide]) -> dict[str, list[Guide]]:
    found: dict[str, list[Guide]] = defaultdict(list)
    for guide in guides:
        if guide.tier is Tier.PRODUCT:
            found[guide.product].append(guide)
    return found


def _name_of(guide: Guide) -> Words:
    return _words(guide.product) | _words(guide.product_title)


def _same(product: Words, guide: Guide) -> bool:
    """Whether a product's name says the same as that of a guide's product, the vendor's words left out."""
    vendor = _words(guide.vendor)
    names = {(words - vendor) or words for words in (_words(guide.product), _words(guide.product_title))}
    return ((product - vendor) or product) in names


@cache
def _words(text: str) -> Words:
    """The words of a name: parted at capitals within, so that CloudTrail is ``cloud trail``, and told in lower case."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return frozenset(re.findall(r"[a-z0-9]+", parted.lower()))


@cache
def _vendor(name: str) -> str:
    """The vendor by the one name that stands for all of its names; letters and digits only."""
    key = re.sub(r"[^a-z0-9]", "", name.lower())
    return _aliases().get(key, key)


@cache
def _aliases() -> Mapping[str, str]:
    data = yaml.safe_load(files(__package__).joinpath("vendors.yaml").read_text(encoding="utf-8"))
    return {alias: vendor for vendor, aliases in data.items() for alias in (vendor, *aliases)}
