"""The formats of answers and records: their names, media types and the words for them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A format: ``name`` is its file suffix and the value of ``?format=``."""

    name: str
    media_type: str
    label: str
    aliases: tuple[str, ...] = ()
    iri: str = ""

    @property
    def content_type(self) -> str:
        """The Content-Type to send: text has its character set."""
        plain = self.media_type.startswith("text/") or self.media_type.endswith("n-triples")
        return f"{self.media_type}; charset=utf-8" if plain else self.media_type

    @property
    def media_types(self) -> tuple[str, ...]:
        """Every media type that asks for this format, its own first."""
        return (self.media_type, *self.aliases)


_FORMATS = "http://www.w3.org/ns/formats/"

RESULTS = {
    item.name: item
    for item in (
        Format(
            "json",
            "application/sparql-results+json",
            "JSON",
            ("application/json",),
            f"{_FORMATS}SPARQL_Results_JSON",
        ),
        Format(
            "xml",
            "application/sparql-results+xml",
            "XML",
            ("application/xml", "text/xml"),
            f"{_FORMATS}SPARQL_Results_XML",
        ),
        Format("csv", "text/csv", "CSV", (), f"{_FORMATS}SPARQL_Results_CSV"),
        Format("tsv", "text/tab-separated-values", "TSV", (), f"{_FORMATS}SPARQL_Results_TSV"),
    )
}
"""What SELECT and ASK answer in; the first is the default."""

GRAPHS = {
    item.name: item
    for item in (
        Format("ttl", "text/turtle", "Turtle", ("application/x-turtle", "text/n3"), f"{_FORMATS}Turtle"),
        Format("nt", "application/n-triples", "N-Triples", ("text/plain",), f"{_FORMATS}N-Triples"),
        Format("jsonld", "application/ld+json", "JSON-LD", ("application/json",), f"{_FORMATS}JSON-LD"),
        Format("rdf", "application/rdf+xml", "RDF/XML", ("application/xml", "text/xml"), f"{_FORMATS}RDF_XML"),
        Format("trig", "application/trig", "TriG", (), f"{_FORMATS}TriG"),
        Format("nq", "application/n-quads", "N-Quads", (), f"{_FORMATS}N-Quads"),
    )
}
"""What CONSTRUCT, DESCRIBE and records come in; the first is the default."""

HTML = Format("html", "text/html", "page", ("application/xhtml+xml",))
"""A page for people."""
