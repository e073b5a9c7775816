"""``logatlas token create|list|revoke``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from app.auth.tokens import Scope
from app.client import Client

if TYPE_CHECKING:
    from app.storage.tokens import TokenRepository


@click.group("token")
def command() -> None:
    """Make, list and revoke service tokens."""


@command.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    default=(Scope.CLASSIFY.value, Scope.READ.value),
    show_default=True,
    help="What the token allows; may be given several times.",
)
@click.option("--days", type=click.IntRange(1, 3650), help="Days after which it no longer passes; otherwise it stays.")
def create(name: str, scopes: tuple[str, ...], days: int | None) -> None:
    """Make a token called NAME and show its secret, this once."""
    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)
    with _token_office() as office:
        _, secret = office.create_token(name, scopes, expires_at)
    click.echo(secret)


@command.command("list")
def list_tokens() -> None:
    """List all tokens; their secrets are not known to anyone."""
    with _token_office() as office:
        for token in office.tokens():
            state = "revoked" if token["revoked_at"] else "valid"
            click.echo(f"{token['token_id']}  {state:7}  {','.join(token['scopes']):20}  {token['name']}")


@command.command("revoke")
@click.argument("token_id")
def revoke(token_id: str) -> None:
    """Take the token TOKEN_ID back."""
    with _token_office() as office:
        office.revoke_token(token_id)
    click.echo(f"revoked {token_id}")


class _LocalOffice:
    """The tokens in the store of this process, with the methods of ``Client``."""

    def __init__(self, tokens: TokenRepository) -> None:
        self._tokens = tokens

    def create_token(self, name: str, scopes: tuple[str, ...], expires_at: datetime | None) -> tuple[str, str]:
        return self._tokens.create(name, scopes, expires_at)

    def tokens(self) -> list[dict[str, Any]]:
        return [
            {"token_id": t.token_id, "name": t.name, "scopes": t.scopes, "revoked_at": t.revoked_at}
            for t in self._tokens.list_all()
        ]

    def revoke_token(self, token_id: str) -> None:
        if not self._tokens.revoke(token_id):
            raise click.ClickException("there is no valid token with this id")


@contextmanager
def _token_office() -> Iterator[Client | _LocalOffice]:
    """The running server, which has the embedded store, or else the store itself."""
    from app.runtime import find_server
    from app.settings import load_settings

    settings = load_settings()
    server = find_server(settings.data_dir)
    if server is not None:
        with Client(server.url, server.token) as client:
            yield client
        return
    from app.local import local_store

    with local_store(settings) as store:
        yield _LocalOffice(store.tokens)
