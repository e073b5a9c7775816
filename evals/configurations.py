"""The configurations of an evaluation: the product, and the product with one part taken away or alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agents.classifier.options import Options
from agents.classifier.query import DEFAULT_LIMITS
from agents.knowledge.base import Kind


def _without(*kinds: Kind) -> dict[Kind, int]:
    return {kind: limit for kind, limit in DEFAULT_LIMITS.items() if kind not in kinds}


@dataclass(frozen=True)
class Configuration:
    """Options of the classifier for one run; ``cold_source`` hides all guides and examples of an event's product."""

    name: str
    about: str
    options: Options
    cold_source: bool = False


_ALL = (
    Configuration("default", "as shipped, without the memo", Options(use_memo=False)),
    Configuration("no-model", "the language model is never asked", Options(use_memo=False, use_model="never")),
    Configuration("model-only", "the model alone, over all classes", Options(use_memo=False, use_model="only")),
    Configuration("no-guides", "no guides", Options(use_memo=False, limits=_without(Kind.GUIDE))),
    Configuration("no-examples", "no examples", Options(use_memo=False, limits=_without(Kind.EXAMPLE))),
    Configuration("lexical-only", "no embeddings", Options(use_memo=False, mode="lexical")),
    Configuration("dense-only", "no BM25", Options(use_memo=False, mode="dense")),
    Configuration("no-ranker", "retrieval order decides", Options(use_memo=False, use_ranker=False, use_model="never")),
    Configuration("cold-source", "nothing known of the event's product", Options(use_memo=False), cold_source=True),
)

CONFIGURATIONS: Mapping[str, Configuration] = {c.name: c for c in _ALL}
"""Every configuration by name."""
