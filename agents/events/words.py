"""An event as words, for search: guides' samples and incoming events are told in the same way, so that they meet."""

from __future__ import annotations

import re

from agents.events.event import Event, printable
from agents.events.template import Template

_TELLING_FIELDS = 16
_FIELD_NAMES = 24
_VALUE_CHARACTERS = 64
_MESSAGE_CHARACTERS = 300
_TEXT_CHARACTERS = 600
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
HEADERS = ("cef.", "leef.", "syslog.")
"""Where the fields of a transport's header begin: names that every event of the format has, whatever it tells."""

_MASK = re.compile(r"<([a-z]+)>")
_SEPARATORS = re.compile(r"[_\-./:]+")


def split_words(name: str) -> str:
    """An identifier as words: ``AssumeRoleWithSAML`` -> ``Assume Role With SAML``, ``user_name`` -> ``user name``."""
    return _SEPARATORS.sub(" ", _HUMP.sub(" ", name)).strip()


def event_words(event: Event, template: Template) -> str:
    """What an event says, the telling first: source hints, telling fields, free text or else the names of fields.

    Of the fields of a header (``cef.name``, ``syslog.app``) only the values speak: their names are those of every
    event of that format. Free text is told masked (``addr`` for an address), so that events of one template are
    searched for with the same words. At most 600 characters, encodable, never empty.
    """
    source = event.source
    parts = [source.vendor, source.product, source.sourcetype]
    for field in template.telling[:_TELLING_FIELDS]:
        value = split_words(field.value[:_VALUE_CHARACTERS])
        if not _in_header(field.path):
            parts.append(f"{split_words(field.name)} {value}")
        elif not value.isdecimal():
            parts.append(value)
    parts.append(_MASK.sub(r"\1", template.message[:_MESSAGE_CHARACTERS]))
    if not event.message:
        names = dict.fromkeys(split_words(f.name) for f in event.fields if not _in_header(f.path))
        parts.append(" ".join(list(names)[:_FIELD_NAMES]))
    text = " ".join(printable(part) for part in parts if part)
    return " ".join(text.split())[:_TEXT_CHARACTERS] or "unknown event"


def _in_header(path: str) -> bool:
    return path.startswith(HEADERS)
