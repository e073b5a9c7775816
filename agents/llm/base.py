"""The port to language models: what the classifier and the analyst chat may ask of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Event as Flag
from typing import Literal, Protocol

from agents.errors import LogatlasError, UnavailableError


class ModelUnavailableError(UnavailableError):
    """The model cannot be loaded or reached, or its circuit breaker is open."""

    code = "model_unavailable"


class ModelBusyError(UnavailableError):
    """The model's queue is full; the request was not started."""

    code = "model_busy"


class ModelTimeoutError(UnavailableError):
    """The model did not answer within the time the caller gave it."""

    code = "model_timeout"


class ModelResponseError(LogatlasError):
    """The model answered something that is not an answer to the question."""

    code = "model_response"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation, in the roles every chat template knows."""

    role: Literal["system", "user", "assistant"]
    content: str


class LanguageModel(Protocol):
    """A causal language model that can score given answers and write new ones. Safe to share by threads."""

    @property
    def name(self) -> str:
        """Model, quantisation and adapter, as it goes into ``versions.model`` of a decision."""
        ...

    def score_choices(
        self, messages: Sequence[Message], choices: Sequence[str], *, timeout: float | None = None
    ) -> list[float]:
        """The natural-log probability of each choice as the assistant's whole answer to ``messages``.

        The prompt is evaluated once and shared by all choices. Each score is the sum over the tokens of the
        choice and the end-of-turn token; no length or prior correction. Choices may be in any number and order;
        order does not change a score. A backend that can only estimate says so in its docstring.

        Raises:
            ModelUnavailableError, ModelBusyError, ModelTimeoutError, ModelResponseError
        """
        ...

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.0,
        stop: Flag | None = None,
        timeout: float | None = None,
    ) -> Iterator[str]:
        """The assistant's answer, piece by piece; ends early (without error) once ``stop`` is set.

        ``timeout`` (seconds) bounds the wait for each piece. Closing the iterator frees the model at once.
        """
        ...

    def check(self) -> None:
        """Return when the model is ready to answer; otherwise raise ModelUnavailableError saying why."""
        ...

    def close(self) -> None:
        """Free the model. Later calls raise ModelUnavailableError."""
        ...
