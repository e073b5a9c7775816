"""The special suites: what each does to events, and their results in the metrics of a folder."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

from agents.events import Format, parse
from agents.ocsf import load_taxonomy
from evals.data import LabelledEvent
from evals.drift import changed_forms
from evals.garbage import inputs
from evals.injection import PLANT, harmless, load_attempts
from evals.transformations import TRANSFORMATIONS

NESTED = '{"eventName":"ConsoleLogin","userIdentity":{"userName":"alice","accountId":"1"},"source_ip":"198.51.100.7"}'
SNAKE = (
    '{"event_name":"ConsoleLogin","user_identity":{"user_name":"alice","account_id":"1"},"source_ip":"198.51.100.7"}'
)
PAIRS = 'date=2026-06-14 srcIp=198.51.100.7 dst_port=443 msg="user alice = admin" action=deny'
ATTEMPTS, CARRIERS = load_attempts()


def change(name, raw, seed=1):
    return TRANSFORMATIONS[name].apply(raw, random.Random(seed))


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("camel-case", NESTED, NESTED.replace("source_ip", "sourceIp")),
        ("snake-case", NESTED, SNAKE),
        ("kebab-case", PAIRS, PAIRS.replace("srcIp", "src-ip").replace("dst_port", "dst-port")),
        ("camel-case", "Failed password for root", None),
        ("reordered", "Failed password for root", None),
        ("snake-case", "CEF:0|a|b|c|d|e|3|srcIp=1 dstIp=2 actName=3", None),
        ("truncated-75", "a" * 40, "a" * 30),
        ("truncated-90", "short", None),
    ],
)  # fmt: skip
def test_transformations_do_what_they_say(name, raw, expected):
    assert change(name, raw) == expected


@pytest.mark.parametrize("raw", [NESTED, PAIRS])
@pytest.mark.parametrize("name", ["reordered", "prefixed"])
def test_reordered_and_prefixed_keep_every_value(name, raw):
    before = Counter(field.value for field in parse(raw).fields)
    assert Counter(field.value for field in parse(change(name, raw)).fields) == before
    assert change(name, raw, seed=1) == change(name, raw, seed=1)


@pytest.mark.parametrize(
    "name", ["syslog-rfc3164", "syslog-rfc5424", "json-message", "json-log", "json-raw", "json-event-original"]
)
def test_envelopes_hold_the_whole_event(name):
    wrapped = change(name, "first line\nsecond line")
    event = parse(wrapped)
    assert event.format is (Format.SYSLOG if name.startswith("syslog") else Format.JSON)
    if event.format is Format.JSON:
        assert "first line\\nsecond line" in wrapped
    else:
        assert wrapped.endswith("first line second line")


def test_an_event_has_the_same_forms_for_the_same_seed():
    event = LabelledEvent(id="a", raw=NESTED, class_uid=3002)
    assert changed_forms(event, None, 7) == changed_forms(event, None, 7)
    assert set(changed_forms(event, None, 7)) == set(TRANSFORMATIONS)
    assert len(changed_forms(event, 3, 7)) == 3
    assert all(raw != NESTED for raw in changed_forms(event, None, 7).values())


def test_there_are_enough_attempts_of_different_kinds():
    assert len(ATTEMPTS) >= 60
    assert len({a.kind for a in ATTEMPTS}) >= 12
    assert len({a.attempt_id for a in ATTEMPTS}) == len(ATTEMPTS)
    assert len(CARRIERS) >= 12
    taxonomy = load_taxonomy()
    assert all(taxonomy.find(c.ocsf_class) for c in CARRIERS if c.ocsf_class)
    assert all(c.raw.count(PLANT) == 1 for c in CARRIERS)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.attempt_id)
def test_the_harmless_value_has_the_same_shape_and_none_of_the_words(attempt):
    calm = harmless(attempt.text)
    assert len(calm) == len(attempt.text)
    for before, after in zip(attempt.text, calm, strict=True):
        if before.isascii():
            assert (before.isalpha(), before.isdigit(), before.isupper()) == (
                after.isalpha(), after.isdigit(), after.isupper() if after.isascii() else before.isupper(),
            ) or not after.isascii()  # fmt: skip
            if not before.isalnum():
                assert before == after
    words = {word for word in attempt.text.lower().split() if len(word) > 4 and word.isascii() and word.isalpha()}
    assert not words & set(calm.lower().split())


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda carrier: carrier.carrier_id)
def test_an_attempt_stays_inside_its_value(carrier):
    plain = parse(carrier.with_value("plain"))
    for attempt in ATTEMPTS:
        planted = parse(carrier.with_value(attempt.text))
        assert "\n" not in planted.raw or carrier.writes == "xml", attempt.attempt_id
        if carrier.writes in ("json", "xml"):
            value = next(f.path for f in plain.fields if "plain" in f.value)
            paths = [f.path for f in planted.fields if not f.path.startswith(f"{value}.")]
            # What the reader unpacks of a value stands below the value; no other field comes or goes.
            assert [p for p in paths if p != value] == [f.path for f in plain.fields if f.path != value]


def test_garbage_is_of_many_kinds_and_repeats_itself():
    made = inputs(3)
    assert len(made) >= 50
    assert made == inputs(3)
    assert "" in made.values()
    assert max(map(len, made.values())) >= 2**20
    for raw in made.values():
        assert parse(raw).formats


def test_special_suites_land_in_the_metrics_of_a_folder(data_file, tmp_path, invoke):
    out = tmp_path / "out"
    assert invoke("run", "--data", data_file, "--out", out, "--no-baselines", "--no-store").code == 0
    for command in (
        ["cold-source", "--data", data_file],
        ["drift", "--data", data_file, "--limit", 2, "--per-event", 3],
        ["injection", "--limit", 2],
        ["garbage", "--limit", 6],
    ):
        done = invoke(*command, "--out", out, "--no-store")
        assert done.code == 0, done.err
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["configuration"] == "default"
    assert metrics["cold-source"]["n"] == 4
    assert metrics["drift"]["n"] == 6
    assert set(metrics["drift"]["by_transformation"]) <= set(TRANSFORMATIONS)
    assert {"top1", "untouched_top1", "difference", "intervals"} <= set(metrics["drift"])
    assert metrics["injection"]["n"] == 2 * len(CARRIERS)
    assert metrics["injection"]["flips"] == len(metrics["injection"]["flipped"])
    assert metrics["garbage"]["n"] == 6
    assert metrics["garbage"]["errors"] == []
    assert all(f"<h3>{name}</h3>" in (out / "report.html").read_text() for name in ("drift", "injection", "garbage"))
    assert len((out / "drift.jsonl").read_text().splitlines()) == 6
    assert invoke("run", "--data", data_file, "--out", out, "--no-baselines", "--no-store").code == 0
    assert json.loads((out / "metrics.json").read_text())["drift"] == metrics["drift"]


def test_a_special_suite_alone_has_a_page_and_is_stored(tmp_path, invoke):
    done = invoke("garbage", "--limit", 2, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    assert "Stored as run" in done.err
    assert "<h3>garbage</h3>" in (tmp_path / "out" / "report.html").read_text()


def test_an_input_that_raises_is_reported_not_raised(parts, monkeypatch):
    import evals.garbage

    def broken(*_):
        raise ValueError("no")

    monkeypatch.setattr(evals.garbage, "classify_one", broken)
    found, lines = evals.garbage.run_garbage(parts, limit=2)
    assert [error["error"] for error in found["errors"]] == ["ValueError: no"] * 2
    assert lines == []
