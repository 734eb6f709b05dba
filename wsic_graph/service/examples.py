"""The list of saved queries for machines: as JSON, and as RDF in the convention of the SIB examples.

In RDF each query is a ``sh:SPARQLExecutable`` whose text stands for itself: its
parameters have their default values, so that any editor can run it as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from wsic_graph.engine.bind import bind_terms
from wsic_graph.formats import Format
from wsic_graph.namespaces import BASE, PREFIXES, QUERIES
from wsic_graph.queries import Query

AUDIENCES = {
    "commissioner": "Asked by commissioners",
    "researcher": "Asked by researchers",
    "harvester": "Asked by people who collect data",
    "site": "Asked by the pages of this site",
}
"""Who asks, in the order in which they are listed, and the words for it."""

_LICENCE = ox.NamedNode("https://creativecommons.org/licenses/by/4.0/")
_PREFIXES = f"{BASE}queries#prefixes"


def describe(query: Query) -> dict[str, object]:
    """What there is to know about a query, for JSON."""
    return {
        "id": QUERIES + query.name,
        "name": query.name,
        "href": f"/queries/{query.name}",
        "text": f"/queries/{query.name}.rq",
        "summary": query.summary,
        "description": query.description,
        "audience": query.audience,
        "form": query.form,
        "key": query.key,
        "parameters": [
            {
                "name": parameter.name,
                "type": parameter.type,
                "among": parameter.among or None,
                "description": parameter.description,
                "default": parameter.default or None,
                "example": parameter.example,
            }
            for parameter in query.parameters
        ],
    }


def as_rdf(queries: Iterable[Query], endpoint: str, form: Format) -> bytes:
    """The queries, to be sent to ``endpoint``, in the graph format ``form``."""
    triples = [*(triple for query in queries for triple in _triples(query, endpoint)), *_declared()]
    used = {prefix: PREFIXES[prefix] for prefix in ("dcterms", "rdfs", "schema", "sh", "xsd")}
    body = ox.serialize(triples, format=form.rdf, prefixes=used)
    assert body is not None
    return body


def _triples(query: Query, endpoint: str) -> Iterator[ox.Triple]:
    node = ox.NamedNode(QUERIES + query.name)
    text = ox.Literal(bind_terms(query.text, query.bind(_sample(query))))
    values: list[tuple[str, ox.NamedNode | ox.Literal]] = [
        ("rdf:type", _name("sh:SPARQLExecutable")),
        ("rdf:type", _name(f"sh:SPARQL{query.form.title()}Executable")),
        ("rdfs:comment", ox.Literal(query.summary, language="en")),
        (f"sh:{query.form}", text),
        ("sh:prefixes", ox.NamedNode(_PREFIXES)),
        ("schema:target", ox.NamedNode(endpoint)),
        ("schema:keywords", ox.Literal(query.audience)),
        ("dcterms:license", _LICENCE),
    ]
    if query.description:
        values.append(("dcterms:description", ox.Literal(query.description, language="en")))
    values += [("schema:keywords", ox.Literal(tag)) for tag in query.tags if tag != "public"]
    return (ox.Triple(node, _name(name), value) for name, value in values)


def _sample(query: Query) -> dict[str, object]:
    return {item.name: item.example for item in query.parameters if item.default is None and item.example}


def _declared() -> Iterator[ox.Triple]:
    node = ox.NamedNode(_PREFIXES)
    for prefix, namespace in PREFIXES.items():
        declaration = ox.NamedNode(f"{_PREFIXES.removesuffix('es')}-{prefix}")
        yield ox.Triple(node, _name("sh:declare"), declaration)
        yield ox.Triple(declaration, _name("sh:prefix"), ox.Literal(prefix))
        yield ox.Triple(declaration, _name("sh:namespace"), ox.Literal(namespace, datatype=_name("xsd:anyURI")))


def _name(curie: str) -> ox.NamedNode:
    prefix, _, local = curie.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)
