"""Measures the queue over many decisions, all of them waiting: ``python tests/app/reviews/measure_queue.py [EVENTS]``.

Prints the times of each list in milliseconds (median and slowest of ten), and of re-deciding a template.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.storage.clickhouse import open_clickhouse
from app.storage.migrate import migrate
from app.storage.queue import QueueFilter, QueueRepository
from app.storage.template_events import FIRST_ID, TemplateEvents

EVENTS = """
INSERT INTO events SELECT generateUUIDv7(), now64(3, 'UTC') - toIntervalSecond(number % 604800),
    ['Cisco', 'Microsoft', 'AWS', ''][number % 4 + 1], ['ASA', 'Windows', 'CloudTrail', 'syslog'][number % 4 + 1], '',
    concat('host', toString(number % 50)), 'syslog', hex(sipHash64(number % 20000)), map('n', toString(number)),
    concat('<134>1 host app - event number ', toString(number), ' user=', toString(rand() % 1000))
FROM numbers({n})
"""
DECISIONS = """
INSERT INTO decisions SELECT event_id, generateUUIDv7(), 1, received_at, 3002, 'Authentication', 3, 1, 300201, c,
    'needs_review', 'ranker', template_id, [], '1.8.0', 'm', 'p', 'k', 'r', 5.0, map('parse', 0.1),
    concat('{{"event_id":"', toString(event_id), '","decision_id":"', toString(generateUUIDv7()),
        '","decided_at":"2026-03-01T12:30:45.700Z","ocsf_version":"1.8.0","category_uid":3,"class_uid":3002,',
        '"class_name":"Authentication","activity_id":1,"activity_name":"Logon","type_uid":300201,"confidence":',
        toString(c), ',"status":"needs_review","decided_by":"ranker","template_id":"', template_id,
        '","candidates":[{{"class_uid":3002,"class_name":"Authentication","probability":', toString(c),
        '}},{{"class_uid":6001,"class_name":"Web Resources Activity","probability":', toString((1 - c) / 2), '}}]}}')
FROM (SELECT event_id, received_at, template_id, 0.3 + (rand(1) % 60000) / 100000 AS c FROM events)
"""


def timed(name, call, times=10):
    """Print how long a call takes."""
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        result = call()
        spent.append((time.perf_counter() - start) * 1e3)
    print(f"{name:42} median {statistics.median(spent):8.1f} ms   slowest {max(spent):8.1f} ms", flush=True)
    return result


def main(events: int) -> None:
    """Generate and measure."""
    with tempfile.TemporaryDirectory() as folder:
        clickhouse = open_clickhouse(None, Path(folder) / "clickhouse")
        migrate(clickhouse)
        # What search reads is measured with search.
        for view in ("events_decided_from_events", "events_decided_from_decisions"):
            clickhouse.command(f"DROP VIEW IF EXISTS {view}")
        start = time.perf_counter()
        clickhouse.command(EVENTS.format(n=events) + " SETTINGS max_execution_time = 0")
        clickhouse.command(DECISIONS.format() + " SETTINGS max_execution_time = 0")
        print(f"{events} events with decisions made in {time.perf_counter() - start:.0f} s", flush=True)
        queue, none = QueueRepository(clickhouse), QueueFilter()
        _, following = timed("first page of 50, least certain", lambda: queue.page(none, "uncertain", None, 50))
        timed("second page", lambda: queue.page(none, "uncertain", following, 50))
        timed("first page, newest", lambda: queue.page(none, "newest", None, 50))
        timed("first page of a class", lambda: queue.page(QueueFilter(class_uid=3002), "uncertain", None, 50))
        old = QueueFilter(before=datetime.now(UTC) - timedelta(days=3))
        timed("first page, older than 3 days", lambda: queue.page(old, "uncertain", None, 50))
        timed("first page of a source", lambda: queue.page(QueueFilter(source="Cisco"), "uncertain", None, 50), 5)
        timed("total", lambda: queue.count(none))
        summaries = TemplateEvents(clickhouse)
        template = clickhouse.rows("SELECT template_id FROM events LIMIT 1")[0]["template_id"]
        timed("summary of a template", lambda: summaries.summaries([template]))
        timed("work left of a review", lambda: summaries.out_of_line(FIRST_ID, FIRST_ID, 2000), 5)
        clickhouse.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
