"""The parts of an evaluation: the product's own, apart from the service's data, with answers kept for one event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from agents.classifier import Classifier, Options, Ranker, Reranker, load_ranker
from agents.knowledge.base import Hit, KnowledgeBase, Progress, Query
from agents.knowledge.build import sync
from agents.knowledge.catalog import Catalog, load_catalog
from agents.knowledge.embedding import Embedder
from agents.llm.base import LanguageModel, Message
from agents.ocsf import Taxonomy, load_taxonomy
from app.services import open_knowledge, open_model
from app.settings import Settings
from evals.products import Products
from prompts import load_prompt

_MODEL_TIMEOUT_S = 60.0


class KeptSearches:
    """A knowledge base that answers a query that was just asked from memory, so that one event is searched for once.

    Everything but ``search`` goes to the knowledge base itself.
    """

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self._knowledge = knowledge
        self._kept: dict[str, list[Hit]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._knowledge, name)

    def search(self, query: Query) -> list[Hit]:
        """The hits of the knowledge base; see ``KnowledgeBase.search``."""
        key = repr(replace(query, limits=dict(query.limits), exclude_products=frozenset())) + repr(
            sorted(query.exclude_products)
        )
        if key not in self._kept:
            self._kept[key] = self._knowledge.search(query)
        return self._kept[key]

    def forget(self) -> None:
        """Forget what was searched for; called before each event."""
        self._kept.clear()


class KeptScores:
    """A language model that answers from memory what it scored for the event at hand.

    The order and number of choices do not change a score (the contract of ``LanguageModel``), so only choices that are
    new for a prompt reach the model.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._kept: dict[tuple[tuple[Message, ...], str], float] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def score_choices(
        self, messages: Sequence[Message], choices: Sequence[str], *, timeout: float | None = None
    ) -> list[float]:
        """The log-probability of each choice; see ``LanguageModel.score_choices``."""
        prompt = tuple(messages)
        missing = [choice for choice in dict.fromkeys(choices) if (prompt, choice) not in self._kept]
        if missing:
            scores = self._model.score_choices(messages, missing, timeout=timeout)
            self._kept.update(((prompt, choice), score) for choice, score in zip(missing, scores, strict=True))
        return [self._kept[prompt, choice] for choice in choices]

    def forget(self) -> None:
        """Forget what was scored; called before each event."""
        self._kept.clear()


@dataclass(frozen=True)
class Parts:
    """Everything that an evaluation classifies with, open; made by ``open_parts``."""

    settings: Settings
    taxonomy: Taxonomy
    catalog: Catalog
    products: Products
    knowledge: Any  # KeptSearches, which is a KnowledgeBase by what it forwards
    embedder: Embedder | None
    reranker: Reranker | None
    ranker: Ranker

    def classifier(self, options: Options) -> Classifier:
        """A classifier without memo over these parts; the model may take a minute before an event goes without it."""
        patient = replace(options, model_timeout_s=max(self.settings.llm_timeout_s, _MODEL_TIMEOUT_S), use_memo=False)
        return Classifier(
            self.taxonomy, self.knowledge, self.ranker, self.reranker, None, guides=self.catalog.guides, options=patient
        )

    def next_event(self) -> None:
        """Forget the answers of the event before, so that each event is timed as a cold one."""
        self.knowledge.forget()
        if self.reranker is not None and isinstance(self.reranker.model, KeptScores):
            self.reranker.model.forget()

    @property
    def model_name(self) -> str:
        """The model's name, ``none`` without one."""
        return self.reranker.model.name if self.reranker is not None else "none"


@contextmanager
def open_parts(settings: Settings, *, with_model: bool = True, progress: Progress | None = None) -> Iterator[Parts]:
    """Open the parts and bring the knowledge base, kept in ``<data_dir>/evals``, in step with the catalog.

    ``progress`` sees how many chunks have been written. The knowledge base holds no examples of analysts.

    Raises:
        LogatlasError: a part cannot be opened, or another process evaluates in the same data folder.
    """
    taxonomy = load_taxonomy(settings.ocsf_version)
    catalog = load_catalog(taxonomy)
    apart = settings.model_copy(update={"data_dir": settings.data_dir / "evals", "knowledge": "qdrant_edge"})
    with ExitStack() as stack:
        knowledge, embedder = open_knowledge(apart)
        if embedder is not None:
            stack.callback(embedder.close)
        stack.callback(knowledge.close)
        sync(knowledge, taxonomy, catalog, progress)
        model = open_model(settings) if with_model else None
        if model is not None:
            stack.callback(model.close)
        reranker = Reranker(_kept(model), load_prompt("rerank"), taxonomy) if model is not None else None
        yield Parts(
            settings, taxonomy, catalog, Products(catalog), KeptSearches(knowledge), embedder, reranker, load_ranker()
        )


def _kept(model: LanguageModel) -> Any:
    return KeptScores(model)
