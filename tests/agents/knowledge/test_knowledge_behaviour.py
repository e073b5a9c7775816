"""What every knowledge base does, whatever it stands on. Runs once for each adapter of ``conftest.ADAPTERS``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agents.knowledge.base import Chunk, Hit, Kind, KnowledgeBase, KnowledgeUnavailableError, Query, lexical_token
from agents.knowledge.embedding import LlamaCppEmbedder

VERSION = "1.8.0"


def a_chunk(chunk_id: str, kind: Kind = Kind.GUIDE, text: str = "some text", **given: Any) -> Chunk:
    return Chunk(chunk_id, kind, given.pop("title", chunk_id), text, given.pop("ocsf_version", VERSION), **given)


LOGON = a_chunk(
    "guide:windows-security:4624",
    title="An account was successfully logged on",
    text="A logon session was created on the computer that was accessed. Logon type and source address are recorded.",
    class_uid=3002,
    activity_id=1,
    tokens=(lexical_token("EventID", "4624"), lexical_token("Channel", "Security")),
    metadata={"product": "Windows Security"},
)
LOGOFF = a_chunk(
    "guide:windows-security:4634",
    title="An account was logged off",
    text="A logon session was destroyed. Logon type and logon id are recorded; it may have been a network logon.",
    class_uid=3002,
    activity_id=2,
    tokens=(lexical_token("EventID", "4634"), lexical_token("Channel", "Security")),
    metadata={"product": "Windows Security"},
)
LOOKUP = a_chunk(
    "guide:bind:query",
    title="DNS query",
    text="A client asked the name server to resolve a domain name.",
    class_uid=4003,
    metadata={"product": "BIND"},
)
AUTHENTICATION = a_chunk(
    "class:1.8.0:3002", Kind.CLASS, "Authentication: users log on to and log off from systems.", class_uid=3002
)
DNS_ACTIVITY = a_chunk("class:1.8.0:4003", Kind.CLASS, "DNS Activity: queries and answers.", class_uid=4003)
EXAMPLE = a_chunk("example:1", Kind.EXAMPLE, "named[12]: client 192.0.2.1 query: example.org IN A", class_uid=4003)
ALL = (LOGON, LOGOFF, LOOKUP, AUTHENTICATION, DNS_ACTIVITY, EXAMPLE)


def search(knowledge: KnowledgeBase, text: str, limits: dict[Kind, int] | None = None, **given: Any) -> list[Hit]:
    version = given.pop("ocsf_version", VERSION)
    return knowledge.search(Query(text, limits or {Kind.GUIDE: 5}, version, **given))


def ids(hits: list[Hit]) -> list[str]:
    return [hit.chunk.chunk_id for hit in hits]


@pytest.fixture
def filled(knowledge_base: KnowledgeBase) -> KnowledgeBase:
    knowledge_base.upsert(ALL)
    return knowledge_base


def test_chunks_come_back_in_the_order_asked(filled: KnowledgeBase) -> None:
    assert filled.get(["example:1", "not:there", LOGON.chunk_id]) == [EXAMPLE, LOGON]


def test_upsert_twice_is_upsert_once(filled: KnowledgeBase) -> None:
    filled.upsert(ALL)
    assert filled.count() == len(ALL)
    assert filled.get([chunk.chunk_id for chunk in ALL]) == list(ALL)


def test_upsert_replaces_the_chunk_with_the_same_id(filled: KnowledgeBase) -> None:
    changed = replace(LOOKUP, text="A resolver forwarded a question.", class_uid=4001, tokens=("rcode0nxdomain",))
    filled.upsert([changed])
    assert filled.get([LOOKUP.chunk_id]) == [changed]
    assert filled.count() == len(ALL)
    assert ids(search(filled, "", tokens=("rcode0nxdomain",), mode="lexical"))[0] == LOOKUP.chunk_id


def test_upsert_keeps_the_last_of_two_with_one_id(knowledge_base: KnowledgeBase) -> None:
    knowledge_base.upsert([a_chunk("guide:x", text="first"), a_chunk("guide:x", text="second")])
    assert [chunk.text for chunk in knowledge_base.get(["guide:x"])] == ["second"]


def test_upsert_tells_its_progress(knowledge_base: KnowledgeBase) -> None:
    told: list[tuple[int, int]] = []
    knowledge_base.upsert([a_chunk(f"guide:{i}") for i in range(150)], lambda done, total: told.append((done, total)))
    assert told[-1] == (150, 150)
    assert len(told) > 1
    assert told == sorted(told)


def test_delete_removes_and_ignores_what_is_not_there(filled: KnowledgeBase) -> None:
    filled.delete([LOGON.chunk_id, "not:there"])
    filled.delete([LOGON.chunk_id])
    filled.delete([])
    assert filled.get([LOGON.chunk_id]) == []
    assert filled.count() == len(ALL) - 1
    assert LOGON.chunk_id not in ids(search(filled, "account logged on"))


@pytest.mark.parametrize(
    ("kind", "version", "expected"),
    [
        (None, None, 7), (Kind.GUIDE, None, 4), (Kind.GUIDE, VERSION, 3), (None, "1.7.0", 1),
        (Kind.DECISION, None, 0), (Kind.GUIDE, "0.1", 0),
    ],
)  # fmt: skip
def test_count_by_kind_and_version(
    filled: KnowledgeBase, kind: Kind | None, version: str | None, expected: int
) -> None:
    filled.upsert([a_chunk("guide:old", ocsf_version="1.7.0")])
    assert filled.count(kind, version) == expected


def test_only_wanted_kinds_are_found_in_the_order_wanted(filled: KnowledgeBase) -> None:
    limits = {Kind.EXAMPLE: 5, Kind.CLASS: 5}
    kinds = [hit.chunk.kind for hit in search(filled, "query of a client", limits)]
    assert kinds == sorted(kinds, key=list(limits).index)
    assert set(kinds) == {Kind.EXAMPLE, Kind.CLASS}


def test_only_the_wanted_version_is_found(filled: KnowledgeBase) -> None:
    filled.upsert([replace(LOGON, chunk_id="guide:old", ocsf_version="1.7.0")])
    assert ids(search(filled, "account logged on", ocsf_version="1.7.0")) == ["guide:old"]
    assert "guide:old" not in ids(search(filled, "account logged on"))


def test_classes_are_not_crowded_out_by_guides(filled: KnowledgeBase) -> None:
    filled.upsert([a_chunk(f"guide:auth:{i}", text="authentication users log on systems") for i in range(60)])
    hits = search(filled, "users log on to systems authentication", {Kind.GUIDE: 3, Kind.CLASS: 2})
    assert [hit.chunk.kind for hit in hits] == [Kind.GUIDE] * 3 + [Kind.CLASS] * 2
    assert hits[3].chunk == AUTHENTICATION
    assert [hit.rank for hit in hits] == [1, 2, 3, 1, 2]


def test_a_limit_of_zero_asks_for_nothing(filled: KnowledgeBase) -> None:
    assert search(filled, "logon", {Kind.GUIDE: 0}) == []
    assert search(filled, "logon", {Kind.GUIDE: 0, Kind.CLASS: 1}) != []


@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
@pytest.mark.parametrize(("event_id", "expected"), [("4624", LOGON), ("4634", LOGOFF)])
def test_an_exact_token_finds_its_chunk(filled: KnowledgeBase, mode: Any, event_id: str, expected: Chunk) -> None:
    tokens = (lexical_token("Channel", "Security"), lexical_token("winlog.EventID", event_id))
    hits = search(filled, "logon session, logon type recorded", tokens=tokens, mode=mode)
    assert hits[0].chunk == expected


def test_a_token_is_found_whole_only(filled: KnowledgeBase) -> None:
    hits = search(filled, "", tokens=("eventid0462", "eventid"), mode="lexical")
    assert hits == []


def test_a_token_that_ends_like_a_plural_is_not_stemmed(knowledge_base: KnowledgeBase) -> None:
    knowledge_base.upsert([a_chunk("guide:a", tokens=("action0users",)), a_chunk("guide:b", tokens=("action0user",))])
    assert ids(search(knowledge_base, "", tokens=("action0user",), mode="lexical")) == ["guide:b"]


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
@pytest.mark.parametrize(
    ("words", "expected"),
    [("client asked to resolve a domain name", LOOKUP), ("logged off, session destroyed", LOGOFF)],
)
def test_natural_words_find_their_chunk(filled: KnowledgeBase, mode: Any, words: str, expected: Chunk) -> None:
    assert search(filled, words, mode=mode)[0].chunk == expected


def test_products_can_be_excluded(filled: KnowledgeBase) -> None:
    hits = search(filled, "account logged on dns query", exclude_products=frozenset({"Windows Security"}))
    assert ids(hits) == [LOOKUP.chunk_id]


def test_excluding_a_product_keeps_chunks_without_one(filled: KnowledgeBase) -> None:
    hits = search(filled, "authentication", {Kind.CLASS: 5}, exclude_products=frozenset({"BIND"}))
    assert AUTHENTICATION.chunk_id in ids(hits)


def test_a_mode_fills_the_scores_of_its_legs(filled: KnowledgeBase) -> None:
    words = "account was logged on"
    hybrid, lexical, dense = (search(filled, words, mode=mode)[0] for mode in ("hybrid", "lexical", "dense"))
    assert lexical.dense is None
    assert lexical.lexical is not None
    assert lexical.lexical > 0
    assert dense.lexical is None
    assert dense.dense is not None
    assert -1 <= dense.dense <= 1
    assert (hybrid.dense is None, hybrid.lexical is None) == (False, False)


def test_scores_fall_and_ranks_rise_within_a_kind(filled: KnowledgeBase) -> None:
    hits = search(filled, "logon session query", {Kind.GUIDE: 5})
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_words_that_occur_nowhere_find_nothing_lexically(filled: KnowledgeBase) -> None:
    assert search(filled, "zyzzyva quixotry", mode="lexical") == []


@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
def test_a_query_of_nothing_finds_nothing(filled: KnowledgeBase, mode: Any) -> None:
    assert search(filled, "", mode=mode) == []


def test_an_empty_knowledge_base_answers(knowledge_base: KnowledgeBase) -> None:
    assert search(knowledge_base, "logon", tokens=("eventid04624",)) == []
    assert knowledge_base.count() == 0
    assert knowledge_base.get(["guide:x"]) == []
    assert knowledge_base.browse() == ([], None)
    assert list(knowledge_base.manifest(list(Kind))) == []
    assert knowledge_base.version()
    knowledge_base.check()


@pytest.mark.parametrize(
    "hostile",
    ["\ud800 lone surrogate", "nul \0 byte", "a" * 100_000, '{"$ne": null} OR 1=1 --', "<script>{{ 7*7 }}", "🦉" * 40],
)
def test_any_query_text_is_answered(filled: KnowledgeBase, hostile: str) -> None:
    assert search(filled, f"{hostile} domain name")[0].chunk.kind is Kind.GUIDE


@pytest.mark.parametrize(
    "text",
    [
        "<134>1 2024-01-01T00:00:00Z host app - - - body",
        '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><EventID>4624</EventID></Event>',
        "{{ template }} {% raw %} &amp; &lt; <b>bold</b><br/>",
        "tabs\tand\nnew lines\r\n and trailing spaces  ",
        "Überprüfung 認証 🦉 \u202e",
    ],
)
def test_text_full_of_markup_comes_back_as_it_was(knowledge_base: KnowledgeBase, text: str) -> None:
    chunk = a_chunk("guide:markup", title=text, text=text)
    knowledge_base.upsert([chunk])
    assert knowledge_base.get(["guide:markup"]) == [chunk]
    assert knowledge_base.browse()[0] == [chunk]


def test_metadata_comes_back_as_it_was(knowledge_base: KnowledgeBase) -> None:
    metadata = {
        "name": "Größe 大きさ", "nested": {"list": [1, 2.5, None, True, {"deep": "<x>"}]}, "dotted.key": {"a.b": 1},
        "large": 2**53, "negative": -7, "small": 1e-7, "empty": {}, "none": None, "text": "{{ x }} \n\t",
    }  # fmt: skip
    chunk = a_chunk("guide:metadata", metadata=metadata, tokens=("a0b",), class_uid=0, activity_id=0)
    knowledge_base.upsert([chunk])
    (found,) = knowledge_base.get(["guide:metadata"])
    assert found == chunk
    assert found.content_hash == chunk.content_hash
    assert isinstance(found.tokens, tuple)


def test_the_manifest_holds_the_content_hashes(filled: KnowledgeBase) -> None:
    expected = {chunk.chunk_id: chunk.content_hash for chunk in ALL if chunk.kind is not Kind.EXAMPLE}
    assert dict(filled.manifest((Kind.CLASS, Kind.GUIDE))) == expected
    assert list(filled.manifest(())) == []


def test_the_manifest_is_complete_beyond_one_page(knowledge_base: KnowledgeBase) -> None:
    knowledge_base.upsert([a_chunk(f"guide:{i}") for i in range(620)])
    assert len(dict(knowledge_base.manifest([Kind.GUIDE]))) == 620


@pytest.mark.parametrize("kind", [None, Kind.GUIDE])
def test_browsing_shows_each_chunk_once(filled: KnowledgeBase, kind: Kind | None) -> None:
    seen: list[str] = []
    cursor = None
    for _ in range(len(ALL) + 1):
        page, cursor = filled.browse(kind, limit=2, cursor=cursor)
        assert len(page) <= 2
        seen += [chunk.chunk_id for chunk in page]
        if cursor is None:
            break
    assert cursor is None
    assert sorted(seen) == sorted(chunk.chunk_id for chunk in ALL if kind in (None, chunk.kind))


@pytest.mark.parametrize("kind", [Kind.CLASS, Kind.GUIDE, Kind.EXAMPLE])
def test_the_version_changes_with_the_knowledge(knowledge_base: KnowledgeBase, kind: Kind) -> None:
    versions = [knowledge_base.version()]
    assert knowledge_base.version() == versions[0]
    knowledge_base.upsert([a_chunk("x:1", kind)])
    versions.append(knowledge_base.version())
    knowledge_base.upsert([a_chunk("x:1", kind, text="changed")])
    versions.append(knowledge_base.version())
    knowledge_base.delete(["x:1"])
    versions.append(knowledge_base.version())
    assert all(before != after for before, after in pairwise(versions))


def test_remembering_decisions_does_not_change_the_version(filled: KnowledgeBase) -> None:
    before = filled.version()
    filled.upsert([a_chunk("decision:1", Kind.DECISION), a_chunk("transcript:1", Kind.TRANSCRIPT)])
    filled.delete(["decision:1"])
    assert filled.version() == before


USES: list[Callable[[KnowledgeBase], object]] = [
    lambda k: k.upsert([LOGON]),
    lambda k: search(k, "logon"),
    lambda k: k.get([LOGON.chunk_id]),
    lambda k: k.delete([LOGON.chunk_id]),
    lambda k: k.count(),
    lambda k: k.browse(),
    lambda k: list(k.manifest([Kind.GUIDE])),
    lambda k: k.version(),
    lambda k: k.check(),
]


@pytest.mark.parametrize("use", USES)
def test_after_close_every_use_says_so(filled: KnowledgeBase, use: Callable[[KnowledgeBase], object]) -> None:
    filled.close()
    filled.close()
    with pytest.raises(KnowledgeUnavailableError, match="closed"):
        use(filled)


def test_the_real_embeddings_find_what_is_said_in_other_words(
    adapter: Callable[[Path, LlamaCppEmbedder], AbstractContextManager[KnowledgeBase]],
    tmp_path: Path,
    minilm: LlamaCppEmbedder,
) -> None:
    with adapter(tmp_path, minilm) as knowledge:
        knowledge.upsert(ALL)
        hits = search(knowledge, "someone signed in to a workstation", mode="dense")
        assert hits[0].chunk.class_uid == 3002
        assert hits[-1].chunk == LOOKUP
