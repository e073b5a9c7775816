import json
import logging
import threading
import time

import httpx
import pytest
import respx

from agents.errors import ConfigurationError
from agents.llm import Message, ModelBusyError, ModelResponseError, ModelTimeoutError, ModelUnavailableError
from agents.llm.openai_api import OpenAIModel

KEY = "sk-very-secret-0123456789"
BASE = "http://llm.test:8080"
CHAT, COMPLETIONS, TOKENIZE, MODELS = (
    f"{BASE}/{path}" for path in ("v1/chat/completions", "v1/completions", "tokenize", "v1/models")
)
QUESTION = [Message("system", "Name the class."), Message("user", "sshd: Failed password")]


@pytest.fixture
def server():
    with respx.mock(assert_all_called=False) as router:
        yield router


@pytest.fixture
def model():
    model = OpenAIModel(f"{BASE}/v1", "llama", KEY, timeout=5, backoff_s=0.001, breaker_threshold=4)
    yield model
    model.close()


def token(text, logprob, alternatives=()):
    listed = [{"token": text, "logprob": logprob}, *({"token": t, "logprob": p} for t, p in alternatives)]
    return {"token": text, "logprob": logprob, "top_logprobs": listed}


def chat(*tokens):
    return {"choices": [{"index": 0, "logprobs": {"content": list(tokens)}}]}


def no_echo(server):
    server.post(COMPLETIONS).respond(400, json={"error": {"message": "Only no echo is supported"}})


# -- scoring by the alternatives of one answer (llama-server, Ollama)


def test_an_estimate_from_one_constrained_answer(server, model):
    no_echo(server)
    route = server.post(CHAT).respond(
        json=chat(
            token("Account", -0.5, [("Auth", -1.0), ("DNS", -3.0), ("The", -4.0)]),
            token(" Change", -0.1, [(" Switch", -2.5)]),
        )
    )
    choices = ["Authentication", "Account Change", "Account Switch", "DNS Activity", "Process Activity"]
    assert model.score_choices(QUESTION, choices) == pytest.approx([-1.0, -0.6, -3.0, -3.0, -6.0])
    body = json.loads(route.calls.last.request.content)
    assert body["messages"] == [{"role": m.role, "content": m.content} for m in QUESTION]
    assert sorted(body["structured_outputs"]["choice"]) == sorted(choices)
    assert 'root ::= "Account Change" | "Account Switch"' in body["grammar"]


def test_order_and_repetition_change_nothing(server, model):
    no_echo(server)
    server.post(CHAT).respond(json=chat(token("A", -0.5, [("B", -1.0)])))
    assert model.score_choices(QUESTION, ["B", "A", "B"]) == pytest.approx([-1.0, -0.5, -1.0])


def test_servers_that_know_no_constraint_are_asked_without(server, model):
    no_echo(server)
    bodies = []

    def answer(request):
        bodies.append(json.loads(request.content))
        return httpx.Response(400) if "grammar" in bodies[-1] else httpx.Response(200, json=chat(token(" A", -0.5)))

    server.post(CHAT).mock(side_effect=answer)
    assert model.score_choices(QUESTION, ["A"]) == pytest.approx([-0.5])
    assert "structured_outputs" not in bodies[1]


@pytest.mark.parametrize(
    "answer",
    [{"choices": []}, {"choices": [{"logprobs": None}]}, chat(), {"choices": [{"logprobs": {"content": [{}]}}]}],
)
def test_a_server_without_logprobs_is_reported(server, model, answer):
    no_echo(server)
    server.post(CHAT).respond(json=answer)
    with pytest.raises(ModelResponseError, match="model server"):
        model.score_choices(QUESTION, ["A"])


# -- scoring by the log-probabilities of a prompt (vLLM)


