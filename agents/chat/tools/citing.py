"""Facts and citations, made in one place so that every tool writes them alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote as url_quote
from urllib.parse import urlencode

from agents.chat.base import Citation, CitationKind, DecidedEvent, Fact, ReviewMade, Span
from agents.chat.quoting import plain
from agents.knowledge.catalog import Guide
from agents.ocsf import OcsfClass

_LABEL = 48
_MOST_SPANS = 16
_VALUE = re.compile(r"`([^`]*)`|(\d[\d,.:-]*\d|\d)")


def fact(text: str, citation: Citation, *values: str, key: bool = True) -> Fact:
    """A fact that vouches for the numbers and the inline code of its sentence, and for ``values``."""
    inside = {code or number for code, number in _VALUE.findall(text)}
    return Fact(text, citation, frozenset({*inside, *values}), key)


def page(path: str, **query: object) -> str:
    """A path of the UI with its search parameters."""
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


def event_page(event_id: str) -> str:
    """The page of an event."""
    return f"/events/{url_quote(event_id, safe='')}"


def of_decision(decided: DecidedEvent, label: str = "Decision") -> Citation:
    """The decision as a whole."""
    return Citation(CitationKind.DECISION, label, event_id=decided.event_id, url=event_page(decided.event_id))


def of_candidate(decided: DecidedEvent, class_uid: int, name: str) -> Citation:
    """One candidate of a decision."""
    return Citation(
        CitationKind.CANDIDATE,
        name,
        event_id=decided.event_id,
        class_uid=class_uid,
        url=event_page(decided.event_id),
    )


def of_span(decided: DecidedEvent, path: str, spans: Iterable[Span]) -> Citation:
    """Places in the raw log."""
    return Citation(
        CitationKind.SPAN,
        plain(path, _LABEL),
        event_id=decided.event_id,
        spans=tuple(dict.fromkeys((int(a), int(b)) for a, b in spans))[:_MOST_SPANS],
        path=path,
        url=event_page(decided.event_id),
    )


def of_chunk(
    chunk_id: str, title: str, decided: DecidedEvent | None = None, spans: Sequence[Span] = (), path: str | None = None
) -> Citation:
    """A guide, an example or a class of the knowledge base, with the places in the event that it speaks of."""
    url = (
        page(event_page(decided.event_id), chunk=chunk_id)
        if decided is not None
        else page("/knowledge", chunk=chunk_id)
    )
    return Citation(
        CitationKind.CHUNK,
        plain(title, _LABEL),
        event_id=decided.event_id if decided is not None else None,
        spans=tuple(dict.fromkeys((int(a), int(b)) for a, b in spans))[:_MOST_SPANS],
        path=path,
        chunk_id=chunk_id,
        url=url,
    )


def of_guide(guide: Guide, decided: DecidedEvent | None = None, spans: Sequence[Span] = ()) -> Citation:
    """A guide."""
    return of_chunk(guide.guide_id, guide.title, decided, spans)


def of_class(ocsf_class: OcsfClass, version: str) -> Citation:
    """A class of the taxonomy."""
    chunk_id = f"class:{version}:{ocsf_class.uid}"
    return Citation(
        CitationKind.CLASS,
        ocsf_class.caption,
        chunk_id=chunk_id,
        class_uid=ocsf_class.uid,
        url=page("/knowledge", chunk=chunk_id),
    )


def of_event(decided: DecidedEvent) -> Citation:
    """Another event."""
    return Citation(
        CitationKind.EVENT,
        f"Event of {decided.received_at:%Y-%m-%d %H:%M}",
        event_id=decided.event_id,
        url=event_page(decided.event_id),
    )


def of_review(review: ReviewMade) -> Citation:
    """What a person did."""
    return Citation(
        CitationKind.REVIEW,
        f"Review by {plain(review.reviewer, 30)}",
        event_id=review.event_id,
        url=event_page(review.event_id),
    )


def of_template(template_id: str) -> Citation:
    """All events of a template."""
    return Citation(CitationKind.TEMPLATE, "Template", url=page("/search", q=f"template:{template_id}"))


def of_figure(label: str, url: str) -> Citation:
    """A count, and the page that shows what it counts."""
    return Citation(CitationKind.FIGURE, label, url=url)


def spans_of(item: Mapping[str, Any]) -> tuple[Span, ...]:
    """The spans of an item of a decision's evidence."""
    return tuple((int(a), int(b)) for a, b in item.get("spans", ()))
