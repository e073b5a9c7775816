"""``logatlas account``, without a running server."""

from __future__ import annotations

import io

import pytest

from app.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs the command over a data folder of its own: exit status and what it printed."""
    monkeypatch.setenv("LOGATLAS_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def run(*arguments, typed=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            main(["account", *arguments])
        said = capsys.readouterr()
        return ended.value.code, said.out + said.err

    return run


def test_accounts_are_made_listed_and_disabled(run):
    password = "correct horse battery staple\n"
    assert run("create", "root", "--role", "admin", "--password-stdin", typed=password) == (0, "made root (admin)\n")
    assert run("create", "ana", "--password-stdin", typed=password)[0] == 0
    code, said = run("create", "ana", "--password-stdin", typed=password)
    assert (code, said) == (1, "logatlas: there is an account with this name already\n")
    assert run("disable", "ana") == (0, "disabled ana\n")
    code, said = run("disable", "root")
    assert code == 1
    assert "last admin" in said
    lines = run("list")[1].splitlines()
    assert [line.split()[:4] for line in lines] == [
        ["ana", "analyst", "password", "disabled"], ["root", "admin", "password", "enabled"],
    ]  # fmt: skip
    code, said = run("password", "ana", "--password-stdin", typed="short\n")
    assert code == 1
    assert "12 characters" in said
