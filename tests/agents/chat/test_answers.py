"""Each kind of question gets the facts that answer it, cited to what they rest on."""

from __future__ import annotations

import re
import threading

import pytest
from chat_memory import TAXONOMY, ask, classified

from agents.chat.base import CitationKind, NotAllowedError, ToolEnded, ToolStarted
from agents.chat.grounding import MARK, Grounding
from agents.chat.sentences import sentences
from agents.chat.tools import TOOLS
from agents.errors import UnavailableError

ASKED = {
    "why": ("Why this class?", ["Authentication (3002)", "Successful logon (4624)", "`EventID` = `4624`", "99.98 %"]),
    "compare": (
        "Why not Account Change?",
        ["Authentication (3002) was decided and not Account Change (3001)", "99.98 %", "`4781`", "here it is `4624`"],
    ),
    "log": ("What in the log does it rest on?", ["`EventID` = `4624`", "`Channel` = `Security`", "2 places"]),
    "sure": (
        "How sure is it and what does that mean here?",
        ["99.98 %", "10,000", "9,998", "70 %", "95 % prediction set", "this one class only", "Runner-up"],
    ),
    "activity": ("Which activity, and why?", ["Logon (1)", "300201", "Successful logon (4624)"]),
    "class": ("What does Authentication mean in OCSF?", ["Authentication (3002)", "Identity & Access", "Logoff"]),
    "field": ("What does the field src_endpoint mean?", ["`src_endpoint`", "Source Endpoint", "recommended"]),
    "value": ("Which user logged on?", ["`EventData.TargetUserName`", "`alice`"]),
    "meaning": ("What does this event mean?", ["An account logged on", "Successful logon (4624)"]),
    "look_up": ("What does event id 4625 mean?", ["Failed logon (4625)", "An attempt to log on failed"]),
    "guide": ("Show me the guide", ["Successful logon (4624)", "`EventID` to be `4624`", "holds here"]),
    "similar": ("Which similar events are there?", ["2 similar events", "83 %", "`bob`", "nobody"]),
    "reviews": ("Who reviewed this?", ["Nobody has reviewed this event", "Version 1"]),
    "template": (
        "How often does this template occur and when did it first?",
        ["1,204 times", "2026-10-24", "2026-11-23", "Account Change (4)"],
    ),
    "week": (
        "What changed since last week for this source?",
        ["120 events", "20 more", "Process Activity 0 to 30", "4 templates are new"],
    ),
    "effect": ("What would change if I overrode it to DNS?", ["DNS Activity (4003)", "12 past events", "pin"]),
    "find": ("Find events like this", ["template:"]),
    "queue": ("Open the queue for this source", ["`Windows`"]),
    "versions": ("Which model and prompt version were used?", ["linear@", "`none`", "ms in all"]),
    "candidates": ("List the candidates", ["8 candidates", "Authentication (3002): probability 99.98 %"]),
    "help": ("What can I ask?", ["Why this class", "override for me to click?"]),
}


@pytest.mark.parametrize(("intent", "question", "expected"), [(i, q, e) for i, (q, e) in ASKED.items()])
def test_question_gets_its_facts(agent, data, logon, intent, question, expected):
    told = ask(agent, data, question, logon)
    assert told.answered.intents[0] == intent
    assert told.answered.known
    assert not [text for text in expected if text not in told.text]
    assert told.answered.composed == "template"


@pytest.mark.parametrize("question", [q for intent, (q, _) in ASKED.items() if intent != "help"])
def test_every_composed_sentence_is_cited_and_passes_the_check_of_grounding(agent, data, logon, question):
    told = ask(agent, data, question, logon)
    facts = _facts(data, agent, question, logon)
    numbers = {fact.citation: n for n, fact in enumerate(facts, start=1)}
    grounding = Grounding(facts, TAXONOMY, logon.decision["class_name"])
    for sentence in sentences(told.text):
        marks = [int(n) for n in re.findall(r"\[\^(\d+)\]", sentence.text)]
        assert marks, f"cites nothing: {sentence.text}"
        same = [n for n, f in enumerate(facts, start=1) for m in marks if f.citation == told.cited[m].citation]
        cited = MARK.sub("", sentence.text) + "".join(f"[^{n}]" for n in same)
        assert numbers
        assert grounding.check(cited).reason == "", cited


