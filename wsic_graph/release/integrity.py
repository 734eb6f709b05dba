"""Rules that hold over the whole graph, which no single record can show."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from wsic_graph.errors import Problem
from wsic_graph.namespaces import BASE, PREFIXES
from wsic_graph.queries import load_query
from wsic_graph.release.files import Content, Value, find_line, shorten

_RDF_TYPE = PREFIXES["rdf"] + "type"
_OWN_DATA = (BASE + "id/", BASE + "scheme/")
_EXTERNAL_LINKS = frozenset(
    PREFIXES[prefix] + name
    for prefix, name in (
        ("schema", "url"),
        ("wsic", "seenAt"),
        ("skos", "exactMatch"),
        ("skos", "closeMatch"),
        ("rdfs", "isDefinedBy"),
        ("rdfs", "seeAlso"),
        ("dcterms", "license"),
        ("owl", "versionIRI"),
    )
)


def place(content: Content, root: Path, subject: str, field: str = "") -> tuple[str, int]:
    """File and line of ``subject``, as near to ``field`` (a qualified name) as the text allows."""
    file, line = content.origin.get(subject, ("", 0))
    return file, line or find_line(root / file, subject, field) if file else 0


def check_structure(content: Content, root: Path, only: set[str] | None = None) -> list[Problem]:
    """One graph a triple, no undeclared term, no reference to something that is not described.

    With ``only``, problems are reported for these subjects alone.
    """
    problems: list[Problem] = []
    described = {statement.subject for statement in content.statements}
    graph_of: dict[tuple[str, str, Value], str] = {}
    reported: set[str] = set()

    def report(subject: str, predicate: str, message: str) -> None:
        field = shorten(predicate)
        file, line = place(content, root, subject, field)
        problems.append(Problem(file, line, shorten(subject), field, message))

    for subject, predicate, value, graph in content.statements:
        if only is not None and subject not in only:
            continue
        first = graph_of.setdefault((subject, predicate, value), graph)
        if first != graph:
            report(subject, predicate, f"stands in two graphs, {first} and {graph}; keep it in one file")
        terms = [] if predicate == _RDF_TYPE else [predicate]
        if isinstance(value, ox.NamedNode):
            iri = value.value
            if predicate == _RDF_TYPE:
                terms.append(iri)
            elif iri.startswith(BASE) and iri not in described and predicate not in _EXTERNAL_LINKS:
                report(subject, predicate, f"points at {shorten(iri)}, which nothing describes; correct or add it")
        for term in terms:
            if term not in described and term not in reported and subject.startswith(_OWN_DATA):
                reported.add(term)
                report(subject, predicate, f"uses {shorten(term)}, which the ontology does not declare")
    return problems


def check_queries(content: Content, root: Path, only: set[str] | None = None) -> list[Problem]:
    """Run every query of ``queries/checks``: each row is a problem with ?record, ?field and ?message.

    With ``only``, problems are reported for these subjects alone.
    """
    store = ox.Store()
    store.bulk_extend(statement.quad for statement in content.statements)
    problems: list[Problem] = []
    for path in sorted((root / "queries" / "checks").glob("*.rq")):
        solutions = store.query(load_query(path).text, use_default_graph_as_union=True)
        assert isinstance(solutions, ox.QuerySolutions)
        for row in solutions:
            record, field, message = row["record"], row["field"], row["message"]
            assert isinstance(record, ox.NamedNode)
            assert isinstance(field, ox.NamedNode)
            assert isinstance(message, ox.Literal)
            if only is None or record.value in only:
                name = shorten(field.value)
                file, line = place(content, root, record.value, name)
                problems.append(Problem(file, line, shorten(record.value), name, message.value))
    return problems
