"""Categories, classes and activities of one OCSF version, read from the package ``ocsf-json-schema``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from html import unescape
from types import MappingProxyType
from typing import Any

import ocsf_json_schema

from agents.errors import ConfigurationError

BASE_EVENT_UID = 0
_REQUIREMENTS = ("required", "recommended")
_OTHER_GROUPS = frozenset({"classification", "context", "occurrence"})
# An attribute that more than this share of all classes has (device, status, cloud ...) tells no class apart.
_COMMON_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Activity:
    """One value of a class's ``activity_id``; ``caption`` as in the schema, ``description`` plain text."""

    activity_id: int
    caption: str
    description: str


@dataclass(frozen=True, slots=True)
class OcsfClass:
    """One event class.

    ``name`` is the schema's key (``authentication``, ``win/registry_key_activity``), ``caption`` the display
    name, ``description`` plain text without HTML. ``telling_attributes`` are the required and recommended
    attributes that are the class's own (not those every class has). ``deprecated_since`` is the OCSF version
    that deprecated the class or ``None``; ``replaced_by`` the uids of classes its deprecation note names.
    """

    uid: int
    name: str
    caption: str
    description: str
    category_uid: int
    category_name: str
    activities: Mapping[int, Activity]
    telling_attributes: tuple[str, ...]
    deprecated_since: str | None = None
    deprecation: str = ""
    replaced_by: tuple[int, ...] = ()

    @property
    def deprecated(self) -> bool:
        """Whether the version in use marks the class as deprecated."""
        return self.deprecated_since is not None

    def type_uid(self, activity_id: int) -> int:
        """``class_uid * 100 + activity_id``, as OCSF defines it."""
        return self.uid * 100 + activity_id

    def activity(self, activity: int | str) -> Activity | None:
        """The activity with this id, or this caption (case and separators ignored)."""
        if isinstance(activity, int):
            return self.activities.get(activity)
        wanted = _key(activity)
        return next((a for a in self.activities.values() if _key(a.caption) == wanted), None)


@dataclass(frozen=True)
class Taxonomy:
    """All classes of one OCSF version, by uid."""

    version: str
    classes: Mapping[int, OcsfClass]

    def __getitem__(self, uid: int) -> OcsfClass:
        return self.classes[uid]

    def __contains__(self, uid: object) -> bool:
        return uid in self.classes

    def find(self, name: str | int) -> OcsfClass | None:
        """A class by uid, caption or schema name (case, spaces, underscores and extension prefix ignored)."""
        if isinstance(name, int):
            return self.classes.get(name)
        return self._by_name.get(_key(name))

    @cached_property
    def _by_name(self) -> Mapping[str, OcsfClass]:
        """Classes by the keys of caption and name; of two with one key the current one, then that of the lower uid."""
        found: dict[str, OcsfClass] = {}
        for ocsf_class in sorted(self.classes.values(), key=lambda c: (c.deprecated, c.uid)):
            for text in (ocsf_class.caption, ocsf_class.name.rpartition("/")[2]):
                found.setdefault(_key(text), ocsf_class)
        return found

    @property
    def current(self) -> tuple[OcsfClass, ...]:
        """The classes that are not deprecated, by uid."""
        return tuple(c for c in self.classes.values() if not c.deprecated)


@cache
def load_taxonomy(version: str = "1.8.0") -> Taxonomy:
    """The taxonomy of one OCSF version with the extensions the package compiles in (Windows among them).

    Raises:
        ConfigurationError: the package does not hold this version; the message names those it holds.
    """
    available = sorted(ocsf_json_schema.get_packaged_versions())
    if version not in available:
        raise ConfigurationError(f"OCSF {version} is not available; choose one of {', '.join(available)}")
    schema: dict[str, Any] = ocsf_json_schema.get_ocsf_schema(version=version)
    found = [_read_class(name, data) for name, data in schema["classes"].items() if data.get("uid") is not None]
    by_name = {key: c for c in found for key in (_key(c.caption), _key(c.name.rpartition("/")[2]))}
    usage = Counter(name for c in found for name in c.telling_attributes)
    classes = {}
    for c in sorted(found, key=lambda c: c.uid):
        telling = tuple(name for name in c.telling_attributes if usage[name] <= len(found) * _COMMON_SHARE)
        classes[c.uid] = replace(c, telling_attributes=telling, replaced_by=_replacements(c, by_name))
    return Taxonomy(version=schema["version"], classes=MappingProxyType(classes))


def plain_text(html: str) -> str:
    """HTML of a schema description as one line of plain text."""
    text = re.sub(r"<br\s*/?>|</?(?:p|li|ul|ol|div)\b[^>]*>", " ", html)
    text = unescape(re.sub(r"</?[a-zA-Z][^>]*>", "", text))
    return re.sub(r"\s+", " ", text).strip()


def _read_class(name: str, data: Mapping[str, Any]) -> OcsfClass:
    attributes: Mapping[str, Any] = data["attributes"]
    enum: Mapping[str, Any] = attributes.get("activity_id", {}).get("enum", {})
    activities = {
        int(uid): Activity(int(uid), value.get("caption", ""), plain_text(value.get("description", "")))
        for uid, value in sorted(enum.items(), key=lambda item: int(item[0]))
    }
    telling = tuple(
        sorted(
            key for key, a in attributes.items()
            if a.get("requirement") in _REQUIREMENTS and a.get("group") not in _OTHER_GROUPS
        )
    )  # fmt: skip
    note = data.get("@deprecated") or {}
    return OcsfClass(
        uid=int(data["uid"]),
        name=name,
        caption=data["caption"],
        description=plain_text(data.get("description", "")),
        category_uid=int(data.get("category_uid") or 0),
        category_name=data.get("category_name") or "Uncategorized",
        activities=MappingProxyType(activities),
        telling_attributes=telling,
        deprecated_since=note.get("since"),
        deprecation=plain_text(note.get("message", "")),
    )


def _replacements(deprecated: OcsfClass, by_name: Mapping[str, OcsfClass]) -> tuple[int, ...]:
    """The uids of the classes that a deprecation note names in prose ("Use the Live Evidence Info class")."""
    note, replaced = _key(deprecated.deprecation), set()
    # Longest name first, each taken out once found, so that a short name does not match inside a longer one.
    for key, candidate in sorted(by_name.items(), key=lambda item: -len(item[0])):
        if key and key in note and not candidate.deprecated:
            note = note.replace(key, " ")
            replaced.add(candidate.uid)
    return tuple(sorted(replaced))


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
