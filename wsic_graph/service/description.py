"""The SPARQL 1.1 Service Description of the endpoint, with its limits and the size of its graphs (VoID)."""

from __future__ import annotations

from starlette.datastructures import State

from wsic_graph.catalogue.rdf import Document, english, node, nodes, typed
from wsic_graph.formats import GRAPHS, RESULTS
from wsic_graph.namespaces import BASE, graph_iri
from wsic_graph.release.manifest import Manifest
from wsic_graph.service.links import curie
from wsic_graph.settings import Settings


def describe_service(state: State, format: str) -> bytes:
    """The description of the running service, in a format of ``formats.GRAPHS``."""
    return service_document(state.settings, state.manifest).serialize(format)


def service_document(settings: Settings, manifest: Manifest) -> Document:
    """The description; everything in it has an IRI."""
    endpoint = f"{settings.public_url}/sparql"
    service, dataset, default = (f"{endpoint}#{name}" for name in ("service", "dataset", "default-graph"))
    graphs = {name: f"{endpoint}#graph-{name}" for name in manifest.graphs}
    classes = {name: f"{endpoint}#class-{curie(name).replace(':', '-')}" for name in manifest.classes}
    triples = typed(manifest.triples, "integer")
    document = Document()
    document.about(
        service,
        {
            "rdf:type": node("sd:Service"),
            "dcterms:title": english("SPARQL endpoint of the integrated care knowledge graph"),
            "rdfs:comment": english(_limits(settings)),
            "sd:endpoint": node(endpoint),
            "sd:supportedLanguage": node("sd:SPARQL11Query"),
            "sd:feature": nodes(
                ["sd:UnionDefaultGraph", *(["sd:BasicFederatedQuery"] if settings.service_endpoints else [])]
            ),
            "sd:resultFormat": nodes(item.iri for item in (*RESULTS.values(), *GRAPHS.values())),
            "sd:defaultDataset": node(dataset),
            "sd:availableGraphs": node(dataset),
        },
    )
    document.about(
        dataset,
        {
            "rdf:type": nodes(["sd:Dataset", "sd:GraphCollection", "void:Dataset"]),
            "rdfs:seeAlso": node(f"{settings.public_url}/.well-known/void"),
            "void:sparqlEndpoint": node(endpoint),
            "void:uriSpace": typed(BASE, "string"),
            "dcterms:hasVersion": typed(manifest.version, "string"),
            "void:triples": triples,
            "sd:defaultGraph": node(default),
            "sd:namedGraph": nodes(graphs.values()),
            "void:classPartition": nodes(classes.values()),
        },
    )
    document.about(default, {"rdf:type": node("sd:Graph"), "void:triples": triples})
    for name, part in graphs.items():
        content = f"{graph_iri(name)}#graph"
        about = {"rdf:type": node("sd:NamedGraph"), "sd:name": node(graph_iri(name)), "sd:graph": node(content)}
        document.about(part, about)
        size = typed(manifest.graphs[name], "integer")
        document.about(content, {"rdf:type": node("sd:Graph"), "void:triples": size})
    for name, part in classes.items():
        document.about(part, {"void:class": node(name), "void:entities": typed(manifest.classes[name], "integer")})
    return document


def _limits(settings: Settings) -> str:
    return (
        f"Limits of a query: {settings.query_seconds:g} seconds, {settings.query_memory_mb:,} MB of memory, "
        f"{settings.query_rows:,} rows, {settings.query_bytes:,} bytes of answer, "
        f"{settings.query_length:,} characters, brackets nested {settings.query_depth} deep, "
        f"{settings.client_places} at once for one client. An answer that meets a limit after its first part "
        "was sent is broken off: the connection ends before the answer does."
    )
