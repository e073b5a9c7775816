"""Examples: events whose class a person confirmed, as chunks that move the decisions on their neighbours."""

from __future__ import annotations

from agents.classifier.query import query_tokens
from agents.events import Source, event_words, make_template, parse
from agents.knowledge.base import Chunk, Kind
from agents.ocsf import Taxonomy

_EXCERPT = 2000  # characters of the template that a list of examples can show


def example_chunk(
    raw: str, source: Source, class_uid: int, activity_id: int | None, taxonomy: Taxonomy, *, by: str, product: str = ""
) -> Chunk:
    """The example that an event becomes; one a template, so that a later word on the same kind replaces it.

    Its text is what the event is told as when it is searched for, so that its neighbours find it. ``by`` says who
    confirmed it; ``product`` lets an evaluation hide it with everything else of its product.

    Raises:
        KeyError: the taxonomy has no class ``class_uid``.
    """
    event = parse(raw, source)
    template = make_template(event)
    ocsf_class = taxonomy[class_uid]
    activity = ocsf_class.activities.get(activity_id) if activity_id is not None else None
    return Chunk(
        chunk_id=f"example:{template.template_id}",
        kind=Kind.EXAMPLE,
        title=f"{ocsf_class.caption}{f': {activity.caption}' if activity else ''}",
        text=event_words(event, template),
        ocsf_version=taxonomy.version,
        class_uid=class_uid,
        activity_id=activity_id,
        tokens=query_tokens(event, template),
        metadata={
            "template_id": template.template_id,
            "by": by,
            "product": product,
            "excerpt": template.text[:_EXCERPT],
        },
    )
