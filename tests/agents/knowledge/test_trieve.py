import logging
import re
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from threading import Thread

import numpy as np
import pytest
import trieve_contract
from trieve_stub import API_KEY, Exchange, TrieveStub, answers, breaks_off, hangs, hangs_up

from agents.errors import ConfigurationError, LogatlasError
from agents.knowledge.base import (
    Chunk,
    Kind,
    KnowledgeRequestError,
    KnowledgeUnavailableError,
    Query,
    lexical_token,
)
from agents.knowledge.trieve import TrieveKnowledge

MARKUP = '<134>Oct 11 22:14:15 fw <Event xmlns="x"><EventID>4624</EventID></Event> & <b>x</b>'


class WordEmbedder:
    """Texts are near when they share words; deterministic and instant."""

    name = "words"
    dimension = 64

    def embed(self, texts):
        vectors = np.full((len(texts), self.dimension), 1e-3, np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, sum(word.encode()) % self.dimension] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def close(self):
        pass


@pytest.fixture
def stub() -> Iterator[TrieveStub]:
    with TrieveStub(WordEmbedder()) as server:
        yield server
        if not trieve_contract.why_not():
            trieve_contract.check(server.exchanges)


@pytest.fixture
def connect(stub: TrieveStub) -> Iterator[Callable[..., TrieveKnowledge]]:
    opened = []

    def open_knowledge(url: str | None = None, api_key: str = API_KEY, **options: object) -> TrieveKnowledge:
        opened.append(TrieveKnowledge(url or stub.url, api_key, **options))
        return opened[-1]

    yield open_knowledge
    for knowledge in opened:
        knowledge.close()


@pytest.fixture
def knowledge(connect) -> TrieveKnowledge:
    return connect()


def chunk(number: int = 0, text: str = "an account was logged on", kind: Kind = Kind.GUIDE, **values: object) -> Chunk:
    return Chunk(
        **{
            "chunk_id": f"{kind}:test:{number}",
            "kind": kind,
            "title": f"Title {number}",
            "text": text,
            "ocsf_version": "1.8.0",
            **values,
        }
    )


def query(text: str = "account logged on", **values: object) -> Query:
    return Query(**{"text": text, "limits": {Kind.GUIDE: 5}, "ocsf_version": "1.8.0", **values})


def ids(hits) -> list[str]:
    return [hit.chunk.chunk_id for hit in hits]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


# -- the contract itself


def test_schemas_of_the_sdk_can_be_made_and_bite():
    if reason := trieve_contract.why_not():
        pytest.skip(reason)
    good = {"query": "x", "search_type": "bm25", "page_size": 5}
    answer = {"id": "x", "chunks": [], "total_pages": 1}
    trieve_contract.check([Exchange("POST", "/api/chunk/search", good, 200, answer, {})])
    for bad in ({**good, "search_type": "bm52"}, {**good, "pagesize": 5}, {"query": "x"}):
        with pytest.raises(trieve_contract.ContractError, match="SearchChunksReqPayload"):
            trieve_contract.check([Exchange("POST", "/api/chunk/search", bad, 200, answer, {})])
    with pytest.raises(trieve_contract.ContractError, match="SearchResponseBody"):
        trieve_contract.check([Exchange("POST", "/api/chunk/search", good, 200, {**answer, "chunks": [{}]}, {})])


# -- the dataset


def test_a_missing_dataset_is_made_and_found_again(stub, connect):
    connect().upsert([chunk()])
    assert connect().count() == 1
    assert [d.tracking_id for d in stub.datasets.values()] == ["logatlas"]
    assert stub.dataset().configuration == {
        "SEMANTIC_ENABLED": True,
        "BM25_ENABLED": True,
        "FULLTEXT_ENABLED": False,
        "DISTANCE_METRIC": "cosine",
        "DISABLE_ANALYTICS": True,
    }


def test_splade_vectors_are_asked_for_where_the_server_fuses(stub, connect):
    connect(search="hybrid").check()
    assert stub.dataset().configuration["FULLTEXT_ENABLED"] is True


