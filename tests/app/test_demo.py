"""The stream of `logatlas demo`: believable, mixed, of now, and the same for the same seed."""

from collections import Counter
from contextlib import nullcontext
from datetime import UTC, datetime
from itertools import islice

from click.testing import CliRunner

from agents.events import Format, parse
from agents.knowledge.catalog import fill, load_catalog
from agents.ocsf import load_taxonomy
from app.commands import demo
from app.demo import demo_stream

TAXONOMY = load_taxonomy("1.8.0")
CATALOG = load_catalog(TAXONOMY)


def demo_events(seed, number):
    return [raw for _, raw in islice(demo_stream(CATALOG, TAXONOMY, seed, lambda: datetime.now(UTC)), number)]


def shapes(seed, number=60):
    return [len(raw) for raw in demo_events(seed, number)]


def test_the_seed_decides_which_events_come():
    assert shapes(1) == shapes(1)
    assert shapes(1) != shapes(2)


def test_many_formats_come_and_busy_sources_most():
    events = demo_events(3, 400)
    formats = Counter(parse(raw).format for raw in events)
    assert {Format.JSON, Format.SYSLOG, Format.XML, Format.KV} <= set(formats)
    assert sum("devname=" in raw for raw in events) > sum("keeper" in raw.lower() for raw in events)


def test_times_are_of_now():
    year = str(datetime.now(UTC).year)
    assert fill("{{iso_time}}", 1, datetime.now(UTC)).startswith(year)
    assert fill("{{iso_time}}", 1, datetime(2031, 5, 4, 3, 2, 1, tzinfo=UTC)).startswith("2031-05-04T03:0")
    assert fill("{{iso_time}}", 1) == fill("{{iso_time}}", 1)


def test_every_event_names_its_source_as_a_shipper_would(monkeypatch):
    sent = []

    class Recorder:
        def classify(self, events):
            sent.extend(events)
            return [{"error": {"message": "only recorded"}} for _ in events]

    monkeypatch.setattr(demo, "open_decider", lambda url, token: nullcontext(Recorder()))
    done = CliRunner().invoke(demo.command, ["--events", "40", "--rate", "100000", "--seed", "3"])
    assert done.exit_code == 0, done.output
    titles = {(guide.vendor, guide.product_title) for guide in CATALOG.guides}
    sources = {(event["source"]["vendor"], event["source"]["product"]) for event in sent}
    assert len(sent) == 40
    assert len(sources) > 10
    assert sources <= titles
