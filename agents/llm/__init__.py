"""Language models behind one port; the adapters are the modules ``llama_cpp``, ``openai_api`` and ``transformers``."""

from __future__ import annotations

from agents.llm.base import (
    LanguageModel,
    Message,
    ModelBusyError,
    ModelResponseError,
    ModelTimeoutError,
    ModelUnavailableError,
)

__all__ = [
    "LanguageModel",
    "Message",
    "ModelBusyError",
    "ModelResponseError",
    "ModelTimeoutError",
    "ModelUnavailableError",
]
