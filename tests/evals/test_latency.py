"""Timing a running service: what is asked of it, and what happens when it does not answer."""

import itertools

import httpx
import pytest
import respx

from agents.errors import UnavailableError
from evals.latency import measure

URL = "http://logatlas.test"


@respx.mock
def test_cold_and_warm_events_are_told_apart_by_who_decided():
    deciders = itertools.chain(["ranker"] * 9, ["llm"] * 2, ["ranker"], itertools.repeat("memo"))
    route = respx.post(f"{URL}/classify").mock(
        side_effect=lambda request: httpx.Response(200, json={"decided_by": next(deciders)})
    )
    found = {m.kind: m for m in measure(URL, "a-token", cold=10, warm=20)}
    assert {kind: m.n for kind, m in found.items()} == {
        "cold, model not asked": 9, "cold, model asked": 2, "warm (memo)": 20,
    }  # fmt: skip
    assert all(m.p50_ms <= m.p95_ms <= m.p99_ms for m in found.values())
    sent = [call.request for call in route.calls]
    assert {request.headers["Authorization"] for request in sent} == {"Bearer a-token"}
    assert len({request.content for request in sent[:11]}) == 11


@respx.mock
@pytest.mark.parametrize("answer", [httpx.Response(401), httpx.ConnectError("refused")])
def test_a_service_that_refuses_or_is_away_is_an_error(answer):
    respx.post(f"{URL}/classify").mock(side_effect=[answer])
    with pytest.raises(UnavailableError, match=URL):
        measure(URL, "a-token", cold=10, warm=10)
