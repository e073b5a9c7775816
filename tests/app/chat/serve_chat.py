"""Runs ``logatlas serve`` with its real parts, an embedder that hashes words, and an agent that follows a script."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
from argon2 import PasswordHasher

import app.services
from agents.chat.base import Answered, Citation, CitationKind, Cited, Proposal, Text, ToolEnded, ToolStarted
from agents.knowledge.build import SyncReport
from agents.knowledge.embedding import EmbeddingUnavailableError
from app.auth import passwords
from app.auth.permissions import Role
from app.chat.parts import open_chat
from app.server import serve
from app.settings import load_settings

PASSWORD = "correct horse battery staple"
PEOPLE = {"ana": Role.ANALYST, "ben": Role.ANALYST, "vic": Role.VIEWER, "eve": Role.ANALYST, "root": Role.ADMIN}


class WordEmbedder:
    """Each word hashed to a dimension; away while the file ``no-embeddings`` is there."""

    name, dimension = "words", 64

    def __init__(self, folder):
        self._away = folder / "no-embeddings"

    def embed(self, texts):
        if self._away.exists():
            raise EmbeddingUnavailableError("taken away")
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()) or ["-"]:
                row[hashlib.blake2b(word.encode(), digest_size=1).digest()[0] % self.dimension] = 1.0
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def close(self):
        """Nothing to release."""


class ScriptedAgent:
    """Does what the question says: ``words N``, ``flood N``, ``drop N`` sentences, ``hold``, ``fail``, ``why``."""

    model_name = ""

    def __init__(self, folder):
        self._released = folder / "released"
        self._ended = folder / "ended"

    def suggestions(self, decided):
        return (f"Why {decided.decision['class_name']}?",)

    def answer(self, question, *, event_id, past, data, stop):
        try:
            yield from self._answer(question, event_id, past, data, stop)
        finally:
            # The test sees in this file that the model was given back.
            self._ended.write_text(question)

    def _answer(self, question, event_id, past, data, stop):
        said = []
        verb, _, number = question.partition(" ")
        if verb == "fail":
            raise RuntimeError("secret detail")
        pieces = {
            "words": (f"word{n} " for n in range(_count(number))) if verb == "words" else (),
            "flood": ("x" * 4000 for _ in range(_count(number))) if verb == "flood" else (),
            "hold": self._held(stop),
            "past": (f"{len(past)} before, last {past[-1].question if past else '-'}",),
        }.get(verb, ())
        cited = ()
        if verb == "why":
            yield ToolStarted(1, "decision", "Reading the decision")
            found = data.event(event_id)
            yield ToolEnded(1, "decision", 1, 0.4)
            cited = (Cited(1, Citation(CitationKind.SPAN, "the log", event_id, ((0, 3),))),)
            yield cited[0]
            pieces = (f"It is {found.decision['class_name']}.[^1]",)
        for piece in pieces:
            if stop.is_set():
                break
            said.append(piece)
            yield Text(piece)
            if verb in ("words", "flood"):
                # Faster than any model, and yet a reader that reads can follow.
                time.sleep(0.02 if verb == "words" else 0.004)
        proposal = Proposal(event_id, "override", 3002, "Authentication", "because") if verb == "why" else None
        yield Answered(
            "".join(said), cited, (verb,), "template", "", "script@1", True, stopped=stop.is_set(), proposal=proposal,
            dropped=_count(number) if verb == "drop" else 0, suggestions=("And now?",), mentioned={"it": question},
        )  # fmt: skip

    def _held(self, stop):
        yield "held "
        while not self._released.exists() and not stop.is_set():
            time.sleep(0.02)
        yield "released"


def _count(text):
    return int(text.split()[0]) if text else 0


def main():
    settings = load_settings()
    folder = settings.data_dir
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    app.services._embedder = lambda _: WordEmbedder(folder)
    app.services.sync = lambda *_: SyncReport(0, 0, 0, 0)
    app.services.open_chat = partial(open_chat, agent=ScriptedAgent(folder))
    build = app.services.build_services

    def with_people(*arguments, **named):
        services = build(*arguments, **named)
        # Turns that were deleted are looked for once more later; tests do not wait for a minute.
        services.chat.transcripts._second_look_s = services.chat.transcripts._retry_s = 1.0
        for name, role in PEOPLE.items():
            if services.access.accounts.find(name) is None:
                services.access.accounts.create(name, role, "", PASSWORD, must_set=False)
        return services

    app.services.build_services = with_people
    serve(settings)


if __name__ == "__main__":
    os.environ.setdefault("LOGATLAS_LOG_FORMAT", "json")
    sys.path.insert(0, str(Path(__file__).parents[3]))
    main()
