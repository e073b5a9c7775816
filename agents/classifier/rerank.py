"""Asks the language model how likely each candidate's class name is after the event."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence

from agents.classifier.candidates import Candidate
from agents.events import Event, Template, printable
from agents.llm.base import LanguageModel, Message, ModelResponseError
from agents.ocsf import Taxonomy
from prompts import Prompt

EXCERPT_CHARACTERS = 600
_WINDOW = 60


class Reranker:
    """Scores candidates by the log-probability of their class name, corrected by the name's prior.

    ``log P(name | event) - log P(name | empty event)`` is what the event adds to the name, so that a name that
    the model likes anyway gains nothing by it. The priors are asked for once per name and kept.
    """

    def __init__(self, model: LanguageModel, prompt: Prompt, taxonomy: Taxonomy) -> None:
        self.model = model
        self.prompt = prompt
        self.taxonomy = taxonomy
        self._priors: dict[str, float] = {}
        self._lock = threading.Lock()

    def rerank(
        self, event: Event, template: Template, candidates: Sequence[Candidate], timeout: float
    ) -> tuple[Candidate, ...]:
        """The candidates with ``llm`` (log-odds against their mean, clipped to +-10) and ``llm_score`` (softmax).

        Raises:
            ModelUnavailableError, ModelBusyError, ModelTimeoutError, ModelResponseError
        """
        names = [self.taxonomy[c.class_uid].caption for c in candidates]
        priors = self._priors_of(names, timeout)
        scores = self.model.score_choices(self._messages(excerpt(event, template)), names, timeout=timeout)
        gains = [score - prior for score, prior in zip(scores, priors, strict=True)]
        if not all(map(math.isfinite, gains)):
            raise ModelResponseError("the model gave a score that is not a number")
        mean, highest = sum(gains) / len(gains), max(gains)
        odds = [math.exp(gain - highest) for gain in gains]
        return tuple(
            candidate.with_llm(max(-10.0, min(10.0, gain - mean)), odd / sum(odds))
            for candidate, gain, odd in zip(candidates, gains, odds, strict=True)
        )

    def warm_up(self, timeout: float) -> None:
        """Ask for the priors of all current classes, so that no event pays for it."""
        self._priors_of([c.caption for c in self.taxonomy.current], timeout)

    def _priors_of(self, names: Sequence[str], timeout: float) -> list[float]:
        with self._lock:
            unknown = [name for name in dict.fromkeys(names) if name not in self._priors]
        if unknown:
            found = self.model.score_choices(self._messages("-"), unknown, timeout=timeout)
            with self._lock:
                self._priors.update(zip(unknown, found, strict=True))
        with self._lock:
            return [self._priors[name] for name in names]

    def _messages(self, event: str) -> tuple[Message, ...]:
        return (Message("user", self.prompt.render(event=event)),)


def excerpt(event: Event, template: Template, limit: int = EXCERPT_CHARACTERS) -> str:
    """The event as one line of at most ``limit`` characters that keeps its telling fields.

    A short event stands whole. Of a long one the telling ``name=value`` pairs come first, then its beginning.
    The marks that quote the event in the prompt cannot occur in it.
    """
    line = " ".join(printable(event.raw[: 20 * limit]).split())
    if len(line) > limit:
        telling, room = [], limit * 2 // 3
        for field in template.telling:
            pair = f"{field.name}={' '.join(printable(field.value[:_WINDOW]).split())}"
            if len(pair) + 1 > room:
                break
            telling.append(pair)
            room -= len(pair) + 1
        line = " ".join([*dict.fromkeys(telling), line])[:limit]
    return line.replace("<event>", "(event)").replace("</event>", "(/event)")
