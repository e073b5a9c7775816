"""Scores of given answers, exactly and with as little evaluation as possible."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agents.llm.base import Message, ModelResponseError
from agents.llm.llama_native import Aborted, NativeContext, NativeModel, Slot

_BATCH = 128  # as fast as larger ones on a CPU, and the attention over a chunk's own future is not computed
_CHOICES_AT_ONCE = 63
_OUTPUTS = 64

_PROMPT = 0  # the sequence of the prompt; choices get the sequences after it


class LlamaScorer:
    """Scores choices after prompts of at most ``context`` tokens; keeps the last prompt to reuse its beginning.

    Not safe to share by threads, except ``abort`` and ``rearm``.
    """

    def __init__(self, model: NativeModel, *, context: int, threads: int) -> None:
        self._model = model
        self._limit = context
        self._context = NativeContext(
            model, size=context + _OUTPUTS, batch=_BATCH, sequences=_CHOICES_AT_ONCE + 1, outputs=_OUTPUTS,
            threads=threads, exact=True,
        )  # fmt: skip
        self._held: list[int] = []
        self.abort = self._context.abort
        self.rearm = self._context.rearm
        self.close = self._context.close

    def score(self, messages: Sequence[Message], choices: Sequence[str]) -> list[float]:
        """The natural-log probability of each choice as the whole answer.

        Raises:
            ModelResponseError: the prompt does not fit the context, or a choice is longer than 64 tokens.
            Aborted: ``abort`` was called.
        """
        prompt = self._model.prompt_tokens(messages)
        if len(prompt) > self._limit:
            raise ModelResponseError(f"the prompt has {len(prompt)} tokens, the model's context {self._limit}")
        answers = [self._model.answer_tokens(choice) for choice in choices]
        if any(len(answer) > _OUTPUTS for answer in answers):
            raise ModelResponseError(f"a choice is longer than {_OUTPUTS} tokens")
        try:
            first = self._read(prompt)
            scores: dict[tuple[int, ...], float] = {}
            for group in _groups(sorted(set(answers))):
                scores.update(self._score_group(first, group))
        except (Aborted, ModelResponseError):
            self._context.forget()
            self._held = []
            raise
        return [scores[answer] for answer in answers]

    def _read(self, prompt: list[int]) -> NDArray[np.float64]:
        """Evaluate what the context does not hold of ``prompt`` yet; log-probabilities of the token after it."""
        reused = min(_common_prefix(self._held, prompt), len(prompt) - 1)
        if not self._context.forget(_PROMPT, reused):
            self._context.forget()
            reused = 0
        for start in range(reused, len(prompt), _BATCH):
            chunk = prompt[start : start + _BATCH]
            last = len(prompt) - 1
            self._context.decode([Slot(token, start + i, output=start + i == last) for i, token in enumerate(chunk)])
        self._held = prompt
        return _log_softmax(self._context.logits((len(prompt) - 1 - reused) % _BATCH))

    def _score_group(
        self, first: NDArray[np.float64], answers: Sequence[tuple[int, ...]]
    ) -> dict[tuple[int, ...], float]:
        """Scores of answers that fit one batch, each in a sequence of its own behind the shared prompt."""
        slots = []
        for sequence, answer in enumerate(answers, _PROMPT + 1):
            self._context.forget(sequence)
            self._context.share(_PROMPT, sequence)
            slots += [Slot(token, len(self._held) + i, (sequence,), output=True) for i, token in enumerate(answer[:-1])]
        if slots:
            self._context.decode(slots)
        scores = {}
        slot = 0
        for sequence, answer in enumerate(answers, _PROMPT + 1):
            score = first[answer[0]]
            for token in answer[1:]:
                score += _log_softmax(self._context.logits(slot))[token]
                slot += 1
            scores[answer] = float(score)
            self._context.forget(sequence)
        return scores


def _groups(answers: Sequence[tuple[int, ...]]) -> list[list[tuple[int, ...]]]:
    """``answers`` in groups that fit one batch."""
    groups: list[list[tuple[int, ...]]] = []
    room = 0
    for answer in answers:
        if not groups or len(answer) > room or len(groups[-1]) == _CHOICES_AT_ONCE:
            groups.append([])
            room = _OUTPUTS
        groups[-1].append(answer)
        room -= len(answer)
    return groups


def _common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    for i, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return i
    return min(len(one), len(other))


def _log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    shifted = logits.astype(np.float64) - float(logits.max())
    result: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum())
    return result
