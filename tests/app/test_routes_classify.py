"""``POST /classify`` in all its forms, with good, bad and hostile bodies."""

from __future__ import annotations

import json

import pytest

from app.storage.errors import StorageUnavailableError

NDJSON = "application/x-ndjson"


def post(client, body, content_type="application/json", **headers):
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post("/classify", data=data, content_type=content_type, headers=headers)


def lines(response):
    return [json.loads(line) for line in response.data.splitlines()]


def test_one_event_gets_one_decision(client, services):
    answer = post(client, {"raw": "sshd: Accepted", "source": {"product": "sshd"}})
    assert answer.status_code == 200
    decision = answer.json
    assert (decision["class_uid"], decision["type_uid"], decision["status"]) == (3002, 300201, "auto")
    assert decision["evidence"][0]["spans"] == [[0, 1]]
    assert services.store.events[decision["event_id"]].source.product == "sshd"
    assert decision["decision_id"] in services.store.decisions


def test_batch_answers_in_order_with_errors_in_place(client):
    answer = post(client, {"events": [{"raw": "slow one"}, {"raw": ""}, {"raw": "two"}, "text", {"raw": "explode"}]})
    assert answer.status_code == 200
    first, empty, second, not_object, fault = answer.json["decisions"]
    assert first["rationale"] == "slow one"
    assert empty["error"]["code"] == not_object["error"]["code"] == "invalid_event"
    assert second["rationale"] == "two"
    assert fault["error"]["code"] == "internal"
    assert "secret detail" not in answer.text


def test_ndjson_answers_each_line_in_order(client):
    body = "\n".join(json.dumps({"raw": f"{'slow ' if n % 3 else ''}event {n}"}) for n in range(50))
    answers = lines(post(client, body, NDJSON))
    assert [a["rationale"].rpartition(" ")[2] for a in answers] == [str(n) for n in range(50)]


@pytest.mark.parametrize("content_type", ["application/jsonlines", "application/x-ndjson; charset=utf-8"])
def test_ndjson_goes_on_after_bad_lines(client, content_type):
    body = b'{"raw": "one"}\nnot json\n\n{"raw": 5}\r\n{"raw": "explode"}\n{"raw": "two"}'
    one, malformed, wrong_type, fault, two = lines(post(client, body, content_type))
    assert (one["rationale"], two["rationale"]) == ("one", "two")
    assert malformed["error"]["code"] == "malformed_json"
    assert malformed["line"] == 2
    assert wrong_type["error"]["code"] == "invalid_event"
    assert wrong_type["line"] == 4
    assert fault["error"]["code"] == "internal"


def test_text_lines_answer_like_a_batch(client):
    answer = post(client, b"one\r\n\n  \ntwo\n", "text/plain")
    assert [d["rationale"] for d in answer.json["decisions"]] == ["one", "two"]


def test_text_lines_answer_as_ndjson_on_request(client):
    answer = post(client, b"one\n\ntwo\n", "text/plain", Accept=NDJSON)
    assert answer.content_type == NDJSON
    assert [d["rationale"] for d in lines(answer)] == ["one", "two"]


def test_raw_may_be_an_object(client, services):
    decision = post(client, {"raw": {"eventName": "ConsoleLogin", "n": 18446744073709551617}}).json
    raw = services.store.events[decision["event_id"]].raw
    assert raw == '{"eventName":"ConsoleLogin","n":18446744073709551617}'


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"raw": "caf\xe9 \xff"}', "application/json"),
        (b'{"raw": "caf\\udce9 \\udcff"}', "application/json"),
        (b'{"raw": "caf\xe9 \xff"}\n', NDJSON),
        (b"caf\xe9 \xff", "text/plain"),
    ],
)
def test_invalid_utf8_is_kept_without_loss(client, services, body, content_type):
    answer = post(client, body, content_type)
    assert answer.status_code == 200
    answer.data.decode("utf-8")
    (event,) = services.store.events.values()
    assert event.raw.encode("utf-8", "surrogateescape") == b"caf\xe9 \xff"


def test_lone_surrogates_that_are_no_bytes_can_be_stored(client, services):
    assert post(client, b'{"raw": "a\\ud800b"}').status_code == 200
    (event,) = services.store.events.values()
    assert event.raw.encode("utf-8", "surrogateescape") == b"a\xed\xa0\x80b"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"raw": ""}, 400, "invalid_event"),
        ({"raw": " \n"}, 400, "invalid_event"),
        ({}, 400, "invalid_event"),
        ({"raw": 1}, 400, "invalid_event"),
        ({"raw": ["a"]}, 400, "invalid_event"),
        ({"raw": "a", "source": ["x"]}, 400, "invalid_event"),
        ({"raw": "a", "source": "s" * 201}, 400, "invalid_event"),
        ({"raw": "a", "source": {"vendor": 1}}, 400, "invalid_event"),
        ({"raw": "a", "source": {"vendor": "v" * 201}}, 400, "invalid_event"),
        ({"events": {}}, 400, "invalid_request"),
        ({"events": [], "raw": "a"}, 400, "invalid_request"),
        ([{"raw": "a"}], 400, "invalid_request"),
        ("text", 400, "malformed_json"),
        (b"", 400, "malformed_json"),
        (b'{"raw": NaN}', 400, "malformed_json"),
        (b"[" * 100_000, 400, "malformed_json"),
        (b'{"raw": ' * 5_000, 400, "malformed_json"),
        (b'"raw"', 400, "invalid_event"),
        (b"null", 400, "invalid_event"),
        (b"\xff\xfe\x00", 400, "malformed_json"),
    ],
)
def test_bad_json_is_refused_with_a_code(client, body, status, code):
    answer = post(client, body)
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    assert set(answer.json["error"]) == {"code", "message", "details"}


