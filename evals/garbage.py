"""The garbage suite: what no product would log on purpose and every collector passes on some day."""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Mapping
from typing import Any

from agents.errors import LogatlasError
from app.evaluations.metrics import percentile
from evals.configurations import CONFIGURATIONS
from evals.data import LabelledEvent
from evals.folder import Line
from evals.parts import Parts
from evals.run import Progress, classify_one

_LOREM = (
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore "
    "magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris."
)
_TRACE = (
    'Traceback (most recent call last):\n  File "app.py", line 7, in <module>\n    main()\n'
    "  File \"app.py\", line 3, in main\n    return {}['a']\nKeyError: 'a'"
)
_MEGABYTE = 2**20


def inputs(seed: int = 0) -> Mapping[str, str]:
    """Every input by name, the same for the same seed; bytes that are not UTF-8 stand in it as ``surrogateescape``."""
    rng = random.Random(seed)  # noqa: S311  (made-up log values, nothing secret)
    noise = rng.randbytes(2048)
    return {
        "empty": "",
        "space": " ",
        "whitespace": " \t\r\n\x0b\x0c\u00a0\u2003 ",
        "newlines": "\n" * 500,
        "nul": "\0" * 64,
        "control-characters": "".join(map(chr, range(32))),
        "random-bytes": noise.decode("utf-8", "surrogateescape"),
        "lone-surrogates": "\udcff\udc80\ud800 user \udfff logged in",
        "elf-header": (b"\x7fELF\x02\x01\x01" + bytes(9) + noise[:256]).decode("latin-1"),
        "gzip": (b"\x1f\x8b\x08\x00" + noise[:256]).decode("utf-8", "surrogateescape"),
        "utf-16": "l\0o\0g\0i\0n\0 \0o\0k\0",
        "base64": base64.b64encode(noise[:400]).decode(),
        "hex": noise[:200].hex(),
        "one-letter": "x",
        "one-digit": "7",
        "digits": "".join(rng.choice("0123456789") for _ in range(300)),
        "punctuation": "".join(rng.choice("!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~\\") for _ in range(300)),
        "emoji": "🔥🚒👩‍🚒 🇨🇭 ✅❌",
        "lorem": _LOREM,
        "german": "Der Zug nach Winterthur fährt heute wegen Bauarbeiten von Gleis sieben ab.",
        "chinese": "今天天气很好,我们去公园散步,然后一起吃晚饭。",
        "arabic": "الطقس جميل اليوم وسنذهب إلى الحديقة بعد الظهر.",
        "russian": "Сегодня хорошая погода, и мы пойдём гулять в парк после обеда.",
        "japanese": "今日は天気がいいので、公園を散歩してから夕食を食べます。",
        "recipe": "Beat three eggs with 200 g sugar, fold in the flour, bake at 180 degrees for 40 minutes.",
        "markdown": "# Minutes\n\n- [ ] order chairs\n- [x] paint the door\n\n> agreed by all",
        "html": "<!doctype html><html><head><title>It works!</title></head><body><h1>It works!</h1></body></html>",
        "css": "body { margin: 0; font: 14px/1.4 serif } a:hover { color: red }",
        "source-code": "def add(a, b):\n    return a + b\n",
        "stack-trace": _TRACE,
        "empty-object": "{}",
        "empty-list": "[]",
        "json-null": "null",
        "json-number": "42",
        "json-text": '"hello"',
        "truncated-json": '{"a":{"b":[1,2,{"c":"',
        "json-of-nothing": '{"a":null,"b":"","c":[],"d":{}}',
        "deep-json": '{"a":' * 5000 + "1" + "}" * 5000,
        "deep-list": "[" * 20000 + "]" * 20000,
        "wide-json": "{" + ",".join(f'"k{n}":{n}' for n in range(20000)) + "}",
        "same-key-json": "{" + ",".join('"k":1' for _ in range(2000)) + "}",
        "broken-xml": "<Event><System><EventID>",
        "deep-xml": "<a>" * 3000 + "</a>" * 3000,
        "xml-entities": '<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;&c;</a>',
        "empty-cef": "CEF:0|||||||",
        "broken-cef": "CEF:0|a|b",
        "empty-leef": "LEEF:2.0|||||",
        "only-syslog-header": "<134>1 2026-06-14T09:12:44Z host app 1 - -",
        "only-priority": "<13>",
        "equals": "=" * 3000,
        "pairs-without-values": " ".join(f"k{n}=" for n in range(500)),
        "commas": "," * 3000,
        "quotes": '"' * 3001,
        "backslashes": "\\" * 3000,
        "regex-bomb": "a" * 30000 + "!",
        "url-only": "https://example.com/" + "a/" * 2000,
        "huge-line": "x" * _MEGABYTE,
        "huge-words": ("word " * (_MEGABYTE // 5)),
        "huge-pairs": " ".join(f"key{n}={n}" for n in range(60000)),
        "huge-json": '{"message":"' + "y" * _MEGABYTE + '"}',
    }


def run_garbage(
    parts: Parts, *, limit: int | None = None, seed: int = 0, progress: Progress = lambda *_: None
) -> tuple[dict[str, Any], list[Line]]:
    """Decide every input: how many were left to review, how long each took, and which raised an error.

    ``errors`` should be empty whatever the input: a decision is always given. Times are milliseconds.
    """
    configuration = CONFIGURATIONS["default"]
    classifier = parts.classifier(configuration.options)
    classifier.warm_up()
    chosen = list(inputs(seed).items())[:limit]
    lines: list[Line] = []
    errors: list[dict[str, str]] = []
    for number, (name, raw) in enumerate(chosen, start=1):
        parts.next_event()
        started = time.perf_counter()
        try:
            lines.append(classify_one(LabelledEvent(id=name, raw=raw, class_uid=-1), configuration, classifier, parts))
        except (LogatlasError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
            ms = round((time.perf_counter() - started) * 1e3, 3)
            errors.append({"id": name, "error": f"{type(error).__name__}: {error}"[:300], "ms": str(ms)})
        progress("garbage", number, len(chosen))
    times = [line["ms"] for line in lines]
    left = [line["decision"]["status"] == "needs_review" for line in lines]
    return {
        "n": len(chosen),
        "errors": errors,
        "abstain_rate": sum(left) / len(left) if left else 0.0,
        "p50_ms": percentile(times, 50),
        "p95_ms": percentile(times, 95),
        "max_ms": max(times, default=0.0),
        "inputs": [
            {
                "id": line["id"],
                "characters": len(line["raw"]),
                **{key: line["decision"][key] for key in ("class_uid", "class_name", "confidence", "status")},
                "ms": line["ms"],
            }
            for line in lines
        ],
    }, [{**line, "raw": line["raw"][:4000]} for line in lines]
