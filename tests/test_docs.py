"""What the documents say is held against the product: commands, links, settings, routes, figures' commands."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from agents.knowledge.catalog import load_catalog
from agents.knowledge.catalog.samples import PLACEHOLDERS, placeholders
from agents.ocsf import load_taxonomy
from app.cli import main
from app.settings import Settings, setting_name
from evals.configurations import CONFIGURATIONS

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {path.name: path.read_text() for path in DOCUMENTS}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("name", TEXTS)
def test_commands_exist(name):
    for words in re.findall(r"`logatlas ([a-z]+(?: [a-z]+)?)", TEXTS[name]):
        command: click.Command = main
        for word in words.split():
            if not isinstance(command, click.Group):
                break
            assert word in command.commands, f"logatlas {words}"
            command = command.commands[word]


@pytest.mark.parametrize("name", TEXTS)
def test_settings_exist(name):
    known = {setting_name(field, key) for key, field in Settings.model_fields.items()}
    named = set(re.findall(r"\b(LOGATLAS_[A-Z_]+[A-Z])\b", TEXTS[name]))
    allowed = {f"{setting}_FILE" for setting in known} | {"LOGATLAS_TOKEN"}
    assert named <= known | allowed


@pytest.mark.parametrize("name", TEXTS)
def test_files_that_are_named_exist(name):
    for target in re.findall(r"`((?:agents|app|evals|models|prompts|scripts|tests|docs)/[\w./-]+\.\w+)`", TEXTS[name]):
        assert (ROOT / target).exists(), target


def test_routes_of_the_api_document_exist():
    source = "".join(path.read_text() for path in (ROOT / "app" / "routes").glob("*.py"))
    for route in set(re.findall(r"`(?:GET|POST|DELETE) (/[a-z/_]+)", TEXTS["api.md"])):
        assert route.rstrip("/").rpartition("/")[2] in source, route


def test_evaluation_configurations_are_documented():
    documented = set(re.findall(r"^\| `([a-z-]+)` \|", TEXTS["evals.md"], re.MULTILINE))
    assert set(CONFIGURATIONS) <= documented


def test_the_catalog_example_uses_real_placeholders():
    assert set(placeholders(TEXTS["catalog.md"])) <= set(PLACEHOLDERS)
    assert load_catalog(load_taxonomy()).products


@pytest.mark.parametrize(
    "package", ["Flask", "llama-cpp-python", "qdrant-edge-py", "chdb", "trieve-py-client", "diskcache"]
)
def test_the_licence_table_names_what_it_stands_on(package):
    table = TEXTS["README.md"].split("## What it stands on")[1]
    assert package in table
