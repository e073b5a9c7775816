"""How hits become candidates: which signals a class gets, and from what."""

import pytest

from agents.classifier.candidates import FEATURES, build_candidates
from agents.events import Source, parse
from agents.knowledge.base import Chunk, Hit, Kind
from agents.knowledge.catalog import EventView, Guide, Tier
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


def candidates(found, raw='{"code": "7", "app": "x"}', source=None, template_id="t", matches=(), words=None):
    view = EventView(parse(raw, source or Source()))
    built = build_candidates(found, matches, view, template_id, TAXONOMY, {}, words or {})
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


@pytest.mark.parametrize("dense", [None, 1.0])
def test_a_guide_that_matches_stands_before_one_that_is_only_alike(dense):
    alike = Hit(guide("alike", 3002, code="8"), 1.0, 1, dense=dense, lexical=9.0)
    matching = Hit(guide("matching", 3002, code="7"), 0.5, 2, dense=0.4, lexical=2.0)
    evidence = candidates([alike, matching])[3002].evidence
    assert [item.title for item in evidence] == ["matching", "alike"]
    assert evidence[1].score < evidence[0].score == 1.0


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
    found = candidates(hits(same, near, dense=0.9))
    assert found[3002].features["example_template"] == 1.0
    assert found[4001].features["example_template"] == 0.0
    assert found[3002].features["example_votes"] > found[4001].features["example_votes"] > 0


@pytest.mark.parametrize(("similarity", "least", "most"), [(1.0, 1.0, 1.0), (0.7, 0.4, 0.6), (0.3, 0.0, 0.0)])
def test_examples_speak_as_loud_as_the_nearest_resembles_the_event(similarity, least, most):
    near = Chunk("example:1", Kind.EXAMPLE, "", "", "1.8.0", 4001, metadata={"template_id": "u"})
    assert least <= candidates([Hit(near, 1.0, 1, dense=similarity)])[4001].features["example_votes"] <= most


def test_a_class_with_many_guides_of_one_product_has_no_more_votes():
    same = [guide("one", 3002, code=f"x{n}") for n in range(5)]
    for number, chunk in enumerate(same):
        object.__setattr__(chunk, "chunk_id", f"guide:one:{number}")
    found = candidates(hits(*same, guide("two", 4001, code="y")))
    assert found[3002].features["guide_votes"] < 0.7


def test_guides_of_every_tier_speak_by_signals_of_their_own():
    view = EventView(parse('{"code": "7", "app": "x"}'))
    tiers = {Tier.PRODUCT: 3002, Tier.SCHEMA: 4001, Tier.GENERIC: 6003}
    matches = []
    for tier, uid in tiers.items():
        chunk = guide(str(tier), uid, code="7")
        metadata = {**chunk.metadata, "tier": str(tier)}
        matches.append(Guide.from_metadata(chunk.chunk_id, "t", uid, metadata).matches(view))
    found = candidates([], matches=matches)
    assert found[3002].features["guide_match"] == found[4001].features["schema_match"] == 1.0
    assert found[6003].features["generic_match"] == 1.0
    assert found[6003].features["guide_match"] == found[3002].features["generic_match"] == 0.0


def test_a_fallback_speaks_by_a_signal_of_its_own_and_not_beside_a_guide_that_knows():
    view = EventView(parse('{"code": "7", "app": "x"}'))
    chunk = guide("p", 3004, app="x")
    rest = Guide.from_metadata("guide:p:rest", "t", 3004, {**chunk.metadata, "fallback": True})
    assert Guide.from_metadata("guide:p:rest", "t", 3004, rest.to_metadata()).fallback
    alone = candidates([], matches=[rest.matches(view)])
    assert (alone[3004].features["fallback_match"], alone[3004].features["guide_match"]) == (1.0, 0.0)
    knowing = Guide.from_metadata("guide:p:7", "t", 3002, guide("p", 3002, app="x", code="7").metadata)
    beside = candidates([], matches=[rest.matches(view), knowing.matches(view)])
    assert beside[3002].features["guide_match"] == 1.0
    assert beside[3004].features["fallback_match"] < 0.5


def test_a_fallback_that_settles_speaks_like_a_guide_that_knows_until_one_does():
    view = EventView(parse('{"code": "7", "app": "x"}'))
    rest = Guide.from_metadata("guide:p:rest", "t", 6003, {
        **guide("p", 6003, app="x").metadata, "fallback": True, "settles": True
    })  # fmt: skip
    assert Guide.from_metadata("guide:p:rest", "t", 6003, rest.to_metadata()).settles
    alone = candidates([], matches=[rest.matches(view)])
    assert (alone[6003].features["fallback_match"], alone[6003].features["guide_match"]) == (0.0, 1.0)
    knowing = Guide.from_metadata("guide:p:7", "t", 3002, guide("p", 3002, app="x", code="7").metadata)
    beside = candidates([], matches=[rest.matches(view), knowing.matches(view)])
    assert beside[3002].features["guide_match"] == 1.0
    assert beside[6003].features["guide_match"] < 0.5


def test_words_make_candidates_and_a_class_without_words_is_the_least_likely():
    found = candidates(hits(ocsf_class(3002)), words={4001: -0.1, 6003: -3.0})
    assert set(found) == {3002, 4001, 6003}
    assert found[4001].features["words"] == -0.1
    assert found[3002].features["words"] < -3.0
    assert candidates(hits(ocsf_class(3002)))[3002].features["words"] == 0.0


def test_a_guide_without_conditions_resembles_but_never_matches():
    found = candidates(hits(guide("bare", 3002)))
    assert found[3002].match is None
    assert found[3002].features["guide_votes"] == 1.0
