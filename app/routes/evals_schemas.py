"""The JSON of ``/api/evals`` as pydantic models."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.routes.schemas import Uid

_Cursor = Field(None, min_length=1, max_length=2000, description="`next_cursor` of the page before.")


class RunsQuery(BaseModel):
    """Which runs."""

    model_config = ConfigDict(extra="forbid")
    suite: str | None = Field(None, max_length=100, description="Only runs of this suite (`run`, `drift` …).")
    limit: int = Field(50, ge=1, le=200, description="Runs on a page.")
    cursor: str | None = _Cursor


class RunPath(BaseModel):
    """The id of a run in the path."""

    run_id: str = Field(max_length=100)


class PredictionsQuery(BaseModel):
    """Which predictions of a run."""

    model_config = ConfigDict(extra="forbid")
    wrong: bool = Field(False, description="Only wrong ones.")
    limit: int = Field(100, ge=1, le=1000, description="Predictions on a page.")
    cursor: str | None = _Cursor


class CompareQuery(BaseModel):
    """The ids of two runs."""

    model_config = ConfigDict(extra="forbid")
    a: str = Field(max_length=100)
    b: str = Field(max_length=100)


class RunOut(BaseModel):
    """An evaluation: on what, by which versions, and its figures with their 95 % intervals."""

    run_id: Uid
    started_at: str
    suite: str
    configuration: str
    data_name: str
    events: int
    versions: dict[str, str]
    figures: dict[str, float]
    intervals: dict[str, tuple[float, float]]


class RunPageOut(BaseModel):
    """One page, newest first; ``next_cursor`` is null on the last."""

    items: list[RunOut]
    next_cursor: str | None


class ConfusionOut(BaseModel):
    """How many events of a class were decided as another, or as itself."""

    class_uid: int
    predicted_class_uid: int
    count: int


class ReliabilityOut(BaseModel):
    """A bin of confidence: its mean, and the share of its events that were right."""

    confidence: float
    accuracy: float
    count: int


class RiskOut(BaseModel):
    """The share of wrong events among those decided, when so large a share of all, the most confident, is decided."""

    coverage: float
    risk: float


class RunDetailOut(RunOut):
    """A run with its tables and curves; classes by uid."""

    by_vendor: dict[str, dict[str, float]]
    by_format: dict[str, dict[str, float]]
    by_class: dict[str, dict[str, float]]
    confusion: list[ConfusionOut]
    reliability: list[ReliabilityOut]
    risk_coverage: list[RiskOut]


class PredictionOut(BaseModel):
    """What a run decided for one event of its data set."""

    id: str
    vendor: str
    product: str
    format: str
    class_uid: int
    predicted_class_uid: int
    activity_id: int | None
    predicted_activity_id: int | None
    correct: bool
    abstained: bool
    asked_model: bool
    confidence: float
    latency_ms: float
    candidates: list[int]


class PredictionPageOut(BaseModel):
    """One page by id; ``next_cursor`` is null on the last."""

    items: list[PredictionOut]
    next_cursor: str | None


class ComparedOut(BaseModel):
    """A figure of both runs, and the 95 % interval of the difference."""

    name: str
    a: float
    b: float
    difference: float
    interval: tuple[float, float] | None
    lower_is_better: bool


class FlipOut(BaseModel):
    """An event that the two runs decided differently."""

    id: str
    vendor: str
    class_uid: int
    a: int
    b: int
    better: bool
    kind: Literal["broken", "fixed", "changed"]


class ComparisonOut(BaseModel):
    """Two runs over the events that both have (``shared``)."""

    a: RunOut
    b: RunOut
    shared: int
    figures: list[ComparedOut]
    flips: list[FlipOut]
