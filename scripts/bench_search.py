"""Measures what the pages queue, search, dashboard and event ask of a store with a million events.

``python scripts/bench_search.py FOLDER [--rows N] [--times N] [--only WORD]`` fills an embedded store in FOLDER (a
scratch folder, kept for the next run) and prints p50 and p95 in milliseconds; ``--times 0`` only fills.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.storage.clickhouse import ClickHouse, open_clickhouse
from app.storage.decisions import DecisionRepository
from app.storage.distribution import DistributionRepository
from app.storage.events import EventRepository
from app.storage.migrate import migrate
from app.storage.queue import QueueFilter, QueueRepository
from app.storage.review_batches import ReviewBatchRepository
from app.storage.reviews import ReviewRepository
from app.storage.search import SearchRepository, compile_query
from app.storage.stats import GROUPS, StatsRepository

START = datetime(2026, 11, 16, tzinfo=UTC)
END = START + timedelta(days=7)
FACETS = ["status", "class_uid", "vendor", "product", "host", "format", "decided_by"]
QUERIES = (
    "", "status:needs_review", "confidence:<0.01", "failed root", "accep*", "-failed -product:ASA",
    "action:deny product:PAN-OS", "src_ip:10.7.*", "src_port:[80 TO 1100]", "class:authentication OR degraded:model",
    "host:host7 status:auto", "nosuchword",
)  # fmt: skip
Query = tuple[str, Callable[[], object]]


def fill(clickhouse: ClickHouse, rows: int) -> None:
    """Events and their decisions, written by the engine itself."""
    here = Path(__file__).parent
    events, decisions = ((here / f"search_{name}.sql").read_text() for name in ("events", "decisions"))
    step = 50_000
    for start in range(0, rows, step):
        values = {"start": start, "step": min(step, rows - start), "total": rows, "start_at": f"{START:%F %T}"}
        command(clickhouse, events, values)
    for hour in range(0, 168, 8):
        span = {"a": START + timedelta(hours=hour), "b": START + timedelta(hours=hour + 8)}
        command(clickhouse, decisions, span)


def command(clickhouse: ClickHouse, sql: str, values: dict[str, object]) -> None:
    """One statement with parameters."""
    with clickhouse._client() as client:  # the only user of parameters in a statement that returns nothing
        client.command(sql, parameters=values)


def settle(clickhouse: ClickHouse) -> None:
    """Waits until the engine merges no more, as it would have long done while a million events came in."""
    quiet = 0
    while quiet < 3:
        time.sleep(1)
        quiet = 0 if clickhouse.rows("SELECT 1 FROM system.merges LIMIT 1") else quiet + 1
    for row in clickhouse.rows(
        "SELECT table, count() AS parts, sum(rows) AS n, sum(bytes_on_disk) AS size FROM system.parts "
        "WHERE active AND database = currentDatabase() GROUP BY table HAVING n > 1000 ORDER BY table"
    ):
        print(f"{row['table']:20} {row['n']:>9,} rows {row['parts']:3} parts {row['size'] / 1e6:7.0f} MB")


def measure(name: str, call: Callable[[], object], times: int) -> None:
    """Prints the quantiles of ``times`` calls; the first is not counted."""
    call()
    spent = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        spent.append((time.perf_counter() - started) * 1000)
    spent.sort()
    print(f"{spent[len(spent) // 2]:8.0f} {spent[math.ceil(len(spent) * 0.95) - 1]:8.0f}  {name}", flush=True)


def queue_queries(clickhouse: ClickHouse) -> Iterator[Query]:
    """Those of the queue page."""
    queue, batches = QueueRepository(clickhouse), ReviewBatchRepository(clickhouse)
    first, place = queue.page(QueueFilter(), "uncertain", None, 50)
    yield "queue: 50 least certain", lambda: queue.page(QueueFilter(), "uncertain", None, 50)
    yield "queue: the next 50", lambda: queue.page(QueueFilter(), "uncertain", place, 50)
    yield "queue: newest 100", lambda: queue.page(QueueFilter(), "newest", None, 100)
    yield "queue: count", queue.count
    yield "queue: reviewed today", lambda: batches.count_since(END - timedelta(days=1))
    kinds = {
        "class": QueueFilter(class_uid=4001), "source": QueueFilter(source="Cisco"),
        "template": QueueFilter(template_id=first[0].template_id),
        "age": QueueFilter(before=END - timedelta(days=3)), "reviewer": QueueFilter(reviewer="nobody"),
    }  # fmt: skip
    for name, wanted in kinds.items():
        yield f"queue: by {name}", lambda wanted=wanted: queue.page(wanted, "uncertain", None, 50)
        yield f"queue: count by {name}", lambda wanted=wanted: queue.count(wanted)


def search_queries(clickhouse: ClickHouse) -> Iterator[Query]:
    """Those of the search page: once for a week that is named, as the histogram's brush does."""
    search, spread = SearchRepository(clickhouse), DistributionRepository(clickhouse)
    for q in QUERIES:
        found = compile_query(q, END, since=START, until=END)
        yield f"search: page       {q}", lambda found=found: search.page(found, 200)
        yield f"search: count      {q}", lambda found=found: search.count(found)
        yield f"search: histogram  {q}", lambda found=found: spread.histogram(found, 7200)
        yield f"search: facets     {q}", lambda found=found: spread.facets(found, FACETS, 12)
    everything = compile_query("", END)
    deep = search.page(compile_query("", END, until=START + timedelta(days=2)), 1)[0].place
    yield "search: bounds", search.bounds
    yield "search: page without bounds", lambda: search.page(everything, 200)
    yield "search: page with 3 fields", lambda: search.page(everything, 200, fields=True)
    yield "search: oldest", lambda: search.page(everything, 200, "oldest")
    yield "search: page 700,000 rows deep", lambda: search.page(everything, 200, "newest", deep)
    yield "search: export, first part", lambda: search.page(everything, 2000, fields=True, whole=True)
    yield "search: facet of a field", lambda: spread.facets(everything, ["src_port"], 12)
    yield "search: complete a path", lambda: spread.paths(200)
    yield "search: complete a value", lambda: spread.values("user", "a", 12)


