"""A WebSocket under gunicorn that two threads may write to, and that no peer can hold up for ever."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress
from typing import Any

import structlog
from simple_websocket import ConnectionClosed

log = structlog.get_logger(__name__)

SEND_TIMEOUT_S = 10
"""Seconds after which a peer that takes nothing is given up."""
_SEND_BUFFER = 128 * 1024
_LINGER_S = 1.0
_LINGER_BYTES = 8 * 2**20
_READ_AHEAD = 32
"""Messages that are read before the first of them is handled."""


class Wire:
    """The socket of a connection as simple-websocket uses it.

    Whole writes, one at a time: the thread that reads answers pings, while another one sends. What comes in is read
    only as fast as it is handled. ``close`` lets the peer read the last words first: closing while unread data is
    left resets the connection, and the reason would be lost.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self.backlog: list[Any] = []
        """What was read and is not handled yet."""
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_TIMEOUT_S, 0))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fileno(self) -> int:
        """The number of the file, for selectors."""
        return self._connection.fileno()

    def recv(self, size: int) -> bytes:
        """What has come, as soon as what came before is being handled."""
        while len(self.backlog) > _READ_AHEAD:
            time.sleep(0.02)
        return self._connection.recv(size)

    def send(self, data: bytes) -> int:
        """Send all of ``data``.

        Raises:
            OSError: the peer is gone, or takes nothing.
        """
        with self._sending:
            try:
                self._connection.sendall(data)
            except OSError:
                # A frame may be half out: nothing that follows could be understood.
                self.abort()
                raise
        return len(data)

    def close(self) -> None:
        """Say that nothing more comes, and read what is left; gunicorn closes the socket itself."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
            self._connection.settimeout(_LINGER_S)
            ends_at, left = time.monotonic() + _LINGER_S, _LINGER_BYTES
            while left > 0 and time.monotonic() < ends_at and (data := self._connection.recv(65_536)):
                left -= len(data)

    def abort(self) -> None:
        """Cut the connection; whoever waits for it wakes up."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)


class Reader(threading.Thread):
    """The thread that reads, started by simple-websocket; one that fails ends the connection instead of hanging it."""

    def __init__(self, target: Any) -> None:
        super().__init__(target=target, name="chat-reader", daemon=True)
        self._owner = target.__self__

    def run(self) -> None:
        """Read until the connection ends."""
        try:
            super().run()
        except ConnectionClosed:
            pass
        except Exception as error:  # noqa: BLE001 - whatever a peer sends, only its own connection ends
            log.info("chat connection failed", reason=type(error).__name__)
        finally:
            self._owner.connected = False
            self._owner.event.set()
