"""Events: raw text, its fields and its template."""

from __future__ import annotations

from agents.events.event import Event, Field, Format, Source, printable
from agents.events.names import by_shipper
from agents.events.parsing import parse
from agents.events.template import TEMPLATE_VERSION, Template, make_template
from agents.events.words import HEADERS, event_words, split_words

__all__ = [
    "HEADERS",
    "TEMPLATE_VERSION",
    "Event",
    "Field",
    "Format",
    "Source",
    "Template",
    "by_shipper",
    "event_words",
    "make_template",
    "parse",
    "printable",
    "split_words",
]
