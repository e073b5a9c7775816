import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from clickhouse_http import PASSWORD, ClickHouseServer

from agents.errors import ConfigurationError
from app.storage import StorageBusyError, StorageError, StorageRejectedError, StorageUnavailableError
from app.storage import clickhouse as module
from app.storage.clickhouse import ClickHouse, open_clickhouse

COLUMNS = {
    "id": "UInt32",
    "at": "DateTime64(3, 'UTC')",
    "raw": "String",
    "tags": "Array(LowCardinality(String))",
    "fields": "Map(String, String)",
    "gone": "Nullable(DateTime64(3, 'UTC'))",
}


@pytest.fixture
def table(clickhouse: ClickHouse) -> ClickHouse:
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    clickhouse.command(f"CREATE TABLE things ({columns}) ENGINE = MergeTree ORDER BY id")
    return clickhouse


def test_values_come_back_as_they_went_in(table: ClickHouse) -> None:
    at = datetime(2026, 7, 1, 23, 59, 59, 123000, UTC)
    row = {
        "id": 7,
        "at": at,
        "raw": b"caf\xc3\xa9 \xff\x00\n\t'\\ {id:UInt32} %s".decode("utf-8", "surrogateescape"),
        "tags": ["a", "b\udcfe"],
        "fields": {"kéy": "v\udcff", "": ""},
        "gone": None,
    }
    table.insert("things", COLUMNS, [list(row.values())])
    assert table.rows("SELECT * FROM things") == [row]
    assert table.rows("SELECT id FROM things WHERE raw = {raw:String}", {"raw": row["raw"]}) == [{"id": 7}]
    assert table.rows("SELECT id FROM things WHERE at = {at:DateTime64(3, 'UTC')}", {"at": at}) == [{"id": 7}]


@pytest.mark.parametrize("value", ["x' OR 1=1 --", "{id:UInt32}", "%(id)s", "\\", "a\tb", "\\N", "é'"])
def test_a_value_is_only_ever_a_value(table: ClickHouse, value: str) -> None:
    table.insert("things", COLUMNS, [[1, datetime.now(UTC), value, [], {}, None]])
    assert table.rows("SELECT raw FROM things WHERE raw = {value:String}", {"value": value}) == [{"raw": value}]
    assert table.rows("SELECT raw FROM things WHERE raw = {value:String}", {"value": value + "?"}) == []


def test_a_long_value_can_be_bound(clickhouse: ClickHouse) -> None:
    assert clickhouse.rows("SELECT length({x:String}) AS n", {"x": "x" * 200_000}) == [{"n": 200_000}]


def test_threads_may_share_it(table: ClickHouse) -> None:
    def work(number: int) -> list[dict[str, object]]:
        table.insert("things", COLUMNS, [[number, datetime.now(UTC), str(number), [], {}, None]])
        return table.rows("SELECT raw FROM things WHERE id = {id:UInt32}", {"id": number})

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(work, range(60)))
    assert answers == [[{"raw": str(number)}] for number in range(60)]


def test_an_error_says_its_code_and_nothing_of_the_query(clickhouse: ClickHouse) -> None:
    with pytest.raises(StorageError) as caught:
        clickhouse.rows("SELECT * FROM nowhere WHERE name = {name:String}", {"name": "confidential"})
    error = caught.value
    assert error.details == {"error_code": 60, "error_name": "UNKNOWN_TABLE"}
    assert "nowhere" not in str(error)
    assert "confidential" not in str(error)
    assert error.__suppress_context__


def test_a_row_that_does_not_fit_is_rejected(table: ClickHouse) -> None:
    with pytest.raises(StorageRejectedError):
        table.insert("things", COLUMNS, [["seven", datetime.now(UTC), "", [], {}, None]])
    table.check()


def test_a_closed_store_says_so(clickhouse: ClickHouse) -> None:
    clickhouse.close()
    clickhouse.close()
    with pytest.raises(StorageUnavailableError, match="is closed"):
        clickhouse.check()


