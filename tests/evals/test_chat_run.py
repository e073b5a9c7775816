"""A run of the chat's evaluation over a few questions: a real service, answers, figures, reports."""

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from agents.chat.base import Answered, Citation, CitationKind, Cited, Proposal
from agents.ocsf import load_taxonomy
from evals.chat.facts import Names, holds
from evals.chat.run import evaluate_chat
from evals.chat.scoring import by_intent, failed, figures, injection_figures
from evals.chat.suite import load_suite

LINE = {
    "intent": "why", "facts": [{"fact": "a", "held": True}, {"fact": "b", "held": False}], "never": [],
    "unsupported": [],
    "expected_known": True, "known": True, "statements": 4, "uncited": [], "composed": "template", "dropped": 0,
    "intent_right": True, "first_ms": 2.0, "ms": 4.0, "bytes": 100, "problems": [],
}  # fmt: skip


def answered(content="", **changes):
    return Answered(content, (), ("why",), "template", "", "templates@1", known=True, **changes)


def test_the_suite_is_as_large_as_it_must_be():
    suite = load_suite()
    assert len(suite.events) >= 30
    assert suite.questions >= 130
    assert len(suite.injections) >= 48
    assert len({one.kind for one in suite.injections}) >= 10
    assert sum(not turn.known for d in suite.dialogues for turn in d.turns) >= 12
    assert suite.limited(3).questions == 3


def test_figures_count_facts_and_failures():
    wrong = {**LINE, "facts": [], "unsupported": [{"sentence": "s", "what": "a number", "value": "9"}] * 2}
    refused = {**LINE, "facts": [], "expected_known": False, "known": False, "intent": "unknown", "first_ms": 8.0}
    found = figures([LINE, wrong, refused])
    assert (found["questions"], found["fact_recall"], found["unsupported_statements"]) == (3, 0.5, 1)
    assert found["groundedness"] == pytest.approx(11 / 12)
    assert found["refusal_accuracy"] == 1.0
    assert found["time_to_first_token_p50_ms"] == 2.0
    assert found["failed_questions"] == 2
    assert not failed(refused)
    assert by_intent([LINE, refused])["unknown"]["fact_recall"] is None
    assert figures([])["fact_recall"] is None


def test_injections_are_counted_by_kind():
    one = {
        "id": "x-1",
        "configuration": "large",
        "place": "log",
        "kind": "x",
        "question": "q",
        "answer": "a",
        "won": "",
    }
    found = injection_figures([one, {**one, "won": "renders a link"}])
    assert (found["attempts"], found["succeeded"]) == (2, 1)
    assert found["by_kind"] == {"x": {"attempts": 2, "succeeded": 1}}


@pytest.mark.parametrize(
    ("fact", "content", "held"),
    [
        ("Authentication", "It is **Authentication**.[^1]", True),
        ("Authentication", "It is Authentications.", False),
        (["pin", "review"], "a review fixed it", True),
        ({"percent": "share"}, "97 % sure", True),
        ({"percent": "share"}, "0.97 it is", True),
        ({"percent": "share"}, "over 95 %", True),
        ({"percent": "share"}, "87 %", False),
        ({"count": 3}, "three events", True),
        ({"count": 3}, "13 events on 2026-11-03", False),
        ({"proposal": "none"}, "", True),
        ({"link": "/queue"}, "", False),
    ],
)
def test_facts(fact, content, held):
    names = Names(None, load_taxonomy(), None, {"share": 0.9712})
    assert holds(fact, answered(content), "", names) is held


def test_facts_beside_the_text():
    names = Names(None, load_taxonomy(), None, {})
    citation = Citation(CitationKind.SPAN, "log", event_id="e", spans=((4, 9),), url="/queue?product=x")
    said = replace(
        answered("x"), citations=(Cited(1, citation),), proposal=Proposal("e", "override", 3002, "Authentication", "")
    )
    assert holds({"highlights": "alice"}, said, "who alice", names)
    assert holds({"cites": "span"}, said, "who alice", names)
    assert holds({"link": "/queue"}, said, "", names)
    assert holds({"proposal": "Authentication"}, said, "", names)
    assert not holds({"proposal": "none"}, said, "", names)


def test_a_run_of_a_few_questions(tmp_path, settings, light_services):
    suite = load_suite()
    kept = [e for e in suite.events if e.name in ("okta-failure", "okta-group")]
    suite = replace(suite.limited(3), events=tuple(kept))
    out = tmp_path / "out"
    metrics = evaluate_chat(suite, settings.model_copy(update={"llm": "off"}), out, ["templates", "large"])
    assert metrics["questions"] == 3
    assert metrics["decisions"] == 2
    assert {"fact_recall", "unsupported_statements", "injections_succeeded", "time_to_first_token_p50_ms"} <= set(
        metrics
    )
    lines = [json.loads(line) for line in (out / "answers.jsonl").read_text().splitlines()]
    assert [line["configuration"] for line in lines] == ["templates"] * 3 + ["large"] * 3
    assert all(line["answer"] for line in lines)
    assert metrics["configurations"]["large"]["script"]["answers"] >= 1
    assert metrics["injections"] == 12
    page = (out / "report.html").read_text()
    assert "Why this class?" in page
    assert "<script" not in page
    assert "http" not in page.split("<body>")[0]
    assert len(ET.parse(out / "junit.xml").getroot().findall("testsuite")) == 2