def _facts(data, agent, question, event):
    route = agent.router.route(question, event, ())
    from agents.chat.tools import Context

    context = Context(TAXONOMY, agent.names, data, agent._thresholds, threading.Event())
    return [f for call in route.calls for f in TOOLS[call.tool].run(context, call.arguments).all_facts]


def test_why_points_at_the_places_in_the_raw_log(agent, data, logon):
    told = ask(agent, data, "why?", logon)
    spans = [c.citation for c in told.answered.citations if c.citation.kind is CitationKind.SPAN]
    shown = {logon.raw[a:b] for citation in spans for a, b in citation.spans}
    assert shown == {"Security", "4624"}


def test_words_of_free_text_are_pointed_at(agent, data, ssh):
    told = ask(agent, data, "what in the log is this based on?", ssh)
    shown = {ssh.raw[a:b] for c in told.answered.citations for a, b in c.citation.spans}
    assert "sshd" in shown
    assert "Failed password for" in shown


def test_tools_are_shown_as_they_run(agent, data, logon):
    steps = ask(agent, data, "why, and how sure?", logon).steps
    started = [s for s in steps if isinstance(s, ToolStarted)]
    ended = [s for s in steps if isinstance(s, ToolEnded)]
    assert [s.tool for s in started] == ["why", "sure"]
    assert started[0].label == "Reading the decision and its evidence"
    assert [e.call for e in ended] == [1, 2]
    assert all(e.facts > 0 and e.ms >= 0 and not e.error for e in ended)


def test_unsure_decision_says_so(agent, data, odd):
    told = ask(agent, data, "how sure are you?", odd)
    assert "27.6 %" in told.text
    assert "needs review, because the confidence is below the threshold of 70 %" in told.text
    assert "holds 4 classes" in told.text


def test_without_a_guide_the_nearest_is_named_and_no_place_in_the_log_is_invented(agent, data, odd):
    assert "No guide matches this event" in ask(agent, data, "why?", odd).text
    told = ask(agent, data, "which fields does it rest on?", odd)
    assert told.text.startswith("Not known")
    assert not told.answered.known
    assert not any(c.citation.spans for c in told.answered.citations)


def test_class_that_was_no_candidate_is_told_so_with_what_its_guide_needs(agent, data, odd):
    told = ask(agent, data, "why not dns?", odd)
    assert "DNS Activity (4003) is not among the 8 candidates" in told.text
    assert "OCSF describes DNS Activity so" in told.text
    assert "Its closest guide" in told.text


def test_guide_that_calls_another_class_defensible_is_told(agent, data, ssh):
    told = ask(agent, data, "why not ssh activity?", ssh)
    assert "guides match for both" in told.text
    assert "SSH Activity (4007) could be defended as well" in told.text


def test_two_classes_that_are_both_not_decided_are_compared(agent, data, odd):
    told = ask(agent, data, "compare Base Event with Network Activity", odd)
    assert "Neither Base Event (0) nor Network Activity (4001) was decided" in told.text
    shares = {c["class_uid"]: c["probability"] for c in odd.decision["candidates"]}
    assert f"- Base Event (0): probability {100 * shares[0]:.1f} %" in told.text
    assert f"- Network Activity (4001): probability {100 * shares[4001]:.1f} %" in told.text


def test_name_that_is_no_class_is_not_known(agent, data, logon):
    told = ask(agent, data, "why not Frobnication Activity?", logon)
    assert not told.answered.known
    assert "`Frobnication Activity`" in told.text


