"""Three ways to score choices through an OpenAI-compatible server, best first.

``by_tokens``  The server tokenises conversations (``/tokenize`` of vLLM) and returns the log-probabilities of a prompt
               (``/v1/completions`` with ``echo``): exact, in the model's own chat format.
``by_text``    It returns log-probabilities of a prompt, but does not tokenise conversations: exact for the plain layout
               ``User: … Assistant: …`` in which a line break ends the answer.
``by_answer``  It only lists the likeliest tokens of its own answer (``/v1/chat/completions`` with ``logprobs``;
               llama-server, Ollama): an estimate. One answer is asked for, constrained to the choices where the server
               can; a choice scores the log-probability of its tokens up to and including the first that differs from
               that answer, and a choice that is in no list scores less than the least of the list where it drops out.

With ``by_tokens`` and ``by_text`` a server may read the name of a control token inside a log as that token; what the
rest of the prompt says is not at stake, only the scores of that log.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from agents.llm.base import Message, ModelResponseError

_LISTED = 20  # the most alternatives that the API allows to ask for
_UNLISTED_PENALTY = 2.0


class Post(Protocol):
    """Sends a request for the configured model; raises the errors of ``LanguageModel``."""

    def __call__(self, path: str, body: Mapping[str, Any], /) -> Any:
        """The JSON answer."""
        ...


Scoring = Callable[[Post, Sequence[Message], Sequence[str]], list[float]]
"""Scores of choices, in their order."""


def detect_scoring(post: Post) -> Scoring:
    """The best way that the server behind ``post`` offers, found by asking it for something small.

    Raises:
        ModelUnavailableError, ModelBusyError, ModelTimeoutError: nothing can be said about the server now.
    """
    try:
        (probe,) = _prompt_logprobs(post, ["Hello world"])
    except ModelResponseError:
        return by_answer
    if len(probe.logprobs) < 2:
        return by_answer
    try:
        return partial(by_tokens, _end_of_turn(post))
    except ModelResponseError:
        return by_text


class _Logprobs(NamedTuple):
    """Log-probabilities of the tokens of a prompt, ``None`` for the first, and where in the text each begins."""

    logprobs: list[float | None]
    offsets: list[int]


def by_tokens(end_of_turn: int, post: Post, messages: Sequence[Message], choices: Sequence[str]) -> list[float]:
    """Exact scores in the model's chat format."""
    prompt = _tokenize_conversation(post, messages, ask=True)
    answers = [[*_tokenize(post, choice), end_of_turn] for choice in choices]
    read = _prompt_logprobs(post, [prompt + answer for answer in answers])
    start = len(prompt)
    return [
        _total(result.logprobs[start : start + len(answer)], len(answer))
        for result, answer in zip(read, answers, strict=True)
    ]


def by_text(post: Post, messages: Sequence[Message], choices: Sequence[str]) -> list[float]:
    """Exact scores in the plain layout; the line break after the answer counts as its end."""
    prompt = "".join(f"{m.role.capitalize()}: {m.content}\n\n" for m in messages) + "Assistant:"
    texts = [f"{prompt} {choice}\n" for choice in choices]
    scores = []
    for text, result in zip(texts, _prompt_logprobs(post, texts), strict=True):
        inside = [p for p, at in zip(result.logprobs, result.offsets, strict=False) if len(prompt) <= at < len(text)]
        scores.append(_total(inside, max(1, len(inside))))
    return scores


def by_answer(post: Post, messages: Sequence[Message], choices: Sequence[str]) -> list[float]:
    """Estimates from one answer and its alternatives."""
    body = {
        "messages": [{"role": m.role, "content": m.content} for m in messages],
        "max_tokens": 64,
        "temperature": 0,
        "logprobs": True,
        "top_logprobs": _LISTED,
    }
    try:
        answer = post("v1/chat/completions", body | _constraint(choices))
    except ModelResponseError as error:
        if error.details.get("status") not in (400, 422):
            raise
        # Servers that know no such constraint refuse it; the prompt alone must then keep the answer to the choices.
        answer = post("v1/chat/completions", body)
    try:
        steps = [
            {_text(listed): float(listed["logprob"]) for listed in [*step["top_logprobs"], step]}
            for step in answer["choices"][0]["logprobs"]["content"]
        ]
        written = [_text(step) for step in answer["choices"][0]["logprobs"]["content"]]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ModelResponseError("the model server gives no log-probabilities (`logprobs`)") from error
    if not written:
        raise ModelResponseError("the model server wrote no answer")
    return [_estimate(choice, written, steps) for choice in choices]


