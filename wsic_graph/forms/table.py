"""Several new records as a table: a line each, a column for each field, read into the same forms as those on pages.

The columns come from the shapes as the forms do. A cell may hold several values with ``|`` between them. The first
few parts of a kind have columns of their own (``result 1: outcome``), as have the sources and organisations that
are new with the line.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wsic_graph.cells import unguarded, written
from wsic_graph.errors import Problem
from wsic_graph.forms.filled import MOST_HINTS, Filled, Node, read, slug_of, statements
from wsic_graph.forms.model import CLASSES, Field, Schema
from wsic_graph.namespaces import ID, PREFIXES
from wsic_graph.release.files import shorten

MOST_LINES = 50
BETWEEN = "|"
_PARTS = 3
"""Parts of a kind that a line of the template has columns for; more may be added as "result 4: …"."""
_MOST_PARTS = 20
_COMPANIONS = {"new source": "source", "new organisation": "organisation"}
_TITLE = PREFIXES["dcterms"] + "title"
_NUMBERED = re.compile(r"(.+?) ?(\d{1,3})")
_SAID = 10
_LONGEST_HEADING = 200


@dataclass(frozen=True)
class Column:
    """A column: the group of fields it belongs to (empty for the record itself), which one of them, and the field."""

    group: str
    number: int
    item: Field
    numbered: bool = False

    @property
    def heading(self) -> str:
        """What stands in the first line."""
        number = f" {self.number}" if self.numbered else ""
        return f"{self.group}{number}: {self.item.label}" if self.group else self.item.label


@dataclass(frozen=True)
class Line:
    """One line of a table as a form about the new record that it describes. ``number`` counts as a spreadsheet does."""

    number: int
    filled: Filled


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong with a table: the line (1 is the headings, 0 the file as a whole), the column, and the words."""

    line: int
    column: str
    message: str


