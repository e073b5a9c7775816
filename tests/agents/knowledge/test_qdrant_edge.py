from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import HashingEmbedder

from agents.knowledge.base import Chunk, Kind, KnowledgeRequestError, KnowledgeUnavailableError, Query, lexical_token
from agents.knowledge.embedding import EmbeddingUnavailableError
from agents.knowledge.qdrant import QdrantEdgeKnowledge


def guide(number: int, text: str = "") -> Chunk:
    return Chunk(
        f"guide:{number}", Kind.GUIDE, f"Guide {number}", text or f"what word{number} means", "1.8.0", class_uid=3002,
        tokens=(lexical_token("id", str(number)),),
    )  # fmt: skip


def question(text: str, **given: object) -> Query:
    return Query(text, {Kind.GUIDE: 3}, "1.8.0", **given)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "knowledge"


def test_everything_is_there_after_a_restart(folder: Path, embedder: HashingEmbedder) -> None:
    first = QdrantEdgeKnowledge(folder, embedder)
    first.upsert([guide(1), guide(2)])
    version = first.version()
    found = first.search(question("word2"))
    first.close()
    again = QdrantEdgeKnowledge(folder, embedder)
    assert again.version() == version
    assert again.get(["guide:1"]) == [guide(1)]
    assert again.search(question("word2")) == found
    again.close()


