"""The JSON of search and statistics as pydantic models; the shapes are those that the workbench reads."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.search.parser import MAX_CHARACTERS

Status = Literal["auto", "needs_review", "confirmed", "overridden"]
_TIME = "ISO 8601 (UTC unless it says otherwise), or relative: now-1h (s, m, h, d, w)."
Columns = Annotated[str, Field("", max_length=4000, description="Names or field paths, with commas between them.")]


class SpanQuery(BaseModel):
    """A span of time: `from` is included, `to` is not. Without `from` everything, without `to` until now."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    since: str | None = Field(None, alias="from", max_length=60, description=_TIME)
    until: str | None = Field(None, alias="to", max_length=60, description=_TIME)


class FoundQuery(SpanQuery):
    """What is searched for."""

    q: str = Field("", max_length=MAX_CHARACTERS, description="Query of the search box; empty: everything.")


class EventsQuery(FoundQuery):
    """A page of events."""

    columns: Columns
    order: Literal["newest", "oldest"] = "newest"
    limit: int = Field(100, ge=1, le=500, description="Events on a page.")
    cursor: str | None = Field(None, min_length=1, max_length=500, description="`next_cursor` of the page before.")


class HistogramQuery(FoundQuery):
    """Counts over time."""

    buckets: int = Field(60, ge=1, le=500, description="About how many steps.")


class FacetsQuery(FoundQuery):
    """Counts by value."""

    fields: str = Field(
        "status,class_uid,vendor,product,host,format,decided_by", max_length=1000,
        description="Names or field paths, with commas between them.",
    )  # fmt: skip
    limit: int = Field(12, ge=1, le=100, description="Values of each.")


class CompletionQuery(BaseModel):
    """What is typed, and where the cursor is in it."""

    model_config = ConfigDict(extra="forbid")
    q: str = Field("", max_length=MAX_CHARACTERS)
    at: int | None = Field(None, ge=0, le=MAX_CHARACTERS, description="Characters before the cursor; empty: all.")


class ExportQuery(FoundQuery):
    """A file of what is shown."""

    format: Literal["jsonl", "csv", "parquet"] = "jsonl"
    columns: Columns
    order: Literal["newest", "oldest"] = "newest"


class SeriesSpanQuery(FoundQuery):
    """Figures over time."""

    buckets: int = Field(60, ge=1, le=500, description="About how many steps.")


class SeriesQuery(SeriesSpanQuery):
    """Counts over time by a property."""

    by: Literal["status", "class", "source", "category", "decided_by", "degraded"] = "status"
    limit: int = Field(12, ge=1, le=50, description="Series; the least frequent are left out.")


class EventRowOut(BaseModel):
    """One event of a list; class and confidence are null until it is decided. `raw` has at most 2,000 characters."""

    event_id: str
    received_at: str
    raw: str
    raw_truncated: bool
    vendor: str
    product: str
    sourcetype: str
    host: str
    format: str
    template_id: str
    class_uid: int | None
    class_name: str
    activity_id: int | None
    activity_name: str
    confidence: float | None
    status: Status | None
    decided_by: Literal["pin", "memo", "ranker", "llm", "analyst"] | None
    fields: dict[str, str]


class EventPageOut(BaseModel):
    """One page; `next_cursor` is null on the last. `total` is a lower bound where it is not exact."""

    items: list[EventRowOut]
    next_cursor: str | None
    total: int
    total_is_exact: bool
    took_ms: float


class BucketOut(BaseModel):
    """One step of time. What is in `count` and not in `by_status` is not decided yet."""

    at: str
    count: int
    by_status: dict[Status, int]


class HistogramOut(BaseModel):
    """Counts over time, steps without events included."""

    model_config = ConfigDict(populate_by_name=True)
    since: str = Field(alias="from")
    until: str = Field(alias="to")
    step_s: int
    buckets: list[BucketOut]


class FacetValueOut(BaseModel):
    """A value, what to show for it, how many events have it, and the term that finds them."""

    value: str
    label: str
    count: int
    q: str