def test_review_wins_and_says_who(agent, data, overridden):
    told = ask(agent, data, "why this class?", overridden)
    assert "Tunnel Activity (4014) because `carol`" in told.text
    assert "Before that the classifier had Detection Finding (2004)" in told.text
    assert "27.6 %" in told.text
    told = ask(agent, data, "how sure is it?", overridden)
    assert "A person decided Tunnel Activity" in told.text
    told = ask(agent, data, "who changed the class and what was it before?", overridden)
    assert "`carol` overrode Detection Finding with Tunnel Activity" in told.text
    assert "`it is a tunnel`" in told.text
    assert "2 versions" in told.text


def test_pin_says_who_set_it_and_what_the_classifier_had(agent, data, odd):
    from dataclasses import replace

    from chat_memory import NOW

    from agents.chat.base import TemplateHistory

    pinned = {
        **odd.decision, "decided_by": "pin", "class_uid": 4014, "class_name": "Tunnel Activity", "confidence": 1.0,
        "status": "overridden", "evidence": [], "prediction_set": [4014],
        "candidates": [
            {"class_uid": 4014, "class_name": "Tunnel Activity", "probability": 1.0, "llm_score": None, "evidence": []}
        ],
    }  # fmt: skip
    after = replace(odd, decision=pinned, version=2)
    data.events[odd.event_id] = after
    data.versions[odd.event_id] = [after, odd]
    template_id = odd.decision["template_id"]
    data.templates[template_id] = TemplateHistory(template_id, 3, NOW, NOW, {}, "Tunnel Activity", "carol")
    told = ask(agent, data, "why?", after)
    assert "a review pinned that class for every event of this template" in told.text
    assert "`carol`" in told.text
    compared = ask(agent, data, "why not Detection Finding?", after)
    assert "Detection Finding (2004): probability 27.6 %" in compared.text


@pytest.mark.parametrize(
    ("decided_by", "said"),
    [("memo", "It comes from the memo"), ("llm", "after the language model `tiny` was asked")],
)
def test_what_decided_is_told(agent, data, logon, decided_by, said):
    versions = {**logon.decision["versions"], "model": "tiny"}
    event = data.add(classified(logon.raw, "Microsoft", "Windows", decided_by=decided_by, versions=versions))
    assert said in ask(agent, data, "why?", event).text


def test_degraded_parts_are_told(agent, data, logon):
    event = data.add(classified(logon.raw, "Microsoft", "Windows", degraded=["model", "embeddings"]))
    told = ask(agent, data, "how certain is this?", event)
    assert "the language model did not answer and the search ran without embeddings" in told.text


def test_search_is_written_in_the_search_boxes_language(agent, data, logon):
    def url(question):
        return ask(agent, data, question, logon).answered.links[0].url

    template_id = logon.decision["template_id"]
    assert url("find events like this") == f"/search?q=template%3A{template_id}"
    assert url("find events with the same user") == "/search?q=EventData.TargetUserName%3Aalice"
    assert url("find all dns events") == "/search?q=class%3A4003"
    assert url("open the queue for this source") == "/queue?source=Windows"
    assert url("queue of this template") == f"/queue?template_id={template_id}"


def test_override_is_only_proposed(agent, data, logon):
    told = ask(agent, data, "override it to dns activity", logon)
    proposal = told.answered.proposal
    assert proposal is not None
    assert (proposal.kind, proposal.class_uid, proposal.class_name) == ("override", 4003, "DNS Activity")
    assert proposal.event_id == logon.event_id
    assert "Nothing changes before you click" in told.text
    assert data.events[logon.event_id] is logon


def test_override_without_a_class_asks_for_one_and_takes_the_answer(agent, data, logon):
    from agents.chat.base import PastTurn

    first = ask(agent, data, "propose an override", logon)
    assert first.answered.proposal is None
    assert "say which class it should be" in first.text
    past = [PastTurn("propose an override", first.text, first.answered.mentioned)]
    assert ask(agent, data, "the second", logon, past).answered.proposal.class_uid == 3005
    assert ask(agent, data, "process activity", logon, past).answered.proposal.class_uid == 1007


