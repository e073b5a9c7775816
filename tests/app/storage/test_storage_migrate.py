from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from clickhouse_http import ClickHouseServer

from app.storage import MigrationError
from app.storage.chat import CHAT_COLUMNS
from app.storage.clickhouse import ClickHouse, open_clickhouse
from app.storage.decisions import DECISION_COLUMNS
from app.storage.events import EVENT_COLUMNS
from app.storage.migrate import migrate, packaged_migrations
from app.storage.reviews import REVIEW_COLUMNS
from app.storage.tokens import TOKEN_COLUMNS


def test_running_again_changes_nothing(clickhouse: ClickHouse) -> None:
    recorded = clickhouse.rows("SELECT * FROM schema_migrations ORDER BY version")
    assert [row["version"] for row in recorded] == [m.version for m in packaged_migrations()]
    assert migrate(clickhouse) == 0
    assert clickhouse.rows("SELECT * FROM schema_migrations ORDER BY version") == recorded


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("events", EVENT_COLUMNS),
        ("decisions", DECISION_COLUMNS),
        ("reviews", REVIEW_COLUMNS),
        ("chat_turns", CHAT_COLUMNS),
        ("tokens", TOKEN_COLUMNS),
    ],
)
def test_the_tables_have_the_columns_that_are_written(
    clickhouse: ClickHouse, table: str, columns: dict[str, str]
) -> None:
    sql = (
        "SELECT name, type FROM system.columns "
        "WHERE database = {db:String} AND table = {table:String} AND default_kind != 'MATERIALIZED'"
    )
    found = clickhouse.rows(sql, {"db": clickhouse.database, "table": table})
    assert {row["name"]: row["type"] for row in found} == columns


def test_a_changed_migration_is_refused(clickhouse: ClickHouse) -> None:
    migrations = list(packaged_migrations())
    migrations[1] = replace(migrations[1], sql=migrations[1].sql + " -- edited")
    with pytest.raises(MigrationError, match="0002_decisions was changed"):
        migrate(clickhouse, migrations)


def test_a_database_of_a_newer_program_is_refused(clickhouse: ClickHouse) -> None:
    known = packaged_migrations()
    with pytest.raises(MigrationError, match=f"schema version {len(known)}, this program knows {len(known) - 1}"):
        migrate(clickhouse, known[:-1])


def test_a_newer_program_adds_what_is_missing(clickhouse: ClickHouse) -> None:
    known = packaged_migrations()
    sql = "CREATE TABLE IF NOT EXISTS more (a UInt32) ENGINE = MergeTree ORDER BY a"
    newer = [*known, replace(known[-1], version=len(known) + 1, name="more", sql=sql)]
    assert migrate(clickhouse, newer) == 1
    assert clickhouse.rows("SELECT count() AS n FROM more") == [{"n": 0}]


def test_several_processes_may_migrate_at_once(server: ClickHouseServer, tmp_path: Path) -> None:
    def start(_: int) -> None:
        clickhouse = open_clickhouse(server.url_of("contended"), tmp_path)
        migrate(clickhouse)
        clickhouse.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))
    clickhouse = open_clickhouse(server.url_of("contended"), tmp_path)
    assert migrate(clickhouse) == 0
    clickhouse.close()
