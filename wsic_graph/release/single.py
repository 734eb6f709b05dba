"""Check single records before they join the graph, against the shapes and the rest of the content."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from wsic_graph.content import ROOT
from wsic_graph.errors import ContentError, Problem
from wsic_graph.namespaces import ID, PREFIXES
from wsic_graph.release.build import read_content
from wsic_graph.release.files import Content, Statement, parse_turtle
from wsic_graph.release.integrity import check_queries, check_structure
from wsic_graph.release.shacl import validate_content
from wsic_graph.release.tables import read_table_like

_RDF_TYPE = PREFIXES["rdf"] + "type"
_SUBMISSION = "submission"


def validate_files(files: list[Path], root: Path = ROOT) -> list[Problem]:
    """Everything wrong with the records in ``files``, as if they stood in the content.

    A file is Turtle, or CSV with the name and columns of one of the tables. A
    record in a file takes the place of the record with the same IRI. Problems are
    reported for these records only; files that cannot be read are reported and the
    others still checked. Nothing points at an observation, so the published ones
    are left out, which makes this quick.
    """
    problems: list[Problem] = []
    submitted = Content()
    for file in files:
        if not file.is_file():
            problems.append(Problem(str(file), 0, "", "", "there is no such file"))
            continue
        try:
            if file.suffix == ".csv":
                read_table_like(file, root, submitted)
            else:
                statements = parse_turtle(file, str(file), _SUBMISSION)
                problems += outline(str(file), statements)
                submitted.add(statements, str(file))
        except ContentError as error:
            problems += error.problems
    if not submitted.statements:
        return sorted(set(problems))
    return sorted({*problems, *validate_records(submitted, read_content(root, observations=False), root)})


def validate_records(submitted: Content, content: Content, root: Path = ROOT) -> list[Problem]:
    """Everything wrong with the records ``submitted``, as if they stood in ``content``, instead of those there."""
    everything = in_place(submitted, content)
    mine = set(submitted.origin)
    found = check_structure(everything, root, only=mine)
    found += check_queries(everything, root, only=mine)
    alone = Content(submitted.statements + everything.graph("shapes"), submitted.origin)
    found += validate_content(alone, root, workers=1)
    return sorted(set(found))


def outline(file: str, statements: list[Statement]) -> list[Problem]:
    """Whether the file says anything, and whether its subjects are records with a type."""
    if not statements:
        return [Problem(file, 0, "", "", "says nothing; a record starts with its IRI and its type")]
    typed = {s.subject for s in statements if s.predicate == _RDF_TYPE}
    problems = []
    for subject in sorted({s.subject for s in statements}):
        if not subject.startswith(ID):
            message = f"is outside the graph; a record's IRI starts with {ID}"
            problems.append(Problem(file, 0, subject, "", message))
        elif subject not in typed:
            message = "has no type; add one, for example: a wsic:Initiative"
            problems.append(Problem(file, 0, subject, "rdf:type", message))
    return problems


def in_place(submitted: Content, content: Content, gone: Iterable[str] = ()) -> Content:
    """``content`` with the records of ``submitted`` in place of those with the same IRI, and without ``gone``."""
    records = {subject.partition("#")[0] for subject in submitted.origin} | set(gone)
    kept = [s for s in content.statements if s.subject.partition("#")[0] not in records]
    origin = {s: place for s, place in content.origin.items() if s.partition("#")[0] not in records}
    return Content(kept + submitted.statements, origin | submitted.origin)
