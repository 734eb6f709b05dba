"""The catalogue of the graph in DCAT-AP 3.0.1."""

from __future__ import annotations

from collections.abc import Iterable

from wsic_graph.answers import Row
from wsic_graph.catalogue import authority
from wsic_graph.catalogue.dumps import DumpFile
from wsic_graph.catalogue.publication import Published
from wsic_graph.catalogue.rdf import Document, Term, english, node, nodes, typed
from wsic_graph.namespaces import BASE, GRAPH, ID

CATALOGUE = f"{BASE}catalogue"
WHOLE = f"{CATALOGUE}#all"
_CONTACT = f"{CATALOGUE}#contact"
_SPARQL = f"{CATALOGUE}#sparql"
_FEED = f"{CATALOGUE}#feed"
_COLLECTIONS = f"{CATALOGUE}#collections"
_KEYWORDS = ("integrated care", "health and social care", "England", "evidence", "linked data")
_STANDARDS = {
    "sparql": "https://www.w3.org/TR/sparql11-protocol/",
    "ldes": "https://w3id.org/ldes/specification",
    "hydra": "http://www.w3.org/ns/hydra/core",
    "csvw": "https://www.w3.org/TR/tabular-metadata/",
    "dcat-ap": "http://data.europa.eu/r5r/",
}
_SPATIAL = {
    "observations": authority.ENGLAND,
    "plan": authority.ENGLAND,
    "deflators": authority.UNITED_KINGDOM.iri,
    "unit-costs": authority.UNITED_KINGDOM.iri,
}
_GRAPH_OF = {f"{ID}dataset/area-statistics": "observations"}
"""Data sets that are not a named graph themselves, and the graph that holds their statements."""


def graph_name(dataset: str) -> str:
    """The short name of the named graph that holds the statements of a data set."""
    return _GRAPH_OF.get(dataset, dataset.removeprefix(GRAPH))


def catalogue(published: Published) -> Document:
    """The catalogue with its data sets, distributions and services."""
    document = Document()
    names = {str(row["dataset"]): str(row["dataset"]).rsplit("/", 1)[-1] for row in published.datasets}
    _catalogue(document, published, names)
    _whole(document, published, names)
    times = published.history.times_of_graphs()
    for row in published.datasets:
        _dataset(document, published, row, names[str(row["dataset"])], times)
    _services(document, published, [WHOLE, *names])
    _publisher(document, published)
    for url in _STANDARDS.values():
        document.about(url, {"rdf:type": node("dcterms:Standard")})
    for row in published.datasets:
        document.about(str(row["licence"]), {"rdf:type": node("dcterms:LicenseDocument")})
    document.about(str(published.catalogue["licence"]), {"rdf:type": node("dcterms:LicenseDocument")})
    authority.describe_common(document)
    return document


def _catalogue(document: Document, published: Published, names: Iterable[str]) -> None:
    about = published.catalogue
    homepage = f"{published.url}/"
    document.about(
        str(about["catalogue"]),
        {
            "rdf:type": node("dcat:Catalog"),
            "dcterms:title": english(str(about["title"])),
            "dcterms:description": english(str(about["description"])),
            "dcterms:publisher": node(str(about["publisher"])),
            "dcterms:license": node(str(about["licence"])),
            "dcterms:language": node(authority.ENGLISH.iri),
            "dcterms:issued": _time(published.history.publications()[0].published),
            "dcterms:modified": _time(published.publication.published),
            "dcterms:spatial": node(authority.UNITED_KINGDOM.iri),
            "dcterms:conformsTo": node(_STANDARDS["dcat-ap"]),
            "dcat:themeTaxonomy": node(authority.THEMES),
            "dcat:dataset": nodes([WHOLE, *names]),
            "dcat:service": nodes([_SPARQL, _COLLECTIONS]),
            "foaf:homepage": node(homepage),
            "hydra:collection": node(f"{published.url}/collections"),
        },
    )
    document.about(homepage, {"rdf:type": node("foaf:Document")})


