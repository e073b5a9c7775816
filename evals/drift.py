"""The drift suite: events as a shipper, a version or a cut changes them, against the same events untouched."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from app.evaluations.intervals import differences
from app.evaluations.metrics import Prediction, columns_of, summarise
from evals.configurations import CONFIGURATIONS
from evals.data import LabelledEvent
from evals.folder import Line, prediction_of
from evals.parts import Parts
from evals.run import Progress, classify_one, figures_of
from evals.transformations import TRANSFORMATIONS


def run_drift(
    events: Sequence[LabelledEvent],
    parts: Parts,
    *,
    per_event: int | None = None,
    seed: int = 0,
    progress: Progress = lambda *_: None,
) -> tuple[dict[str, Any], list[Line]]:
    """Decide every event untouched and under every transformation that applies to it, or ``per_event`` drawn ones.

    The metrics hold the figures over all changed events with ``difference`` to the same events untouched
    (``[value, low, high]``, paired and clustered by source), and ``by_transformation``. A *flip* is an event whose
    class differs from that of the event untouched. The lines are those of the changed events.
    """
    configuration = CONFIGURATIONS["default"]
    classifier = parts.classifier(configuration.options)
    classifier.warm_up()

    def decided(event: LabelledEvent) -> dict[str, Any]:
        parts.next_event()
        return classify_one(event, configuration, classifier, parts)

    lines: list[Line] = []
    pairs: dict[str, list[tuple[Prediction, Prediction]]] = {name: [] for name in TRANSFORMATIONS}
    for number, event in enumerate(events, start=1):
        untouched = prediction_of(decided(event))
        for name, raw in changed_forms(event, per_event, seed).items():
            changed = event.model_copy(update={"id": f"{event.id}~{name}", "raw": raw})
            line = decided(changed) | {"transformation": name}
            lines.append(line)
            pairs[name].append((untouched, prediction_of(line)))
        progress("drift", number, len(events))
    return _summary(pairs, seed), lines


def changed_forms(event: LabelledEvent, per_event: int | None, seed: int) -> dict[str, str]:
    """The forms of an event by the name of the transformation, those that would leave it as it is left out.

    The same seed and event give the same forms.
    """
    forms: dict[str, str] = {}
    for name, transformation in TRANSFORMATIONS.items():
        changed = transformation.apply(event.raw, _random(seed, event.id, name))
        if changed is not None and changed != event.raw:
            forms[name] = changed
    if per_event is not None and per_event < len(forms):
        kept = _random(seed, event.id, "choice").sample(sorted(forms), per_event)
        forms = {name: raw for name, raw in forms.items() if name in kept}
    return forms


def _random(seed: int, *names: str) -> random.Random:
    return random.Random("\0".join([str(seed), *names]))  # noqa: S311  (made-up log values, nothing secret)


def _summary(pairs: Mapping[str, Sequence[tuple[Prediction, Prediction]]], seed: int) -> dict[str, Any]:
    every = [pair for found in pairs.values() for pair in found]
    before, after = [a for a, _ in every], [b for _, b in every]
    apart = differences(columns_of(before), columns_of(after), [p.source for p in before], seed=seed)
    return {
        **figures_of(after, seed),
        "untouched_top1": summarise(before)["top1"],
        "flips": _flips(every),
        "difference": {name: [d.value, d.low, d.high] for name, d in apart.items()},
        "by_transformation": {
            name: {
                "about": TRANSFORMATIONS[name].about,
                **summarise([b for _, b in found]),
                "untouched_top1": summarise([a for a, _ in found])["top1"],
                "flips": _flips(found),
            }
            for name, found in pairs.items()
            if found
        },
    }


def _flips(pairs: Sequence[tuple[Prediction, Prediction]]) -> int:
    return sum(a.decided_class != b.decided_class for a, b in pairs)
