"""Turn the CSV tables into RDF as their CSVW metadata says.

The tables are described in ``csv-metadata.json`` (W3C CSV on the Web). The
``csvw`` library reads and checks the cells; this module builds the triples from
``aboutUrl``, ``propertyUrl`` and ``valueUrl``. Two choices where the standard
leaves room: a cell without a value gives no triple, and neither does a virtual
column whose template uses such a cell.
"""

from __future__ import annotations

import csv
import datetime
import json
import re
from collections.abc import Callable, Collection, Iterator
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import csvw
import pyoxigraph as ox

from wsic_graph.errors import ContentError, Problem
from wsic_graph.namespaces import PREFIXES
from wsic_graph.release.files import Content, Statement
from wsic_graph.release.manifest import METADATA

_XSD = PREFIXES["xsd"]
_VARIABLE = re.compile(r"\{(\+?)([A-Za-z_][\w]*)\}")

Row = dict[str, Any]
Template = Callable[[Row], str | None]


class _Log:
    """Collects what the csvw reader finds wrong, in our form."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def warning(self, message: str, *args: object) -> None:
        text = message % args if args else message
        match = re.match(r"(?:\S*?):(\d+)(?::\d+)?(?:\s*\[?(\w+)\]?)?:?\s*(.*)", text)
        line, column, rest = (int(match[1]), match[2] or "", match[3]) if match else (0, "", text)
        self.problems.append(Problem(self.file, line, "", column, rest or text))

    error = warn = warning


@lru_cache(maxsize=100_000)
def _encode(value: str) -> str:
    return quote(value, safe="")


def compile_template(template: str) -> Template:
    """A function from a row to the expanded URI template, or ``None`` if a cell it needs is empty."""
    parts: list[tuple[str, bool, str]] = []
    position = 0
    for match in _VARIABLE.finditer(template):
        parts.append((template[position : match.start()], match[1] == "+", match[2]))
        position = match.end()
    tail = template[position:]

    def expand(row: Row) -> str | None:
        out: list[str] = []
        for literal, raw, name in parts:
            value = row.get(name)
            if value is None or value == "":
                return None
            out += (literal, str(value) if raw else _encode(str(value)))
        return "".join(out) + tail

    return expand


def _variables(template: str) -> list[str]:
    return [match[2] for match in _VARIABLE.finditer(template)]


class _Column:
    """One column of a table: how its cells become triples."""

    def __init__(self, spec: dict[str, Any], about: str) -> None:
        self.name: str = spec["name"]
        self.virtual: bool = spec.get("virtual", False)
        self.about_url: str = spec.get("aboutUrl", about)
        self.about = compile_template(self.about_url)
        self.property: str | None = None if spec.get("suppressOutput") else spec["propertyUrl"]
        self.value_url = spec.get("valueUrl")
        self.value = compile_template(self.value_url) if self.value_url else None
        self.nodes: dict[object, ox.NamedNode | None] | None = None
        if self.value_url and set(_variables(self.value_url)) <= {self.name}:
            self.nodes = {}  # the same few concepts come again and again
        self.lang: str | None = spec.get("lang")
        datatype = spec.get("datatype", "string")
        self.datatype = ox.NamedNode(_XSD + (datatype["base"] if isinstance(datatype, dict) else datatype))

    def objects(self, row: Row) -> Iterator[ox.NamedNode | ox.Literal]:
        values = [None] if self.virtual else row.get(self.name)
        for value in values if isinstance(values, list) else [values]:
            if value is None and not self.virtual:
                continue
            if self.value is not None:
                if self.nodes is None or value not in self.nodes:
                    iri = self.value(row if self.virtual else {**row, self.name: value})
                    node = None if iri is None else ox.NamedNode(iri)
                    if self.nodes is not None:
                        self.nodes[value] = node
                else:
                    node = self.nodes[value]
                if node is not None:
                    yield node
            elif self.lang:
                yield ox.Literal(str(value), language=self.lang)
            else:
                yield ox.Literal(_lexical(value), datatype=self.datatype)


def _lexical(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):  # how the csvw library reads a date
        return value.date().isoformat()
    return str(value)


def read_tables(root: Path, content: Content, skip: Collection[str] = ()) -> None:
    """Add the triples of every table below ``root/graph_data/tables`` but those in ``skip`` to ``content``.

    Raises ``ContentError`` with file, line and column of each cell that does not fit.
    """
    problems: list[Problem] = []
    for name, (spec, table) in table_specs(root).items():
        if name in skip:
            continue
        path = root / "graph_data" / "tables" / name
        problems += _read_table(path, spec, table, path.relative_to(root).as_posix(), content)
    if problems:
        raise ContentError(problems)


def read_table_like(path: Path, root: Path, content: Content) -> None:
    """Add the triples of ``path``, a file with the name and columns of one of the tables.

    Raises ``ContentError`` as :func:`read_tables` does, or when no table has that name.
    """
    specs = table_specs(root)
    if path.name not in specs:
        message = f"no table is called {path.name}; the tables are {', '.join(sorted(specs))}"
        raise ContentError([Problem(str(path), 0, "", "", message)])
    problems = _read_table(path, *specs[path.name], str(path), content)
    if problems:
        raise ContentError(problems)


def table_specs(root: Path) -> dict[str, tuple[dict[str, Any], Any]]:
    """The metadata of every table by file name: as JSON, and as the csvw library reads it."""
    metadata = root / "graph_data" / "tables" / METADATA
    specs = json.loads(metadata.read_text(encoding="utf-8"))["tables"]
    tables = csvw.TableGroup.from_file(metadata).tables
    return {spec["url"]: (spec, table) for spec, table in zip(specs, tables, strict=True)}


def _read_table(path: Path, spec: dict[str, Any], table: Any, label: str, content: Content) -> list[Problem]:
    schema = spec["tableSchema"]
    columns = [_Column(column, schema["aboutUrl"]) for column in schema["columns"]]
    header = [column.name for column in columns if not column.virtual]
    with path.open(encoding="utf-8", newline="") as stream:
        found = next(csv.reader(stream), [])
    if found != header:
        message = f"the columns are {', '.join(found) or 'missing'}; they should be {', '.join(header)}"
        return [Problem(label, 1, "", "", message)]
    log = _Log(label)
    seen: dict[tuple[Any, ...], int] = {}
    for _, line, row in table.iterdicts(log=log, with_metadata=True, fname=path):
        key = tuple(str(row.get(name)) for name in schema["primaryKey"])
        if key in seen:
            log.problems.append(Problem(label, line, " ".join(key), "", f"is the same row as line {seen[key]}"))
        seen[key] = line
        subjects: dict[str, str | None] = {}
        for column in columns:
            if column.property is None:
                continue
            if column.about_url not in subjects:
                subjects[column.about_url] = column.about(row)
            subject = subjects[column.about_url]
            if subject is None:
                continue
            statements = [
                Statement(subject, column.property, value, spec["wsic:graph"]) for value in column.objects(row)
            ]
            content.add(statements, label, line)
    return log.problems
