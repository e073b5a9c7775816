"""How long a running service takes to answer: cold events, whose template is new, and warm ones from the memo."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

import httpx

from agents.errors import UnavailableError
from agents.knowledge.catalog import fill, load_catalog
from agents.ocsf import load_taxonomy
from app.evaluations.metrics import percentile


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds per event over HTTP, one connection, one event at a time."""

    kind: str
    n: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


def measure(url: str, token: str, cold: int = 100, warm: int = 1000) -> list[Latency]:
    """Time cold events with and without the model being asked, then warm events.

    Every cold event carries a sourcetype of its own, which makes its template new without changing its text.

    Raises:
        UnavailableError: the service does not answer, or refuses an event.
    """
    samples = [sample for guide in load_catalog(load_taxonomy()).guides for sample in guide.samples[:1]]
    without: list[float] = []
    asked: list[float] = []
    memo: list[float] = []
    try:
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=120) as client:
            for n in range(cold):
                raw = fill(samples[n * len(samples) // cold], n)
                ms, decision = _classify(client, {"raw": raw, "source": {"sourcetype": f"cold-{uuid.uuid4()}"}})
                (asked if decision["decided_by"] == "llm" else without).append(ms)
            for n in range(cold // 10):
                raw = f"widget {'abcdefghij'[n % 10]} frobnicated the gizmo and left"
                ms, decision = _classify(client, {"raw": raw, "source": {"sourcetype": f"cold-{uuid.uuid4()}"}})
                (asked if decision["decided_by"] == "llm" else without).append(ms)
            _classify(client, {"raw": fill(samples[0], 0)})
            for n in range(warm):
                ms, decision = _classify(client, {"raw": fill(samples[0], n)})
                if decision["decided_by"] == "memo":
                    memo.append(ms)
    except httpx.HTTPError as error:
        raise UnavailableError(f"{url} does not answer as it should: {error}") from error
    return [
        Latency(kind, len(ms), percentile(ms, 50), percentile(ms, 95), percentile(ms, 99))
        for kind, ms in (("cold, model not asked", without), ("cold, model asked", asked), ("warm (memo)", memo))
    ]


def _classify(client: httpx.Client, event: dict[str, object]) -> tuple[float, dict[str, object]]:
    start = time.perf_counter()
    answer = client.post("/classify", json=event)
    ms = (time.perf_counter() - start) * 1e3
    answer.raise_for_status()
    decision: dict[str, object] = answer.json()
    return ms, decision