def test_a_given_dataset_is_used_as_it_is(stub, connect):
    connect().check()
    made = stub.dataset().dataset_id
    stub.exchanges.clear()
    given = connect(dataset_id=made)
    given.upsert([chunk()])
    given.check()
    assert {e.headers.get("tr-dataset") for e in stub.exchanges} == {made}


def test_datasets_are_apart(stub, connect):
    knowledge, transcripts = connect(), connect(dataset="logatlas-transcripts")
    knowledge.upsert([chunk()])
    assert transcripts.count() == 0
    assert len(stub.datasets) == 2


def test_two_processes_that_start_at_once_share_one_dataset(stub, connect):
    first, second = connect(), connect()
    first.check()
    # The second one looked before the first had made it.
    stub.fail(answers(404), route="/api/dataset/tracking_id")
    second.upsert([chunk()])
    assert len(stub.datasets) == 1
    assert first.count() == 1


def test_an_unknown_dataset_is_a_request_error(connect):
    knowledge = connect(dataset_id="33333333-3333-4333-8333-333333333333")
    with pytest.raises(KnowledgeRequestError, match="TRIEVE_DATASET_ID"):
        knowledge.check()


# -- writing


@pytest.mark.parametrize(("total", "batches"), [(1, [1]), (120, [120]), (121, [120, 1]), (250, [120, 120, 10])])
def test_chunks_go_in_batches_of_120(stub, knowledge, total, batches):
    seen = []
    knowledge.upsert([chunk(n) for n in range(total)], lambda done, of: seen.append((done, of)))
    assert [len(body) for body in stub.sent("POST", "/api/chunk")] == batches
    assert knowledge.count() == total
    assert seen == sorted(seen)
    assert seen[-1] == (total, total)


def test_nothing_to_write_sends_nothing(stub, knowledge):
    knowledge.upsert([])
    knowledge.delete([])
    assert stub.requests_seen == 0


def test_an_upsert_replaces_and_keeps_the_last_of_equal_ids(knowledge):
    knowledge.upsert([chunk(text="old")])
    knowledge.upsert([chunk(text="older still"), chunk(text="new")])
    assert [c.text for c in knowledge.get(["guide:test:0"])] == ["new"]
    assert knowledge.count() == 1


def test_markup_survives_in_the_store_in_both_indexes_and_in_hits(stub, knowledge):
    knowledge.upsert([chunk(text=MARKUP)])
    assert knowledge.get(["guide:test:0"])[0].text == MARKUP
    assert stub.dataset().index["guide:test:0"].indexed_text == f"Title 0\n{MARKUP}"
    assert ids(knowledge.search(query("134", mode="lexical"))) == ["guide:test:0"]
    assert knowledge.search(query("EventID 4624 Event"))[0].chunk.text == MARKUP


def test_a_chunk_comes_back_as_it_was_stored(knowledge):
    metadata = {"product": "a, b/c", "n": 1, "f": 1.5, "yes": True, "none": None, "list": [1, "x"], "deep": {"k": "é"}}
    stored = chunk(
        class_uid=3002, activity_id=1, tokens=(lexical_token("EventID", "4624"),), metadata=metadata, text="zażółć 日本"
    )
    knowledge.upsert([stored])
    assert knowledge.get([stored.chunk_id]) == [stored]
    assert dict(knowledge.manifest([Kind.GUIDE])) == {stored.chunk_id: stored.content_hash}


def test_nul_characters_do_not_lose_the_chunk(knowledge):
    stored = chunk(text="a\0b", metadata={"raw": "c\0d"})
    knowledge.upsert([stored])
    assert knowledge.get([stored.chunk_id])[0].text == "a\ufffdb"
    assert dict(knowledge.manifest([Kind.GUIDE]))[stored.chunk_id] == stored.content_hash


