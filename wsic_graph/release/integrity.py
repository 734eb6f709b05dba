"""Rules that hold over the whole graph, which no single record can show."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from wsic_graph.errors import Problem
from wsic_graph.namespaces import BASE, PREFIXES
from wsic_graph.queries import load_query
from wsic_graph.release.files import Content, find_line, shorten

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


def check_structure(content: Content, root: Path) -> list[Problem]:
    """One graph a triple, no undeclared term, no reference to something that is not described."""
    problems: list[Problem] = []
    described = {quad.subject.value for quad in content.quads}
    graph_of: dict[tuple[str, str, str], str] = {}
    reported: set[str] = set()

    def report(subject: str, predicate: str, message: str) -> None:
        field = shorten(predicate) if predicate else ""
        file, line = place(content, root, subject, field)
        problems.append(Problem(file, line, shorten(subject), field, message))

    for quad in content.quads:
        subject, predicate, graph = quad.subject.value, quad.predicate.value, quad.graph_name.value
        first = graph_of.setdefault((subject, predicate, str(quad.object)), graph)
        if first != graph:
            message = f"stands in two graphs, {shorten(first)} and {shorten(graph)}; keep it in one file"
            report(subject, predicate, message)
        terms = [] if predicate == _RDF_TYPE else [predicate]
        if isinstance(quad.object, ox.NamedNode):
            value = quad.object.value
            if predicate == _RDF_TYPE:
                terms.append(value)
            elif value.startswith(BASE) and value not in described and predicate not in _EXTERNAL_LINKS:
                report(subject, predicate, f"points at {shorten(value)}, which nothing describes; correct or add it")
        for term in terms:
            if term not in described and term not in reported and subject.startswith(_OWN_DATA):
                reported.add(term)
                report(subject, predicate, f"uses {shorten(term)}, which the ontology does not declare")
    return problems


def check_queries(store: ox.Store, content: Content, root: Path) -> list[Problem]:
    """Run every query of ``queries/checks``: each row is a problem with ?record, ?field and ?message."""
    problems: list[Problem] = []
    for path in sorted((root / "queries" / "checks").glob("*.rq")):
        query = load_query(path)
        solutions = store.query(query.text, use_default_graph_as_union=True)
        assert isinstance(solutions, ox.QuerySolutions)
        for row in solutions:
            record, field, message = row["record"], row["field"], row["message"]
            subject = record.value if isinstance(record, ox.NamedNode) else str(record)
            name = shorten(field.value) if isinstance(field, ox.NamedNode) else ""
            file, line = place(content, root, subject, name)
            text = message.value if isinstance(message, ox.Literal) else query.summary
            problems.append(Problem(file, line, shorten(subject), name, text))
    return problems
