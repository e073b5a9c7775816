"""Nothing is proposed or told that was not asked for, and what is told is written as its source writes it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from chat_memory import NOW, ask, classified

from agents.chat.base import PastTurn, ReviewMade, TemplateHistory
from agents.chat.periods import begins
from agents.chat.quoting import percent, points, source_name
from agents.chat.tools.history import review_fact

AWS = (
    '{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":"bob.m"},"eventSource":"signin.amazonaws.com",'
    '"eventName":"ConsoleLogin","eventType":"AwsConsoleSignIn","sourceIPAddress":"198.51.100.9",'
    '"responseElements":{"ConsoleLogin":"Success"}}'
)


def talk(agent, data, event, *questions):
    """Ask one after the other; what was told to the last."""
    past = []
    for question in questions:
        told = ask(agent, data, question, event, list(past))
        past.append(PastTurn(question, told.text, told.answered.mentioned))
    return told


@pytest.mark.parametrize(
    "question",
    ["would you side with mara here?", "are you of bob's opinion?", "is carol's call any good?", "do you back them up"],
)
def test_nothing_is_proposed_that_nobody_asked_for(understanding, data, logon, question):
    assert ask(understanding, data, question, logon).answered.proposal is None


@pytest.mark.parametrize("question", ["confirm it please", "i agree, confirm", "accept this class"])
def test_a_review_is_proposed_where_the_words_ask_for_it(understanding, data, logon, question):
    assert ask(understanding, data, question, logon).answered.proposal is not None


@pytest.mark.parametrize(
    "question",
    [
        "did alice sign in again later?",
        "was the session encrypted at all",
        "did she use a hardware token",
        "which subscription pays for it",
    ],
)
def test_what_is_like_no_known_question_is_not_known(understanding, data, logon, question):
    told = ask(understanding, data, question, logon)
    assert not told.answered.known
    assert "Not known" in told.text


def test_that_after_what_is_not_known_is_not_known_either(understanding, data, logon):
    told = ask(understanding, data, "did she use a hardware token, and does that alter the class?", logon)
    assert "override" not in told.text


def test_a_field_that_is_spoken_of_is_told_and_whether_it_is_evidence(understanding, data):
    raw = AWS.replace('"eventType"', '"additionalEventData":{"TokenRenewed":"No"},"eventType"')
    event = data.add(classified(raw, "AWS", "CloudTrail"))
    told = ask(understanding, data, "did they renew some token, and does that alter the class?", event)
    assert told.answered.intents == ("value", "log")
    assert "`additionalEventData.TokenRenewed` is `No`" in told.text
    assert "`additionalEventData.TokenRenewed` = `No` is none of them" in told.text


def test_values_of_a_guide_are_told_as_it_writes_them(agent, data):
    event = data.add(classified(AWS, "AWS", "CloudTrail"))
    text = ask(agent, data, "Show me the guide", event).text
    assert "`eventName` to be `ConsoleLogin`" in text
    assert "consolelogin" not in text


def test_fields_that_the_event_lacks_are_told_as_the_guide_writes_them(agent, data, logon):
    text = ask(agent, data, "why not web resources activity?", logon).text
    assert "objectkind" not in text.replace("object_kind", "")
    assert "pathwithnamespace" not in text


@pytest.mark.parametrize("question", ["Why not Account Change?", "Why not Process Activity?", "why not dns?"])
def test_one_class_has_one_closest_guide_in_an_answer(agent, data, odd, question):
    text = ask(agent, data, question, odd).text
    other = text.split("\n- ")[2].split("\n\n")[0]
    if "the closest is `" in other:
        assert other.split("the closest is `")[1].split("`")[0] in text.split("Its closest guide")[1]


def test_an_estimate_is_never_certain(agent, data, logon):
    sure = dataclasses.replace(logon, decision={**logon.decision, "confidence": 1.0})
    data.add(sure)
    text = ask(agent, data, "how sure is it?", sure).text
    assert "> 99.99 %" in text
    assert "of 10,000 decisions told with this confidence, hardly any is wrong" in text
    assert " 100 %" not in text
    assert percent(1.0) == "> 99.99 %"
    assert percent(1.0, certain=True) == "100 %"
    assert points(1.0) == "> 99.99 points"


def test_what_a_person_decided_is_certain(agent, data, overridden):
    assert "100 %" in ask(agent, data, "how sure is it?", overridden).text


def test_an_unsure_decision_is_told_as_one_where_a_verdict_is_asked_for(agent, data, odd):
    text = ask(agent, data, "is it benign?", odd).text
    assert odd.decision["status"] == "needs_review"
    assert "tells what kind of event" not in text
    assert percent(odd.decision["confidence"]) in text
    assert "needs review" in text


def test_a_review_without_a_class_before_says_what_it_set():
    review = ReviewMade("e", "override", "mara", NOW, "", "Authentication", "a gate")
    assert review_fact(review).text.startswith("`mara` set the class to Authentication on ")


@pytest.mark.parametrize(
    ("vendor", "product", "name"),
    [
        ("Okta", "Okta System Log", "Okta System Log"),
        ("Microsoft", "Windows", "Microsoft Windows"),
        ("Palo", "Paloma", "Palo Paloma"),
        ("Cisco", "", "Cisco"),
        ("", "sshd", "sshd"),
    ],
)
def test_a_source_is_named_once(vendor, product, name):
    assert source_name(vendor, product) == name


def test_the_runner_up_is_told_alone_and_is_what_the_next_question_means(understanding, data, logon):
    second = logon.decision["candidates"][1]
    assert "candidates were considered" not in talk(understanding, data, logon, "which is the runner-up?").text
    text = talk(understanding, data, logon, "which is the runner-up?", "and what would that need to win?").text
    assert second["class_name"] in text


def test_when_and_by_whom_belong_to_the_question_before(understanding, data, logon, overridden):
    assert ask(understanding, data, "who overrode this, and when?", overridden).answered.intents == ("reviews",)
    told = talk(understanding, data, overridden, "who overrode this?", "when was that?")
    assert told.answered.intents == ("reviews",)


@pytest.mark.parametrize(
    "question", ["is it because of EventID or because of alice?", "due to EventID or because of alice"]
)
def test_named_fields_are_told_to_be_evidence_or_not(understanding, data, logon, question):
    told = ask(understanding, data, question, logon)
    assert told.answered.intents == ("log",)
    assert "`EventID` = `4624` is one of them" in told.text
    assert "`EventData.TargetUserName` = `alice` is none of them" in told.text


def test_vs_with_a_stop_ends_no_sentence(understanding, data, logon):
    told = ask(understanding, data, "how does it differ vs. Account Change", logon)
    assert "week" not in told.answered.intents


def test_logging_in_is_not_the_log(understanding, data, logon):
    assert "log" not in ask(understanding, data, "can alice still log in there", logon).answered.intents


@pytest.mark.parametrize("question", ["what in the world is this?", "what the heck is this"])
def test_swearing_does_not_hide_the_question(understanding, data, logon, question):
    assert ask(understanding, data, question, logon).answered.intents == ("meaning",)


# -- periods and lists


@pytest.fixture
def repeated(data, ssh):
    """The event and others of its template: two of the last days, one of long ago."""
    now = datetime.now(UTC)
    for number, days in enumerate((1, 3, 60)):
        other = dataclasses.replace(ssh, event_id=f"0000000{number}-0000-7000-8000-000000000000",
                                    received_at=now - timedelta(days=days))  # fmt: skip
        data.add(other)
    data.events[ssh.event_id] = dataclasses.replace(ssh, received_at=now)
    template_id = ssh.decision["template_id"]
    data.templates[template_id] = TemplateHistory(
        template_id, 4, now - timedelta(days=60), now, {ssh.decision["class_name"]: 4}
    )
    return data.events[ssh.event_id]


def test_a_period_of_a_count_is_counted(understanding, data, repeated):
    text = ask(understanding, data, "how many of these came in the past 10 days?", repeated).text
    assert "3 events of this template were received in the last 10 days" in text
    assert "4 times" in text


def test_a_period_that_cannot_be_counted_is_searched(understanding, data, logon):
    text = ask(understanding, data, "how often did we see this in the past 10 days?", logon).text
    assert "over all time" in text
    assert "received:>now-10d" in text


def test_show_them_lists_what_was_counted(understanding, data, repeated):
    told = talk(understanding, data, repeated, "how often does this occur?", "list those please")
    assert told.answered.intents == ("find",)
    told = talk(understanding, data, repeated, "how often does this occur?", "list those please",
                "the 2nd: does it have the same class?")  # fmt: skip
    assert "About the event of" in told.text
    assert repeated.decision["class_name"] in told.text


def test_a_period_of_similar_events_is_honoured(understanding, data, logon):
    now = datetime.now(UTC)
    found = data.neighbours[logon.event_id]
    data.neighbours[logon.event_id] = [
        (dataclasses.replace(found[0][0], received_at=now - timedelta(days=2)), 0.8, ""),
        (dataclasses.replace(found[1][0], received_at=now - timedelta(days=40)), 0.4, ""),
    ]
    text = ask(understanding, data, "similar events of the past 14 days", logon).text
    assert "1 similar event was received in the last 14 days" in text
    assert "40" not in text


def test_when_a_period_begins():
    assert begins("received:>=2026-11-01") == datetime(2026, 11, 1, tzinfo=UTC)
    assert begins("received:<now-7d") is None
    assert begins("received:2026-11") is None
    ago = datetime.now(UTC) - begins("received:>now-2h")
    assert abs(ago - timedelta(hours=2)) < timedelta(minutes=1)


# -- pins


def test_a_pin_gives_the_note_and_leads_what_an_override_would_change(understanding, data, ssh):
    template_id = ssh.decision["template_id"]
    name = ssh.decision["class_name"]
    pinned = dataclasses.replace(
        ssh, decision={**ssh.decision, "decided_by": "pin", "confidence": 1.0, "status": "confirmed"}
    )
    data.events[ssh.event_id] = pinned
    data.versions[ssh.event_id] = [pinned, ssh]
    data.made[ssh.event_id] = [ReviewMade(ssh.event_id, "confirm", "carol", NOW, name, name, "as agreed on monday")]
    data.templates[template_id] = TemplateHistory(template_id, 3, NOW, NOW, {name: 3}, name, "carol")
    assert "`as agreed on monday`" in ask(understanding, data, "why this class?", pinned).text
    text = ask(understanding, data, "would later events be affected?", pinned).text
    assert text.startswith(f"The template is pinned to {name} now")
