"""Reviews: taken, answered, undone. What they set in motion is done by ``app.reviews.work``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import structlog
import uuid_utils

from agents.ocsf import Taxonomy
from app.errors import ApiError
from app.live import LiveFeed
from app.reviews.asked import Asked, verdicts
from app.reviews.documents import Verdict, by_analyst
from app.reviews.pins import Pins
from app.reviews.shown import effect_json, review_json
from app.reviews.targets import Resolved, Targets, not_found
from app.reviews.work import Work
from app.storage import Store
from app.storage.codec import dump, to_text
from app.storage.decisions import StoredDecision
from app.storage.pins import StoredPin
from app.storage.review_batches import ReviewBatch, changed
from app.storage.reviews import Review

log = structlog.get_logger(__name__)

_REVIEWED = ("confirmed", "overridden")


class ReviewLoop:
    """The analysts' reviews. Safe to share by threads; one review is taken at a time."""

    def __init__(self, store: Store, pins: Pins, work: Work, taxonomy: Taxonomy, live: LiveFeed) -> None:
        self._store = store
        self._pins = pins
        self._work = work
        self._taxonomy = taxonomy
        self._live = live
        self._targets = Targets(store, pins, taxonomy)

    def preview(self, target: Mapping[str, str]) -> dict[str, Any]:
        """``ReviewPreview`` of a target.

        Raises:
            ApiError: as ``Targets.resolve``.
            StorageError, StorageUnavailableError
        """
        return self._targets.preview(self._targets.resolve(target))

    def submit(self, asked: Asked, reviewer: str) -> dict[str, Any]:
        """Take a review: when this returns it is durable, its pins hold, and the rest is under way. ``Review``.

        Raises:
            ApiError: ``conflict`` (409) when somebody else reviewed the event since the analyst saw it (details:
                their ``review`` and the ``decision`` that holds); ``changed`` (409) when the class they saw is no more;
                ``preview_changed`` (409); ``not_found`` (404); ``invalid_request`` (400).
            StorageError, StorageUnavailableError: nothing was taken.
        """
        if asked.preview_token and "event_id" not in asked.target:
            resolved = self._targets.counted(asked.target, asked.preview_token)
        else:
            resolved = self._targets.resolve(asked.target)
        with self._work.lock:
            if resolved.event is not None:
                # Again, now that nobody else can review: what was read before may be what they have just replaced.
                resolved = self._targets.resolve(asked.target)
                assert resolved.event is not None
                seen = self._seen(asked, resolved.event)
                resolved = resolved.as_seen(seen) if seen is not None else resolved
            given = verdicts(asked, resolved, self._taxonomy, self._store)
            batch = self._take(asked, resolved, given, reviewer)
        answer = review_json(batch, self._taxonomy)
        self._live.tell("review", answer)
        self._live.queue_changed()
        self._work.wake()
        return answer

    def undo(self, review_id: str, by: str) -> dict[str, Any]:
        """Take a review back: pins at once, decisions and the example under way. ``Review``.

        Raises:
            ApiError: ``not_found`` (404); ``already_undone``, ``replaced`` (details: the later ``review``) or
                ``failed`` (409).
            StorageError, StorageUnavailableError
        """
        with self._work.lock:
            batch = self._work.current(review_id) or self._store.review_batches.get(review_id)
            if batch is None or batch.phase in ("start", "abandon"):
                raise not_found("review", review_id)
            self._check_undoable(batch)
            batch = self._work.undo(batch, by, datetime.now(UTC))
        answer = review_json(batch, self._taxonomy)
        self._live.tell("review", answer)
        self._live.queue_changed()
        self._work.wake()
        return answer

    def get(self, review_id: str) -> dict[str, Any]:
        """``Review`` by its id.

        Raises:
            ApiError: ``not_found`` (404).
            StorageError, StorageUnavailableError
        """
        batch = self._work.current(review_id) or self._store.review_batches.get(review_id)
        if batch is None:
            raise not_found("review", review_id)
        return review_json(batch, self._taxonomy)

    def page(
        self, *, reviewer: str, since: datetime, until: datetime, place: tuple[datetime, str], limit: int
    ) -> tuple[list[dict[str, Any]], tuple[datetime, str] | None]:
        """Reviews, newest first, and the place where the page ended (``None`` on the last)."""
        found = self._store.review_batches.page(
            reviewer=reviewer, since=since, until=until, place=place, limit=limit + 1
        )
        shown = found[:limit]
        following = (shown[-1].created_at, shown[-1].review_id) if len(found) > limit else None
        return [review_json(batch, self._taxonomy) for batch in shown], following

    def of_template(self, template_id: str) -> list[dict[str, Any]]:
        """The reviews that touched a template, and with it each of its events, oldest first, undone ones too."""
        return self._shown(self._store.reviews.batches_of_template(template_id))

    def effect(self, since: datetime, reviewer: str) -> dict[str, Any]:
        """``ReviewEffect`` of the reviews since a moment; an empty ``reviewer`` is everybody."""
        return effect_json(self._store.review_batches.effect(since, reviewer), self._taxonomy)

    # -- inside

    def _shown(self, review_ids: Sequence[str]) -> list[dict[str, Any]]:
        return [review_json(batch, self._taxonomy) for batch in self._store.review_batches.get_many(review_ids)]

    def _seen(self, asked: Asked, latest: StoredDecision) -> StoredDecision | None:
        """The decision that the analyst saw, where the machine has made another since; ``None`` where it holds.

        Raises:
            ApiError: ``conflict`` or ``changed`` (409) as ``submit``; ``invalid_request`` (400).
        """
        if asked.replace or (asked.decision_id == latest.decision_id and not self._pinned_since(latest)):
            return None
        pin = self._pins.of(latest.template_id)
        if pin is not None or latest.status in _REVIEWED:
            review = self._store.review_batches.get(
                pin.review_id if pin is not None else str(latest.document.get("review_id", ""))
            )
            raise ApiError(
                "conflict", "somebody has reviewed this since you saw it", HTTPStatus.CONFLICT,
                review=None if review is None else review_json(review, self._taxonomy), decision=dict(latest.document),
            )  # fmt: skip
        if asked.decision_id is None:
            return None
        seen = self._store.decision(asked.decision_id)
        if seen is None or seen.event_id != latest.event_id:
            raise ApiError("invalid_request", "decision_id is no decision on this event")
        if seen.class_uid not in self._taxonomy:
            raise ApiError(
                "changed", "the class that you saw is not in the taxonomy any more", HTTPStatus.CONFLICT,
                decision=dict(latest.document),
            )  # fmt: skip
        return seen

    def _pinned_since(self, latest: StoredDecision) -> bool:
        """Whether a pin holds that this decision does not follow yet, because the work on it is under way."""
        pin = self._pins.of(latest.template_id)
        if pin is None:
            return False
        said = (latest.class_uid, latest.activity_id, latest.status)
        return said != (pin.class_uid, pin.activity_id, pin.status)

    def _check_undoable(self, batch: ReviewBatch) -> None:
        if batch.undone_at is not None:
            raise ApiError(
                "already_undone", "this review was undone already", HTTPStatus.CONFLICT,
                review=review_json(batch, self._taxonomy),
            )  # fmt: skip
        if batch.state == "failed":
            raise ApiError("failed", "this review failed and changed nothing", HTTPStatus.CONFLICT)
        for template_id in batch.template_ids:
            pin = self._pins.of(template_id)
            if pin is not None and pin.review_id == batch.review_id:
                continue
            later = self._store.review_batches.get(pin.review_id) if pin is not None else None
            raise ApiError(
                "replaced", "a later review replaced this one; undo that one first", HTTPStatus.CONFLICT,
                review=None if later is None else review_json(later, self._taxonomy), template_id=template_id,
            )  # fmt: skip

    def _take(self, asked: Asked, resolved: Resolved, given: Mapping[str, Verdict], reviewer: str) -> ReviewBatch:
        """Write the review and make its pins hold; whatever fails is taken back."""
        most = Counter[tuple[int, int]]()
        for template in resolved.templates:
            verdict = given[template.template_id]
            most[verdict.class_uid, verdict.activity_id] += template.events
        class_uid, activity_id = most.most_common(1)[0][0]
        now = datetime.now(UTC)
        batch = ReviewBatch(
            review_id=str(uuid_utils.uuid7()),
            created_at=now.replace(microsecond=now.microsecond // 1000 * 1000),
            reviewer=reviewer,
            action=asked.action,
            class_uid=class_uid,
            activity_id=activity_id,
            comment=asked.comment,
            target=asked.target,
            template_ids=tuple(given),
            before_class=resolved.event.class_uid if resolved.event is not None else None,
            total=resolved.events,
        )
        self._store.review_batches.save(batch)
        try:
            self._store.reviews.insert_many(self._words(batch, resolved, given))
            self._pins.set([
                StoredPin(
                    template_id, batch.review_id, verdict.class_uid, verdict.activity_id, verdict.status,
                    batch.created_at,
                )
                for template_id, verdict in given.items()
            ])  # fmt: skip
            if resolved.event is not None:
                after = by_analyst(resolved.event, batch, given[resolved.event.template_id], self._taxonomy)
                self._store.review_batches.note_changes([changed(batch.review_id, resolved.event, after)])
                self._store.decisions.insert([after])
                batch = batch.next(done=1)
            batch = batch.next(phase="speak")
            self._store.review_batches.save(batch)
        except BaseException:
            log.warning("review not taken", review_id=batch.review_id)
            self._work.add(replace(batch, phase="abandon"))
            self._work.wake()
            raise
        self._work.add(batch)
        return batch

    def _words(self, batch: ReviewBatch, resolved: Resolved, given: Mapping[str, Verdict]) -> list[Review]:
        return [
            Review(
                review_id=batch.review_id,
                event_id=template.event_id,
                decision_id=template.decision_id,
                template_id=template.template_id,
                action=batch.action,
                class_uid=given[template.template_id].class_uid,
                activity_id=given[template.template_id].activity_id,
                ocsf_version=self._taxonomy.version,
                comment=batch.comment,
                reviewer=batch.reviewer,
                created_at=batch.created_at,
                pin_before=_pin_json(self._pins.of(template.template_id)),
            )
            for template in resolved.templates
        ]


def _pin_json(pin: StoredPin | None) -> str:
    if pin is None:
        return "null"
    return to_text(dump(asdict(pin) | {"set_at": pin.set_at.isoformat()}))
