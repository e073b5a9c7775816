"""The manifest of model weights: which there are, where they come from, how they are prepared."""

from __future__ import annotations

from pathlib import Path

WEIGHTS_DIR = Path(__file__).parent / "weights"
"""Where weights lie unless ``LOGATLAS_MODELS_DIR`` says otherwise; never committed."""

DEFAULT_LANGUAGE_MODEL = "smollm2-135m-instruct"
DEFAULT_EMBEDDING_MODEL = "all-minilm-l6-v2"
