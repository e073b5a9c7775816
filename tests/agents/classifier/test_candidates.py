"""How hits become candidates: which signals a class gets, and from what."""

import pytest

from agents.classifier.candidates import FEATURES, build_candidates
from agents.events import Source, parse
from agents.knowledge.base import Chunk, Hit, Kind
from agents.knowledge.catalog import EventView
from agents.ocsf import load_taxonomy

TAXONOMY = load_taxonomy("1.8.0")


def guide(name, class_uid, hints=(), activity=1, **match):
    conditions = [{"paths": [k], "operator": "equals", "values": [v], "negated": False} for k, v in match.items()]
    metadata = {
        "match": conditions, "activities": [{"activity_id": activity, "when": []}], "hints": list(hints),
        "product": name, "vendor": "", "product_title": "",
    }  # fmt: skip
    return Chunk(f"guide:{name}:1", Kind.GUIDE, name, name, "1.8.0", class_uid, metadata=metadata)


def ocsf_class(uid):
    return Chunk(f"class:{uid}", Kind.CLASS, TAXONOMY[uid].caption, "", "1.8.0", uid)


def hits(*chunks, dense=0.5, lexical=4.0):
    return [Hit(c, 1 / n, n, dense=dense / n, lexical=lexical / n) for n, c in enumerate(chunks, start=1)]


def candidates(found, raw='{"code": "7", "app": "x"}', source=None, template_id="t"):
    built = build_candidates(found, EventView(parse(raw, source or Source())), template_id, TAXONOMY)
    return {c.class_uid: c for c in built}


def test_every_candidate_has_every_signal():
    for candidate in candidates(hits(ocsf_class(3002), guide("g", 4001, code="7"))).values():
        assert set(candidate.features) == set(FEATURES)


def test_only_a_guide_whose_conditions_all_hold_counts_as_matched():
    found = candidates(hits(guide("whole", 3002, code="7", app="x"), guide("half", 4001, code="7", app="y")))
    assert found[3002].features["guide_match"] == 1.0
    assert found[3002].match.activity_id == 1
    assert found[4001].match is None
    assert found[4001].features["guide_match"] == 0.0
    assert found[4001].features["guide_partial"] == 0.5


def test_of_matching_guides_the_one_that_asks_for_more_counts_most():
    found = candidates(hits(guide("general", 6003, code="7"), guide("special", 3002, code="7", app="x")))
    assert found[3002].features["guide_match"] == 1.0
    assert 0 < found[6003].features["guide_match"] < 0.5


def test_matched_fields_become_the_evidence_s_paths():
    (evidence,) = candidates(hits(guide("g", 3002, code="7")))[3002].evidence
    assert (evidence.chunk_id, evidence.score, evidence.paths) == ("guide:g:1", 1.0, ("code",))


def test_scores_are_relative_to_the_best_hit():
    found = candidates(hits(ocsf_class(3002), ocsf_class(4001)))
    assert found[3002].features["class_lexical"] == 1.0
    assert found[4001].features["class_lexical"] == pytest.approx(0.5)
    assert found[3002].features["class_rank"] > found[4001].features["class_rank"]


def test_a_hit_of_one_leg_only_is_no_error():
    found = candidates([Hit(ocsf_class(3002), 0.1, 1, dense=None, lexical=None)])
    assert found[3002].features["class_dense"] == 0.0


def test_deprecated_and_unknown_classes_are_left_out():
    found = candidates(hits(ocsf_class(2001), ocsf_class(5007), Chunk("x", Kind.EXAMPLE, "", "", "1.8.0", 999999)))
    assert found == {}


def test_source_hints_speak_for_the_product_s_guides():
    chunk = guide("sshd", 3002, hints=["linux_secure"], code="other")
    assert candidates(hits(chunk), source=Source(sourcetype="Linux_Secure"))[3002].features["source_hint"] == 1.0
    assert candidates(hits(chunk))[3002].features["source_hint"] == 0.0


def test_an_example_of_the_same_template_is_told_from_a_neighbour():
    same = Chunk("example:1", Kind.EXAMPLE, "", "", "1.8.0", 3002, metadata={"template_id": "t"})
    near = Chunk("example:2", Kind.EXAMPLE, "", "", "1.8.0", 4001, metadata={"template_id": "u"})
    found = candidates(hits(same, near))
    assert found[3002].features["example_template"] == 1.0
    assert found[4001].features["example_template"] == 0.0
    assert found[3002].features["example_votes"] + found[4001].features["example_votes"] == pytest.approx(1.0)


def test_a_guide_without_conditions_resembles_but_never_matches():
    found = candidates(hits(guide("bare", 3002)))
    assert found[3002].match is None
    assert found[3002].features["guide_votes"] == 1.0