class Vllm:
    """Tokenises by characters, ends turns with token 0, and gives a token a log-probability by its number."""

    def __init__(self, router, conversations=True):
        self.conversations = conversations
        self.completions = router.post(COMPLETIONS).mock(side_effect=self.complete)
        self.tokenize = router.post(TOKENIZE).mock(side_effect=self.tokens)

    def tokens(self, request):
        body = json.loads(request.content)
        if "prompt" in body:
            return httpx.Response(200, json={"tokens": [ord(c) for c in body["prompt"]]})
        if not self.conversations:
            return httpx.Response(200, json={"tokens": []})
        tokens = []
        for turn in body["messages"]:
            tokens += [1, *map(ord, turn["content"]), 0]
        return httpx.Response(200, json={"tokens": [*tokens, 1] if body["add_generation_prompt"] else tokens})

    def complete(self, request):
        body = json.loads(request.content)
        assert body["echo"]
        choices = []
        for i, prompt in enumerate(body["prompt"]):
            ids = [ord(c) for c in prompt] if isinstance(prompt, str) else prompt
            logprobs = [None, *(-token / 1000 for token in ids[1:]), -9.0]
            offsets = list(range(len(ids) + 1))
            choices.append({"index": i, "logprobs": {"token_logprobs": logprobs, "text_offset": offsets}})
        return httpx.Response(200, json={"choices": choices[::-1]})


def worth(text):
    return -sum(map(ord, text)) / 1000


def test_exact_scores_in_the_chat_format(server, model):
    vllm = Vllm(server)
    assert model.score_choices(QUESTION, ["B", "Abc"]) == pytest.approx([worth("B"), worth("Abc")])
    prompts = json.loads(vllm.completions.calls.last.request.content)["prompt"]
    assert prompts[0][-5:] == [1, *map(ord, "Abc"), 0]
    assert len(prompts) == 2


def test_exact_scores_in_the_plain_layout(server, model):
    vllm = Vllm(server, conversations=False)
    assert model.score_choices(QUESTION, ["B", "Abc"]) == pytest.approx([worth(" B\n"), worth(" Abc\n")])
    prompt = json.loads(vllm.completions.calls.last.request.content)["prompt"][0]
    assert prompt == "System: Name the class.\n\nUser: sshd: Failed password\n\nAssistant: Abc\n"


def test_what_the_server_can_do_is_found_out_once(server, model):
    vllm = Vllm(server)
    for _ in range(3):
        model.score_choices(QUESTION, ["A"])
    assert vllm.completions.call_count == 4
    assert vllm.tokenize.call_count == 3 + 3 * 2


def test_an_unreachable_server_is_asked_again_what_it_can_do(server, model):
    route = server.post(COMPLETIONS).mock(side_effect=httpx.ConnectError("refused"))
    with pytest.raises(ModelUnavailableError):
        model.score_choices(QUESTION, ["A"])
    assert route.call_count == 3
    model._breaker.succeeded()
    Vllm(server)
    assert model.score_choices(QUESTION, ["A"]) == pytest.approx([worth("A")])


def test_missing_logprobs_are_not_taken_for_certainty(server, model):
    vllm = Vllm(server)
    model.score_choices(QUESTION, ["A"])
    vllm.completions.mock(
        return_value=httpx.Response(200, json={"choices": [{"index": 0, "logprobs": {"token_logprobs": [None, -1]}}]})
    )
    with pytest.raises(ModelResponseError, match="some tokens only"):
        model.score_choices(QUESTION, ["A"])


def test_no_choices_cost_no_request(server, model):
    assert model.score_choices(QUESTION, []) == []
    assert not server.calls


# -- trouble


@pytest.mark.parametrize("trouble", [httpx.Response(500), httpx.Response(503), httpx.ConnectError("x")])
def test_passing_trouble_is_retried(server, model, trouble):
    no_echo(server)
    good = httpx.Response(200, json=chat(token("A", -0.5)))
    route = server.post(CHAT).mock(side_effect=[trouble, trouble, good])
    assert model.score_choices(QUESTION, ["A"])
    assert route.call_count == 3


