"""What is true in a world: everything that an answer about an event may say, and the names that questions refer to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import ocsf_json_schema
import orjson

from agents.chat.base import ChatData, Citation, NotAllowedError
from agents.classifier import load_ranker
from agents.events import Source, parse, printable
from agents.knowledge.base import Chunk
from agents.ocsf import OcsfClass
from agents.ocsf.taxonomy import plain_text
from app.storage.decisions import StoredDecision
from evals.chat.checker import Truth
from evals.chat.suite import ReviewCase
from evals.chat.world import Placed, World

_WEEK = timedelta(days=7)
_CANDIDATES = ("first", "second", "third")
_STATUSES = ("auto", "needs_review", "confirmed", "overridden")


class Truths:
    """Finds what is true of the events, classes and chunks of a world; kept once it was found."""

    def __init__(self, world: World, data: ChatData) -> None:
        self._world = world
        self._data = data
        self._by_id = {placed.event_id: placed for placed in world.placed}
        self._kept: dict[str, Truth] = {}
        self._names: dict[str, dict[str, Any]] = {}
        self._decisions: dict[str, StoredDecision] = {}

    def forget(self) -> None:
        """Look anew: the world has changed."""
        self._kept.clear()
        self._names.clear()
        self._decisions.clear()
        self._by_id = {placed.event_id: placed for placed in self._world.placed}

    def note(self, placed: Placed) -> None:
        """Know one more event."""
        self._by_id[placed.event_id] = placed

    # -- what may be said

    def base(self, event_id: str | None) -> Truth:
        """Everything that is true beside an event: itself, its classes, its guides, its history, its source."""
        if event_id is None:
            return Truth(figures=frozenset({float(len(self._world.services.taxonomy.classes))}))
        if event_id not in self._kept:
            self._kept[event_id] = self._beside(event_id)
        return self._kept[event_id]

    def cited(self, citation: Citation) -> Truth | None:
        """What a citation opens; ``None`` when it opens nothing that there is."""
        services, truth, opened = self._world.services, Truth(), False
        if citation.event_id is not None:
            placed = self._by_id.get(citation.event_id)
            if placed is None or not all(0 <= a < b <= len(placed.raw) for a, b in citation.spans):
                return None
            truth, opened = truth + self.base(citation.event_id), True
        if citation.chunk_id is not None:
            chunks = list(services.knowledge.get([citation.chunk_id]))
            chunks += [c for c in self._data.chunks([citation.chunk_id]) if not chunks]
            if not chunks:
                return None
            truth, opened = truth + self._chunk(chunks[0]), True
        if citation.class_uid is not None:
            if citation.class_uid not in services.taxonomy:
                return None
            truth, opened = truth + class_truth(services.taxonomy[citation.class_uid]), True
        if citation.url is not None:
            if not citation.url.startswith("/") or citation.url.startswith("//"):
                return None
            opened = True
        return truth if opened else None

    def _beside(self, event_id: str) -> Truth:
        services, placed = self._world.services, self._by_id[event_id]
        versions = services.store.decisions_of(event_id)
        latest = versions[-1]
        truth = event_truth(placed) + Truth(figures=frozenset({float(len(versions))}))
        for version in versions:
            truth = truth + decision_truth(version)
            wanted = [item["chunk_id"] for item in version.document["evidence"]]
            wanted += [chunk_id for c in version.document["candidates"] for chunk_id in c["evidence"]]
            chunks = services.knowledge.get(list(dict.fromkeys(wanted)))
            for chunk in chunks:
                truth = truth + self._chunk(chunk)
        for uid in {c["class_uid"] for v in versions for c in v.document["candidates"]} | {
            v.class_uid for v in versions
        }:
            truth = truth + class_truth(services.taxonomy[uid])
        truth = truth + self._template(latest.template_id) + self._week(placed) + self._reviews(latest.template_id)
        ranker = load_ranker()
        likelihood = {0.95, 0.975, ranker.abstain_below, ranker.set_threshold, ranker.set_coverage}
        return truth + Truth(shares=frozenset(likelihood)) + self._similar(event_id)

    def _similar(self, event_id: str) -> Truth:
        """Events that the knowledge base finds near: how near, what they are, who decided."""
        truth = Truth()
        try:
            found = list(self._data.similar(event_id, 10))
        except NotAllowedError:
            return truth
        for other, similarity, reviewer in found:
            decision = other.decision
            truth = truth + Truth(
                texts=(other.event_id, f"{other.vendor} {other.product}", other.vendor, other.product),
                shares=frozenset({similarity, float(decision["confidence"])}),
                captions=frozenset({decision["class_name"]}),
                decided=frozenset({decision["class_name"]}),
                people=frozenset({reviewer} - {""}),
                days=frozenset({other.received_at.date()}),
            )
        return truth + Truth(figures=frozenset(float(n) for n in range(2, len(found) + 1)))

    def _chunk(self, chunk: Chunk) -> Truth:
        texts = (chunk.chunk_id, chunk.title, chunk.text, *_strings(chunk.metadata))
        truth = Truth(texts=texts, days=frozenset(_days(" ".join(texts))))
        if chunk.class_uid is not None and chunk.class_uid in self._world.services.taxonomy:
            truth = truth + class_truth(self._world.services.taxonomy[chunk.class_uid])
        captions = {c.caption for c in self._world.services.taxonomy.classes.values() if c.caption in " ".join(texts)}
        return truth + Truth(captions=frozenset(captions), figures=frozenset(_small_numbers(chunk.title, chunk.text)))

    def _template(self, template_id: str) -> Truth:
        of_template = self._of_template(template_id)
        classes = Counter(self._decision(p.event_id).class_name for p in of_template)
        figures = {float(len(of_template)), float(max(0, len(of_template) - 1)), *map(float, classes.values())}
        pin = self._world.services.pins.of(template_id)
        moments = {p.received_at.date() for p in of_template}
        return Truth(
            texts=(template_id, *(p.received_at.isoformat(timespec="milliseconds") for p in of_template)),
            figures=frozenset(figures),
            shares=frozenset(count / len(of_template) for count in classes.values()),
            captions=frozenset(classes), decided=frozenset(classes), days=frozenset(moments),
            people=frozenset() if pin is None else frozenset(self._pinned_by(template_id)),
        )  # fmt: skip

    def _week(self, placed: Placed) -> Truth:
        week = self.week(placed)
        figures = {float(v) for v in week.values() if isinstance(v, (int, float))}
        figures |= {abs(float(week["events"] - week["before"]))}
        classes = {name for key in ("classes", "classes_before") for name in week[key]}
        figures |= {float(n) for key in ("classes", "classes_before") for n in week[key].values()}
        shares = {week["events"] / week["before"] - 1} if week["before"] else set()
        shares = {abs(s) for s in shares} | {week["needs_review"] / week["events"] if week["events"] else 0.0}
        return Truth(
            texts=(placed.vendor, placed.product, f"{placed.vendor} {placed.product}"),
            figures=frozenset(figures | {7.0, 14.0}), shares=frozenset(shares), captions=frozenset(classes),
            decided=frozenset(classes), days=frozenset({self._world.now.date(), (self._world.now - _WEEK).date()}),
        )  # fmt: skip

    def _reviews(self, template_id: str) -> Truth:
        truth = Truth()
        reviews = self._world.services.reviews.loop.of_template(template_id)
        for review in reviews:
            texts = tuple(_strings(review))
            named = {c.caption for c in self._world.services.taxonomy.classes.values() if c.caption in texts}
            truth = truth + Truth(
                texts=texts, captions=frozenset(named), decided=frozenset(named),
                days=frozenset(_days(" ".join(texts))), people=frozenset({review["reviewer"]}),
            )  # fmt: skip
        return truth + Truth(figures=frozenset({float(len(reviews))}))

    def _pinned_by(self, template_id: str) -> list[str]:
        return [
            r["reviewer"] for r in self._world.services.reviews.loop.of_template(template_id) if not r.get("undone_at")
        ]

    def _of_its_template(self, template_id: str) -> tuple[ReviewCase, ...]:
        """The reviews that were made of a whole template."""
        return tuple(
            review
            for name, made in self._world.reviews.items()
            for review in made
            if review.of == "template" and self._decision(self._world.named[name].event_id).template_id == template_id
        )

    def _of_template(self, template_id: str) -> list[Placed]:
        return [p for p in self._by_id.values() if self._decision(p.event_id).template_id == template_id]

    # -- what questions refer to

    def week(self, placed: Placed) -> dict[str, Any]:
        """The figures of an event's source in the last seven days and in those before, counted one by one."""
        now = datetime.now(UTC)
        source = [p for p in self._by_id.values() if (p.vendor, p.product) == (placed.vendor, placed.product)]
        this = [p for p in source if now - p.received_at <= _WEEK]
        before = [p for p in source if _WEEK < now - p.received_at <= 2 * _WEEK]

        def status(events: list[Placed], wanted: str) -> int:
            return sum(self._decision(p.event_id).status == wanted for p in events)

        def templates(events: list[Placed]) -> set[str]:
            return {self._decision(p.event_id).template_id for p in events}

        return {
            "events": len(this), "before": len(before),
            "needs_review": status(this, "needs_review"), "needs_review_before": status(before, "needs_review"),
            "overridden": status(this, "overridden"), "overridden_before": status(before, "overridden"),
            "new_templates": len(templates(this) - templates([p for p in source if p not in this])),
            "templates": len(templates(this)),
            "classes": dict(Counter(self._decision(p.event_id).class_name for p in this)),
            "classes_before": dict(Counter(self._decision(p.event_id).class_name for p in before)),
        }  # fmt: skip

    def names(self, name: str) -> dict[str, Any]:
        """The values that facts may refer to for an event of the suite (``class``, ``guide``, ``facts.ip`` ...)."""
        if name not in self._names:
            self._names[name] = self._find_names(name)
        return self._names[name]

    def _decision(self, event_id: str) -> StoredDecision:
        if event_id not in self._decisions:
            self._decisions[event_id] = self._world.decision(event_id)
        return self._decisions[event_id]

    def _find_names(self, name: str) -> dict[str, Any]:
        services, placed = self._world.services, self._world.named[name]
        versions = services.store.decisions_of(placed.event_id)
        latest = versions[-1]
        own, case = latest.document, self._world.cases.get(name)
        ocsf_class = services.taxonomy[latest.class_uid]
        activity = ocsf_class.activities.get(latest.activity_id)
        found: dict[str, Any] = {
            "class": latest.class_name, "class_uid": latest.class_uid, "category": own["category_name"],
            "activity": own["activity_name"], "activity.meaning": _beginning(activity.description if activity else ""),
            "class.meaning": _beginning(ocsf_class.description), "confidence": latest.confidence,
            "status": latest.status, "decided_by": latest.decided_by,
        }  # fmt: skip
        # The candidates are those that were weighed, which a pin or a review does not repeat.
        weighed = max((v.document["candidates"] for v in versions), key=len)
        ranked = sorted(weighed, key=lambda c: -c["probability"])
        for place, candidate in zip(_CANDIDATES, ranked, strict=False):
            found |= {place: candidate["class_name"], f"{place}.probability": candidate["probability"]}
        if len(ranked) > 1:
            found["margin"] = ranked[0]["probability"] - ranked[1]["probability"]
        guides = [i["title"] for i in own["evidence"] if i["kind"] == "guide" and i["score"] >= 1]
        if guides:
            found["guide"] = guides[0]
        if case is not None:
            found |= {f"facts.{key}": value for key, value in case.facts.items()} | {"secret": case.secret}
        of_template = sorted(p.received_at for p in self._of_template(latest.template_id))
        found |= {
            "template.events": len(of_template), "template.first": of_template[0].date(),
            "template.last": of_template[-1].date(),
        }  # fmt: skip
        for key, value in self.week(placed).items():
            found[f"week.{key}"] = value
        reviews = self._world.reviews.get(name, ()) or self._of_its_template(latest.template_id)
        if reviews:
            last = reviews[-1]
            found |= {
                "reviewer": last.by, "review.note": last.note, "review.after": latest.class_name,
                "review.before": versions[0].class_name, "template.pinned_by": last.by,
            }  # fmt: skip
        return found


