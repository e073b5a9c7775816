"""The catalog: guides on the log sources that security teams collect, as data."""

from agents.knowledge.catalog.custom import CUSTOM, CheckedGuide, CustomGuides, Problem, check_guide
from agents.knowledge.catalog.guide import Condition, EventView, Guide, GuideMatch, Tier
from agents.knowledge.catalog.index import GuideIndex
from agents.knowledge.catalog.loader import Catalog, CatalogError, load_catalog
from agents.knowledge.catalog.samples import fill

__all__ = [
    "CUSTOM",
    "Catalog",
    "CatalogError",
    "CheckedGuide",
    "Condition",
    "CustomGuides",
    "EventView",
    "Guide",
    "GuideIndex",
    "GuideMatch",
    "Problem",
    "Tier",
    "check_guide",
    "fill",
    "load_catalog",
]
