"""Turn messages into the text a model was trained on, keeping apart what the template wrote and what people wrote.

The content of a message is data: a log that contains ``<|im_start|>`` must reach the model as those characters and
not as the control token of that name. So the template is rendered with a placeholder for each content, and the
result comes back in segments that say where each came from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, NoReturn

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from agents.llm.base import Message, ModelResponseError, ModelUnavailableError

PLAIN_TEMPLATE = (
    "{% for message in messages %}{{ message.role | capitalize }}: {{ message.content }}\n\n{% endfor %}Assistant:"
)
"""The layout for models that come without a template of their own."""


class Segment(NamedTuple):
    """A part of a prompt: ``trusted`` text is the template's and may name control tokens, other text may not."""

    text: str
    trusted: bool


class ChatTemplate:
    """A chat template in Jinja, as GGUF files and Hugging Face tokenizers carry it.

    Runs in a sandbox, since a model file is somebody else's. The date is not offered to the template: the same
    messages give the same prompt every day.
    """

    def __init__(self, source: str, *, bos: str = "", eos: str = "") -> None:
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, autoescape=False, extensions=["jinja2.ext.loopcontrols"]
        )
        environment.filters["tojson"] = json.dumps
        environment.globals["raise_exception"] = _refuse
        self._bos = bos
        self._eos = eos
        try:
            self._template = environment.from_string(source)
        except TemplateError as error:
            raise ModelUnavailableError(f"the model's chat template cannot be read: {error}") from error

    def render(self, messages: Sequence[Message], *, ask: bool = True) -> list[Segment]:
        """The conversation; with ``ask`` up to where the assistant's next answer begins.

        Raises:
            ModelResponseError: the template refuses these messages (some want user and assistant to alternate).
        """
        turns = [{"role": message.role, "content": _placeholder(i)} for i, message in enumerate(messages)]
        try:
            text = self._template.render(
                messages=turns, add_generation_prompt=ask, bos_token=self._bos, eos_token=self._eos
            )
        except (TemplateError, TypeError, ValueError) as error:
            raise ModelResponseError(f"the model's chat template does not take these messages: {error}") from error
        segments = []
        for i, part in enumerate(_PLACEHOLDER.split(text)):
            if part:
                # Split with one group: odd parts are the captured numbers of the messages.
                segments.append(Segment(messages[int(part)].content, False) if i % 2 else Segment(part, True))
        return segments


class ControlTokens:
    """The tokens of a vocabulary that structure a conversation, by their spelling.

    ``tokenize`` gives the tokens of plain text and must never give one of these.
    """

    def __init__(self, tokens: Mapping[str, int], tokenize: Callable[[str], list[int]]) -> None:
        self._tokens = tokens
        self._tokenize = tokenize
        by_length = sorted(tokens, key=len, reverse=True)
        self._pattern = re.compile(f"({'|'.join(map(re.escape, by_length))})") if by_length else None

    def encode(self, segments: Sequence[Segment]) -> list[int]:
        """The tokens of a prompt; only trusted segments become control tokens.

        Plain text is tokenised across the seams of template and content, as it was when the model was trained.
        """
        tokens: list[int] = []
        plain = ""
        for text, control in self._parts(segments):
            plain += text
            if control is not None:
                tokens += self._tokenize(plain) if plain else []
                tokens.append(control)
                plain = ""
        return tokens + (self._tokenize(plain) if plain else [])

    def end_of_turn(self, template: ChatTemplate) -> int | None:
        """The token that the template writes after an answer, ``None`` where it writes none."""
        segments = template.render([Message("user", "?"), Message("assistant", "!")], ask=False)
        answer = segments.index(Segment("!", False)) if Segment("!", False) in segments else len(segments)
        return next((token for _, token in self._parts(segments[answer:]) if token is not None), None)

    def _parts(self, segments: Sequence[Segment]) -> Iterator[tuple[str, int | None]]:
        """Plain text, each with the control token after it, ``None`` where there is none."""
        for segment in segments:
            if not segment.trusted or self._pattern is None:
                yield segment.text, None
                continue
            parts = self._pattern.split(segment.text)
            for text, control in zip(parts[::2], [*parts[1::2], ""], strict=True):
                yield text, self._tokens.get(control)


# Private-use characters, which no template writes; contents are never rendered, so they cannot forge one either.
_PLACEHOLDER = re.compile("\ue000([0-9]+)\ue001")


def _placeholder(number: int) -> str:
    return f"\ue000{number}\ue001"


def _refuse(reason: str) -> NoReturn:
    raise TemplateError(reason)
