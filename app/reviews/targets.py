"""What a review is of: one event, a template, or all that a query finds, resolved to templates and counted first."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from agents.ocsf import Taxonomy
from app.errors import ApiError
from app.reviews.pins import Pins
from app.storage import Store
from app.storage.decisions import StoredDecision
from app.storage.template_events import TemplateSummary
from app.wire import decode_cursor, encode_cursor

MOST_TEMPLATES = 5_000
"""Templates that one review may touch: each becomes an example of its own."""
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Resolved:
    """The templates of a target, each with its newest event; ``event`` is the decision of the one event it names."""

    target: Mapping[str, str]
    templates: tuple[TemplateSummary, ...]
    at: datetime
    event: StoredDecision | None = None

    @property
    def events(self) -> int:
        """How many events the templates have."""
        return sum(template.events for template in self.templates)

    def as_seen(self, seen: StoredDecision) -> Resolved:
        """The same with ``seen``, an earlier decision on the event, for the one that holds: what a person speaks of."""
        assert self.event is not None
        templates = (
            replace(template, class_uid=seen.class_uid, activity_id=seen.activity_id, decision_id=seen.decision_id)
            for template in self.templates
        )
        return replace(self, event=replace(seen, version=self.event.version), templates=tuple(templates))


class Targets:
    """Finds and counts what a review would touch."""

    def __init__(self, store: Store, pins: Pins, taxonomy: Taxonomy) -> None:
        self._store = store
        self._pins = pins
        self._taxonomy = taxonomy

    def resolve(self, target: Mapping[str, str], at: datetime | None = None) -> Resolved:
        """The templates of a target, those of a query as it found them at ``at`` (by default now).

        Raises:
            ApiError: ``not_found`` (404): no such event or template; ``too_many`` (400); a query that cannot be read.
            StorageError, StorageUnavailableError
        """
        at = at or datetime.now(UTC)
        if event_id := target.get("event_id"):
            return self._event(event_id, target, at)
        self._store.flush(timeout=2.0)
        if template_id := target.get("template_id"):
            templates = self._store.template_events.summaries([template_id])
            if not templates:
                raise not_found("template", template_id)
            return Resolved(target, tuple(templates), at)
        return Resolved(target, tuple(self._matching(target, at)), at)

    def preview(self, resolved: Resolved) -> dict[str, Any]:
        """``ReviewPreview``: how many events and templates, what they are today, and the token of this count."""
        ids = [template.template_id for template in resolved.templates]
        counted = self._store.template_events.by_class(ids, resolved.at)
        return {
            "events": sum(found.events for found in counted),
            "templates": len(ids),
            "by_class": [
                {"class_uid": found.class_uid, "class_name": self._name(found.class_uid), "events": found.events}
                for found in counted
            ],
            "token": self._token(resolved),
        }

    def counted(self, target: Mapping[str, str], token: str) -> Resolved:
        """The target as it was counted when ``token`` was given.

        Raises:
            ApiError: ``preview_changed`` (409): other templates or other pins than were counted; the details hold the
                preview of now. Besides, as ``resolve``.
        """
        try:
            at = datetime.fromtimestamp(int(decode_cursor(token).partition(" ")[0]) / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            raise ApiError("invalid_request", "preview_token is not one that a preview gave") from None
        resolved = self.resolve(target, at)
        if self._token(resolved) != token:
            now = self.resolve(target)
            raise ApiError(
                "preview_changed", "what this would touch has changed since it was counted", HTTPStatus.CONFLICT,
                preview=self.preview(now),
            )  # fmt: skip
        return resolved

    def _event(self, event_id: str, target: Mapping[str, str], at: datetime) -> Resolved:
        decision = self._store.latest_decision(event_id)
        if decision is not None and self._store.events.get(event_id) is None:
            # What search reads takes over a version only of an event that is in the tables.
            self._store.flush(timeout=5.0)
        if decision is None:
            raise not_found("decided event", event_id)
        known = self._store.template_events.summaries([decision.template_id])
        events = max(1, known[0].events if known else 0)
        summary = TemplateSummary(
            decision.template_id, events, decision.event_id, decision.decision_id, decision.class_uid,
            decision.activity_id,
        )  # fmt: skip
        return Resolved(target, (summary,), at, decision)

    def _matching(self, target: Mapping[str, str], at: datetime) -> list[TemplateSummary]:
        from app.storage.search import compile_query

        compiled = compile_query(target["q"], at)
        since = _moment(target.get("from"), at) or _EVER
        until = min(_moment(target.get("to"), at) or at, at)
        events = self._store.template_events
        found = events.matching(compiled.where, compiled.parameters, since, until, MOST_TEMPLATES + 1)
        if len(found) > MOST_TEMPLATES:
            raise ApiError(
                "too_many", f"a review may touch at most {MOST_TEMPLATES} templates; narrow the filter",
                limit=MOST_TEMPLATES,
            )  # fmt: skip
        if not found:
            raise ApiError("not_found", "the filter finds no decided event", HTTPStatus.NOT_FOUND)
        return events.summaries(found)

    def _token(self, resolved: Resolved) -> str:
        digest = hashlib.sha256(repr(sorted(resolved.target.items())).encode("utf-8", "surrogatepass"))
        for template in resolved.templates:
            pin = self._pins.of(template.template_id)
            digest.update(f"\x1f{template.template_id}={pin.revision if pin else 0}".encode())
        token = encode_cursor(f"{int(resolved.at.timestamp() * 1000)} {digest.hexdigest()[:32]}")
        assert token is not None
        return token

    def _name(self, class_uid: int) -> str:
        return self._taxonomy[class_uid].caption if class_uid in self._taxonomy else str(class_uid)


def not_found(what: str, name: str) -> ApiError:
    """The error for something that does not exist."""
    return ApiError("not_found", f"there is no {what} with this id", HTTPStatus.NOT_FOUND, id=name)


def _moment(text: str | None, now: datetime) -> datetime | None:
    from app.search.times import parse_time

    return parse_time(text, now) if text else None