def event_queries(clickhouse: ClickHouse) -> Iterator[Query]:
    """Those of an event's page."""
    search = SearchRepository(clickhouse)
    events, decisions = EventRepository(clickhouse), DecisionRepository(clickhouse)
    found = search.page(compile_query("", END, until=START + timedelta(days=3)), 1)[0]
    source = (found.vendor, found.product)
    yield "event: itself", lambda: events.get(found.event_id)
    yield "event: decisions", lambda: decisions.of_event(found.event_id)
    yield "event: one decision by id", lambda: decisions.get(decisions.of_event(found.event_id)[0].decision_id)
    yield "event: around, same host", lambda: search.around(found.event_id, found.received_at, found.host, source, 10)
    yield "event: around, same source", lambda: search.around(found.event_id, found.received_at, "", source, 10)
    yield "event: of its template", lambda: search.count_of_template(found.template_id)
    yield "event: reviews of its template", lambda: ReviewRepository(clickhouse).batches_of_template(found.template_id)


def dashboard_queries(clickhouse: ClickHouse) -> Iterator[Query]:
    """Those of the dashboard."""
    stats = StatsRepository(clickhouse)
    week = compile_query("", END, since=START, until=END)
    day = compile_query("", END, since=END - timedelta(days=1), until=END)
    for name, found in (("week", week), ("day", day)):
        yield f"dashboard: summary {name}", lambda found=found: stats.summary(found)
        yield f"dashboard: sources {name}", lambda found=found: stats.sources(found, 100)
        yield f"dashboard: latency {name}", lambda found=found: stats.latency(found)
        yield f"dashboard: confidence {name}", lambda found=found: stats.confidence(found, 20)
        yield f"dashboard: overrides {name}", lambda found=found: stats.overrides(found, 86_400, 12)
        for by in GROUPS:
            yield f"dashboard: timeseries {by} {name}", lambda found=found, by=by: stats.series(found, by, 7200, 12)
    yield "dashboard: backlog", lambda: stats.backlog_ages(compile_query("", END), END, (0, 3600, 86_400))
    yield "dashboard: backlog over time", lambda: stats.backlog_changes(START, END, 7200)


def main() -> None:
    """Fill where needed, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    clickhouse = open_clickhouse(None, args.folder)
    migrate(clickhouse)
    if not clickhouse.rows("SELECT 1 FROM events LIMIT 1"):
        fill(clickhouse, args.rows)
    if args.times:
        settle(clickhouse)
        print("     p50      p95  milliseconds")
        for queries in (queue_queries, search_queries, event_queries, dashboard_queries):
            for name, call in queries(clickhouse):
                if args.only in name:
                    measure(name, call, args.times)
    clickhouse.close()


if __name__ == "__main__":
    main()
