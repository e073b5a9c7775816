"""From an event to the query that finds what is known about its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from agents.events import Event, Template, event_words
from agents.knowledge.base import Kind, Query, lexical_token

DEFAULT_LIMITS: Mapping[Kind, int] = {Kind.CLASS: 24, Kind.GUIDE: 32, Kind.EXAMPLE: 12}

_MAX_TOKENS = 160
_MAX_VALUE = 64


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
        text=event_words(event, template),
        tokens=query_tokens(event, template),
        limits=limits,
        ocsf_version=ocsf_version,
        mode=mode,
        exclude_products=exclude_products,
    )


def query_tokens(event: Event, template: Template) -> tuple[str, ...]:
    """``key=value`` words: telling fields first, then every other field with a short value.

    Values that no guide names find nothing in the index and cost nothing, so there is no need to guess which
    fields matter.
    """
    fields = [*template.telling, *event.fields]
    tokens = dict.fromkeys(lexical_token(f.path, f.value) for f in fields if 0 < len(f.value) <= _MAX_VALUE)
    return tuple(list(tokens)[:_MAX_TOKENS])
