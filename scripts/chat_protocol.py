"""Writes what describes the messages of ``/ws/chat``, from one source: JSON Schema, AsyncAPI, types of the UI."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic.json_schema import models_json_schema

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.chat import protocol  # noqa: E402

SCHEMA = ROOT / "docs/chat-protocol.schema.json"
ASYNCAPI = ROOT / "docs/asyncapi.yaml"
TYPES = ROOT / "ui/src/chat/protocol.ts"

_WIDTH = 120
# A name that means something else in every browser.
_RENAMED = {"Error": "ErrorMessage"}
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
_CLOSE_CODES = {
    1000: "The page closed, or nothing was said for `LOGATLAS_CHAT_IDLE_S` seconds.",
    1001: "The server stops; come back.",
    1003: "A binary frame: messages are text.",
    1008: "The session, the token or the role ended, or pings went unanswered.",
    1009: "A message of more than 64 KiB.",
    1013: "Too many sockets, or one that reads too slowly; come back later.",
}


def files() -> dict[Path, str]:
    """Every file that this writes, with its content."""
    schema = json_schema()
    return {
        SCHEMA: json.dumps(schema, indent=2, ensure_ascii=False) + "\n",
        ASYNCAPI: "# Written by scripts/chat_protocol.py.\n"
        + yaml.safe_dump(asyncapi(schema["$defs"]), sort_keys=False, allow_unicode=True, width=_WIDTH),
        TYPES: typescript(schema["$defs"]),
    }


def json_schema() -> dict[str, Any]:
    """The JSON Schema of every message: ``#/$defs/ClientMessage`` and ``#/$defs/ServerMessage``."""
    _, found = models_json_schema(
        [(model, "validation") for model in protocol.CLIENT_MESSAGES]
        + [(model, "serialization") for model in protocol.SERVER_MESSAGES]
    )
    definitions = {name: _untitled(definition) for name, definition in sorted(found["$defs"].items())}
    definitions["ClientMessage"] = _one_of(protocol.CLIENT_MESSAGES, "What a page sends.")
    definitions["ServerMessage"] = _one_of(protocol.SERVER_MESSAGES, "What the server sends.")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Messages of /ws/chat",
        "description": "Written by scripts/chat_protocol.py.",
        "oneOf": [{"$ref": "#/$defs/ClientMessage"}, {"$ref": "#/$defs/ServerMessage"}],
        "$defs": definitions,
    }


def _one_of(models: tuple[type, ...], description: str) -> dict[str, Any]:
    return {"description": description, "oneOf": [{"$ref": f"#/$defs/{model.__name__}"} for model in models]}


def _untitled(value: Any) -> Any:
    """Without the titles that only repeat names."""
    if isinstance(value, dict):
        return {key: _untitled(item) for key, item in value.items() if not (key == "title" and isinstance(item, str))}
    return [_untitled(item) for item in value] if isinstance(value, list) else value


def asyncapi(definitions: Mapping[str, Any]) -> dict[str, Any]:
    """The AsyncAPI 3 description of the channel."""
    messages = {
        model.__name__: {
            "name": definitions[model.__name__]["properties"]["type"]["const"],
            "contentType": "application/json",
            "summary": definitions[model.__name__].get("description", "").partition("\n\n")[0],
            "payload": {"$ref": f"./{SCHEMA.name}#/$defs/{model.__name__}"},
        }
        for model in (*protocol.CLIENT_MESSAGES, *protocol.SERVER_MESSAGES)
    }
    closes = "\n".join(f"- {code}: {text}" for code, text in _CLOSE_CODES.items())
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Logatlas analyst chat",
            "version": "1",
            "description": "One conversation over a WebSocket. Every frame is one JSON object in text. See chat.md.\n\n"
            f"Close codes:\n{closes}\n",
        },
        "channels": {
            "chat": {
                "address": "/ws/chat",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
            }
        },
        "operations": {
            "hear": _operation("receive", protocol.CLIENT_MESSAGES, "What a page sends."),
            "tell": _operation("send", protocol.SERVER_MESSAGES, "What the server sends."),
        },
        "components": {
            "messages": messages,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "httpApiKey", "in": "cookie", "name": "logatlas"},
            },
        },
    }


def _operation(action: str, models: tuple[type, ...], summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": "#/channels/chat"},
        "messages": [{"$ref": f"#/channels/chat/messages/{model.__name__}"} for model in models],
    }


def typescript(definitions: Mapping[str, Any]) -> str:
    """The interfaces of the UI, formatted as Prettier does."""
    parts = ["// Written by scripts/chat_protocol.py: the messages of /ws/chat.\n"]
    parts += [
        f"export const {name} = {getattr(protocol, name)};\n"
        for name in ("MAX_QUESTION_CHARACTERS", "MAX_NOTE_CHARACTERS")
    ]
    for name, definition in definitions.items():
        parts.append("\n" + _comment(definition.get("description", ""), ""))
        if "oneOf" in definition:
            names = [_name(option["$ref"]) for option in definition["oneOf"]]
            parts.append(_alias(name, names))
        else:
            parts.append(f"export interface {_RENAMED.get(name, name)} {{\n{_members(definition)}}}\n")
    return "".join(parts)


def _alias(name: str, names: list[str]) -> str:
    line = f"export type {name} = {' | '.join(names)};\n"
    if len(line) <= _WIDTH + 1:
        return line
    if len(line := f"  {' | '.join(names)};\n") <= _WIDTH + 1:
        return f"export type {name} =\n{line}"
    return f"export type {name} =\n" + "\n".join(f"  | {option}" for option in names) + ";\n"


def _members(definition: Mapping[str, Any]) -> str:
    required = set(definition.get("required", ()))
    lines = []
    for name, schema in definition["properties"].items():
        lines.append(_comment(schema.get("description", ""), "  "))
        line = f"  {name}{'' if name in required else '?'}: {_type(schema)};\n"
        if len(line) > _WIDTH + 1:
            options = _type(schema).split(" | ")
            line = f"  {name}{'' if name in required else '?'}:\n" + "\n".join(f"    | {o}" for o in options) + ";\n"
        lines.append(line)
    return "".join(lines)


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _name(schema["$ref"])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_type(option) for option in schema["anyOf"])
    if schema["type"] == "array":
        if "prefixItems" in schema:
            return f"[{', '.join(_type(item) for item in schema['prefixItems'])}]"
        item = _type(schema["items"])
        return f"({item})[]" if " | " in item else f"{item}[]"
    return _PLAIN[schema["type"]]


def _name(reference: str) -> str:
    name = reference.rpartition("/")[2]
    return _RENAMED.get(name, name)


def _comment(text: str, indent: str) -> str:
    if not text:
        return ""
    lines = text.replace("``", "`").strip().splitlines()
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    return f"{indent}/**\n" + "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines) + f"{indent} */\n"


def main() -> None:
    """Write the files; with ``--check`` only say which are stale."""
    stale = [path for path, text in files().items() if not path.exists() or path.read_text("utf-8") != text]
    if "--check" in sys.argv:
        print("\n".join(f"{path.relative_to(ROOT)} is stale" for path in stale))
        sys.exit(bool(stale))
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files()[path], encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
