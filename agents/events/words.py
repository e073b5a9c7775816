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
_SEPARATORS = re.compile(r"[_\-./:]+")


def split_words(name: str) -> str:
    """An identifier as words: ``AssumeRoleWithSAML`` -> ``Assume Role With SAML``, ``user_name`` -> ``user name``."""
    return _SEPARATORS.sub(" ", _HUMP.sub(" ", name)).strip()


def event_words(event: Event, template: Template) -> str:
    """What an event says, the telling first: source hints, telling fields, free text or else the names of fields.

    At most 1,200 characters, encodable, never empty.
    """
    source = event.source
    parts = [source.vendor, source.product, source.sourcetype]
    parts += [
        f"{split_words(f.name)} {split_words(f.value[:_VALUE_CHARACTERS])}" for f in template.telling[:_TELLING_FIELDS]
    ]
    parts.append(event.message[:_MESSAGE_CHARACTERS])
    if not event.message:
        names = dict.fromkeys(split_words(f.name) for f in event.fields)
        parts.append(" ".join(list(names)[:_FIELD_NAMES]))
    text = " ".join(printable(part) for part in parts if part)
    return " ".join(text.split())[:_TEXT_CHARACTERS] or "unknown event"
