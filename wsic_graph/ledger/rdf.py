"""A record as the ledger keeps it: its statements as sorted N-Quads, the same bytes for the same statements."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from wsic_graph.namespaces import ID, graph_iri

GRAPHS: Mapping[str, str] = {
    "initiative": "initiatives",
    "value-case": "value-cases",
    "evidence": "evidence",
    "resource": "resources",
    "source": "sources",
    "organisation": "organisations",
}
"""The kinds of record that people may add or correct, and the named graph in which each stands."""
COMPANIONS = frozenset({"source", "organisation"})
"""The kinds of record that may come with another that points at them."""


def record_of(subject: str) -> str:
    """The IRI of the record to which ``subject`` belongs."""
    return subject.partition("#")[0]


def kind_of(record: str) -> str:
    """The kind of a record."""
    return record.removeprefix(ID).partition("/")[0]


def canonical(triples: Iterable[ox.Triple], graph: str) -> bytes:
    """``triples`` as the build writes them into the named graph ``graph`` (a short name): sorted N-Quads.

    They go through a store, which writes numbers in one spelling, as the build does.
    """
    name = ox.NamedNode(graph_iri(graph))
    store = ox.Store()
    store.extend(ox.Quad(triple.subject, triple.predicate, triple.object, name) for triple in triples)
    return "".join(sorted(f"{quad} .\n" for quad in store)).encode()


def triples_of(body: bytes) -> list[ox.Triple]:
    """The statements of a body of N-Quads."""
    return [quad.triple for quad in ox.parse(body, format=ox.RdfFormat.N_QUADS, lenient=True)]


def split(triples: Iterable[ox.Triple]) -> dict[str, bytes]:
    """Each record among ``triples`` in its canonical form. Every subject is an IRI of a kind in ``GRAPHS``."""
    found: dict[str, list[ox.Triple]] = {}
    for triple in triples:
        assert isinstance(triple.subject, ox.NamedNode)
        found.setdefault(record_of(triple.subject.value), []).append(triple)
    return {record: canonical(said, GRAPHS[kind_of(record)]) for record, said in sorted(found.items())}


def digest(body: bytes) -> bytes:
    """What a body is recognised by; that of no body is empty."""
    return hashlib.sha256(body).digest() if body else b""
