"""A server that speaks the OpenAI API and stands for a large model: deterministic, with a share of faults, or obedient.

It writes its answers from the facts that the prompt lists, with their citations, as a model would, and now and then
gets something wrong: another class, an invented number, a link, no citation, an invented sentence. Asked for
constrained JSON or one of several choices, it chooses by the words of the question, and now and then chooses wrongly.
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "scripted-8b"

_FACT = re.compile(
    r"^\s*(?:[-*]\s*)?(?:\[\^?(?P<a>\d+)\]:?|(?P<b>\d+)[.):]|<fact[^>]*?(?P<c>\d+)[^>]*>)\s*(?P<text>.+?)(?:</fact>)?\s*$",
    re.MULTILINE,
)
_CAPTIONS = ("Vulnerability Finding", "Email Activity", "DNS Activity", "Kernel Activity", "Memory Activity")
FAULTS = ("class", "number", "link", "citation", "invention", "image", "reviewer")


@dataclass
class Script:
    """How the server behaves. ``faults`` is the share of sentences with a fault, ``wrong_tools`` that of wrong choices.

    ``obey`` is what a model that does what its prompt's data tells it would write; it stands before the answer then.
    """

    faults: float = 0.25
    wrong_tools: float = 0.2
    seed: int = 7
    obey: str = ""
    token_ms: float = 0.0
    made: Counter[str] = field(default_factory=Counter)
    """How often what happened: ``answers``, ``choices``, ``wrong_choices``, ``obeyed``, each fault by its name."""


class ScriptedServer:
    """A running server; ``url`` goes into ``LLM_URL``. Close it, or use ``serve_script``."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(script))
        self._http.daemon_threads = True
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(0.05,), name="scripted-model", daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """The base URL, without ``/v1``."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def close(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=5)


@contextmanager
def serve_script(script: Script) -> Iterator[ScriptedServer]:
    """A server for as long as the block runs."""
    server = ScriptedServer(script)
    try:
        yield server
    finally:
        server.close()


def compose(messages: Sequence[Mapping[str, str]], script: Script) -> str:
    """The answer to a prompt: its facts as sentences with citations, some with a fault."""
    prompt = "\n".join(m["content"] for m in messages)
    chance = random.Random(f"{script.seed}:{prompt}")  # noqa: S311  (which fault comes is no secret)
    written = []
    for match in _FACT.finditer(messages[-1]["content"] if messages else ""):
        number = match.group("a") or match.group("b") or match.group("c")
        sentence = re.sub(r"\s*\[\^\d+\]", "", match.group("text")).strip()
        sentence = sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
        fault = chance.choice(FAULTS) if chance.random() < script.faults else ""
        if fault:
            script.made[fault] += 1
        written.append(_faulty(sentence, number, fault, chance))
    script.made["answers"] += 1
    answer = " ".join(written) or "Not known."
    if script.obey:
        script.made["obeyed"] += 1
        return f"{script.obey}\n\n{answer}"
    return answer


def _faulty(sentence: str, number: str, fault: str, chance: random.Random) -> str:
    mark = f"[^{number}]"
    if fault == "citation":
        return sentence
    if fault == "class":
        return f"This event is {chance.choice(_CAPTIONS)}.{mark}"
    if fault == "number":
        changed, count = re.subn(r"\d+", lambda m: str(int(m.group()[:9]) + 37), sentence, count=1)
        return f"{changed if count else sentence[:-1] + f', as in {chance.randrange(300, 900)} other cases.'}{mark}"
    if fault == "link":
        return f"{sentence[:-1]}, see [the documentation](https://docs.example/{chance.randrange(99)}).{mark}"
    if fault == "image":
        return f"{sentence}{mark} ![chart](https://docs.example/chart.png)"
    if fault == "invention":
        return f"{sentence}{mark} The user `root.admin{chance.randrange(99)}` did the same 4 days earlier.{mark}"
    if fault == "reviewer":
        return f"{sentence}{mark} It was confirmed by Grace on 2019-04-0{chance.randrange(1, 9)}.{mark}"
    return f"{sentence}{mark}"


def choose(messages: Sequence[Mapping[str, str]], choices: Sequence[str], script: Script) -> str:
    """The choice whose words the question shares most; the next one in a share of cases."""
    asked = set(re.findall(r"[a-z]{3,}", (messages[-1]["content"] if messages else "").lower()[-2000:]))
    chance = random.Random(f"{script.seed}:{messages[-1]['content'] if messages else ''}:{choices}")  # noqa: S311
    ranked = sorted(choices, key=lambda c: (-len(asked & set(re.findall(r"[a-z]{3,}", c.lower()))), c))
    script.made["choices"] += 1
    if len(ranked) > 1 and chance.random() < script.wrong_tools:
        script.made["wrong_choices"] += 1
        return ranked[1]
    return ranked[0]


def fill_schema(schema: Mapping[str, Any], messages: Sequence[Mapping[str, str]], script: Script) -> Any:
    """A JSON value that a schema allows: enumerations chosen by words, texts from the question, lists of one item."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        texts = {str(value): value for value in schema["enum"]}
        return texts[choose(messages, list(texts), script)]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return fill_schema(schema[key][0], messages, script)
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        wanted = schema.get("properties", {})
        return {key: fill_schema(value, messages, script) for key, value in wanted.items()}
    if kind == "array":
        return [fill_schema(schema.get("items", {"type": "string"}), messages, script)]
    simple: dict[str, Any] = {"integer": 2, "number": 0.5, "boolean": True, "null": None}
    return simple[kind] if kind in simple else (messages[-1]["content"][-60:] if messages else "")


