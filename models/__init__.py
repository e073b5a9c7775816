"""The manifest of model weights: which there are, where they come from, how they are prepared."""

from __future__ import annotations

import os
from pathlib import Path

# llama.cpp's threads meet at a thousand barriers for each batch and by default spin there without end. On cores that
# also do other work, the spinning keeps that work from ending: measured on two busy cores, a prompt took 33 to 75 s
# instead of 11. Waiting at once costs wake-ups where the cores are free (an embedding takes 26 ms instead of 12), so
# the threads spin for some microseconds first. OpenMP reads both once, when llama.cpp is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

WEIGHTS_DIR = Path(__file__).parent / "weights"
"""Where weights lie unless ``LOGATLAS_MODELS_DIR`` says otherwise; never committed."""

DEFAULT_LANGUAGE_MODEL = "smollm2-135m-instruct"
DEFAULT_EMBEDDING_MODEL = "all-minilm-l6-v2"
