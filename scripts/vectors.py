"""Embeds taxonomy and catalog into a file beside the weights, so that a first start need not; only what is new."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.progress import track

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agents.knowledge import precomputed  # noqa: E402
from agents.knowledge.build import build_chunks  # noqa: E402
from agents.knowledge.catalog import load_catalog  # noqa: E402
from agents.knowledge.embedding import LlamaCppEmbedder  # noqa: E402
from agents.knowledge.qdrant_layout import embedded_text  # noqa: E402
from agents.ocsf import load_taxonomy  # noqa: E402
from app.settings import load_settings  # noqa: E402
from models.weights import find_weights  # noqa: E402


def main() -> None:
    """Embed every chunk whose vector is not in the file yet, and write the file anew."""
    settings = load_settings()
    taxonomy = load_taxonomy()
    texts = list(dict.fromkeys(map(embedded_text, build_chunks(taxonomy, load_catalog(taxonomy)))))
    weights = find_weights(settings.embeddings_model, settings.models_dir)
    file = weights.path.with_name(precomputed.VECTORS)
    embedder = precomputed.PrecomputedEmbedder(LlamaCppEmbedder(weights.path, settings.llm_threads), file)
    if not embedder.lacks(texts):
        return
    rows = []
    for text in track(texts, "  embedding", disable=not sys.stderr.isatty(), console=Console(stderr=True)):
        rows.extend(embedder.embed([text]))
    made = file.with_suffix(".new")
    made.write_bytes(precomputed.to_bytes(embedder.name, texts, rows))
    made.replace(file)


if __name__ == "__main__":
    main()