def choose_tools(prompt: str, script: Script) -> str:
    """The JSON that a prompt listing tools (``- name(arguments): what it answers``) asks for, now and then a wrong one.

    Wrong ones are a tool that there is not, arguments that the tool does not take, another tool, and no JSON at all. An
    obedient model asks for what its prompt's data tell it: to propose, about another event.
    """
    tools = dict(re.findall(r"^- (\w+)\([^)]*\): (.*)$", prompt, re.MULTILINE))
    question = (re.findall(r"<question>\s*(.*?)\s*</question>", prompt, re.DOTALL) or [prompt[-200:]])[-1]
    about = {f"{name} {words}": name for name, words in tools.items()}
    chance = random.Random(f"{script.seed}:{prompt}")  # noqa: S311  (which fault comes is no secret)
    picked = about[choose([{"content": question}], list(about), script)] if about else "decision"
    if script.obey:
        return json.dumps({"tools": [{"tool": "propose", "arguments": {"event_id": "0", "class": "DNS Activity"}}]})
    if chance.random() < script.wrong_tools:
        script.made["wrong_calls"] += 1
        broken = (
            {"tools": [{"tool": "delete_review", "arguments": {}}]},
            {"tools": [{"tool": picked, "arguments": {"event_id": "another", "sql": "SELECT 1"}}]},
            {"tool": picked},
        )
        return json.dumps(chance.choice(broken)) if chance.random() < 0.8 else f"I would use {picked}."
    return json.dumps({"tools": [{"tool": picked, "arguments": {}}]})


def _reply(body: Mapping[str, Any], script: Script) -> str:
    messages = [{"role": m["role"], "content": str(m.get("content", ""))} for m in body.get("messages", [])]
    outputs = body.get("structured_outputs") or {}
    if choices := outputs.get("choice") or body.get("guided_choice"):
        return choose(messages, choices, script)
    wanted = body.get("response_format") or {}
    schema = wanted.get("schema") or wanted.get("json_schema", {}).get("schema")
    schema = schema or outputs.get("json") or body.get("guided_json") or body.get("json_schema")
    if schema is not None:
        script.made["choices"] += 1
        return json.dumps(fill_schema(schema, messages, script))
    if wanted.get("type") == "json_object":
        return json.dumps({"tools": ["decision"]})
    if messages and '{"tools":' in messages[-1]["content"]:
        return choose_tools(messages[-1]["content"], script)
    return compose(messages, script)


def _handler(script: Script) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._json(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}")
            if not self.path.endswith("/chat/completions"):
                self._json(400, {"error": {"message": "only chat completions"}})
                return
            text = _reply(body, script)
            if body.get("stream"):
                self._stream(text)
                return
            message = {"role": "assistant", "content": text}
            tokens = [
                {"token": t, "logprob": -0.1, "top_logprobs": [{"token": t, "logprob": -0.1}]} for t in _pieces(text)
            ]
            choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": "stop"}
            if body.get("logprobs"):
                choice["logprobs"] = {"content": tokens}
            self._json(200, {"id": "s", "object": "chat.completion", "model": MODEL, "choices": [choice]})

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _stream(self, text: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            try:
                for piece in _pieces(text):
                    self._event({"choices": [{"index": 0, "delta": {"content": piece}}]})
                    time.sleep(script.token_ms / 1e3)
                self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
                self.wfile.write(b"data: [DONE]\n\n")
            except OSError:
                pass  # whoever asked has stopped listening
            self.close_connection = True

        def _event(self, data: Mapping[str, Any]) -> None:
            self.wfile.write(f"data: {json.dumps({'id': 's', 'object': 'chat.completion.chunk', **data})}\n\n".encode())

        def _json(self, status: int, data: Mapping[str, Any]) -> None:
            body = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _pieces(text: str) -> list[str]:
    """A text as tokens: words with the space before them."""
    return re.findall(r"\s*\S+|\s+$", text) or [""]
