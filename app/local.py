"""The services opened by a command in its own process, where no server is running."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from app.classification import EventReader, classify_batch
from app.runtime import lock_data_dir

if TYPE_CHECKING:
    from app.services import Services
    from app.settings import Settings
    from app.storage.store import Store


@contextmanager
def local_services(settings: Settings) -> Iterator[Services]:
    """The services over the data folder of ``settings``, closed at the end.

    Raises:
        StorageBusyError: a server or another command works on the data folder.
    """
    from app.services import build_services
    from app.telemetry import configure_logging

    # The progress bar is for people; the log would tear it.
    configure_logging(settings.model_copy(update={"log_level": "error"}))
    lock = lock_data_dir(settings.data_dir)
    try:
        services = build_services(settings, make_first_token=False)
        try:
            yield services
        finally:
            services.close()
    finally:
        lock.release()


@contextmanager
def local_store(settings: Settings) -> Iterator[Store]:
    """Only the event store, for commands that need no classifier; raises as ``local_services``."""
    from app.settings import secret_text
    from app.storage.store import open_store
    from app.telemetry import configure_logging

    configure_logging(settings.model_copy(update={"log_level": "error"}))
    lock = lock_data_dir(settings.data_dir)
    try:
        store = open_store(secret_text(settings.clickhouse_url), settings.data_dir)
        try:
            yield store
        finally:
            store.close()
    finally:
        lock.release()


class LocalDecider:
    """Classifies in this process, with the method of ``app.client.Client``."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._reader = EventReader(services.settings.max_event_bytes)

    def classify(self, events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """A stored decision or ``{"error": …}`` for each event object, in order."""
        return classify_batch(self._services, events, self._reader.read)
