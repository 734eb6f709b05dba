"""Documents: what a profile says of a record, in every format."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import pyoxigraph as ox

from wsic_graph.cells import written
from wsic_graph.engine import Door
from wsic_graph.formats import GRAPHS, RESULTS, Format
from wsic_graph.namespaces import PREFIXES
from wsic_graph.queries import get_query
from wsic_graph.records.profiles import RECORD, Profile, kind_of
from wsic_graph.records.tree import CONTEXT_IRI, linked_data, plain
from wsic_graph.release.turtle import natural_key, short_name, write_turtle

DOCUMENTS = {
    item.name: item
    for item in (
        GRAPHS["ttl"],
        replace(GRAPHS["jsonld"], aliases=()),
        GRAPHS["nt"],
        GRAPHS["rdf"],
        Format("json", "application/json", "JSON"),
        RESULTS["csv"],
    )
}
"""The formats of a document by file suffix; the first is the default."""

COLUMNS = ("record", "part", "property", "value", "datatype", "language")
"""The columns of the CSV format, described in :func:`write_document`."""


def statements(door: Door, iri: str, profile: Profile = RECORD) -> list[ox.Triple]:
    """What ``profile`` says of the record ``iri``: each statement once, in a fixed order."""
    found: set[ox.Triple] = set()
    for name in profile.queries(kind_of(iri)):
        query = get_query(name)
        answer = door.run(query.text, query.bind({"record": iri}), "nt")
        found.update(quad.triple for quad in ox.parse(answer, format=ox.RdfFormat.N_TRIPLES, lenient=True))
    return sorted(found, key=_order)


_name_key = lru_cache(1 << 13)(natural_key)
"""The key of an IRI, which comes again in many records."""


def _order(triple: ox.Triple) -> tuple[list[tuple[int, str | int]], ...]:
    """The record before its parts, and those in their natural order."""
    assert isinstance(triple.subject, ox.NamedNode)
    return (
        _name_key(triple.subject.value),
        _name_key(triple.predicate.value),
        natural_key(str(triple.object)),
    )


def write_document(triples: list[ox.Triple], iri: str, profile: Profile, form: str) -> bytes:
    """The statements of :func:`statements` as a document in the format ``form``, a key of ``DOCUMENTS``.

    ``ttl`` of the record profile is the file as it is kept. ``jsonld`` is compact against the
    published context, which it names, and has each part inside the record. ``json`` is the same
    tree for programs that want no RDF: no context, names as in the ontology, numbers as numbers
    and texts as texts. ``csv`` has a row for each statement: the record (an IRI), its part (empty
    for the record itself), the property (a CURIE), the value, its datatype (a CURIE; ``iri`` for
    a link) and its language.
    """
    if form == "ttl":
        return write_turtle(triples, iri if profile == RECORD else "").encode()
    if form == "csv":
        return _table(triples).encode()
    if form == "jsonld":
        return _json({"@context": CONTEXT_IRI, **linked_data(triples, iri)})
    if form == "json":
        return _json(plain(linked_data(triples, iri)))
    prefixes = _used_prefixes(triples) if form == "rdf" else None
    body = ox.serialize(triples, format=GRAPHS[form].rdf, prefixes=prefixes)
    assert body is not None
    return body


def _json(tree: object) -> bytes:
    return (json.dumps(tree, ensure_ascii=False, indent=2) + "\n").encode()


def _used_prefixes(triples: Iterable[ox.Triple]) -> dict[str, str]:
    """The prefixes that RDF/XML needs: those of properties."""
    names = {short_name(triple.predicate.value).partition(":")[0] for triple in triples}
    return {prefix: namespace for prefix, namespace in PREFIXES.items() if prefix in names}


def _table(triples: Iterable[ox.Triple]) -> str:
    lines: list[tuple[str, ...]] = [COLUMNS]
    for triple in triples:
        assert isinstance(triple.subject, ox.NamedNode)
        record, _, part = triple.subject.value.partition("#")
        lines.append((record, part, short_name(triple.predicate.value), *_cells(triple.object)))
    return written(lines)


def _cells(term: object) -> tuple[str, str, str]:
    if isinstance(term, ox.Literal):
        return term.value, short_name(term.datatype.value), term.language or ""
    assert isinstance(term, ox.NamedNode)
    return term.value, "iri", ""
