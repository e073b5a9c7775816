"""How a chunk of Logatlas is written as a chunk of Trieve, and how Trieve is asked for it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from agents.events.event import printable
from agents.knowledge.base import Chunk, Kind

_PLAIN_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]{0,63}")


def to_payload(chunk: Chunk) -> dict[str, Any]:
    """The ``ChunkReqPayload`` that stores ``chunk`` under its id, replacing what stood there.

    ``chunk_html`` is the text as it is (no HTML conversion, which would eat ``<134>`` and XML). The dense index reads
    title and text, the lexical ones the tokens as well. Everything else comes back through ``metadata``. NUL
    characters, which Trieve's PostgreSQL cannot store, become U+FFFD.
    """
    words = clean_text(f"{chunk.title}\n{chunk.text}")
    return {
        "tracking_id": chunk.chunk_id,
        "upsert_by_tracking_id": True,
        "chunk_html": clean_text(chunk.text),
        "semantic_content": words,
        "fulltext_content": "\n".join((words, " ".join(chunk.tokens))) if chunk.tokens else words,
        "convert_html_to_text": False,
        "tag_set": _tags(chunk),
        **_groups(chunk),
        "metadata": _storable(
            {
                "kind": chunk.kind.value,
                "title": chunk.title,
                "ocsf_version": chunk.ocsf_version,
                "class_uid": chunk.class_uid,
                "activity_id": chunk.activity_id,
                "tokens": list(chunk.tokens),
                "metadata": dict(chunk.metadata),
                "content_hash": chunk.content_hash,
            }
        ),
    }


def from_stored(stored: Mapping[str, Any]) -> Chunk:
    """The chunk in Trieve's ``ChunkMetadata`` (as parsed JSON).

    Raises:
        ValueError: it was not written by ``to_payload``.
    """
    try:
        said = stored["metadata"]
        return Chunk(
            chunk_id=_str(stored["tracking_id"]),
            kind=Kind(said["kind"]),
            title=_str(said["title"]),
            text=_str(stored["chunk_html"]),
            ocsf_version=_str(said["ocsf_version"]),
            class_uid=_int_or_none(said["class_uid"]),
            activity_id=_int_or_none(said["activity_id"]),
            tokens=tuple(_str(token) for token in said["tokens"]),
            metadata=dict(said["metadata"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a chunk of Logatlas: {stored.get('tracking_id')!r}") from error


def stored_hash(stored: Mapping[str, Any]) -> str:
    """The content hash that ``to_payload`` wrote; empty where there is none, so that it differs from every hash."""
    said = stored.get("metadata")
    found = said.get("content_hash") if isinstance(said, Mapping) else None
    return found if isinstance(found, str) else ""


def stored_kind(stored: Mapping[str, Any]) -> str | None:
    """The kind that ``to_payload`` wrote, as text; ``None`` where there is none."""
    said = stored.get("metadata")
    found = said.get("kind") if isinstance(said, Mapping) else None
    return found if isinstance(found, str) else None


def tag_filter(
    kinds: Iterable[Kind], ocsf_version: str | None = None, without_products: Iterable[str] = ()
) -> dict[str, Any]:
    """A ``ChunkFilter`` for chunks of these kinds, of one OCSF version where given, not of these products."""
    must = [_any_of(f"kind:{kind.value}" for kind in kinds)]
    if ocsf_version is not None:
        must.append(_any_of([_tag("ocsf", ocsf_version)]))
    found: dict[str, Any] = {"must": must}
    if excluded := [_tag("product", product) for product in sorted(without_products)]:
        found["must_not"] = [_any_of(excluded)]
    return found


def id_filter(chunk_ids: Iterable[str]) -> dict[str, Any]:
    """A ``ChunkFilter`` for the chunks of these ids."""
    return {"must": [{"tracking_ids": list(chunk_ids)}]}


def clean_text(text: str) -> str:
    """``text`` with U+FFFD for NUL and lone surrogates, which Trieve refuses in JSON or cannot store."""
    return printable(text).replace("\0", "\ufffd")


def _tags(chunk: Chunk) -> list[str]:
    tags = [f"kind:{chunk.kind.value}", _tag("ocsf", chunk.ocsf_version)]
    product = chunk.metadata.get("product")
    if isinstance(product, str):
        tags.append(_tag("product", product))
    return tags


def _groups(chunk: Chunk) -> dict[str, Any]:
    """A turn lies in the group of its conversation."""
    conversation = chunk.metadata.get("conversation_id")
    if chunk.kind is not Kind.TRANSCRIPT or not isinstance(conversation, str):
        return {}
    return {"group_tracking_ids": [conversation]}


def _tag(name: str, value: str) -> str:
    # Older parts of Trieve keep the tags of a chunk as one comma-separated text; odd values go as a hash.
    if not _PLAIN_TAG.fullmatch(value):
        value = "#" + hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{name}:{value}"


def _any_of(tags: Iterable[str]) -> dict[str, Any]:
    return {"field": "tag_set", "match_any": list(tags)}


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return value


def _str(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value


def _int_or_none(value: object) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise TypeError("whole number expected")
    return value
