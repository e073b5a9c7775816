"""What a guide or an example would change, before it is saved: events decided without and with it, nothing stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agents.classifier import Classifier, Decision, TrialExample
from agents.events import Event, Source, Template, make_template, parse, printable
from agents.knowledge.base import Chunk, KnowledgeUnavailableError
from agents.knowledge.catalog import CustomGuides, EventView, Guide
from agents.knowledge.catalog.custom import packaged_id

if TYPE_CHECKING:
    from app.services import Services

TriedEvent = tuple[str, Source, str | None]
"""Raw text, source and, where it is stored, the id of an event."""


@dataclass(frozen=True)
class _Trial:
    """Two classifiers, without and with what is tried.

    ``matched``: whether what is tried is about an event; ``touched``: whether it, or what it replaces, may move the
    decision on it. An event that is not touched is decided once.
    """

    now: Classifier
    then: Classifier
    matched: Callable[[Event, Template], bool]
    touched: Callable[[Event, Template], bool]


def try_guide(services: Services, guide: Guide, events: Sequence[TriedEvent]) -> dict[str, Any]:
    """``KnowledgeTry`` of the API: each event as it is decided now and as it would be with ``guide``.

    Only events that the guide matches, or the one it stands in place of did, are decided twice; events of one
    template that it treats alike once. That a guide is also found by searches for events that it does not match is
    left out.

    Raises:
        KnowledgeUnavailableError: the custom guides that are in force cannot be read.
    """
    held = _held(services)
    replaced = _replaced(services, held, guide)

    def matched(event: Event, _: Template) -> bool:
        return guide.matches(EventView(event)) is not None

    def touched(event: Event, template: Template) -> bool:
        view = EventView(event)
        return matched(event, template) or any(other.matches(view) for other in replaced)

    classifier = services.classifier
    return _tried(
        services, _Trial(classifier.trying(held), classifier.trying(held.put(guide)), matched, touched), events
    )


def try_example(services: Services, example: Chunk, events: Sequence[TriedEvent]) -> dict[str, Any]:
    """``KnowledgeTry`` of the API: each event as it is decided now and as it would be with ``example``.

    ``matched`` says that an event is of the example's template. Events that resemble it too little for a vote stay as
    they are.

    Raises:
        KnowledgeUnavailableError: the custom guides that are in force cannot be read.
    """
    held = _held(services)
    embedder = services.embedder
    trial = TrialExample(example, None if embedder is None else embedder.embed)

    def matched(_: Event, template: Template) -> bool:
        return template.template_id == str(example.metadata["template_id"])

    classifier = services.classifier
    return _tried(
        services, _Trial(classifier.trying(held), classifier.trying(held, trial), matched, trial.concerns), events
    )


def _tried(services: Services, trial: _Trial, events: Sequence[TriedEvent]) -> dict[str, Any]:
    kept: dict[tuple[str, bool, bool], tuple[Decision, Decision]] = {}

    def one(tried: TriedEvent) -> dict[str, Any]:
        raw, source, event_id = tried
        event = parse(raw, source)
        template = make_template(event)
        matched, touched = trial.matched(event, template), trial.touched(event, template)
        key = template.template_id, matched, touched
        if key not in kept:
            kept[key] = _both(trial, raw, source, touched=touched)
        before, after = (decision.to_dict() for decision in kept[key])
        for document in (before, after):
            document["event_id"] = event_id or document["event_id"]
        return {
            "raw": printable(raw), "event_id": event_id, "before": before, "after": after, "matched": matched,
            "changed": _outcome(kept[key][0]) != _outcome(kept[key][1]),
        }  # fmt: skip

    under_way = [services.executor.submit(copy_context().run, one, event) for event in events]
    results = [future.result() for future in under_way]
    return {"results": results, "changed": sum(result["changed"] for result in results)}


def _held(services: Services) -> CustomGuides:
    held = services.knowledge_editor.guides()
    if held is None:
        raise KnowledgeUnavailableError("the custom guides cannot be read now")
    return held


def _both(trial: _Trial, raw: str, source: Source, *, touched: bool) -> tuple[Decision, Decision]:
    before = trial.now.classify(raw, source).decision
    return before, trial.then.classify(raw, source).decision if touched else before


def _replaced(services: Services, held: CustomGuides, guide: Guide) -> list[Guide]:
    """The guides that would not be asked any more."""
    packaged = services.knowledge_editor.packaged.by_id.get(packaged_id(guide.guide_id))
    return [other for other in (held.guides.get(guide.guide_id), packaged) if other is not None]


def _outcome(decision: Decision) -> tuple[int, int, str]:
    return decision.class_uid, decision.activity_id, str(decision.status)
