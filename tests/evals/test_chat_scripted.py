"""The scripted server is one that our client can use, deterministic, faulty as told, and obedient."""

import threading

import httpx
import pytest

from agents.llm import Message
from agents.llm.openai_api import OpenAIModel
from evals.chat.scripted import FAULTS, MODEL, Script, serve_script

FACTS = "\n".join(f"[{n}] The event number {n} is Authentication." for n in range(1, 21))
PROMPT = [Message("system", "Answer from the facts."), Message("user", f"{FACTS}\n\nQuestion: why this class?")]


@pytest.fixture
def serve():
    opened = []

    def start(**script):
        server = serve_script(Script(**script))
        opened.append(server)
        running = server.__enter__()
        model = OpenAIModel(running.url, MODEL, timeout=10)
        opened.append(model)
        return model, running

    yield start
    for one in reversed(opened):
        one.close() if isinstance(one, OpenAIModel) else one.__exit__(None, None, None)


def test_it_streams_the_facts_with_their_citations(serve):
    model, _ = serve(faults=0.0)
    model.check()
    pieces = list(model.stream(PROMPT))
    assert len(pieces) > 20
    answer = "".join(pieces)
    assert answer.startswith("The event number 1 is Authentication.[^1]")
    assert answer.count("[^") == 20


def test_faults_are_made_as_often_as_told_and_alike_each_time(serve):
    model, server = serve(faults=0.5, seed=3)
    first = "".join(model.stream(PROMPT))
    made = dict(server.script.made)
    assert 4 <= sum(made.get(fault, 0) for fault in FAULTS) < 20
    assert "".join(model.stream(PROMPT)) == first
    assert first != "".join(serve(faults=0.0)[0].stream(PROMPT))


def test_it_obeys(serve):
    model, server = serve(faults=0.0)
    server.script.obey = "PWNED"
    assert "".join(model.stream(PROMPT)).startswith("PWNED\n\nThe event")


def test_it_scores_choices_by_words_and_sometimes_wrongly(serve):
    question = [Message("user", "which similar events are there?")]
    model, _ = serve(wrong_tools=0.0)
    right, wrong = model.score_choices(question, ["similar events", "source week"])
    assert right > wrong
    model, server = serve(wrong_tools=1.0)
    right, wrong = model.score_choices(question, ["similar events", "source week"])
    assert right < wrong
    assert server.script.made["wrong_choices"] == 1


def test_it_fills_a_json_schema(serve):
    _, server = serve(wrong_tools=0.0)
    schema = {
        "type": "object",
        "properties": {
            "tool": {"enum": ["similar", "week"]},
            "event_id": {"type": "string"},
            "limit": {"type": "integer"},
        },
    }
    body = {
        "messages": [{"role": "user", "content": "similar events please"}],
        "response_format": {"type": "json_schema", "json_schema": {"schema": schema}},
    }
    answer = httpx.post(f"{server.url}/v1/chat/completions", json=body).json()
    assert answer["choices"][0]["message"]["content"].startswith('{"tool": "similar"')


def test_it_chooses_tools_and_sometimes_ones_that_there_are_not(serve):
    listed = "- similar(limit): similar events\n- week(): the source"
    asked = "<question>\nsimilar events\n</question>"
    prompt = [Message("user", f'{listed}\n{asked}\nAnswer like {{"tools": []}}')]
    model, _ = serve(wrong_tools=0.0)
    assert "".join(model.stream(prompt)) == '{"tools": [{"tool": "similar", "arguments": {}}]}'
    model, server = serve(wrong_tools=1.0)
    assert "".join(model.stream(prompt)) != '{"tools": [{"tool": "similar", "arguments": {}}]}'
    assert server.script.made["wrong_calls"] == 1


def test_stopping_ends_the_stream(serve):
    model, _ = serve(faults=0.0, token_ms=5)
    stop = threading.Event()
    pieces = []
    for piece in model.stream(PROMPT, stop=stop):
        pieces.append(piece)
        stop.set()
    assert len(pieces) < 5