def test_deprecated_class_is_not_proposed(agent, data, logon):
    told = ask(agent, data, "override it to Security Finding", logon)
    assert told.answered.proposal is None
    assert "deprecated" in told.text


def test_confirmation_is_proposed(agent, data, logon):
    assert ask(agent, data, "confirm it", logon).answered.proposal.kind == "confirm"


def test_question_about_an_event_without_one_says_how(agent, data):
    told = ask(agent, data, "why this class?", None)
    assert not told.answered.known
    assert told.text.startswith("Not known")
    assert "Which event do you mean" in told.text
    assert ask(agent, data, "what is DNS Activity?", None).answered.known


def test_event_named_by_its_id_is_answered_without_one_open(agent, data, ssh):
    assert "SSH login failed" in ask(agent, data, f"why was {ssh.event_id} mapped that way?", None).text


def test_what_the_evidence_does_not_hold_is_not_known(agent, data, logon):
    for question in ("is this malicious?", "what is the weather in Paris?", "what does event id 99887 mean?"):
        told = ask(agent, data, question, logon)
        assert not told.answered.known
        assert told.text.startswith("Not known")


def test_forbidden_and_missing_events_are_refused_alike_in_shape(agent, data, logon, ssh):
    data.hidden = frozenset({ssh.event_id})
    told = ask(agent, data, "why?", ssh.event_id)
    assert not told.answered.known
    assert "You may not see" in told.text
    assert "SSH" not in told.text
    named = ask(agent, data, f"why was {ssh.event_id} decided so?", logon)
    assert "You may not see" in named.text
    assert any(isinstance(s, ToolEnded) and s.error for s in named.steps)
    missing = ask(agent, data, "why?", "00000000-0000-0000-0000-000000000000")
    assert "no such event" in missing.text


def test_storage_that_is_away_costs_only_its_part(agent, data, logon, monkeypatch):
    def away(*_):
        raise UnavailableError("the store is away")

    monkeypatch.setattr(data, "template", away)
    told = ask(agent, data, "why, and how often does this template occur?", logon)
    assert "Authentication (3002) because" in told.text
    assert "Not known at the moment" in told.text
    assert [s.error for s in told.steps if isinstance(s, ToolEnded)] == ["", "cannot be read at the moment"]


def test_stop_ends_at_once_and_keeps_what_was_told(agent, data, logon):
    stop = threading.Event()
    steps = []
    for step in agent.answer("why?", event_id=logon.event_id, past=(), data=data, stop=stop):
        steps.append(step)
        if len(steps) == 6:
            stop.set()
    assert steps[-1].stopped
    assert steps[-1].content
    assert len(steps) <= 8


def test_stopped_before_it_began_tells_nothing(agent, data, logon):
    stop = threading.Event()
    stop.set()
    told = ask(agent, data, "override it to dns activity", logon, stop=stop)
    assert told.answered.stopped
    assert told.text == ""
    assert told.answered.proposal is None


def test_suggestions_fit_the_decision(agent, logon, odd, overridden):
    assert "Why Authentication?" in agent.suggestions(logon)
    assert "How were similar events decided?" in agent.suggestions(odd)
    assert agent.suggestions(overridden)[0] == "Who reviewed this, and what was it before?"
    assert len(agent.suggestions(logon)) == 4


def test_suggested_questions_are_understood(agent, data, logon, odd, overridden):
    for event in (logon, overridden):
        for question in agent.suggestions(event):
            assert ask(agent, data, question, event).answered.intents != ("unknown",), question


def test_not_allowed_is_not_swallowed_by_other_errors():
    assert not issubclass(NotAllowedError, UnavailableError)
