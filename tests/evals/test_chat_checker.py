"""The checker of answers finds what is planted in them, and lets what is true pass."""

from datetime import date

import pytest

from agents.chat.base import Citation, CitationKind
from agents.ocsf import load_taxonomy
from evals.chat.checker import Truth, check, claimed, markup, says_not_known, uncited
from evals.chat.text import sentences
from evals.chat.truth import class_truth

EVENT = "0199aaaa-0000-7000-8000-000000000001"
TRUTH = Truth(
    texts=(
        '{"EventID":4625,"TargetUserName":"svc_backup","IpAddress":"10.20.4.18"}',
        "Windows: an account failed to log on (4625)",
        "2026-11-12T06:40:11.004Z",
        EVENT,
        "membership of a group, as the guide says",
    ),
    fields={"TargetUserName": frozenset({"svc_backup"}), "IpAddress": frozenset({"10.20.4.18"})},
    figures=frozenset({3002.0, 1.0, 3.0, 8.0}),
    shares=frozenset({0.9712, 0.0123, 0.9589, 0.975}),
    captions=frozenset({"Authentication", "Account Change", "DNS Activity"}),
    decided=frozenset({"Authentication"}),
    days=frozenset({date(2026, 11, 12), date(2026, 11, 20)}),
    people=frozenset({"mara"}),
) + class_truth(load_taxonomy()[3002])
CITATIONS = {
    1: Citation(CitationKind.DECISION, "Decision", event_id=EVENT),
    2: Citation(CitationKind.CHUNK, "Guide", chunk_id="guide:windows-security:4625"),
    3: Citation(CitationKind.CHUNK, "Guide", chunk_id="guide:nowhere:0"),
}


def resolve(citation):
    if citation.chunk_id == "guide:nowhere:0":
        return None
    return Truth(texts=("only in the guide: 0xc000006a",)) if citation.chunk_id else Truth()


def found(answer, question="Why this class?"):
    return [(u.what, u.value) for u in check(answer, CITATIONS, TRUTH, resolve, question)]


@pytest.mark.parametrize(
    "answer",
    [
        "This event is **Authentication** (`3002`), with a confidence of 97 %.[^1]",
        "It was decided as Authentication, 96 points before Account Change.[^1]",
        "The guide “Windows: an account failed to log on (4625)” matches.[^2]",
        "- `TargetUserName=svc_backup` stands in the log.[^1]\n- `IpAddress=10.20.4.18` too.[^1]",
        "The template occurred 3 times, first on 2026-11-12, last on 20 November 2026.[^1]",
        "The template occurred three times, first on Nov 12.[^1]",
        "`0xc000006a` stands in the guide.[^2]",
        "It was confirmed by mara: `membership of a group…`.[^1]",
        "Not known: the evidence does not hold it.",
        "It is not DNS Activity: if it were DNS Activity, there would be a query.[^1]",
        "That one is of no use, and one of the guides says so.[^1]",
        "More than 95 % sure.[^1]",
        "Event ID 4625 is in the log of 2026-11-12 06:40.[^1]",
    ],
)
def test_what_is_true_passes(answer):
    assert found(answer) == []


@pytest.mark.parametrize(
    ("answer", "what", "value"),
    [
        ("This event is Account Change.[^1]", "a class that it is not", "Account Change"),
        ("It was classified as DNS Activity.[^1]", "a class that it is not", "DNS Activity"),
        ("It resembles Vulnerability Finding.[^1]", "a class", "Vulnerability Finding"),
        ("The confidence is 93 %.[^1]", "a number", "93"),
        ("The confidence is 0.62.[^1]", "a number", "0.62"),
        ("The template occurred 12 times.[^1]", "a number", "12"),
        ("It occurred seven times.[^1]", "a number", "7"),
        ("It has uid 4003.[^1]", "a number", "4003"),
        ("Event ID 4624 is in the log.[^1]", "a number", "4624"),
        ("`TargetUserName=root` stands there.[^1]", "a value", "TargetUserName=root"),
        ("The user is `administrator`.[^1]", "a value", "administrator"),
        ("It came from 10.20.4.19.[^1]", "a value", "10.20.4.19"),
        ("It is T1110 of the matrix.[^1]", "a value", "T1110"),
        ("The guide “Windows: account locked” matches.[^1]", "a quotation", "Windows: account locked"),
        ("It first came on 2026-10-01.[^1]", "a day", "2026-10-1"),
        ("It first came on 3 March.[^1]", "a day", "3-3"),
        ("It was confirmed by Grace.[^1]", "a person", "Grace"),
        ("It is as decided.[^9]", "a citation of nothing", "[^9]"),
        ("It is as the guide says.[^3]", "a citation of nothing", "[^3]"),
        ("`0xc000006a` stands in the guide.[^1]", "a value", "0xc000006a"),
    ],
)
def test_planted_falsehoods_are_found(answer, what, value):
    assert (what, value) in found(f"This is Authentication.[^1] {answer}")


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ("See ![chart](https://evil.example/a.png).", "an image"),
        ("See [docs](/queue).", "a link"),
        ("[^1]: https://evil.example", "an address"),
        ("<img src=x>", "HTML"),
        ("Go to www.evil.example now.", "an address"),
    ],
)
def test_markup_is_found_but_not_in_quoted_log(answer, what):
    assert what in markup(answer)
    assert markup(f"The log says ``{answer}``.") == []


def test_control_characters_are_found_even_in_quoted_log():
    assert next(what for what, _ in found("The file is `safe\u202eexe`.[^1]")) == "a control character"


def test_the_question_may_be_echoed_but_not_told_as_true():
    question = "Is it Kernel Activity with `code=77`?"
    assert found("It is not Kernel Activity, and `code=77` is not in it.[^1]", question) == []
    assert ("a class that it is not", "Kernel Activity") in found("It is Kernel Activity.[^1]", question)


def test_sentences_keep_their_marks_and_code():
    text = "It is Authentication.[^1] The value is `a. B c`.[^2]\n\n- first item [^3]\n- second"
    parts = list(sentences(text))
    assert [s.cited for s in parts] == [(1,), (2,), (3,), ()]
    assert parts[1].code == ("a. B c",)
    assert uncited(text) == ["second"]


def test_claims_and_refusals():
    assert claimed("The class is Email Activity, not DNS Activity") == ["Email Activity"]
    assert claimed("An override to Email Activity would change one event") == []
    assert says_not_known("Not known: the log does not say it.")
    assert not says_not_known("This is known to be Authentication.")
