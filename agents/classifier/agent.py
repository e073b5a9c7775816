"""The classifier: one event in, one decision with its evidence out; nine stages, each timed, each able to fail."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import uuid_utils

from agents.classifier.activity import choose_activity, vocabulary_version
from agents.classifier.candidates import Candidate, all_classes, build_candidates, guide_candidates
from agents.classifier.clock import StageClock
from agents.classifier.decision import DecidedBy, Decision, ScoredClass, Status, Versions, with_spans
from agents.classifier.memo import Memo, memo_key
from agents.classifier.model_use import ModelUse
from agents.classifier.options import Options
from agents.classifier.outcome import Outcome, from_memo, to_memo
from agents.classifier.query import build_query, with_words
from agents.classifier.ranker import Ranked, Ranker
from agents.classifier.rationale import explain
from agents.classifier.rerank import Reranker
from agents.classifier.trial import TrialExample
from agents.errors import LogatlasError
from agents.events import HEADERS, TEMPLATE_VERSION, Event, Format, Source, Template, make_template, parse
from agents.knowledge.base import Hit, Kind, KnowledgeBase
from agents.knowledge.catalog import CustomGuides, EventView, Guide, GuideIndex, GuideMatch
from agents.knowledge.embedding import EmbeddingUnavailableError
from agents.ocsf import BASE_EVENT_UID, Taxonomy

log = logging.getLogger(__name__)

MAX_CANDIDATES = 8
_MAX_EVIDENCE = 8
_KNOWN = 0.3  # signals of guides and examples from which on an event counts as known
_UNMARKED = frozenset({Format.TEXT, Format.SYSLOG, Format.KV})


@dataclass(frozen=True, slots=True)
class Pin:
    """The class and activity that a review fixed for a template."""

    class_uid: int
    activity_id: int
    status: Status = Status.CONFIRMED


@dataclass(frozen=True, slots=True)
class Classified:
    """An event as it was read, and the decision on it."""

    event: Event
    decision: Decision


class Classifier:
    """Decides events; safe to share by threads. A part that is down is named in ``degraded``, never raised."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        knowledge: KnowledgeBase,
        ranker: Ranker,
        reranker: Reranker | None,
        memo: Memo | None,
        *,
        guides: Sequence[Guide] = (),
        pins: Callable[[str], Pin | None] = lambda _: None,
        filling: Callable[[], bool] = lambda: False,
        custom_guides: Callable[[], CustomGuides | None] = CustomGuides,
        options: Options | None = None,
    ) -> None:
        """Compose a classifier.

        ``guides`` are matched in process, beside what the knowledge base finds and in its stead while it is down,
        empty, or ``filling`` says that it is being filled for the first time. So are ``custom_guides``, which people
        add and change while this runs; ``None`` says that they cannot be had now.
        """
        self.taxonomy = taxonomy
        self.knowledge = knowledge
        self.ranker = ranker
        self.reranker = reranker
        self.memo = memo
        self.options = options or Options()
        self._guides = GuideIndex(g for g in guides if g.class_uid in taxonomy)
        self._custom_guides = custom_guides
        self._remembers = True
        self._example: TrialExample | None = None
        self._pins = pins
        self._filling = filling
        self._model = ModelUse(reranker)

    def classify(
        self,
        raw: str,
        source: Source | None = None,
        *,
        event_id: str | None = None,
        exclude_products: frozenset[str] = frozenset(),
    ) -> Classified:
        """Decide one raw event. ``event_id`` (UUIDv7) is made when not given."""
        clock = StageClock()
        with clock("parse"):
            event = parse(raw, source or Source())
        with clock("template"):
            template = make_template(event)
        degraded: set[str] = set()
        outcome = self._pinned(template)
        versions = self._versions(degraded)
        custom = self._custom_guides()
        if custom is None:
            degraded.add("knowledge")
            custom = CustomGuides()
        key = self._memo_key(template, versions, custom)
        if outcome is None and self.memo is not None and self.options.use_memo:
            with clock("memo"):
                outcome = from_memo(self.memo.get(key), self.taxonomy)
        if outcome is None:
            outcome, whole = self._decide(event, template, custom, exclude_products, clock, degraded)
            if whole and self.memo is not None and self.options.use_memo and self._remembers:
                with clock("memo"):
                    self.memo.put(key, to_memo(outcome))
        if self._model_wanted() and self._model.is_down:
            degraded.add("model")
        decision = self._decision(event, template, outcome, versions, degraded, event_id, clock)
        return Classified(event, decision)

    def trying(self, custom: CustomGuides, example: TrialExample | None = None) -> Classifier:
        """This classifier with other custom guides, or one example more; it leaves nothing behind in the memo."""
        other = copy.copy(self)
        other._custom_guides = lambda: custom
        other._remembers = False
        if example is not None:
            other._example = example
            # What the memo answers was decided without the example.
            other.options = replace(self.options, use_memo=False)
        return other

    def warm_up(self) -> None:
        """Let the model compute what every event shares; a model that is down is noted, not raised."""
        if self._model_wanted():
            self._model.warm_up()

    def retrieve(
        self, raw: str, source: Source | None = None, *, exclude_products: frozenset[str] = frozenset()
    ) -> list[Hit]:
        """What the knowledge base finds for an event, by falling fused score over all kinds."""
        event = parse(raw, source or Source())
        template = make_template(event)
        hits = with_words(self._retrieve(event, template, exclude_products, set()), self._words_of(event, template))
        return sorted(hits, key=lambda hit: -hit.score)

    # -- stages

    def _pinned(self, template: Template) -> Outcome | None:
        pin = self._pins(template.template_id)
        if pin is None or pin.class_uid not in self.taxonomy:
            return None
        name = self.taxonomy[pin.class_uid].caption
        return Outcome(
            class_uid=pin.class_uid,
            activity_id=pin.activity_id,
            confidence=1.0,
            status=pin.status,
            decided_by=DecidedBy.PIN,
            candidates=(ScoredClass(pin.class_uid, name, 1.0),),
            prediction_set=(pin.class_uid,),
            evidence=(),
            rationale=f"A review fixed {name} for every event of this template.",
        )

    def _decide(
        self,
        event: Event,
        template: Template,
        custom: CustomGuides,
        exclude: frozenset[str],
        clock: StageClock,
        degraded: set[str],
    ) -> tuple[Outcome, bool]:
        """The outcome for a template and whether every part that it needed took part."""
        view = EventView(event)
        if self.options.use_model == "only":
            candidates, known = all_classes(self.taxonomy), True
        else:
            candidates, known = self._candidates(event, template, view, custom, exclude, clock, degraded)
        with clock("rank"):
            ranked = self._rank(candidates)
            if known and self.options.use_model != "only":
                ranked = self._rank([r.candidate for r in ranked[:MAX_CANDIDATES]])
        asked, clock.ms["rerank"] = False, 0.0
        if self._wants_model(ranked, known):
            with clock("rerank"):
                reranked = self._rerank(event, template, ranked, degraded)
            asked = reranked is not None
            ranked = reranked or ranked
        with clock("activity"):
            outcome = self._outcome(event, template, ranked, asked=asked)
        if not known and not asked:  # words alone, without knowledge or model, decide nothing
            outcome = replace(outcome, status=Status.NEEDS_REVIEW)
        return outcome, not degraded

    def _candidates(
        self,
        event: Event,
        template: Template,
        view: EventView,
        custom: CustomGuides,
        exclude: frozenset[str],
        clock: StageClock,
        degraded: set[str],
    ) -> tuple[tuple[Candidate, ...], bool]:
        """Candidates, and whether retrieval found them (if not, only guides matched in process speak)."""
        with clock("retrieve"):
            hits = [] if self._filling() else self._retrieve(event, template, exclude, degraded)
            hits = [_as_held(hit, custom) for hit in hits if hit.chunk.chunk_id not in custom.replaced]
        with clock("candidates"):
            matches = self._matches(view, custom, exclude)
            words = self._words_of(event, template)
            if hits:
                known = {**self._guides.guides, **custom.guides} if custom.guides else self._guides.guides
                hits = with_words(hits, words)
                return build_candidates(hits, matches, view, template.template_id, self.taxonomy, known, words), True
            degraded.add("knowledge")
            return guide_candidates(matches, view, self.taxonomy, words), bool(matches)

    def _matches(self, view: EventView, custom: CustomGuides, exclude: frozenset[str]) -> list[GuideMatch]:
        if not self.options.limits.get(Kind.GUIDE):
            return []
        packaged = (m for m in self._guides.match(view, exclude) if m.guide.guide_id not in custom.replaced)
        return [*packaged, *(m for m in custom.match(view, exclude) if m.guide.class_uid in self.taxonomy)]

    def _words_of(self, event: Event, template: Template) -> Mapping[int, float]:
        model = self.ranker.words
        found = model.log_probabilities(event, template) if model is not None else {}
        return {uid: value for uid, value in found.items() if uid in self.taxonomy}

    def _retrieve(self, event: Event, template: Template, exclude: frozenset[str], degraded: set[str]) -> list[Hit]:
        options = self.options
        query = build_query(
            event,
            template,
            self.taxonomy.version,
            limits=options.limits,
            mode=options.mode,
            exclude_products=exclude,
        )
        try:
            try:
                hits = self.knowledge.search(query)
            except EmbeddingUnavailableError as error:
                log.warning("searching without embeddings: %s", error)
                degraded.add("embeddings")
                query = replace(query, mode="lexical")
                hits = self.knowledge.search(query)
            return hits if self._example is None else self._example.among(query, hits)
        except LogatlasError as error:
            log.warning("deciding without the knowledge base: %s", error)
            degraded.add("knowledge")
            return []

    def _rank(self, candidates: Sequence[Candidate]) -> list[Ranked]:
        if self.options.use_ranker:
            return self.ranker.rank(candidates)
        # Without the ranker: the order of retrieval alone, votes of guides and examples before class ranks.
        scores = [
            c.features["guide_votes"] + c.features["example_votes"] + c.features["class_rank"] + (c.match is not None)
            for c in candidates
        ]
        total = sum(scores) or 1.0
        ranked = [Ranked(c, s / total) for c, s in zip(candidates, scores, strict=True)]
        return sorted(ranked, key=lambda r: (-r.probability, r.candidate.class_uid))

    def _wants_model(self, ranked: Sequence[Ranked], known: bool) -> bool:
        if not self._model_wanted() or not ranked:
            return False
        if self.options.use_model in ("always", "only") or not known:
            return True
        margin = self.options.rerank_margin if self.options.rerank_margin is not None else self.ranker.rerank_margin
        runner_up = ranked[1].probability if len(ranked) > 1 else 0.0
        return ranked[0].probability - runner_up < margin

    def _rerank(
        self, event: Event, template: Template, ranked: Sequence[Ranked], degraded: set[str]
    ) -> list[Ranked] | None:
        scored = self._model.rerank(event, template, [r.candidate for r in ranked], self.options.model_timeout_s)
        if scored is None:
            degraded.add("model")
            return None
        if self.options.use_model == "only":
            by_model = [Ranked(c, c.llm_score or 0.0) for c in scored]
            return sorted(by_model, key=lambda r: (-r.probability, r.candidate.class_uid))
        return self._rank(scored)

    def _outcome(self, event: Event, template: Template, ranked: Sequence[Ranked], *, asked: bool) -> Outcome:
        best = ranked[0] if ranked else Ranked(Candidate(BASE_EVENT_UID, {}), 0.0)
        ocsf_class = self.taxonomy[best.candidate.class_uid]
        shown = ranked[:MAX_CANDIDATES]
        total = sum(r.probability for r in shown) or 1.0
        threshold = self.options.abstain_below if self.options.abstain_below is not None else self.ranker.abstain_below
        return Outcome(
            class_uid=ocsf_class.uid,
            activity_id=choose_activity(ocsf_class, best.candidate.match, event, template, self.ranker.activities),
            confidence=best.probability,
            status=Status.AUTO if best.probability >= threshold and _is_known(event, best) else Status.NEEDS_REVIEW,
            decided_by=DecidedBy.LLM if asked else DecidedBy.RANKER,
            candidates=tuple(
                ScoredClass(
                    r.candidate.class_uid,
                    self.taxonomy[r.candidate.class_uid].caption,
                    r.probability / total,
                    r.candidate.llm_score,
                    tuple(e.chunk_id for e in r.candidate.evidence[:3]),
                )
                for r in shown
            ),
            evidence=best.candidate.evidence[:_MAX_EVIDENCE],
            prediction_set=self.ranker.prediction_set(shown),
            rationale=explain(ocsf_class, best, ranked[1] if len(ranked) > 1 else None, self.taxonomy, asked=asked),
        )

    def _decision(
        self,
        event: Event,
        template: Template,
        outcome: Outcome,
        versions: Versions,
        degraded: set[str],
        event_id: str | None,
        clock: StageClock,
    ) -> Decision:
        ocsf_class = self.taxonomy[outcome.class_uid]
        activity = ocsf_class.activities.get(outcome.activity_id)
        with clock("evidence"):
            evidence = with_spans(event, outcome.evidence)
        return Decision(
            event_id=event_id or str(uuid_utils.uuid7()),
            decision_id=str(uuid_utils.uuid7()),
            decided_at=datetime.now(UTC),
            ocsf_version=self.taxonomy.version,
            category_uid=ocsf_class.category_uid,
            category_name=ocsf_class.category_name,
            class_uid=ocsf_class.uid,
            class_name=ocsf_class.caption,
            activity_id=outcome.activity_id,
            activity_name=activity.caption if activity else "Unknown",
            confidence=outcome.confidence,
            status=outcome.status,
            decided_by=outcome.decided_by,
            template_id=template.template_id,
            candidates=outcome.candidates,
            prediction_set=outcome.prediction_set,
            evidence=evidence,
            rationale=outcome.rationale,
            versions=versions,
            degraded=tuple(sorted(degraded)),
            latency_ms=clock.finish(),
        )

    # -- what an outcome depends on

    def _model_wanted(self) -> bool:
        return self.reranker is not None and self.options.use_model != "never"

    def _memo_key(self, template: Template, versions: Versions, custom: CustomGuides) -> str:
        """All that the outcome for a template depends on: every version, the options, the words of activities.

        The version of the custom guides is a part of its own: they are asked a moment after the knowledge base has
        taken them, and what is decided in between must not be kept.
        """
        named = [str(getattr(versions, name)) for name in versions.__dataclass_fields__]
        return memo_key(template.template_id, [*named, vocabulary_version(), self._options_key(), custom.version])

    def _options_key(self) -> str:
        limits = sorted((str(kind), limit) for kind, limit in self.options.limits.items())
        return repr((limits, replace(self.options, limits={})))

    def _versions(self, degraded: set[str]) -> Versions:
        try:
            knowledge = self.knowledge.version()
        except LogatlasError:
            knowledge = "unavailable"
            degraded.add("knowledge")
        reranker = self.reranker
        return Versions(
            model=reranker.model.name if reranker is not None else "none",
            prompt=reranker.prompt.version if reranker is not None else "none",
            prompt_hash=reranker.prompt.hash if reranker is not None else "",
            knowledge=knowledge,
            ranker=self.ranker.version,
            template=str(TEMPLATE_VERSION),
            taxonomy=self.taxonomy.version,
        )


def _as_held(hit: Hit, custom: CustomGuides) -> Hit:
    """The hit with the class that its custom guide has now, where that is another than the one that was stored."""
    guide = custom.guides.get(hit.chunk.chunk_id)
    if guide is None or guide.class_uid == hit.chunk.class_uid:
        return hit
    return replace(hit, chunk=replace(hit.chunk, class_uid=guide.class_uid, title=guide.title))


def _is_known(event: Event, best: Ranked) -> bool:
    """Whether more speaks for the best class than the words of a free text.

    Whoever can write into a line of which nothing marks where a value ends chooses its words, generic guides
    included: what no guide of a product and no example knows is proposed, never decided. Nor is a header that nothing
    follows.
    """
    signals = best.candidate.features
    known = max(
        signals.get(name, 0.0) for name in ("guide_match", "fallback_match", "example_votes", "example_template")
    )
    if known >= _KNOWN or event.formats[-1] not in _UNMARKED:
        return True
    return not event.message and any(not field.path.startswith(HEADERS) for field in event.fields)