def test_malformed_json_names_the_position(client):
    details = post(client, b'{"raw":\n  "a" "b"}').json["error"]["details"]
    assert details == {"line": 2, "column": 7, "offset": 14}


def test_keys_that_shippers_add_are_ignored_and_a_text_as_source_is_the_sourcetype(client, services):
    event = {"raw": "a", "severity": 1, "class_uid": 7, "source": {"vendor": "v", "colour": "red", "product": None}}
    assert post(client, event).status_code == 200
    assert post(client, {"raw": "b", "source": "linux_secure"}).status_code == 200
    assert {(e.raw, e.source.vendor, e.source.sourcetype) for e in services.store.events.values()} == {
        ("a", "v", ""),
        ("b", "", "linux_secure"),
    }


@pytest.mark.parametrize(
    ("content_type", "headers"),
    [
        ("application/x-www-form-urlencoded", {}),
        ("application/xml", {}),
        ("", {}),
        ("application/json", {"Content-Encoding": "gzip"}),
    ],
)
def test_unsupported_types_are_415(client, content_type, headers):
    answer = post(client, '{"raw": "a"}', content_type, **headers)
    assert answer.status_code == 415
    assert "application/x-ndjson" in answer.json["error"]["details"]["supported"]


def test_limits_are_413(make_services, as_client):
    client = as_client(make_services(max_body_bytes=2048, max_event_bytes=100, max_batch_events=3))
    for body, content_type, code in [
        ({"raw": "x" * 3000}, "application/json", "too_large"),
        ("x\n" * 3000, "text/plain", "too_large"),
        ({"raw": "x" * 101}, "application/json", "event_too_large"),
        ({"raw": "é" * 51}, "application/json", "event_too_large"),
        ({"events": [{"raw": "x"}] * 4}, "application/json", "batch_too_large"),
        ("a\nb\nc\nd", "text/plain", "batch_too_large"),
    ]:
        answer = post(client, body, content_type)
        assert (answer.status_code, answer.json["error"]["code"]) == (413, code)
    assert post(client, {"raw": "é" * 50}).status_code == 200


def test_large_events_in_a_batch_or_stream_do_not_stop_it(make_services, as_client):
    client = as_client(make_services(max_body_bytes=2**16, max_event_bytes=100))
    batch = post(client, {"events": [{"raw": "x" * 101}, {"raw": "ok"}]}).json["decisions"]
    assert batch[0]["error"]["code"] == "event_too_large"
    assert batch[1]["class_uid"] == 3002
    # Streams are bounded by line, not by body: this one is four times the largest body.
    huge, small = json.dumps({"raw": "x" * 2**18}), json.dumps({"raw": "ok"})
    first, second = lines(post(client, f"{huge}\n{small}\n", NDJSON))
    assert (first["error"]["code"], first["line"]) == ("event_too_large", 1)
    assert second["class_uid"] == 3002
    first, second = lines(post(client, f"{'x' * 101}\nok", "text/plain", Accept=NDJSON))
    assert first["error"]["code"] == "event_too_large"
    assert second["class_uid"] == 3002


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ({"raw": "a"}, "application/json"),
        ({"events": [{"raw": "a"}]}, "application/json"),
        ("a", "text/plain"),
    ],
)
def test_what_cannot_be_stored_is_not_acknowledged(client, services, body, content_type):
    services.store.down = True
    answer = post(client, body, content_type)
    assert answer.status_code == 503
    assert answer.json["error"]["code"] == StorageUnavailableError.code
    assert answer.headers["Retry-After"]


def test_what_cannot_be_stored_in_a_stream_gets_an_error_in_its_place(client, services):
    services.store.down = True
    (answer,) = lines(post(client, '{"raw": "a"}', NDJSON))
    assert (answer["error"]["code"], answer["line"]) == ("storage_unavailable", 1)


@pytest.mark.parametrize("content_type", ["application/json", NDJSON, "text/plain", "application/jsonlines"])
@pytest.mark.parametrize(
    "body",
    [
        b"\x00",
        b"\x00" * 5000 + b"\n",
        b"\xff" * 3000,
        b"{" * 50_000,
        b"\n" * 10_000,
        b'{"raw": "\\u0000"}',
        b'{"raw": "\x00"}',
        b'{"raw": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}",
        b'{"raw": "a", "raw": "b"}',
        b'{"raw": 1e999}',
        b'{"raw": "a", "source": {"vendor": "\\ud800"}}',
        b'{"raw": "a", "source": null}',
        b'{"\\ud800": 1, "\\u0000": 2, "raw": "a"}',
        b'{"raw": "' + b"\\\\" * 10_000 + b'"}',
        b'{"events": [[], 1, null, {"raw": null}, {"raw": true}]}',
        b"\xef\xbb\xbf{}",
    ],
)
def test_hostile_bodies_never_break_the_service(client, body, content_type):
    answer = post(client, body, content_type)
    assert answer.status_code < 500
    answer.data.decode("utf-8")
    for part in answer.data.splitlines():
        assert "internal" not in json.dumps(json.loads(part).get("error", {}))