class Table:
    """The table of new records of one ``kind``."""

    def __init__(self, schema: Schema, kind: str) -> None:
        self._schema = schema
        self._kind = kind
        self._fields = [item for item in schema.fields(CLASSES[kind]) if not item.automatic]
        self._groups = {item.label: item for item in self._fields if item.kind == "part"}

    @property
    def columns(self) -> list[Column]:
        """The columns of the template."""
        found = [Column("", 1, item) for item in self._fields if item.kind != "part"]
        for label, part in self._groups.items():
            for number in range(1, (_PARTS if part.many else 1) + 1):
                found += [Column(label, number, item, part.many) for item in self._of(part.part)]
        for label, stem in _COMPANIONS.items():
            for number in range(1, _PARTS + 1):
                found += [Column(label, number, item, True) for item in self._of(CLASSES[stem])]
        return found

    def _of(self, kind: str) -> list[Field]:
        return [item for item in self._schema.fields(kind) if not item.automatic and item.kind != "part"]

    def template(self, example: Filled | None = None) -> str:
        """The table with its headings alone, or with ``example`` as its one line."""
        columns = self.columns
        lines = [[column.heading for column in columns]]
        if example is not None:
            lines.append([BETWEEN.join(self._shown(column, example)) for column in columns])
        return written(lines)

    def _shown(self, column: Column, filled: Filled) -> list[str]:
        node: Node | None = filled.nodes[""]
        if column.group in self._groups:
            parts = filled.parts("", self._groups[column.group].path)
            node = parts[column.number - 1] if column.number <= len(parts) else None
        elif column.group:
            node = None
        labels = dict(column.item.choices)
        return [labels.get(value, value) for value in (node.all(column.item.path) if node else [])]

    def read(self, text: str, taken: Sequence[str]) -> tuple[list[Line], list[Fault]]:
        """The lines of ``text`` as forms, and all that is wrong; ``taken`` are IRIs that new records may not have."""
        text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
        head = text.partition("\n")[0]
        between = max((head.count(mark), mark) for mark in "\t;,")[1]
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True))
        except csv.Error as error:
            return [], [Fault(0, "", f"cannot be read as a table: {error}")]
        full = [(number, row) for number, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row)]
        if not full:
            return [], [Fault(0, "", "has no line under the headings")]
        if len(full) > MOST_LINES:
            return [], [Fault(0, "", f"has {len(full)} lines; {MOST_LINES} at once is the most")]
        columns, faults = self._headings(rows[0])
        if faults:
            return [], faults
        lines, used = [], set(taken)
        for number, row in full:
            if len(row) > len(columns):
                faults.append(Fault(number, "", f"has {len(row)} cells under {len(columns)} headings"))
                continue
            values = [(column, unguarded(cell.strip())) for column, cell in zip(columns, row, strict=False)]
            title = next((cell for column, cell in values if column.item.path == _TITLE and not column.group), "")
            record = base = f"{ID}{self._kind}/{slug_of(title)}"
            count = 1
            while record in used:
                count += 1
                record = f"{base}-{count}"
            used.add(record)
            lines.append(Line(number, self._filled(record, values)))
        return lines, faults

    def _headings(self, cells: Sequence[str]) -> tuple[list[Column], list[Fault]]:
        columns: list[Column] = []
        faults: list[Fault] = []
        names = {column.heading.casefold(): column.heading for column in self.columns}
        for cell in cells:
            if len(faults) >= _SAID:
                break
            name = " ".join(cell[:_LONGEST_HEADING].split()).casefold()
            column = self._column(name)
            if column is None:
                near = difflib.get_close_matches(name[:80], names, 1)
                hint = f"; did you mean “{names[near[0]]}”?" if near else "; see the columns of the template"
                faults.append(Fault(1, cell.strip()[:80], "is no column of this table" + hint))
            elif column in columns:
                faults.append(Fault(1, column.heading, "is there twice"))
            else:
                columns.append(column)
        needed = [item.label for item in self._fields if item.needed and item.kind != "part"]
        there = {column.heading for column in columns}
        faults += [Fault(1, label, "is needed and has no column") for label in needed if label not in there]
        return columns, faults[:_SAID]

    def _column(self, name: str) -> Column | None:
        group, colon, label = (piece.strip() for piece in name.partition(":"))
        if not colon:
            item = next((item for item in self._fields if item.label.casefold() == name and item.kind != "part"), None)
            return Column("", 1, item) if item else None
        found = _NUMBERED.fullmatch(group)
        plain, number = (found[1], int(found[2])) if found else (group, 1)
        plain = next((label for label in (*self._groups, *_COMPANIONS) if label.casefold() == plain), "")
        part = self._groups.get(plain)
        kind = part.part if part else CLASSES.get(_COMPANIONS.get(plain, ""), "")
        many = part is None or part.many
        if not kind or not 1 <= number <= (_MOST_PARTS if many else 1):
            return None
        item = next((item for item in self._of(kind) if item.label.casefold() == label), None)
        return Column(plain, number, item, many) if item else None

    def _filled(self, record: str, values: Sequence[tuple[Column, str]]) -> Filled:
        filled = read(record, {})
        for column, cell in values:
            if not cell:
                continue
            node = self._node(filled, column)
            given = cell.split(BETWEEN) if column.item.many else [cell]
            node.values[column.item.path] = [_typed(column.item, value.strip()) for value in given if value.strip()]
        return filled

    def _node(self, filled: Filled, column: Column) -> Node:
        if not column.group:
            return filled.nodes[""]
        part = self._groups.get(column.group)
        name = (
            f"{slug_of(column.group)}-{column.number}" if part else f"{_COMPANIONS[column.group]}/new-{column.number}"
        )
        kind = part.part if part else CLASSES[_COMPANIONS[column.group]]
        return filled.nodes.setdefault(name, Node(name, kind, "", part.path if part else ""))

    def heading(self, filled: Filled, problem: Problem) -> str:
        """The column that a problem is about."""
        name = filled.node_of(problem.record)
        node = filled.nodes[name]
        item = next((item for item in self._schema.fields(node.kind) if item.name == problem.field), None)
        label = item.label if item else "title" if problem.field == "rdf:type" else problem.field
        if not name:
            return label
        group = next((label for label, part in self._groups.items() if part.path == node.under), "")
        number = f" {name.rpartition('-')[2]}" if group and self._groups[group].many else ""
        return f"{group or 'new ' + name.partition('/')[0]}{number}: {label}"


def _typed(item: Field, value: str) -> str:
    """A value as a form would send it: concepts by the last part of their IRI, yes and no as true and false."""
    if item.kind == "concept":
        return next((slug for slug, label in item.choices if label.casefold() == value.casefold()), value)
    if item.kind == "yes-no":
        return {"yes": "true", "no": "false"}.get(value.casefold(), value.casefold())
    return value


def said_by(lines: Sequence[Line], schema: Schema) -> tuple[dict[int, str], list[tuple[Line, Problem]]]:
    """What each line says as N-Triples, by its number, and what of it cannot be said."""
    said: dict[int, str] = {}
    problems: list[tuple[Line, Problem]] = []
    for line in lines:
        triples, wrong = statements(line.filled, schema, MOST_HINTS - len(problems))
        said[line.number] = "".join(sorted(f"{triple} .\n" for triple in triples))
        problems += [(line, problem) for problem in wrong]
    return said, problems


def faults_of(table: Table, found: Sequence[tuple[Line, Problem]]) -> Iterator[Fault]:
    """Problems of lines as faults of the table."""
    for line, problem in found:
        yield Fault(line.number, table.heading(line.filled, problem), problem.message)


def line_of(lines: Sequence[Line], problem: Problem) -> Line | None:
    """The line that describes what a problem is about."""
    own = [line for line in lines if shorten(line.filled.record) == problem.record.partition("#")[0]]
    brought = [line for line in lines if line.filled.node_of(problem.record)]
    return next(iter(own + brought), None)
