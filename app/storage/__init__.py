"""The event store: ClickHouse behind a durable spool. ``open_store`` is the way in."""

from app.storage.chat import ChatTurn
from app.storage.decisions import StoredDecision
from app.storage.errors import (
    MigrationError,
    StorageBusyError,
    StorageError,
    StorageRejectedError,
    StorageUnavailableError,
)
from app.storage.events import StoredEvent
from app.storage.reviews import Review
from app.storage.store import Backlog, Store, open_store
from app.storage.tokens import Token

__all__ = [
    "Backlog",
    "ChatTurn",
    "MigrationError",
    "Review",
    "StorageBusyError",
    "StorageError",
    "StorageRejectedError",
    "StorageUnavailableError",
    "Store",
    "StoredDecision",
    "StoredEvent",
    "Token",
    "open_store",
]
