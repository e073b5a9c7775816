"""The manifest of weights: which models have a name, where their weights come from, where they lie."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from models.errors import ManifestError, UnknownModelError

_MANIFEST = Path(__file__).with_name("manifest.toml")

Recipe = Literal["requantise_q8_0", "minilm_f16"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class PackageSource:
    """Weights inside an installed Python package.

    ``sha256`` maps each file that the recipe reads (relative to the folder of ``module``) to its digest.
    """

    distribution: str
    module: str
    recipe: Recipe
    sha256: Mapping[str, Sha256]

    __pydantic_config__: ClassVar = _STRICT


@dataclass(frozen=True, slots=True)
class Download:
    """Weights at a URL; ``size`` in bytes is approximate, ``sha256`` is ``None`` where it is not known."""

    url: Annotated[str, Field(pattern=r"^https?://")]
    size: Annotated[int, Field(gt=0)]
    sha256: Sha256 | None = None

    __pydantic_config__: ClassVar = _STRICT


@dataclass(frozen=True, slots=True)
class Lora:
    """A LoRA adapter in GGUF: ``path`` relative to the folder of the manifest or of the weights."""

    path: str
    scale: Annotated[float, Field(gt=0)] = 1.0

    __pydantic_config__: ClassVar = _STRICT


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model of the manifest; exactly one of ``package`` and ``download`` is given.

    ``file`` is the file name in the weights folder, ``context`` the longest sequence in tokens that the model was
    trained on, ``dimension`` the length of an embedding (``None`` for language models).
    """

    name: str
    title: str
    purpose: Literal["language", "embedding"]
    architecture: str
    licence: str
    context: Annotated[int, Field(gt=0)]
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    dimension: Annotated[int, Field(gt=0)] | None = None
    package: PackageSource | None = None
    download: Download | None = None
    lora: Lora | None = None

    __pydantic_config__: ClassVar = _STRICT

    def __post_init__(self) -> None:
        if (self.package is None) == (self.download is None):
            raise ValueError("give either 'package' or 'download'")
        if (self.dimension is None) == (self.purpose == "embedding"):
            raise ValueError("'dimension' goes with purpose 'embedding', and only with it")

    @property
    def remedy(self) -> str:
        """The command that brings these weights to this machine."""
        return "logatlas models prepare" if self.package else f"logatlas models fetch {self.name}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """All models that have a name, in the order of the file."""

    models: Mapping[str, ModelEntry]

    def entry(self, name: str) -> ModelEntry:
        """The model called ``name``.

        Raises:
            UnknownModelError: there is none; the message lists the names.
        """
        try:
            return self.models[name]
        except KeyError:
            raise UnknownModelError(f"no model is called {name!r}; known are {', '.join(self.models)}") from None


@cache
def load_manifest(path: Path = _MANIFEST) -> Manifest:
    """The manifest, read once per path.

    Raises:
        ManifestError: the file is unreadable, not TOML, or a key is missing, unknown or malformed.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return Manifest(_MODELS.validate_python(_named(content.get("models"))))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ManifestError(f"{path}: {error}") from error
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ManifestError(f"{path}: {problems}") from None


_MODELS = TypeAdapter(dict[str, ModelEntry])


def _named(models: object) -> object:
    """The tables of the models, each with its key as its name."""
    if not isinstance(models, dict):
        return models
    return {name: {**entry, "name": name} if isinstance(entry, dict) else entry for name, entry in models.items()}
