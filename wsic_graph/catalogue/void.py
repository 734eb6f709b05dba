"""VoID: what is in the graph, counted; and the terms in use, for completion in an editor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

from wsic_graph.answers import Row
from wsic_graph.catalogue.dcat import WHOLE
from wsic_graph.catalogue.publication import Published
from wsic_graph.catalogue.rdf import Document, english, node, nodes, typed
from wsic_graph.formats import GRAPHS
from wsic_graph.namespaces import BASE, GRAPH, PREFIXES

DESCRIPTION = f"{BASE}.well-known/void"


class TermJson(TypedDict, total=False):
    """One used term: its IRI, shortened name, English label (may be missing), count, and the scheme of a concept."""

    iri: str
    name: str
    label: str
    count: int
    scheme: str


class TermsJson(TypedDict):
    """The answer of ``/void/terms.json``: each list has the most used term first."""

    version: str
    prefixes: dict[str, str]
    classes: list[TermJson]
    properties: list[TermJson]
    concepts: list[TermJson]


def void(published: Published) -> Document:
    """The statistics of every named graph and of the whole, with where to get them."""
    document = Document()
    about = published.catalogue
    document.about(
        DESCRIPTION,
        {
            "rdf:type": node("void:DatasetDescription"),
            "dcterms:title": english("What is in the graph"),
            "foaf:primaryTopic": node(WHOLE),
        },
    )
    graphs = [row for row in published.datasets if str(row["dataset"]).startswith(GRAPH)]
    document.about(
        WHOLE,
        {
            "dcterms:title": english(f"{about['title']}: the whole graph"),
            "dcterms:description": english(str(about["description"])),
            "dcterms:license": node(str(about["licence"])),
            "dcterms:publisher": node(str(about["publisher"])),
            "dcterms:modified": typed(published.publication.published, "dateTime"),
            "dcat:version": typed(published.version, "string"),
            "foaf:homepage": node(f"{published.url}/"),
            "void:uriSpace": typed(BASE, "string"),
            "void:sparqlEndpoint": node(f"{published.url}/sparql"),
            "void:rootResource": nodes(f"{published.url}/{name}" for name in ("collections", "feed")),
            "void:feature": nodes(item.iri for item in GRAPHS.values()),
            "void:subset": nodes(str(row["dataset"]) for row in graphs),
        },
    )
    for row in graphs:
        document.about(
            str(row["dataset"]),
            {
                "dcterms:title": english(str(row["title"])),
                "dcterms:description": english(str(row["description"])),
                "dcterms:license": node(str(row["licence"])),
            },
        )
    for file in published.files:
        if file.compressed:
            dataset = GRAPH + file.graph if file.graph else WHOLE
            document.about(dataset, {"void:dataDump": node(f"{published.url}/dumps/{published.version}/{file.path}")})
    document.add(published.statistics)
    return document


def terms(published: Published, curie: Callable[[str], str]) -> TermsJson:
    """The used classes, properties and concepts with labels and counts; ``curie`` shortens an IRI."""
    found: dict[str, list[TermJson]] = {"class": [], "property": [], "concept": []}
    for row in published.terms:
        found[str(row["kind"])].append(_term(row, curie))
    return TermsJson(
        version=published.version,
        prefixes=PREFIXES,
        classes=found["class"],
        properties=found["property"],
        concepts=found["concept"],
    )


def _term(row: Row, curie: Callable[[str], str]) -> TermJson:
    iri = str(row["term"])
    assert isinstance(row["count"], int)
    term = TermJson(iri=iri, name=curie(iri), count=row["count"])
    if row["label"]:
        term["label"] = str(row["label"])
    if row["scheme"]:
        term["scheme"] = str(row["scheme"])
    return term
