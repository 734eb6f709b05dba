"""What people said as RDF: Web Annotations, each a record of its own in the named graph of annotations.

The graph is described by a record that comes with the first of them, so that the catalogue names no empty data set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from wsic_graph.ledger.rdf import canonical
from wsic_graph.namespaces import ID, PREFIXES, graph_iri

KIND = "annotation"
GRAPH_NAME = "annotations"
DATA_SET = graph_iri(GRAPH_NAME)
_CATALOGUE = f"{ID}catalogue/wsic"
_LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_TITLE = "What people say"
_DESCRIPTION = (
    "Comments on records, places that did the same, and counts of answers on usefulness. An editor read each before "
    "it was published; what they say is theirs."
)
_Term = ox.NamedNode | ox.Literal


@dataclass(frozen=True)
class Counts:
    """Answers to "was this useful?" about one record; ``last`` is the ISO day of the last of them."""

    yes: int
    partly: int
    no: int
    last: str

    @property
    def all(self) -> int:
        """How many answered."""
        return self.yes + self.partly + self.no


def data_set() -> bytes:
    """The description of the named graph, as sorted N-Quads."""
    node = ox.NamedNode(DATA_SET)
    said: list[tuple[str, _Term]] = [
        ("rdf:type", _iri("dcat:Dataset")),
        ("dcterms:title", _text(_TITLE)),
        ("dcterms:description", _text(_DESCRIPTION)),
        ("dcterms:license", ox.NamedNode(_LICENCE)),
        ("dcterms:isPartOf", ox.NamedNode(_CATALOGUE)),
    ]
    return canonical([ox.Triple(node, _iri(name), value) for name, value in said], GRAPH_NAME)


def annotation_iri(name: str) -> str:
    """The IRI of the annotation called ``name``."""
    return f"{ID}{KIND}/{name}"


def usefulness_iri(record: str) -> str:
    """The IRI of the annotation that holds the counts of answers about ``record``."""
    return annotation_iri(f"usefulness-{record.removeprefix(ID).replace('/', '-')}")


def words(name: str, record: str, text: str, *, named: str, day: str, area: str = "") -> bytes:
    """A comment about ``record``; with the IRI of an ``area``, that the same was done there. As sorted N-Quads.

    ``named`` is the organisation, or empty; ``day`` the ISO day on which it was written.
    """
    body: list[tuple[str, _Term]] = [("rdf:value", _text(text))]
    if area:
        body += [("rdf:type", _iri("wsic:DoneElsewhere")), ("wsic:area", ox.NamedNode(area))]
    else:
        body.append(("rdf:type", _iri("oa:TextualBody")))
    title = "They did this too" if area else "A comment"
    return _annotation(name, record, "oa:commenting", title, body, named=named, day=day)


def usefulness(record: str, counts: Counts) -> bytes:
    """The counts of answers about ``record``, as sorted N-Quads."""
    body: list[tuple[str, _Term]] = [
        ("rdf:type", _iri("wsic:UsefulnessCount")),
        ("wsic:answeredYes", _whole(counts.yes)),
        ("wsic:answeredPartly", _whole(counts.partly)),
        ("wsic:answeredNo", _whole(counts.no)),
    ]
    name = usefulness_iri(record).rpartition("/")[2]
    title = "Answers to “was this useful?”"
    return _annotation(name, record, "oa:assessing", title, body, named="", day=counts.last)


def _annotation(
    name: str, record: str, motivation: str, title: str, body: list[tuple[str, _Term]], *, named: str, day: str
) -> bytes:
    node, part = ox.NamedNode(annotation_iri(name)), ox.NamedNode(f"{annotation_iri(name)}#body")

    def triples() -> Iterator[ox.Triple]:
        yield ox.Triple(node, _iri("rdf:type"), _iri("oa:Annotation"))
        yield ox.Triple(node, _iri("dcterms:title"), _text(title))
        yield ox.Triple(node, _iri("oa:motivatedBy"), _iri(motivation))
        yield ox.Triple(node, _iri("oa:hasTarget"), ox.NamedNode(record))
        yield ox.Triple(node, _iri("oa:hasBody"), part)
        yield ox.Triple(node, _iri("dcterms:created"), ox.Literal(day, datatype=_iri("xsd:date")))
        if named:
            yield ox.Triple(node, _iri("dc:creator"), ox.Literal(named))
        for field, value in body:
            yield ox.Triple(part, _iri(field), value)

    return canonical(triples(), GRAPH_NAME)


def _iri(name: str) -> ox.NamedNode:
    prefix, _, local = name.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)


def _text(text: str) -> ox.Literal:
    return ox.Literal(text, language="en")


def _whole(number: int) -> ox.Literal:
    return ox.Literal(str(number), datatype=_iri("xsd:integer"))
