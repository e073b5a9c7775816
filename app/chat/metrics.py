"""The chat in the metrics."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class ChatMetrics:
    """Counts turns and times answers. Safe to share by threads."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._turns = Counter(
            "logatlas_chat_turns", "Turns of the chat by how they ended and who wrote the answer.",
            ["status", "composed"], registry=registry,
        )  # fmt: skip
        self._first = Histogram(
            "logatlas_chat_first_token_seconds", "Time from the question until the first words of the answer.",
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._whole = Histogram(
            "logatlas_chat_answer_seconds", "Time from the question until the answer is whole.",
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._refused = Counter(
            "logatlas_chat_refused_messages", "Messages of the chat that were refused, by code.", ["code"],
            registry=registry,
        )  # fmt: skip
        self._dropped = Counter(
            "logatlas_chat_dropped_sentences", "Sentences of the model that were not grounded.", registry=registry
        )

    def first_token(self, seconds: float) -> None:
        """Note that an answer began."""
        self._first.observe(seconds)

    def ended(self, status: str, composed: str, seconds: float) -> None:
        """Note that an answer ended."""
        self._turns.labels(status, composed).inc()
        self._whole.observe(seconds)

    def refused(self, code: str) -> None:
        """Note a refused message."""
        self._refused.labels(code).inc()

    def dropped(self, sentences: int) -> None:
        """Note sentences that were not told."""
        self._dropped.inc(sentences)
