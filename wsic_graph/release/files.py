"""Read the Turtle files of the content, and know which file every subject came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from wsic_graph.errors import ContentError, Problem
from wsic_graph.namespaces import PREFIXES, graph_iri

_GRAPH_OF_FOLDER = {
    "ontology": "ontology",
    "ontology/schemes": "schemes",
    "ontology/shapes": "shapes",
    "graph_data/initiatives": "initiatives",
    "graph_data/value_cases": "value-cases",
    "graph_data/evidence": "evidence",
    "graph_data/plan": "plan",
    "graph_data/benefits_map": "benefits",
}
_LINE = re.compile(r" on line (\d+)|line (\d+)")


Value = ox.NamedNode | ox.Literal


class Statement(NamedTuple):
    """One triple and the short name of its graph. Subject and predicate are IRIs."""

    subject: str
    predicate: str
    object: Value
    graph: str

    @property
    def quad(self) -> ox.Quad:
        """The statement for the engine."""
        name = ox.NamedNode(graph_iri(self.graph))
        return ox.Quad(ox.NamedNode(self.subject), ox.NamedNode(self.predicate), self.object, name)


@dataclass
class Content:
    """All statements, and where each subject stands."""

    statements: list[Statement] = field(default_factory=list)
    origin: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Subject IRI to file and line (0 where the line has to be looked up in the text)."""

    def add(self, statements: Iterable[Statement], file: str, line: int = 0) -> None:
        """Add ``statements`` as written in ``file``."""
        for statement in statements:
            self.statements.append(statement)
            self.origin.setdefault(statement.subject, (file, line))

    def graph(self, *names: str) -> list[Statement]:
        """The statements of the graphs called ``names``."""
        return [statement for statement in self.statements if statement.graph in names]


def turtle_files(root: Path) -> Iterator[tuple[Path, str]]:
    """Every Turtle file of the content below ``root`` with the name of its graph, in order."""
    for folder in ("ontology", "graph_data"):
        for path in sorted((root / folder).rglob("*.ttl")):
            parent = path.parent.relative_to(root).as_posix()
            yield path, _GRAPH_OF_FOLDER.get(parent, path.stem)


def parse_turtle(path: Path, label: str, graph: str) -> list[Statement]:
    """The statements of one Turtle file, all in ``graph``.

    Raises ``ContentError`` with the line where the text stops being Turtle, or
    where it uses a blank node, which published data does not have.
    """
    try:
        quads = list(ox.parse(path=str(path), format=ox.RdfFormat.TURTLE))
    except SyntaxError as error:
        raise ContentError([_syntax_problem(label, error)]) from None
    except UnicodeDecodeError as error:
        raise ContentError([Problem(label, 0, "", "", f"the file is not UTF-8 text: {error}")]) from None
    statements = []
    for quad in quads:
        subject, value = quad.subject, quad.object
        if not isinstance(subject, ox.NamedNode) or not isinstance(value, ox.NamedNode | ox.Literal):
            message = "uses a blank node ([] or _:x); give the part a name such as <#result-1>"
            raise ContentError([Problem(label, 0, str(subject), shorten(quad.predicate.value), message)])
        statements.append(Statement(subject.value, quad.predicate.value, value, graph))
    return statements


def read_files(root: Path) -> Content:
    """All Turtle files below ``root``. Raises ``ContentError`` naming every file that cannot be read."""
    content = Content()
    problems: list[Problem] = []
    for path, graph in turtle_files(root):
        label = path.relative_to(root).as_posix()
        try:
            content.add(parse_turtle(path, label, graph), label)
        except ContentError as error:
            problems += error.problems
    if problems:
        raise ContentError(problems)
    return content


def find_line(path: Path, iri: str, word: str = "") -> int:
    """Line of ``path`` on which the block of ``iri`` (and in it ``word``) stands, or 0 if not found.

    Looks for the ways a subject is written in our layout: ``<>``, ``<#part>``,
    ``prefix:slug`` or the end of the IRI.
    """
    names = {shorten(iri), f"<{iri}>"}
    if path.suffix == ".ttl" and path.is_file():
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        base = next((m[1] for line in lines if (m := re.match(r"@base <([^>]*)>", line))), "")
        if base and iri.startswith(base):
            names.add(f"<{iri[len(base) :]}>")
        for number, line in enumerate(lines, 1):
            if line.strip().split(" ")[0] in names and not line.startswith(" "):
                return next(
                    (n for n, text in _block(lines, number) if word and re.search(rf"(^|\s){re.escape(word)}\s", text)),
                    number,
                )
    return 0


def _block(lines: list[str], start: int) -> Iterator[tuple[int, str]]:
    for number in range(start, len(lines) + 1):
        yield number, lines[number - 1] + " "
        if lines[number - 1].rstrip().endswith(" ."):
            return


def shorten(iri: str) -> str:
    """``iri`` as ``prefix:name`` where a prefix of the project fits, else unchanged."""
    best = max((ns for ns in PREFIXES.values() if iri.startswith(ns)), key=len, default="")
    if not best or len(best) == len(iri):
        return iri
    prefix = next(name for name, ns in PREFIXES.items() if ns == best)
    return f"{prefix}:{iri[len(best) :]}"


def _syntax_problem(label: str, error: SyntaxError) -> Problem:
    message = str(error.msg if error.msg else error).removeprefix("Parser error at ")
    line = error.lineno or 0
    if not line and (match := _LINE.search(message)):
        line = int(match[1] or match[2])
    return Problem(label, line, "", "", f"is not valid Turtle: {message}")
