"""``logatlas serve``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("serve")
@click.option("--host", help="Address to listen on (LOGATLAS_HOST).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (LOGATLAS_PORT); 0: any free one.")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Data folder (LOGATLAS_DATA_DIR).")
def command(host: str | None, port: int | None, data_dir: Path | None) -> None:
    """Serve the HTTP API until interrupted."""
    from app.server import serve
    from app.settings import load_settings

    serve(load_settings(host=host, port=port, data_dir=data_dir))