def _whole(document: Document, published: Published, names: Iterable[str]) -> None:
    about = published.catalogue
    files = [file for file in published.files if not file.graph and file.compressed]
    distributions = [_file(document, published, file, WHOLE, about) for file in files]
    document.about(
        WHOLE,
        {
            "dcterms:title": english(f"{about['title']}: the whole graph"),
            "dcterms:description": english(f"Every named graph in one. {about['description']}"),
            "dcterms:hasPart": nodes(name for name in names if name.startswith(GRAPH)),
            "dcterms:issued": _time(published.history.publications()[0].published),
            "dcterms:modified": _time(published.publication.published),
            "dcterms:spatial": node(authority.UNITED_KINGDOM.iri),
            "dcat:distribution": [*distributions, _feed(document, published), _sparql_access(document, published)],
        },
    )
    _common(document, published, WHOLE)


def _dataset(document: Document, published: Published, row: Row, name: str, times: dict[str, tuple[str, str]]) -> None:
    dataset = str(row["dataset"])
    graph = graph_name(dataset)
    first, last = times.get(GRAPH + graph, ("", ""))
    files = [file for file in published.files if file.graph == graph]
    distributions = [_file(document, published, file, dataset, row) for file in files]
    period = f"{CATALOGUE}#{name}-period" if row["start"] else None
    kind = authority.TYPES.get(graph)
    document.about(
        dataset,
        {
            "dcterms:title": english(str(row["title"])),
            "dcterms:description": english(str(row["description"])),
            "dcterms:isPartOf": node(WHOLE) if dataset.startswith(GRAPH) else None,
            "dcterms:issued": _time(first) if first else None,
            "dcterms:modified": _time(last) if last else None,
            "dcterms:type": node(kind.iri) if kind else None,
            "dcterms:spatial": node(_SPATIAL[graph]) if graph in _SPATIAL else None,
            "dcterms:temporal": node(period) if period else None,
            "dcat:distribution": distributions,
        },
    )
    if period:
        document.about(
            period,
            {
                "rdf:type": node("dcterms:PeriodOfTime"),
                "dcat:startDate": typed(row["start"], "date"),
                "dcat:endDate": typed(row["end"], "date"),
            },
        )
    if kind:
        kind.describe(document)
    _common(document, published, dataset)


def _common(document: Document, published: Published, dataset: str) -> None:
    document.about(
        dataset,
        {
            "rdf:type": node("dcat:Dataset"),
            "dcterms:identifier": typed(dataset, "anyURI"),
            "dcterms:publisher": node(str(published.catalogue["publisher"])),
            "dcterms:language": node(authority.ENGLISH.iri),
            "dcterms:accessRights": node(authority.PUBLIC.iri),
            "dcterms:accrualPeriodicity": node(authority.IRREGULAR.iri),
            "dcat:contactPoint": node(_CONTACT),
            "dcat:keyword": [english(word) for word in _KEYWORDS],
            "dcat:theme": nodes([authority.HEALTH.iri, authority.SOCIETY.iri]),
            "dcat:version": typed(published.version, "string"),
            "dcat:landingPage": node(f"{published.url}/catalogue"),
        },
    )
    document.about(f"{published.url}/catalogue", {"rdf:type": node("foaf:Document")})


def _file(document: Document, published: Published, file: DumpFile, dataset: str, about: Row) -> Term:
    name = f"{CATALOGUE}#{dataset.replace('#', '/').rsplit('/', 1)[-1]}/{file.path}"
    address = node(f"{published.url}/dumps/{published.version}/{file.path}")
    file_type = authority.FILE_TYPES[file.media_type]
    file_type.describe(document)
    document.about(
        name,
        {
            "rdf:type": node("dcat:Distribution"),
            "dcterms:title": english(file.title or file.path),
            "dcterms:description": english(f"{about['title']} as {file_type.label}."),
            "dcterms:license": node(str(about["licence"])),
            "dcterms:format": node(file_type.iri),
            "dcterms:language": node(authority.ENGLISH.iri),
            "dcterms:issued": _time(published.publication.published),
            "dcterms:modified": _time(published.publication.published),
            "dcterms:conformsTo": node(_STANDARDS["csvw"]) if file.media_type in _TABULAR else None,
            "dcat:accessURL": address,
            "dcat:downloadURL": address,
            "dcat:byteSize": typed(file.size, "nonNegativeInteger"),
            "dcat:mediaType": node(authority.media_type(file.media_type, document)),
            "dcat:compressFormat": node(authority.media_type("application/gzip", document))
            if file.compressed
            else None,
            "dcatap:availability": node(authority.STABLE.iri),
            "spdx:checksum": node(f"{name}-checksum"),
        },
    )
    document.about(
        f"{name}-checksum",
        {
            "rdf:type": node("spdx:Checksum"),
            "spdx:algorithm": node("spdx:checksumAlgorithm_sha256"),
            "spdx:checksumValue": typed(file.sha256, "hexBinary"),
        },
    )
    return node(name)


