"""What an analyst may ask for in the search box: the grammar, and the tree that a query becomes."""

from app.search.parser import QuerySyntaxError, parse_query, term
from app.search.tree import And, Compare, Exists, Match, Node, Not, Or, Phrase, Range, Word

__all__ = [
    "And", "Compare", "Exists", "Match", "Node", "Not", "Or", "Phrase", "QuerySyntaxError", "Range", "Word",
    "parse_query", "term",
]  # fmt: skip
