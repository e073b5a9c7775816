"""A network line between a browser and the server that can be cut and mended."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

_CHUNK = 65_536


class Line:
    """Passes bytes on from a port of its own; while it is cut every connection is refused or broken."""

    def __init__(self, target: str) -> None:
        """``target`` is the URL of the server."""
        parts = urlsplit(target)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._port = 0
        self.mend()

    @property
    def url(self) -> str:
        """Where a browser finds the server behind this line."""
        return f"http://127.0.0.1:{self._port}"

    def cut(self) -> None:
        """Break what is open and refuse what comes."""
        listener, self._listener = self._listener, None
        with self._lock:
            broken = [*self._open, *([] if listener is None else [listener])]
            self._open.clear()
        for one in broken:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def mend(self) -> None:
        """Let connections through (again)."""
        listener = socket.create_server(("127.0.0.1", self._port), reuse_port=True)
        self._port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self._target)
            except OSError:
                near.close()
                continue
            with self._lock:
                self._open |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                sink.sendall(data)
        with self._lock:
            self._open -= {source, sink}
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@contextmanager
def line_to(target: str) -> Iterator[Line]:
    """A line to ``target`` that is cut at the end."""
    line = Line(target)
    try:
        yield line
    finally:
        line.cut()
