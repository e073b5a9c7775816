from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
import respx
import tenacity

from agents.knowledge.embedding import EmbeddingUnavailableError, LlamaCppEmbedder, OpenAIEmbedder

URL = "http://embeddings.test/v1"
KEY = "sk-very-secret"


def test_vectors_are_rows_of_length_one(minilm: LlamaCppEmbedder) -> None:
    vectors = minilm.embed(["user logged on", "firewall denied a connection", "user logged on"])
    assert (vectors.shape, vectors.dtype) == ((3, 384), np.float32)
    assert minilm.dimension == 384
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors[0], vectors[2])


def test_nothing_gives_no_rows(minilm: LlamaCppEmbedder) -> None:
    assert minilm.embed([]).shape == (0, 384)


def test_what_means_the_same_is_near(minilm: LlamaCppEmbedder) -> None:
    signed_in, logged_on, packet = minilm.embed(["a person signed in", "the user logged on", "a packet was dropped"])
    assert signed_in @ logged_on > signed_in @ packet + 0.2


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\ud800",
        "a\0b",
        "x" * 2_000_000,
        "word " * 20_000,
        "🦉" * 3000,
        "\r\n\t",
        "<134>{{}}</Event>",
        "[CLS] [SEP]",
    ],
)
def test_any_text_has_a_vector(minilm: LlamaCppEmbedder, text: str) -> None:
    (vector,) = minilm.embed([text])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_a_nul_does_not_end_the_text(minilm: LlamaCppEmbedder) -> None:
    with_nul, with_space, only_start = minilm.embed(["failed\0logon", "failed logon", "failed"])
    assert with_nul @ with_space > 0.999
    assert with_nul @ only_start < 0.95


def test_text_beyond_the_context_is_cut(minilm: LlamaCppEmbedder) -> None:
    long, longer = minilm.embed(["word " * 600, "word " * 600 + "and something else entirely"])
    np.testing.assert_allclose(long, longer, atol=1e-6)


def test_threads_get_their_own_answers(minilm: LlamaCppEmbedder) -> None:
    texts = [f"thread number {number} says hello" for number in range(24)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda text: minilm.embed([text])[0], texts))
    np.testing.assert_allclose(np.stack(found), minilm.embed(texts), atol=1e-6)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingUnavailableError, match=r"none\.gguf is missing"):
        LlamaCppEmbedder(tmp_path / "none.gguf", 1)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"GGUF but not really")
    with pytest.raises(EmbeddingUnavailableError, match="cannot be loaded"):
        LlamaCppEmbedder(tmp_path / "bad.gguf", 1)


def test_after_close_the_model_says_so(minilm: LlamaCppEmbedder) -> None:
    from models import DEFAULT_EMBEDDING_MODEL, WEIGHTS_DIR
    from models.prepare import prepare

    model = LlamaCppEmbedder(prepare(DEFAULT_EMBEDDING_MODEL, WEIGHTS_DIR), 1)
    model.close()
    model.close()
    with pytest.raises(EmbeddingUnavailableError, match="closed"):
        model.embed(["text"])


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        yield router


@pytest.fixture
def client() -> Iterator[OpenAIEmbedder]:
    with OpenAIEmbedder(URL, "nomic-embed", KEY, backoff=tenacity.wait_none()) as embedder:
        yield embedder


def answer(request: httpx.Request) -> httpx.Response:
    """Vectors (3, 4) and rows in reverse order, as the protocol allows."""
    texts = json.loads(request.content)["input"]
    rows = [{"index": i, "embedding": [3.0 * (i + 1), 4.0 * (i + 1)], "object": "embedding"} for i in range(len(texts))]
    return httpx.Response(200, json={"object": "list", "data": rows[::-1]})


def test_a_server_embeds_in_batches(server: respx.MockRouter, client: OpenAIEmbedder) -> None:
    route = server.post("/embeddings").mock(side_effect=answer)
    vectors = client.embed([f"text {i}" for i in range(130)])
    assert vectors.shape == (130, 2)
    np.testing.assert_allclose(vectors, np.tile([0.6, 0.8], (130, 1)), atol=1e-6)
    assert [len(json.loads(call.request.content)["input"]) for call in route.calls] == [64, 64, 2]
    request = route.calls[0].request
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert json.loads(request.content)["model"] == "nomic-embed"


