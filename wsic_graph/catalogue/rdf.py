"""Small RDF documents of the service: written as tables of properties, serialised in any format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyoxigraph as ox

from wsic_graph.formats import GRAPHS
from wsic_graph.namespaces import HARVEST_PREFIXES, PREFIXES

Term = ox.NamedNode | ox.Literal
Properties = Mapping[str, Term | Sequence[Term] | None]

_KNOWN = PREFIXES | HARVEST_PREFIXES
_XSD = PREFIXES["xsd"]
_WITH_GRAPHS = frozenset({"jsonld", "trig", "nq"})


def node(name: str) -> ox.NamedNode:
    """The IRI ``name``, which may be shortened with a known prefix (``dcat:Dataset``)."""
    prefix, _, local = name.partition(":")
    return ox.NamedNode(_KNOWN[prefix] + local if prefix in _KNOWN and not local.startswith("//") else name)


def nodes(names: Iterable[str]) -> list[ox.NamedNode]:
    """Several IRIs, as :func:`node` reads them."""
    return [node(name) for name in names]


def english(text: str) -> ox.Literal:
    """``text`` as English."""
    return ox.Literal(text, language="en")


def typed(value: object, datatype: str) -> ox.Literal:
    """``value`` with an XML Schema datatype, for example ``dateTime``."""
    return ox.Literal(str(value), datatype=ox.NamedNode(_XSD + datatype))


class Document:
    """A set of triples in the order in which they were said."""

    def __init__(self) -> None:
        self._quads: dict[ox.Quad, None] = {}
        self._bodies: list[bytes] = []

    def about(self, subject: str, properties: Properties) -> None:
        """Say ``properties`` (CURIE to a term, several, or None for nothing) of ``subject``."""
        for name, value in properties.items():
            if value is None:
                continue
            for term in [value] if isinstance(value, ox.NamedNode | ox.Literal) else value:
                self._quads[ox.Quad(node(subject), node(name), term)] = None

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """Take in ``quads`` as they are."""
        self._quads.update(dict.fromkeys(quads))

    def embed(self, bodies: Iterable[bytes]) -> None:
        """Take in records in their canonical form, N-Quads, which follow what was said otherwise."""
        self._bodies += bodies

    def serialize(self, format: str) -> bytes:
        """The document as ``ttl``, ``nt``, ``jsonld``, ``rdf``, ``trig`` or ``nq``.

        A format without named graphs gets the triples of all graphs.
        """
        quads = self._by_subject()
        bodies = b"".join(self._bodies)
        if format == "nq":
            return _write(quads, format, {}) + bodies
        quads += ox.parse(bodies, format=ox.RdfFormat.N_QUADS, lenient=True)
        return _write(quads, format, _prefixes(quads))

    def _by_subject(self) -> list[ox.Quad]:
        """The statements with those of a subject together, the subjects in the order in which they came up."""
        places: dict[object, int] = {}
        for quad in self._quads:
            places.setdefault((quad.graph_name, quad.subject), len(places))
        return sorted(self._quads, key=lambda quad: places[quad.graph_name, quad.subject])


def _write(quads: Iterable[ox.Quad], format: str, prefixes: dict[str, str]) -> bytes:
    if format in _WITH_GRAPHS:
        written = ox.serialize(quads, format=GRAPHS[format].rdf, prefixes=prefixes)
    else:
        triples = dict.fromkeys(quad.triple for quad in quads)
        written = ox.serialize(triples, format=GRAPHS[format].rdf, prefixes=prefixes)
    assert written is not None
    return written


def _prefixes(quads: Iterable[ox.Quad]) -> dict[str, str]:
    """The prefixes that ``quads`` use; sixty others would only hide what they say."""
    used: set[str] = set()
    for quad in quads:
        for term in (quad.subject, quad.predicate, quad.object):
            if isinstance(term, ox.NamedNode):
                used.add(term.value[: max(term.value.rfind("#"), term.value.rfind("/")) + 1])
            elif isinstance(term, ox.Literal):
                used.add(_XSD)
    return {name: namespace for name, namespace in _KNOWN.items() if namespace in used}
