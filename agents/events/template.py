"""Templates: events with their variable parts masked.

Two events of one template always deserve one class. So what may discriminate stays (event ids, actions, types,
outcomes, codes, words), what cannot is masked (addresses, times, ids, counters, user names, paths), and where a
name and a value's shape leave it open the value stays: a needless split costs one model call, a wrong merge a wrong
decision.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from agents.events.event import Event, Field, Format, Source
from agents.events.masks import ABSENT, masked_path, masked_text, masked_value
from agents.events.names import DEFAULT, LONG_CODE, NO_RANK, TELLING, TITLE, Role, role_of, roles_among

TEMPLATE_VERSION = 4
"""Raised whenever the text of any template changes, so that stored templates of older rules never match."""

_MOST_TELLING = 32
_LONGEST_VALUE = 2000
_MANY_DIGITS = 5
_MOST_COMPANIONS = 16
_LONGEST_PATH = 200
_UNNAMED = re.compile(r"col\d{1,3}")
_LONGEST_CODE = 5
_MOST_COLUMNS = 100
_ANY = Role(DEFAULT)


@dataclass(frozen=True, slots=True)
class Template:
    """What is common to all events of one kind.

    ``text`` names the formats, then has one ``path=value`` line a field, sorted, then the masked message.
    ``template_id`` is 16 hex digits over the version, the text and the source hints. ``telling`` are this event's
    fields whose value was kept because it discriminates, most telling first, at most 32. ``message`` is the masked
    free text alone, empty where there is none.
    """

    text: str
    template_id: str
    telling: tuple[Field, ...]
    message: str = ""


def make_template(event: Event) -> Template:
    """The template of an event; deterministic, and blind to the order of fields and the length of lists."""
    lines: set[str] = set()
    telling: list[tuple[int, int, Field]] = []
    seen: set[tuple[str, str]] = set()
    among = _roles_among_neighbours(event) if event.formats[-1] is Format.KV else {}
    codes = _codes_in_unnamed_columns(event) if event.formats[-1] is Format.CSV else frozenset()
    for number, field in enumerate(event.fields):
        role, mask, label = _described(field.path)
        if number in codes:
            lines.add(f"{label}={field.value}")
            continue
        if among and field.path in among:
            role, mask = among[field.path], among[field.path].mask
        if mask is not None:
            lines.add(f"{label}={'-' if field.value in ABSENT else mask}")
            continue
        value = masked_value(role, field.value)
        if len(value) > _LONGEST_VALUE:
            value = _shortened(value)
        lines.add(f"{label}={value}")
        if role.rank < NO_RANK and _tells(role, field.value, value) and (field.path, value) not in seen:
            seen.add((field.path, value))
            telling.append((role.rank, number, field))
    text = "\n".join([" ".join(event.formats), *sorted(lines)])
    message = _shortened(masked_text(event.message)) if event.message else ""
    if event.message:
        text += "\n" + message
    telling.sort(key=lambda item: item[:2])
    first = tuple(field for _, _, field in telling[:_MOST_TELLING])
    return Template(text, _template_id(text, event.source), first, message)


def _roles_among_neighbours(event: Event) -> Mapping[str, Role]:
    """See ``roles_among``; only an event with few fields can be one of those."""
    if len(event.fields) > _MOST_COMPANIONS:
        return {}
    siblings: dict[str, set[str]] = {}
    for field in event.fields:
        parent, _, name = field.path.rpartition(".")
        siblings.setdefault(parent, set()).add(name)
    return {
        f"{parent}.{name}" if parent else name: role
        for parent, names in siblings.items()
        for name, role in roles_among(names).items()
    }


def _codes_in_unnamed_columns(event: Event) -> frozenset[int]:
    """Which fields are short integers in columns without a name: any of them may be the id of the event.

    In the record of a connection (two addresses or more) those that follow an address are its ports.
    """
    addresses = [masked_value(_ANY, field.value).startswith("<addr>") for field in event.fields[:_MOST_COLUMNS]]
    connection = sum(addresses) > 1
    codes: set[int] = set()
    after_address = False
    for number, (field, is_address) in enumerate(zip(event.fields, addresses, strict=False)):
        if is_address or not field.value.isdecimal():
            after_address = is_address and connection
        elif not after_address and len(field.value) <= _LONGEST_CODE and _UNNAMED.fullmatch(field.path):
            codes.add(number)
    return frozenset(codes)


def _tells(role: Role, raw: str, masked: str) -> bool:
    if role.kind in {TELLING, LONG_CODE}:
        return raw not in ABSENT and not masked.startswith("<") and len(raw) <= _LONGEST_VALUE
    return role.kind == TITLE and masked == raw


def _template_id(text: str, source: Source) -> str:
    hints = "\x00".join(" ".join(hint.lower().split()) for hint in (source.vendor, source.product, source.sourcetype))
    content = f"{TEMPLATE_VERSION}\x00{hints}\x00{text}"
    return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _shortened(value: str) -> str:
    """At most 2,000 characters, the rest as a hash: what is not shown still discriminates."""
    if len(value) <= _LONGEST_VALUE:
        return value
    rest = hashlib.blake2b(value[_LONGEST_VALUE:].encode(), digest_size=8).hexdigest()
    return f"{value[:_LONGEST_VALUE]} …{rest}"


def _described(path: str) -> tuple[Role, str | None, str]:
    """The role of a path, its mask, and the path as it stands in a template."""
    return _described_short(path) if len(path) <= _LONGEST_PATH else _describe(path)


def _describe(path: str) -> tuple[Role, str | None, str]:
    role = role_of(path)
    label = masked_path(path) if sum(map(str.isdecimal, path)) >= _MANY_DIGITS else path
    return role, role.mask, " ".join(label.split()).replace("=", "\\=")


_described_short = lru_cache(maxsize=16384)(_describe)
