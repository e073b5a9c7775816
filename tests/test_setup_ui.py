"""The set-up builds the UI when it has to, and says so when it cannot."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "setup.py"


@pytest.fixture
def setup(tmp_path, monkeypatch):
    """The script over a checkout of its own; ``ran`` has the npm commands, which build what they would."""
    spec = importlib.util.spec_from_file_location("setup_script", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    ui, stamps = tmp_path / "ui", tmp_path / "stamps"
    (ui / "src").mkdir(parents=True)
    stamps.mkdir()
    for name in ("package-lock.json", "package.json", "src/main.tsx"):
        (ui / name).write_text("{}")
    module.ran = []

    def run(command, folder):
        module.ran.append(command[1:3])
        made = ui / ("node_modules" if command[1] == "ci" else "dist")
        made.mkdir(exist_ok=True)
        if command[1] == "run":
            (made / "index.html").write_text("<!doctype html>")

    for name, value in {"ROOT": tmp_path, "UI": ui, "STAMPS": stamps, "run": run}.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(module, "node_version", lambda: 22)
    monkeypatch.setattr(module.shutil, "which", lambda name: f"/usr/bin/{name}")
    return module


def test_it_is_built_once_and_again_when_sources_or_the_build_change(setup):
    setup.build_ui()
    assert [command[0] for command in setup.ran] == ["ci", "run"]
    setup.build_ui()
    assert len(setup.ran) == 2
    (setup.UI / "src" / "main.tsx").write_text("changed")
    setup.build_ui()
    assert [command[0] for command in setup.ran[2:]] == ["run"]
    (setup.UI / "dist" / "index.html").unlink()
    setup.build_ui()
    assert [command[0] for command in setup.ran[3:]] == ["run"]
    (setup.UI / "package-lock.json").write_text("[]")
    setup.build_ui()
    assert [command[0] for command in setup.ran[4:]] == ["ci", "run"]


@pytest.mark.parametrize("version", [0, 18])
def test_without_a_recent_node_it_says_so_and_goes_on(setup, monkeypatch, capsys, version):
    monkeypatch.setattr(setup, "node_version", lambda: version)
    setup.build_ui()
    assert setup.ran == []
    assert "needs Node 20" in capsys.readouterr().err