class FacetOut(BaseModel):
    """The most frequent values of a field; `other` events have others."""

    field: str
    values: list[FacetValueOut]
    other: int


class FacetsOut(BaseModel):
    """In the order that was asked for."""

    facets: list[FacetOut]


class SuggestionOut(BaseModel):
    """What may be typed, what it is, and how often it occurs among recent events."""

    text: str
    kind: Literal["field", "value", "operator"]
    about: str
    count: int | None


class CompletionOut(BaseModel):
    """Suggestions, and the half-open range of characters of `q` that one of them replaces."""

    suggestions: list[SuggestionOut]
    replace: tuple[int, int]


class SummaryOut(BaseModel):
    """Totals of a span; `q` has the query behind each number that is a count of events."""

    events: int
    per_second: float
    needs_review: int
    decided_auto: int
    reviewed: int
    memo_hit_rate: float | None
    override_rate: float | None
    oldest_waiting_s: float | None
    degraded: dict[str, int]
    q: dict[str, str]


class SeriesOut(BaseModel):
    """One line of a chart: time and count."""

    key: str
    label: str
    q: str
    points: list[tuple[str, int]]


class TimeSeriesOut(BaseModel):
    """Counts over time."""

    model_config = ConfigDict(populate_by_name=True)
    step_s: int
    since: str = Field(alias="from")
    until: str = Field(alias="to")
    series: list[SeriesOut]


class SourceOut(BaseModel):
    """One source."""

    vendor: str
    product: str
    events: int
    needs_review: int
    overridden: int
    confirmed: int
    mean_confidence: float
    q: str


class SourcesOut(BaseModel):
    """The most frequent first."""

    sources: list[SourceOut]


class ConfidenceBinOut(BaseModel):
    """Decisions with a confidence from `from` to before `to`; the last bin includes 1."""

    model_config = ConfigDict(populate_by_name=True)
    low: float = Field(alias="from")
    high: float = Field(alias="to")
    count: int
    needs_review: int
    q: str


class ConfidenceOut(BaseModel):
    """Bins of equal width over [0, 1]."""

    bins: list[ConfidenceBinOut]


class StageOut(BaseModel):
    """How long a stage took; `q` finds the decisions that took longer than 95 % in all."""

    stage: str
    p50_ms: float
    p95_ms: float
    p99_ms: float
    count: int
    q: str


class LatencyOut(BaseModel):
    """By stage, `total` last."""

    stages: list[StageOut]


class AgeOut(BaseModel):
    """How many events wait for review for at least `older_than_s` seconds."""

    label: str
    older_than_s: int
    count: int
    q: str


class BacklogOut(BaseModel):
    """What waits for review now, by age, and how many waited at each time."""

    total: int
    ages: list[AgeOut]
    series: list[tuple[str, int]]


class OverrideSeriesOut(BaseModel):
    """Share of a source's reviews that changed the class (null without reviews), and how many reviews there were."""

    source: str
    points: list[tuple[str, float | None, int]]
    q: str


class OverridesOut(BaseModel):
    """The most reviewed sources."""

    step_s: int
    series: list[OverrideSeriesOut]


class ActivityOut(BaseModel):
    """One activity of a class."""

    activity_id: int
    caption: str
    description: str


class TaxonomyClassOut(BaseModel):
    """One class."""

    uid: int
    name: str
    caption: str
    description: str
    category_uid: int
    category_name: str
    deprecated: bool
    activities: list[ActivityOut]


class CategoryOut(BaseModel):
    """One category."""

    uid: int
    caption: str
    description: str


class TaxonomyOut(BaseModel):
    """The OCSF version in use."""

    ocsf_version: str
    categories: list[CategoryOut]
    classes: list[TaxonomyClassOut]


class PartStateOut(BaseModel):
    """How one part is, and since when."""

    name: str
    state: Literal["ready", "degraded", "down", "starting"]
    detail: str
    since: str | None


class PartsOut(BaseModel):
    """All parts."""

    parts: list[PartStateOut]
