"""Any causal model that Hugging Face transformers loads, in this process (optional extra ``transformers``)."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event as Flag
from typing import Any

from agents.llm.base import (
    Message,
    ModelBusyError,
    ModelResponseError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from agents.llm.chat_template import PLAIN_TEMPLATE, ChatTemplate, ControlTokens

_UNFINISHED = "\ufffd"  # what a decoder writes for the first bytes of a character


class TransformersModel:
    """A causal language model through transformers. Implements ``LanguageModel``; scores are exact.

    Evaluations take turns: a scoring waits for at most one step of an answer that is being written. Timeouts are
    looked at between evaluations, which cannot be interrupted.

    Args:
        folder_or_name: a folder with a model and its tokenizer, or a name in the local Hugging Face cache.
        download: also look on the network for a name.
        device: where to run, as PyTorch says it (``cpu``, ``cuda``).
        context: most tokens of a prompt (for ``stream`` with the answer); bounded by what the model was trained on.
        queue_size: most requests that may wait; one more is refused.

    Raises:
        ModelUnavailableError: the extra is not installed, or there is no such model.
    """

    def __init__(
        self,
        folder_or_name: str,
        *,
        name: str | None = None,
        download: bool = False,
        device: str = "cpu",
        context: int = 2048,
        queue_size: int = 32,
    ) -> None:
        try:
            import torch
            import transformers
        except ImportError as error:
            raise ModelUnavailableError(
                "transformers is not installed: run `pip install logatlas[transformers]`"
            ) from error
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder_or_name, local_files_only=not download)
            model = transformers.AutoModelForCausalLM.from_pretrained(folder_or_name, local_files_only=not download)
        except (OSError, ValueError, KeyError) as error:
            raise ModelUnavailableError(
                f"transformers cannot load {folder_or_name!r}: it is neither a folder with a causal language model nor "
                f"a name in the local cache ({type(error).__name__})"
            ) from error
        self._torch = torch
        self._tokenizer: Any = tokenizer
        self._model: Any = model.to(device).eval()
        self._name = name or folder_or_name.rstrip("/").rpartition("/")[2]
        trained = getattr(model.config, "max_position_embeddings", None)
        self._context = min(context, trained) if trained else context
        self._template = ChatTemplate(
            tokenizer.chat_template or PLAIN_TEMPLATE, bos=tokenizer.bos_token or "", eos=tokenizer.eos_token or ""
        )
        control = {token.content: i for i, token in tokenizer.added_tokens_decoder.items() if token.special}
        self._control = ControlTokens(control, self._tokenize)
        self._ends = _end_tokens(model, tokenizer, self._control.end_of_turn(self._template))
        self._held: list[int] = []
        self._cache: Any = None
        self._waiting = 0
        self._queue_size = queue_size
        self._counter = threading.Lock()
        self._turn = threading.Lock()

    def __repr__(self) -> str:
        return f"TransformersModel({self._name})"

    @property
    def name(self) -> str:
        """The name given at construction, or the last part of the folder or name."""
        return self._name

    def score_choices(
        self, messages: Sequence[Message], choices: Sequence[str], *, timeout: float | None = None
    ) -> list[float]:
        """Exact scores; see ``LanguageModel.score_choices``. The beginning shared with the last prompt is reused."""
        self.check()
        deadline = _deadline(timeout)
        prompt = self._prompt(messages)
        answers = [(*self._tokenize(choice), self._ends[0]) for choice in choices]
        with self._my_turn(deadline):
            first = self._read(prompt)
            scores = {}
            for answer in set(answers):
                _check(deadline)
                score = first[answer[0]]
                if len(answer) > 1:
                    # A copy: evaluation appends to the cache, and some kinds of cache cannot be cut back.
                    rows, _ = self._evaluate(answer[:-1], copy.deepcopy(self._cache))
                    score = score + rows[range(len(answer) - 1), list(answer[1:])].sum()
                scores[answer] = float(score)
        return [scores[answer] for answer in answers]

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.0,
        stop: Flag | None = None,
        timeout: float | None = None,
    ) -> Iterator[str]:
        """See ``LanguageModel.stream``. Ends without error where the context is full."""
        self.check()
        pending = self._prompt(messages)
        written: list[int] = []
        shown = ""
        cache = None
        for _ in range(min(max_tokens, self._context - len(pending))):
            with self._my_turn(_deadline(timeout)):
                if stop is not None and stop.is_set():
                    return
                rows, cache = self._evaluate(pending, cache)
            token = self._choose(rows[-1], temperature)
            if token in self._ends:
                break
            written.append(token)
            pending = [token]
            text = self._tokenizer.decode(written, skip_special_tokens=True)
            if not text.endswith(_UNFINISHED) and len(text) > len(shown):
                yield text[len(shown) :]
                shown = text
        rest = self._tokenizer.decode(written, skip_special_tokens=True)[len(shown) :]
        if rest:
            yield rest

    def check(self) -> None:
        """Raise ModelUnavailableError once closed."""
        if self._model is None:
            raise ModelUnavailableError("the model is closed")

    def close(self) -> None:
        """Let go of the weights once the running evaluation has ended."""
        with self._turn:
            self._model = self._cache = None
            self._held = []

    def _prompt(self, messages: Sequence[Message]) -> list[int]:
        tokens = self._control.encode(self._template.render(messages))
        bos = self._tokenizer.bos_token_id
        if getattr(self._tokenizer, "add_bos_token", False) and bos is not None and tokens[:1] != [bos]:
            tokens.insert(0, bos)
        if len(tokens) >= self._context:
            raise ModelResponseError(f"the prompt has {len(tokens)} tokens, the model's context {self._context}")
        return tokens

    def _tokenize(self, text: str) -> list[int]:
        """The tokens of ``text``, none of them a control token. Lone surrogates become question marks."""
        clean = text.encode("utf-8", "replace").decode()
        encoded = self._tokenizer(clean, add_special_tokens=False, split_special_tokens=True)
        return list(encoded["input_ids"])

    def _read(self, prompt: list[int]) -> Any:
        """Log-probabilities of the token after ``prompt``, evaluating only what the cache does not hold."""
        reused = 0
        for held, token in zip(self._held, prompt[:-1], strict=False):
            if held != token:
                break
            reused += 1
        try:
            if self._cache is not None and reused:
                self._cache.crop(reused)
        except (AttributeError, NotImplementedError, ValueError):
            reused = 0  # this kind of cache cannot be cut back
        cache, self._cache, self._held = self._cache if reused else None, None, []
        rows, self._cache = self._evaluate(prompt[reused:], cache)
        self._held = prompt
        return rows[-1]

    def _evaluate(self, tokens: Sequence[int], cache: Any) -> tuple[Any, Any]:
        """Log-probabilities after each token (tokens by vocabulary), and the cache with the tokens added."""
        self.check()
        with self._torch.inference_mode():
            ids = self._torch.tensor([list(tokens)], device=self._model.device)
            output = self._model(input_ids=ids, past_key_values=cache, use_cache=True)
            return self._torch.log_softmax(output.logits[0].double(), dim=-1), output.past_key_values

    def _choose(self, logprobs: Any, temperature: float) -> int:
        if temperature <= 0:
            return int(logprobs.argmax())
        return int(self._torch.multinomial((logprobs / temperature).softmax(-1), 1))

    @contextmanager
    def _my_turn(self, deadline: float | None) -> Iterator[None]:
        with self._counter:
            if self._waiting >= self._queue_size:
                raise ModelBusyError(f"{self._queue_size} requests already wait for the model")
            self._waiting += 1
        try:
            left = -1 if deadline is None else max(0.0, deadline - time.monotonic())
            if not self._turn.acquire(timeout=left):
                raise ModelTimeoutError("the model did not get to this request in time")
        finally:
            with self._counter:
                self._waiting -= 1
        try:
            yield
        finally:
            self._turn.release()


def _end_tokens(model: Any, tokenizer: Any, end_of_turn: int | None) -> list[int]:
    """The tokens that end an answer, the one that the chat template writes first."""
    configured = getattr(model.generation_config, "eos_token_id", None)
    ends = [end_of_turn, tokenizer.eos_token_id, *(configured if isinstance(configured, list) else [configured])]
    found = list(dict.fromkeys(end for end in ends if end is not None))
    if not found:
        raise ModelUnavailableError("the model names no token that ends an answer (eos_token)")
    return found


def _deadline(timeout: float | None) -> float | None:
    return None if timeout is None else time.monotonic() + timeout


def _check(deadline: float | None) -> None:
    if deadline is not None and time.monotonic() > deadline:
        raise ModelTimeoutError("the model did not answer in time")
