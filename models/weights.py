"""Where the weights of a model lie on this machine, by name or by path."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from models.errors import UnknownModelError, WeightsMissingError
from models.manifest import Lora, load_manifest

_MODELS_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights that are there: ``name`` goes into the versions of a decision, ``lora`` is an adapter's path.

    ``context`` is the longest sequence in tokens that the model was trained on, ``None`` for a bare file, whose
    own metadata tell it.
    """

    name: str
    path: Path
    context: int | None = None
    lora: Path | None = None
    lora_scale: float = 1.0


def find_weights(name_or_path: str, weights_dir: Path) -> Weights:
    """The weights of a model of the manifest, or of a GGUF file given by its path.

    Raises:
        UnknownModelError: neither a name of the manifest nor an existing file.
        WeightsMissingError: the name is known but its weights or adapter are not there; the message says what
            command brings them.
    """
    manifest = load_manifest()
    entry = manifest.models.get(name_or_path)
    if entry is None:
        path = Path(name_or_path).expanduser()
        if path.is_file():
            return Weights(f"{path.stem}@{_state(path)}", path)
        if path.suffix == ".gguf" or len(path.parts) > 1:
            raise WeightsMissingError(f"there is no file {path}; give the path of a GGUF file or a model's name")
        raise UnknownModelError(
            f"{name_or_path!r} is neither a file nor a model of the manifest; known are {', '.join(manifest.models)}"
        )
    path = weights_dir / entry.file
    if not path.is_file():
        raise WeightsMissingError(f"the weights of {entry.name} are not at {path}: run `{entry.remedy}`")
    if entry.lora is None:
        return Weights(path.stem, path, entry.context)
    lora = _adapter(entry.lora, entry.name, weights_dir)
    return Weights(f"{path.stem}+{lora.stem}@{_state(lora)}", path, entry.context, lora, entry.lora.scale)


def weights_path(name_or_path: str, weights_dir: Path) -> Path:
    """The file of ``find_weights``; raises the same errors."""
    return find_weights(name_or_path, weights_dir).path


def _state(path: Path) -> str:
    """6 hex digits that change when a file is replaced: files that we did not make have no version of their own."""
    state = path.stat()
    return hashlib.blake2b(f"{state.st_size}:{state.st_mtime_ns}".encode(), digest_size=3).hexdigest()


def _adapter(lora: Lora, name: str, weights_dir: Path) -> Path:
    for folder in (_MODELS_FOLDER, weights_dir):
        if (path := folder / lora.path).is_file():
            return path
    raise WeightsMissingError(
        f"the adapter of {name} is neither at {_MODELS_FOLDER / lora.path} nor at {weights_dir / lora.path}: put it "
        f"there or remove `lora` from the manifest"
    )