def test_lasting_trouble_is_reported(server, model):
    server.post(COMPLETIONS).respond(502)
    with pytest.raises(ModelUnavailableError, match=r"llm\.test:8080 answered 502"):
        model.score_choices(QUESTION, ["A"])


def test_too_many_requests_wait_as_long_as_asked(server, model, monkeypatch):
    pauses = []
    monkeypatch.setattr("tenacity.nap.time.sleep", pauses.append)
    server.post(COMPLETIONS).respond(429, headers={"Retry-After": "2"})
    with pytest.raises(ModelBusyError):
        model.score_choices(QUESTION, ["A"])
    assert pauses == [2.0, 2.0]


def test_a_pause_beyond_the_timeout_is_not_begun(server, model):
    route = server.post(COMPLETIONS).respond(429, headers={"Retry-After": "60"})
    with pytest.raises(ModelBusyError):
        model.score_choices(QUESTION, ["A"])
    assert route.call_count == 1


@pytest.mark.parametrize(
    ("status", "error"), [(401, ModelUnavailableError), (403, ModelUnavailableError), (404, ModelResponseError)]
)
def test_refusals_are_not_retried(server, model, status, error):
    no_echo(server)
    route = server.post(CHAT).respond(status)
    with pytest.raises(error, match=str(status)):
        model.score_choices(QUESTION, ["A"])
    assert route.call_count == 1


def test_a_slow_server_is_given_up(server, model):
    server.post(COMPLETIONS).mock(side_effect=httpx.ReadTimeout("slow"))
    with pytest.raises(ModelTimeoutError):
        model.score_choices(QUESTION, ["A"])


def test_a_page_that_is_not_json_is_reported(server, model):
    no_echo(server)
    server.post(CHAT).respond(200, text="<html>")
    with pytest.raises(ModelResponseError, match="JSON"):
        model.score_choices(QUESTION, ["A"])


def test_after_repeated_failures_the_server_is_left_alone(server, model):
    route = server.post(COMPLETIONS).mock(side_effect=httpx.ConnectError("x"))
    for _ in range(3):
        with pytest.raises(ModelUnavailableError):
            model.score_choices(QUESTION, ["A"])
    assert route.call_count == 4
    with pytest.raises(ModelUnavailableError, match="failed"):
        model.check()


def test_the_key_is_sent_and_never_told(server, model, caplog):
    caplog.set_level(logging.DEBUG)
    no_echo(server)
    route = server.post(CHAT).respond(401, json={"error": {"message": f"bad key {KEY}"}})
    with pytest.raises(ModelUnavailableError) as caught:
        model.score_choices(QUESTION, ["A"])
    assert route.calls.last.request.headers["Authorization"] == f"Bearer {KEY}"
    assert KEY not in f"{caught.value} {caught.value.details} {model!r} {model.name} {caplog.text}"


def test_a_password_in_the_url_is_used_and_never_told(server, caplog):
    caplog.set_level(logging.DEBUG)
    route = server.get(MODELS).respond(503)
    model = OpenAIModel("http://me:hunter2@llm.test:8080/v1/", "llama", backoff_s=0)
    with pytest.raises(ModelUnavailableError) as caught:
        model.check()
    assert route.calls.last.request.headers["Authorization"].startswith("Basic ")
    assert "hunter2" not in f"{caught.value} {model!r} {caplog.text}"
    model.close()


def test_a_malformed_url_is_a_matter_of_configuration():
    with pytest.raises(ConfigurationError, match="URL"):
        OpenAIModel("http://llm.test:port", "llama")


@pytest.mark.parametrize("base", [BASE, f"{BASE}/", f"{BASE}/v1", f"{BASE}/v1/"])
def test_the_base_url_may_be_written_either_way(server, base):
    route = server.get(MODELS).respond(json={"data": []})
    model = OpenAIModel(base, "llama")
    model.check()
    assert route.called
    assert model.name == "llama@llm.test:8080"
    model.close()


