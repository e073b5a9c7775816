"""The messages have one source: what is written from it is up to date, and the document's example keeps to it."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("chat_protocol", ROOT / "scripts/chat_protocol.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_written_from_the_protocol_is_up_to_date(script):
    for path, text in script.files().items():
        assert path.read_text(encoding="utf-8") == text, f"run scripts/chat_protocol.py: {path.name} is stale"


def test_the_types_of_the_ui_name_every_message(script):
    types = script.files()[script.TYPES]
    assert "export interface Hello {\n" in types
    assert "last_seq?: number | null;" in types
    assert 'rating: "up" | "down" | null;' in types
    assert "spans: [number, number][];" in types


def test_the_asyncapi_document_refers_to_messages_that_exist(script):
    document = yaml.safe_load((ROOT / "docs/asyncapi.yaml").read_text())
    definitions = script.json_schema()["$defs"]
    for message in document["components"]["messages"].values():
        assert message["payload"]["$ref"].rpartition("/")[2] in definitions
    for operation in document["operations"].values():
        for reference in operation["messages"]:
            assert reference["$ref"].rpartition("/")[2] in document["channels"]["chat"]["messages"]


def test_the_example_of_the_document_keeps_to_the_schema(script):
    definitions = script.json_schema()["$defs"]
    # The document leaves out what has its default, which the schema of the server's messages asks for.
    server = json.loads(json.dumps(definitions))
    for definition in server.values():
        definition.pop("required", None)
    lines = re.findall(r"^([<>]) (\{.*\})$", (ROOT / "docs/chat.md").read_text(), re.MULTILINE)
    assert len(lines) == 11
    for side, text in lines:
        of, name = (definitions, "ClientMessage") if side == ">" else (server, "ServerMessage")
        message = json.loads(text)
        jsonschema.validate(message, {"$defs": of, **_of_type(of, name, message["type"])})


def _of_type(definitions, union, type_):
    for option in definitions[union]["oneOf"]:
        if definitions[option["$ref"].rpartition("/")[2]]["properties"]["type"]["const"] == type_:
            return option
    raise AssertionError(type_)