def event_truth(placed: Placed) -> Truth:
    """What a log says: its text, and its fields with their paths."""
    event = parse(placed.raw, Source(placed.vendor, placed.product))
    fields: dict[str, frozenset[str]] = {}
    for found in event.fields:
        for path in {found.path, found.name}:
            fields[path] = fields.get(path, frozenset()) | {found.value}
    day = placed.received_at.date()
    texts = (printable(placed.raw), event.message, placed.event_id, *(f.value for f in event.fields))
    texts += (placed.received_at.isoformat(timespec="milliseconds"), placed.received_at.strftime("%Y-%m-%d %H:%M:%S"))
    return Truth(texts=texts, fields=fields, days=frozenset({day, *_days(placed.raw)}))


def decision_truth(decision: StoredDecision) -> Truth:
    """What one version of a decision says, and what follows from it by reckoning."""
    document = decision.document
    probabilities = sorted((float(c["probability"]) for c in document["candidates"]), reverse=True)
    shares = {float(document["confidence"]), *probabilities}
    shares |= {first - other for n, first in enumerate(probabilities) for other in probabilities[n + 1 :]}
    shares |= {float(document["confidence"]) - p for p in probabilities} | {1 - float(document["confidence"])}
    shares |= {float(c["llm_score"]) for c in document["candidates"] if c.get("llm_score") is not None}
    shares |= {float(item["score"]) for item in document["evidence"]}
    items = document["evidence"]
    counts = {len(probabilities), len(items), len(document.get("prediction_set", ()))}
    counts |= set(Counter(item["kind"] for item in items).values()) | {len(item["spans"]) for item in items}
    counts |= {document["class_uid"], document["activity_id"], document["type_uid"], document["category_uid"]}
    counts |= {c["class_uid"] for c in document["candidates"]} | {decision.version}
    # Shares told as so many in a hundred or in ten thousand, and times in milliseconds.
    counts |= {round(whole * share) for share in shares for whole in (100, 10_000)} | {20, 100, 10_000}
    counts |= {round(ms, digits) for ms in document["latency_ms"].values() for digits in (0, 1, 2)}
    captions = {document["class_name"], *(c["class_name"] for c in document["candidates"])}
    texts = (orjson.dumps(dict(document)).decode(), *_strings(document), *_STATUSES)
    people = {str(document[key]) for key in ("reviewer",) if document.get(key)}
    return Truth(
        texts=texts, figures=frozenset(float(abs(n)) for n in counts), shares=frozenset(abs(s) for s in shares),
        captions=frozenset(captions), decided=frozenset({document["class_name"]}),
        days=frozenset({decision.decided_at.date(), *_days(document["rationale"])}), people=frozenset(people),
    )  # fmt: skip


