"""What guides tell apart, templates tell apart: a remembered decision never stands for an event of another kind."""

from __future__ import annotations

from collections import defaultdict

import pytest

from agents.events import Event, Field, make_template, parse
from agents.events.masks import masked_value
from agents.events.names import role_of
from agents.knowledge.catalog import EventView, fill, load_catalog
from agents.ocsf import load_taxonomy

CATALOG = load_catalog(load_taxonomy("1.8.0"), strict=True)
WHOLE_EVENT = {"message", "raw"}
PRODUCTS = sorted({guide.product for guide in CATALOG.guides})


def conditions():
    """The path, operator and value of every condition that asks a field to be, or to begin with, a given value."""
    for guide in CATALOG.guides:
        for condition in [*guide.match, *(c for rule in guide.activities for c in rule.when)]:
            if not condition.negated and condition.operator in {"equals", "prefix"}:
                for path in set(condition.paths) - WHOLE_EVENT:
                    for value in condition.values:
                        yield guide, path, condition.operator, value


def spelled_paths():
    """The paths of the fields of all samples, by product and path in lower case."""
    found = defaultdict(set)
    for guide in CATALOG.guides:
        for sample in guide.samples:
            for field in parse(fill(sample, 0)).fields:
                path = field.path.lower()
                for start in [0, *(n + 1 for n, letter in enumerate(path) if letter == ".")]:
                    found[guide.product, path[start:]].add(field.path)
    return found


def test_values_that_guides_ask_for_stay_in_the_template():
    spelled = spelled_paths()
    masked = set()
    for guide, path, operator, value in conditions():
        for name in {path, *spelled[guide.product, path]}:
            role = role_of(name)
            rest = ""
            if operator == "prefix":
                rest = "0a1b2c3d4e5f6a7b8" if role.kind == "prefixed" else "/x" if value.endswith(" ") else ""
            for text in {value + rest, value.upper() + rest}:
                shown = masked_value(role, text).lower()
                kept = shown == value if operator == "equals" else shown.startswith(value)
                if not kept and value not in {"", "-"}:
                    masked.add((guide.product, name, value, shown))
    assert sorted(masked) == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_events_of_different_classes_or_activities_never_share_a_template(product):
    kinds = defaultdict(set)
    for guide in CATALOG.guides:
        if guide.product == product:
            for sample in guide.samples:
                for seed in range(2):
                    event = parse(fill(sample, seed))
                    match = guide.matches(EventView(event))
                    assert match is not None
                    kinds[make_template(event).template_id].add((guide.class_uid, match.activity_id))
    assert [found for found in kinds.values() if len(found) > 1] == []


def test_two_values_of_one_condition_give_two_templates():
    ids = defaultdict(set)
    for _guide, path, operator, value in conditions():
        if operator == "equals" and value not in {"", "-", "null", "none"}:
            ids[make_template(Event("x", fields=(Field(path, value),))).template_id].add((path, value))
    assert [found for found in ids.values() if len(found) > 1] == []
