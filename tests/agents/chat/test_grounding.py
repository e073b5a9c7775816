"""Sentences that say more, or other, than the facts they cite are not told."""

from __future__ import annotations

import pytest
from chat_memory import TAXONOMY

from agents.chat.base import Citation, CitationKind, Fact
from agents.chat.grounding import Grounding
from agents.chat.quoting import percent, plain, quote, term
from agents.chat.sentences import SentenceReader, sentences

CITE = Citation(CitationKind.DECISION, "Decision")
FACTS = [
    Fact("Authentication (3002) was decided and not SSH Activity (4007), because a guide matches for the first.", CITE),
    Fact("Authentication (3002): probability 97.5 %; the guide `SSH login failed` matches on `app` = `sshd`.", CITE),
    Fact("SSH Activity (4007): probability 2.5 %; no guide matches.", CITE),
    Fact("In the log it rests on `user` = `root` and `port` = `22`.", CITE),
]


@pytest.fixture
def grounding():
    return Grounding(FACTS, TAXONOMY, "Authentication")


@pytest.mark.parametrize(
    "sentence",
    [
        "Authentication was decided and not SSH Activity, because a guide matches for the first.[^1]",
        "Authentication has a probability of 97.5 %.[^2]",
        "The guide `SSH login failed` matches on `app` = `sshd`. [^2]",
        "No guide matches for SSH Activity, which has a probability of 2.5 %.[^3]",
        "It rests on `user` = `root` in the log.[^4]",
    ],
)
def test_what_the_facts_say_is_told(grounding, sentence):
    assert grounding.check(sentence).reason == ""


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Authentication was decided.", "cites nothing"),
        ("Authentication was decided.[^9]", "cites what does not exist"),
        ("Authentication has a probability of 99.1 %.[^2]", "number"),
        ("Authentication has a probability of 2.5 %.[^2][^3]", "share of another class"),
        ("SSH Activity (4007) was decided and not Authentication (3002).[^1]", "order"),
        ("The class is SSH Activity.[^3]", ""),
        ("DNS Activity was decided.[^1]", "class"),
        ("Authentication was not decided.[^2]", ""),
        ("A guide matches for SSH Activity.[^3]", "around"),
        ("The guide `Account locked` matches.[^2]", "quotes"),
        ("It rests on `user` = `22`.[^4]", "joins"),
        ("It rests on `app` = `root`.[^2][^4]", "joins"),
        ("The user is an attacker.[^4]", "word"),
        ("Authentication is more likely than SSH Activity.[^2][^3]", "word"),
        ("See [the guide](https://evil.example/x).[^2]", "links"),
        ("![x](http://evil.example/a.png) Authentication was decided.[^1]", "links"),
        ("Authentication <b>was decided</b>.[^1]", "links"),
        ("Authentication was decided, see evil.com.[^1]", "links"),
        ("Authentication was decided at https://evil.example.[^1]", "links"),
        ("Three guides match for Authentication.[^2]", "number"),
    ],
)
def test_what_they_do_not_say_is_dropped(grounding, sentence, reason):
    checked = grounding.check(sentence)
    assert not checked.grounded
    assert reason in checked.reason


def test_sentences_are_cut_around_code_numbers_and_marks():
    text = "It is 99.5 % sure.[^1] The file `a. B` e.g. this one matches.[^2]\n\n- First item.[^3]\n- Second `x.\n\nEnd"
    assert [s.text for s in sentences(text)] == [
        "It is 99.5 % sure.[^1]", "The file `a. B` e.g. this one matches.[^2]", "First item.[^3]", "Second `x.", "End",
    ]  # fmt: skip
    assert [s.lead for s in sentences(text)][2:4] == ["\n- ", "\n- "]


def test_sentences_do_not_depend_on_the_pieces_they_come_in():
    text = "One is 1.5 here.[^1] Two follows. [^2]\n- Three [^3]\n\nFour.[^4][^1] Five"
    reader, found = SentenceReader(), []
    for character in text:
        found += reader.feed(character)
    assert [*found, *reader.close()] == sentences(text)


def test_quoted_text_cannot_leave_its_quotes():
    hostile = "`x`](http://evil) <img src=x>\n\n# Title\x1b[2J\u202egnp.exe\u200b ![a](b)"
    shown = quote(hostile)
    assert shown.count("`") == 2
    assert "\n" not in shown
    assert "\u202e" not in shown
    assert "\x1b" not in shown
    assert "⟨U+202E⟩" in shown
    assert len(plain("a" * 9_999)) == 160
    assert quote("") == "`(empty)`"


def test_shares_never_round_to_certainty():
    assert [percent(s) for s in (1.0, 0.99996, 0.9998, 0.2836, 0.05, 0.0004, 0.0)] == [
        "> 99.99 %", "> 99.99 %", "99.98 %", "28.4 %", "5 %", "0.04 %", "< 0.01 %",
    ]  # fmt: skip


def test_search_terms_are_quoted_where_they_must_be():
    assert term("user", "alice") == "user:alice"
    assert term("user", 'a" OR *') == 'user:"a\\" OR *"'
    assert term("user", "OR") == 'user:"OR"'
