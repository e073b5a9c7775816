"""Where a figure comes from: code, knowledge, data, machine and time of a run."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uuid_utils

from agents.events import TEMPLATE_VERSION
from agents.knowledge.base import Kind
from evals.data import DataSet
from evals.parts import Parts

_HERE = Path(__file__).resolve().parent


def provenance(parts: Parts, data: DataSet | None, configuration: str, seed: int) -> dict[str, Any]:
    """What has to be the same for a run to give the same figures again, and when and where it ran.

    ``data`` is ``None`` for a suite that makes its own events. ``versions.knowledge`` is a hash of the chunks of the
    taxonomy and the catalog.
    """
    revision, dirty = git_revision()
    reranker = parts.reranker
    return {
        "run_id": str(uuid_utils.uuid7()),
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "configuration": configuration,
        "seed": seed,
        "data": None if data is None else {"name": data.name, "sha256": data.sha256, "n": len(data.events)},
        "git": {"revision": revision, "dirty": dirty},
        "versions": {
            "ocsf": parts.taxonomy.version,
            "model": parts.model_name,
            "prompt": reranker.prompt.version if reranker is not None else "none",
            "knowledge": knowledge_hash(parts),
            "guides": len(parts.catalog.guides),
            "products": len(parts.catalog.products),
            "ranker": parts.ranker.version,
            "template": str(TEMPLATE_VERSION),
        },
        "machine": machine(),
    }


def machine() -> dict[str, Any]:
    """What a run ran on: processors, system, Python."""
    return {
        "cpus": os.process_cpu_count() if hasattr(os, "process_cpu_count") else os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def knowledge_hash(parts: Parts) -> str:
    """12 hex digits over all chunks of the taxonomy and the catalog, the same wherever these are the same."""
    digest = hashlib.sha256()
    for chunk_id, content_hash in sorted(parts.knowledge.manifest((Kind.CLASS, Kind.GUIDE))):
        digest.update(f"{chunk_id} {content_hash}\n".encode())
    return digest.hexdigest()[:12]


def git_revision(folder: Path = _HERE) -> tuple[str, bool]:
    """The commit that the code in ``folder`` is at (``unknown`` without git), and whether tracked files differ."""
    git = shutil.which("git")
    if git is None:
        return "unknown", False

    def ask(*words: str) -> str:
        done = subprocess.run(  # noqa: S603  (git itself, constant arguments)
            [git, "-C", str(folder), *words], capture_output=True, text=True, timeout=20, check=True
        )
        return done.stdout.strip()

    try:
        return ask("rev-parse", "HEAD"), bool(ask("status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        return "unknown", False
