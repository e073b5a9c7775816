"""The model's part of an answer: it writes from numbered facts, and only sentences that they support are told."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from threading import Event as Flag
from typing import Literal

from agents.chat.base import Cited, Fact, PastTurn
from agents.chat.composing import Numbers, Told, compose, told
from agents.chat.grounding import MARK, Grounding
from agents.chat.quoting import plain
from agents.chat.sentences import Sentence, SentenceReader
from agents.chat.tools import Found
from agents.errors import LogatlasError
from agents.llm.base import LanguageModel, Message
from agents.ocsf import Taxonomy
from prompts import load_prompt

log = logging.getLogger(__name__)

_MOST_FACTS = 24
_MOST_TOKENS = 600
_MOST_CHARACTERS = 6_000
_MOST_SECONDS = 90.0
_MOST_DROPPED = 12
_PAST = 3
_TAGS = re.compile(r"</?(?:facts|earlier|question)>", re.IGNORECASE)


class Phraser:
    """Lets a model write answers from facts. Safe to share by threads."""

    def __init__(self, model: LanguageModel, taxonomy: Taxonomy, timeout_s: float) -> None:
        self.model = model
        self.taxonomy = taxonomy
        self.prompt = load_prompt("chat")
        self._timeout = timeout_s

    def write(
        self, question: str, past: Sequence[PastTurn], found: Sequence[Found], numbers: Numbers, stop: Flag
    ) -> Writing:
        """The answer, as it is written and checked."""
        return Writing(self, question, past, found, numbers, stop)

    def stream(self, question: str, past: Sequence[PastTurn], facts: Sequence[Fact], stop: Flag) -> Iterator[str]:
        """The model's own text, unchecked."""
        turns = [
            {"question": _data(turn.question, 200), "answer": _data(MARK.sub("", turn.answer), 400)}
            for turn in past[-_PAST:]
        ]
        text = self.prompt.render(
            question=_data(question, 1000), facts=[_TAGS.sub("(mark)", fact.text) for fact in facts], past=turns
        )
        return self.model.stream(
            (Message("user", text),), max_tokens=_MOST_TOKENS, temperature=0.0, stop=stop, timeout=self._timeout
        )


class Writing(Iterator[Told]):
    """Pieces of an answer that a model writes; what it does not say, or says wrongly, is composed.

    ``composed`` and ``dropped`` are final once the iteration ended.
    """

    composed: Literal["model", "template", "mixed"] = "template"
    dropped: int = 0

    def __init__(
        self,
        phraser: Phraser,
        question: str,
        past: Sequence[PastTurn],
        found: Sequence[Found],
        numbers: Numbers,
        stop: Flag,
    ) -> None:
        self._phraser = phraser
        self._question = question
        self._past = past
        self._found = found
        self._numbers = numbers
        self._stop = stop
        self._facts = [fact for one in found for fact in one.all_facts][:_MOST_FACTS]
        self._grounding = Grounding(self._facts, phraser.taxonomy, self._decided())
        self._told: list[tuple[str, tuple[int, ...]]] = []
        self._pieces = self._make()

    def __iter__(self) -> Writing:
        return self

    def __next__(self) -> Told:
        return next(self._pieces)

    def close(self) -> None:
        """End it; the model is freed at once."""
        self._pieces.close()

    def _decided(self) -> str:
        uid = next((one.mentioned["class_uid"] for one in self._found if "event_id" in one.mentioned), None)
        found = self._phraser.taxonomy.find(uid) if isinstance(uid, int) else None
        return found.caption if found is not None else ""

    def _make(self) -> Generator[Told]:
        with closing(self._sentences()) as written:
            yield from self._checked(written)
        if self._stop.is_set():
            self.composed = "model" if self._told else "template"
            return
        if not self._told:
            yield from compose(self._found, self._numbers)
            return
        missing = self._missing()
        self.composed = "mixed" if missing else "model"
        if missing:
            yield "\n\n"
            yield from told(missing, self._numbers)
        notes = [note for one in self._found for note in one.notes]
        if notes:
            self.composed = "mixed"
            yield f"\n\n{' '.join(notes)}"

    def _checked(self, written: Iterator[Sentence]) -> Iterator[Told]:
        """What may be told of the model's sentences."""
        for sentence in written:
            checked = self._grounding.check(sentence.text)
            if not checked.grounded:
                self.dropped += 1
                log.debug("a sentence of the model is dropped: %s", checked.reason)
                if self.dropped >= _MOST_DROPPED:
                    break
                continue
            yield from self._say(sentence, checked.cited)

    def _sentences(self) -> Generator[Sentence]:
        """Whole sentences of the model, until it ends, fails, or goes on for too long."""
        reader, length, began = SentenceReader(), 0, time.monotonic()
        try:
            stream = self._phraser.stream(self._question, self._past, self._facts, self._stop)
            try:
                for piece in stream:
                    if self._stop.is_set():
                        return
                    length += len(piece)
                    yield from reader.feed(piece)
                    if length > _MOST_CHARACTERS or time.monotonic() - began > _MOST_SECONDS:
                        return
            finally:
                close = getattr(stream, "close", None)
                if close is not None:
                    close()
        except LogatlasError as error:
            log.warning("the answer is composed without the language model: %s", error)
            return
        yield from reader.close()

    def _say(self, sentence: Sentence, cited: Sequence[int]) -> Iterator[Told]:
        renumbered: dict[int, int] = {}
        for number in cited:
            given, new = self._numbers.of(self._facts[number - 1].citation)
            renumbered[number] = given
            if isinstance(new, Cited):
                yield new
        text = MARK.sub(lambda m: f"[^{renumbered[int(m.group(1))]}]", sentence.text).replace("**", "")
        # The first sentence that is told may not have been the first that was written.
        yield f"{sentence.lead if self._told else sentence.lead.lstrip()}{text}"
        self._told.append((sentence.text, tuple(cited)))

    def _missing(self) -> list[Fact]:
        """Key facts that nothing of what was told covers."""
        return [
            fact
            for number, fact in enumerate(self._facts, start=1)
            if fact.key and not any(number in cited and self._grounding.covers(t, number) for t, cited in self._told)
        ]


def _data(text: str, limit: int) -> str:
    return plain(_TAGS.sub("(mark)", text), limit)
