"""Vectors that were made at set-up, so that a first start need not embed the whole catalog."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.knowledge.embedding import Embedder, Vectors

VECTORS = "catalog-vectors.npz"
"""The file's name in the folder of the weights."""

_KEY_BYTES = 12
_LEVELS = 127


class PrecomputedEmbedder:
    """An embedder that knows the vectors of some texts already and asks another for the rest.

    The vectors hold for one model; beside any other, nothing is taken from them. They are kept with 8 bits a value,
    which moves a similarity by less than 0.01.
    """

    def __init__(self, embedder: Embedder, vectors: Path) -> None:
        """``vectors`` is a file that ``to_bytes`` made; where there is none, every text is asked for."""
        self._embedder = embedder
        self._known = _read(vectors, embedder.name)

    @property
    def name(self) -> str:
        """The model's."""
        return self._embedder.name

    @property
    def dimension(self) -> int:
        """The model's; raises as ``Embedder.dimension``."""
        return self._embedder.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder.embed``."""
        found = [self._known.get(_key(text)) for text in texts]
        missing = [text for text, vector in zip(texts, found, strict=True) if vector is None]
        computed = iter(self._embedder.embed(missing) if missing else ())
        rows = [next(computed) if vector is None else _restored(vector) for vector in found]
        return np.stack(rows) if rows else self._embedder.embed([])

    def close(self) -> None:
        """Close the other embedder."""
        self._embedder.close()

    def lacks(self, texts: Iterable[str]) -> list[str]:
        """The texts whose vectors are not known, in order."""
        return [text for text in texts if _key(text) not in self._known]


def to_bytes(model: str, texts: Sequence[str], vectors: Sequence[NDArray[np.float32]]) -> bytes:
    """The file of these vectors; ``model`` is the name of the embedder that they come from."""
    keys = [_key(text) for text in texts]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        model=np.frombuffer(model.encode(), dtype=np.uint8),
        keys=np.frombuffer(b"".join(keys[i] for i in order), dtype=np.uint8).reshape(-1, _KEY_BYTES),
        vectors=np.stack([_quantised(vectors[i]) for i in order]),
    )
    return buffer.getvalue()


def _read(path: Path, model: str) -> dict[bytes, NDArray[np.int8]]:
    if not path.is_file():
        return {}
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
        if bytes(arrays["model"]).decode() != model:
            return {}
        return {bytes(key): vector for key, vector in zip(arrays["keys"], arrays["vectors"], strict=True)}


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()


def _quantised(vector: NDArray[np.float32]) -> NDArray[np.int8]:
    levels: NDArray[np.int8] = np.round(vector / np.abs(vector).max() * _LEVELS).astype(np.int8)
    return levels


def _restored(vector: NDArray[np.int8]) -> NDArray[np.float32]:
    values = vector.astype(np.float32)
    unit: NDArray[np.float32] = values / np.linalg.norm(values)
    return unit
