"""One generic, bounded, retried call to a Trieve server through ``trieve-py-client``'s ApiClient.

The client's generated methods cannot be used: several have no timeout and return errors as results, others refuse
valid payloads or fail on valid answers. Its ApiClient underneath has none of these faults.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import structlog
import urllib3
from urllib3.connectionpool import ConnectionPool
from urllib3.response import BaseHTTPResponse

from agents.errors import ConfigurationError
from agents.knowledge.base import KnowledgeRequestError, KnowledgeUnavailableError

log = structlog.get_logger(__name__)

_COOL_DOWN_S = 5.0
_MOST_RETRIES = 3
_RETRY_AFTER_MAX_S = 5
_LOGGED_CHARACTERS = 500
_RETRIED_STATUSES = frozenset({429, 502, 503, 504})
_OUTAGE_STATUSES = frozenset({502, 503, 504})
_UNAVAILABLE_STATUSES = frozenset({0, 408, 429})
_HINTS = {
    401: "it does not accept TRIEVE_API_KEY",
    403: "TRIEVE_API_KEY lacks the rights for this",
    404: "it does not know what was asked for (check TRIEVE_DATASET_ID and TRIEVE_URL)",
    413: "the request is too large",
    426: "the organisation's plan is used up",
}


class TrieveHttp:
    """A connection to one Trieve server, safe to share by threads.

    Args:
        url: base URL of the server, such as ``http://trieve:8090``.
        api_key: sent as ``Authorization``; never part of a message, a repr or a log line.
        timeout: seconds to connect, and to wait for each piece of an answer.
        connections: idle connections that are kept open.

    Raises:
        ConfigurationError: the URL or the key cannot be used.
    """

    def __init__(self, url: str, api_key: str, timeout: tuple[float, float] = (2.0, 15.0), connections: int = 16):
        self.place = _base_url(url)
        if not api_key or not api_key.isascii() or not api_key.isprintable() or api_key != api_key.strip():
            raise ConfigurationError("TRIEVE_API_KEY must be printable ASCII without spaces around it")
        # 0.9 s to import: only who uses Trieve pays for it.
        from trieve_py_client.api_client import ApiClient
        from trieve_py_client.configuration import Configuration

        configuration: Any = Configuration(host=self.place, api_key={"ApiKey": api_key})
        configuration.connection_pool_maxsize = connections
        configuration.retries = _Retry(
            total=_MOST_RETRIES,
            status=_MOST_RETRIES,
            redirect=0,
            raise_on_redirect=False,
            raise_on_status=False,
            # Everything that Logatlas sends is safe to send twice: chunks and datasets have ids of our making.
            allowed_methods=None,
            status_forcelist=_RETRIED_STATUSES,
            backoff_factor=0.1,
            backoff_max=2.0,
            retry_after_max=_RETRY_AFTER_MAX_S,
        )
        self._client: Any = ApiClient(configuration)
        self._api_key = api_key
        self._timeout = timeout
        self._down_until = 0.0
        self._closed = False

    def __repr__(self) -> str:
        return f"TrieveHttp({self.place!r})"

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | list[dict[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
        path_params: Mapping[str, str] | None = None,
    ) -> Any:
        """The parsed JSON answer to one request, ``None`` where the answer is empty.

        Answers 429 (as ``Retry-After`` says, at most 5 s), 502, 503, 504 and broken connections are tried again, up
        to 3 times; timeouts are not. For 5 s after the server could not be reached, did not answer in time or kept
        saying 502, 503 or 504, calls fail at once, so that events do not queue up behind a dead server.

        Raises:
            KnowledgeUnavailableError: no answer, or one that says "later" (408, 429, 5xx).
            KnowledgeRequestError: any other refusal, with ``details["status"]``; or an answer that is not JSON.
        """
        if self._closed:
            raise KnowledgeUnavailableError("the connection to Trieve is closed")
        if time.monotonic() < self._down_until:
            raise self._unavailable("did not answer a moment ago")
        from trieve_py_client.exceptions import ApiException

        all_headers = {"Accept": "application/json", "X-API-Version": "V2", **(headers or {})}
        if body is not None:
            all_headers["Content-Type"] = "application/json"
        try:
            request = self._client.param_serialize(
                method, path, path_params=path_params, header_params=all_headers, body=body, auth_settings=["ApiKey"]
            )
            response = self._client.call_api(*request, _request_timeout=self._timeout)
            response.read()
            answer = self._client.response_deserialize(response, {"2XX": "object"}).data
        except ApiException as error:
            # Not chained: the exception prints headers and body, which may repeat the query.
            status = int(error.status or 0)
            if status in _OUTAGE_STATUSES:
                self._cool_down()
            raise self._refused(method, path, status, error.body) from None
        except urllib3.exceptions.HTTPError as error:
            if _is_outage(error):
                self._cool_down()
            raise self._unavailable(f"does not answer ({_cause(error)})") from error
        except (ValueError, LookupError, RecursionError):
            raise self.not_understood(path) from None
        self._down_until = 0.0
        if answer == "" and response.status == 204:
            return None
        if isinstance(answer, str) or answer is None:
            raise self.not_understood(path)
        return answer

    def end_cool_down(self) -> None:
        """Let the next call ask the server even though it was just found dead."""
        self._down_until = 0.0

    def close(self) -> None:
        """Close all connections; later calls raise KnowledgeUnavailableError."""
        self._closed = True
        self._client.rest_client.pool_manager.clear()

    def not_understood(self, path: str) -> KnowledgeRequestError:
        """The error for an answer that is not what Trieve's API describes."""
        return KnowledgeRequestError(
            f"{self.place} answered {path} with something that is not Trieve's API (check TRIEVE_URL)"
        )

    def _cool_down(self) -> None:
        self._down_until = time.monotonic() + _COOL_DOWN_S

    def _refused(self, method: str, path: str, status: int, body: str | None) -> Exception:
        answer = (body or "").replace(self._api_key, "[key]")[:_LOGGED_CHARACTERS]
        log.debug("trieve_refused", method=method, path=path, status=status, answer=answer)
        if status in _UNAVAILABLE_STATUSES or status >= 500:
            reason = f"answers {status}" if status else "has no trusted TLS certificate"
            return self._unavailable(reason, status=status)
        if 300 <= status < 400:
            hint = "it redirects; TRIEVE_URL must be the final address"
        else:
            hint = _HINTS.get(status, "it finds the request malformed")
        return KnowledgeRequestError(
            f"Trieve at {self.place} refused {method} {path} with {status}: {hint}", status=status
        )

    def _unavailable(self, reason: str, **details: object) -> KnowledgeUnavailableError:
        return KnowledgeUnavailableError(f"Trieve at {self.place} {reason}", **details)


class _Retry(urllib3.Retry):
    """urllib3's Retry that does not wait for a second timeout after the first."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        if isinstance(error, urllib3.exceptions.TimeoutError):
            raise error.with_traceback(_stacktrace)
        return super().increment(method, url, response, error, _pool, _stacktrace)


def _base_url(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in {"http", "https"} and parts.hostname and not (parts.query or parts.fragment)
        _ = parts.port
    except ValueError:
        usable = None
    if not usable:
        raise ConfigurationError("TRIEVE_URL must be the http(s) URL of a self-hosted Trieve server")
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError("TRIEVE_URL must not carry credentials; the key belongs in TRIEVE_API_KEY")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _is_outage(error: urllib3.exceptions.HTTPError) -> bool:
    unreached = (urllib3.exceptions.TimeoutError, urllib3.exceptions.NewConnectionError)
    return isinstance(error, unreached) or isinstance(getattr(error, "reason", None), unreached)


def _cause(error: urllib3.exceptions.HTTPError) -> str:
    reason = getattr(error, "reason", None)
    return type(reason if isinstance(reason, Exception) else error).__name__
