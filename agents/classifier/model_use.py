"""The language model as the classifier asks it: never raising, and left alone for a while after it failed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

from agents.classifier.candidates import Candidate
from agents.classifier.rerank import Reranker
from agents.errors import LogatlasError
from agents.events import Event, Template
from agents.llm.base import ModelBusyError, ModelResponseError, ModelUnavailableError

log = logging.getLogger(__name__)

_PAUSE_S = 15.0
"""After the model failed it is not waited for again until this many seconds have passed."""
_WARM_UP_S = 60.0


class ModelUse:
    """Asks a re-ranker and remembers whether its model is down. Shared by threads."""

    def __init__(self, reranker: Reranker | None) -> None:
        self.reranker = reranker
        self.is_down = False
        self._paused_until = 0.0
        self._lock = threading.Lock()

    def warm_up(self) -> None:
        """Let the model compute what every event shares; a model that is down is noted."""
        if self.reranker is None:
            return
        try:
            self.reranker.warm_up(timeout=_WARM_UP_S)
        except LogatlasError as error:
            self._note(error)

    def rerank(
        self, event: Event, template: Template, candidates: Sequence[Candidate], timeout: float
    ) -> tuple[Candidate, ...] | None:
        """The candidates with the model's scores (see ``Reranker.rerank``); ``None`` without an answer."""
        if self.reranker is None or time.monotonic() < self._paused_until:
            return None
        try:
            scored = self.reranker.rerank(event, template, candidates, timeout)
        except LogatlasError as error:
            self._note(error)
            return None
        self._note(None)
        return scored

    def _note(self, error: LogatlasError | None) -> None:
        """Remember whether the model is down. A full queue, or one event that it cannot read, is no reason to stop."""
        if error is not None:
            log.warning("deciding without the language model: %s", error)
        if isinstance(error, (ModelBusyError, ModelResponseError)):
            return
        with self._lock:
            self.is_down = isinstance(error, ModelUnavailableError)
            self._paused_until = time.monotonic() + _PAUSE_S if error is not None else 0.0
