"""The grammar of the search box on its own: trees, round trips, steps of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.ocsf import load_taxonomy
from app.search import And, Compare, Exists, Match, Not, Or, Phrase, QuerySyntaxError, Range, Word, parse_query, term
from app.search.spans import cut
from app.search.times import BadTimeError, parse_span, parse_time
from app.storage.search import compile_query

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("q", "tree"),
    [
        ("", And(())),
        ("  ", And(())),
        ("a b OR c", Or((And((Word("a", False, 0), Word("b", False, 2))), Word("c", False, 7)))),
        ("a (b OR c)", And((Word("a", False, 0), Or((Word("b", False, 3), Word("c", False, 8)))))),
        ('-"a b"', Not(Phrase("a b", 1))),
        ("NOT -a", Not(Not(Word("a", False, 5)))),
        ("user:a*", Match("user", "a*", True, 0)),
        (r"user:a\*", Match("user", "a*", False, 0)),
        ('user:"a*"', Match("user", "a*", False, 0)),
        ("user:*", Exists("user", 0)),
        ("n:-5", Match("n", "-5", False, 0)),
        ("n:>=-5", Compare("n", ">=", "-5", 0)),
        ("n:[* TO 5]", Range("n", None, "5", 0)),
        ("12:30:45", Word("12:30:45", False, 0)),
        ("android NOTE", And((Word("android", False, 0), Word("NOTE", False, 8)))),
    ],
)
def test_the_tree_of_a_query(q, tree):
    assert parse_query(q) == tree


@given(st.text(max_size=60))
def test_any_text_is_a_query_or_a_mistake_with_a_place_in_it(q):
    mistake = None
    try:
        parse_query(q)
    except QuerySyntaxError as error:
        mistake = error
    if mistake is not None:
        assert 0 <= mistake.details["position"] <= len(q)
        assert mistake.details["hint"]


_PIECES = ["zqx", "zqx:",
           "raw:", "host:", "vendor:", "reviewer:", " ", '"', "(", ")", "*", "\\", "'", "-", "<", ">=", "[",
           "]", " TO ", " OR ", " AND ", "NOT ", ".", "%", "7"]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=15).map("".join))
def test_nothing_that_is_typed_stands_in_the_sql(q):
    try:
        found = compile_query(q, NOW)
    except QuerySyntaxError:
        return
    assert all(f"{{{name}:" in found.where for name in found.parameters)
    assert "zqx" not in found.where


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=30))
def test_a_term_finds_the_value_it_was_made_of(value):
    assert parse_query(f"x {term('user', value)} y").parts[1] == Match("user", value, False, 2)


def test_a_taxonomy_may_be_given():
    found = compile_query("class:authentication", NOW, taxonomy=load_taxonomy("1.5.0"), since=NOW)
    assert [3002] in found.parameters.values()
    assert "received_at >=" in found.fixed


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-11-01", "2026-11-01T00:00:00+00:00", "2026-11-02T00:00:00+00:00"),
        ("2026-12", "2026-12-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"),
        ("2026-11-01T12:00:00+02:00", "2026-11-01T10:00:00+00:00", "2026-11-01T10:00:00.001000+00:00"),
        ("now-1h", "2026-11-23T11:00:00+00:00", "2026-11-23T11:00:00.001000+00:00"),
        ("now-2w", "2026-11-09T12:00:00+00:00", "2026-11-09T12:00:00.001000+00:00"),
        ("now", "2026-11-23T12:00:00+00:00", "2026-11-23T12:00:00.001000+00:00"),
    ],
)
def test_times(text, start, end):
    assert [moment.isoformat() for moment in parse_span(text, NOW)] == [start, end]


@pytest.mark.parametrize("text", ["", "soon", "now-1y", "2026-13", "0001-01-01T00:00", "now-999999w", "2026-02-30"])
def test_what_is_no_time(text):
    with pytest.raises(BadTimeError):
        parse_time(text, NOW)


@pytest.mark.parametrize(("hours", "buckets", "step_s"), [(1, 60, 60), (24, 60, 1800), (24 * 7, 60, 10800), (0, 60, 1)])
def test_steps_cover_the_span(hours, buckets, step_s):
    steps = cut(NOW - timedelta(hours=hours), NOW, buckets)
    times = list(steps.times())
    assert steps.step_s == step_s
    assert times[0] <= steps.start.timestamp() < times[0] + step_s
    assert len(times) <= buckets + 1
