"""Readers of log formats.

Log text is written by whoever can reach a logging machine, so every reader takes time in proportion to the text.
The expressions that cut text into tokens are the standard library's, tried at one place and built of possessive
quantifiers over disjoint character classes, which cannot backtrack; ten times faster from Python than RE2, which
serves where an expression is searched for and may be ambiguous.
"""

from __future__ import annotations

from agents.events.parsing.detect import parse

__all__ = ["parse"]
