"""Reads what was typed into the search box; a mistake is told with its place and what to write instead."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import cast

from lark import Lark, Token, Transformer, UnexpectedInput, v_args

from app.errors import ApiError
from app.search.tree import And, Compare, Exists, Match, Node, Not, Operator, Or, Phrase, Range, Word

MAX_CHARACTERS = 4000
MAX_TERMS = 100
MAX_DEPTH = 20
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
_OPERATOR_WORDS = frozenset({"AND", "OR", "NOT", "&&", "||"})


class QuerySyntaxError(ApiError):
    """A query that cannot be read, answered with 400.

    ``details`` hold ``position`` (characters from the start of the query) and ``hint`` (what to write instead).
    """

    code = "query_syntax"

    def __init__(self, message: str, position: int, hint: str) -> None:
        super().__init__("query_syntax", message, HTTPStatus.BAD_REQUEST, position=position, hint=hint)


def parse_query(text: str) -> Node:
    """The tree of a query; an empty one is ``And(())``, which holds for every event.

    Raises:
        QuerySyntaxError: it cannot be read, or is too long, too deep or has too many terms.
    """
    if len(text) > MAX_CHARACTERS:
        raise QuerySyntaxError(f"a query may have at most {MAX_CHARACTERS} characters", MAX_CHARACTERS, "shorten it")
    _check_brackets(text)
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise _syntax_error(text, error) from None
    reader = _Reader()
    node = reader.transform(tree)
    if reader.terms > MAX_TERMS:
        raise QuerySyntaxError(f"a query may have at most {MAX_TERMS} terms", 0, "split it into several searches")
    return node


@cache
def _parser() -> Lark:
    grammar = files("app.search").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", maybe_placeholders=False)


@v_args(inline=True)
class _Reader(Transformer[Token, Node]):
    """Turns the parser's tree into ours."""

    def __init__(self) -> None:
        super().__init__()
        self.terms = 0

    def start(self, node: Node | None = None) -> Node:
        return And(()) if node is None else node

    def or_expression(self, *parts: Node) -> Node:
        return Or(parts)

    def and_expression(self, *parts: Node) -> Node:
        return And(parts)

    def negated(self, part: Node) -> Node:
        return Not(part)

    def text(self, token: Token) -> Node:
        self.terms += 1
        if token.type == "QUOTED":
            return Phrase(_value(token), _position(token))
        return Word(_value(token), _wild(token), _position(token))

    def match(self, field: Token, token: Token) -> Node:
        self.terms += 1
        return _match(field, token)

    def group(self, field: Token, *tokens: Token) -> Node:
        self.terms += len(tokens)
        return Or(tuple(_match(field, token) for token in tokens))

    def comparison(self, field: Token, operator: Token, token: Token) -> Node:
        self.terms += 1
        return Compare(_name(field), cast(Operator, str(operator)), _value(token), _position(field))

    def between(self, field: Token, low: Token, high: Token) -> Node:
        self.terms += 1
        return Range(_name(field), _end(low), _end(high), _position(field))


def _match(field: Token, token: Token) -> Node:
    if str(token) == "*":
        return Exists(_name(field), _position(field))
    return Match(_name(field), _value(token), _wild(token), _position(field))


def _name(field: Token) -> str:
    return str(field)[:-1]


def _end(token: Token) -> str | None:
    return None if str(token) == "*" else _value(token)


def _wild(token: Token) -> bool:
    return token.type == "VALUE" and "*" in _ESCAPED.sub("", str(token))


def _value(token: Token) -> str:
    r"""The text of a value; where it is wild, escapes stay, so that ``\*`` is still told from ``*``."""
    if token.type == "QUOTED":
        return _ESCAPED.sub(r"\1", str(token)[1:-1])
    return str(token) if _wild(token) else _ESCAPED.sub(r"\1", str(token))


def _position(token: Token) -> int:
    return token.start_pos or 0


def _check_brackets(text: str) -> None:
    """Quotes and parentheses first: the parser would find such a mistake only at the end, far from its place."""
    plain = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)
    # An escaped character is neither a quote nor a parenthesis.
    plain = _ESCAPED.sub("  ", plain)
    if (quote := plain.find('"')) >= 0:
        raise QuerySyntaxError("a quote is not closed", quote, 'close it with ", or write \\" for a quote itself')
    opened: list[int] = []
    for position, character in enumerate(plain):
        if character == "(":
            opened.append(position)
            if len(opened) > MAX_DEPTH:
                raise QuerySyntaxError("parentheses are nested too deeply", position, f"use at most {MAX_DEPTH} levels")
        elif character == ")":
            if not opened:
                raise QuerySyntaxError("a parenthesis was never opened", position, "remove it, or put it in quotes")
            opened.pop()
    if opened:
        raise QuerySyntaxError("a parenthesis is not closed", opened[-1], "close it, or put it in quotes")


def _syntax_error(text: str, error: UnexpectedInput) -> QuerySyntaxError:
    found = getattr(error, "token", None)
    at_end = found is not None and found.type == "$END"
    position = len(text) if at_end or error.pos_in_stream is None else min(error.pos_in_stream, len(text))
    words = text[:position].split()
    if at_end and words and words[-1] in _OPERATOR_WORDS:
        return QuerySyntaxError(f"{words[-1]} needs a term after it", position, f"write what follows {words[-1]}")
    word = re.match(r"\S*", text[position:])
    shown = word[0] if word else ""
    if shown in _OPERATOR_WORDS:
        return QuerySyntaxError(
            f"{shown} needs a term before it", position, f'write a term, or "{shown}" in quotes for the word itself'
        )
    if shown.startswith(("[", "]")) or "[" in text[:position]:
        return QuerySyntaxError("a range is incomplete", position, "write field:[low TO high], with * for an open end")
    return QuerySyntaxError(
        f"not expected here: {shown[:40]}" if shown else "something is missing at the end",
        position,
        'write words, "phrases" or field:value; put other characters in quotes',
    )


def term(field: str, value: object) -> str:
    """``field:value`` as it would be typed, quoted where it needs to be: how a number leads to its events."""
    text = str(value)
    if re.fullmatch(r"[\w.@/:-]+", text) and not text.startswith("-"):
        return f"{field}:{text}"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{field}:"{escaped}"'
