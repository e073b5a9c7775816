"""What an analyst asks for with a review, and the verdict that follows for each template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from agents.classifier.activity import choose_activity
from agents.events import make_template, parse
from agents.ocsf import OcsfClass, Taxonomy
from app.errors import ApiError
from app.reviews.documents import STATUS, Verdict
from app.reviews.targets import Resolved
from app.storage import Store
from app.storage.reviews import Action
from app.storage.template_events import TemplateSummary

_READ_AT_MOST = 100
"""Templates whose events are read to choose an activity; of more, those of another class than before get Unknown."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A confirm or override as it was sent. ``decision_id`` is the version that the analyst saw."""

    action: Action
    target: Mapping[str, str]
    class_uid: int | None = None
    activity_id: int | None = None
    comment: str = ""
    decision_id: str | None = None
    preview_token: str | None = None
    replace: bool = False


def verdicts(asked: Asked, resolved: Resolved, taxonomy: Taxonomy, store: Store) -> dict[str, Verdict]:
    """What holds for each template after the review.

    A confirm keeps the class and activity of each; an override gives all of them one class, with the activity asked
    for, else the one that the template's newest event speaks of.

    Raises:
        ApiError: ``invalid_request`` (400): no current class, no such activity, or a confirm that changes something.
    """
    status = str(STATUS[asked.action])
    if asked.action == "confirm":
        for template in resolved.templates:
            _check_unchanged(asked, template)
        return {t.template_id: Verdict(t.class_uid, t.activity_id, status) for t in resolved.templates}
    ocsf_class = _wanted_class(asked, taxonomy)
    reading = len(resolved.templates) <= _READ_AT_MOST
    return {
        t.template_id: Verdict(ocsf_class.uid, _activity(asked, ocsf_class, t, store if reading else None), status)
        for t in resolved.templates
    }


def _check_unchanged(asked: Asked, template: TemplateSummary) -> None:
    of_one = "event_id" in asked.target
    if asked.class_uid is not None and asked.class_uid != template.class_uid:
        code = "changed" if of_one else "invalid_request"
        status = HTTPStatus.CONFLICT if of_one else HTTPStatus.BAD_REQUEST
        raise ApiError(
            code, "a confirm keeps the class; send an override to change it", status,
            class_uid=asked.class_uid, template_id=template.template_id, is_class_uid=template.class_uid,
        )  # fmt: skip
    if asked.activity_id is not None and asked.activity_id != template.activity_id:
        raise ApiError(
            "invalid_request", "a confirm keeps the activity; send an override to change it",
            activity_id=asked.activity_id, template_id=template.template_id, is_activity_id=template.activity_id,
        )  # fmt: skip


def _wanted_class(asked: Asked, taxonomy: Taxonomy) -> OcsfClass:
    if asked.class_uid is None:
        raise ApiError("invalid_request", "an override needs class_uid")
    found = taxonomy.classes.get(asked.class_uid)
    if found is None or found.deprecated:
        raise ApiError("invalid_request", "class_uid is no current class of the taxonomy", class_uid=asked.class_uid)
    if asked.activity_id is not None and asked.activity_id not in found.activities:
        raise ApiError(
            "invalid_request", f"{found.caption} has no such activity", activity_id=asked.activity_id,
            activities={str(uid): activity.caption for uid, activity in found.activities.items()},
        )  # fmt: skip
    return found


def _activity(asked: Asked, ocsf_class: OcsfClass, template: TemplateSummary, store: Store | None) -> int:
    if asked.activity_id is not None:
        return asked.activity_id
    if template.class_uid == ocsf_class.uid:
        return template.activity_id
    stored = store.event(template.event_id) if store is not None else None
    if stored is None:
        return 0
    event = parse(stored.raw, stored.source)
    return choose_activity(ocsf_class, None, event, make_template(event))
