"""A client of the HTTP API for the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from agents.errors import LogatlasError, UnavailableError


class ServerError(LogatlasError):
    """The server refused a request; ``code`` and ``details`` are its own."""

    def __init__(self, code: str, message: str, **details: object) -> None:
        super().__init__(message, **details)
        self.code = code


class ServerUnavailableError(UnavailableError):
    """The server does not answer, or answers something that is not Logatlas."""

    code = "server_unavailable"


class Client:
    """Talks to a server at ``url`` with a service token; a context manager."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        # No proxy from the environment: the token is for this server only, which is mostly this machine.
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(600, connect=5),
            trust_env=False,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def classify(self, events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """A decision or ``{"error": …}`` for each event object, in order.

        Raises:
            ServerError, ServerUnavailableError
        """
        answer: list[dict[str, Any]] = self._call("POST", "/classify", {"events": list(events)})["decisions"]
        return answer

    def create_token(self, name: str, scopes: Sequence[str], expires_at: datetime | None = None) -> tuple[str, str]:
        """Id and secret of a new token; raises as ``classify`` does."""
        ends = {} if expires_at is None else {"expires_at": expires_at.isoformat()}
        made = self._call("POST", "/api/tokens", {"name": name, "scopes": list(scopes)} | ends)
        return made["token_id"], made["token"]

    def tokens(self) -> list[dict[str, Any]]:
        """All tokens without their secrets; raises as ``classify`` does."""
        found: list[dict[str, Any]] = self._call("GET", "/api/tokens")["tokens"]
        return found

    def revoke_token(self, token_id: str) -> None:
        """Take a token back; raises as ``classify`` does."""
        self._call("DELETE", f"/api/tokens/{token_id}")

    def create_account(self, name: str, role: str, display_name: str, password: str, *, must_set: bool) -> None:
        """Make an account; raises as ``classify`` does."""
        body = {"name": name, "role": role, "display_name": display_name, "password": password}
        self._call("POST", "/api/accounts", body | {"must_set_password": must_set})

    def accounts(self) -> list[dict[str, Any]]:
        """All accounts; raises as ``classify`` does."""
        found: list[dict[str, Any]] = self._call("GET", "/api/accounts")["items"]
        return found

    def set_password(self, name: str, password: str, *, must_set: bool) -> None:
        """Set somebody's password; raises as ``classify`` does."""
        body = {"new_password": password, "must_set_password": must_set}
        self._call("POST", f"/api/accounts/{quote(name, safe='')}/password", body)

    def disable_account(self, name: str, *, disabled: bool) -> None:
        """Disable an account and end its sessions, or enable it again; raises as ``classify`` does."""
        self._call("PATCH", f"/api/accounts/{quote(name, safe='')}", {"disabled": disabled})

    def _call(self, method: str, path: str, body: object = None) -> Any:
        # ASCII JSON carries bytes that are not UTF-8 as \udcXX escapes, which the server reads as those bytes.
        content = None if body is None else json.dumps(body, ensure_ascii=True)
        headers = {"Content-Type": "application/json"} if content else {}
        try:
            response = self._http.request(method, path, content=content, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerUnavailableError(f"no answer from {self._url}: {type(error).__name__}") from error
        try:
            answer = response.json()
            if response.is_success:
                return answer
            error_out = answer["error"]
            raise ServerError(error_out["code"], error_out["message"], **error_out["details"])
        except (ValueError, KeyError, TypeError) as error:
            message = f"{self._url} answered {response.status_code} and nothing that Logatlas would say"
            raise ServerUnavailableError(message) from error
