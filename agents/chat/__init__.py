"""The analyst chat: answers from the evidence of a decision, and says so sentence by sentence."""

from agents.chat.agent import ChatAgent

__all__ = ["ChatAgent"]
