"""The activity within a class: from the guide that matched, else learned, else from the words of the event."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from agents.classifier.words import ActivityModel
from agents.events import Event, Template, printable, split_words
from agents.knowledge.catalog import EventView, GuideMatch
from agents.ocsf import OcsfClass

UNKNOWN_ACTIVITY = 0
_VAGUE = frozenset({0, 99})  # Unknown and Other, in every class
_SURE, _LIKELY = 0.5, 0.4

_MESSAGE_CHARACTERS = 1000
_TELLING_FIELDS = 24
# A word in a field that the template keeps tells more than one in free text; a phrase tells more than a word.
_FIELD_WEIGHT, _TEXT_WEIGHT = 3.0, 1.0
_SPACES = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class ActivityWords:
    """What ``activity.toml`` has: phrases by caption, each padded with spaces, and the default of a class.

    ``least`` is the probability from which on a caption counts that was learned, where it is a special one.
    """

    version: str
    phrases: Mapping[str, tuple[str, ...]]
    default: Mapping[str, str]
    least: Mapping[str, float]


def choose_activity(
    ocsf_class: OcsfClass,
    match: GuideMatch | None,
    event: Event,
    template: Template,
    learned: ActivityModel | None = None,
) -> int:
    """The activity id: what the guide that matched says, else what was ``learned``, else what the event's words say.

    A guide whose default is Unknown or Other gives way to what was learned with a probability of one half, one that
    names this event and says so does not; where no guide matched four tenths do, or what ``activity.toml`` asks for.
    Without a word the class's default, and without that 0 (Unknown). Ties go to the lower id.
    """
    said = None
    if match is not None and match.guide.class_uid == ocsf_class.uid and match.activity_id in ocsf_class.activities:
        said = match.activity_id
        if said not in _VAGUE or _is_named(match, event):
            return said
    if learned is not None:
        named = {a.caption: a.activity_id for a in ocsf_class.activities.values() if a.activity_id not in _VAGUE}
        found = learned.likeliest(named, event, template)
        if found is not None and found[1] >= (
            _SURE if said is not None else _vocabulary().least.get(found[0], _LIKELY)
        ):
            return named[found[0]]
    return said if said is not None else _by_phrases(ocsf_class, event, template)


def _is_named(match: GuideMatch, event: Event) -> bool:
    """Whether the activity comes from a rule with conditions, which names the event, and not from the default."""
    rules = match.guide.activities
    if not any(rule.when and rule.activity_id == match.activity_id for rule in rules):
        return False
    view = EventView(event)
    held = next((rule for rule in rules if all(condition.find(view)[0] for condition in rule.when)), None)
    return held is not None and bool(held.when)


def _by_phrases(ocsf_class: OcsfClass, event: Event, template: Template) -> int:
    vocabulary = _vocabulary()
    weights: dict[int, float] = {}
    for text, weight in _texts(event, template):
        for activity in ocsf_class.activities.values():
            found = [p for p in _phrases(activity.caption, vocabulary) if p in text]
            if found:
                longest = max(len(p.split()) for p in found)
                weights[activity.activity_id] = weights.get(activity.activity_id, 0.0) + weight * longest
    if weights:
        return min(weights, key=lambda uid: (-weights[uid], uid))
    default = ocsf_class.activity(vocabulary.default.get(ocsf_class.caption, "Unknown"))
    return default.activity_id if default else UNKNOWN_ACTIVITY


def vocabulary_version() -> str:
    """8 hex digits that change with the words of activities."""
    return _vocabulary().version


def _texts(event: Event, template: Template) -> Iterator[tuple[str, float]]:
    for field in template.telling[:_TELLING_FIELDS]:
        yield _normalise(split_words(field.value)), _FIELD_WEIGHT
    text = event.message or ("" if event.fields else event.raw)
    if text:
        yield _normalise(split_words(printable(text[:_MESSAGE_CHARACTERS]))), _TEXT_WEIGHT


def _phrases(caption: str, vocabulary: ActivityWords) -> tuple[str, ...]:
    if caption in ("Unknown", "Other"):
        return ()
    return (_normalise(caption), *vocabulary.phrases.get(caption, ()))


def _normalise(text: str) -> str:
    return f" {_SPACES.sub(' ', text.lower()).strip()} "


@cache
def _vocabulary() -> ActivityWords:
    content = files(__package__).joinpath("activity.toml").read_bytes()
    data = tomllib.loads(content.decode())
    phrases = {caption: tuple(_normalise(p) for p in found) for caption, found in data["words"].items()}
    return ActivityWords(hashlib.sha256(content).hexdigest()[:8], phrases, data["default"], data["least"])
