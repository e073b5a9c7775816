"""What of the classifier may be switched off or changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from agents.classifier.query import DEFAULT_LIMITS
from agents.knowledge.base import Kind


@dataclass(frozen=True)
class Options:
    """What may be switched off or changed to see what a stage is worth; the defaults are the product.

    ``use_model``: ``auto`` asks when the margin is small, ``always`` for every cold event, ``only`` decides by the
    model's score over all classes without retrieval, ``never`` not at all.
    """

    limits: Mapping[Kind, int] = field(default_factory=lambda: dict(DEFAULT_LIMITS))
    mode: Literal["hybrid", "lexical", "dense"] = "hybrid"
    use_model: Literal["auto", "always", "only", "never"] = "auto"
    use_ranker: bool = True
    use_memo: bool = True
    abstain_below: float | None = None
    rerank_margin: float | None = None
    model_timeout_s: float = 10.0
