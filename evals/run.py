"""One evaluation: labelled events through the classifier in process, figures and predictions into a folder."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from agents.classifier import Classifier, DecidedBy, Reranker, Status, load_ranker
from agents.events import Source
from agents.knowledge.build import sync
from agents.knowledge.catalog import Catalog, load_catalog
from agents.ocsf import load_taxonomy
from app.services import open_knowledge, open_model
from app.settings import Settings
from evals.configurations import Configuration
from evals.data import LabelledEvent
from evals.metrics import Prediction, by_vendor, summarise
from evals.report import write_report
from prompts import load_prompt


@dataclass(frozen=True)
class Run:
    """What a run produced: predictions and the metrics that were written."""

    predictions: tuple[Prediction, ...]
    metrics: dict[str, Any]


def evaluate(
    events: Sequence[LabelledEvent],
    configuration: Configuration,
    settings: Settings,
    out: Path,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Classify every event and write ``metrics.json``, ``predictions.jsonl`` and ``report.html`` into ``out``.

    The knowledge base is the embedded one, kept in ``<data_dir>/evals`` apart from the service's and in step with
    the catalog; it holds no examples of analysts.
    """
    out.mkdir(parents=True, exist_ok=True)
    taxonomy = load_taxonomy(settings.ocsf_version)
    catalog = load_catalog(taxonomy)
    apart = settings.model_copy(update={"data_dir": settings.data_dir / "evals", "knowledge": "qdrant_edge"})
    knowledge, embedder = open_knowledge(apart)
    sync(knowledge, taxonomy, catalog)
    model = None if configuration.options.use_model == "never" else open_model(settings)
    reranker = Reranker(model, load_prompt("rerank"), taxonomy) if model is not None else None
    options = replace(configuration.options, model_timeout_s=max(settings.llm_timeout_s, 60.0))
    classifier = Classifier(
        taxonomy, knowledge, load_ranker(), reranker, None, guides=catalog.guides, options=options
    )  # fmt: skip
    try:
        classifier.warm_up()
        started = time.perf_counter()
        predictions = []
        with (out / "predictions.jsonl").open("wb") as file:
            for prediction, line in _predict(events, classifier, catalog, configuration):
                predictions.append(prediction)
                file.write(orjson.dumps(line) + b"\n")
                if progress:
                    progress(len(predictions), len(events))
        seconds = time.perf_counter() - started
    finally:
        if model is not None:
            model.close()
        knowledge.close()
        if embedder is not None:
            embedder.close()
    metrics: dict[str, Any] = {
        "configuration": configuration.name,
        **summarise(predictions),
        "seconds": round(seconds, 2),
        "versions": {
            "ocsf": taxonomy.version,
            "ranker": classifier.ranker.version,
            "model": model.name if model is not None else "none",
            "guides": len(catalog.guides),
        },
        "by_vendor": by_vendor(predictions),
    }
    (out / "metrics.json").write_bytes(orjson.dumps(metrics, option=orjson.OPT_INDENT_2))
    write_report(out / "report.html", configuration, metrics, predictions, taxonomy)
    return Run(tuple(predictions), metrics)


def _predict(
    events: Sequence[LabelledEvent], classifier: Classifier, catalog: Catalog, configuration: Configuration
) -> Iterator[tuple[Prediction, dict[str, Any]]]:
    retrieves = configuration.options.use_model != "only"
    for event in events:
        hidden = products_of(event, catalog) if configuration.cold_source else frozenset()
        started = time.perf_counter()
        decision = classifier.classify(event.raw, Source(), exclude_products=hidden).decision
        ms = (time.perf_counter() - started) * 1e3
        hits = classifier.retrieve(event.raw, exclude_products=hidden) if retrieves else []
        prediction = Prediction(
            event_id=event.id,
            vendor=event.vendor,
            class_uid=event.class_uid,
            accepted=frozenset({event.class_uid, *event.acceptable_class_uids}),
            ranked=tuple(c.class_uid for c in decision.candidates),
            retrieved=_unique(hit.chunk.class_uid for hit in hits),
            confidence=decision.confidence,
            abstained=decision.status is Status.NEEDS_REVIEW,
            asked_model=decision.decided_by is DecidedBy.LLM,
            ms=ms,
            activity_id=event.activity_id,
            predicted_activity_id=decision.activity_id,
        )
        yield (
            prediction,
            {
                "id": event.id,
                "vendor": event.vendor,
                "product": event.product,
                "class_uid": event.class_uid,
                "activity_id": event.activity_id,
                "right": prediction.right,
                "retrieved": prediction.retrieved[:10],
                "decision": decision.to_dict(),
            },
        )


def products_of(event: LabelledEvent, catalog: Catalog) -> frozenset[str]:
    """The catalog products that an event's labels name: every product of its vendor, and any named like its product."""
    labels = (_key(event.vendor), _key(event.product))
    return frozenset(
        guide.product
        for guide in catalog.guides
        if any(label and label in _key(f"{guide.vendor} {guide.product} {guide.product_title}") for label in labels)
    )


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _unique(uids: Iterable[int | None]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(uid for uid in uids if uid is not None))
