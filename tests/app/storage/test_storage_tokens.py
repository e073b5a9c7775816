import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from clickhouse_http import ClickHouseServer

from app.storage import StorageUnavailableError
from app.storage.clickhouse import ClickHouse, open_clickhouse
from app.storage.migrate import migrate
from app.storage.tokens import REFRESH_S, TokenRepository


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_token_is_known_by_its_secret(clickhouse: ClickHouse) -> None:
    tokens = TokenRepository(clickhouse)
    token_id, secret = tokens.create("vector", ["classify", "read"])
    assert re.fullmatch(r"lat_[A-Za-z0-9_-]{43}", secret)
    token = tokens.verify(secret)
    assert token is not None
    assert (token.token_id, token.name, token.scopes) == (token_id, "vector", ("classify", "read"))
    assert TokenRepository(clickhouse).verify(secret) == token


@pytest.mark.parametrize(
    "alter", [lambda s: s[:-1] + ("A" if s[-1] != "A" else "B"), lambda s: s[4:], lambda s: s + "x"]
)
def test_another_secret_is_nobodys(clickhouse: ClickHouse, alter: Callable[[str], str]) -> None:
    tokens = TokenRepository(clickhouse)
    _, secret = tokens.create("vector", [])
    assert tokens.verify(alter(secret)) is None
    assert tokens.verify("") is None
    assert tokens.verify("lat_\udcff") is None


def test_the_secret_is_not_stored(clickhouse: ClickHouse) -> None:
    tokens = TokenRepository(clickhouse)
    _, secret = tokens.create("vector", [])
    assert secret[4:] not in str(clickhouse.rows("SELECT * FROM tokens"))
    assert secret[4:] not in repr(tokens.list_all())


def test_a_revoked_token_does_not_pass(clickhouse: ClickHouse) -> None:
    tokens = TokenRepository(clickhouse)
    token_id, secret = tokens.create("vector", ["read"])
    other_id, other = tokens.create("cribl", ["read"])
    assert tokens.verify(secret) is not None
    assert tokens.revoke(token_id)
    assert tokens.verify(secret) is None
    assert tokens.verify(other) is not None
    assert not tokens.revoke(token_id)
    assert not tokens.revoke("nonsense")
    listed = tokens.list_all()
    assert [(token.token_id, token.revoked_at is None) for token in listed] == [(token_id, False), (other_id, True)]


def test_a_token_ends_when_it_expires(clickhouse: ClickHouse) -> None:
    tokens = TokenRepository(clickhouse)
    _, over = tokens.create("old", [], datetime.now(UTC) - timedelta(seconds=1))
    _, still = tokens.create("new", [], datetime.now(UTC) + timedelta(hours=1))
    assert tokens.verify(over) is None
    assert tokens.verify(still) is not None


def test_what_another_process_does_is_seen_a_little_later(clickhouse: ClickHouse) -> None:
    clock = Clock()
    here, elsewhere = TokenRepository(clickhouse, clock), TokenRepository(clickhouse)
    token_id, secret = elsewhere.create("vector", [])
    assert here.verify(secret) is not None
    elsewhere.revoke(token_id)
    assert here.verify(secret) is not None
    clock.now += REFRESH_S
    assert here.verify(secret) is None


def test_known_tokens_pass_while_the_store_is_away(server: ClickHouseServer, tmp_path: Path) -> None:
    clickhouse = open_clickhouse(server.url_of("tokens_away"), tmp_path)
    migrate(clickhouse)
    clock = Clock()
    tokens = TokenRepository(clickhouse, clock)
    _, secret = tokens.create("vector", [])
    assert tokens.verify(secret) is not None
    server.fail("close")
    clock.now += REFRESH_S
    assert tokens.verify(secret) is not None
    with pytest.raises(StorageUnavailableError):
        TokenRepository(clickhouse).verify(secret)
    clickhouse.close()