def test_upsert_waits_until_the_server_has_indexed(stub, knowledge):
    stub.delay = 0.3
    seen = []
    knowledge.upsert([chunk(n) for n in range(3)], lambda done, of: seen.append(done))
    assert knowledge.count() == 3
    stub.delay = 0.2
    knowledge.upsert([chunk(1, text="replaced")])
    assert knowledge.get(["guide:test:1"])[0].text == "replaced"


def test_decisions_are_not_waited_for(stub, knowledge):
    stub.delay = 0.2
    knowledge.upsert([chunk(kind=Kind.DECISION)])
    assert knowledge.count(Kind.DECISION) == 0
    until(lambda: knowledge.count(Kind.DECISION) == 1)


def test_what_the_server_drops_is_reported(stub, connect):
    knowledge = connect(settle_timeout=0.2)
    stub.dropped = {"guide:test:3", "guide:test:130"}
    sent = [chunk(n) for n in range(150)]
    seen = []
    knowledge.upsert(sent, lambda done, of: seen.append((done, of)))
    assert seen[-1] == (148, 150)
    assert knowledge.missing(c.chunk_id for c in sent) == ["guide:test:3", "guide:test:130"]
    assert {c.chunk_id for c in sent} - set(dict(knowledge.manifest([Kind.GUIDE]))) == stub.dropped


def test_a_replacement_that_the_server_drops_shows_in_the_manifest(stub, connect):
    knowledge = connect(settle_timeout=0.1)
    old, new = chunk(text="old"), chunk(text="new")
    knowledge.upsert([old])
    stub.dropped = {old.chunk_id}
    knowledge.upsert([new])
    assert dict(knowledge.manifest([Kind.GUIDE])) == {old.chunk_id: old.content_hash}


def test_delete_ignores_what_is_not_there(knowledge):
    knowledge.upsert([chunk(n) for n in range(5)])
    knowledge.delete(["guide:test:1", "guide:test:3", "guide:never:was"])
    assert sorted(dict(knowledge.manifest([Kind.GUIDE]))) == ["guide:test:0", "guide:test:2", "guide:test:4"]


def test_a_delete_that_another_process_was_faster_with_is_fine(stub, knowledge):
    knowledge.upsert([chunk()])
    stub.fail(answers(404), route="/api/chunk/")
    knowledge.delete(["guide:test:0"])


# -- reading


def test_get_keeps_the_order_asked(knowledge):
    knowledge.upsert([chunk(n) for n in range(4)])
    asked = ["guide:test:2", "guide:none", "guide:test:0", "guide:test:3"]
    assert [c.chunk_id for c in knowledge.get(asked)] == ["guide:test:2", "guide:test:0", "guide:test:3"]


def test_count_by_kind_and_version(knowledge):
    knowledge.upsert([chunk(), chunk(1, ocsf_version="1.7.0"), chunk(2, kind=Kind.CLASS)])
    assert knowledge.count() == 3
    assert knowledge.count(Kind.GUIDE) == 2
    assert knowledge.count(Kind.GUIDE, "1.7.0") == 1
    assert knowledge.count(ocsf_version="1.8.0") == 2


def test_browse_pages_through_everything_once(knowledge):
    knowledge.upsert([chunk(n) for n in range(7)] + [chunk(9, kind=Kind.CLASS)])
    pages, cursor = [], None
    while True:
        page, cursor = knowledge.browse(Kind.GUIDE, limit=3, cursor=cursor)
        pages.append([c.chunk_id for c in page])
        if cursor is None:
            break
    assert [len(page) for page in pages] == [3, 3, 1]
    assert sorted(chunk_id for page in pages for chunk_id in page) == [f"guide:test:{n}" for n in range(7)]
    assert len(knowledge.browse()[0]) == 8


def test_a_cursor_of_foreign_make_is_refused(stub, knowledge):
    knowledge.upsert([chunk()])
    with pytest.raises(KnowledgeRequestError):
        knowledge.browse(cursor="x' OR 1=1")
    with pytest.raises(KnowledgeRequestError):
        knowledge.browse(cursor="33333333-3333-4333-8333-333333333333")


