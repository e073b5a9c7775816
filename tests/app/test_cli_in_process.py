"""Commands without a running server: the parts are opened in the command's own process; here without weights."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SSHD = "Nov 22 10:00:01 web sshd[4721]: Failed password for root from 192.0.2.7 port 52144 ssh2"


@pytest.fixture(scope="module")
def run(module_folder):
    data_dir = module_folder
    environment = os.environ | {
        "LOGATLAS_DATA_DIR": str(data_dir), "LOGATLAS_MODELS_DIR": str(data_dir / "models"), "PYTHONPATH": str(ROOT),
    }  # fmt: skip

    def run(*arguments, stdin=None):
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments],
            input=stdin, capture_output=True, text=True, env=environment, cwd=data_dir, timeout=300, check=False,
        )  # fmt: skip

    return run


def test_classify_reads_standard_input_and_decides_with_what_is_there(run):
    done = run("classify", "-", "--format", "jsonl", stdin=f"{SSHD}\n{SSHD}\n")
    assert done.returncode == 0, done.stderr
    decisions = [json.loads(line) for line in done.stdout.splitlines()]
    assert [d["class_uid"] for d in decisions] == [3002, 3002]
    assert "knowledge" in decisions[0]["degraded"]
    assert "warning: the knowledge base is not up to date" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_table_for_people(run, tmp_path):
    (tmp_path / "auth.log").write_text(f"{SSHD}\n")
    done = run("classify", str(tmp_path / "auth.log"), "--format", "table")
    assert done.returncode == 0, done.stderr
    assert "Authentication" in done.stdout


def test_tokens_are_made_listed_and_revoked(run):
    made = run("token", "create", "pipeline", "--scope", "classify")
    assert made.returncode == 0, made.stderr
    assert "lat_" in made.stdout
    listed = run("token", "list")
    assert "pipeline" in listed.stdout
    assert made.stdout.split("lat_")[1].split()[0] not in listed.stdout


def test_knowledge_sync_without_weights_says_what_to_do(run):
    done = run("knowledge", "sync")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "models prepare" in done.stderr


def test_the_demo_shows_each_decision_and_sums_up(run):
    done = run("demo", "--events", "12", "--rate", "1000")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert sum("%" in line for line in lines) >= 12
    assert "12 decided" in lines[-1]
    raw = run("demo", "--events", "5", "--raw")
    assert len(raw.stdout.splitlines()) == 5
