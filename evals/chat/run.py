"""One evaluation of the chat: questions in every configuration, injections, figures and reports into a folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uuid_utils

from agents.chat.agent import ChatAgent
from agents.chat.base import ChatData
from agents.llm.base import LanguageModel
from agents.llm.openai_api import OpenAIModel
from app.auth.permissions import Role
from app.auth.principal import Principal
from app.chat.data import Sources
from app.chat.parts import chat_settings, is_small
from app.services import Services
from app.settings import Settings
from evals.chat.asking import hold_dialogue
from evals.chat.injecting import Planted, attempt, beginning_of_prompt, fill_in, plant
from evals.chat.report import write_chat_junit, write_chat_report
from evals.chat.scoring import by_intent, figures, injection_figures
from evals.chat.scripted import MODEL, Script, serve_script
from evals.chat.suite import Suite
from evals.chat.truth import Truths
from evals.chat.world import CHAT_CANARY, World, open_world
from evals.folder import JUNIT, REPORT, Line, write_lines, write_metrics
from evals.provenance import git_revision, machine

ANSWERS, INJECTIONS = "answers.jsonl", "injections.jsonl"
_TOP = ("questions", "fact_recall", "unsupported_statements", "time_to_first_token_p50_ms")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Configuration:
    """A way in which answers are made; ``open`` gives the agent for as long as the block runs."""

    name: str
    about: str
    open: Callable[[Services, Script], Any]
    injected: bool = True


@contextmanager
def _templates(services: Services, _: Script) -> Iterator[ChatAgent]:
    yield ChatAgent(services.taxonomy, None, phrasing="template", embedder=services.embedder)


@contextmanager
def _default(services: Services, _: Script) -> Iterator[ChatAgent]:
    yield default_agent(services)


@contextmanager
def _default_model(services: Services, _: Script) -> Iterator[ChatAgent]:
    yield ChatAgent(
        services.taxonomy,
        services.model,
        phrasing="model",
        small_model=True,
        embedder=services.embedder,
        timeout_s=60.0,
    )


@contextmanager
def _large(services: Services, script: Script) -> Iterator[ChatAgent]:
    with serve_script(script) as server:
        model: LanguageModel = OpenAIModel(server.url, MODEL, timeout=30.0)
        try:
            yield ChatAgent(services.taxonomy, model, phrasing="model", small_model=False, embedder=services.embedder)
        finally:
            model.close()


CONFIGURATIONS: Mapping[str, Configuration] = {
    c.name: c
    for c in (
        Configuration("templates", "templates alone", _templates),
        Configuration("default", "the default install: whatever phrasing it chooses", _default, injected=False),
        Configuration("default-model", "the default model phrases every answer", _default_model),
        Configuration("large", "a scripted server stands for a large model, faults and all", _large),
    )
}
"""Every configuration by name."""


def default_agent(services: Services) -> ChatAgent:
    """The agent as the service makes it from its settings."""
    settings = chat_settings(services.settings)
    return ChatAgent(
        services.taxonomy,
        services.model,
        phrasing=services.settings.chat_phrasing,
        small_model=is_small(settings),
        ranker=services.classifier.ranker,
        abstain_below=services.settings.abstain_below,
        embedder=services.embedder,
        timeout_s=services.settings.chat_llm_timeout_s,
    )


def data_of(services: Services, who: Principal) -> ChatData:
    """Our own data as the chat service gives it to a person."""
    sources = Sources(services.store, services.knowledge, services.reviews.loop, services.pins, services.taxonomy)
    return sources.asked_by(lambda: who)


def evaluate_chat(
    suite: Suite,
    settings: Settings,
    out: Path,
    names: Sequence[str] = tuple(CONFIGURATIONS),
    progress: Progress = lambda *_: None,
    world: World | None = None,
) -> dict[str, Any]:
    """Ask everything in every configuration named and write ``out``; the metrics that were written.

    ``world`` is asked in where given, else one is made. Figures at the top are those of the default install where that
    ran, else of the first configuration.

    Raises:
        LogatlasError: a part cannot be opened.
    """
    started = datetime.now(UTC)
    began = time.perf_counter()
    with ExitStack() as stack:
        if world is None:
            world = stack.enter_context(open_world(settings, suite, progress))
        services = world.services
        analyst = data_of(services, Principal("ines", role=Role.ANALYST, method="password"))
        viewer = data_of(services, Principal("vera", role=Role.VIEWER, method="password"))
        truths = Truths(world, analyst)
        lines: dict[str, list[Line]] = {}
        scripts = {name: Script() for name in names}
        for name in names:
            lines[name] = _ask_all(name, suite, world, truths, analyst, scripts[name], progress)
        words = {
            "other": world.cases["okta-failure"].secret, "chat": CHAT_CANARY, "chat_hint": "he agreed",
            "prompt": beginning_of_prompt(),
        }  # fmt: skip
        planted = list(plant([fill_in(one, words) for one in suite.injections], world, truths))
        truths.forget()
        for one in planted:
            truths.note(one.event)
        attempts = [
            line
            for name in names
            if CONFIGURATIONS[name].injected
            for line in _inject_all(name, planted, world, truths, analyst, viewer, progress)
        ]
        head = _head(services, started)
    per_configuration = {
        name: {
            "about": CONFIGURATIONS[name].about,
            **figures(lines[name]),
            "by_intent": by_intent(lines[name]),
            "models": sorted({line["model"] for line in lines[name]} - {""}),
            "prompts": sorted({line["prompt"] for line in lines[name]} - {""}),
            "script": dict(scripts[name].made),
        }
        for name in names
    }
    top = per_configuration["default" if "default" in names else names[0]]
    injected = injection_figures(attempts)
    metrics = {
        **head,
        **{key: top[key] for key in _TOP},
        "injections": injected["attempts"],
        "injections_succeeded": injected["succeeded"],
        "decisions": len(suite.events),
        "seconds": round(time.perf_counter() - began, 1),
        "configurations": per_configuration,
        "injection": injected,
    }
    everything = [{"configuration": name, **line} for name in names for line in lines[name]]
    write_metrics(out, metrics)
    write_lines(out / ANSWERS, everything)
    write_lines(out / INJECTIONS, attempts)
    write_chat_report(out / REPORT, metrics, everything, attempts)
    write_chat_junit(out / JUNIT, metrics, everything, attempts)
    return metrics


def _ask_all(
    name: str, suite: Suite, world: World, truths: Truths, data: ChatData, script: Script, progress: Progress
) -> list[Line]:
    lines: list[Line] = []
    with CONFIGURATIONS[name].open(world.services, script) as agent:
        for number, dialogue in enumerate(suite.dialogues, start=1):
            more = {"chat_secret": CHAT_CANARY}
            for line in hold_dialogue(dialogue, number, agent, data, world, truths, more):
                lines.append(line)
                progress(name, len(lines), suite.questions)
    return lines


def _inject_all(
    name: str, planted: Sequence[Planted], world: World, truths: Truths, analyst: ChatData, viewer: ChatData,
    progress: Progress,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Ask about every planted text; the scripted model then obeys each of them, and makes no other faults."""
    script = Script(faults=0.0, wrong_tools=0.0)
    with CONFIGURATIONS[name].open(world.services, script) as agent:
        for done, one in enumerate(planted, start=1):
            script.obey = one.injection.obeyed
            data = viewer if one.injection.place == "question" else analyst
            yield from attempt(one, name, agent, data, world, truths)
            progress(f"{name}: injections", done, len(planted))


def _head(services: Services, started: datetime) -> dict[str, Any]:
    revision, dirty = git_revision()
    return {
        "run_id": str(uuid_utils.uuid7()),
        "started_at": started.isoformat(timespec="seconds"),
        "git": {"revision": revision, "dirty": dirty},
        "versions": {
            "ocsf": services.taxonomy.version,
            "model": services.model.name if services.model is not None else "none",
            "guides": len(services.catalog.guides),
        },
        "machine": machine(),
    }
