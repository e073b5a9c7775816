"""Activities that a question names in a word ("refuse? not deny?"): captions of the taxonomy, in any of their forms."""

from __future__ import annotations

from agents.chat.clauses import Clause
from agents.chat.intents import ENOUGH, load_intents, normal, word_list
from agents.ocsf import OcsfClass, Taxonomy

_LONGEST = 4  # words
_BESIDE = frozenset({"not", "or", "and", "but"})
_NEUTRAL = frozenset({0, 99})
_ENDINGS = ("ied", "ing", "ed", "es", "s", "e", "y")


def activities_asked(clause: Clause, taxonomy: Taxonomy, own: OcsfClass | None, *, goes_on: bool) -> tuple[str, ...]:
    """The words of a clause that says nothing but names of activities, as they were written; empty where it says more.

    Names of other classes' activities count where they are no question by themselves. Where the question ``goes_on``
    with one about the activity, "not" and any word is such a name.
    """
    words = normal(clause.text).split()
    telling = [w for w in words if w not in word_list("words")]
    if not telling and own is not None:  # an activity may be called by a word that any question has ("read")
        telling = [w for w in words if w not in _BESIDE and named(own, w) is not None]
        telling = telling if all(w in _BESIDE or w in telling for w in words) else []
    if not telling or len(words) > _LONGEST:
        return ()
    if own is not None and all(named(own, word) is not None for word in telling):
        return tuple(telling)
    if clause.class_uids or clause.texts or clause.numbers:
        return ()
    if goes_on and "not" in words and len(telling) == 1:
        return tuple(telling)
    captions = {_stem(a.caption.lower()) for c in taxonomy.current for a in c.activities.values()}
    known = all(_stem(word) in captions for word in telling)
    return tuple(telling) if known and not _is_question(clause) else ()


def named(ocsf_class: OcsfClass, word: str) -> tuple[int, str] | None:
    """Id and caption of the activity of a class that a word names, ``None`` where it has none."""
    found = (
        (a.activity_id, a.caption)
        for a in ocsf_class.activities.values()
        if a.activity_id not in _NEUTRAL and _stem(word) == _stem(a.caption.lower())
    )
    return next(found, None)


def _stem(word: str) -> str:
    ending = next((e for e in _ENDINGS if word.endswith(e) and len(word) > len(e) + 2), "")
    return word.removesuffix(ending)


def _is_question(clause: Clause) -> bool:
    scores = load_intents().score(clause.masked)
    return bool(scores) and scores[0].score >= ENOUGH