_CLASSES: dict[int, Truth] = {}


def class_truth(ocsf_class: OcsfClass) -> Truth:
    """What the taxonomy says of a class: its texts, uids, activities and attributes; it may be named."""
    if ocsf_class.uid not in _CLASSES:
        _CLASSES[ocsf_class.uid] = _class_truth(ocsf_class)
    return _CLASSES[ocsf_class.uid]


def _class_truth(ocsf_class: OcsfClass) -> Truth:
    texts = [ocsf_class.caption, ocsf_class.name, ocsf_class.description, ocsf_class.category_name]
    texts += [text for a in ocsf_class.activities.values() for text in (a.caption, a.description)]
    texts += [ocsf_class.deprecation, *_attributes(ocsf_class.name)]
    # Of the activities' ids only that of Other: the others are small numbers, which would vouch for any count.
    other = {a.activity_id for a in ocsf_class.activities.values() if a.caption == "Other"}
    uids = {ocsf_class.uid, ocsf_class.category_uid, len(ocsf_class.activities), *other}
    uids |= {ocsf_class.type_uid(a) for a in ocsf_class.activities}
    mentioned = {c for c in _all_captions() if c in ocsf_class.description or c in ocsf_class.deprecation}
    return Truth(
        texts=tuple(filter(None, texts)), figures=frozenset(map(float, uids)),
        captions=frozenset({ocsf_class.caption, *mentioned}),
    )  # fmt: skip


