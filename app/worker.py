"""gunicorn's worker, answering what never reaches the application in the one shape of errors too."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import structlog
from gunicorn.http import errors as http
from gunicorn.util import write
from gunicorn.workers.gthread import ThreadWorker

from agents.errors import LogatlasError
from app.errors import ApiError, error_body, status_of
from app.telemetry import new_id
from app.wire import write_json

log = structlog.get_logger(__name__)

_FAULTS = (http.ConfigurationProblem, http.InvalidResponseHeader, http.InvalidResponseHeaderName)
"""What gunicorn counts among the errors of parsing though no caller can do anything about it."""


class Worker(ThreadWorker):  # type: ignore[misc]
    """Threads as gunicorn runs them; a request that it refuses by itself gets the JSON error, not an HTML page."""

    def handle_error(self, _req: Any, client: Any, _addr: Any, exc: BaseException) -> None:
        """Answer ``exc`` on the socket ``client``; gunicorn closes the connection afterwards."""
        request_id = new_id()
        error: LogatlasError | None = _refusal(exc)
        if error is None:
            log.error("unhandled exception", request_id=request_id, exc_info=exc)
            error = LogatlasError(
                "something went wrong on our side; the log has more under the request id", id=request_id
            )
        else:
            # What the request said stays out of the log: a line that cannot be read may hold anything.
            log.warning("request refused", request_id=request_id, code=error.code, reason=type(exc).__name__)
        try:
            write(client, _response(error, request_id))
        except OSError as broken:
            log.debug("the caller is gone", request_id=request_id, error=type(broken).__name__)


def _refusal(exc: BaseException) -> ApiError | None:
    """The error for a request that breaks HTTP or a limit, ``None`` for a fault of ours."""
    if isinstance(exc, _FAULTS) or not isinstance(exc, http.ParseException):
        return None
    if isinstance(exc, http.LimitRequestLine):
        limit = exc.max_size
        return ApiError("uri_too_long", f"the request line may have at most {limit} bytes", 414, limit=limit)
    if isinstance(exc, http.LimitRequestHeaders):
        return ApiError("headers_too_large", "the request has too many header fields, or one that is too long", 431)
    if isinstance(exc, http.ExpectationFailed):
        return ApiError("expectation_failed", "the only expectation that is understood is 100-continue", 417)
    if isinstance(exc, http.UnsupportedTransferCoding):
        return ApiError("not_implemented", "the only transfer coding that is understood is chunked", 501)
    return ApiError("bad_request", "this is not a well-formed HTTP/1.1 request")


def _response(error: LogatlasError, request_id: str) -> bytes:
    body = write_json(error_body(error))
    status = HTTPStatus(status_of(error))
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}", "Connection: close", "Content-Type: application/json",
        f"Content-Length: {len(body)}", f"X-Request-ID: {request_id}", "X-Content-Type-Options: nosniff",
        "Cache-Control: no-store",
    )  # fmt: skip
    return "\r\n".join((*head, "", "")).encode() + body
