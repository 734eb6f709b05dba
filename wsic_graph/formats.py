"""The formats of answers and records: their names, media types and the words for them."""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox


@dataclass(frozen=True)
class Format:
    """A format: ``name`` is its file suffix and the value of ``?format=``.

    ``w3c_name`` is its local name at the W3C, ``synonyms`` are what else clients send as ``format``.
    """

    name: str
    media_type: str
    label: str
    aliases: tuple[str, ...] = ()
    w3c_name: str = ""
    synonyms: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        """The Content-Type to send: text has its character set."""
        plain = self.media_type.startswith("text/") or self.media_type.endswith("n-triples")
        return f"{self.media_type}; charset=utf-8" if plain else self.media_type

    @property
    def iri(self) -> str:
        """The IRI that the W3C gave the format."""
        return f"http://www.w3.org/ns/formats/{self.w3c_name}"

    @property
    def rdf(self) -> ox.RdfFormat:
        """The format as the engine's library knows it, for a format of graphs."""
        found = ox.RdfFormat.from_media_type(self.media_type)
        assert found is not None
        return found

    @property
    def media_types(self) -> tuple[str, ...]:
        """Every media type that asks for this format, its own first."""
        return (self.media_type, *self.aliases)


RESULTS = {
    item.name: item
    for item in (
        Format(
            "json",
            "application/sparql-results+json",
            "JSON",
            ("application/json",),
            "SPARQL_Results_JSON",
        ),
        Format(
            "xml",
            "application/sparql-results+xml",
            "XML",
            ("application/xml", "text/xml"),
            "SPARQL_Results_XML",
        ),
        Format("csv", "text/csv", "CSV", (), "SPARQL_Results_CSV"),
        Format("tsv", "text/tab-separated-values", "TSV", (), "SPARQL_Results_TSV"),
    )
}
"""What SELECT and ASK answer in; the first is the default."""

_XML = ("application/xml", "text/xml")

GRAPHS = {
    item.name: item
    for item in (
        Format("ttl", "text/turtle", "Turtle", ("application/x-turtle", "text/n3"), "Turtle", ("turtle", "n3")),
        Format("nt", "application/n-triples", "N-Triples", ("text/plain",), "N-Triples", ("ntriples", "n-triples")),
        Format("jsonld", "application/ld+json", "JSON-LD", ("application/json",), "JSON-LD", ("json-ld", "json")),
        Format("rdf", "application/rdf+xml", "RDF/XML", _XML, "RDF_XML", ("rdf+xml", "xml")),
        Format("trig", "application/trig", "TriG", (), "TriG"),
        Format("nq", "application/n-quads", "N-Quads", (), "N-Quads", ("nquads", "n-quads")),
    )
}
"""What CONSTRUCT, DESCRIBE and records come in; the first is the default."""

HTML = Format("html", "text/html", "page", ("application/xhtml+xml",))
"""A page for people."""
