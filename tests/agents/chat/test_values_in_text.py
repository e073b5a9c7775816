"""Values of logs that are sentences: no field holds them, the text does."""

from __future__ import annotations

import pytest
from chat_memory import ask, classified

from agents.chat.field_names import field_nouns, in_text

SSHD = "Nov 23 05:20:29 gate sshd[123]: Failed password for invalid user root from 203.0.113.9 port 50022 ssh2"
ASA = (
    "Nov 23 2026 05:21:00 fw1 : %ASA-4-106023: Deny tcp src outside:198.51.100.7/51515 dst inside:10.0.0.5/445 by "
    'access-group "outside_in" [0x0, 0x0]'
)


@pytest.mark.parametrize(
    ("raw", "question", "values"),
    [
        (SSHD, "which ip was it from, and which port", ["203.0.113.9", "50022"]),
        (SSHD, "which user", ["root"]),
        (ASA, "src and dst ip please", ["198.51.100.7", "10.0.0.5"]),
        (ASA, "what is the source port", ["51515"]),
        (ASA, "which ACL dropped it", ["outside_in"]),
    ],
)
def test_values_are_read_from_a_sentence_and_shown_where_they_stand(understanding, data, raw, question, values):
    event = data.add(classified(raw))
    told = ask(understanding, data, question, event)
    assert told.answered.known
    assert all(f"`{value}`" in told.text for value in values), told.text
    marked = {event.raw[a:b] for cited in told.answered.citations for a, b in cited.citation.spans}
    assert set(values) <= marked


def test_what_the_text_does_not_say_is_not_known(agent, data):
    event = data.add(classified("something odd happened in the frobnicator 42"))
    told = ask(agent, data, "what is the source ip?", event)
    assert not told.answered.known
    assert told.text.startswith("Not known: the event has no field that says `source ip`")


def test_who_is_behind_an_address_is_not_the_user_that_the_text_names(understanding, data):
    told = ask(understanding, data, "who is the person behind this address?", data.add(classified(SSHD)))
    assert not told.answered.known
    assert "root" not in told.text


def test_both_ends_of_a_connection_are_asked_for_at_once():
    assert set(field_nouns("src and dst port?")) == {"source port", "destination port"}
    assert field_nouns("from where?") == ["source ip"]


def test_long_texts_are_read_at_their_start_only():
    assert in_text("x" * 30_000 + " from 203.0.113.9", "source ip") is None
