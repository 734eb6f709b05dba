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
from collections.abc import Callable, Iterator
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

METADATA = "csv-metadata.json"
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


class _Column:
    """One column of a table: how its cells become triples."""

    def __init__(self, spec: dict[str, Any], about: str) -> None:
        self.name: str = spec["name"]
        self.virtual: bool = spec.get("virtual", False)
        self.about = compile_template(spec.get("aboutUrl", about))
        self.property: str | None = None if spec.get("suppressOutput") else spec["propertyUrl"]
        self.value_url = spec.get("valueUrl")
        self.value = compile_template(self.value_url) if self.value_url else None
        self.lang: str | None = spec.get("lang")
        datatype = spec.get("datatype", "string")
        self.datatype = ox.NamedNode(_XSD + (datatype["base"] if isinstance(datatype, dict) else datatype))

    def objects(self, row: Row) -> Iterator[ox.NamedNode | ox.Literal]:
        values = [None] if self.virtual else row.get(self.name)
        for value in values if isinstance(values, list) else [values]:
            if value is None and not self.virtual:
                continue
            if self.value is not None:
                iri = self.value(row if self.virtual else {**row, self.name: value})
                if iri is not None:
                    yield ox.NamedNode(iri)
            elif self.lang:
                yield ox.Literal(str(value), language=self.lang)
            else:
                yield ox.Literal(_lexical(value), datatype=self.datatype)


def _lexical(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)


def read_tables(root: Path, content: Content) -> None:
    """Add the triples of every table below ``root/graph_data/tables`` to ``content``.

    Raises ``ContentError`` with file, line and column of each cell that does not fit.
    """
    folder = root / "graph_data" / "tables"
    if not (folder / METADATA).is_file():
        return
    metadata = json.loads((folder / METADATA).read_text(encoding="utf-8"))
    tables = csvw.TableGroup.from_file(folder / METADATA).tables
    problems: list[Problem] = []
    for spec, table in zip(metadata["tables"], tables, strict=True):
        label = (folder / spec["url"]).relative_to(root).as_posix()
        problems += _read_table(folder / spec["url"], spec, table, label, content)
    if problems:
        raise ContentError(problems)


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
    for _, line, row in table.iterdicts(log=log, with_metadata=True):
        key = tuple(str(row.get(name)) for name in schema["primaryKey"])
        if key in seen:
            log.problems.append(Problem(label, line, " ".join(key), "", f"is the same row as line {seen[key]}"))
        seen[key] = line
        for column in columns:
            if column.property is None:
                continue
            subject = column.about(row)
            if subject is None:
                continue
            statements = [
                Statement(subject, column.property, value, spec["wsic:graph"]) for value in column.objects(row)
            ]
            content.add(statements, label, line)
    return log.problems
