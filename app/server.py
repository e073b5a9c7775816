"""``logatlas serve``: gunicorn in this process, with one worker that owns all parts."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any

import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger as GunicornLogger
from gunicorn.http.body import ChunkedReader, LengthReader

from agents.errors import ConfigurationError, LogatlasError
from app.runtime import Runtime, announce, lock_data_dir, withdraw
from app.telemetry import configure_logging
from app.worker import Worker

if TYPE_CHECKING:
    from app.services import Services
    from app.settings import Settings

log = structlog.get_logger(__name__)

EXIT_CANNOT_START = 3
"""Exit status of a server that could not start; gunicorn's own for a worker that does not boot."""

_GRACE_S = 30
"""Seconds that requests under way have to end after SIGTERM."""
_REQUEST_LINE_BYTES = 8190
"""The most that gunicorn offers short of no limit."""
_STUCK_S = 300
"""Seconds without a sign of life after which the worker is replaced; loading parts on a slow disk takes a while."""


class AddressError(ConfigurationError):
    """The address is in use, or not one of this machine."""

    code = "address"


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Requests under way are finished, then everything is flushed and closed.

    Raises:
        StorageBusyError: another process works on the data folder.
        AddressError: the address cannot be listened on.
        SystemExit: a part refuses to start; the reason is on stderr.
    """
    configure_logging(settings)
    lock = lock_data_dir(settings.data_dir)
    try:
        withdraw(settings.data_dir)
        _Gunicorn(settings, _listen(settings.host, settings.port)).run()
    finally:
        withdraw(settings.data_dir)
        lock.release()


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, so that an address in use is told at once and in one line."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return socket.create_server((str(address[0]), int(address[1])), family=family, backlog=2048)
    except OSError as error:
        raise AddressError(f"cannot listen on {host} port {port}: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    # create_server adds the address to the message of the system; getaddrinfo has messages of its own.
    if isinstance(error, socket.gaierror) or error.errno is None:
        return str(error.strerror)
    return os.strerror(error.errno)


class PromptBody:
    """The body of a request as gunicorn reads it, plus ``read1``: what has arrived, without waiting for more.

    gunicorn's own ``read`` and ``readline`` wait until a kilobyte is there, and with it a caller who sends a line
    and waits for the answer before sending the next.
    """

    def __init__(self, body: Any) -> None:
        self._body = body
        self.read = body.read
        self.readline = body.readline

    def read1(self, size: int) -> bytes:
        """At least one byte and at most about ``size``, empty at the end of the body."""
        if self._body.buf.tell():
            return bytes(self._body.read(min(size, self._body.buf.tell())))
        reader = self._body.reader
        if isinstance(reader, ChunkedReader):
            first = reader.read(1)
            rest, reader.buf = reader.buf.getvalue(), BytesIO()
            return bytes(first + rest)
        if isinstance(reader, LengthReader):
            first = reader.read(1)
            arrived = min(size, reader.unreader.buf.tell(), reader.length)
            return bytes(first + reader.read(arrived)) if arrived else bytes(first)
        return bytes(self._body.read(size))


class _Gunicorn(BaseApplication):  # type: ignore[misc]
    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        self._settings = settings
        self._listener = listener
        self._services: Services | None = None
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": f"fd://{self._listener.detach()}",
            "workers": 1,
            "worker_class": Worker,
            "limit_request_line": _REQUEST_LINE_BYTES,
            # A page that follows live holds a thread for as long as it is open, and so does a chat; the few more
            # are for those that are told that there are too many.
            "threads": self._settings.threads + self._settings.live_connections + self._settings.chat_sockets + 4,
            "timeout": _STUCK_S,
            "graceful_timeout": _GRACE_S,
            "keepalive": 15,
            "logger_class": _Logger,
            "control_socket_disable": True,
            # Which proxies to believe is decided in one place, app/auth/proxies.py.
            "forwarded_allow_ips": "",
            "proc_name": "logatlas",
            "post_worker_init": self._started,
            "worker_exit": self._stopped,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Iterable[bytes]]:
        """Runs in the worker: neither chDB nor llama.cpp nor threads survive a fork."""
        from app import create_app
        from app.services import build_services

        token = secrets.token_urlsafe(32)
        try:
            self._services = build_services(self._settings, local_token=token)
            self._local_token = token
            app = create_app(self._services)
        except LogatlasError as error:
            # One line for whoever started the server; gunicorn would print a stack trace.
            print(f"logatlas: {error.message}", file=sys.stderr, flush=True)
            sys.exit(EXIT_CANNOT_START)

        def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            environ["wsgi.input"] = PromptBody(environ["wsgi.input"])
            return app(environ, start_response)

        return application

    def _started(self, worker: Any) -> None:
        assert self._services is not None
        self._services.live.ending = self._services.chat.ending = lambda: not worker.alive
        url = _url(worker.sockets[0].getsockname())
        announce(self._settings.data_dir, Runtime(os.getppid(), url, self._local_token))
        threading.Thread(target=_say_ready, args=(self._services, url), name="say-ready", daemon=True).start()

    def _stopped(self, _arbiter: Any, _worker: Any) -> None:
        withdraw(self._settings.data_dir)
        if self._services is not None:
            self._services.close()
            self._services = None
            log.info("stopped")


def _say_ready(services: Services, url: str) -> None:
    """Tell the person who started the server that it is ready, once it is, and the first token, once and for all."""
    log.info("listening", url=url)
    services.pins.start()
    services.live.start()
    services.reviews.work.start()
    services.chat.start()
    services.knowledge_sync.start()
    services.knowledge_sync.wait()
    lines = [f"Logatlas is ready on {url}"]
    if (link := services.access.new_first_link()) is not None:
        lines.append(f"Sign in here, once, within 24 hours: {url}/signin?link={link}")
    if services.first_token is not None:
        lines.append(f"First token (admin, shown only now): {services.first_token}")
    report = services.readiness.report()
    for name, part in report.parts.items():
        if part.status != "ok":
            lines.append(f"  {name}: {part.status}: {part.detail}")
    lines.append(f"The API is described on {url}/docs; Ctrl+C stops the server.")
    print("\n".join(lines), flush=True)
    services.decision_chunks.start()
    services.classifier.warm_up()


def _url(address: tuple[Any, ...]) -> str:
    host, port = address[0], address[1]
    # A wildcard address is nowhere one can connect to.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Logger(GunicornLogger):  # type: ignore[misc]
    """Sends what gunicorn has to say through the one log of the service; requests are logged by the application."""

    def setup(self, cfg: Any) -> None:
        """As gunicorn does it, but with the handlers that ``configure_logging`` made."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)
