"""The ranker: probabilities, order, and what its file may say."""

import math
import re
from dataclasses import replace
from importlib.resources import files

import pytest

from agents.classifier.candidates import FEATURES, Candidate
from agents.classifier.ranker import Ranked, load_ranker
from agents.errors import ConfigurationError


def candidate(uid, **features):
    return Candidate(uid, {**dict.fromkeys(FEATURES, 0.0), **features})


def test_probabilities_sum_to_one_and_fall():
    ranked = load_ranker().rank([candidate(1, class_dense=0.3), candidate(2, class_dense=0.7), candidate(3)])
    assert [r.candidate.class_uid for r in ranked] == [2, 1, 3]
    assert math.isclose(sum(r.probability for r in ranked), 1.0)


def test_a_matching_guide_outweighs_everything_that_only_resembles():
    # As much as can be had without a match: similarities of 0.6 are the highest that real events reach.
    resembles = candidate(1, class_dense=0.6, class_lexical=1, class_rank=1, guide_dense=0.6, guide_lexical=0.3)
    matched = candidate(2, guide_match=1.0, guide_specificity=0.25, class_dense=0.2)
    ranked = load_ranker().rank([resembles, matched])
    assert ranked[0].candidate.class_uid == 2
    assert load_ranker().rank([candidate(1, class_dense=0.5), matched])[0].probability > 0.9


def test_an_example_of_the_same_template_beats_a_guide():
    ranked = load_ranker().rank([candidate(1, guide_match=1.0), candidate(2, example_template=1.0, example_dense=0.9)])
    assert ranked[0].candidate.class_uid == 2


def test_order_does_not_depend_on_the_order_of_candidates():
    ranker, candidates = load_ranker(), [candidate(uid, class_dense=0.4) for uid in (5, 3, 9)]
    assert ranker.rank(candidates) == ranker.rank(candidates[::-1])
    assert ranker.rank([]) == []


def test_extreme_scores_stay_finite():
    ranked = load_ranker().rank([candidate(1, llm=1e6), candidate(2, llm=-1e6)])
    assert [r.probability for r in ranked] == [1.0, 0.0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("class_dense =", "no_such_signal ="),
        ("temperature = 1.0", "temperature = 0"),
        ("[weights]", "[other]"),
        ("=", ""),
    ],
)
def test_a_malformed_file_is_refused(tmp_path, old, new):
    text = files("agents.classifier").joinpath("ranker.toml").read_text()
    path = tmp_path / "ranker.toml"
    path.write_text(re.sub(r"^temperature = .*", "temperature = 1.0", text, flags=re.MULTILINE).replace(old, new))
    with pytest.raises(ConfigurationError):
        load_ranker(path)


def test_the_version_changes_with_the_content(tmp_path):
    text = files("agents.classifier").joinpath("ranker.toml").read_text()
    path = tmp_path / "ranker.toml"
    path.write_text(text)
    words = tmp_path / "words.npz"
    words.write_bytes(files("agents.classifier").joinpath("words.npz").read_bytes())
    activities = tmp_path / "activities.npz"
    activities.write_bytes(files("agents.classifier").joinpath("activities.npz").read_bytes())
    assert load_ranker(path).version == load_ranker().version
    activities.unlink()
    assert load_ranker(path).activities is None
    assert load_ranker(path).version != load_ranker().version
    activities.write_bytes(b"no model")
    with pytest.raises(ConfigurationError):
        load_ranker(path)
    activities.unlink()
    words.unlink()
    assert load_ranker(path).words is None
    assert load_ranker(path).version != load_ranker().version
    words.write_bytes(b"no model")
    with pytest.raises(ConfigurationError):
        load_ranker(path)
    words.unlink()


def test_a_prediction_set_holds_what_is_likely_enough_and_never_nothing():
    ranker = replace(load_ranker(), set_threshold=0.3)
    ranked = [Ranked(candidate(uid), p) for uid, p in ((1, 0.5), (2, 0.35), (3, 0.15))]
    assert ranker.prediction_set(ranked) == (1, 2)
    assert replace(ranker, set_threshold=0.9).prediction_set(ranked) == (1,)
    assert ranker.prediction_set([]) == ()


def test_the_version_changes_with_the_thresholds(tmp_path):
    text = files("agents.classifier").joinpath("ranker.toml").read_text()
    path = tmp_path / "ranker.toml"
    path.write_text(text.replace("abstain_below = 0.", "abstain_below = 0.9"))
    assert load_ranker(path).version != load_ranker().version
