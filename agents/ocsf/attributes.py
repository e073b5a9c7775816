"""What OCSF says about attributes: of a class, of an object, or of the dictionary they come from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import ocsf_json_schema

from agents.ocsf.taxonomy import plain_text


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute.

    ``name`` is the schema's key (``src_endpoint``, ``user.name``), ``requirement`` is ``required``, ``recommended`` or
    ``optional`` where a class was asked, otherwise empty; ``values`` are the captions of its enumeration by key.
    """

    name: str
    caption: str
    description: str
    type: str
    requirement: str
    values: Mapping[str, str]
    class_name: str = ""


def find_attribute(version: str, path: str, class_name: str | None = None) -> Attribute | None:
    """The attribute with this name or dotted path, as a class (by its schema name) has it, else as the dictionary does.

    Case, spaces and hyphens are ignored (``Source Endpoint`` is ``src_endpoint`` by its caption).
    """
    schema = _schema(version)
    first, *rest = [part for part in path.split(".") if part]
    attributes = schema["classes"].get(class_name or "", {}).get("attributes", {})
    name, data = _among(attributes, first)
    held_by = class_name or ""
    if data is None:
        held_by = ""
        name, data = _among(schema["dictionary"]["attributes"], first)
    for part in rest:
        inner = schema["objects"].get((data or {}).get("object_type", ""), {}).get("attributes", {})
        found, data = _among(inner, part)
        name = f"{name}.{found}"
    if data is None:
        return None
    values = {str(key): str(value.get("caption", "")) for key, value in data.get("enum", {}).items()}
    return Attribute(
        name=name,
        caption=data.get("caption", name),
        description=plain_text(data.get("description", "")),
        type=data.get("object_type") or data.get("type", "").removesuffix("_t"),
        requirement=data.get("requirement", "") if held_by else "",
        values=values,
        class_name=held_by,
    )


def attribute_names(version: str) -> frozenset[str]:
    """The keys of all attributes of the dictionary."""
    return frozenset(_schema(version)["dictionary"]["attributes"])


def _among(attributes: Mapping[str, Any], wanted: str) -> tuple[str, Mapping[str, Any] | None]:
    if wanted in attributes:
        return wanted, attributes[wanted]
    key = _key(wanted)
    for name, data in attributes.items():
        if key in (_key(name), _key(data.get("caption", ""))):
            return name, data
    return wanted, None


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


@cache
def _schema(version: str) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = ocsf_json_schema.get_ocsf_schema(version=version)
    return schema
