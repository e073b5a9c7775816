"""Who really asks, where a reverse proxy stands in between: its headers count, those of anybody else do not."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

from agents.errors import ConfigurationError

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def parse_networks(text: str) -> tuple[_Network, ...]:
    """The networks in a list like ``127.0.0.1, 10.0.0.0/8``.

    Raises:
        ConfigurationError: one of them is none.
    """
    try:
        return tuple(ipaddress.ip_network(item.strip(), strict=False) for item in text.split(",") if item.strip())
    except ValueError as error:
        raise ConfigurationError(f"LOGATLAS_TRUSTED_PROXIES: {error}") from None


class TrustedProxies:
    """A WSGI application in front of another, which then sees address, scheme and host as the browser used them.

    X-Forwarded-For is read from its end: the first address that is no trusted proxy is the caller.
    """

    def __init__(self, application: _Application, networks: tuple[_Network, ...]) -> None:
        self._application = application
        self._networks = networks

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        if self._trusted(environ.get("REMOTE_ADDR", "")):
            self._apply(environ)
        return self._application(environ, start_response)

    def _apply(self, environ: dict[str, Any]) -> None:
        forwarded = environ.get("HTTP_X_FORWARDED_FOR", "")
        for item in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
            if not _is_address(item):
                break
            environ["REMOTE_ADDR"] = item
            if not self._trusted(item):
                break
        scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
        if scheme in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
        if host := environ.get("HTTP_X_FORWARDED_HOST", "").rpartition(",")[2].strip():
            environ["HTTP_HOST"] = host

    def _trusted(self, text: str) -> bool:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks if network.version == address.version)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
