"""A GGUF model in this process, through llama.cpp: one thread owns the model, callers queue for it."""

from __future__ import annotations

import math
import os
import queue
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from pathlib import Path
from threading import Event as Flag

from agents.llm.base import (
    Message,
    ModelBusyError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from agents.llm.llama_native import Aborted, NativeModel
from agents.llm.llama_scorer import LlamaScorer
from agents.llm.llama_writer import LlamaWriter

_STOP_POLL_S = 0.05


class LlamaCppModel:
    """A language model from a GGUF file. Implements ``LanguageModel``; scores are exact.

    A score depends neither on the order of the choices nor on earlier requests. The company of other choices moves
    the sums of one in their last bits, which models with quantised weights round up now and then: on SmolLM2-135M in
    Q8_0 nine of ten scores stay the same to the last bit, the others were seen to move by up to 0.2.

    The owner thread alternates between scoring and at most one answer being written, batch by batch and token by
    token, so that each gets half of the time when both are wanted; further answers wait for their turn. Writing
    has a second context, made when the first answer is asked for, so that neither disturbs what the other has read.

    Args:
        path: the GGUF file.
        name: what ``versions.model`` of a decision says.
        threads: CPU threads; ``None`` for all cores that this process may use.
        gpu_layers: layers on the GPU, -1 for all.
        context: most tokens of a prompt (for ``stream`` with the answer); bounded by what the model was trained on.
        queue_size: most requests that may wait; one more is refused.
        lora: a LoRA adapter in GGUF, applied with ``lora_scale``.

    Raises:
        ModelUnavailableError: the file is missing or cannot be loaded.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        threads: int | None = None,
        gpu_layers: int = 0,
        context: int = 2048,
        queue_size: int = 32,
        lora: Path | None = None,
        lora_scale: float = 1.0,
    ) -> None:
        self._name = name
        self._owner = _Owner(
            NativeModel(path, gpu_layers=gpu_layers, lora=lora, lora_scale=lora_scale),
            context=context,
            threads=threads or len(os.sched_getaffinity(0)),
            queue_size=queue_size,
        )
        # Also runs at interpreter exit: llama.cpp must not compute while its libraries are being taken down.
        self._close = weakref.finalize(self, self._owner.close)

    def __repr__(self) -> str:
        return f"LlamaCppModel({self._name})"

    @property
    def name(self) -> str:
        """The name given at construction."""
        return self._name

    def score_choices(
        self, messages: Sequence[Message], choices: Sequence[str], *, timeout: float | None = None
    ) -> list[float]:
        """Exact scores; see ``LanguageModel.score_choices``.

        Raises:
            ModelResponseError: also when the prompt exceeds the context; callers truncate.
        """
        if not choices:
            return []
        job = _Scoring(tuple(messages), tuple(choices))
        self._owner.submit(job)
        return job.result(timeout, self._owner)

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.0,
        stop: Flag | None = None,
        timeout: float | None = None,
    ) -> Iterator[str]:
        """See ``LanguageModel.stream``. The request is queued when the first piece is asked for.

        Greedy at temperature 0. Ends without error where the context is full.
        """
        job = _Writing(tuple(messages), max_tokens, temperature, stop)
        self._owner.submit(job)
        try:
            yield from job.pieces(timeout)
        finally:
            self._owner.cancel(job)

    def check(self) -> None:
        """Raise ModelUnavailableError once closed."""
        self._owner.check()

    def close(self) -> None:
        """Stop what runs, fail what waits, free the weights."""
        self._close()


class _Job:
    """What a caller waits for; ``cancelled`` once it does not any more."""

    def __init__(self, messages: tuple[Message, ...]) -> None:
        self.messages = messages
        self.cancelled = False


class _Scoring(_Job):
    def __init__(self, messages: tuple[Message, ...], choices: tuple[str, ...]) -> None:
        super().__init__(messages)
        self.choices = choices
        self._done = Flag()
        self._scores: list[float] = []
        self._error: Exception | None = None

    def finish(self, scores: list[float]) -> None:
        self._scores = scores
        self._done.set()

    def fail(self, error: Exception) -> None:
        self._error = error
        self._done.set()

    def result(self, timeout: float | None, owner: _Owner) -> list[float]:
        if not self._done.wait(timeout):
            owner.cancel(self)
            raise ModelTimeoutError(f"the model did not answer within {timeout} s")
        if self._error is not None:
            raise self._error
        return self._scores


class _Writing(_Job):
    def __init__(self, messages: tuple[Message, ...], max_tokens: int, temperature: float, stop: Flag | None) -> None:
        super().__init__(messages)
        self.max_tokens = max_tokens
        self.temperature = temperature
        self.stop = stop
        self.steps: Generator[str, None, None] | None = None
        self._pieces: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()

    def stopped(self) -> bool:
        return self.stop is not None and self.stop.is_set()

    def add(self, piece: str) -> None:
        self._pieces.put(piece)

    def finish(self) -> None:
        self._pieces.put(None)

    def fail(self, error: Exception) -> None:
        self._pieces.put(error)

    def pieces(self, timeout: float | None) -> Iterator[str]:
        while not self.stopped():
            piece = self._wait(timeout)
            if piece is None:
                return
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def _wait(self, timeout: float | None) -> str | Exception | None:
        """The next piece; a stop flag cannot wake this thread, so it looks for one now and then."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.stopped():
            left = math.inf if deadline is None else deadline - time.monotonic()
            pause = min(left, math.inf if self.stop is None else _STOP_POLL_S)
            try:
                return self._pieces.get(timeout=None if pause == math.inf else max(0.0, pause))
            except queue.Empty:
                if pause == left:
                    raise ModelTimeoutError(f"the model wrote nothing for {timeout} s") from None
        return None


class _Owner:
    """The thread that alone touches the model, and the queues in front of it."""

    def __init__(self, model: NativeModel, *, context: int, threads: int, queue_size: int) -> None:
        self._model = model
        self._threads = threads
        self._queue_size = queue_size
        self._context = min(context, model.trained_context or context)
        try:
            self._scorer = LlamaScorer(model, context=self._context, threads=threads)
        except ModelUnavailableError:
            model.close()
            raise
        self._writer: LlamaWriter | None = None
        self._scorings: deque[_Scoring] = deque()
        self._writings: deque[_Writing] = deque()
        self._answer: _Writing | None = None  # the one being written
        self._active: _Scoring | _Writing | None = None  # what the thread works on at this moment
        self._balance = 0.0  # seconds that scoring has had more than writing while both were wanted
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="llama.cpp", daemon=True)
        self._thread.start()

    def check(self) -> None:
        if self._closed or not self._thread.is_alive():
            raise ModelUnavailableError("the model is closed")

    def submit(self, job: _Scoring | _Writing) -> None:
        with self._changed:
            self.check()
            if len(self._scorings) + len(self._writings) >= self._queue_size:
                raise ModelBusyError(f"{self._queue_size} requests already wait for the model")
            if isinstance(job, _Scoring):
                self._scorings.append(job)
            else:
                self._writings.append(job)
            self._changed.notify()

    def cancel(self, job: _Scoring | _Writing) -> None:
        """Nobody waits for ``job`` any more: take it out of its queue, or interrupt it."""
        with self._changed:
            job.cancelled = True
            if self._active is job:
                self._abort()
            elif isinstance(job, _Scoring) and job in self._scorings:
                self._scorings.remove(job)
            elif isinstance(job, _Writing) and job in self._writings:
                self._writings.remove(job)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._abort()
            self._changed.notify()
        # The garbage collector may close a forgotten model from any thread, this one's own included.
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _abort(self) -> None:
        if isinstance(self._active, _Scoring):
            self._scorer.abort()
        elif isinstance(self._active, _Writing) and self._writer is not None:
            self._writer.abort()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            started = time.monotonic()
            if isinstance(job, _Scoring):
                self._attempt(job, partial(self._score, job))
                self._balance += time.monotonic() - started
            else:
                if not self._attempt(job, partial(self._write, job)):
                    self._answer = None
                self._balance -= time.monotonic() - started
        self._shut_down()

    def _next(self) -> _Scoring | _Writing | None:
        """What to work on now, ``None`` when closed; waits for it."""
        with self._changed:
            self._active = None
            self._changed.wait_for(lambda: self._closed or self._scorings or self._writings or self._answer)
            if self._closed:
                return None
            if self._answer is None and self._writings:
                self._answer = self._writings.popleft()
            if self._answer is None or not self._scorings:
                self._balance = 0.0
            score = self._scorings and (self._answer is None or self._balance <= 0)
            self._active = self._scorings.popleft() if score else self._answer
            # Under the lock: a cancellation that comes from now on is meant for this piece of work.
            self._scorer.rearm()
            if self._writer is not None:
                self._writer.rearm()
            return self._active

    def _attempt(self, job: _Scoring | _Writing, work: Callable[[], bool]) -> bool:
        """Do a piece of work and hand its failure to whoever waits; false when there is no more to do."""
        try:
            return work()
        except Aborted:
            job.fail(ModelUnavailableError("the model was closed"))
        except Exception as error:  # noqa: BLE001 - the caller's to handle, and the thread must go on
            job.fail(error)
        return False

    def _score(self, job: _Scoring) -> bool:
        job.finish(self._scorer.score(job.messages, job.choices))
        return False

    def _write(self, job: _Writing) -> bool:
        if job.steps is None:
            if self._writer is None:
                self._writer = LlamaWriter(self._model, context=self._context, threads=self._threads)
            job.steps = self._writer.write(job.messages, job.max_tokens, job.temperature)
        if job.cancelled or job.stopped():
            job.steps.close()
            job.finish()
            return False
        piece = next(job.steps, None)
        if piece is None:
            job.finish()
            return False
        if piece:
            job.add(piece)
        return True

    def _shut_down(self) -> None:
        answer = [self._answer] if self._answer else []
        waiting: list[_Scoring | _Writing] = [*self._scorings, *self._writings, *answer]
        for job in waiting:
            job.fail(ModelUnavailableError("the model was closed"))
        self._scorer.close()
        if self._writer is not None:
            self._writer.close()
        self._model.close()
