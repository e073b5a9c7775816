"""Brings a database to the schema of this program: numbered SQL files, each run once and remembered."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

from app.storage.clickhouse import ClickHouse
from app.storage.errors import MigrationError

_COLUMNS = {
    "version": "UInt32",
    "name": "String",
    "checksum": "String",
    "applied_at": "DateTime64(3, 'UTC')",
}
_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations
(
    version    UInt32,
    name       String,
    checksum   String,
    applied_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (version, checksum)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One SQL statement of the schema; ``checksum`` is the SHA-256 (hex) of its text with Unix line ends."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """What tells a changed file from the one that was run."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


@cache
def packaged_migrations() -> tuple[Migration, ...]:
    """The migrations that ship with this program, by version; no two have the same."""
    found = [
        Migration(int(match[1]), match[2], file.read_text(encoding="utf-8"))
        for file in files("app.storage.migrations").iterdir()
        if (match := re.fullmatch(r"(\d{4})_(\w+)\.sql", file.name))
    ]
    found.sort(key=lambda migration: migration.version)
    if len({migration.version for migration in found}) != len(found):
        raise MigrationError("two of the packaged migrations have one number")
    return tuple(found)


def migrate(clickhouse: ClickHouse, migrations: Sequence[Migration] | None = None) -> int:
    """Run the migrations the database has not seen, in order, and return how many those were.

    Safe to run twice and by several processes at once: every statement is one that may be repeated
    (``IF NOT EXISTS``), and is recorded only after it succeeded.

    Raises:
        MigrationError: the database is newer than this program, or a migration it has run reads differently now.
        StorageError, StorageUnavailableError
    """
    if migrations is None:
        migrations = packaged_migrations()
    clickhouse.command(_TABLE)
    recorded = clickhouse.rows("SELECT version, checksum FROM schema_migrations FINAL ORDER BY version")
    known = {migration.version: migration for migration in migrations}
    for row in recorded:
        migration = known.get(row["version"])
        if migration is None:
            raise MigrationError(
                f"the database is at schema version {recorded[-1]['version']}, this program knows {len(known)}: "
                "run the program that made it, or a newer one"
            )
        if migration.checksum != row["checksum"]:
            raise MigrationError(
                f"migration {migration.version:04d}_{migration.name} was changed after it ran in this database: "
                "restore the file and put the change into a new migration"
            )
    done = {row["version"] for row in recorded}
    missing = [migration for migration in migrations if migration.version not in done]
    for migration in missing:
        clickhouse.command(migration.sql)
        record = (migration.version, migration.name, migration.checksum, datetime.now(UTC))
        clickhouse.insert("schema_migrations", _COLUMNS, [record])
    return len(missing)
