"""Sample shapes of guides: text with ``{{placeholders}}`` that stand for the parts that vary."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

_PLACEHOLDER = re.compile(r"\{\{\s*([a-z0-9_]+)\s*\}\}")
_USERS = ("alice", "bob.meier", "svc-backup", "carol", "dave_ops", "erin", "frank.li", "grace")
_HOSTS = ("web-01", "db-7", "fw-edge", "ws-1042", "mail", "build-3", "dc01", "vpn-gw")
_DOMAINS = ("example.com", "example.net", "corp.example.org", "shop.example.com")
_WORDS = ("alpha", "billing", "reports", "staging", "archive", "telemetry", "inbox", "ledger")


class _Chance(random.Random):
    """The chance that fills one sample, and the time of its event where that is given."""

    at: datetime | None = None


def _time(rng: random.Random) -> datetime:
    if isinstance(rng, _Chance) and rng.at is not None:
        return rng.at - timedelta(milliseconds=rng.randrange(2000))
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(
        seconds=rng.randrange(300 * 86400), microseconds=rng.randrange(10**6)
    )


def _hex(length: int) -> Callable[[random.Random], str]:
    return lambda rng: f"{rng.getrandbits(length * 4):0{length}x}"


def _between(low: int, high: int) -> Callable[[random.Random], str]:
    return lambda rng: str(rng.randint(low, high))


def _choice(values: tuple[str, ...]) -> Callable[[random.Random], str]:
    return lambda rng: rng.choice(values)


def _fqdn(rng: random.Random) -> str:
    return f"{rng.choice(_HOSTS)}.{rng.choice(_DOMAINS)}"


PLACEHOLDERS: Mapping[str, Callable[[random.Random], str]] = {
    # who
    "user": _choice(_USERS),
    "email": lambda rng: f"{rng.choice(_USERS)}@{rng.choice(_DOMAINS)}",
    "sid": lambda rng: (
        f"S-1-5-21-{rng.randrange(10**9)}-{rng.randrange(10**9)}-{rng.randrange(10**9)}-{rng.randint(1001, 9999)}"
    ),
    "uid": _between(1000, 60000),
    # where
    "host": _choice(_HOSTS),
    "fqdn": _fqdn,
    "domain": _choice(_DOMAINS),
    "ip": lambda rng: f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randint(1, 254)}",
    "public_ip": lambda rng: f"198.51.100.{rng.randint(1, 254)}",
    "ipv6": lambda rng: f"2001:db8::{rng.randrange(1, 65535):x}",
    "mac": lambda rng: ":".join(f"{rng.randrange(256):02x}" for _ in range(6)),
    "port": _between(1024, 65535),
    "interface": lambda rng: f"eth{rng.randrange(4)}",
    # when
    "iso_time": lambda rng: _time(rng).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    "iso_seconds": lambda rng: _time(rng).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "syslog_time": lambda rng: _time(rng).strftime("%b %e %H:%M:%S"),
    "access_time": lambda rng: _time(rng).strftime("%d/%b/%Y:%H:%M:%S +0000"),
    "slash_time": lambda rng: _time(rng).strftime("%Y/%m/%d %H:%M:%S"),
    "date": lambda rng: _time(rng).strftime("%Y-%m-%d"),
    "clock": lambda rng: _time(rng).strftime("%H:%M:%S"),
    "epoch": lambda rng: str(int(_time(rng).timestamp())),
    "epoch_ms": lambda rng: str(int(_time(rng).timestamp() * 1000)),
    "epoch_float": lambda rng: f"{_time(rng).timestamp():.6f}",
    # which
    "uuid": lambda rng: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    "hex8": _hex(8),
    "hex16": _hex(16),
    "hex32": _hex(32),
    "sha256": _hex(64),
    "id": _between(100000, 999999999),
    "pid": _between(300, 65000),
    "int": _between(1, 99999),
    "small": _between(1, 9),
    "account": lambda rng: f"{rng.randrange(10**12):012d}",
    # what
    "word": _choice(_WORDS),
    "path": lambda rng: f"/srv/{rng.choice(_WORDS)}/{rng.choice(_WORDS)}.dat",
    "windows_path": lambda rng: rf"C:\Data\{rng.choice(_WORDS)}\{rng.choice(_WORDS)}.dat",
    "url": lambda rng: f"https://{_fqdn(rng)}/{rng.choice(_WORDS)}",
    "url_path": lambda rng: f"/{rng.choice(_WORDS)}/{rng.choice(_WORDS)}",
    "user_agent": _choice(("Mozilla/5.0 (X11; Linux x86_64)", "curl/8.5.0", "aws-cli/2.15")),
}
"""Every placeholder that a sample may use, and a value for it (example networks and domains only)."""


def placeholders(sample: str) -> tuple[str, ...]:
    """The placeholder names in a sample, in order of appearance."""
    return tuple(_PLACEHOLDER.findall(sample))


def fill(sample: str, seed: int, at: datetime | None = None) -> str:
    """A believable event made from a sample shape; the same seed gives the same text.

    ``at`` is when it happened (its times lie in the two seconds before), by default some time in 2026.

    Raises:
        KeyError: the sample uses a placeholder that does not exist.
    """
    rng = _Chance(seed)
    rng.at = at
    return _PLACEHOLDER.sub(lambda m: PLACEHOLDERS[m.group(1)](rng), sample).strip("\n")
