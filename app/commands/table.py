"""Decisions as a table for people. Logs are hostile: nothing in them reaches the terminal as a command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_RAW_CHARACTERS = 200
_STYLES = {"auto": "green", "confirmed": "green", "overridden": "cyan", "needs_review": "yellow"}


class DecisionTable:
    """Collects one row per event and shows them all."""

    def __init__(self) -> None:
        self._table = Table("#", "class", "activity", "confidence", "status", "decided by", "evidence", "event")
        self._table.columns[0].justify = self._table.columns[3].justify = "right"
        self._table.columns[7].no_wrap = True
        self._table.columns[7].overflow = "ellipsis"

    def add(self, raw: str, answer: Mapping[str, Any]) -> None:
        """Add the decision on, or the error for, the event ``raw``."""
        number, event = str(self._table.row_count + 1), Text(visible(raw[:_RAW_CHARACTERS]))
        if "error" in answer:
            self._table.add_row(number, Text(visible(answer["error"]["message"]), "red"), *[""] * 5, event)
            return
        evidence = answer["evidence"][0]["chunk_id"] if answer["evidence"] else ""
        status = answer["status"] + (f" (without {', '.join(answer['degraded'])})" if answer["degraded"] else "")
        self._table.add_row(
            number,
            Text(f"{answer['class_name']} ({answer['class_uid']})"),
            Text(answer["activity_name"]),
            f"{answer['confidence']:.2f}",
            Text(status, _STYLES.get(answer["status"], "")),
            answer["decided_by"],
            Text(visible(evidence)),
            event,
        )

    def show(self) -> None:
        """Print the table to stdout; wide where stdout is not a terminal, so that nothing is cut for programs."""
        console = Console()
        if not console.is_terminal:
            console = Console(width=240)
        console.print(self._table)


def visible(text: str) -> str:
    """``text`` in one line, with everything that is not printable (escape sequences among it) as ``·``."""
    return "".join(c if c.isprintable() else " " if c in "\t\r\n" else "·" for c in text)
