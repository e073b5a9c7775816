"""The errors of the event store. Messages and details never carry query text, values or credentials."""

from __future__ import annotations

from agents.errors import ConfigurationError, LogatlasError, UnavailableError


class StorageError(LogatlasError):
    """The event store answered, and refused; ``details`` has its numeric ``error_code`` and ``error_name``."""

    code = "storage"


class StorageRejectedError(StorageError):
    """A record cannot be stored as it is (a value of the wrong type or out of range); retrying cannot help."""

    code = "storage_rejected"


class StorageUnavailableError(UnavailableError):
    """The event store or the disk under it does not take or give data now; trying again later may help."""

    code = "storage_unavailable"


class StorageBusyError(StorageUnavailableError):
    """A folder that one process may open at a time is open in another; ``details["pid"]`` names it if known."""

    code = "storage_busy"


class MigrationError(ConfigurationError):
    """The database's migrations and those of this program do not fit together."""

    code = "storage_migration"
