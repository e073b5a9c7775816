"""A run as JUnit XML, which CI servers show: one test case an event, failed where the class is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from agents.ocsf import load_taxonomy
from app.evaluations.tables import caption
from evals.folder import Line, RunFolder

# Characters that XML 1.0 cannot hold, however escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(path: Path, run: RunFolder, ocsf_version: str) -> None:
    """Write the test cases of a run; a failure says what was expected, what was decided, and the candidates."""
    wrong = sum(not p.right for p in run.predictions)
    suite = ET.Element(
        "testsuite",
        name=xml_text(f"evals.{run.metrics.get('configuration', 'run')}"),
        tests=str(len(run.lines)),
        failures=str(wrong),
        errors="0",
        skipped="0",
        time=f"{run.metrics.get('seconds', 0):.2f}",
        timestamp=xml_text(str(run.metrics.get("started_at", ""))),
    )
    properties = ET.SubElement(suite, "properties")
    for name, version in run.metrics.get("versions", {}).items():
        ET.SubElement(properties, "property", name=xml_text(name), value=xml_text(str(version)))
    taxonomy = load_taxonomy(ocsf_version)
    for line, prediction in zip(run.lines, run.predictions, strict=True):
        case = ET.SubElement(
            suite,
            "testcase",
            classname=xml_text(prediction.source),
            name=xml_text(line["id"]),
            time=f"{line['ms'] / 1e3:.4f}",
        )
        if not prediction.right:
            decision = line["decision"]
            expected = " or ".join(f"{uid} {caption(uid, taxonomy)}" for uid in sorted(prediction.accepted))
            message = f"expected {expected}, got {decision['class_uid']} {decision['class_name']}"
            ET.SubElement(case, "failure", type=decision["status"], message=xml_text(message)).text = xml_text(
                _details(line)
            )
    ET.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def _details(line: Line) -> str:
    decision = line["decision"]
    candidates = [
        f"  {c['probability']:.3f} {c['class_uid']} {c['class_name']} {' '.join(c['evidence'])}"
        for c in decision["candidates"]
    ]
    head = f"confidence {decision['confidence']:.3f}, {decision['status']}, decided by {decision['decided_by']}"
    return "\n".join([head, "candidates:", *candidates, "event:", f"  {line['raw'][:2000]}"])


def xml_text(text: str) -> str:
    """Text that XML can hold: U+FFFD stands for each character that it cannot."""
    return _FORBIDDEN.sub("\ufffd", text)