def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    first = open_clickhouse(None, tmp_path / "db")
    first.command("CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
    first.insert("t", {"a": "UInt32"}, [[42]])
    first.close()
    second = open_clickhouse(None, tmp_path / "db")
    assert second.embedded
    assert second.rows("SELECT a FROM t") == [{"a": 42}]
    second.close()


def test_a_second_process_on_the_folder_is_told_who_has_it(tmp_path: Path) -> None:
    first = open_clickhouse(None, tmp_path / "db")
    code = (
        "import sys; from pathlib import Path; from app.storage.clickhouse import open_clickhouse\n"
        "try: open_clickhouse(None, Path(sys.argv[1]))\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "db")]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert answer == f"StorageBusyError The event store in {tmp_path / 'db'} is in use by process {os.getpid()}"
    with pytest.raises(StorageBusyError, match=str(os.getpid())):
        open_clickhouse(None, tmp_path / "db")
    first.close()


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "db").touch()
    with pytest.raises(StorageUnavailableError, match="cannot be opened"):
        open_clickhouse(None, tmp_path / "db")


def test_a_machine_in_another_zone_stores_the_same_times(tmp_path: Path) -> None:
    code = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from app.storage.clickhouse import open_clickhouse
db = open_clickhouse(None, Path(sys.argv[1]))
kind = {"at": "DateTime64(3, 'UTC')"}
db.command("CREATE TABLE t (at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY at")
db.insert("t", kind, [[datetime(2026, 7, 1, 12, 0, 0, 5000, UTC)]])
print(db.rows("SELECT at, toUnixTimestamp64Milli(at) AS ms FROM t WHERE at = {at:DateTime64(3, 'UTC')}",
              {"at": datetime(2026, 7, 1, 12, 0, 0, 5000, UTC)}))
db.close()
"""
    command = [sys.executable, "-c", code, str(tmp_path / "db")]
    environment = os.environ | {"TZ": "America/New_York"}
    answer = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.strip()
    at = datetime(2026, 7, 1, 12, 0, 0, 5000, UTC)
    assert answer == str([{"at": at, "ms": int(at.timestamp() * 1000)}])


@pytest.mark.parametrize(
    "url", ["clickhouse://u:hush@h:9000/x", "http://", "u:hush@h", "http://u:hush@h:99999/x", "http://u:hush@h/a-b;c"]
)
def test_a_malformed_url_is_refused_without_repeating_it(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="CLICKHOUSE_URL") as caught:
        open_clickhouse(url, tmp_path)
    assert "hush" not in str(caught.value)


def test_wrong_credentials(server: ClickHouseServer, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="refuses the credentials") as caught:
        open_clickhouse(server.url_of("logatlas", password="not-the-one"), tmp_path)
    assert caught.value.details["error_code"] == 516
    assert "not-the-one" not in str(caught.value)


def test_the_database_is_made_once(server: ClickHouseServer, tmp_path: Path) -> None:
    for _ in range(2):
        clickhouse = open_clickhouse(server.url_of("fresh_one"), tmp_path)
        assert clickhouse.rows("SELECT currentDatabase() AS name") == [{"name": "fresh_one"}]
        assert not clickhouse.embedded
        clickhouse.close()


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(StorageUnavailableError, match=f"127.0.0.1:{port} does not answer"):
        open_clickhouse(f"http://u:{PASSWORD.replace('/', '%2F')}@127.0.0.1:{port}/x", tmp_path)


def test_a_server_that_is_too_old(server: ClickHouseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OLDEST_SERVER", (99, 1))
    with pytest.raises(ConfigurationError, match=r"needs 99\.1 or newer"):
        open_clickhouse(server.url, tmp_path)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"mode": "status", "status": 503}, StorageUnavailableError),
        ({"mode": "status", "status": 502}, StorageUnavailableError),
        ({"mode": "status", "status": 500, "code": 252}, StorageUnavailableError),
        ({"mode": "status", "status": 500, "code": 241}, StorageUnavailableError),
        ({"mode": "status", "status": 500, "code": 62}, StorageError),
        ({"mode": "close"}, StorageUnavailableError),
    ],
)
def test_faults_of_a_server(
    server: ClickHouseServer, tmp_path: Path, fault: dict[str, object], error: type[Exception]
) -> None:
    clickhouse = open_clickhouse(server.url, tmp_path)
    server.fail(**fault)
    for call in (clickhouse.check, lambda: clickhouse.insert("t", {"a": "UInt32"}, [[1]])):
        with pytest.raises(error) as caught:
            call()
        assert "secret" not in str(caught.value)
    server.fail("")
    clickhouse.check()
    clickhouse.close()


def test_a_read_is_tried_again_when_the_server_is_busy_for_a_moment(server: ClickHouseServer, tmp_path: Path) -> None:
    clickhouse = open_clickhouse(server.url, tmp_path)
    server.fail("status", status=503, times=1)
    clickhouse.check()
    clickhouse.close()


def test_a_server_that_hangs_is_given_up(
    server: ClickHouseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANSWER_TIMEOUT_S", 1)
    clickhouse = open_clickhouse(server.url, tmp_path)
    server.fail("hang")
    with pytest.raises(StorageUnavailableError):
        clickhouse.check()
    clickhouse.close()


def test_the_embedded_folder_is_for_this_user_only(tmp_path: Path) -> None:
    open_clickhouse(None, tmp_path / "data" / "clickhouse").close()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "data" / "clickhouse").stat().st_mode & 0o777 == 0o700