def test_what_was_written_survives_a_killed_process(folder: Path, embedder: HashingEmbedder) -> None:
    program = f"""
import time
from pathlib import Path
import numpy
from agents.knowledge.base import Chunk, Kind
from agents.knowledge.qdrant import QdrantEdgeKnowledge

class Embedder:
    name, dimension = "hashing", 512
    def embed(self, texts):
        return numpy.ones((len(texts), 512), dtype="float32")

knowledge = QdrantEdgeKnowledge(Path({str(folder)!r}), Embedder())
knowledge.upsert([Chunk("guide:1", Kind.GUIDE, "title", "text", "1.8.0")])
print(knowledge.version(), flush=True)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    version = process.stdout.readline().strip()
    with pytest.raises(KnowledgeUnavailableError, match=f"in use by process {process.pid}") as caught:
        QdrantEdgeKnowledge(folder, embedder)
    assert str(folder) in caught.value.message
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    knowledge = QdrantEdgeKnowledge(folder, embedder)
    assert (knowledge.count(), knowledge.version()) == (1, version)
    knowledge.close()


def test_a_second_instance_in_one_process_is_refused(folder: Path, embedder: HashingEmbedder) -> None:
    first = QdrantEdgeKnowledge(folder, embedder)
    with pytest.raises(KnowledgeUnavailableError, match=f"in use by process {os.getpid()}"):
        QdrantEdgeKnowledge(folder, embedder)
    first.check()
    first.close()
    QdrantEdgeKnowledge(folder, embedder).close()


def _truncate_segments(folder: Path) -> None:
    for file in folder.glob("chunks-*/segments/**/*"):
        if file.is_file():
            file.write_bytes(b"")


def _break_state(folder: Path) -> None:
    (folder / "state.json").write_text('{"name": ')


def _lose_state(folder: Path) -> None:
    (folder / "state.json").unlink()


@pytest.mark.parametrize("damage", [_truncate_segments, _break_state, _lose_state])
def test_a_damaged_folder_says_what_to_do(folder: Path, embedder: HashingEmbedder, damage: object) -> None:
    knowledge = QdrantEdgeKnowledge(folder, embedder)
    knowledge.upsert([guide(1)])
    knowledge.close()
    damage(folder)  # type: ignore[operator]
    with pytest.raises(KnowledgeUnavailableError, match="knowledge sync") as caught:
        QdrantEdgeKnowledge(folder, embedder)
    assert str(folder) in caught.value.message


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, embedder: HashingEmbedder) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KnowledgeUnavailableError, match="file/knowledge"):
        QdrantEdgeKnowledge(tmp_path / "file" / "knowledge", embedder)


def test_a_first_start_that_was_cut_off_is_repeated(folder: Path, embedder: HashingEmbedder) -> None:
    knowledge = QdrantEdgeKnowledge(folder, embedder)
    knowledge.close()
    (collection,) = folder.glob("chunks-*")
    (folder / f"{collection.name}.unfinished").touch()
    (folder / "state.json").unlink()
    again = QdrantEdgeKnowledge(folder, embedder)
    again.upsert([guide(1)])
    assert again.count() == 1
    again.close()


@pytest.mark.parametrize("other", [HashingEmbedder(16), HashingEmbedder(name="another")])
def test_another_embedder_embeds_everything_anew(
    folder: Path, embedder: HashingEmbedder, other: HashingEmbedder
) -> None:
    chunks = [guide(number) for number in range(130)]
    first = QdrantEdgeKnowledge(folder, embedder)
    first.upsert(chunks)
    version = first.version()
    first.close()
    told: list[tuple[int, int]] = []
    again = QdrantEdgeKnowledge(folder, other, lambda done, total: told.append((done, total)))
    assert len(other.embedded) == 130
    assert told[-1] == (130, 130)
    assert again.get(["guide:7"]) == [guide(7)]
    assert dict(again.manifest([Kind.GUIDE])) == {chunk.chunk_id: chunk.content_hash for chunk in chunks}
    assert again.version() != version
    assert again.search(question("word7", mode="dense"))
    again.close()
    assert len(list(folder.glob("chunks-*"))) == 1
    other.embedded.clear()
    QdrantEdgeKnowledge(folder, other).close()
    assert other.embedded == []


def test_another_embedder_that_fails_leaves_the_old_collection(folder: Path, embedder: HashingEmbedder) -> None:
    first = QdrantEdgeKnowledge(folder, embedder)
    first.upsert([guide(1)])
    first.close()
    broken = HashingEmbedder(16, "broken")
    broken.broken = True
    with pytest.raises(EmbeddingUnavailableError):
        QdrantEdgeKnowledge(folder, broken)
    again = QdrantEdgeKnowledge(folder, embedder)
    assert again.search(question("word1", mode="dense"))[0].chunk == guide(1)
    again.close()
    assert len(list(folder.glob("chunks-*"))) == 1


def test_a_failing_embedder_leaves_the_lexical_search(folder: Path, embedder: HashingEmbedder) -> None:
    knowledge = QdrantEdgeKnowledge(folder, embedder)
    knowledge.upsert([guide(1), guide(2)])
    embedder.broken = True
    for mode in ("hybrid", "dense"):
        with pytest.raises(EmbeddingUnavailableError):
            knowledge.search(question("word2", mode=mode))
    assert knowledge.search(question("word2", mode="lexical"))[0].chunk == guide(2)
    with pytest.raises(EmbeddingUnavailableError):
        knowledge.upsert([guide(3)])
    knowledge.close()


def test_vectors_of_a_changed_length_are_refused(folder: Path, embedder: HashingEmbedder) -> None:
    knowledge = QdrantEdgeKnowledge(folder, embedder)
    embedder.dimension = 3
    with pytest.raises(EmbeddingUnavailableError, match="restart"):
        knowledge.upsert([guide(1)])
    knowledge.close()


def test_only_changed_text_is_embedded_again(folder: Path, embedder: HashingEmbedder) -> None:
    knowledge = QdrantEdgeKnowledge(folder, embedder)
    knowledge.upsert([guide(1), guide(2), guide(3)])
    version = knowledge.version()
    embedder.embedded.clear()
    knowledge.upsert([guide(1), guide(2), guide(3)])
    assert (embedder.embedded, knowledge.version()) == ([], version)
    relabelled = replace(guide(2), class_uid=3001)
    knowledge.upsert([guide(1), relabelled, guide(3, "says something new")])
    assert embedder.embedded == ["Guide 3\nsays something new"]
    assert knowledge.get(["guide:2"]) == [relabelled]
    assert knowledge.search(question("word2", mode="dense"))[0].chunk == relabelled
    knowledge.close()


def test_a_search_embeds_its_text_once(folder: Path, embedder: HashingEmbedder) -> None:
    knowledge = QdrantEdgeKnowledge(folder, embedder)
    knowledge.upsert([guide(1)])
    embedder.embedded.clear()
    knowledge.search(Query("word1", {Kind.CLASS: 3, Kind.GUIDE: 3, Kind.EXAMPLE: 3}, "1.8.0"))
    assert embedder.embedded == ["word1"]
    knowledge.close()


def test_words_spelled_as_in_code_are_found_by_words(folder: Path, embedder: HashingEmbedder) -> None:
    knowledge = QdrantEdgeKnowledge(folder, embedder)
    knowledge.upsert([guide(1, "A user signs in to the console: console login."), guide(2, "A bucket is made.")])
    for text in ("eventName=ConsoleLogin", "console_login"):
        assert [h.chunk.chunk_id for h in knowledge.search(question(text, mode="lexical"))] == ["guide:1"]
    knowledge.close()


def test_decisions_do_not_move_the_scores_of_the_knowledge(folder: Path, embedder: HashingEmbedder) -> None:
    knowledge = QdrantEdgeKnowledge(folder, embedder)
    knowledge.upsert([guide(number) for number in range(20)])
    before = knowledge.search(question("what word7 means"))
    knowledge.upsert(
        [Chunk(f"decision:{n}", Kind.DECISION, "Decision", "what word7 means", "1.8.0") for n in range(100)]
    )
    assert knowledge.search(question("what word7 means")) == before
    knowledge.close()


@pytest.mark.parametrize(
    "chunk",
    [
        Chunk("guide:x", Kind.GUIDE, "\ud800", "text", "1.8.0"),
        Chunk("guide:\ud800", Kind.GUIDE, "title", "text", "1.8.0"),
        Chunk("guide:x", Kind.GUIDE, "title", "text", "1.8.0", metadata={"set": {1}}),
        Chunk("guide:x", Kind.GUIDE, "title", "text", "1.8.0", metadata={"deep": ["\udcff"]}),
    ],
)
def test_a_chunk_that_is_not_json_is_refused_before_anything_is_written(
    folder: Path, embedder: HashingEmbedder, chunk: Chunk
) -> None:
    knowledge = QdrantEdgeKnowledge(folder, embedder)
    with pytest.raises(KnowledgeRequestError, match="guide:"):
        knowledge.upsert([guide(1), chunk])
    assert knowledge.count() == 0
    knowledge.close()


@pytest.mark.parametrize("given", [{"cursor": "nonsense"}, {"limit": 0}])
def test_a_bad_page_request_is_refused(folder: Path, embedder: HashingEmbedder, given: dict[str, object]) -> None:
    knowledge = QdrantEdgeKnowledge(folder, embedder)
    with pytest.raises(KnowledgeRequestError):
        knowledge.browse(**given)  # type: ignore[arg-type]
    knowledge.close()


def test_sixteen_threads_search_and_write_at_once(folder: Path, embedder: HashingEmbedder) -> None:
    knowledge = QdrantEdgeKnowledge(folder, embedder)
    knowledge.upsert([guide(number) for number in range(50)])
    start = threading.Barrier(16)

    def work(thread: int) -> bool:
        start.wait()
        for turn in range(5):
            number = 1000 + 10 * thread + turn
            if thread % 4 == 0:
                knowledge.upsert([guide(number)])
                hit = knowledge.search(question(f"word{number}", tokens=(lexical_token("id", str(number)),)))[0]
                assert hit.chunk == guide(number)
            else:
                assert knowledge.search(question(f"word{turn}"))[0].chunk == guide(turn)
                assert knowledge.version()
        return True

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(work, range(16)))
    assert knowledge.count() == 50 + 4 * 5
    knowledge.close()


def test_closing_under_load_gives_typed_errors_only(folder: Path, embedder: HashingEmbedder) -> None:
    knowledge = QdrantEdgeKnowledge(folder, embedder)
    knowledge.upsert([guide(number) for number in range(50)])

    def search_until_closed(_: int) -> str:
        while True:
            try:
                knowledge.search(question("word1"))
            except KnowledgeUnavailableError as error:
                return error.code

    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(search_until_closed, range(4))
        knowledge.close()
        assert set(answers) == {"knowledge_unavailable"}


def test_a_decision_is_embedded_as_it_was_searched_for(tmp_path, embedder):
    knowledge = QdrantEdgeKnowledge(tmp_path, embedder)
    text = "sshd accepted password"
    knowledge.search(Query(text, {Kind.CLASS: 1}, "1.8.0"))
    knowledge.upsert([Chunk("decision:1", Kind.DECISION, "Authentication: Logon", text, "1.8.0", 3002)])
    assert embedder.embedded == [text, text]
    knowledge.close()
