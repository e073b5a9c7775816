"""Decisions, events, knowledge, tokens, health, metrics and documentation over HTTP."""

from __future__ import annotations

import base64
import re

import pytest
from app_requests import classify_one

from agents.errors import LogatlasError
from agents.knowledge.base import KnowledgeRequestError, KnowledgeUnavailableError
from app.readiness import PartHealth, State
from app.wire import encode_cursor


def test_a_decision_is_found_again(client):
    decision = classify_one(client, "hello")
    assert client.get(f"/api/decisions/{decision['decision_id']}").json == decision


@pytest.mark.parametrize("path", ["/api/decisions/", "/api/events/", "/api/knowledge/"])
@pytest.mark.parametrize("name", ["01990000-0000-7000-8000-000000000000", "x", "..%2f..%2fetc", "a'--", "%00"])
def test_what_is_not_there_is_404_in_the_one_shape(client, path, name):
    answer = client.get(path + name)
    assert answer.status_code == 404
    assert answer.json["error"]["code"] == "not_found"


def test_an_event_comes_with_fields_and_history(client):
    decision = classify_one(client, '{"user": "alice"}', source={"vendor": "acme"})
    event = client.get(f"/api/events/{decision['event_id']}").json
    assert event["raw"] == '{"user": "alice"}'
    assert "raw_base64" not in event
    assert event["source"] == {"vendor": "acme", "product": "", "sourcetype": ""}
    assert event["fields"][0]["path"] == "user"
    assert [d["decision_id"] for d in event["decisions"]] == [decision["decision_id"]]


def test_an_event_with_foreign_bytes_comes_back_byte_for_byte(client):
    raw = b"caf\xe9 \xff"
    answer = client.post("/classify", data=raw, content_type="text/plain").json["decisions"][0]
    event = client.get(f"/api/events/{answer['event_id']}").json
    assert event["raw"] == "caf� �"
    assert base64.b64decode(event["raw_base64"]) == raw


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "limit=999", "kind=rumour", "cursor=%21%21", "q=a&cursor=eA", "colour=red", "q="]
)
def test_bad_parameters_are_400_in_the_one_shape(client, query):
    answer = client.get(f"/api/knowledge?{query}")
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "invalid_parameters"


def test_a_cursor_that_the_knowledge_base_refuses_is_400(client, services):
    browse = services.knowledge.browse

    def refusing(kind=None, *, limit=50, cursor=None):
        if cursor is not None:
            raise KnowledgeRequestError("not a cursor")
        return browse(kind, limit=limit)

    services.knowledge.browse = refusing
    cursor = encode_cursor('["examples", "-1"]')
    answer = client.get(f"/api/knowledge?kind=example&cursor={cursor}")
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "invalid_parameters")


@pytest.mark.parametrize("query", ["", "&cursor=" + encode_cursor('["examples", "-1"]')])
def test_a_knowledge_base_that_refuses_us_is_502(client, services, query):
    def refusing(*_, **__):
        raise KnowledgeRequestError("refused the API key")

    services.knowledge.browse = refusing
    answer = client.get(f"/api/knowledge?kind=example{query}")
    assert (answer.status_code, answer.json["error"]["code"]) == (502, "knowledge_request")


@pytest.mark.parametrize(("length", "status"), [(2000, 200), (2001, 400)])
def test_a_search_has_up_to_2000_characters(client, length, status):
    assert client.get("/api/knowledge", query_string={"q": "x" * length}).status_code == status


def test_knowledge_that_is_away_is_503(client, services):
    def away(*_, **__):
        raise KnowledgeUnavailableError("no answer")

    services.knowledge.browse = away
    answer = client.get("/api/knowledge?kind=example")
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "knowledge_unavailable")


def test_tokens_are_made_listed_and_revoked(client, as_token):
    made = client.post("/api/tokens", json={"name": "vector", "scopes": ["read"]})
    assert made.status_code == 201
    secret = made.json["token"]
    assert as_token(secret).get("/api/knowledge").status_code == 200
    listed = client.get("/api/tokens")
    assert "vector" in [token["name"] for token in listed.json["tokens"]]
    assert secret not in listed.text
    assert client.delete(f"/api/tokens/{made.json['token_id']}").status_code == 200
    assert as_token(secret).get("/api/knowledge").status_code == 401
    assert client.delete(f"/api/tokens/{made.json['token_id']}").status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"name": "a"}, {"name": "a", "scopes": []}, {"name": "a", "scopes": ["root"]}, [], 1, {"name": "\n"}]
)
def test_bad_tokens_are_refused(client, body):
    assert client.post("/api/tokens", json=body).status_code == 400


