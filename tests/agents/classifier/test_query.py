"""The query for an event: words that mean something, tokens that are exact."""

import pytest

from agents.classifier.query import build_query, with_words
from agents.events import Source, make_template, parse, split_words
from agents.knowledge.base import Chunk, Hit, Kind, lexical_token


def query(raw, source=None):
    event = parse(raw, source or Source())
    return build_query(event, make_template(event), "1.8.0")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ConsoleLogin", "Console Login"),
        ("AssumeRoleWithSAML", "Assume Role With SAML"),
        ("user_name", "user name"),
        ("user.session.start", "user session start"),
        ("plain", "plain"),
    ],
)
def test_names_become_words(name, text):
    assert split_words(name) == text


def test_fields_become_single_words_in_any_spelling():
    assert lexical_token("winlog.event_id", "4624") == lexical_token("EventId", "4624") == "eventid04624"
    assert lexical_token("event_id", "4625") != lexical_token("event_id", "4624")
    found = query('{"winlog": {"event_id": 4624, "channel": "Security"}, "message": "x"}')
    assert {"eventid04624", "channel0security"} <= set(found.tokens)


def test_long_and_odd_values_still_make_one_word():
    token = lexical_token("path", "/" * 300)
    assert token.isalnum()
    assert len(token) < 60
    assert lexical_token("k", "\udcff").isalnum()


def test_hints_and_telling_fields_lead_the_text():
    text = query('{"eventName": "ConsoleLogin", "zzz": "later"}', Source(vendor="Amazon", product="CloudTrail")).text
    assert text.startswith("Amazon CloudTrail")
    assert "Console Login" in text


def test_free_text_is_searched_and_bounded():
    found = query("kernel: something strange happened " * 400)
    assert "something strange happened" in found.text
    assert len(found.text) <= 1200
    assert set(found.limits) == {Kind.CLASS, Kind.GUIDE, Kind.EXAMPLE}


def test_names_of_a_header_s_fields_are_not_told_and_their_numbers_neither():
    text = query("CEF:0|Acme|Vault|1.0|100|File removed|3|suser=bob act=delete").text
    assert "File removed" in text
    assert "Acme" in text
    for scaffold in ("signature", "severity", "device vendor", "100"):
        assert scaffold not in text


def test_events_of_one_template_are_searched_for_with_the_same_words():
    first = query("Oct 1 10:00:00 web gate: door 12 opened for alice from 192.0.2.1")
    second = query("Nov 2 11:11:11 web gate: door 77 opened for alice from 198.51.100.9")
    assert first.text == second.text


def test_the_word_model_is_a_third_ranking():
    def hit(uid, kind, score, rank):
        return Hit(Chunk(f"{kind}:{uid}", kind, "", "", "", uid), score, rank)

    found = [hit(1, Kind.CLASS, 0.030, 1), hit(2, Kind.CLASS, 0.029, 2), hit(1, Kind.GUIDE, 0.02, 1)]
    told = {2: -0.2, **{uid: -0.3 - uid for uid in range(100, 160)}, 1: -900.0}
    ranked = with_words(found, told)
    assert [(h.chunk.kind, h.chunk.class_uid, h.rank) for h in ranked] == [
        (Kind.CLASS, 2, 1), (Kind.CLASS, 1, 2), (Kind.GUIDE, 1, 1),
    ]  # fmt: skip
    assert ranked[0].score == pytest.approx(0.029 + 3 / 61)
    assert ranked[2].score == pytest.approx(0.02 + 3 / (60 + 62))
    assert with_words(found, {}) == found


@pytest.mark.parametrize("raw", ["", "\x00", "\udcff\udcfe", "{}", "[]", "   "])
def test_an_event_without_content_still_makes_a_query(raw):
    found = query(raw)
    found.text.encode("utf-8")
    assert found.text