@pytest.mark.parametrize(
    "trouble", [httpx.Response(500), httpx.Response(401), httpx.Response(404), httpx.ReadTimeout("x")]
)
def test_check_says_when_the_server_is_not_ready(server, model, trouble):
    server.get(MODELS).mock(side_effect=[trouble])
    with pytest.raises(ModelUnavailableError):
        model.check()


def test_a_closed_model_says_so(model):
    model.close()
    for call in (model.check, lambda: model.score_choices(QUESTION, ["A"]), lambda: next(model.stream(QUESTION))):
        with pytest.raises(ModelUnavailableError, match="closed"):
            call()


# -- streaming


class Stream(httpx.SyncByteStream):
    """Server-sent events that remember whether the connection was let go."""

    def __init__(self, *events):
        self.events = events
        self.closed = False
        self.sent = 0

    def __iter__(self):
        for event in self.events:
            self.sent += 1
            yield event if isinstance(event, bytes) else f"data: {json.dumps(event)}\n\n".encode()

    def close(self):
        self.closed = True


def delta(text, finish=None):
    return {"choices": [{"delta": {"content": text}, "finish_reason": finish}]}


def serve(server, *events):
    stream = Stream(*events)
    route = server.post(CHAT).mock(return_value=httpx.Response(200, stream=stream))
    return stream, route


def test_an_answer_arrives_in_pieces(server, model):
    first = {"choices": [{"delta": {"role": "assistant", "content": None}}]}
    events = [first, b": ping\n\n", delta("It "), delta("is ü"), {"choices": [], "usage": {}}, b"data: [DONE]\n\n"]
    stream, route = serve(server, *events)
    assert list(model.stream(QUESTION, max_tokens=7, temperature=0.5)) == ["It ", "is ü"]
    body = json.loads(route.calls.last.request.content)
    assert (body["max_tokens"], body["temperature"], body["stream"]) == (7, 0.5, True)
    assert stream.closed


def test_servers_that_do_not_say_done_are_understood(server, model):
    serve(server, delta("a"), delta("", "stop"))
    assert list(model.stream(QUESTION)) == ["a"]


def test_closing_and_stopping_let_the_connection_go(server, model):
    stream, _ = serve(server, *[delta("x")] * 50)
    answer = model.stream(QUESTION)
    next(answer)
    answer.close()
    assert stream.closed
    assert stream.sent < 5
    stop = threading.Event()
    stream, _ = serve(server, *[delta("x")] * 50)
    pieces = []
    for piece in model.stream(QUESTION, stop=stop):
        pieces.append(piece)
        stop.set()
    assert pieces == ["x"]
    assert stream.closed


@pytest.mark.parametrize(
    ("events", "complaint"),
    [
        ([delta("a"), {"error": {"message": KEY}}], "error in the middle"),
        ([delta("a"), b"data: {nonsense\n\n"], "not a chat completion"),
        ([delta("a"), b'data: {"choices": 7}\n\n'], "not a chat completion"),
        ([delta("a")], "broke off"),
    ],
)
def test_a_broken_answer_is_an_error(server, model, events, complaint):
    serve(server, *events)
    with pytest.raises(ModelResponseError, match=complaint) as caught:
        list(model.stream(QUESTION))
    assert KEY not in str(caught.value)


def test_a_stream_that_fails_is_not_begun_twice(server, model):
    route = server.post(CHAT).respond(500)
    with pytest.raises(ModelUnavailableError):
        list(model.stream(QUESTION))
    assert route.call_count == 1


def test_the_deadline_is_for_all_attempts_together(server, model):
    server.post(COMPLETIONS).respond(500)
    slow = OpenAIModel(BASE, "llama", backoff_s=0.2, timeout=0.1)
    started = time.monotonic()
    with pytest.raises(ModelUnavailableError):
        slow.score_choices(QUESTION, ["A"])
    assert len(server.calls) == 1
    assert started
    slow.close()
