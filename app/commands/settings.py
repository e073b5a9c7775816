"""``logatlas settings``."""

from __future__ import annotations

import click
from pydantic import SecretStr


@click.command("settings")
@click.option("--env-sample", is_flag=True, help="Write the content of .env.sample.")
@click.option("--markdown", is_flag=True, help="Write the page docs/settings.md.")
def command(env_sample: bool, markdown: bool) -> None:
    """Show every setting with the value in use; secrets stay hidden."""
    from app import settings

    if env_sample or markdown:
        click.echo(settings.env_sample() if env_sample else settings.settings_markdown(), nl=False)
        return
    used = settings.load_settings()
    for field_name, field in settings.Settings.model_fields.items():
        value = getattr(used, field_name)
        shown = "(set)" if isinstance(value, SecretStr) else "" if value is None else value
        click.echo(f"{settings.setting_name(field, field_name)}={shown}")
