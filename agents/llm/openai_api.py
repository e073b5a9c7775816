"""A model behind a server that speaks the OpenAI API (llama-server, vLLM, Ollama and others), over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event as Flag
from typing import Any

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type

from agents.errors import ConfigurationError, LogatlasError
from agents.llm.base import (
    Message,
    ModelBusyError,
    ModelResponseError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from agents.llm.breaker import CircuitBreaker
from agents.llm.openai_scoring import Scoring, detect_scoring

_ATTEMPTS = 3
_LONGEST_PAUSE_S = 30.0


class OpenAIModel:
    """A language model served over HTTP. Implements ``LanguageModel``.

    Whether scores are exact depends on the server, which is found out with the first request and remembered (see
    ``openai_scoring``): exact where the server returns the log-probabilities of a prompt (vLLM), otherwise an
    estimate from the alternatives that the server lists for the tokens of one constrained answer.

    Connection errors, 429 (after ``Retry-After``) and 5xx are retried within the timeout, other refusals are not.
    After ``breaker_threshold`` failed calls in a row the server is left alone for ``breaker_pause_s`` seconds.
    No error, log line or ``repr`` contains the key.

    Args:
        base_url: with or without ``/v1``.
        model: what the server calls the model.
        timeout: seconds for a whole ``score_choices``, and for each piece of ``stream``, unless the call says.
        backoff_s: pause before the first retry; doubles with each.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str | None = None,
        *,
        timeout: float = 10.0,
        backoff_s: float = 0.25,
        breaker_threshold: int = 5,
        breaker_pause_s: float = 30.0,
    ) -> None:
        try:
            url = httpx.URL(base_url)
        except httpx.InvalidURL as error:
            raise ConfigurationError(f"the URL of the model server is malformed: {error}") from None
        self._model = model
        self._timeout = timeout
        self._backoff_s = backoff_s
        self._breaker = CircuitBreaker(breaker_threshold, breaker_pause_s)
        self._client = httpx.Client(
            # The client logs its URLs, so user and password must not stay in this one.
            base_url=url.copy_with(path=url.path.rstrip("/").removesuffix("/v1") + "/", userinfo=b""),
            auth=(url.username, url.password) if url.userinfo else None,
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
        )
        self._place = url.netloc.decode("ascii")
        self._scoring: Scoring | None = None

    def __repr__(self) -> str:
        return f"OpenAIModel({self.name})"

    @property
    def name(self) -> str:
        """Model and server (``llama-3.1-8b@gpu1:8080``)."""
        return f"{self._model}@{self._place}"

    def score_choices(
        self, messages: Sequence[Message], choices: Sequence[str], *, timeout: float | None = None
    ) -> list[float]:
        """Exact scores or estimates, as the server allows; see the class and ``LanguageModel.score_choices``."""
        if not choices:
            return []
        deadline = time.monotonic() + (self._timeout if timeout is None else timeout)

        def post(path: str, body: Mapping[str, Any]) -> Any:
            return self._post(path, {"model": self._model, **body}, deadline)

        if self._scoring is None:
            self._scoring = detect_scoring(post)
        unique = sorted(set(choices))
        scores = dict(zip(unique, self._scoring(post, messages, unique), strict=True))
        return [scores[choice] for choice in choices]

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.0,
        stop: Flag | None = None,
        timeout: float | None = None,
    ) -> Iterator[str]:
        """See ``LanguageModel.stream``.

        ``stop`` is noticed with the next piece. Stopping or closing drops the connection, which makes servers
        stop generating. A broken connection is not retried: pieces may already have been shown.
        """
        body = {
            "model": self._model,
            "messages": [{"role": m.role, "content": m.content} for m in messages],
            "max_tokens": max_tokens,
            "temperature": temperature,
            "stream": True,
        }
        limit = self._timeout if timeout is None else timeout
        with (
            self._guarded(),
            self._client.stream("POST", "v1/chat/completions", json=body, timeout=limit) as response,
        ):
            self._raise_for_status(response)
            complete = False
            for line in response.iter_lines():
                if stop is not None and stop.is_set():
                    return
                data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
                if data == "[DONE]":
                    return
                if data:
                    piece, last = _delta(data)
                    complete = complete or last
                    if piece:
                        yield piece
            if not complete:
                raise ModelResponseError(f"the model server {self._place} broke off its answer")

    def check(self) -> None:
        """Ask the server for its models.

        Raises:
            ModelUnavailableError: it does not answer, refuses the key, or its circuit breaker is open.
        """
        if self._breaker.is_open:
            raise ModelUnavailableError(f"the model server {self._place} failed repeatedly and is left alone")
        try:
            with self._guarded():
                self._raise_for_status(self._client.get("v1/models", timeout=self._timeout))
        except (ModelTimeoutError, ModelBusyError, ModelResponseError) as error:
            raise ModelUnavailableError(error.message) from error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _post(self, path: str, body: Mapping[str, Any], deadline: float) -> Any:
        """The JSON answer to a POST, with retries until ``deadline`` on the monotonic clock."""

        def pause(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.details.get("retry_after") if isinstance(error, LogatlasError) else None
            own = self._backoff_s * 2 ** (state.attempt_number - 1)
            return float(asked) if isinstance(asked, float) else min(own, _LONGEST_PAUSE_S)

        def give_up(state: RetryCallState) -> bool:
            return state.attempt_number >= _ATTEMPTS or time.monotonic() + pause(state) >= deadline

        attempts = Retrying(
            retry=retry_if_exception_type((ModelBusyError, _FailedError)),
            stop=give_up,
            wait=pause,
            reraise=True,
        )
        return attempts(self._post_once, path, body, deadline)

    def _post_once(self, path: str, body: Mapping[str, Any], deadline: float) -> Any:
        left = deadline - time.monotonic()
        if left <= 0:
            raise ModelTimeoutError(f"the model server {self._place} did not answer in time")
        with self._guarded():
            response = self._client.post(path, json=body, timeout=left)
            self._raise_for_status(response)
            try:
                return response.json()
            except ValueError as error:
                raise ModelResponseError(f"the model server {self._place} did not answer in JSON") from error

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Turn the client's exceptions into ours, and tell the breaker how the call went."""
        if self._client.is_closed:
            raise ModelUnavailableError("the model is closed")
        self._breaker.before_call()
        try:
            yield
        except httpx.TimeoutException as error:
            self._breaker.failed()
            if isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout)):
                raise _FailedError(f"the model server {self._place} cannot be reached in time") from error
            raise ModelTimeoutError(f"the model server {self._place} did not answer in time") from error
        except httpx.HTTPError as error:
            self._breaker.failed()
            raise _FailedError(f"the model server {self._place} cannot be used: {type(error).__name__}") from error
        except _FailedError:
            self._breaker.failed()
            raise
        except LogatlasError:
            self._breaker.succeeded()  # it answered, if only to say no
            raise
        self._breaker.succeeded()

    def _raise_for_status(self, response: httpx.Response) -> None:
        """Raise for anything but 2xx. The body of an error is not repeated: servers put keys into it."""
        status = response.status_code
        if response.is_success:
            return
        said = f"the model server {self._place} answered {status}"
        if status == httpx.codes.TOO_MANY_REQUESTS:
            raise ModelBusyError(f"{said}: too many requests", retry_after=_seconds(response.headers))
        if response.is_server_error:
            raise _FailedError(said, retry_after=_seconds(response.headers))
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise ModelUnavailableError(f"{said}: check LLM_API_KEY")
        raise ModelResponseError(said, status=status)


class _FailedError(ModelUnavailableError):
    """The server failed in a way that may pass."""


def _seconds(headers: httpx.Headers) -> float | None:
    """``Retry-After`` where it is a number of seconds; dates are left to our own pauses."""
    value = headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else None


def _delta(data: str) -> tuple[str, bool]:
    """The text of one server-sent event (often empty), and whether it says that the answer is complete."""
    try:
        event = json.loads(data)
        if "error" in event:
            raise ModelResponseError("the model server reported an error in the middle of its answer")
        choice = (event.get("choices") or [{}])[0]
        return (choice.get("delta") or {}).get("content") or "", bool(choice.get("finish_reason"))
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise ModelResponseError("the model server sent an event that is not a chat completion") from error