def test_the_manifest_reads_beyond_one_page(knowledge):
    chunks = [chunk(n, text="x") for n in range(1050)]
    knowledge.upsert(chunks)
    assert dict(knowledge.manifest([Kind.GUIDE])) == {c.chunk_id: c.content_hash for c in chunks}


def test_fused_search_tells_the_score_of_each_leg(stub, knowledge):
    both = chunk(0, "user logged on", title="")
    words_only = chunk(1, "completely other text", tokens=("eventid04624",))
    knowledge.upsert([both, words_only])
    hits = {hit.chunk.chunk_id: hit for hit in knowledge.search(query("user logged on", tokens=("eventid04624",)))}
    assert hits["guide:test:0"].dense == pytest.approx(1.0, abs=0.01)
    assert hits["guide:test:0"].lexical > 0
    assert hits["guide:test:1"].lexical > 0
    assert hits["guide:test:1"].dense < 0.5
    types = [body["search_type"] for body in stub.sent("POST", "/api/chunk/search")]
    assert sorted(types) == ["bm25", "semantic"]


def test_hits_come_by_kind_with_their_own_limits_and_ranks(knowledge):
    knowledge.upsert([chunk(n, kind=kind) for n in range(4) for kind in (Kind.CLASS, Kind.GUIDE, Kind.EXAMPLE)])
    hits = knowledge.search(query(limits={Kind.EXAMPLE: 2, Kind.CLASS: 3, Kind.GUIDE: 0}))
    kinds_and_ranks = [(hit.chunk.kind, hit.rank) for hit in hits]
    assert kinds_and_ranks == [(Kind.EXAMPLE, n) for n in (1, 2)] + [(Kind.CLASS, n) for n in (1, 2, 3)]


@pytest.mark.parametrize(("mode", "leg"), [("lexical", "bm25"), ("dense", "semantic")])
@pytest.mark.parametrize("search", ["fused", "hybrid"])
def test_a_mode_switches_a_leg_off(stub, connect, mode, leg, search):
    stub.hybrid = True
    knowledge = connect(search=search)
    knowledge.upsert([chunk()])
    (hit,) = knowledge.search(query(mode=mode))
    assert [body["search_type"] for body in stub.sent("POST", "/api/chunk/search")] == [leg]
    assert (hit.dense is None) == (mode == "lexical")
    assert (hit.lexical is None) == (mode == "dense")


def test_hybrid_search_leaves_the_fusion_to_the_server(stub, connect):
    stub.hybrid = True
    knowledge = connect(search="hybrid")
    knowledge.upsert([chunk(0, "a file was deleted"), chunk(1)])
    hits = knowledge.search(query())
    assert ids(hits) == ["guide:test:1", "guide:test:0"]
    assert [(hit.dense, hit.lexical) for hit in hits] == [(None, None)] * 2
    assert hits[0].score == pytest.approx(1 / 61)
    assert [body["search_type"] for body in stub.sent("POST", "/api/chunk/search")] == ["hybrid"]


def test_hybrid_search_on_a_server_without_its_models_says_so(connect):
    knowledge = connect(search="hybrid")
    knowledge.upsert([chunk()])
    with pytest.raises(KnowledgeUnavailableError, match="500"):
        knowledge.search(query())


def test_a_server_without_bm25_is_not_passed_over_in_silence(stub, knowledge):
    knowledge.upsert([chunk()])
    stub.bm25 = False
    with pytest.raises(KnowledgeRequestError, match="400"):
        knowledge.search(query())
    assert ids(knowledge.search(query(mode="dense"))) == ["guide:test:0"]


def test_filters_by_version_and_product(knowledge):
    knowledge.upsert(
        [
            chunk(0, metadata={"product": "windows-security"}),
            chunk(1, metadata={"product": "odd, product <x>"}),
            chunk(2),
            chunk(3, ocsf_version="1.7.0"),
        ]
    )
    assert set(ids(knowledge.search(query()))) == {"guide:test:0", "guide:test:1", "guide:test:2"}
    without = query(exclude_products=frozenset({"windows-security", "odd, product <x>"}))
    assert ids(knowledge.search(without)) == ["guide:test:2"]