def test_rows_are_put_in_the_order_of_the_texts(server: respx.MockRouter, client: OpenAIEmbedder) -> None:
    rows = [{"index": 1, "embedding": [0, 1]}, {"index": 0, "embedding": [1, 0]}]
    server.post("/embeddings").respond(json={"data": rows})
    np.testing.assert_array_equal(client.embed(["a", "b"]), [[1, 0], [0, 1]])


def test_the_dimension_is_found_out_once(server: respx.MockRouter, client: OpenAIEmbedder) -> None:
    route = server.post("/embeddings").mock(side_effect=answer)
    assert (client.dimension, client.dimension, route.call_count) == (2, 2, 1)
    assert client.embed([]).shape == (0, 2)


@pytest.mark.parametrize("passing", [httpx.Response(503), httpx.Response(429), httpx.ConnectError("refused")])
def test_a_passing_failure_is_tried_again(server: respx.MockRouter, client: OpenAIEmbedder, passing: object) -> None:
    route = server.post("/embeddings").mock(
        side_effect=[passing, passing, answer(httpx.Request("POST", URL, json={"input": ["a"]}))]
    )
    assert client.embed(["a"]).shape == (1, 2)
    assert route.call_count == 3


@pytest.mark.parametrize(
    ("failure", "attempts", "message"),
    [
        (httpx.Response(500, text=f"stack trace with {KEY}"), 3, "HTTP 500"),
        (httpx.Response(401, text=f"bad key {KEY}"), 1, "refused the API key"),
        (httpx.Response(400, text="too long"), 1, "refused the request"),
        (httpx.ReadTimeout("slow"), 3, "in time"),
        (httpx.ConnectError("refused"), 3, "cannot be reached"),
    ],
)
def test_a_failure_is_typed_and_tells_no_key(
    server: respx.MockRouter, client: OpenAIEmbedder, failure: object, attempts: int, message: str
) -> None:
    route = server.post("/embeddings").mock(side_effect=[failure] * 3)
    with pytest.raises(EmbeddingUnavailableError, match=message) as caught:
        client.embed(["a"])
    assert route.call_count == attempts
    assert KEY not in repr(caught.value) + str(caught.value.details)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "body",
    [
        "not json", "{}", '{"data": []}', '{"data": [{"index": 0, "embedding": ["a"]}]}', "[1]",
        '{"data": [{"index": 0, "embedding": [NaN, 1]}]}', '{"data": [{"index": 0, "embedding": 7}]}',
        '{"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1]}]}',
    ],
)  # fmt: skip
def test_an_answer_that_is_no_embedding_is_refused(server: respx.MockRouter, client: OpenAIEmbedder, body: str) -> None:
    server.post("/embeddings").respond(text=body)
    with pytest.raises(EmbeddingUnavailableError, match=r"embeddings\.test"):
        client.embed(["a"])


def test_vectors_that_change_their_length_are_refused(server: respx.MockRouter, client: OpenAIEmbedder) -> None:
    answers = [httpx.Response(200, json={"data": [{"index": 0, "embedding": [1.0] * n}]}) for n in (2, 3)]
    server.post("/embeddings").mock(side_effect=answers)
    client.embed(["a"])
    with pytest.raises(EmbeddingUnavailableError, match="from 2 to 3"):
        client.embed(["b"])


def test_lone_surrogates_and_empty_texts_can_be_sent(server: respx.MockRouter, client: OpenAIEmbedder) -> None:
    route = server.post("/embeddings").mock(side_effect=answer)
    client.embed(["\ud800bad", ""])
    assert json.loads(route.calls[0].request.content)["input"] == ["\ufffdbad", " "]


def test_a_url_without_a_path_gets_the_usual_one() -> None:
    with respx.mock() as router, OpenAIEmbedder("http://embeddings.test:8080", "m") as client:
        route = router.post("http://embeddings.test:8080/v1/embeddings").mock(side_effect=answer)
        client.embed(["a"])
        assert route.called
        assert "Authorization" not in route.calls[0].request.headers


def test_after_close_the_client_says_so() -> None:
    client = OpenAIEmbedder(URL, "m", KEY)
    client.close()
    with pytest.raises(EmbeddingUnavailableError, match="closed"):
        client.embed(["a"])
