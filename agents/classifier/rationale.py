"""Why a class was chosen, in one or two plain sentences made only from what was measured."""

from __future__ import annotations

from agents.classifier.ranker import Ranked
from agents.knowledge.base import Kind
from agents.ocsf import OcsfClass, Taxonomy


def explain(ocsf_class: OcsfClass, best: Ranked, runner_up: Ranked | None, taxonomy: Taxonomy, *, asked: bool) -> str:
    """The reason for ``best``: its matching guide, else what it resembles; then the runner-up and the model's part."""
    candidate = best.candidate
    sentences = []
    if candidate.match is not None:
        guide = candidate.match.guide
        fields = ", ".join(f"{f.name}={_short(f.value)}" for f in candidate.match.fields[:4])
        because = f" ({fields})" if fields else ""
        sentences.append(f"Matches the guide “{guide.title}” of {guide.product_name}{because}.")
        if guide.why:
            sentences.append(guide.why)
    elif candidate.evidence:
        closest = max(candidate.evidence, key=lambda e: e.score)
        what = "description" if closest.kind == Kind.CLASS else f"{closest.kind} “{closest.title}”"
        sentences.append(f"No guide matches; closest to the {what} of {ocsf_class.caption}.")
    else:
        sentences.append("Nothing known resembles this event.")
    if asked and candidate.llm_score is not None:
        sentences.append(f"The language model gave it {candidate.llm_score:.0%} among the candidates.")
    if runner_up is not None and candidate.match is None:
        name = taxonomy[runner_up.candidate.class_uid].caption
        sentences.append(f"Runner-up: {name}, {best.probability - runner_up.probability:.0%} behind.")
    return " ".join(sentences)


def _short(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= 40 else line[:39] + "…"