@pytest.mark.parametrize("values", [{"text": " "}, {"limits": {}}, {"limits": {Kind.GUIDE: 0}}])
def test_a_query_for_nothing_finds_nothing(knowledge, values):
    knowledge.upsert([chunk()])
    assert knowledge.search(query(**values)) == []


def test_tokens_alone_are_searched_lexically(knowledge):
    knowledge.upsert([chunk(tokens=("eventid04624",)), chunk(1)])
    assert ids(knowledge.search(query("", tokens=("eventid04624",)))) == ["guide:test:0"]


@pytest.mark.parametrize(
    "text", ["a\0b \udc80 logged", '"quoted" -negated logged', "<b>logged</b>", "x" * 50_000 + " logged"]
)
def test_any_text_can_be_asked_for(knowledge, text):
    knowledge.upsert([chunk(0, "logged", title="")])
    assert ids(knowledge.search(query(text))) == ["guide:test:0"]


def test_a_foreign_chunk_under_our_tags_does_not_stop_a_search(stub, knowledge):
    knowledge.upsert([chunk(0), chunk(1)])
    stub.dataset().index["guide:test:0"].metadata["metadata"] = {"theirs": 1}
    assert ids(knowledge.search(query())) == ["guide:test:1"]
    assert dict(knowledge.manifest([Kind.GUIDE]))["guide:test:0"] == ""


