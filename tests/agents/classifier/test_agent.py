"""The way of one event: what is decided, on what it rests, and what happens when a part is missing."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from agents.classifier import DecidedBy, Pin, Status
from agents.events import Source
from agents.knowledge.base import Chunk, Kind
from agents.llm.base import ModelBusyError, ModelResponseError, ModelTimeoutError

SSHD = (
    "Nov  3 10:11:12 web-01 sshd[4242]: Accepted publickey for alice from 10.1.2.3 port 50022 ssh2: "
    "ED25519 SHA256:Zk3Qv0d1mYw5yXb8rJt2Lc9uHf6sGa4eNp7iTo1xRqE"
)
SSHD_AGAIN = (
    "Nov  4 23:01:59 db-7 sshd[99]: Accepted publickey for bob from 192.0.2.77 port 1025 ssh2: "
    "ED25519 SHA256:q8Wm2sLx5vBt1nKj7yHg4rFd9pCz3oEa6iUw0XcTbNk"
)
STRANGE = "quux frobnicated the widget"


def test_a_known_kind_of_event_rests_on_its_guide(make_classifier, model):
    decision = make_classifier().classify(SSHD).decision
    assert (decision.class_uid, decision.activity_name, decision.type_uid) == (3002, "Logon", 300201)
    assert (decision.status, decision.decided_by, decision.degraded) == (Status.AUTO, DecidedBy.RANKER, ())
    best = decision.evidence[0]
    assert (best.chunk_id, best.score) == ("guide:linux-sshd:accepted", 1.0)
    assert [SSHD[a:b] for a, b in best.spans] == ["sshd"]
    assert "Matches the guide" in decision.rationale
    assert model.asked == 0


def test_the_decision_as_json_has_the_contract_s_keys(make_classifier):
    document = make_classifier().classify(SSHD, event_id="0199aaaa-0000-7000-8000-000000000000").decision.to_dict()
    assert {
        "event_id", "decision_id", "ocsf_version", "category_uid", "category_name", "class_uid", "class_name",
        "activity_id", "activity_name", "type_uid", "confidence", "status", "decided_by", "degraded", "candidates",
        "evidence", "rationale", "template_id", "versions", "latency_ms",
    } <= set(document)  # fmt: skip
    assert document["event_id"] == "0199aaaa-0000-7000-8000-000000000000"
    assert document["versions"]["prompt"].startswith("rerank@")
    assert len(document["versions"]["prompt_hash"]) == 12
    assert {"parse", "template", "retrieve", "rerank", "total"} <= set(document["latency_ms"])
    assert document["candidates"][0]["class_uid"] == document["class_uid"]
    assert sum(c["probability"] for c in document["candidates"]) == pytest.approx(1, abs=0.01)


def test_the_next_event_of_a_template_is_answered_by_the_memo_with_its_own_spans(make_classifier, knowledge):
    classifier = make_classifier()
    first = classifier.classify(SSHD).decision
    searches = len(knowledge.queries)
    again = classifier.classify(SSHD_AGAIN).decision
    assert again.decided_by is DecidedBy.MEMO
    assert len(knowledge.queries) == searches
    assert again.template_id == first.template_id
    assert again.decision_id != first.decision_id
    assert again.event_id != first.event_id
    assert (again.class_uid, again.activity_id, again.confidence) == (3002, 1, first.confidence)
    assert [SSHD_AGAIN[a:b] for a, b in again.evidence[0].spans] == ["sshd"]


def test_the_memo_survives_a_restart(make_classifier):
    make_classifier().classify(SSHD)
    assert make_classifier().classify(SSHD_AGAIN).decision.decided_by is DecidedBy.MEMO


def test_new_knowledge_makes_the_memo_ask_again(make_classifier, knowledge):
    classifier = make_classifier()
    classifier.classify(SSHD)
    knowledge.revision += 1
    assert classifier.classify(SSHD).decision.decided_by is DecidedBy.RANKER


@pytest.mark.parametrize("changed", [{"abstain_below": 0.1}, {"rerank_margin": 0.9}, {"mode": "lexical"}])
def test_other_options_make_the_memo_ask_again(make_classifier, changed):
    make_classifier().classify(SSHD)
    assert make_classifier(**changed).classify(SSHD).decision.decided_by is not DecidedBy.MEMO
    assert make_classifier().classify(SSHD).decision.decided_by is DecidedBy.MEMO


@pytest.mark.parametrize(
    "damage",
    [{"class_uid": 999999}, {"class_uid": [1]}, {"activity_id": [1]}, {"activity_id": 77}, {"status": "x"},
     {"candidates": 7}, {"evidence": [[1]]}, {"confidence": "high"}],
)  # fmt: skip
def test_a_memo_entry_that_makes_no_sense_is_decided_again(make_classifier, damage):
    classifier = make_classifier()
    classifier.classify(SSHD)
    original = classifier.memo.get
    classifier.memo.get = lambda key: {**original(key), **damage}
    decision = classifier.classify(SSHD).decision
    assert (decision.decided_by, decision.class_uid) == (DecidedBy.RANKER, 3002)


def test_the_model_is_asked_when_candidates_are_close_and_its_word_counts(make_classifier, model):
    decision = make_classifier(use_model="always").classify(STRANGE).decision
    assert model.asked == 1
    assert decision.decided_by is DecidedBy.LLM
    scores = {c.class_name: c.llm_score for c in decision.candidates}
    assert all(score is not None for score in scores.values())
    assert decision.latency_ms["rerank"] > 0


def test_the_model_alone_ranks_all_current_classes(make_classifier, model, knowledge):
    model.favourite = "Drone Flights Activity"
    decision = make_classifier(use_model="only").classify(STRANGE).decision
    assert decision.class_name == "Drone Flights Activity"
    assert knowledge.queries == []


def test_an_unsure_decision_wants_review_and_still_names_its_best_class(make_classifier):
    decision = make_classifier(with_model=False, abstain_below=0.99).classify(STRANGE).decision
    assert decision.status is Status.NEEDS_REVIEW
    assert decision.class_uid == decision.candidates[0].class_uid


UNKNOWN = "2031-05-01 10:00:00 WARN gatekeeper: malware detected and quarantined in file report, severity high"


def test_free_text_that_no_product_s_guide_knows_is_proposed_but_never_decided(make_classifier):
    sure = make_classifier(abstain_below=0.0)
    assert sure.classify(UNKNOWN).decision.status is Status.NEEDS_REVIEW
    assert sure.classify(SSHD).decision.status is Status.AUTO
    assert sure.classify('{"event":"login","user":"alice","widget":"frobnicated"}').decision.status is Status.AUTO


def test_a_header_that_nothing_follows_is_never_decided(make_classifier):
    sure = make_classifier(abstain_below=0.0)
    assert sure.classify("<34>Oct 11 22:14:15 mymachine frobnicator: ").decision.status is Status.NEEDS_REVIEW
    marked = '<34>1 2031-05-01T10:00:00Z fw gate - X [w@1 action="login" user="ana"]'
    assert sure.classify(marked).decision.status is Status.AUTO


def test_without_the_model_decisions_still_come_and_say_so(make_classifier, model):
    model.down = True
    classifier = make_classifier(use_model="always")
    assert classifier.classify(STRANGE).decision.degraded == ("model",)
    assert classifier.classify(SSHD).decision.degraded == ("model",)


def test_a_model_found_down_at_start_is_named_even_where_it_was_not_needed(make_classifier, model):
    model.down = True
    classifier = make_classifier()
    classifier.warm_up()
    decision = classifier.classify(SSHD).decision
    assert (decision.class_uid, decision.degraded) == (3002, ("model",))


def test_a_model_switched_off_is_not_a_missing_part(make_classifier):
    assert make_classifier(with_model=False).classify(STRANGE).decision.degraded == ()


@pytest.mark.parametrize("error", [ModelBusyError("full"), ModelTimeoutError("slow")])
def test_a_busy_or_slow_model_degrades_only_the_events_that_needed_it(make_classifier, model, error):
    classifier = make_classifier(use_model="always")
    classifier.warm_up()
    model.error = error
    assert classifier.classify(STRANGE).decision.degraded == ("model",)
    model.error = None
    classifier.options = type(classifier.options)(use_model="auto")
    assert classifier.classify(SSHD).decision.degraded == ()


def test_an_event_the_model_cannot_read_does_not_keep_it_from_the_next(make_classifier, model):
    classifier = make_classifier(use_model="always")
    classifier.warm_up()
    model.error = ModelResponseError("the prompt is longer than the context")
    assert classifier.classify(STRANGE).decision.degraded == ("model",)
    model.error = None
    assert classifier.classify("another oddity altogether").decision.decided_by is DecidedBy.LLM


def test_a_decision_that_missed_a_part_is_not_memoised(make_classifier, model):
    classifier = make_classifier(use_model="always")
    model.error = ModelBusyError("full")
    classifier.classify(STRANGE)
    model.error = None
    decision = classifier.classify(STRANGE).decision
    assert (decision.decided_by, decision.degraded) == (DecidedBy.LLM, ())


def test_without_embeddings_words_still_find(make_classifier, knowledge):
    knowledge.embeddings_down = True
    decision = make_classifier().classify(SSHD).decision
    assert (decision.class_uid, decision.degraded) == (3002, ("embeddings",))
    assert knowledge.queries[-1].mode == "lexical"


@pytest.mark.parametrize("state", ["down", "empty"])
def test_without_knowledge_the_packaged_guides_decide(make_classifier, knowledge, state):
    if state == "down":
        knowledge.down = True
    else:
        knowledge.chunks = []
    classifier = make_classifier()
    decision = classifier.classify(SSHD).decision
    assert (decision.class_uid, decision.degraded) == (3002, ("knowledge",))
    assert decision.evidence[0].chunk_id == "guide:linux-sshd:accepted"
    assert classifier.classify(STRANGE).decision.degraded == ("knowledge",)


def test_while_the_knowledge_base_is_being_filled_the_packaged_guides_decide(make_classifier, knowledge):
    knowledge.chunks = knowledge.chunks[:20]
    state = {"filling": True}
    classifier = make_classifier(filling=lambda: state["filling"])
    decision = classifier.classify(SSHD).decision
    assert (decision.class_uid, decision.degraded) == (3002, ("knowledge",))
    state["filling"] = False
    assert classifier.classify(SSHD).decision.decided_by is not DecidedBy.MEMO


def test_without_anything_an_event_is_still_answered(make_classifier, knowledge, model):
    knowledge.down = model.down = True
    decision = make_classifier().classify(STRANGE).decision
    assert decision.degraded == ("knowledge", "model")
    assert decision.status is Status.NEEDS_REVIEW
    assert len(decision.candidates) == 8


def test_a_pin_wins_over_everything(make_classifier):
    template = make_classifier().classify(SSHD).decision.template_id
    classifier = make_classifier(pins={template: Pin(4007, 1, Status.OVERRIDDEN)}.get)
    decision = classifier.classify(SSHD).decision
    assert (decision.class_uid, decision.decided_by, decision.status) == (4007, DecidedBy.PIN, Status.OVERRIDDEN)
    assert decision.confidence == 1.0


def test_an_example_of_the_template_moves_the_class(make_classifier, knowledge):
    template = make_classifier(use_memo=False).classify(SSHD).decision.template_id
    knowledge.chunks.append(
        Chunk("example:1", Kind.EXAMPLE, "confirmed", SSHD, "1.8.0", 4007, 1, metadata={"template_id": template})
    )
    knowledge.revision += 1
    decision = make_classifier().classify(SSHD).decision
    assert decision.class_uid == 4007
    assert "example:1" in {e.chunk_id for e in decision.evidence}


def test_deprecated_classes_are_never_candidates(make_classifier):
    decision = make_classifier(with_model=False).classify("security finding query of registry key prefetch").decision
    deprecated = {c.uid for c in make_classifier().taxonomy.classes.values() if c.deprecated}
    assert not deprecated & {c.class_uid for c in decision.candidates}


def test_hidden_products_neither_match_nor_vote(make_classifier):
    decision = (
        make_classifier(use_memo=False, with_model=False)
        .classify(SSHD, exclude_products=frozenset({"linux-sshd"}))
        .decision
    )
    assert not any(e.chunk_id.startswith("guide:linux-sshd") for e in decision.evidence)


@pytest.mark.parametrize(
    "raw", ["", "\x00" * 50, "\udcff" * 20, "{" * 5000, "<" * 5000, "a=b " * 20000, "\u202e\x1b[31m"]
)
def test_hostile_text_is_decided_like_any_other(make_classifier, raw):
    document = make_classifier().classify(raw, Source(vendor="v\udcff")).decision.to_dict()
    assert document["class_uid"] in make_classifier().taxonomy


def test_many_threads_share_one_classifier(make_classifier):
    classifier = make_classifier()
    raws = [SSHD.replace("4242", str(n)).replace("10.1.2.3", f"10.0.0.{n}") for n in range(64)]
    with ThreadPoolExecutor(16) as pool:
        decisions = list(pool.map(lambda raw: classifier.classify(raw).decision, raws))
    assert {d.class_uid for d in decisions} == {3002}
    assert len({d.decision_id for d in decisions}) == 64
