"""What a remote engine says about the release it holds: a small named graph that ``wsic publish`` keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from wsic_graph.namespaces import PREFIXES, graph_iri

RECORD = graph_iri("published")
"""The graph, and in it the release, that the statements are about."""
_VERSION = ox.NamedNode(PREFIXES["dcterms"] + "hasVersion")
_CONTENT = ox.NamedNode(PREFIXES["dcterms"] + "identifier")
_UNFINISHED = "unfinished"


@dataclass(frozen=True)
class Published:
    """The record of a remote engine.

    ``version`` is empty while a release is being published, so that nothing
    half-done passes for a release. ``graphs`` has the hash of each named graph
    by its IRI; the hash is empty where the graph may be incomplete.
    """

    version: str = ""
    graphs: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, text: bytes, format: ox.RdfFormat) -> Published:
        """The record as a graph store gave it. Raises ``SyntaxError`` if it is not RDF."""
        version, graphs = "", {}
        for quad in ox.parse(text, format=format):
            if not isinstance(quad.subject, ox.NamedNode) or not isinstance(quad.object, ox.Literal):
                continue
            if quad.predicate == _VERSION:
                version = quad.object.value
            elif quad.predicate == _CONTENT:
                graphs[quad.subject.value] = quad.object.value.removeprefix(_UNFINISHED)
        return cls(version, graphs)

    def ntriples(self) -> bytes:
        """The record as N-Triples, one for each graph and one for the version."""
        triples = [
            ox.Triple(ox.NamedNode(iri), _CONTENT, ox.Literal(known or _UNFINISHED))
            for iri, known in sorted(self.graphs.items())
        ]
        if self.version:
            triples.append(ox.Triple(ox.NamedNode(RECORD), _VERSION, ox.Literal(self.version)))
        return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
