"""Decisions, every version of them: the row, and the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.storage.clickhouse import ClickHouse
from app.storage.codec import dump, load
from app.storage.errors import StorageRejectedError
from app.storage.events import canonical_id, id_or_none, stored_time

DECISION_COLUMNS = {
    "event_id": "UUID",
    "decision_id": "UUID",
    "version": "UInt32",
    "decided_at": "DateTime64(3, 'UTC')",
    "class_uid": "UInt32",
    "class_name": "LowCardinality(String)",
    "category_uid": "UInt32",
    "activity_id": "UInt32",
    "type_uid": "UInt64",
    "confidence": "Float64",
    "status": "LowCardinality(String)",
    "decided_by": "LowCardinality(String)",
    "template_id": "LowCardinality(String)",
    "degraded": "Array(LowCardinality(String))",
    "ocsf_version": "LowCardinality(String)",
    "model_version": "LowCardinality(String)",
    "prompt_version": "LowCardinality(String)",
    "knowledge_version": "LowCardinality(String)",
    "ranker_version": "LowCardinality(String)",
    "latency_ms": "Float64",
    "stage_ms": "Map(LowCardinality(String), Float64)",
    "document": "String",
}
_BY_ID = "SELECT version, document FROM decisions WHERE decision_id = {id:UUID} LIMIT 1"
_OF_EVENT = """
SELECT version, document FROM decisions WHERE event_id = {id:UUID}
ORDER BY version, decided_at, decision_id LIMIT 1 BY version, decision_id
"""
_LATEST_OF_EVENT = """
SELECT version, document FROM decisions WHERE event_id = {id:UUID}
ORDER BY version DESC, decided_at DESC, decision_id DESC LIMIT 1
"""
_LATEST_WITH_STATUS = """
SELECT version, document FROM decisions
WHERE (event_id, version, decision_id) IN
(
    SELECT event_id, version, decision_id FROM decisions_latest FINAL
    WHERE status = {status:String} ORDER BY confidence, event_id LIMIT {limit:UInt32}
)
ORDER BY confidence, event_id LIMIT 1 BY event_id
"""


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """One version of the decision on one event.

    ``document`` is the decision as it is answered over HTTP, and comes back as it went in; the other attributes
    are taken from it. Versions of one event count up from 1; the highest is the one that holds.
    ``latency_ms`` is the whole time in milliseconds, ``stage_ms`` that of each stage.
    """

    event_id: str
    decision_id: str
    version: int
    decided_at: datetime
    class_uid: int
    class_name: str
    category_uid: int
    activity_id: int
    type_uid: int
    confidence: float
    status: str
    decided_by: str
    template_id: str
    degraded: tuple[str, ...]
    ocsf_version: str
    model_version: str
    prompt_version: str
    knowledge_version: str
    ranker_version: str
    latency_ms: float
    stage_ms: Mapping[str, float]
    document: Mapping[str, Any]

    @classmethod
    def from_document(cls, document: Mapping[str, Any], version: int = 1) -> StoredDecision:
        """The decision of a document; ``decided_at`` in it is an ISO 8601 text with a zone.

        Raises:
            StorageRejectedError: something is missing from the document, or is not what it should be.
        """
        try:
            versions: Mapping[str, Any] = document.get("versions") or {}
            latency: Mapping[str, Any] = document.get("latency_ms") or {}
            stages = {str(stage): float(spent) for stage, spent in latency.items()}
            return cls(
                event_id=canonical_id(document["event_id"]),
                decision_id=canonical_id(document["decision_id"]),
                version=_unsigned(version, 32),
                decided_at=stored_time(datetime.fromisoformat(document["decided_at"])),
                class_uid=_unsigned(document["class_uid"], 32),
                class_name=str(document["class_name"]),
                category_uid=_unsigned(document["category_uid"], 32),
                activity_id=_unsigned(document["activity_id"], 32),
                type_uid=_unsigned(document["type_uid"], 64),
                confidence=float(document["confidence"]),
                status=str(document["status"]),
                decided_by=str(document["decided_by"]),
                template_id=str(document["template_id"]),
                degraded=tuple(str(part) for part in document.get("degraded", ())),
                ocsf_version=str(document["ocsf_version"]),
                model_version=str(versions.get("model") or ""),
                prompt_version=str(versions.get("prompt") or ""),
                knowledge_version=str(versions.get("knowledge") or ""),
                ranker_version=str(versions.get("ranker") or ""),
                latency_ms=stages.pop("total", 0.0),
                stage_ms=stages,
                document=document,
            )
        except KeyError as error:
            raise StorageRejectedError(f"a decision lacks {error}") from None
        except (TypeError, ValueError, AttributeError) as error:
            raise StorageRejectedError(f"a decision is malformed ({type(error).__name__})") from None

    def row(self) -> tuple[object, ...]:
        """The values of ``DECISION_COLUMNS``."""
        return (
            self.event_id, self.decision_id, self.version, self.decided_at, self.class_uid, self.class_name,
            self.category_uid, self.activity_id, self.type_uid, self.confidence, self.status, self.decided_by,
            self.template_id, self.degraded, self.ocsf_version, self.model_version, self.prompt_version,
            self.knowledge_version, self.ranker_version, self.latency_ms, self.stage_ms, dump(self.document),
        )  # fmt: skip


class DecisionRepository:
    """The tables of decisions. A version inserted twice is one version to every reader here."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def insert(self, decisions: Sequence[StoredDecision]) -> None:
        """Write decisions; on return they are found.

        Raises:
            StorageRejectedError, StorageError, StorageUnavailableError
        """
        self._clickhouse.insert("decisions", DECISION_COLUMNS, [decision.row() for decision in decisions])

    def get(self, decision_id: str) -> StoredDecision | None:
        """The decision with this id, ``None`` where there is none or the text is not an id."""
        if (wanted := id_or_none(decision_id)) is None:
            return None
        found = self._read(_BY_ID, {"id": wanted})
        return found[0] if found else None

    def of_event(self, event_id: str) -> list[StoredDecision]:
        """Every version decided on an event, oldest first."""
        wanted = id_or_none(event_id)
        return self._read(_OF_EVENT, {"id": wanted}) if wanted else []

    def latest_of_event(self, event_id: str) -> StoredDecision | None:
        """The version that holds for an event; of equal versions the one decided last."""
        if (wanted := id_or_none(event_id)) is None:
            return None
        found = self._read(_LATEST_OF_EVENT, {"id": wanted})
        return found[0] if found else None

    def latest_with_status(self, status: str, limit: int) -> list[StoredDecision]:
        """The decisions that hold now and have ``status``, least confident first, at most ``limit``."""
        return self._read(_LATEST_WITH_STATUS, {"status": status, "limit": limit})

    def count_by_status(self) -> dict[str, int]:
        """How many events have a decision of each status that holds now."""
        sql = "SELECT status, count() AS n FROM decisions_latest FINAL GROUP BY status ORDER BY status"
        return {row["status"]: int(row["n"]) for row in self._clickhouse.rows(sql)}

    def _read(self, sql: str, parameters: Mapping[str, object]) -> list[StoredDecision]:
        rows = self._clickhouse.rows(sql, parameters)
        return [StoredDecision.from_document(load(row["document"]), row["version"]) for row in rows]


def _unsigned(value: object, bits: int) -> int:
    number = int(value)  # type: ignore[call-overload]
    if not 0 <= number < 1 << bits:
        raise ValueError("out of range")
    return int(number)
