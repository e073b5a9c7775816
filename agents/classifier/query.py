"""From an event to the query that finds what is known about its kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from agents.events import Event, Template, printable
from agents.knowledge.base import Kind, Query, lexical_token

DEFAULT_LIMITS: Mapping[Kind, int] = {Kind.CLASS: 24, Kind.GUIDE: 32, Kind.EXAMPLE: 12}

_MAX_TOKENS = 160
_MAX_VALUE = 64
_TELLING_FIELDS = 16
_FIELD_NAMES = 24
_MESSAGE_CHARACTERS = 400
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_MASK = re.compile(r"<[a-z0-9_]+>")


def build_query(
    event: Event,
    template: Template,
    ocsf_version: str,
    *,
    limits: Mapping[Kind, int] = DEFAULT_LIMITS,
    mode: Literal["hybrid", "lexical", "dense"] = "hybrid",
    exclude_products: frozenset[str] = frozenset(),
) -> Query:
    """The search for one event: telling fields and free text as words, every short ``key=value`` as a token."""
    return Query(
        text=query_text(event, template),
        tokens=query_tokens(event, template),
        limits=limits,
        ocsf_version=ocsf_version,
        mode=mode,
        exclude_products=exclude_products,
    )


def query_text(event: Event, template: Template) -> str:
    """Words for the dense and lexical legs, the telling ones first: hints, telling fields, message, field names.

    At most about 1,200 characters; names are split at humps and underscores so that ``ConsoleLogin`` reads
    "Console Login".
    """
    source = event.source
    parts = [source.vendor, source.product, source.sourcetype]
    parts += [f"{words(f.name)} {words(f.value[:_MAX_VALUE])}" for f in template.telling[:_TELLING_FIELDS]]
    parts.append(printable(event.message)[:_MESSAGE_CHARACTERS])
    if not event.message:
        names = dict.fromkeys(words(f.name) for f in event.fields)
        parts.append(" ".join(list(names)[:_FIELD_NAMES]))
    text = " ".join(part for part in parts if part)
    return printable(" ".join(_MASK.sub(" ", text).split())[:1200]) or "unknown event"


def query_tokens(event: Event, template: Template) -> tuple[str, ...]:
    """``key=value`` words: telling fields first, then every other field with a short value.

    Values that no guide names find nothing in the index and cost nothing, so there is no need to guess which
    fields matter.
    """
    fields = [*template.telling, *event.fields]
    tokens = dict.fromkeys(lexical_token(f.path, f.value) for f in fields if 0 < len(f.value) <= _MAX_VALUE)
    return tuple(list(tokens)[:_MAX_TOKENS])


def words(name: str) -> str:
    """An identifier as words: ``AssumeRoleWithSAML`` -> ``Assume Role With SAML``, ``user_name`` -> ``user name``."""
    return " ".join(re.split(r"[_\-./:]+", _HUMP.sub(" ", name)))
