"""From an event to the query that finds what is known about its kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from agents.events import Event, Template, event_words
from agents.knowledge.base import Hit, Kind, Query, lexical_token

DEFAULT_LIMITS: Mapping[Kind, int] = {Kind.CLASS: 96, Kind.GUIDE: 32, Kind.EXAMPLE: 12}

_FUSION = 60
_WORDS_WEIGHT = 3
"""How much the ranking by words counts beside the two of search: of the three it has the right class near the top the
most often."""
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


def with_words(hits: Sequence[Hit], words: Mapping[int, float]) -> list[Hit]:
    """Hits with the word model as a third ranking beside the lexical and the dense one.

    ``words`` are log-probabilities by class uid. Each hit gains ``3 / (60 + rank)`` for the rank of its class among
    them (weighted reciprocal rank fusion, see ``agents/knowledge/fusion.py``), and the hits of each kind are ranked
    anew.
    """
    place = {uid: rank for rank, uid in enumerate(sorted(words, key=lambda uid: (-words[uid], uid)), start=1)}
    gained = [
        replace(hit, score=hit.score + _WORDS_WEIGHT / (_FUSION + place[uid]))
        if (uid := hit.chunk.class_uid or 0) in place
        else hit
        for hit in hits
    ]
    ranks: Counter[Kind] = Counter()
    ranked = []
    for hit in sorted(gained, key=lambda hit: -hit.score):
        ranks[hit.chunk.kind] += 1
        ranked.append(replace(hit, rank=ranks[hit.chunk.kind]))
    return ranked


def query_tokens(event: Event, template: Template) -> tuple[str, ...]:
    """``key=value`` words: telling fields first, then every other field with a short value.

    Values that no guide names find nothing in the index and cost nothing, so there is no need to guess which
    fields matter.
    """
    fields = [*template.telling, *event.fields]
    tokens = dict.fromkeys(lexical_token(f.path, f.value) for f in fields if 0 < len(f.value) <= _MAX_VALUE)
    return tuple(list(tokens)[:_MAX_TOKENS])