def test_threads_share_one_connection(knowledge):
    knowledge.upsert([chunk(n) for n in range(10)])
    found = []
    threads = [Thread(target=lambda: found.append(len(knowledge.search(query())))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [5] * 12


# -- the version


def test_the_version_is_that_of_the_content(stub, connect):
    first, second = connect(), connect()
    first.upsert([chunk()])
    version = first.version()
    assert second.version() == version
    first.upsert([chunk(text="changed")])
    changed = first.version()
    assert changed != version
    first.delete(["guide:test:0"])
    assert first.version() not in {version, changed}
    first.upsert([chunk()])
    assert first.version() == version


def test_the_version_is_kept_and_untouched_by_decisions(stub, knowledge):
    knowledge.upsert([chunk()])
    version = knowledge.version()
    knowledge.upsert([chunk(kind=Kind.DECISION)])
    knowledge.delete(["decision:test:0"])
    before = stub.requests_seen
    assert {knowledge.version() for _ in range(50)} == {version}
    assert stub.requests_seen == before


def test_writes_of_others_show_after_a_while(connect):
    reader, writer = connect(version_ttl=0.05), connect()
    version = reader.version()
    writer.upsert([chunk()])
    until(lambda: reader.version() != version)
    assert reader.version() == writer.version()


def test_the_version_outlives_an_outage_but_not_a_write_during_it(stub, connect):
    knowledge = connect(version_ttl=0.0)
    knowledge.upsert([chunk()])
    version = knowledge.version()
    time.sleep(0.01)
    stub.fail(*[answers(500)] * 20, route="/api/chunks/scroll")
    assert knowledge.version() == version
    assert knowledge.version() == version
    knowledge.delete(["guide:test:0"])
    unconfirmed = knowledge.version()
    assert unconfirmed.startswith(f"{version}+")
    assert knowledge.version() == unconfirmed
    stub.heal()
    assert "+" not in knowledge.version()
    assert knowledge.version() != version


def test_the_version_during_a_write_is_neither_the_old_nor_the_new(stub, knowledge):
    knowledge.upsert([chunk()])
    before = knowledge.version()
    stub.delay = 0.5
    writer = Thread(target=knowledge.upsert, args=([chunk(text="changed")],))
    writer.start()
    until(lambda: knowledge.version() != before)
    during = knowledge.version()
    writer.join()
    assert during.startswith(f"{before}+")
    assert knowledge.version() not in {before, during}


def test_a_version_that_was_never_read_is_an_error(stub, knowledge):
    stub.fail(answers(500))
    with pytest.raises(KnowledgeUnavailableError):
        knowledge.version()


# -- when things go wrong


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_passing_refusals_are_tried_again(stub, knowledge, status):
    knowledge.upsert([chunk()])
    stub.fail(answers(status), answers(status), route="/api/chunk/search")
    assert ids(knowledge.search(query(mode="dense"))) == ["guide:test:0"]


def test_a_write_is_tried_again_too(stub, knowledge):
    knowledge.check()
    stub.fail(answers(503), hangs_up, route="/api/chunk")
    knowledge.upsert([chunk()])
    assert knowledge.count() == 1


def test_retry_after_is_heeded(stub, knowledge):
    knowledge.upsert([chunk()])
    stub.fail(answers(429, Retry_After="1"), route="/api/chunk/search")
    started = time.monotonic()
    assert knowledge.search(query(mode="dense"))
    assert time.monotonic() - started >= 0.9


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (answers(400), KnowledgeRequestError),
        (answers(401), KnowledgeRequestError),
        (answers(403), KnowledgeRequestError),
        (answers(404), KnowledgeRequestError),
        (answers(413), KnowledgeRequestError),
        (answers(426), KnowledgeRequestError),
        (answers(302, Location="http://127.0.0.1:9/"), KnowledgeRequestError),
        (answers(408), KnowledgeUnavailableError),
        (answers(500, b"<html>oops</html>", Content_Type="text/html"), KnowledgeUnavailableError),
        (answers(200, b"<html>Welcome</html>", Content_Type="text/html"), KnowledgeRequestError),
        (answers(200, b'{"chunks": [{"chunk": nonsense'), KnowledgeRequestError),
        (answers(200, b"\xff\xfe\x00"), KnowledgeRequestError),
        (answers(200, b"[" * 200_000), KnowledgeRequestError),
        (answers(200, b"{}"), KnowledgeRequestError),
        (answers(200, b"null"), KnowledgeRequestError),
        (answers(200, b"[]"), KnowledgeRequestError),
        (answers(200, b'{"chunks": [{"chunk": {}, "score": "high"}]}'), KnowledgeRequestError),
        (answers(204), KnowledgeRequestError),
        (breaks_off, KnowledgeUnavailableError),
    ],
)
def test_every_bad_answer_is_a_typed_error(stub, knowledge, fault, error):
    knowledge.upsert([chunk()])
    stub.fail(fault, route="/api/chunk/search")
    with pytest.raises(error) as raised:
        knowledge.search(query("secret words", mode="dense"))
    assert "secret words" not in raised.value.message
    assert ids(knowledge.search(query(mode="dense"))) == ["guide:test:0"]


@pytest.mark.parametrize("body", [b"{}", b'{"chunks": [1]}', b'{"chunks": [{}]}'])
def test_a_scroll_that_is_none_is_a_typed_error(stub, knowledge, body):
    knowledge.check()
    stub.fail(answers(200, body), route="/api/chunks/scroll")
    with pytest.raises(KnowledgeRequestError):
        knowledge.count()


@pytest.mark.parametrize("body", [b'{"orgs": []}', b"[1]", b'{"orgs": [{}]}'])
def test_an_account_without_an_organisation_is_a_typed_error(stub, knowledge, body):
    stub.fail(answers(200, body), route="/api/auth/me")
    with pytest.raises(KnowledgeRequestError):
        knowledge.check()


def test_a_refusal_that_does_not_pass_becomes_an_error(stub, knowledge):
    knowledge.check()
    stub.fail(*[answers(503)] * 4, route="/api/chunks/scroll")
    with pytest.raises(KnowledgeUnavailableError, match="503"):
        knowledge.count()
    before = stub.requests_seen
    with pytest.raises(KnowledgeUnavailableError, match="a moment ago"):
        knowledge.count()
    assert stub.requests_seen == before
    knowledge.check()
    assert knowledge.count() == 0


