"""The steps of a review's work: each does a part of one phase and says where the next one begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.ocsf import Taxonomy
from app.live import LiveFeed
from app.reviews.documents import Verdict, by_analyst, by_pin, next_version
from app.reviews.learning import Learning
from app.reviews.pins import Pins
from app.storage import StorageUnavailableError, Store
from app.storage.codec import load
from app.storage.decisions import StoredDecision
from app.storage.pins import StoredPin
from app.storage.review_batches import Cause, ReviewBatch, changed
from app.storage.reviews import Review
from app.storage.template_events import FIRST_ID

BATCH = 2_000
"""Events re-decided in one step."""
_WORDS = 200
_EXAMPLES = 20
_AGAIN = 200
LATE_S = 20.0
"""Seconds after which events are looked for that were being decided when the pin came, or went: longer than the model
is waited for."""
SETTLING = ("settle", "undo_settle")

# What comes after each phase, in the order in which the phases of different reviews go.
_AFTER: Mapping[str, str] = {
    "abandon": "undo_events",
    "undo": "undo_events",
    "undo_events": "undo_example",
    "speak": "redecide",
    "redecide": "example",
    "undo_example": "undo_pinned",
    "example": "memo",
    "undo_pinned": "undo_settle",
    "memo": "settle",
    "undo_settle": "finished",
    "settle": "finished",
}
_PARTS = {"example": "knowledge", "undo_example": "knowledge", "memo": "knowledge"}

Lock = AbstractContextManager[object]
Current = Callable[[], bool]
"""Whether the review is still as it was when the step began (it may be undone meanwhile)."""


class Steps:
    """Does one step of one review. A step may be done twice: the second time it finds nothing left to do."""

    def __init__(
        self, store: Store, pins: Pins, learning: Learning, taxonomy: Taxonomy, live: LiveFeed, late_s: float = LATE_S
    ) -> None:
        self._store = store
        self._pins = pins
        self._learning = learning
        self._taxonomy = taxonomy
        self._live = live
        self._late = timedelta(seconds=late_s)
        self._seen: dict[str, set[str]] = {}

    def rank(self, phase: str) -> int:
        """The place of a phase in the order in which reviews are worked on."""
        return list(_AFTER).index(phase)

    def part_of(self, phase: str) -> str:
        """The part that a phase needs besides the store."""
        return _PARTS.get(phase, "store")

    def step(self, batch: ReviewBatch, lock: Lock, current: Current) -> ReviewBatch | None:
        """Do the next part of a review; the review after it, ``None`` where it changed meanwhile.

        Raises:
            LogatlasError: a part is away; the step is to be done again.
        """
        if batch.phase == "abandon":
            return self._abandon(batch, lock)
        if batch.phase == "undo":
            with lock:
                return self.undo_pins(batch) if current() else None
        method = {
            "speak": self._speak, "redecide": self._redecide, "example": self._example, "memo": self._memo,
            "settle": self._settle, "undo_events": self._undo_events, "undo_example": self._undo_example,
            "undo_pinned": self._undo_pinned, "undo_settle": self._undo_pinned,
        }[batch.phase]  # fmt: skip
        return method(batch, lock, current)

    def give_up(self, batch: ReviewBatch) -> ReviewBatch:
        """The review after a step that cannot be done: taken back where its decisions are not all made."""
        if batch.phase in ("speak", "redecide"):
            return replace(batch, phase="abandon", cursor="", state="failed")
        return self._advanced(batch)

    # -- carrying out

    def _speak(self, batch: ReviewBatch, lock: Lock, current: Current) -> ReviewBatch | None:
        """Give the newest event of each template the analyst's decision."""
        words = self._words(batch, _WORDS)
        if not words:
            return self._advanced(batch)
        with lock:
            if not current():
                return None
            latest = self._latest([word.event_id for word in words])
            pairs = [
                (decision, by_analyst(decision, batch, self._verdict(word), self._taxonomy))
                for word in words
                if (decision := latest.get(word.event_id)) is not None
                and decision.document.get("review_id") != batch.review_id
            ]
            self._write(batch, pairs)
        return replace(batch, cursor=words[-1].template_id, done=batch.done + len(pairs))

    def _redecide(self, batch: ReviewBatch, lock: Lock, current: Current) -> ReviewBatch | None:
        """Bring the next past events of the templates in line with their pins."""
        if not batch.cursor:
            self._store.flush()
        with lock:
            if not current():
                return None
            done = self._bring_in_line(batch, batch.cursor or FIRST_ID)
        if done:
            total = max(batch.total, batch.done + len(done))
            return replace(batch, cursor=done[-1].event_id, done=batch.done + len(done), total=total)
        redecided, other_class = self._store.review_batches.count_changes(batch.review_id)
        return self._advanced(batch,
            state="done", done=batch.total, redecided=redecided, agreed_before=max(0, batch.total - other_class),
            agreed_after=batch.total, settle_at=datetime.now(UTC) + self._late,
        )  # fmt: skip

    def _example(self, batch: ReviewBatch, _lock: Lock, _current: Current) -> ReviewBatch | None:
        words = self._words(batch, _EXAMPLES)
        if not words:
            return self._advanced(batch)
        self._learning.learn(batch, words)
        return replace(batch, cursor=words[-1].template_id, degraded=())

    def _memo(self, batch: ReviewBatch, lock: Lock, current: Current) -> ReviewBatch | None:
        """Look again at the templates near the next one that was reviewed."""
        words = self._words(batch, 1)
        seen = self._seen.setdefault(batch.review_id, set())
        if not words:
            self._seen.pop(batch.review_id, None)
            redecided, _ = self._store.review_batches.count_changes(batch.review_id)
            return self._advanced(batch, redecided=redecided)
        for template_id, status, class_uid, activity_id in self._learning.look_again(words[0], seen):
            after = FIRST_ID
            while ids := self._store.template_events.unreviewed(
                template_id, class_uid, activity_id, str(status), after, _AGAIN
            ):
                after = ids[-1]
                if not self._decide_again(batch, ids, lock, current, "memo"):
                    return None
        return replace(
            batch, cursor=words[0].template_id, memo_looked_at=max(batch.memo_looked_at, len(seen)), degraded=()
        )

    def _settle(self, batch: ReviewBatch, lock: Lock, current: Current) -> ReviewBatch | None:
        """Bring events in line that were being decided without the pin when it came."""
        if not self._store.flush():
            raise StorageUnavailableError("events wait in the spool")
        with lock:
            if not current():
                return None
            if self._bring_in_line(batch, FIRST_ID):
                return batch
        redecided, _ = self._store.review_batches.count_changes(batch.review_id)
        return self._advanced(batch, redecided=redecided)

    # -- taking back

    def undo_pins(self, batch: ReviewBatch) -> ReviewBatch:
        """Bring back the pins from before the review and the decision of its one event. The caller holds the lock.

        Raises:
            LogatlasError: the store is away.
        """
        self._seen.pop(batch.review_id, None)
        words = self._store.reviews.of_batch(batch.review_id)
        now = datetime.now(UTC)
        self._pins.set([_pin_before(word, now) for word in words])
        done = 0
        if event_id := batch.target.get("event_id"):
            change = self._store.review_batches.change_of(batch.review_id, event_id)
            done = self._restore(batch, [change]) if change is not None else 0
        return self._advanced(batch, done=done)

    def _abandon(self, batch: ReviewBatch, lock: Lock) -> ReviewBatch:
        with lock:
            return replace(self.undo_pins(batch), state="failed")

    def _undo_events(self, batch: ReviewBatch, lock: Lock, current: Current) -> ReviewBatch | None:
        """Give the next changed events a version that repeats the one from before the review."""
        with lock:
            if not current():
                return None
            changes = self._store.review_batches.changed_events(batch.review_id, batch.cursor or FIRST_ID, BATCH)
            restored = self._restore(batch, changes)
        if changes:
            done = batch.done + restored
            return replace(batch, cursor=changes[-1][0], done=done, total=max(batch.total, done))
        state = "done" if batch.state == "running" else batch.state
        return self._advanced(batch, state=state, done=batch.total)

    def _undo_example(self, batch: ReviewBatch, _lock: Lock, _current: Current) -> ReviewBatch | None:
        words = self._words(batch, _EXAMPLES)
        if not words:
            return self._advanced(batch, settle_at=datetime.now(UTC) + self._late)
        self._learning.forget(batch, words)
        return replace(batch, cursor=words[-1].template_id, degraded=())

    def _undo_pinned(self, batch: ReviewBatch, lock: Lock, current: Current) -> ReviewBatch | None:
        """Decide events anew that came while the pin held or the example spoke, and so have no version from before."""
        if not batch.cursor:
            self._store.flush()
        ids = self._store.template_events.decided_since(
            batch.review_id, batch.template_ids, batch.created_at, batch.cursor or FIRST_ID, _AGAIN
        )
        if not ids:
            return self._advanced(batch)
        return replace(batch, cursor=ids[-1]) if self._decide_again(batch, ids, lock, current, None) else None

    # -- inside

    def _advanced(self, batch: ReviewBatch, **changes: Any) -> ReviewBatch:
        return replace(batch, phase=_AFTER[batch.phase], cursor="", degraded=(), **changes)

    def _words(self, batch: ReviewBatch, limit: int) -> list[Review]:
        """The next words of a review, by template; its cursor is a template."""
        words = self._store.reviews.of_batch(batch.review_id)
        return [word for word in words if word.template_id > batch.cursor][:limit]

    def _verdict(self, word: Review) -> Verdict:
        return Verdict(word.class_uid, word.activity_id, "confirmed" if word.action == "confirm" else "overridden")

    def _latest(self, event_ids: Sequence[str]) -> dict[str, StoredDecision]:
        """The decisions that hold, also of events that are not in the tables yet."""
        found = self._store.template_events.latest(event_ids)
        for event_id in event_ids:
            if event_id not in found and (decision := self._store.latest_decision(event_id)) is not None:
                found[event_id] = decision
        return found

    def _bring_in_line(self, batch: ReviewBatch, after: str) -> list[StoredDecision]:
        pairs = []
        for decision in self._store.template_events.out_of_line(batch.review_id, after, BATCH):
            pin = self._pins.of(decision.template_id)
            if pin is not None:
                verdict = Verdict(pin.class_uid, pin.activity_id, pin.status)
                pairs.append((decision, by_pin(decision, verdict, self._taxonomy)))
        self._write(batch, pairs)
        return [now for _, now in pairs]

    def _decide_again(
        self, batch: ReviewBatch, ids: Sequence[str], lock: Lock, current: Current, cause: Cause | None
    ) -> bool:
        """Decide events anew, outside the lock; what was decided by others meanwhile stands. False: begin again."""
        before = self._latest(ids)
        again = {i: found for i, decision in before.items() if (found := self._learning.decide_again(decision))}
        with lock:
            if not current():
                return False
            now = self._latest(list(again))
            pairs = [
                (before[i], found) for i, found in again.items() if now[i].decision_id == before[i].decision_id
            ]  # fmt: skip
            self._write(batch, pairs, cause)
        return True

    def _restore(self, batch: ReviewBatch, changes: Sequence[tuple[str, int, int]]) -> int:
        """Repeat earlier versions where what the review decided still holds; how many were."""
        latest = self._latest([event_id for event_id, _, _ in changes])
        standing = [
            (event_id, before)
            for event_id, before, after in changes
            if event_id in latest and latest[event_id].version == after
        ]
        earlier = self._store.template_events.versions(standing)
        # The first version of an event may not be in the tables yet.
        for event_id, version in standing:
            if event_id not in earlier:
                found = [d for d in self._store.decisions_of(event_id) if d.version == version]
                earlier |= {event_id: found[-1]} if found else {}
        restored = []
        repeats = []
        for event_id, version in standing:
            if event_id in earlier:
                restored.append(next_version(latest[event_id], earlier[event_id].document))
                repeats.append((event_id, version, restored[-1].version))
        self._store.review_batches.note_restored(batch.review_id, repeats)
        self._store.decisions.insert(restored)
        self._tell(restored)
        return len(restored)

    def _write(
        self,
        batch: ReviewBatch,
        pairs: Sequence[tuple[StoredDecision, StoredDecision]],
        cause: Cause | None = "template",
    ) -> None:
        """Write new versions; what changes is noted first, so that undoing finds whatever was written."""
        if not pairs:
            return
        if cause is not None:
            self._store.review_batches.note_changes([changed(batch.review_id, a, b, cause) for a, b in pairs])
        self._store.decisions.insert([after for _, after in pairs])
        self._tell([after for _, after in pairs])

    def _tell(self, decisions: Sequence[StoredDecision]) -> None:
        if decisions:
            self._live.queue_changed()


def _pin_before(word: Review, now: datetime) -> StoredPin:
    before = load(word.pin_before or "null")
    if before is None:
        return StoredPin(
            word.template_id, word.review_id, word.class_uid, word.activity_id, "", now, active=False
        )  # fmt: skip
    return StoredPin(**{**before, "set_at": datetime.fromisoformat(before["set_at"])})
