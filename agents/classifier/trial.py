"""An example that is not in the knowledge base, as if it were: what it would change can be seen before it is saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agents.classifier.candidates import UNLIKE
from agents.classifier.query import build_query
from agents.errors import LogatlasError
from agents.events import Event, Template
from agents.knowledge.base import Chunk, Hit, Kind, Query
from agents.knowledge.embedding import Vectors

Embed = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class TrialExample:
    """One example chunk that searches find although it is stored nowhere.

    Its similarity to a query is what the store would tell; how much its words weigh is estimated by the share of the
    query's words that it has. Without ``embed`` (the engine embeds by itself) only events of its own template find it.
    """

    chunk: Chunk
    embed: Embed | None = None

    def concerns(self, event: Event, template: Template) -> bool:
        """Whether it could move the decision on an event: of its template, or near enough to have a vote."""
        if template.template_id == self.chunk.metadata.get("template_id"):
            return True
        likeness = self._likeness(build_query(event, template, self.chunk.ocsf_version))
        return likeness is not None and likeness >= UNLIKE

    def among(self, query: Query, hits: Sequence[Hit]) -> list[Hit]:
        """``hits`` of ``query`` with the example beside them, in the place of the one it would replace."""
        others = [hit for hit in hits if hit.chunk.chunk_id != self.chunk.chunk_id]
        if not query.limits.get(Kind.EXAMPLE):
            return others
        best = max((hit.lexical or 0.0 for hit in others if hit.chunk.kind is Kind.EXAMPLE), default=0.0) or 1.0
        wanted, own = _words(query.text, query.tokens), _words(self.chunk.text, self.chunk.tokens)
        shared = len(wanted & own) / len(wanted) if wanted else 0.0
        found = Hit(self.chunk, score=0.0, rank=1, dense=self._likeness(query), lexical=best * shared)
        return [*others, found]

    def _likeness(self, query: Query) -> float | None:
        if self.embed is None or query.mode == "lexical" or not query.text.strip():
            return None
        try:
            # The chunk is embedded as the store does it, title first.
            asked, told = self.embed([query.text, f"{self.chunk.title}\n{self.chunk.text}"])
        except LogatlasError:
            return None
        return max(-1.0, min(1.0, float(asked @ told)))


def _words(text: str, tokens: Sequence[str]) -> set[str]:
    return {*text.lower().split(), *tokens}
