"""Delimited text: documented layouts without a header, a header line with rows, and plain columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict

from agents.events.event import Field, Format, Source
from agents.events.parsing.reading import MAX_FIELDS, Reading
from agents.events.parsing.windows_text import lines

_CELLS: Final = {
    delimiter: re.compile(
        rf'"((?:[^"\\]|""|\\.)*+)"(?={re.escape(delimiter)}|$)|([^{re.escape(delimiter)}]*+)', re.DOTALL
    )
    for delimiter in (",", " ", "\t", ";", "|")
}
_COLUMN_NAME = re.compile(r"[A-Za-z_#@][\w .:()/@+#\-]{0,79}+$")
_MAX_CELLS: Final = 500
_FEWEST_NAMES: Final = 3
_MANY_NAMES: Final = 5
"""Names in a header line that no other format begins with."""
_ENOUGH_COLUMNS: Final = 5
_HEAD: Final = 4
"""Columns looked at before the rest of a line is cut up."""

Cell = tuple[int, int]


class Layout(BaseModel):
    """One documented layout of ``columns.yaml``; the file's head explains the keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    name: str
    reference: str
    format: Format = Format.CSV
    delimiter: str
    least: int
    most: int = 0
    where: Mapping[int, str]
    columns: tuple[str, ...]

    def model_post_init(self, _: object) -> None:
        """Compile the conditions."""
        self._conditions = {column: re.compile(expression) for column, expression in self.where.items()}

    _conditions: dict[int, re.Pattern[str]]

    def applies(self, text: str, cells: list[Cell], answers: dict[tuple[int, str], bool]) -> bool:
        """Whether ``cells``, all or the first of a line, look like this layout; ``answers`` remembers conditions."""
        for column, expression in self.where.items():
            if column >= len(cells):
                break
            if (column, expression) not in answers:
                condition = self._conditions[column]
                answers[column, expression] = bool(condition.fullmatch(text[slice(*cells[column])]))
            if not answers[column, expression]:
                return False
        return True


@cache
def layouts() -> Mapping[str, tuple[Layout, ...]]:
    """The documented layouts by delimiter, in the order of the file."""
    data = yaml.safe_load(files(__package__).joinpath("columns.yaml").read_text(encoding="utf-8"))
    found = [Layout.model_validate(item) for item in data["layouts"]]
    return {d: tuple(x for x in found if x.delimiter == d) for d in {x.delimiter for x in found}}


@cache
def _fewest() -> tuple[tuple[str, int, tuple[Layout, ...]], ...]:
    """Each delimiter with the fewest of it that any layout has, and its layouts."""
    return tuple((d, min(x.least for x in group) - 1, group) for d, group in layouts().items())


def read_known_layout(text: str, start: int, end: int, source: Source) -> Reading | None:
    """One line of a layout in ``columns.yaml``; columns beyond the documented ones are ``col<N>``, from 1."""
    del source
    for delimiter, fewest, candidates in _fewest():
        if text.count(delimiter, start, min(end, start + 20_000)) < fewest:
            continue
        head = split(text, start, end, delimiter, _HEAD)[:_HEAD]
        answers: dict[tuple[int, str], bool] = {}
        likely = [x for x in candidates if x.applies(text, head, answers)]
        cells = split(text, start, end, delimiter) if likely else []
        for layout in likely:
            fits = layout.least <= len(cells) <= (layout.most or len(layout.columns))
            if fits and layout.applies(text, cells, answers):
                return Reading((layout.format,), named(text, cells, layout.columns))
    return None


def read_headed(text: str, start: int, end: int, source: Source) -> Reading | None:
    """A header line of many names with rows of as many cells, whatever else the cells look like."""
    del source
    return _headed(text, _first_lines(text, start, end), end, (",", "\t", ";", "|"), _MANY_NAMES)


def read_delimited(text: str, start: int, end: int, source: Source) -> Reading | None:
    """A header line with rows under it, or columns without names (``col1``, ``col2`` …).

    Columns without names are taken where a line starts with a quoted cell, is cut by tabs, has commas with no
    space behind them, or where the sourcetype says csv or tsv.
    """
    first = _first_lines(text, start, end)
    if headed := _headed(text, first, end, (",", "\t", ";", "|", " "), _FEWEST_NAMES):
        return headed
    delimiter = _plain_delimiter(text, *first[0], source)
    if delimiter is None:
        return None
    return Reading((Format.CSV,), named(text, split(text, start, end, delimiter), ()))


def _headed(text: str, first: list[Cell], end: int, delimiters: Sequence[str], fewest: int) -> Reading | None:
    if len(first) < 2:
        return None
    for delimiter in delimiters:
        names = [text[slice(*cell)] for cell in split(text, *first[0], delimiter)]
        if len(names) >= fewest and all(map(_COLUMN_NAME.match, names)) and len(set(names)) == len(names):
            row = split(text, *first[1], delimiter)
            if len(row) == len(names):
                return _rows(text, first[0][1], end, delimiter, tuple(names))
    return None


def split(text: str, start: int, end: int, delimiter: str, most: int = _MAX_CELLS) -> list[Cell]:
    """The ranges of the cells of a line, quotes left out; what is beyond ``most`` cells is one more cell."""
    cells: list[Cell] = []
    position = start
    if text.find('"', start, end) < 0:
        for piece in text[start:end].split(delimiter, most):
            cells.append((position, position + len(piece)))
            position += len(piece) + 1
        return cells
    cell = _CELLS[delimiter]
    while len(cells) < most and (match := cell.match(text, position, end)):
        cells.append(match.span(1) if match.group(1) is not None else match.span(2))
        position = match.end() + 1
        if match.end() >= end:
            return cells
    return [*cells, (position, end)]


def _first_lines(text: str, start: int, end: int) -> list[Cell]:
    found = []
    for line in lines(text, start, end):
        found.append(line)
        if len(found) == 2:
            break
    return found


def _plain_delimiter(text: str, start: int, end: int, source: Source) -> str | None:
    line = text[start:end]
    if line.count("\t") >= _ENOUGH_COLUMNS - 1:
        return "\t"
    commas = line.count(",")
    said = any(word in source.sourcetype.lower() for word in ("csv", "tsv"))
    tight = commas >= _ENOUGH_COLUMNS - 1 and line.count(", ") * 5 <= commas and " " not in line.partition(",")[0]
    quoted = line.startswith('"') and line.count('","') >= 2
    return "," if quoted or tight or (said and commas) else None


def _rows(text: str, start: int, end: int, delimiter: str, names: tuple[str, ...]) -> Reading:
    fields: list[Field] = []
    for a, b in lines(text, start, end):
        if len(fields) >= MAX_FIELDS:
            return Reading((Format.CSV,), fields, text[a:end].strip())
        fields += named(text, split(text, a, b, delimiter), names)
    return Reading((Format.CSV,), fields)


def named(text: str, cells: list[Cell], names: Sequence[str]) -> list[Field]:
    """The cells that are not empty under their names, ``col<N>`` (from 1) beyond those; ``""`` names a reserved one."""
    fields = []
    for number, (a, b) in enumerate(cells):
        name = names[number] if number < len(names) else f"col{number + 1}"
        if name and b > a:
            value = text[a:b]
            fields.append(Field(name, value.replace('""', '"') if '""' in value else value, (a, b)))
    return fields
