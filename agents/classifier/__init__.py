"""The classifier agent: from a raw event to a decision with evidence."""

from agents.classifier.agent import Classified, Classifier, Pin
from agents.classifier.decision import DecidedBy, Decision, EvidenceItem, ScoredClass, Status, Versions
from agents.classifier.examples import example_chunk
from agents.classifier.memo import Memo
from agents.classifier.options import Options
from agents.classifier.ranker import Ranker, load_ranker
from agents.classifier.rerank import Reranker
from agents.classifier.trial import TrialExample

__all__ = [
    "Classified",
    "Classifier",
    "DecidedBy",
    "Decision",
    "EvidenceItem",
    "Memo",
    "Options",
    "Pin",
    "Ranker",
    "Reranker",
    "ScoredClass",
    "Status",
    "TrialExample",
    "Versions",
    "example_chunk",
    "load_ranker",
]
