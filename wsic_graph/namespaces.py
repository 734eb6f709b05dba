"""Every namespace the project writes or reads, in one place.

``PREFIXES`` is what Turtle files, queries and the documentation use; each
concept scheme has a prefix of its own so that files read like sentences
(``wsic:outcome outcome:emergency-admissions``).
"""

from __future__ import annotations

from typing import Final

BASE: Final = "https://w3id.org/wsic/"
ID: Final = f"{BASE}id/"
SCHEME: Final = f"{BASE}scheme/"
GRAPH: Final = f"{BASE}graph/"
GUIDE: Final = f"{BASE}guide/"
QUERIES: Final = f"{BASE}queries/"
ONTOLOGY: Final = f"{BASE}ontology#"
SHAPES: Final = f"{BASE}shapes#"

SCHEMES: Final = (
    "age-band",
    "area-type",
    "basis",
    "benefit-type",
    "care-group",
    "contribution-status",
    "cost-basis",
    "cost-kind",
    "deflator-measure",
    "deflator-status",
    "direction",
    "effect-size",
    "enabler",
    "evidence-category",
    "evidence-level",
    "evidence-scope",
    "finding-kind",
    "good-direction",
    "indicator",
    "initiative-status",
    "intervention",
    "journey-stage",
    "lesson-theme",
    "link-kind",
    "measure",
    "outcome",
    "period",
    "plan-part",
    "prefill-level",
    "programme",
    "resource-element",
    "resource-type",
    "result-kind",
    "saving-status",
    "sector",
    "setting",
    "share-basis",
    "study-design",
    "unit",
    "value-case-kind",
)
"""The SKOS schemes, which are also Turtle prefixes and file names in ``ontology/schemes``."""

KINDS: Final = (
    "annotation",
    "area",
    "benefit",
    "contribution",
    "effect",
    "evidence",
    "initiative",
    "objective",
    "organisation",
    "plan-section",
    "question",
    "relation",
    "resource",
    "run",
    "source",
    "value-case",
)
"""Kinds of record that other records point at often enough to deserve a prefix."""

PREFIXES: Final[dict[str, str]] = {
    "bibo": "http://purl.org/ontology/bibo/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "qb": "http://purl.org/linked-data/cube#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "scheme": SCHEME,
    "sdmx-attribute": "http://purl.org/linked-data/sdmx/2009/attribute#",
    "sdmx-dimension": "http://purl.org/linked-data/sdmx/2009/dimension#",
    "sdmx-measure": "http://purl.org/linked-data/sdmx/2009/measure#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "wsic": ONTOLOGY,
    "wsh": SHAPES,
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    **{name: f"{SCHEME}{name}/" for name in SCHEMES},
    **{kind: f"{ID}{kind}/" for kind in KINDS},
}

HARVEST_PREFIXES: Final[dict[str, str]] = {
    "adms": "http://www.w3.org/ns/adms#",
    "as": "https://www.w3.org/ns/activitystreams#",
    "dcatap": "http://data.europa.eu/r5r/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "ldes": "https://w3id.org/ldes#",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "spdx": "http://spdx.org/rdf/terms#",
    "tree": "https://w3id.org/tree#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
}
"""What only the documents of the service are written with (catalogue, feed, description); the graph uses none of it."""


def graph_iri(name: str) -> str:
    """The IRI of the named graph called ``name`` (for example ``initiatives``)."""
    return f"{GRAPH}{name}"
