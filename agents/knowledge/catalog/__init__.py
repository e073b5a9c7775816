"""The catalog: guides on the log sources that security teams collect, as data."""

from agents.knowledge.catalog.guide import Condition, EventView, Guide, GuideMatch, Tier
from agents.knowledge.catalog.index import GuideIndex
from agents.knowledge.catalog.loader import Catalog, CatalogError, load_catalog
from agents.knowledge.catalog.samples import fill

__all__ = [
    "Catalog",
    "CatalogError",
    "Condition",
    "EventView",
    "Guide",
    "GuideIndex",
    "GuideMatch",
    "Tier",
    "fill",
    "load_catalog",
]
