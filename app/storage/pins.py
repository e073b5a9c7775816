"""Pins: the class that a review fixed for a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.storage.clickhouse import ClickHouse
from app.storage.events import canonical_id, stored_time

PIN_COLUMNS = {
    "template_id": "String",
    "revision": "UInt64",
    "review_id": "UUID",
    "class_uid": "UInt32",
    "activity_id": "UInt32",
    "status": "LowCardinality(String)",
    "active": "Bool",
    "set_at": "DateTime64(3, 'UTC')",
}


@dataclass(frozen=True, slots=True)
class StoredPin:
    """The pin of a template and the review that set it; ``status`` is ``confirmed`` or ``overridden``.

    ``revision`` counts up over all pins; a pin that was taken back is not ``active``.
    """

    template_id: str
    review_id: str
    class_uid: int
    activity_id: int
    status: str
    set_at: datetime
    revision: int = 0
    active: bool = True


class PinRepository:
    """The table of pins."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def insert(self, pins: Sequence[StoredPin]) -> None:
        """Write pins in one insert, so that all of them hold or none does.

        Raises:
            StorageRejectedError, StorageError, StorageUnavailableError
        """
        rows = [
            (
                pin.template_id, pin.revision, canonical_id(pin.review_id), pin.class_uid, pin.activity_id, pin.status,
                pin.active, stored_time(pin.set_at),
            )
            for pin in pins
        ]  # fmt: skip
        self._clickhouse.insert("pins", PIN_COLUMNS, rows)

    def since(self, revision: int) -> list[StoredPin]:
        """Pins with a higher revision, taken back ones too, by rising revision."""
        rows = self._clickhouse.rows(
            "SELECT * FROM pins FINAL WHERE revision > {revision:UInt64} ORDER BY revision", {"revision": revision}
        )
        return [
            StoredPin(
                template_id=row["template_id"],
                review_id=str(row["review_id"]),
                class_uid=row["class_uid"],
                activity_id=row["activity_id"],
                status=row["status"],
                set_at=row["set_at"],
                revision=row["revision"],
                active=row["active"],
            )
            for row in rows
        ]
