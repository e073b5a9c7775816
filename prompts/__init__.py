"""Versioned prompt templates: ``*.j2`` files with a TOML front matter between ``+++`` lines."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template


@dataclass(frozen=True)
class Prompt:
    """A prompt template; ``version`` is ``name@number``, ``hash`` 12 hex digits of the file's content."""

    name: str
    version: str
    hash: str
    expects: tuple[str, ...]
    template: Template

    def render(self, **values: object) -> str:
        """The prompt's text; missing or unexpected values raise ``TypeError``."""
        if set(values) != set(self.expects):
            raise TypeError(f"prompt {self.version} expects {sorted(self.expects)}, got {sorted(values)}")
        return self.template.render(**values)


@cache
def load_prompt(name: str) -> Prompt:
    """The prompt of ``prompts/NAME.j2``."""
    content = files(__package__).joinpath(f"{name}.j2").read_text(encoding="utf-8")
    _, front, body = content.split("+++\n", 2)
    meta = tomllib.loads(front)
    environment = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)  # noqa: S701
    return Prompt(
        name=meta["name"],
        version=f"{meta['name']}@{meta['version']}",
        hash=hashlib.sha256(content.encode()).hexdigest()[:12],
        expects=tuple(meta["expects"]),
        template=environment.from_string(body),
    )