def test_health_needs_no_token(as_token):
    nobody = as_token(None)
    assert nobody.get("/healthz").json == {"status": "ok"}
    assert nobody.get("/readyz").json["parts"]["store"]["status"] == "ok"


@pytest.mark.parametrize(
    ("store", "model", "status", "code"),
    [
        (State.OK, State.OK, "ok", 200),
        (State.OK, State.DOWN, "degraded", 200),
        (State.DEGRADED, State.OK, "degraded", 200),
        (State.OK, State.STARTING, "starting", 503),
        (State.DOWN, State.OK, "down", 503),
    ],
)
def test_readiness_tells_each_part(make_services, as_client, store, model, status, code):
    parts = {"store": lambda: PartHealth(store), "model": lambda: PartHealth(model, "why")}
    answer = as_client(make_services(parts), None).get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (code, status)
    assert answer.json["parts"]["model"] == {"status": model.value, "detail": "why"}


def test_readiness_of_a_part_that_raises_is_down(make_services, as_client):
    def check():
        raise LogatlasError("disk is on fire")

    answer = as_client(make_services({"store": check}), None).get("/readyz")
    assert answer.json["parts"]["store"] == {"status": "down", "detail": "disk is on fire"}


def test_metrics_count_what_happened(client):
    for body in (b"one", b"degraded two", b"\x00"):
        client.post("/classify", data=body, content_type="text/plain")
    client.post("/classify", json={"raw": ""})
    client.get("/no/such/page")
    text = client.get("/metrics").text
    assert 'logatlas_http_requests_total{method="POST",route="/classify",status="200"} 3.0' in text
    assert 'logatlas_http_requests_total{method="(any)",route="(unknown)",status="404"} 1.0' in text
    assert 'logatlas_decisions_total{decided_by="ranker",status="auto"} 3.0' in text
    assert 'logatlas_degraded_decisions_total{part="model"} 1.0' in text
    assert 'logatlas_event_errors_total{code="invalid_event"} 1.0' in text
    assert 'logatlas_stage_seconds_count{stage="parse"} 3.0' in text
    assert "logatlas_memo_hits_total 7.0" in text


def test_openapi_document_describes_every_route(as_token):
    document = as_token(None).get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) >= {
        "/classify", "/api/decisions/{id}", "/api/events/{id}", "/api/knowledge", "/api/knowledge/{chunk_id}",
        "/api/tokens", "/api/tokens/{id}", "/healthz", "/readyz", "/metrics",
    }  # fmt: skip
    body = document["paths"]["/classify"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/json", "application/x-ndjson", "text/plain"}
    references = set(re.findall(r"#/components/schemas/(\w+)", as_token(None).get("/openapi.json").text))
    assert references <= set(document["components"]["schemas"])


def test_docs_ask_no_other_host(as_token):
    nobody = as_token(None)
    page = nobody.get("/docs")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "'unsafe-eval'" not in page.headers["Content-Security-Policy"]
    wanted = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(wanted) == 4
    for path in wanted:
        assert path.startswith("/docs/")
        assert nobody.get(path).status_code == 200
    assert "<script>" not in page.text


@pytest.mark.parametrize("path", ["/docs/assets/../../../../models.py", "/docs/assets/%2e%2e/__init__.py"])
def test_docs_serve_nothing_else(as_token, path):
    assert as_token(None).get(path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/classify", 405, "method_not_allowed"),
        ("DELETE", "/healthz", 405, "method_not_allowed"),
        ("BREW", "/healthz", 405, "method_not_allowed"),
    ],
)
def test_errors_of_the_router_have_the_one_shape(client, method, path, status, code):
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)


def test_faults_are_500_without_a_stack_trace(client, services):
    def broken(_):
        raise RuntimeError("secret detail")

    services.store.decision = broken
    answer = client.get("/api/decisions/x", headers={"X-Request-ID": "my-id"})
    assert answer.status_code == 500
    assert answer.json["error"]["code"] == "internal"
    assert answer.json["error"]["details"] == {"id": "my-id"}
    assert "secret" not in answer.text


def test_answers_carry_protective_headers(client):
    answer = client.get("/api/knowledge")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
