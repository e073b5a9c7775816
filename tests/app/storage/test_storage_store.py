import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from clickhouse_http import ClickHouseServer

from app.storage import StorageBusyError, StorageUnavailableError, Store, StoredDecision, StoredEvent, open_store
from app.storage.spool import Record, Spool

MakeEvent = Callable[..., StoredEvent]
MakeDecision = Callable[..., StoredDecision]


def test_what_is_recorded_is_found_at_once_and_after_it_is_stored(
    store: Store, make_event: MakeEvent, make_decision: MakeDecision
) -> None:
    event = make_event(raw="caf\udce9")
    decision = make_decision(event.event_id)
    store.record(event, decision)
    for _ in range(2):
        assert store.event(event.event_id) == event
        assert store.decision(decision.decision_id) == decision
        assert store.decisions_of(event.event_id) == [decision]
        assert store.latest_decision(event.event_id) == decision
        assert store.flush()
        assert store.pending() == 0
    assert store.count_events() == 1


def test_a_batch(store: Store, make_event: MakeEvent, make_decision: MakeDecision) -> None:
    events = [make_event() for _ in range(120)]
    decided = [(event, make_decision(event.event_id)) for event in events]
    store.record_many(decided)
    assert store.flush()
    assert store.count_events() == 120
    assert [store.decisions_of(event.event_id) for event in events[::40]] == [[d] for _, d in decided[::40]]
    assert store.backlog().stored == 120


def test_versions_stored_and_waiting_are_one_history(
    store: Store, make_event: MakeEvent, make_decision: MakeDecision
) -> None:
    event = make_event()
    first = make_decision(event.event_id)
    store.record(event, first)
    store.flush()
    second = make_decision(event.event_id, 2, status="confirmed", decided_by="analyst")
    store.record_decision(second)
    assert store.decisions_of(event.event_id) == [first, second]
    assert store.latest_decision(event.event_id) == second
    assert store.decision(first.decision_id) == first
    store.flush()
    assert store.decisions_of(event.event_id) == [first, second]
    assert store.latest_decision(event.event_id) == second


def test_ids_that_nothing_has(store: Store) -> None:
    for text in ("", "4624", "0199c3f0-0000-7000-8000-000000000000"):
        assert store.event(text) is None
        assert store.decision(text) is None
        assert store.decisions_of(text) == []
        assert store.latest_decision(text) is None
    store.check()


def test_everything_is_there_after_a_restart(
    url: str | None, tmp_path: Path, make_event: MakeEvent, make_decision: MakeDecision
) -> None:
    store = open_store(url, tmp_path)
    event = make_event()
    decision = make_decision(event.event_id)
    store.record(event, decision)
    token_id, secret = store.tokens.create("vector", ["classify"])
    assert store.close()
    store = open_store(url, tmp_path)
    assert store.pending() == 0
    assert store.event(event.event_id) == event
    assert store.decision(decision.decision_id) == decision
    token = store.tokens.verify(secret)
    assert token is not None
    assert token.token_id == token_id
    store.close()


def test_a_second_store_on_the_folder_is_refused(url: str | None, store: Store, tmp_path: Path) -> None:
    with pytest.raises(StorageBusyError, match="in use by process"):
        open_store(url, tmp_path)
    store.check()


def test_the_store_takes_records_while_the_server_is_away(
    server: ClickHouseServer, tmp_path: Path, make_event: MakeEvent, make_decision: MakeDecision
) -> None:
    url = server.url_of("away")
    store = open_store(url, tmp_path)
    server.fail("close")
    event = make_event()
    decision = make_decision(event.event_id)
    store.record(event, decision)
    assert store.event(event.event_id) == event
    assert store.decision(decision.decision_id) == decision
    assert not store.flush(0.5)
    with pytest.raises(StorageUnavailableError):
        store.check()
    assert "does not answer" in store.backlog().last_error
    assert not store.close(0)
    server.fail("")
    store = open_store(url, tmp_path)
    assert store.flush(20)
    assert store.count_events() == 1
    assert store.decisions.get(decision.decision_id) == decision
    store.close()


def test_an_answer_that_got_lost_does_not_double_anything(
    server: ClickHouseServer, tmp_path: Path, make_event: MakeEvent, make_decision: MakeDecision
) -> None:
    store = open_store(server.url_of("doubled"), tmp_path)
    event = make_event()
    decision = make_decision(event.event_id)
    server.fail("lose", times=3)
    store.record(event, decision)
    assert store.flush(20)
    assert store.clickhouse.rows("SELECT count() > 1 AS doubled FROM events") == [{"doubled": 1}]
    assert store.count_events() == 1
    assert store.decisions_of(event.event_id) == [decision]
    assert store.decisions.count_by_status() == {"auto": 1}
    store.close()


