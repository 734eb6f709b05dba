"""The change feed: every version of every record as a Linked Data Event Stream over TREE pages.

A member is one change. It says which record it is a version of, when it was
published, in which named graph it is, and whether it created, updated or deleted
the record; what the record then said stands in the named graph that has the name of the member. In a format
without named graphs the members come without their statements.

A page that is full never changes again, so its size must never change either.
"""

from __future__ import annotations

from bisect import bisect_left

import pyoxigraph as ox

from wsic_graph.catalogue.history import Event, History
from wsic_graph.catalogue.rdf import Document, english, node, typed
from wsic_graph.formats import GRAPHS
from wsic_graph.namespaces import BASE

SIZE = 250
"""Members on a full page. Never change it: clients keep full pages for ever."""
STREAM = f"{BASE}feed#stream"
FORMATS = tuple(GRAPHS[name] for name in ("trig", "nq", "jsonld", "ttl", "nt"))
"""Formats of the feed, the best first."""
_WITHOUT_STATEMENTS = frozenset({"ttl", "nt"})
_RELATIONS = {"from": "tree:GreaterThanOrEqualToRelation", "to": "tree:LessThanOrEqualToRelation"}
_TYPES = {"create": "as:Create", "update": "as:Update", "delete": "as:Delete"}


def page_count(history: History) -> int:
    """How many pages there are; the last of them may not be full."""
    head = history.head()
    return -(-head.last // SIZE) if head else 0


def is_full(history: History, number: int) -> bool:
    """Whether page ``number`` is full, so that it never changes again."""
    head = history.head()
    return head is not None and number * SIZE <= head.last


def describe_root(history: History, root: str, seconds: int) -> Document:
    """The entry of the feed at the address ``root``: what the stream is, and its pages with their times."""
    document = Document()
    document.about(
        STREAM,
        {
            "rdf:type": node("ldes:EventStream"),
            "dcterms:title": english("Changes of the records"),
            "tree:view": node(root),
            "ldes:timestampPath": node("prov:generatedAtTime"),
            "ldes:sequencePath": node("schema:position"),
            "ldes:versionOfPath": node("dcterms:isVersionOf"),
            "ldes:versionCreateObject": node("as:Create"),
            "ldes:versionUpdateObject": node("as:Update"),
            "ldes:versionDeleteObject": node("as:Delete"),
            "ldes:pollingInterval": typed(seconds, "integer"),
        },
    )
    document.about(root, {"rdf:type": node("tree:Node")})
    publications = history.publications()
    times = [publication.published for publication in publications]
    lasts = [publication.last for publication in publications]
    for number in range(1, page_count(history) + 1):
        first = times[bisect_left(lasts, (number - 1) * SIZE + 1)]
        _relation(document, root, number, "from", first)
        if is_full(history, number):
            _relation(document, root, number, "to", times[bisect_left(lasts, number * SIZE)])
    return document


def _relation(document: Document, root: str, number: int, end: str, time: str) -> None:
    name = f"{root}#page-{number}-{end}"
    document.about(root, {"tree:relation": node(name)})
    document.about(
        name,
        {
            "rdf:type": node(_RELATIONS[end]),
            "tree:path": node("prov:generatedAtTime"),
            "tree:value": typed(time, "dateTime"),
            "tree:node": node(f"{root}/{number}"),
        },
    )


def describe_page(history: History, root: str, number: int, format: str) -> Document:
    """Page ``number`` of the feed, its members in the order in which they happened."""
    document = Document()
    address = f"{root}/{number}"
    document.about(STREAM, {"rdf:type": node("ldes:EventStream")})
    document.about(
        address,
        {
            "rdf:type": node("tree:Node"),
            "dcterms:isPartOf": node(root),
            "ldes:immutable": typed("true", "boolean") if is_full(history, number) else None,
        },
    )
    for event in history.events((number - 1) * SIZE + 1, number * SIZE):
        _member(document, event, format not in _WITHOUT_STATEMENTS)
    return document


def _member(document: Document, event: Event, statements: bool) -> None:
    member = f"{BASE}feed/{-(-event.number // SIZE)}#{event.number}"
    document.about(STREAM, {"tree:member": node(member)})
    document.about(
        member,
        {
            "rdf:type": node(_TYPES[event.change]),
            "dcterms:isVersionOf": node(event.record),
            "dcterms:isPartOf": node(event.graph),
            "prov:generatedAtTime": typed(event.published, "dateTime"),
            "schema:position": typed(event.number, "integer"),
            "schema:version": typed(event.version, "string"),
        },
    )
    if statements and event.change != "delete":
        name = node(member)
        said = ox.parse(event.body, format=ox.RdfFormat.N_QUADS, lenient=True)
        document.add(ox.Quad(quad.subject, quad.predicate, quad.object, name) for quad in said)
