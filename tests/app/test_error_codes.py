"""Programs look at the codes of errors, so each stands in the table of docs/api.md."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import agents
import app
from agents.errors import LogatlasError

ROOT = Path(__file__).parents[2]


def documented():
    """The codes between the headings of the table and the next section."""
    errors = (ROOT / "docs" / "api.md").read_text().split("## Errors")[1].split("\n## ")[0]
    rows = [line for line in errors.splitlines() if line.startswith("|")]
    return {code for row in rows for code in re.findall(r"`(\w+)`", row)}


def written():
    """Codes that stand in the source of ``app``: of ApiError, as ``code =``, and of Flask's own errors."""
    found = {"bad_request", "not_found", "method_not_allowed", "too_large"}
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            values = []
            if isinstance(node, ast.Call):
                values = [word.value for word in node.keywords if word.arg == "code"]
                if isinstance(node.func, ast.Name) and node.func.id == "ApiError":
                    values += node.args[:1]
            elif isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "code" for t in node.targets):
                values = [node.value]
            found |= {v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)}
    return found


def declared():
    """The codes of all subclasses of LogatlasError in the packages that the service is made of."""
    for package in (agents, app):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)

    def below(kind):
        for subclass in kind.__subclasses__():
            yield subclass
            yield from below(subclass)

    return {kind.code for kind in below(LogatlasError) if kind.__module__.startswith(("agents.", "app."))}


@pytest.mark.parametrize("codes", [written, declared])
def test_every_code_is_documented(codes):
    found = codes()
    assert len(found) > 10
    assert found <= documented(), sorted(found - documented())


def test_codes_of_streams_and_refusals_are_among_them():
    assert {"incomplete_body", "uri_too_long", "headers_too_large", "invalid_event"} <= written()