def test_a_write_that_the_end_of_the_process_cut_leaves_an_event_with_its_decision_or_neither(
    server: ClickHouseServer, tmp_path: Path, make_event: MakeEvent, make_decision: MakeDecision
) -> None:
    store = open_store(server.url_of("cut"), tmp_path)
    server.fail("close")
    ids = [make_event().event_id for _ in range(3)]
    store.record_many([(make_event(event_id=event_id), make_decision(event_id)) for event_id in ids])
    (segment,) = (tmp_path / "spool").glob("*.log")
    written = segment.read_bytes()
    assert not store.close(0)
    server.fail("")
    found = set()
    for kept in [*range(0, len(written), 97), len(written)]:
        folder = tmp_path / str(kept)
        folder.mkdir()
        (folder / segment.name).write_bytes(written[:kept])
        spool = Spool(folder)
        events = [event_id for event_id in ids if spool.find(f"e:{event_id}")]
        assert events == [event_id for event_id in ids if spool.find(f"v:{event_id}")]
        found.add(len(events))
        spool.close()
    assert found == {0, 1, 2, 3}


def test_what_an_earlier_release_left_in_the_spool_is_found_and_stored(
    url: str | None, tmp_path: Path, make_event: MakeEvent, make_decision: MakeDecision
) -> None:
    event = make_event()
    decision = make_decision(event.event_id)
    spool = Spool(tmp_path / "spool")
    body = {"version": decision.version, "document": dict(decision.document)}
    spool.append([
        Record((f"e:{event.event_id}",), orjson.dumps(event.to_json())),
        Record((f"d:{decision.decision_id}", f"v:{event.event_id}"), orjson.dumps(body)),
    ])  # fmt: skip
    spool.close()
    store = open_store(url, tmp_path)
    assert store.event(event.event_id) == event
    assert store.latest_decision(event.event_id) == decision
    assert store.flush(20)
    assert store.events.get(event.event_id) == event
    assert store.decisions.get(decision.decision_id) == decision
    store.close()


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import orjson, uuid_utils
from app.storage import StoredDecision, StoredEvent, open_store

folder, url, document = Path(sys.argv[1]), sys.argv[2] or None, orjson.loads(sys.argv[3])
store = open_store(url, folder)
while True:
    event_id, decision_id = str(uuid_utils.uuid7()), str(uuid_utils.uuid7())
    event = StoredEvent(event_id, datetime.now(UTC), "raw of " + event_id)
    document |= {"event_id": event_id, "decision_id": decision_id}
    store.record(event, StoredDecision.from_document(document))
    print("kept", event_id, flush=True)
"""


def test_nothing_acknowledged_is_lost_or_doubled_when_the_process_is_killed(
    url: str | None, tmp_path: Path, make_decision: MakeDecision
) -> None:
    document = orjson.dumps(dict(make_decision().document)).decode()
    acknowledged: list[str] = []
    # Twice, so that the second life also meets what the first one left.
    for enough in (150, 300):
        command = [sys.executable, "-c", WRITER, str(tmp_path), url or "", document]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        wanted = len(acknowledged) + enough
        for line in process.stdout:
            # The last line may be cut off by the kill.
            if line.startswith("kept ") and line.endswith("\n"):
                acknowledged.append(line.split()[1])
                if len(acknowledged) == wanted:
                    process.kill()
        process.stdout.close()
        process.wait()
        assert len(acknowledged) >= wanted
    store = open_store(url, tmp_path)
    assert all(store.event(event_id) for event_id in acknowledged[::25])
    assert store.flush(60)
    rows = store.clickhouse.rows("SELECT toString(event_id) AS id FROM events FINAL")
    found = Counter(row["id"] for row in rows)
    assert set(acknowledged) <= set(found)
    assert set(found.values()) == {1}
    # Written, but killed before saying so: at most the one under way in each life.
    assert len(found) <= len(acknowledged) + 2
    assert store.count_events() == len(found)
    assert store.decisions.count_by_status() == {"auto": len(found)}
    assert all(len(store.decisions_of(event_id)) == 1 for event_id in acknowledged[::25])
    store.close()
