"""The composition of the chat: its model, who phrases, how many answers at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from agents.chat import ChatAgent
from agents.errors import LogatlasError
from app.chat.answering import Agent
from app.chat.limits import Limits
from app.chat.metrics import ChatMetrics
from app.chat.service import Chat
from app.telemetry import Reading, Telemetry
from models.weights import find_weights

if TYPE_CHECKING:
    from agents.classifier import Ranker
    from agents.knowledge.embedding import Embedder
    from agents.llm.base import LanguageModel
    from app.chat.data import Sources
    from app.chat.transcripts import Transcripts
    from app.settings import Settings

_SMALL_BYTES = 2 * 2**30
"""Weights under this size belong to a model that words nothing by itself: about three billion parameters in 4 bits."""
_SIDE_BY_SIDE = 4


def open_chat(
    stack: ExitStack,
    settings: Settings,
    model: LanguageModel | None,
    sources: Sources,
    transcripts: Transcripts,
    telemetry: Telemetry,
    agent: Agent | None = None,
    *,
    ranker: Ranker | None = None,
    embedder: Embedder | None = None,
) -> Chat:
    """The chat that the settings describe, closed with ``stack``.

    ``model`` is the classifier's, used where the chat has no settings of its own; ``agent`` stands for the one that
    would be made. ``ranker`` is the one that decides, whose thresholds are told, and ``embedder`` compares questions.

    Raises:
        ConfigurationError: the chat's model lacks a setting.
    """
    chosen = chat_settings(settings)
    if chosen is not settings:
        from app.services import open_model

        model = open_model(chosen)
        if model is not None:
            stack.callback(model.close)
    if agent is None:
        agent = ChatAgent(
            sources.taxonomy,
            model,
            phrasing=settings.chat_phrasing,
            small_model=is_small(chosen),
            ranker=ranker,
            abstain_below=settings.abstain_below,
            embedder=embedder,
            timeout_s=settings.chat_llm_timeout_s,
        )
    in_process = bool(agent.model_name) and model_kind(chosen) != "openai_api"
    chat = Chat(
        agent,
        sources.store.chat,
        sources.asked_by,
        transcripts,
        ChatMetrics(telemetry.registry),
        Limits(
            sockets=settings.chat_sockets,
            messages_a_minute=settings.chat_messages_a_minute,
            questions_a_minute=settings.chat_questions_a_minute,
            turns=settings.chat_turns,
            waiting=settings.chat_waiting,
            idle_s=settings.chat_idle_s,
            answer_s=settings.chat_answer_s,
        ),
        at_a_time=settings.chat_answers or (1 if in_process else _SIDE_BY_SIDE),
    )
    stack.callback(chat.close)
    telemetry.watch(lambda: _readings(chat))
    return chat


def chat_settings(settings: Settings) -> Settings:
    """The settings with those of the chat's model in place of the classifier's; the same object where there are none.

    A key is sent to no other server than the one that it is for.
    """
    own = {
        "llm": settings.chat_llm,
        "llm_name": settings.chat_llm_name,
        "llm_url": settings.chat_llm_url,
        "llm_model": settings.chat_llm_model,
        "llm_api_key": settings.chat_llm_api_key,
    }
    change: dict[str, object] = {name: value for name, value in own.items() if value is not None}
    if not change:
        return settings
    if settings.chat_llm_url and settings.chat_llm is None:
        change["llm"] = "openai_api"
    if settings.chat_llm_url and settings.chat_llm_api_key is None:
        change["llm_api_key"] = None
    return settings.model_copy(update={**change, "llm_timeout_s": settings.chat_llm_timeout_s})


def model_kind(settings: Settings) -> str:
    """Where the model of these settings runs."""
    if settings.llm != "auto":
        return settings.llm
    return "openai_api" if settings.llm_url else "llama_cpp"


def is_small(settings: Settings) -> bool:
    """Whether the model of these settings is one that templates outdo; a server's is taken for a capable one."""
    if model_kind(settings) == "openai_api":
        return False
    try:
        return find_weights(settings.llm_name, settings.models_dir).path.stat().st_size < _SMALL_BYTES
    except (LogatlasError, OSError):
        return True


def _readings(chat: Chat) -> Iterator[Reading]:
    yield Reading("logatlas_chat_sockets", "Open connections of the chat.", chat.sockets, {})
    yield Reading("logatlas_chat_waiting", "Questions that wait for an answer.", chat.waiting, {})
    yield Reading("logatlas_chat_answering", "Answers that are being made.", chat.answering, {})
