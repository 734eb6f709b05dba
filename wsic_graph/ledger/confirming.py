"""Confirming that a record is still current: a revision that changes nothing but the day of confirmation."""

from __future__ import annotations

import pyoxigraph as ox

from wsic_graph.ledger.rdf import GRAPHS, canonical, kind_of, triples_of
from wsic_graph.namespaces import PREFIXES

VALID = PREFIXES["dcterms"] + "valid"
"""The property whose value is the day on which the record was confirmed."""


def confirmed(record: str, body: bytes, day: str) -> bytes:
    """What ``record`` says once it is confirmed as still current on the ISO ``day``; ``body`` is what it says now."""
    kept = [triple for triple in triples_of(body) if not _confirms(record, triple)]
    kept.append(
        ox.Triple(
            ox.NamedNode(record),
            ox.NamedNode(VALID),
            ox.Literal(day, datatype=ox.NamedNode(PREFIXES["xsd"] + "date")),
        )
    )
    return canonical(kept, GRAPHS[kind_of(record)])


def only_confirms(record: str, before: bytes, after: bytes) -> bool:
    """Whether ``after`` differs from ``before`` in the day of confirmation alone."""
    old, new = (set(triples_of(body)) for body in (before, after))
    return old != new and all(_confirms(record, triple) for triple in old ^ new)


def _confirms(record: str, triple: ox.Triple) -> bool:
    own = isinstance(triple.subject, ox.NamedNode) and triple.subject.value == record
    return own and triple.predicate.value == VALID
