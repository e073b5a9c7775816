"""``logatlas models list|prepare|fetch``."""

from __future__ import annotations

import click

from app.commands.progress import bar


@click.group("models")
def command() -> None:
    """List, prepare and fetch model weights."""


@command.command("list")
def list_models() -> None:
    """List the models that have a name, and which of them are on this machine."""
    from app.settings import load_settings
    from models.manifest import load_manifest

    folder = load_settings().models_dir
    for entry in load_manifest().models.values():
        state = "here" if (folder / entry.file).is_file() else f"run `{entry.remedy}`"
        click.echo(f"{entry.name:28}  {entry.purpose:9}  {entry.licence:22}  {state}")


@command.command("prepare")
def prepare() -> None:
    """Make the default weights, which come inside Python packages, ready for llama.cpp; once."""
    from app.settings import load_settings
    from models.manifest import load_manifest
    from models.prepare import prepare as prepare_one

    folder = load_settings().models_dir
    for entry in load_manifest().models.values():
        if entry.package is None:
            continue
        with bar(entry.name) as progress:
            path = prepare_one(entry.name, folder, progress)
        click.echo(path)


@command.command("fetch")
@click.argument("name")
def fetch(name: str) -> None:
    """Download the weights of the model NAME, check them, and say where they are."""
    from app.settings import load_settings
    from models.fetch import fetch as fetch_one

    with bar(name) as progress:
        fetched = fetch_one(name, load_settings().models_dir, progress)
    known = "as the manifest says" if fetched.verified else "not in the manifest: remembered for the next download"
    click.echo(f"{fetched.path}\nsha256 {fetched.sha256} ({known})")
