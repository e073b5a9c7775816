"""What the repository promises: layers hold, locks are whole, nothing names an index, nothing large is tracked."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
LOCKS = sorted(ROOT.glob("requirements*.lock"))


def names(path):
    return {re.split(r"[=\[ ;]", line)[0].lower() for line in path.read_text().splitlines() if "==" in line}


def tracked():
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.stdout.decode().split("\0") if name]


def test_every_declared_dependency_is_locked():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    locked = names(ROOT / "requirements.lock") | names(ROOT / "requirements-llama.lock")
    assert {re.split(r"[><=\[ ]", name)[0] for name in declared} <= locked


def test_the_default_install_has_no_pytorch():
    for lock in LOCKS:
        assert not names(lock) & {"torch", "sentence-transformers", "transformers", "llm"}, lock.name


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locks_carry_hashes_and_name_no_index(lock):
    text = lock.read_text()
    assert "://" not in text
    for block in re.split(r"\n(?=[a-z0-9])", text):
        if "==" in block:
            assert "--hash=sha256:" in block, block.splitlines()[0]


def test_nothing_large_is_tracked():
    large = [path.name for path in tracked() if path.is_file() and path.stat().st_size > 4 * 2**20]
    assert large == []


def test_modules_stay_readable():
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked()
        if path.suffix == ".py" and path.is_file() and (count := len(path.read_text().splitlines())) > 800
    }
    assert long == {}


def test_make_offers_what_the_readme_names():
    makefile = (ROOT / "Makefile").read_text()
    for target in ("run", "test", "setup", "format", "lint", "type", "bench", "clean"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for command in re.findall(r"`make ([a-z-]+)`", (ROOT / "README.md").read_text()):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE), command


def test_ci_runs_the_readme_s_test_command():
    assert "make test" in (ROOT / "README.md").read_text()
    assert "REQUIRE_SERVICES=1 make test" in (ROOT / ".ci/run").read_text()
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    assert any(".ci/run" in step.get("run", "") for step in workflow["jobs"]["test"]["steps"])
