"""``logatlas account create|password|list|disable|enable``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from app.auth.permissions import Role
from app.client import Client

if TYPE_CHECKING:
    from app.auth.access import Access

_password_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it."
)
_temporary = click.option(
    "--temporary", is_flag=True, help="The person has to choose another password at the first sign-in."
)


@click.group("account")
def command() -> None:
    """Make, list and disable the accounts of people, set passwords."""


@command.command("create")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), default="analyst", show_default=True)
@click.option("--display-name", default="", help="The name that others see; NAME unless given.")
@_password_stdin
@_temporary
def create(name: str, role: str, display_name: str, password_stdin: bool, temporary: bool) -> None:
    """Make an account called NAME."""
    password = _password(from_stdin=password_stdin)
    with _office() as office:
        office.create_account(name, role, display_name, password, must_set=temporary)
    click.echo(f"made {name} ({role})")


@command.command("password")
@click.argument("name")
@_password_stdin
@_temporary
def password(name: str, password_stdin: bool, temporary: bool) -> None:
    """Set the password of NAME and end the sessions it has."""
    new = _password(from_stdin=password_stdin)
    with _office() as office:
        office.set_password(name, new, must_set=temporary)
    click.echo(f"password of {name} set")


@command.command("list")
def list_accounts() -> None:
    """List all accounts."""
    with _office() as office:
        for account in office.accounts():
            state = "disabled" if account["disabled"] else "enabled"
            last = str(account["last_sign_in_at"] or "never")[:19]
            click.echo(f"{account['name']:24}  {account['role']:8}  {account['method']:8}  {state:8}  {last}")


@command.command("disable")
@click.argument("name")
def disable(name: str) -> None:
    """Keep NAME from signing in, and end the sessions it has."""
    with _office() as office:
        office.disable_account(name, disabled=True)
    click.echo(f"disabled {name}")


@command.command("enable")
@click.argument("name")
def enable(name: str) -> None:
    """Let NAME sign in again."""
    with _office() as office:
        office.disable_account(name, disabled=False)
    click.echo(f"enabled {name}")


class _LocalOffice:
    """The accounts in the store of this process, with the methods of ``Client``."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def create_account(self, name: str, role: str, display_name: str, password: str, *, must_set: bool) -> None:
        self._access.accounts.create(name, Role(role), display_name, password, must_set=must_set)
        self._record("account.create", name, role=role)

    def accounts(self) -> list[dict[str, Any]]:
        return [
            {
                "name": a.name, "role": a.role, "method": a.method, "disabled": a.disabled,
                "last_sign_in_at": a.last_sign_in_at.isoformat() if a.last_sign_in_at else None,
            }
            for a in self._access.accounts.all()
        ]  # fmt: skip

    def set_password(self, name: str, password: str, *, must_set: bool) -> None:
        account = self._access.accounts.set_password(name, password, must_set=must_set)
        self._access.sessions.end_all(account.name)
        self._record("account.set_password", name)

    def disable_account(self, name: str, *, disabled: bool) -> None:
        account = self._access.accounts.change(name, disabled=disabled)
        if disabled:
            self._access.sessions.end_all(account.name)
        self._record("account.change", name, disabled=disabled)

    def _record(self, action: str, target: str, **detail: object) -> None:
        self._access.audit.record(
            actor="command line", role="", action=action, target=target, outcome="ok", address="", detail=detail
        )


@contextmanager
def _office() -> Iterator[Client | _LocalOffice]:
    """The running server, which has the embedded store, or else the store itself."""
    from app.runtime import find_server
    from app.settings import load_settings

    settings = load_settings()
    server = find_server(settings.data_dir)
    if server is not None:
        with Client(server.url, server.token) as client:
            yield client
        return
    from app.auth.access import open_access
    from app.local import local_store

    with local_store(settings) as store:
        yield _LocalOffice(open_access(settings, store))


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed
