"""The tools of the chat: typed, bounded questions to our own data that answer with facts and their citations."""

from agents.chat.tools.context import Context, Found
from agents.chat.tools.registry import TOOLS, Tool

__all__ = ["TOOLS", "Context", "Found", "Tool"]
