"""The controlled values that DCAT-AP asks for, as the EU Publications Office, IANA and SPDX name them.

Each value is described where it is used (label, scheme, class), so that the
catalogue can be checked without fetching anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from wsic_graph.catalogue.rdf import Document, english, node, nodes

_EU = "http://publications.europa.eu/resource/authority/"
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
THEMES = f"{_EU}data-theme"


@dataclass(frozen=True)
class Value:
    """A value of a controlled list of the EU: its list, code, English label and the class DCAT-AP expects."""

    scheme: str
    code: str
    label: str
    rdf_class: str = "skos:Concept"

    @property
    def iri(self) -> str:
        """Its IRI."""
        return f"{_EU}{self.scheme}/{self.code}"

    def describe(self, document: Document) -> None:
        """Say in ``document`` what the value is."""
        document.about(
            self.iri,
            {
                "rdf:type": nodes({"skos:Concept": None, self.rdf_class: None}),
                "skos:prefLabel": english(self.label),
                "skos:inScheme": node(f"{_EU}{self.scheme}"),
            },
        )


ENGLISH = Value("language", "ENG", "English", "dcterms:LinguisticSystem")
PUBLIC = Value("access-right", "PUBLIC", "public", "dcterms:RightsStatement")
IRREGULAR = Value("frequency", "IRREG", "irregular", "dcterms:Frequency")
UNITED_KINGDOM = Value("country", "GBR", "United Kingdom", "dcterms:Location")
HEALTH = Value("data-theme", "HEAL", "Health")
SOCIETY = Value("data-theme", "SOCI", "Population and society")
STABLE = Value("planned-availability", "STABLE", "stable")
TYPES = {
    "ontology": Value("dataset-type", "ONTOLOGY", "Ontology"),
    "schemes": Value("dataset-type", "TAXONOMY", "Taxonomy"),
    "shapes": Value("dataset-type", "SCHEMA", "Schema"),
    "observations": Value("dataset-type", "STATISTICAL", "Statistical data"),
}
"""The type of a data set by the short name of its graph, where the list of the EU has one that fits."""
_FILE = "dcterms:MediaTypeOrExtent"
FILE_TYPES = {
    "application/n-quads": Value("file-type", "RDF_N_QUADS", "RDF N-Quads", _FILE),
    "application/n-triples": Value("file-type", "RDF_N_TRIPLES", "RDF N-Triples", _FILE),
    "text/turtle": Value("file-type", "RDF_TURTLE", "RDF Turtle", _FILE),
    "application/trig": Value("file-type", "RDF_TRIG", "RDF TriG", _FILE),
    "application/ld+json": Value("file-type", "JSON_LD", "JSON-LD", _FILE),
    "application/csvm+json": Value("file-type", "JSON", "JSON", _FILE),
    "text/csv": Value("file-type", "CSV", "CSV", _FILE),
}
"""The file type by media type."""
ENGLAND = "https://sws.geonames.org/6269131/"


def media_type(name: str, document: Document) -> str:
    """The IRI of an IANA media type, described in ``document``."""
    iri = _MEDIA_TYPES + name
    document.about(iri, {"rdf:type": node("dcterms:MediaType")})
    return iri


def describe_common(document: Document) -> None:
    """Say what the values are that every data set of the catalogue shares."""
    for value in (ENGLISH, PUBLIC, IRREGULAR, UNITED_KINGDOM, HEALTH, SOCIETY, STABLE):
        value.describe(document)
    document.about(
        THEMES,
        {"rdf:type": node("skos:ConceptScheme"), "dcterms:title": english("Data themes of the European Union")},
    )
    document.about(ENGLAND, {"rdf:type": node("dcterms:Location"), "skos:prefLabel": english("England")})
    document.about("spdx:checksumAlgorithm_sha256", {"rdf:type": node("spdx:ChecksumAlgorithm")})
