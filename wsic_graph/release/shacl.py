"""SHACL validation with pyshacl, and its report in words people can act on."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pyoxigraph as ox
import pyshacl
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from wsic_graph.errors import Problem
from wsic_graph.release.files import Content, Statement, shorten
from wsic_graph.release.integrity import place

Triples = list[tuple[str, str, str, str | None, str | None]]
_CONTEXT = frozenset({"ontology", "shapes"})


def validate_content(content: Content, root: Path, workers: int = 2) -> list[Problem]:
    """Validate all of ``content`` against its shapes graph; the list is empty when it conforms.

    The observations are two thirds of the data and stand alone, so they are
    shared out over the processes; the rest goes with the smaller part. The
    processes do not look for garbage: they build one graph and end.
    """
    observations = content.graph("observations")
    rest = [statement for statement in content.statements if statement.graph not in _CONTEXT | {"observations"}]
    middle = len(observations) * 3 // 5
    while 0 < middle < len(observations) and observations[middle].subject == observations[middle - 1].subject:
        middle += 1
    parts = [observations[:middle], observations[middle:] + rest]
    packed_shapes = _pack(content.graph("shapes"))
    if workers < 2 or not observations:
        rows = _validate(_pack(observations + rest), packed_shapes)
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=gc.disable) as pool:
            runs = [pool.submit(_validate, _pack(part), packed_shapes) for part in parts]
            rows = [row for run in runs for row in run.result()]
    problems = []
    for focus, path, value, message in rows:
        field = shorten(path)
        file, line = place(content, root, focus, field)
        found = f" Found: {shorten(value)}." if value else ""
        problems.append(Problem(file, line, shorten(focus), field, f"{message}{found}"))
    return problems


def _pack(statements: Iterable[Statement]) -> Triples:
    """Plain tuples, which cross a process boundary cheaply."""
    rows: Triples = []
    for subject, predicate, value, _ in statements:
        if isinstance(value, ox.Literal):
            rows.append((subject, predicate, value.value, value.language or "", value.datatype.value))
        else:
            rows.append((subject, predicate, value.value, None, None))
    return rows


def _graph(rows: Triples) -> Graph:
    graph = Graph()
    nodes: dict[str, URIRef] = {}

    def node(iri: str) -> URIRef:
        found = nodes.get(iri)
        if found is None:
            found = nodes[iri] = URIRef(iri)
        return found

    for subject, predicate, value, language, datatype in rows:
        term: Node
        if datatype is None:
            term = node(value)
        elif language:
            term = Literal(value, lang=language)
        else:
            term = Literal(value, datatype=node(datatype))
        graph.add((node(subject), node(predicate), term))
    return graph


def _hoist(shapes: Graph) -> Graph:
    """The same shapes with each property shape aimed at the class of its node shape.

    pyshacl walks ``sh:property`` once for every focus node but a target once for
    all of them, which makes a large class ten times as slow to validate. A closed
    node shape keeps its list of properties as ``sh:ignoredProperties``.
    """
    for shape, target in list(shapes.subject_objects(SH.targetClass)):
        paths: list[Node] = []
        for property_shape in list(shapes.objects(shape, SH.property)):
            paths += shapes.objects(property_shape, SH.path)
            shapes.add((property_shape, SH.targetClass, target))
            shapes.remove((shape, SH.property, property_shape))
        if (shape, SH.closed, None) in shapes:
            allowed = BNode()
            Collection(shapes, allowed, sorted(set(paths), key=str))
            shapes.add((shape, SH.ignoredProperties, allowed))
    return shapes


def _validate(data: Triples, shapes: Triples) -> list[tuple[str, str, str, str]]:
    graph = _graph(data)
    present = set(graph.objects(None, RDF.type))
    wanted = _graph(shapes)
    for shape, target in list(wanted.subject_objects(SH.targetClass)):
        if target not in present:
            wanted.remove((shape, None, None))
    _, report, _ = pyshacl.validate(graph, shacl_graph=_hoist(wanted), inference="none", advanced=False)
    assert isinstance(report, Graph)
    rows = []
    for result in report.objects(None, SH.result):
        focus, path, value, message = (
            str(report.value(result, term) or "") for term in (SH.focusNode, SH.resultPath, SH.value, SH.resultMessage)
        )
        rows.append((focus, path, value, message))
    return sorted(set(rows))
