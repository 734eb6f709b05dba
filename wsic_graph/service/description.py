"""The SPARQL 1.1 Service Description of the endpoint, with its limits and the size of its graphs (VoID)."""

from __future__ import annotations

import pyoxigraph as ox
from rdflib import RDF, RDFS, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, VOID, XSD
from starlette.datastructures import State

from wsic_graph.engine.process import GRAPH_FORMATS
from wsic_graph.formats import GRAPHS, RESULTS
from wsic_graph.namespaces import BASE, graph_iri
from wsic_graph.release.manifest import Manifest
from wsic_graph.service.links import curie
from wsic_graph.settings import Settings

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")


def describe_service(state: State, format: str) -> bytes:
    """The description of the running service, in a format of ``formats.GRAPHS``."""
    graph = service_graph(state.settings, state.manifest)
    triples = ox.parse(graph.serialize(format="nt", encoding="utf-8"), format=ox.RdfFormat.N_TRIPLES)
    prefixes = {"sd": str(SD), "void": str(VOID), "dcterms": str(DCTERMS)}
    body = ox.serialize(triples, format=GRAPH_FORMATS[format], prefixes=prefixes)
    assert body is not None
    return body


def service_graph(settings: Settings, manifest: Manifest) -> Graph:
    """The description as a graph; everything in it has an IRI."""
    graph = Graph()
    endpoint = URIRef(f"{settings.public_url}/sparql")
    service, dataset, default = (URIRef(f"{endpoint}#{name}") for name in ("service", "dataset", "default-graph"))
    add = graph.add
    add((service, RDF.type, SD.Service))
    add((service, SD.endpoint, endpoint))
    add((service, DCTERMS.title, Literal("SPARQL endpoint of the integrated care knowledge graph", lang="en")))
    add((service, RDFS.comment, Literal(_limits(settings), lang="en")))
    add((service, SD.supportedLanguage, SD.SPARQL11Query))
    features = [SD.UnionDefaultGraph, *([SD.BasicFederatedQuery] if settings.service_endpoints else [])]
    for feature in features:
        add((service, SD.feature, feature))
    for item in (*RESULTS.values(), *GRAPHS.values()):
        add((service, SD.resultFormat, URIRef(item.iri)))
    add((service, SD.defaultDataset, dataset))
    add((service, SD.availableGraphs, dataset))
    add((dataset, RDF.type, SD.Dataset))
    add((dataset, RDF.type, SD.GraphCollection))
    add((dataset, RDF.type, VOID.Dataset))
    add((dataset, RDFS.seeAlso, URIRef(f"{settings.public_url}/.well-known/void")))
    add((dataset, VOID.sparqlEndpoint, endpoint))
    add((dataset, VOID.uriSpace, Literal(BASE)))
    add((dataset, DCTERMS.hasVersion, Literal(manifest.version)))
    add((dataset, VOID.triples, _count(manifest.triples)))
    add((dataset, SD.defaultGraph, default))
    add((default, RDF.type, SD.Graph))
    add((default, VOID.triples, _count(manifest.triples)))
    for name, triples in manifest.graphs.items():
        part, content = URIRef(f"{endpoint}#graph-{name}"), URIRef(f"{graph_iri(name)}#graph")
        add((dataset, SD.namedGraph, part))
        add((part, RDF.type, SD.NamedGraph))
        add((part, SD.name, URIRef(graph_iri(name))))
        add((part, SD.graph, content))
        add((content, RDF.type, SD.Graph))
        add((content, VOID.triples, _count(triples)))
    for name, entities in manifest.classes.items():
        part = URIRef(f"{endpoint}#class-{curie(name).replace(':', '-')}")
        add((dataset, VOID.classPartition, part))
        add((part, VOID["class"], URIRef(name)))
        add((part, VOID.entities, _count(entities)))
    return graph


def _count(value: int) -> Literal:
    return Literal(value, datatype=XSD.integer)


def _limits(settings: Settings) -> str:
    return (
        f"Limits of a query: {settings.query_seconds:g} seconds, {settings.query_memory_mb:,} MB of memory, "
        f"{settings.query_rows:,} rows, {settings.query_bytes:,} bytes of answer, "
        f"{settings.query_length:,} characters, brackets nested {settings.query_depth} deep, "
        f"{settings.client_places} at once for one client."
    )
