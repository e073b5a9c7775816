"""Structured logs, request ids and the Prometheus metrics."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
import uuid_utils
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from agents.classifier.decision import Decision
    from app.settings import Settings

log = structlog.get_logger(__name__)

_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_STAGE_BUCKETS_S = (0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


def configure_logging(settings: Settings) -> None:
    """Send structured logs to stderr, of our code and of the libraries alike, from ``log_level`` up.

    As JSON lines, or for people on a terminal. httpx logs every URL at info, which may hold what a user searched
    for, so libraries are heard from warnings up unless the level is debug.
    """
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    for_people = settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering: list[structlog.typing.Processor] = (
        [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                # The pretty one prints local variables, which hold tokens and events.
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
        if for_people
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=True)]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level if level <= logging.DEBUG else max(level, logging.WARNING))
    for ours in ("app", "agents", "models"):
        logging.getLogger(ours).setLevel(level)
    # llama.cpp warns of what it handles by itself, several times a request.
    logging.getLogger("llama.cpp").setLevel(level if level <= logging.DEBUG else logging.ERROR)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def new_id() -> str:
    """A UUIDv7 (RFC 9562) as text: unique, and sorts by time."""
    return str(uuid_utils.uuid7())


@dataclass(frozen=True, slots=True)
class Reading:
    """A number that some part keeps itself and ``/metrics`` asks for; ``labels`` tell readings of a name apart."""

    name: str
    documentation: str
    value: float
    labels: Mapping[str, str]
    counts: bool = False
    """Whether it only ever grows."""


@dataclass
class Tally:
    """What one request did, for its log line: events decided and events refused."""

    events: int = 0
    errors: int = 0


class Telemetry:
    """The metrics of one service, in a registry of its own. Safe to share by threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "logatlas_http_requests", "Requests by route and status.", ["method", "route", "status"],
            registry=self.registry,
        )  # fmt: skip
        self._request_seconds = Histogram(
            "logatlas_http_request_seconds", "Duration of requests until the last byte.", ["route"],
            registry=self.registry,
        )  # fmt: skip
        self._stage_seconds = Histogram(
            "logatlas_stage_seconds", "Duration of the stages of a decision.", ["stage"], buckets=_STAGE_BUCKETS_S,
            registry=self.registry,
        )  # fmt: skip
        self._decisions = Counter(
            "logatlas_decisions", "Decisions by what decided them and status.", ["decided_by", "status"],
            registry=self.registry,
        )  # fmt: skip
        self._degraded = Counter(
            "logatlas_degraded_decisions", "Decisions made without a part, by part.", ["part"], registry=self.registry
        )
        self._event_errors = Counter(
            "logatlas_event_errors", "Events that got an error instead of a decision.", ["code"],
            registry=self.registry,
        )  # fmt: skip

    def request_done(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one HTTP request; ``route`` is the rule, never the path a caller made up."""
        self._requests.labels(method, route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def decided(self, decision: Decision) -> None:
        """Count one decision and its stages (``latency_ms``)."""
        self._decisions.labels(str(decision.decided_by), str(decision.status)).inc()
        for part in decision.degraded:
            self._degraded.labels(part).inc()
        for stage, milliseconds in decision.latency_ms.items():
            self._stage_seconds.labels(stage).observe(milliseconds / 1000)

    def refused(self, code: str) -> None:
        """Count one event that got an error."""
        self._event_errors.labels(code).inc()

    def watch(self, readings: Callable[[], Iterable[Reading]]) -> None:
        """Ask ``readings`` for numbers whenever the metrics are read."""
        self.registry.register(_Readings(readings))

    def exposition(self) -> bytes:
        """All metrics in the Prometheus text format."""
        return generate_latest(self.registry)


class _Readings(Collector):
    def __init__(self, readings: Callable[[], Iterable[Reading]]) -> None:
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        families: dict[str, GaugeMetricFamily | CounterMetricFamily] = {}
        for reading in self._readings():
            family = families.get(reading.name)
            if family is None:
                make = CounterMetricFamily if reading.counts else GaugeMetricFamily
                family = families[reading.name] = make(reading.name, reading.documentation, labels=list(reading.labels))
            family.add_metric(list(reading.labels.values()), reading.value)
        yield from families.values()

    def describe(self) -> Iterator[Metric]:
        # Registration would otherwise collect once, before the parts have started.
        return iter(())


def register(app: Flask, telemetry: Telemetry) -> None:
    """Give each request of ``app`` an id, a log line when its last byte is out, and a place in the metrics."""

    @app.before_request
    def start() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _SANE_REQUEST_ID.fullmatch(given) else new_id()
        g.started = time.perf_counter()
        g.tally = Tally()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.request_id
        route = request.url_rule.rule if request.url_rule else "(unknown)"
        method = request.method if request.url_rule else "(any)"
        context: dict[str, Any] = structlog.contextvars.get_contextvars()
        path, started, tally = request.path, g.started, g.tally

        def closed() -> None:
            seconds = time.perf_counter() - started
            telemetry.request_done(method, route, response.status_code, seconds)
            known = context | {"method": request_method, "path": path, "status": response.status_code}
            # Probes come every few seconds and would drown the rest.
            write = log.debug if route in ("/healthz", "/readyz", "/metrics") else log.info
            write("request", **known, duration_ms=round(seconds * 1000, 1), events=tally.events, errors=tally.errors)

        request_method = request.method
        response.call_on_close(closed)
        return response
