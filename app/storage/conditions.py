"""A query of the search box as conditions of ClickHouse SQL: constant text with bound parameters in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from agents.ocsf import Taxonomy
from app.search import And, Compare, Exists, Match, Node, Not, Or, Phrase, QuerySyntaxError, Range, Word
from app.storage import named_conditions
from app.storage.bound import Bound, ascii_lower, like_pattern, number

_WORD = re.compile(r"[0-9A-Za-z\x80-\U0010ffff]+")
_NOT_WORD_ASCII = "0-9A-Za-z"
PARSED_PREFIX = "fields."
"""Before a name: the parsed field, also where the name is one of ``named_conditions.NAMES``."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition; ``fixed`` when it reads only what no decision changes: it may be checked before ``FINAL``."""

    sql: str
    fixed: bool


@dataclass
class Compiler:
    """Compiles one query; the parameters gather in ``bound``. ``now`` is what ``now-1h`` counts from."""

    taxonomy: Taxonomy
    now: datetime
    bound: Bound = field(default_factory=Bound)

    def compile(self, node: Node) -> Condition:
        """The condition that holds for the events a node stands for.

        Raises:
            QuerySyntaxError: a value does not fit its field.
        """
        match node:
            case And(parts) if not parts:
                return Condition("1", fixed=True)
            case And(parts):
                return _joined(" AND ", [self.compile(part) for part in parts])
            case Or(parts):
                return _joined(" OR ", [self.compile(part) for part in parts])
            case Not(part):
                inner = self.compile(part)
                return Condition(f"(NOT {inner.sql})", inner.fixed)
            case Word():
                return Condition(self._word(node), fixed=True)
            case Phrase(text):
                return Condition(self._phrase(text), fixed=True)
            case _:
                return self._field(node)

    def _field(self, node: Match | Exists | Compare | Range) -> Condition:
        name = node.field.lower()
        name = named_conditions.ALIASES.get(name, name)
        if name == "raw":
            return Condition(self._raw(node), fixed=True)
        if name in named_conditions.NAMES:
            sql = named_conditions.compile_named(name, node, self.bound, self.taxonomy, self.now)
            return Condition(sql, name in named_conditions.FIXED)
        return Condition(self._parsed(node), fixed=True)

    # -- words of the raw event

    def _word(self, node: Word) -> str:
        if node.text.endswith(":") and node.text[:-1].lower() in named_conditions.NAMES:
            raise QuerySyntaxError(
                "a value must follow the colon at once", node.position + len(node.text), f"write {node.text}value"
            )
        if not node.wild:
            return self._phrase(node.text)
        if not node.text.strip("*"):
            return "1"
        pattern = "".join(
            f"[{_NOT_WORD_ASCII}_.-]*" if part == "*" else re.escape(ascii_lower(_unescaped(part)))
            for part in re.split(r"((?<!\\)\*)", node.text)
            if part
        )
        edge = f"[^{_NOT_WORD_ASCII}]"
        return f"match(lower(raw), {self.bound.text(f'(?s)(?:^|{edge}){pattern}(?:{edge}|$)')})"

    def _phrase(self, text: str) -> str:
        """Its words by the index of words, and where it is more than one word, the text itself."""
        lowered = ascii_lower(text)
        words = [w for w in dict.fromkeys(_WORD.findall(lowered)) if w]
        checks = [f"hasToken(lower(raw), {self.bound.text(word)})" for word in words]
        if words != [lowered]:
            # The words alone would also hold where they stand apart.
            checks.append(f"position(lower(raw), {self.bound.text(lowered)}) > 0")
        return f"({' AND '.join(checks)})"

    def _raw(self, node: Match | Exists | Compare | Range) -> str:
        match node:
            case Exists():
                return "(raw != '')"
            case Match(_, value, True, _):
                return f"(lower(raw) LIKE {self.bound.text(ascii_lower(like_pattern(value)))})"
            case Match(_, value, _, _):
                return self._phrase(value)
            case _:
                raise QuerySyntaxError("raw cannot be compared", node.position, 'write raw:word or raw:"a phrase"')

    # -- parsed fields

    def _parsed(self, node: Match | Exists | Compare | Range) -> str:
        path = ascii_lower(node.field.removeprefix(PARSED_PREFIX))
        name = path.rpartition(".")[2]
        whole = name == path
        match node:
            case Exists() if whole:
                return self._known(name)
            case Match(_, value, False, _) if whole:
                return self._known(f"{name}={ascii_lower(value)}")
            case Exists():
                key, exact = name, "1"
            case Match(_, value, False, _):
                lowered = ascii_lower(value)
                key, exact = f"{name}={lowered}", f"lower(value) = {self.bound.text(lowered)}"
            case Match(_, value, _, _):
                key, exact = name, f"lower(value) LIKE {self.bound.text(ascii_lower(like_pattern(value)))}"
            case Compare(_, operator, value, _):
                key, exact = name, self._compared(operator, value)
            case Range(_, low, high, _):
                checks = [
                    *([self._compared(">=", low)] if low else []),
                    *([self._compared("<=", high)] if high else []),
                ]
                key, exact = name, " AND ".join(checks) or "1"
        where = self._path_is(path)
        fits = f"arrayExists((path, value) -> {where} AND {exact}, mapKeys(fields), mapValues(fields))"
        # Only a hint: the hashes choose the blocks by their index, to read them as well would cost more than it saves.
        return f"(indexHint({self._known(key)}) AND {fits})"

    def _known(self, key: str) -> str:
        return f"has(field_keys, sipHash64({self.bound.text(key)}))"

    def _path_is(self, path: str) -> str:
        ending = f"endsWith(lower(path), {self.bound.text('.' + path)})"
        return f"(lower(path) = {self.bound.text(path)} OR {ending})"

    def _compared(self, operator: str, value: str) -> str:
        if (wanted := number(value)) is not None:
            return f"ifNull(toFloat64OrNull(value) {operator} {self.bound.real(wanted)}, 0)"
        return f"lower(value) {operator} {self.bound.text(ascii_lower(value))}"


def _joined(word: str, parts: list[Condition]) -> Condition:
    return Condition(f"({word.join(part.sql for part in parts)})", all(part.fixed for part in parts))


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
