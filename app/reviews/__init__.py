"""The review loop: what a confirm or override sets in motion, and how it is undone. ``open_reviews`` is the way in."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from agents.classifier import Classifier
from agents.knowledge.base import KnowledgeBase
from agents.ocsf import Taxonomy
from app.decision_chunks import DecisionChunks
from app.live import LiveFeed
from app.reviews.asked import Asked
from app.reviews.learning import Learning
from app.reviews.loop import ReviewLoop
from app.reviews.pins import Pins
from app.reviews.shown import review_json
from app.reviews.steps import LATE_S, Steps
from app.reviews.work import Work
from app.storage import Store

__all__ = ["Asked", "Pins", "ReviewLoop", "Reviews", "open_reviews"]


@dataclass(frozen=True)
class Reviews:
    """The review loop with the thread that does its work."""

    loop: ReviewLoop
    work: Work


def open_reviews(
    stack: ExitStack,
    store: Store,
    pins: Pins,
    knowledge: KnowledgeBase,
    classifier: Classifier,
    decision_chunks: DecisionChunks,
    taxonomy: Taxonomy,
    live: LiveFeed,
    late_s: float = LATE_S,
) -> Reviews:
    """The review loop over these parts; the caller starts its ``work``, and ``stack`` ends it.

    ``late_s``: seconds after which events are looked for that were being decided when a pin came.
    """
    learning = Learning(store, pins, knowledge, classifier, decision_chunks, taxonomy)
    steps = Steps(store, pins, learning, taxonomy, live, late_s)
    work = Work(store, steps, live, lambda batch: review_json(batch, taxonomy))
    stack.callback(work.close)
    return Reviews(ReviewLoop(store, pins, work, taxonomy, live), work)
