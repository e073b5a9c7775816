"""ClickHouse, embedded or as a server: one small client that threads may share and that raises typed errors."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue
from threading import Lock
from typing import Any, cast
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DataError
from clickhouse_connect.driver.httputil import get_pool_manager
from urllib3.exceptions import HTTPError

from agents.errors import ConfigurationError
from app.storage.codec import to_bytes, to_text
from app.storage.errors import StorageBusyError, StorageError, StorageRejectedError, StorageUnavailableError
from app.storage.lock import FolderLock

DATABASE = "logatlas"
CONNECT_TIMEOUT_S = 5
ANSWER_TIMEOUT_S = 30
EMBEDDED_HANDLES = 4
"""Queries that run side by side on the embedded engine: one handle runs one at a time."""
SERVER_CONNECTIONS = 32
OLDEST_SERVER = (24, 8)
"""The first server release with every function the migrations use (``UUIDv7ToDateTime`` came in 24.5)."""

# Server errors that pass by themselves (system.errors names them): the write or the read can be tried again.
_PASSING_ERRORS = frozenset({
    3, 159, 164, 198, 201, 202, 203, 209, 210, 236, 241, 242, 243, 252, 279, 285, 319, 394, 425, 439, 473, 667, 999,
})  # fmt: skip
_AUTHENTICATION_ERRORS = frozenset({192, 193, 194, 516})

# The library logs values and addresses with its errors; all of them are raised here, without either.
logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)


class ClickHouse:
    """A connection to the event store, made by ``open_clickhouse``. Threads may share it.

    Embedded, up to ``EMBEDDED_HANDLES`` handles on the engine are lent out one call at a time, because a handle
    runs one query at a time. For a server one client is shared: without a session it keeps no state between
    calls, and its connection pool is made for threads.
    """

    def __init__(self, name: str, database: str, connect: Callable[[str | None], Client], handles: int) -> None:
        """Connect, make ``database`` where it is missing, and use it. See ``open_clickhouse`` for the errors."""
        self.name = name
        self.database = database
        self._connect = connect
        self._idle: LifoQueue[Client] = LifoQueue()
        self._clients: list[Client] = []
        self._shared = handles == 1
        self._unopened = handles - 1
        self._lock = Lock()
        self._closed = False
        self._lock_file: FolderLock | None = None
        with _typed_errors(name):
            self._create_database()
            first = connect(database)
        self._clients.append(first)
        self._idle.put(first)

    @property
    def embedded(self) -> bool:
        """Whether the engine runs in this process."""
        return not self._shared

    def rows(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """The rows of a query, each by column name.

        Values reach the engine only as bound parameters: ``sql`` is constant text with ``{name:Type}`` in it.
        Strings come back as text with ``surrogateescape`` for bytes that are not UTF-8, times aware in UTC.

        Raises:
            StorageError, StorageUnavailableError
        """
        bound = {name: _bound(value) for name, value in (parameters or {}).items()}
        with self._client() as client:
            result = client.query(sql, parameters=bound, query_formats={"String": "bytes"}, tz_mode="aware")
            return [dict(zip(result.column_names, map(_from_wire, row), strict=True)) for row in result.result_rows]

    def insert(self, table: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]) -> None:
        """Insert rows at once; on return they are in the table. ``columns`` maps each name to its ClickHouse type.

        Raises:
            StorageRejectedError: a value does not fit its column.
            StorageError, StorageUnavailableError
        """
        if not rows:
            return
        data = [
            [_wire(value) for value in column] if "String" in kind else list(column)
            for kind, column in zip(columns.values(), zip(*rows, strict=True), strict=True)
        ]
        with self._client(inserting=True) as client:
            client.insert(
                table, data, column_names=list(columns), column_type_names=list(columns.values()),
                column_oriented=True, settings={"async_insert": 0},
            )  # fmt: skip

    def command(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run a statement that returns nothing (a migration); values as in ``rows``.

        Raises:
            StorageError, StorageUnavailableError
        """
        with self._client() as client:
            client.command(sql, {name: _bound(value) for name, value in (parameters or {}).items()} or None)

    def check(self) -> None:
        """Return when the store answers a query.

        Raises:
            StorageError, StorageUnavailableError
        """
        self.rows("SELECT 1 AS one")

    def close(self) -> None:
        """Close every handle and give the folder back. Later calls raise StorageUnavailableError."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            clients, self._clients = self._clients, []
        for client in clients:
            client.close()
            client.close_connections()
        if self._lock_file is not None:
            self._lock_file.release()

    def own(self, lock: FolderLock) -> None:
        """Release ``lock`` when this is closed."""
        self._lock_file = lock

    @contextmanager
    def _client(self, *, inserting: bool = False) -> Iterator[Client]:
        """A client for one call; whatever the library raises inside becomes a typed error."""
        with _typed_errors(self.name, inserting=inserting):
            client = self._take()
            try:
                yield client
            finally:
                if not self._shared:
                    self._idle.put(client)

    def _take(self) -> Client:
        with self._lock:
            if self._closed:
                raise StorageUnavailableError(f"{self.name} is closed")
            if self._shared:
                return self._clients[0]
            if self._idle.empty() and self._unopened:
                # Opened under the lock: the first calls wait for each other instead of opening more than needed.
                client = self._connect(self.database)
                self._clients.append(client)
                self._unopened -= 1
                return client
        try:
            return self._idle.get(timeout=ANSWER_TIMEOUT_S)
        except Empty:
            raise StorageUnavailableError(f"{self.name} is busy with other queries") from None

    def _create_database(self) -> None:
        client = self._connect(None)
        try:
            _check_version(self.name, client.server_version or "")
            name = {"name": self.database}
            # Asked first, because a user who may not create databases may well be given one.
            if not client.query("SELECT 1 FROM system.databases WHERE name = {name:String}", parameters=name).row_count:
                client.command("CREATE DATABASE IF NOT EXISTS {name:Identifier}", parameters=name)
        finally:
            client.close()
            client.close_connections()


def open_clickhouse(url: str | None, path: Path) -> ClickHouse:
    """The event store at ``url`` (``http://user:password@host:8123/database``), or embedded in ``path`` when None.

    The database (``logatlas`` unless the URL names one) is made where it is missing. Options of
    clickhouse-connect may follow the URL (``?verify=false``, ``?ca_cert=/path``).

    Raises:
        ConfigurationError: the URL is malformed, or the server is older than ``OLDEST_SERVER``.
        StorageBusyError: another process has ``path`` open.
        StorageUnavailableError: the server does not answer, or the folder cannot be used.
        StorageError: the server refuses the credentials or the database.
    """
    return _open_server(url) if url else _open_embedded(path)


def _open_embedded(path: Path) -> ClickHouse:
    name = f"The event store in {path}"
    lock = FolderLock(path.with_name(path.name + ".lock"), name)

    def connect(database: str | None) -> Client:
        return clickhouse_connect.get_client(
            interface="chdb", path=str(path), database=database, settings={"max_execution_time": ANSWER_TIMEOUT_S}
        )

    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        store = ClickHouse(name, DATABASE, connect, EMBEDDED_HANDLES)
    except OSError as error:
        lock.release()
        raise StorageUnavailableError(f"{name} cannot be opened: {error.strerror}") from error
    except BaseException:
        lock.release()
        raise
    store.own(lock)
    return store


def _open_server(url: str) -> ClickHouse:
    try:
        parts = urlsplit(url)
        host, port, scheme = parts.hostname, parts.port, parts.scheme
    except ValueError:
        host = port = scheme = None
    if scheme not in ("http", "https") or not host:
        raise ConfigurationError("CLICKHOUSE_URL must look like http://user:password@host:8123/database")
    database = parts.path.strip("/") or DATABASE
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,62}", database):
        raise ConfigurationError("CLICKHOUSE_URL names a database that is not letters, digits and underscores")
    name = f"The ClickHouse server at {host}:{port or (8443 if scheme == 'https' else 8123)}"

    def connect(use: str | None) -> Client:
        return clickhouse_connect.get_client(
            dsn=parts._replace(path="").geturl(),
            interface=scheme,
            database=use or "default",
            connect_timeout=CONNECT_TIMEOUT_S,
            send_receive_timeout=ANSWER_TIMEOUT_S,
            query_retries=2,
            autogenerate_session_id=False,
            pool_mgr=get_pool_manager(maxsize=SERVER_CONNECTIONS),
            settings={"max_execution_time": ANSWER_TIMEOUT_S},
        )

    return ClickHouse(name, database, connect, handles=1)


def _check_version(name: str, version: str) -> None:
    found = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if found < OLDEST_SERVER:
        needed = ".".join(map(str, OLDEST_SERVER))
        raise ConfigurationError(f"{name} runs ClickHouse {version}; Logatlas needs {needed} or newer")


@contextmanager
def _typed_errors(name: str, *, inserting: bool = False) -> Iterator[None]:
    """Raise typed errors for what clickhouse-connect raises.

    ``from None`` on purpose: the library's messages carry query text and values, which a logged cause would show.
    """
    try:
        yield
    except DataError as error:
        raise StorageRejectedError("A record does not fit its table", error_code=error.code) from None
    except ClickHouseError as error:
        raise _typed(name, cast(int | None, getattr(error, "code", None)), error) from None
    except HTTPError:
        raise StorageUnavailableError(f"{name} stopped answering") from None
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        if inserting:
            raise StorageRejectedError(f"A record does not fit its table ({type(error).__name__})") from None
        raise


def _typed(name: str, code: int | None, error: ClickHouseError) -> Exception:
    details = {"error_code": code, "error_name": getattr(error, "name", None)}
    if "EmbeddedServer" in str(error):
        return StorageBusyError(f"{name} cannot be opened: another program may be using it", **details)
    if code is None:
        return StorageUnavailableError(f"{name} does not answer")
    if code in _AUTHENTICATION_ERRORS:
        return StorageError(f"{name} refuses the credentials", **details)
    if code in _PASSING_ERRORS:
        return StorageUnavailableError(f"{name} cannot do this now (error {code})", **details)
    return StorageError(f"{name} reported error {code}", **details)


def _bound(value: object) -> object:
    """``value`` as a parameter: text that is not valid Unicode goes as bytes, which the library escapes."""
    if isinstance(value, str) and not value.isascii():
        return to_bytes(value)
    return value


def _wire(value: object) -> object:
    """``value`` with its texts as bytes, the only form in which clickhouse-connect writes any of them."""
    if isinstance(value, str):
        return to_bytes(value)
    if isinstance(value, Mapping):
        return {_wire(key): _wire(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_wire(item) for item in value]
    return value


def _from_wire(value: object) -> object:
    if isinstance(value, bytes):
        return to_text(value)
    if isinstance(value, Mapping):
        return {_from_wire(key): _from_wire(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_from_wire(item) for item in value]
    return value
