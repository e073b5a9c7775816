"""Events: raw text, its fields and its template."""

from __future__ import annotations

from agents.events.event import Event, Field, Format, Source, printable
from agents.events.parsing import parse
from agents.events.template import TEMPLATE_VERSION, Template, make_template
from agents.events.words import event_words, split_words

__all__ = [
    "TEMPLATE_VERSION",
    "Event",
    "Field",
    "Format",
    "Source",
    "Template",
    "event_words",
    "make_template",
    "parse",
    "printable",
    "split_words",
]
