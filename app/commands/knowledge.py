"""``logatlas knowledge sync``."""

from __future__ import annotations

import sys

import click

from app.commands.progress import bar


@click.group("knowledge")
def command() -> None:
    """Keep the knowledge base up to date."""


@command.command("sync")
def sync() -> None:
    """Write what is new in taxonomy and catalog, remove what left; safe to run again.

    A running server does this by itself when it starts; while it holds the embedded knowledge base, restart it.
    """
    from app.local import local_services
    from app.settings import load_settings

    with local_services(load_settings()) as services, bar("Knowledge") as progress:
        report = services.sync_knowledge(progress)
    click.echo(
        f"added {report.added}, updated {report.updated}, removed {report.removed}, unchanged {report.unchanged}, "
        f"missing {len(report.missing)}"
    )
    if report.missing:
        click.echo(f"logatlas: the server dropped: {', '.join(report.missing[:20])}", err=True)
        sys.exit(1)