_TABULAR = frozenset({"text/csv", "application/csvm+json"})


def _feed(document: Document, published: Published) -> Term:
    file_type = authority.FILE_TYPES["application/trig"]
    file_type.describe(document)
    document.about(
        _FEED,
        {
            "rdf:type": node("dcat:Distribution"),
            "dcterms:title": english("Changes of the records"),
            "dcterms:description": english("A Linked Data Event Stream of every version of every record."),
            "dcterms:license": node(str(published.catalogue["licence"])),
            "dcterms:format": node(file_type.iri),
            "dcterms:modified": _time(published.publication.published),
            "dcterms:conformsTo": node(_STANDARDS["ldes"]),
            "dcat:accessURL": node(f"{published.url}/feed"),
            "dcat:mediaType": node(authority.media_type("application/trig", document)),
            "dcatap:availability": node(authority.STABLE.iri),
        },
    )
    return node(_FEED)


def _sparql_access(document: Document, published: Published) -> Term:
    name = f"{_SPARQL}-access"
    document.about(
        name,
        {
            "rdf:type": node("dcat:Distribution"),
            "dcterms:title": english("The graph by query"),
            "dcterms:description": english("Any part of the graph, by SPARQL or by following links."),
            "dcterms:license": node(str(published.catalogue["licence"])),
            "dcat:accessURL": node(f"{published.url}/sparql"),
            "dcat:accessService": nodes([_SPARQL, _COLLECTIONS]),
            "dcatap:availability": node(authority.STABLE.iri),
        },
    )
    return node(name)


def _services(document: Document, published: Published, datasets: Iterable[str]) -> None:
    datasets = list(datasets)
    for name, title, path, standard in (
        (_SPARQL, "SPARQL endpoint", "/sparql", "sparql"),
        (_COLLECTIONS, "Collections of records", "/collections", "hydra"),
    ):
        document.about(published.url + path, {"rdf:type": node("rdfs:Resource")})
        document.about(
            name,
            {
                "rdf:type": node("dcat:DataService"),
                "dcterms:title": english(title),
                "dcterms:publisher": node(str(published.catalogue["publisher"])),
                "dcterms:license": node(str(published.catalogue["licence"])),
                "dcterms:accessRights": node(authority.PUBLIC.iri),
                "dcterms:conformsTo": node(_STANDARDS[standard]),
                "dcat:contactPoint": node(_CONTACT),
                "dcat:endpointURL": node(published.url + path),
                "dcat:endpointDescription": node(published.url + path),
                "dcat:servesDataset": nodes(datasets),
                "dcat:theme": nodes([authority.HEALTH.iri, authority.SOCIETY.iri]),
            },
        )


def _publisher(document: Document, published: Published) -> None:
    name = str(published.catalogue["publisherName"])
    document.about(
        str(published.catalogue["publisher"]),
        {"rdf:type": nodes(["foaf:Agent", "org:Organization"]), "foaf:name": english(name)},
    )
    document.about(
        _CONTACT,
        {
            "rdf:type": nodes(["vcard:Kind", "vcard:Organization"]),
            "vcard:fn": english(name),
            "vcard:hasURL": node(f"{published.url}/"),
        },
    )


def _time(text: str) -> Term:
    return typed(text, "dateTime")
