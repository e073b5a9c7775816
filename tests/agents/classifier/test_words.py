"""The model of words: what it reads of an event, what it says, and its file."""

import math

import numpy as np
import pytest

from agents.classifier import load_ranker
from agents.classifier.words import WordModel, event_vocabulary, from_bytes, to_bytes
from agents.events import make_template, parse

MODEL = load_ranker().words


def vocabulary(raw):
    event = parse(raw)
    return event_vocabulary(event, make_template(event))


def likeliest(raw):
    event = parse(raw)
    said = MODEL.log_probabilities(event, make_template(event))
    return max(said, key=said.get)


def test_names_of_fields_are_told_from_values_and_pairs_are_words_too():
    words = vocabulary('{"eventName": "CreateUser", "sourceIPAddress": "192.0.2.1"}')
    assert {"n:event", "n:event name", "create", "user", "create user", "n:address", "<addr>"} <= set(words)
    assert "g:^cre" in words


def test_no_value_of_a_single_event_is_a_word():
    first = vocabulary("Oct 1 10:00:00 web sshd[1]: Accepted password for alice from 192.0.2.1 port 22 ssh2")
    second = vocabulary("Nov 2 11:00:00 db sshd[77]: Accepted password for bob from 198.51.100.7 port 4022 ssh2")
    assert first == second


def test_an_endless_event_gives_a_bounded_number_of_words():
    words = vocabulary("{" + ",".join(f'"k{n}x":"v{n}y"' for n in range(5000)) + "}")
    assert sum(not word.startswith("g:") for word in words) <= 600
    assert len(words) <= 600 * 25


def test_the_frame_of_a_format_is_no_word():
    words = vocabulary("LEEF:2.0|Acme|Vault|1.0|login_ok|cat=auth\tusrName=bob")
    assert {"login", "auth", "vault"} <= set(words)
    assert not [word for word in words if "leef" in word or "event id" in word or word == "n:product"]


def test_what_a_shipper_says_of_itself_is_no_word():
    bare = vocabulary('{"vorgang": "gruppe_angelegt", "agent": {"role": "printer"}}')
    shipped = vocabulary(
        '{"@timestamp": "2026-06-04T04:12:00Z", "agent": {"type": "filebeat", "version": "8.1", "role": "printer"},'
        ' "host": {"name": "relay"}, "log": {"offset": 7, "file": {"path": "/var/log/x"}},'
        ' "vorgang": "gruppe_angelegt"}'
    )
    assert set(shipped) == set(bare)
    assert {"n:agent role", "printer"} <= set(bare)


def test_an_inflection_that_was_never_seen_shares_pieces_with_one_that_was():
    seen, new = set(vocabulary("Benutzer angemeldet")), set(vocabulary("Benutzeranmeldung gemeldet"))
    assert {piece for piece in seen & new if piece.startswith("g:")} >= {"g:^ben", "g:utze", "g:meld"}


@pytest.mark.parametrize(
    ("raw", "class_uid"),
    [
        ("2031-01-01T00:00:00Z portal: sign-in failed for user alice, wrong password, from 192.0.2.1", 3002),
        ('{"service":"resolver","query_name":"www.example.com","query_type":"AAAA","response_code":"NOERROR"}', 4003),
        ('{"event":"process started","pid":12,"parent_pid":1,"command_line":"id -u","image":"/usr/bin/id"}', 1007),
    ],
)
def test_events_of_products_nobody_described_are_told_by_their_words(raw, class_uid):
    assert likeliest(raw) == class_uid


def test_probabilities_sum_to_one_and_nothing_known_says_nothing():
    event = parse('{"event":"login"}')
    said = MODEL.log_probabilities(event, make_template(event))
    assert math.isclose(sum(map(math.exp, said.values())), 1.0, rel_tol=1e-5)
    empty = WordModel("", (3002,), {}, np.zeros(0, "f4"), np.zeros((0, 1), "f4"), np.zeros(1, "f4"))
    assert empty.log_probabilities(event, make_template(event)) == {}


def test_a_file_gives_the_same_model_and_the_same_bytes():
    again = from_bytes(to_bytes(MODEL))
    assert again.version == MODEL.version
    assert to_bytes(again) == to_bytes(MODEL)
    event = parse('{"event":"login"}')
    template = make_template(event)
    assert again.log_probabilities(event, template) == MODEL.log_probabilities(event, template)