@cache
def _all_captions() -> frozenset[str]:
    return frozenset(c["caption"] for c in _schema()["classes"].values() if c.get("uid") is not None)


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = ocsf_json_schema.get_ocsf_schema(version="1.8.0")
    return schema


def _attributes(name: str) -> list[str]:
    """Names, captions and descriptions of a class's attributes."""
    attributes = _schema()["classes"].get(name, {}).get("attributes", {})
    return [
        text
        for key, attribute in attributes.items()
        for text in (key, attribute.get("caption", ""), plain_text(attribute.get("description", "")))
    ]


def _strings(value: Any) -> list[str]:
    """Every text in JSON, with the keys."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for key, inner in value.items() for text in (str(key), *_strings(inner))]
    if isinstance(value, (list, tuple)):
        return [text for inner in value for text in _strings(inner)]
    return [] if value is None else [str(value)]


def _days(text: str) -> set[date]:
    found = set()
    for year, month, day in re.findall(r"(\d{4})-(\d\d)-(\d\d)", text):
        try:
            found.add(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return found


def _small_numbers(*texts: str) -> set[float]:
    return {float(n) for text in texts for n in re.findall(r"(?<![\w.])\d{1,9}(?![\w.]\d)", text)}


def _beginning(text: str, words: int = 5) -> str:
    """The first words of a description, which an answer that explains it repeats."""
    return " ".join(text.split()[:words]).rstrip(".,;:")