def _constraint(choices: Sequence[str]) -> dict[str, Any]:
    """What keeps an answer to the choices, in the words of vLLM (new and old) and of llama-server (a GBNF grammar)."""
    grammar = "root ::= " + " | ".join(json.dumps(choice, ensure_ascii=False) for choice in choices)
    return {"structured_outputs": {"choice": list(choices)}, "guided_choice": list(choices), "grammar": grammar}


def _estimate(choice: str, written: Sequence[str], steps: Sequence[Mapping[str, float]]) -> float:
    """Follow the answer for as long as ``choice`` begins with it, then take the alternative that goes on."""
    rest = choice
    score = 0.0
    for number, (token, listed) in enumerate(zip(written, steps, strict=True)):
        if not rest:
            return score  # the answer goes on, and so extends the choice: its end is in no list
        # The first token may carry the space that separates it from the prompt.
        spellings = {text: text.lstrip() if number == 0 else text for text in listed}
        if spellings[token] and rest.startswith(spellings[token]):
            score += listed[token]
            rest = rest[len(spellings[token]) :]
            continue
        options = [listed[text] for text, spelling in spellings.items() if spelling and rest.startswith(spelling)]
        return score + (max(options) if options else min(listed.values()) - _UNLISTED_PENALTY)
    return score if not rest else score - _UNLISTED_PENALTY


def _text(token: Mapping[str, Any]) -> str:
    return str(token["token"])


def _end_of_turn(post: Post) -> int:
    """The token after an assistant's answer, found by comparing a conversation with and without one."""
    question, answer = Message("user", "Hello"), Message("assistant", "Hi")
    before = _tokenize_conversation(post, [question], ask=True)
    whole = _tokenize_conversation(post, [question, answer], ask=False)
    start = [*before, *_tokenize(post, answer.content)]
    if whole[: len(start)] != start or len(whole) == len(start):
        raise ModelResponseError("the server's chat format writes answers differently from how it asks for them")
    return whole[len(start)]


def _tokenize_conversation(post: Post, messages: Sequence[Message], *, ask: bool) -> list[int]:
    turns = [{"role": m.role, "content": m.content} for m in messages]
    return _tokens(post("tokenize", {"messages": turns, "add_generation_prompt": ask, "add_special_tokens": False}))


def _tokenize(post: Post, text: str) -> list[int]:
    return _tokens(post("tokenize", {"prompt": text, "add_special_tokens": False}))


def _tokens(answer: Any) -> list[int]:
    tokens = answer.get("tokens") if isinstance(answer, dict) else None
    if not tokens or not all(isinstance(token, int) for token in tokens):
        raise ModelResponseError("the model server does not tokenise conversations")
    return list(tokens)


def _prompt_logprobs(post: Post, prompts: Sequence[str] | Sequence[list[int]]) -> list[_Logprobs]:
    """Log-probabilities of each prompt's tokens and of one token after it, which no server minds to generate.

    Raises:
        ModelResponseError: the server cannot.
    """
    answer = post(
        "v1/completions", {"prompt": list(prompts), "echo": True, "logprobs": 1, "max_tokens": 1, "temperature": 0}
    )
    try:
        found = sorted(answer["choices"], key=lambda choice: choice["index"])
        results = [
            _Logprobs(list(c["logprobs"]["token_logprobs"]), list(c["logprobs"].get("text_offset") or []))
            for c in found
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelResponseError("the model server gives no log-probabilities of a prompt (`echo`)") from error
    if len(results) != len(prompts):
        raise ModelResponseError(f"the model server answered {len(results)} of {len(prompts)} prompts")
    return results


def _total(logprobs: Sequence[float | None], expected: int) -> float:
    if len(logprobs) != expected or any(p is None or not math.isfinite(p) for p in logprobs):
        raise ModelResponseError("the model server gave log-probabilities for some tokens only")
    return float(sum(p for p in logprobs if p is not None))
