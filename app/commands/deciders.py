"""Who decides for a command: a server that was named, the one on this machine, or this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import click

from agents.errors import LogatlasError
from app.client import Client
from app.commands.progress import bar


class Decides(Protocol):
    """Anything that decides batches of events."""

    def classify(self, events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """A decision or ``{"error": …}`` for each event object, in order."""
        ...


@contextmanager
def open_decider(url: str | None, token: str | None) -> Iterator[Decides]:
    """The decider at ``url``; without it the server of this machine, or the services opened in this process.

    Raises:
        LogatlasError: the server does not answer, or another command holds the data folder.
    """
    from app.runtime import find_server
    from app.settings import load_settings

    if url is not None:
        if not token:
            raise click.UsageError("--url needs --token")
        with Client(url, token) as client:
            yield client
        return
    settings = load_settings()
    server = find_server(settings.data_dir)
    if server is not None:
        with Client(server.url, server.token) as client:
            yield client
        return
    from app.local import LocalDecider, local_services

    with local_services(settings) as services:
        try:
            with bar("Knowledge") as progress:
                services.sync_knowledge(progress)
        except LogatlasError as error:
            click.echo(f"warning: the knowledge base is not up to date: {error.message}", err=True)
        yield LocalDecider(services)
