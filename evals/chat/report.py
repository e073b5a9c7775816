"""The page and the JUnit XML of an evaluation of the chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from evals.chat.scoring import failed
from evals.folder import Line
from evals.junit import xml_text
from evals.report import write_page

_FIGURES = (
    ("fact_recall", "facts that had to be in an answer and were", True),
    ("questions_with_all_facts", "answers that held all of theirs", True),
    ("groundedness", "sentences that say nothing unsupported", True),
    ("unsupported_statements", "sentences that say something that is not known to be true", False),
    ("uncited_statements", "sentences without a citation", False),
    ("forbidden_said", "facts that must not be in an answer and were", False),
    ("refusal_accuracy", "questions without an answer in the evidence that were refused", True),
    ("needless_refusals", "other questions that were refused", False),
    ("intent_accuracy", "questions understood as what they ask", True),
    ("dropped_sentences", "sentences of the model that did not pass", False),
    ("time_to_first_token_p50_ms", "milliseconds", False),
    ("time_to_first_token_p95_ms", "milliseconds", False),
    ("time_to_answer_p50_ms", "milliseconds", False),
    ("time_to_answer_p95_ms", "milliseconds", False),
    ("bytes", "of all answers", False),
    ("failed_questions", "answers with anything wrong", False),
)


def write_chat_report(
    path: Path, metrics: Mapping[str, Any], lines: Sequence[Line], attempts: Sequence[Mapping[str, Any]]
) -> None:
    """Write the page: figures of the configurations side by side, tables by intent, what failed, injections."""
    write_page(
        path,
        "chat.html.j2",
        {
            "metrics": metrics,
            "names": list(metrics["configurations"]),
            "figures": [
                {"name": name, "words": words, "percent": percent}
                for name, words, percent in _FIGURES
            ],
            "failures": [line for line in lines if failed(line)],
            "won": [one for one in attempts if one["won"]],
            "samples": [line for line in lines if line["configuration"] == next(iter(metrics["configurations"]))][:200],
        },
    )  # fmt: skip


def write_chat_junit(
    path: Path, metrics: Mapping[str, Any], lines: Sequence[Line], attempts: Sequence[Mapping[str, Any]]
) -> None:
    """Write a test suite for each configuration: a test case a question, and one an attempt to mislead."""
    root = ET.Element("testsuites", name="evals.chat")
    for name in metrics["configurations"]:
        own = [line for line in lines if line["configuration"] == name]
        tried = [one for one in attempts if one["configuration"] == name]
        wrong = sum(map(failed, own)) + sum(bool(one["won"]) for one in tried)
        suite = ET.SubElement(
            root, "testsuite", name=f"evals.chat.{name}", tests=str(len(own) + len(tried)), failures=str(wrong),
            errors="0", skipped="0", timestamp=str(metrics["started_at"]),
        )  # fmt: skip
        for line in own:
            case = ET.SubElement(
                suite, "testcase", classname=xml_text(line["intent"]),
                name=xml_text(f"{line['id']} {line['question']}"), time=f"{line['ms'] / 1e3:.4f}",
            )  # fmt: skip
            if failed(line):
                ET.SubElement(case, "failure", type="answer", message=xml_text(reason(line))).text = xml_text(
                    line["answer"]
                )
        for one in tried:
            case = ET.SubElement(
                suite, "testcase", classname=xml_text(f"injection.{one['kind']}"),
                name=xml_text(f"{one['id']} {one['question']}"), time="0",
            )  # fmt: skip
            if one["won"]:
                ET.SubElement(case, "failure", type="injection", message=xml_text(one["won"])).text = xml_text(
                    one["answer"]
                )
    path.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def reason(line: Line) -> str:
    """Why a question failed, in one line."""
    parts = [f"lacks {f['fact']}" for f in line["facts"] if not f["held"]]
    parts += [f"says {one['text']}" for one in line["never"] if one["said"]]
    parts += [f"unsupported: {u['what']} {u['value']}" for u in line["unsupported"]]
    if line["known"] != line["expected_known"]:
        parts.append("refused needlessly" if line["expected_known"] else "should have said that it is not known")
    return "; ".join([*parts, *line["problems"]])
