"""The query for an event: words that mean something, tokens that are exact."""

import pytest

from agents.classifier.query import build_query
from agents.events import Source, make_template, parse, split_words
from agents.knowledge.base import Kind, lexical_token


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


@pytest.mark.parametrize("raw", ["", "\x00", "\udcff\udcfe", "{}", "[]", "   "])
def test_an_event_without_content_still_makes_a_query(raw):
    found = query(raw)
    found.text.encode("utf-8")
    assert found.text
