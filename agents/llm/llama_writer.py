"""Answers written token by token, in steps short enough to let other work between them."""

from __future__ import annotations

import codecs
from collections.abc import Generator, Sequence

import numpy as np

from agents.llm.base import Message, ModelResponseError
from agents.llm.llama_native import Aborted, NativeContext, NativeModel, Slot

_BATCH = 128


class LlamaWriter:
    """Writes one answer at a time after prompts of at most ``context`` tokens, prompt and answer together.

    Keeps what it read and wrote, so that the next turn of the same conversation only evaluates what is new.
    Not safe to share by threads, except ``abort`` and ``rearm``.
    """

    def __init__(self, model: NativeModel, *, context: int, threads: int) -> None:
        self._model = model
        self._limit = context
        self._context = NativeContext(model, size=context, batch=_BATCH, threads=threads)
        self._held: list[int] = []
        self._reused = 0
        self._random = np.random.default_rng()
        self.abort = self._context.abort
        self.rearm = self._context.rearm
        self.close = self._context.close

    def write(self, messages: Sequence[Message], max_tokens: int, temperature: float) -> Generator[str, None, None]:
        """The answer in steps: each yields the text that it added, often none.

        A step is one batch of the prompt or one token. The answer ends where the model ends it, after
        ``max_tokens``, or where the context is full. Text is cut between characters only.

        Raises:
            ModelResponseError: the prompt leaves no room for an answer.
            Aborted: ``abort`` was called.
        """
        prompt = self._model.prompt_tokens(messages)
        if len(prompt) >= self._limit:
            raise ModelResponseError(f"the prompt has {len(prompt)} tokens, the model's context {self._limit}")
        try:
            yield from self._write(prompt, max_tokens, temperature)
        except (Aborted, ModelResponseError):
            self._context.forget()
            self._held = []
            raise

    def _write(self, prompt: list[int], max_tokens: int, temperature: float) -> Generator[str, None, None]:
        for _ in self._read(prompt):
            yield ""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        last = (len(prompt) - 1 - self._reused) % _BATCH
        for _ in range(min(max_tokens, self._limit - len(prompt))):
            token = self._choose(last, temperature)
            if self._model.ends_answer(token):
                break
            yield decoder.decode(self._model.piece(token))
            if len(self._held) < self._limit:
                self._context.decode([Slot(token, len(self._held), output=True)])
                self._held.append(token)
            last = 0
        yield decoder.decode(b"", final=True)

    def _read(self, prompt: list[int]) -> Generator[None, None, None]:
        reused = 0
        for held, token in zip(self._held, prompt[:-1], strict=False):
            if held != token:
                break
            reused += 1
        if not self._context.forget(0, reused):
            self._context.forget()
            reused = 0
        self._reused = reused
        del self._held[reused:]
        last = len(prompt) - 1
        for start in range(reused, len(prompt), _BATCH):
            chunk = prompt[start : start + _BATCH]
            self._context.decode([Slot(token, start + i, output=start + i == last) for i, token in enumerate(chunk)])
            self._held += chunk
            yield

    def _choose(self, slot: int, temperature: float) -> int:
        logits = self._context.logits(slot)
        if temperature <= 0:
            return int(logits.argmax())
        scaled = (logits.astype(np.float64) - float(logits.max())) / temperature
        weights = np.exp(scaled)
        return int(self._random.choice(len(weights), p=weights / weights.sum()))