def test_a_hanging_server_is_left_after_the_timeout_and_not_asked_twice(stub, connect):
    knowledge = connect(timeout=(2.0, 0.2))
    knowledge.check()
    stub.fail(hangs(20), route="/api/chunks/scroll")
    before = stub.requests_seen
    with pytest.raises(KnowledgeUnavailableError, match="ReadTimeoutError"):
        knowledge.count()
    assert stub.requests_seen == before + 1
    # For a while nobody waits for it again, until a health check finds it well.
    with pytest.raises(KnowledgeUnavailableError, match="a moment ago"):
        knowledge.count()
    assert stub.requests_seen == before + 1
    knowledge.check()
    assert knowledge.count() == 0


def test_an_unreachable_server_is_unavailable(connect):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        knowledge = connect(f"http://127.0.0.1:{bound.getsockname()[1]}")
        for use in (knowledge.check, knowledge.count, knowledge.version, lambda: knowledge.search(query())):
            with pytest.raises(KnowledgeUnavailableError):
                use()


def test_a_server_that_does_not_accept_costs_one_connect_timeout(connect):
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = []
        for _ in range(4):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(full.getsockname())
        knowledge = connect(f"http://127.0.0.1:{full.getsockname()[1]}", timeout=(0.3, 15.0))
        with pytest.raises(KnowledgeUnavailableError, match="ConnectTimeoutError"):
            knowledge.check()
        for held in waiting:
            held.close()


def test_a_wrong_key_is_named_but_not_shown(connect, caplog):
    caplog.set_level(logging.DEBUG)
    knowledge = connect(api_key="tr-wrong-0000")
    with pytest.raises(KnowledgeRequestError, match="TRIEVE_API_KEY") as raised:
        knowledge.check()
    shown = "".join(traceback.format_exception(raised.value)) + repr(knowledge) + str(vars(raised.value)) + caplog.text
    assert "tr-wrong-0000" not in shown


def test_a_key_without_rights_is_a_request_error(stub, connect):
    stub.read_only = True
    with pytest.raises(KnowledgeRequestError, match="lacks the rights"):
        connect().upsert([chunk()])


def test_no_failure_shows_the_key(stub, connect, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    knowledge = connect(timeout=(0.5, 0.2))
    knowledge.check()
    echo = answers(400, b'{"message":"bad key ' + API_KEY.encode() + b'"}')
    shown = [repr(knowledge), knowledge.name, repr(vars(knowledge)["_http"])]
    for fault in (echo, answers(500), breaks_off, hangs(20), answers(200, b"no")):
        stub.fail(fault)
        with pytest.raises(LogatlasError) as raised:
            knowledge.check()
        shown.append("".join(traceback.format_exception(raised.value)) + str(raised.value.details))
    assert API_KEY not in "".join(shown) + caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "url", ["", "trieve:8090", "ftp://x", "http://", "http://user:pw@x", "http://x?k=v", "http://x:port"]
)
def test_a_url_is_mandatory_and_checked(url):
    with pytest.raises(ConfigurationError, match="TRIEVE_URL") as raised:
        TrieveKnowledge(url, API_KEY)
    assert "pw" not in raised.value.message


@pytest.mark.parametrize("key", ["", " padded", "line\nbreak", "umläut"])
def test_a_key_that_no_header_can_carry_is_refused_unshown(key):
    with pytest.raises(ConfigurationError) as raised:
        TrieveKnowledge("http://127.0.0.1:1", key)
    assert not key or key not in raised.value.message


def test_nothing_is_sent_before_the_first_call(stub, connect):
    assert connect(f"{stub.url}/").name == f"trieve at {stub.url}"
    assert stub.requests_seen == 0


def test_a_closed_knowledge_base_is_unavailable(knowledge):
    knowledge.upsert([chunk()])
    knowledge.version()
    knowledge.close()
    knowledge.close()
    for use in (
        knowledge.check,
        knowledge.count,
        lambda: knowledge.search(query()),
        lambda: knowledge.upsert([chunk()]),
    ):
        with pytest.raises(KnowledgeUnavailableError):
            use()
