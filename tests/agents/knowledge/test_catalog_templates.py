"""What guides tell apart, templates tell apart: a remembered decision never stands for an event of another kind."""

from __future__ import annotations

from collections import defaultdict

import pytest

from agents.events import Event, Field, make_template, parse
from agents.events.masks import masked_value
from agents.events.names import role_of
from agents.knowledge.catalog import EventView, fill, load_catalog
from agents.knowledge.catalog.guide import TEXT_PATHS
from agents.ocsf import load_taxonomy

RECOGNISED_BY_SHAPE = {"id", "path", "text", "default"}
"""Identifiers and paths whose beginning tells the product (``/subscriptions/``, ``ldt:``), not the kind of event."""

KNOWN_MERGES = {
    ("servicenow", "newvalue"),  # what a field was set to, by which deactivation is told from other changes
    ("servicenow", "sys_mod_count"),  # 0 for a record that is new
    ("sonatype-nexus", "domain"),  # the part of the server, in a field that elsewhere holds a host
    ("tacacs", "service"),  # "none", which reads as nothing given
}
"""Values that a guide asks for and templates mask, because the field's name means something else elsewhere."""

CATALOG = load_catalog(load_taxonomy("1.8.0"), strict=True)
PRODUCTS = sorted({guide.product for guide in CATALOG.guides})


def asked():
    """What guides ask of fields as they are spelled in samples: product, path of the field, operator, value.

    Only fields by which a sample of the guide really meets the condition count, with all values that it may have.
    """
    found = {}
    for guide in CATALOG.guides:
        conditions = [
            c
            for c in [*guide.match, *(c for rule in guide.activities for c in rule.when)]
            if not c.negated and c.operator in {"equals", "prefix"} and TEXT_PATHS.isdisjoint(c.paths)
        ]
        for sample in guide.samples:
            view = EventView(parse(fill(sample, 0)))
            for condition in conditions:
                _, field = condition.find(view)
                if field is not None:
                    for value in condition.values:
                        found[guide.product, field.path, condition.operator, value] = None
    return list(found)


ASKED = asked()


def test_values_that_guides_ask_for_stay_in_the_template():
    masked = set()
    for product, name, operator, value in ASKED:
        role = role_of(name)
        if (operator == "prefix" and role.kind in RECOGNISED_BY_SHAPE) or (product, name) in KNOWN_MERGES:
            continue
        rest = ""
        if operator == "prefix":
            rest = "0a1b2c3d4e5f6a7b8" if role.kind == "prefixed" else "/x" if value.endswith(" ") else ""
        for text in {value + rest, value.upper() + rest}:
            shown = masked_value(role, text).lower()
            kept = shown == value if operator == "equals" else shown.startswith(value)
            if not kept and value not in {"", "-"}:
                masked.add((product, name, value, shown))
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
    for product, name, operator, value in ASKED:
        if (product, name) not in KNOWN_MERGES and operator == "equals" and value not in {"", "-", "null", "none"}:
            ids[make_template(Event("x", fields=(Field(name, value),))).template_id].add((name.lower(), value))
    assert [found for found in ids.values() if len(found) > 1] == []
