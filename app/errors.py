"""Every error as ``{"error": {"code", "message", "details"}}`` with the right HTTP status."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, g, has_request_context
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from agents.errors import LogatlasError, UnavailableError
from app.wire import json_response

log = structlog.get_logger(__name__)

RETRY_AFTER_S = 5
"""What ``Retry-After`` says when a part does not answer; parts are tried again about this often."""

_STATUS_OF_CODE = {
    "malformed_json": HTTPStatus.BAD_REQUEST,
    "knowledge_request": HTTPStatus.BAD_GATEWAY,
    "model_response": HTTPStatus.BAD_GATEWAY,
}


class ApiError(LogatlasError):
    """An error that the caller of the HTTP API can do something about, with its HTTP ``status``."""

    def __init__(self, code: str, message: str, status: int = HTTPStatus.BAD_REQUEST, **details: object) -> None:
        super().__init__(message, **details)
        self.code = code
        self.status = int(status)


def error_body(error: LogatlasError) -> dict[str, Any]:
    """The one shape of an error, as a JSON object."""
    return {"error": {"code": error.code, "message": error.message, "details": dict(error.details)}}


def status_of(error: LogatlasError) -> int:
    """The HTTP status of an error: its own, that of its code, 503 for a part that is away, otherwise 500."""
    if isinstance(error, ApiError):
        return error.status
    if isinstance(error, UnavailableError):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return _STATUS_OF_CODE.get(error.code, HTTPStatus.INTERNAL_SERVER_ERROR)


def internal_error() -> LogatlasError:
    """What a caller is told of a fault of ours: only the request id under which the log holds the rest."""
    request_id = g.get("request_id", "") if has_request_context() else ""
    return LogatlasError("something went wrong on our side; the log has more under the request id", id=request_id)


def invalid_parameters(error: ValidationError) -> ResponseReturnValue:
    """The answer to query or path parameters that are not as documented."""
    problems = [{"parameter": ".".join(map(str, e["loc"])), "problem": e["msg"]} for e in error.errors()]
    names = ", ".join(problem["parameter"] for problem in problems)
    return _answer(ApiError("invalid_parameters", f"bad request parameters: {names}", problems=problems))


def register(app: Flask) -> None:
    """Make ``app`` answer every error in the one shape, its own and those of Flask alike."""
    app.register_error_handler(LogatlasError, _on_logatlas_error)
    app.register_error_handler(HTTPException, on_http_exception)
    app.register_error_handler(Exception, _on_fault)


def _answer(error: LogatlasError, headers: Mapping[str, str] | None = None) -> ResponseReturnValue:
    status = status_of(error)
    response = json_response(error_body(error), status)
    response.headers.update(headers or {})
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    if isinstance(wait := error.details.get("retry_after_s"), int):
        response.headers["Retry-After"] = str(wait)
    return response


def _on_logatlas_error(error: LogatlasError) -> ResponseReturnValue:
    if status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("request failed", code=error.code, reason=error.message)
    headers = {"WWW-Authenticate": 'Bearer realm="logatlas"'} if error.code == "unauthenticated" else {}
    return _answer(error, headers)


def on_http_exception(error: HTTPException) -> ResponseReturnValue:
    """The answer to an error of Flask's own."""
    # Flask raises redirects (for a trailing slash) this way too; those are answers, not errors.
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    status = HTTPStatus(error.code)
    code = "too_large" if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else status.phrase.lower().replace(" ", "_")
    allowed = {name: value for name, value in error.get_headers() if name == "Allow"}
    return _answer(ApiError(code, error.description or status.phrase, status), allowed)


def _on_fault(error: Exception) -> ResponseReturnValue:
    log.error("unhandled exception", exc_info=error)
    return _answer(internal_error())
