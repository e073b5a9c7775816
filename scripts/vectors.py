"""Renews the vectors that ship with the catalog; run after the catalog, the taxonomy or the embedding model changed."""

from __future__ import annotations

import sys
from pathlib import Path

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

FILE = ROOT / "agents" / "knowledge" / "vectors.npz"
_STEP = 64


def main() -> None:
    """Embed every chunk whose vector is not in the file yet, and write the file anew."""
    settings = load_settings()
    taxonomy = load_taxonomy()
    texts = list(dict.fromkeys(map(embedded_text, build_chunks(taxonomy, load_catalog(taxonomy)))))
    weights = find_weights(settings.embeddings_model, settings.models_dir)
    embedder = precomputed.PrecomputedEmbedder(LlamaCppEmbedder(weights.path, settings.llm_threads), FILE)
    print(f"{len(embedder.lacks(texts))} of {len(texts)} texts are new")
    rows = []
    for start in range(0, len(texts), _STEP):
        rows.extend(embedder.embed(texts[start : start + _STEP]))
        print(f"\r{len(rows)}/{len(texts)}", end="", flush=True)
    FILE.write_bytes(precomputed.to_bytes(embedder.name, texts, rows))
    print(f"\n{FILE.relative_to(ROOT)}: {FILE.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
