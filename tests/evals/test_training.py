"""Training: weights from groups, calibration from answers, and the files that a training leaves."""

import json
import math
from collections import Counter
from itertools import islice

import numpy as np
import pytest

from agents.classifier import load_ranker
from agents.ocsf import load_taxonomy
from evals.calibrate import Answer, calibrate
from evals.data import DataSet, LabelledEvent, load_data, suite_path
from evals.fit_ranker import FITTED, LEAST, Group, fit, score
from evals.fit_trees import fit_trees
from evals.fit_words import fit_words
from evals.parts import open_parts
from evals.synthetic import fold_of, synthetic_events, unlisted_events
from evals.training import train_ranker


def groups(signal, number=60):
    """Events with three candidates of which the one with the higher ``signal`` is right; another signal is noise."""
    rng, made = np.random.default_rng(1), []
    for _ in range(number):
        features = np.zeros((3, len(FITTED)))
        features[:, FITTED.index("guide_votes")] = rng.random(3)
        features[1, FITTED.index(signal)] = 0.8
        made.append(Group(features, (1, 2, 3), np.array([False, True, False]), frozenset({2}), 1.0, "cold", "p"))
    return made


def test_a_signal_that_tells_gets_weight_and_noise_gets_none():
    weights = fit(groups("class_dense"), 1e-4)
    assert weights["class_dense"] > 3
    assert weights["guide_votes"] < 1
    assert all(weight >= LEAST.get(name, 0.0) for name, weight in weights.items())
    scored = score(groups("class_dense")[0], weights)
    assert scored.class_uids[0] == 2
    assert math.isclose(sum(scored.probabilities), 1.0)
    assert scored.right_within(1)


def test_events_without_their_class_among_the_candidates_teach_nothing():
    known = groups("class_dense")
    lost = Group(known[0].features, (4, 5, 6), np.zeros(3, bool), frozenset({9}), 1.0, "cold", "p")
    assert fit([*known, lost], 1e-4) == pytest.approx(fit(known, 1e-4))


def test_calibration_makes_confidence_a_frequency():
    sure = [Answer((0.99, 0.01), (n % 4 != 0, n % 4 == 0)) for n in range(400)]
    found = calibrate(sure)
    assert found.temperature > 1.5
    assert abs(sure[0].at(found.temperature)[0] - 0.75) < 0.05
    assert found.abstain_below == 1.0  # nothing is right often enough


def test_thresholds_keep_what_is_right_often_enough():
    answers = [Answer((0.95, 0.05), (True, False))] * 90 + [Answer((0.6, 0.4), (False, True))] * 10
    found = calibrate(answers)
    confident = answers[0].at(found.temperature)[0]
    unsure = answers[-1].at(found.temperature)[0]
    assert unsure < found.abstain_below <= confident
    held = sum(
        any(p >= found.set_threshold and right for p, right in zip(a.at(found.temperature), a.accepted, strict=True))
        for a in answers
    )
    assert held >= 95


def test_trees_learn_the_same_signal():
    scored = fit_trees(groups("class_dense", 200))(groups("class_dense", 1)[0])
    assert scored.class_uids[0] == 2
    assert math.isclose(sum(scored.probabilities), 1.0)


def test_words_of_one_product_only_are_left_out():
    documents = [["login", "acme"], ["login", "other"], ["deny", "acme"], ["deny", "other"]]
    model = fit_words(documents, [3002, 3002, 4001, 4001], ["a", "b", "b", "a"])
    assert set(model.vocabulary) == {"login", "deny", "acme", "other"}
    model = fit_words(documents, [3002, 3002, 4001, 4001], ["a", "b", "a", "b"])
    assert "acme" not in model.vocabulary
    assert "login" in model.vocabulary


def test_synthetic_events_are_the_samples_and_the_same_each_time(catalog):
    made = list(synthetic_events(catalog))
    assert len(made) == sum(len(guide.samples) for guide in catalog.guides)
    assert made == list(synthetic_events(catalog))
    assert "{{" not in "".join(one.raw for one in made)
    assert fold_of("okta", 8) == fold_of("okta", 8)


def test_events_without_a_guide_teach_every_class_and_stand_in_no_suite():
    made = list(unlisted_events())
    taxonomy = load_taxonomy()
    counts = Counter(one.class_uid for one in made)
    assert {uid: counts[uid] for uid in (c.uid for c in taxonomy.current) if counts[uid] < 60} == {}
    assert all(one.guide_id == "" and one.class_uid in one.acceptable for one in made)
    assert len({one.raw for one in made}) == len(made)
    tested = {event.raw for name in ("own", "usual") for event in load_data(suite_path(name)).events}
    assert tested.isdisjoint(one.raw for one in made)


def test_a_training_leaves_a_ranker_that_loads_and_says_how_it_did(light_parts, settings, tmp_path, monkeypatch):
    events = [
        LabelledEvent(id="1", raw="sshd[1]: Accepted password for bob from 192.0.2.1 port 22 ssh2", class_uid=3002)
    ]
    monkeypatch.setattr("evals.train.unlisted_events", lambda: islice(unlisted_events(), 0, None, 40))
    monkeypatch.setattr("evals.train.FOLDS", 2)
    with open_parts(settings, with_model=False) as parts:
        embedder = type("E", (), {"embed": lambda self, texts: np.ones((len(texts), 8), np.float32)})()
        object.__setattr__(parts, "embedder", embedder)
        done = train_ranker(parts, DataSet("few", "", tuple(events)), tmp_path, 1e-4, lambda *_: None, trees=False)
    ranker = load_ranker(tmp_path / "ranker.toml")
    assert ranker.words is not None
    assert set(done.figures) == {"linear"}
    assert {"known", "unlisted", "cold", "taught"} <= set(done.figures["linear"])
    assert done.figures["linear"]["known"]["top1"] > 0.9
    figures = json.loads((tmp_path / "training.json").read_text())
    assert figures["events"] > 100
    assert "top-1" in (tmp_path / "ranker.toml").read_text()
