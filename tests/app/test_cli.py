"""The command line, in a process of its own where that matters, against a real server with stand-ins for the parts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.cli import main
from app.commands.table import visible

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def environment(data_dir, **more):
    return os.environ | {
        "LOGATLAS_DATA_DIR": str(data_dir), "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)]), **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def data_dir(module_folder):
    """The data folder of a running server."""
    folder = module_folder
    server = subprocess.Popen(
        [sys.executable, str(HERE / "serve_stand_ins.py"), str(folder)],
        stdout=subprocess.PIPE, text=True, env=environment(folder), cwd=folder,
    )  # fmt: skip
    assert "Logatlas is ready on http://127.0.0.1:" in server.stdout.readline()
    yield folder
    server.send_signal(signal.SIGTERM)
    with server.stdout:
        assert server.wait(timeout=30) == 0
    assert (folder / "closed").exists(), "the parts were not closed"
    assert not (folder / "runtime.json").exists()


@pytest.fixture
def logatlas(data_dir):
    """Runs a command beside the server: (exit code, stdout, stderr)."""

    def run(*arguments, stdin=b""):
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments],
            input=stdin, capture_output=True, env=environment(data_dir), cwd=data_dir, check=False, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    return run


def test_classify_asks_the_running_server(logatlas, tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"one\ncaf\xe9\n")
    code, out, err = logatlas("classify", str(path), "--format", "jsonl")
    assert code == 0, err
    decisions = [json.loads(line) for line in out.splitlines()]
    assert [d["rationale"] for d in decisions] == ["one", "caf�"]


def test_classify_answers_lines_of_a_pipe_that_stays_open(data_dir):
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "classify", "--format", "jsonl"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(data_dir), bufsize=0,
    ) as command:  # fmt: skip
        too_late = threading.Timer(30, command.kill)
        too_late.start()
        for n in range(3):
            command.stdin.write(b"line %d\n" % n)
            assert json.loads(command.stdout.readline())["rationale"] == f"line {n}"
        too_late.cancel()
        command.stdin.close()
        assert command.wait(30) == 0


def test_classify_shows_a_table(logatlas):
    code, out, _ = logatlas("classify", "-", stdin=b"evil \x1b[31m\x07 [bold]line[/bold]\n")
    assert code == 0
    assert "Authentication (3002)" in out
    assert "guide:linux-sshd:accepted" in out
    assert "\x1b" not in out
    assert "[bold]line[/bold]" in out


def test_refused_events_are_shown_and_counted(logatlas):
    code, out, err = logatlas("classify", "--format", "jsonl", stdin=b"one\nexplode\n")
    assert code == 1
    assert [("error" in json.loads(line)) for line in out.splitlines()] == [False, True]
    assert "1 of 2 events were refused" in err


def test_tokens_are_managed_through_the_running_server(logatlas):
    code, out, _ = logatlas("token", "create", "vector", "--scope", "classify")
    assert code == 0
    assert out.strip() == "lat_vector"
    assert "vector" in logatlas("token", "list")[1]
    assert logatlas("token", "revoke", "id-vector")[0] == 0
    code, _, err = logatlas("token", "revoke", "id-vector")
    assert code == 1
    assert err.strip() == "logatlas: there is no valid token with this id"


def test_a_second_server_says_so_in_one_line(logatlas):
    code, out, err = logatlas("serve", "--port", "0")
    assert code == 3
    assert out == ""
    assert "is in use by process" in err
    assert len(err.splitlines()) == 1


def test_an_address_in_use_is_told_in_one_line(data_dir, tmp_path):
    port = json.loads((data_dir / "runtime.json").read_text())["url"].rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "serve", "--port", port, "--data-dir", str(tmp_path / "other")],
        capture_output=True, text=True, env=environment(tmp_path), check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.strip() == f"logatlas: cannot listen on 127.0.0.1 port {port}: Address already in use"


def run_here(capsys, *arguments):
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))
    captured = capsys.readouterr()
    return caught.value.code or 0, captured.out, captured.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--version"], 0, "logatlas, version"),
        (["--help"], 0, "classify"),
        (["token", "--help"], 0, "revoke"),
        (["nonsense"], 2, "No such command"),
        (["classify", "/no/such/file"], 2, "no such file"),
        (["classify", "--url", "http://127.0.0.1:1", "-"], 2, "--token"),
        (["token", "create", "x", "--scope", "root"], 2, "root"),
    ],
)
def test_usage(capsys, monkeypatch, tmp_path, arguments, code, words):
    monkeypatch.chdir(tmp_path)
    given, out, err = run_here(capsys, *arguments)
    assert given == code
    assert words in out + err


def test_a_server_that_does_not_answer_is_one_line_without_the_token(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log").write_text("one")
    code, _, err = run_here(
        capsys, "classify", "--url", "http://127.0.0.1:1", "--token", "s3cret", str(tmp_path / "log")
    )
    assert code == 3
    assert "logatlas: no answer from http://127.0.0.1:1" in err
    assert "s3cret" not in err
    assert "Traceback" not in err


def test_bad_settings_are_one_line(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOGATLAS_PORT", "many")
    code, _, err = run_here(capsys, "settings")
    assert code == 2
    assert "LOGATLAS_PORT" in err


def test_settings_hide_secrets(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LLM_API_KEY", "hunter2")
    main_code, out, _ = run_here(capsys, "settings")
    assert main_code == 0
    assert "LLM_API_KEY=(set)" in out
    assert "hunter2" not in out


def test_models_are_listed(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOGATLAS_MODELS_DIR", str(tmp_path))
    code, out, _ = run_here(capsys, "models", "list")
    assert code == 0
    assert "smollm2-135m-instruct" in out
    assert "run `logatlas models prepare`" in out


@pytest.mark.parametrize(
    ("text", "shown"), [("a\tb\nc", "a b c"), ("\x1b]0;x\x07", "·]0;x·"), ("\u202eabc", "·abc"), ("caf\udce9", "caf·")]
)
def test_logs_cannot_command_the_terminal(text, shown):
    assert visible(text) == shown
