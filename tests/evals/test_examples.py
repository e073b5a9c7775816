"""The worth of examples: neighbours of a confirmed event follow it, and nothing of the measurement stays behind."""

import json

from agents.knowledge.base import Kind
from evals.data import LabelledEvent
from evals.examples import NUMBERS, measure_examples

VERBS = ("kindled", "doused", "stoked", "banked", "fanned", "quenched", "lit", "fed", "raked", "swept")
NONSENSE = "zorp quux blenk grault plugh waldo thud xyzzy frob snark boojum mimsy borogove"
PLACES = ("hearth", "forge", "stove")


def events():
    """A source in words that no guide knows, all of one class that nothing in them tells."""
    return [
        LabelledEvent(
            id=f"{verb}-{place}", raw=f"furnaced {verb} the {place} {NONSENSE}", class_uid=6005,
            vendor="Nobody", product="Furnace",
        )
        for verb in VERBS
        for place in PLACES
    ]  # fmt: skip


def test_confirmed_events_move_their_neighbours(parts):
    measured = measure_examples(parts, events(), 1, lambda *_: None)
    assert [m.number for m in measured] == list(NUMBERS)
    assert {m.sources for m in measured} == {1}
    assert len({m.events for m in measured}) == 1
    by_number = {m.number: m.top1 for m in measured}
    assert by_number[10] >= 0.5 > by_number[0]
    assert by_number[1] >= by_number[0]
    assert not dict(parts.knowledge.manifest((Kind.EXAMPLE,)))


def test_sources_with_few_events_take_no_part(parts):
    assert measure_examples(parts, events()[:5], 1, lambda *_: None) == []


def test_the_command_writes_its_figures(invoke, tmp_path):
    data = tmp_path / "furnace.jsonl"
    data.write_text("".join(event.model_dump_json() + "\n" for event in events()))
    done = invoke("examples", "--data", data, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    assert [m["number"] for m in json.loads((tmp_path / "out" / "examples.json").read_text())] == list(NUMBERS)
