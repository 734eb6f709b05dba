"""The W3C test suites, run over HTTP when a copy of w3c/rdf-tests is at hand.

Set ``WSIC_TEST_RDF_TESTS`` to a checkout of it. What they ask of a read-only
endpoint is also tested, without them, in ``test_protocol.py``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from rdflib import RDF, Graph, Namespace, Node, URIRef
from rdflib.collection import Collection

from tests.site_fixtures import serve
from wsic_graph.release.manifest import DATASET, MANIFEST
from wsic_graph.settings import Settings

SUITE = Path(os.environ.get("WSIC_TEST_RDF_TESTS", "no-copy-of-w3c-rdf-tests")) / "sparql" / "sparql11"
pytestmark = pytest.mark.skipif(
    not SUITE.is_dir(), reason="no copy of w3c/rdf-tests; set WSIC_TEST_RDF_TESTS to run the W3C suites"
)
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
DATA = "http://kasei.us/2009/09/sparql/data/data{}.rdf"


def manifest(name: str) -> Graph:
    graph = Graph()
    path = SUITE / name / "manifest.ttl"
    if path.is_file():
        graph.parse(path, publicID=f"https://example.org/{name}/")
    return graph


PROTOCOL = manifest("protocol")
TESTS = sorted(PROTOCOL.subjects(RDF.type, MF.ProtocolTest), key=str)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    release = tmp_path_factory.mktemp("w3c")
    quads = ox.Dataset()
    for number in (1, 2, 3):
        text = (SUITE / "protocol" / f"data{number}.nt").read_text(encoding="utf-8")
        for triple in ox.parse(text, format=ox.RdfFormat.N_TRIPLES):
            quads.add(ox.Quad(triple.subject, triple.predicate, triple.object, ox.NamedNode(DATA.format(number))))
    ox.serialize(quads, release / DATASET, format=ox.RdfFormat.N_QUADS)
    about = {"version": "w3c", "triples": len(quads), "graphs": {"data1": 1}, "classes": {}}
    (release / MANIFEST).write_text(json.dumps(about), encoding="utf-8")
    with serve(release, Settings(data_dir=release)) as opened:
        yield opened


def one(subject: Node, predicate: URIRef) -> Node:
    found = PROTOCOL.value(subject, predicate)
    assert found is not None
    return found


def ask(client: httpx.Client, request: Node) -> httpx.Response:
    """Send one ``ht:Request`` of the suite; its paths start with ``/sparql/``, as ours may."""
    headers = {}
    if (listed := PROTOCOL.value(request, HT.headers)) is not None:
        for item in Collection(PROTOCOL, listed):
            headers[str(one(item, HT.fieldName))] = str(one(item, HT.fieldValue))
    content = None
    if (body := PROTOCOL.value(request, HT.body)) is not None:
        content = str(one(body, CNT.chars)).encode(str(one(body, CNT.characterEncoding)))
    return client.request(
        str(one(request, HT.methodName)), str(one(request, HT.absolutePath)), content=content, headers=headers
    )


@pytest.mark.parametrize("test", TESTS, ids=lambda test: str(test).rpartition("#")[2])
def test_protocol(client: httpx.Client, test: Node) -> None:
    name = str(test).rpartition("#")[2]
    (first, *rest) = Collection(PROTOCOL, one(one(test, MF.action), HT.requests))
    answer = ask(client, first)
    if name.startswith("update_"):
        assert 400 <= answer.status_code < 500, "an update is refused in words"
        assert "graph is not changed" in answer.text
        return
    assert not rest
    expected = one(first, HT.resp)
    classes = {str(status).rpartition("StatusCode")[2][0] for status in PROTOCOL.objects(expected, MF.expectedStatus)}
    assert str(answer.status_code)[0] in classes, answer.text
    kind = answer.headers["content-type"].partition(";")[0]
    if (truth := PROTOCOL.value(expected, MF.expectedBoolean)) is not None:
        assert answer.json()["boolean"] is truth.toPython()  # type: ignore[attr-defined]
    match str(PROTOCOL.value(expected, MF.expectedFormat) or ""):
        case "boolean" | "tabular":
            assert kind in ("application/sparql-results+json", "application/sparql-results+xml", "text/csv")
        case "RDF":
            assert kind in ("text/turtle", "application/rdf+xml", "application/n-triples")


def test_the_suite_has_the_protocol_tests() -> None:
    assert len(TESTS) == 34


def test_service_description(client: httpx.Client) -> None:
    """The three tests of the suite: RDF is returned, names this endpoint, and follows the schema."""
    answer = client.get("/sparql", headers={"Accept": "application/rdf+xml"})
    assert answer.headers["content-type"].startswith("application/rdf+xml")
    graph = Graph().parse(data=answer.content, format="xml")
    (service,) = graph.subjects(RDF.type, SD.Service)
    (endpoint,) = graph.objects(service, SD.endpoint)
    assert str(endpoint).endswith("/sparql")
    properties = {
        SD.feature: SD.Feature,
        SD.resultFormat: None,
        SD.supportedLanguage: SD.Language,
        SD.defaultDataset: SD.Dataset,
    }
    assert all(list(graph.objects(service, name)) for name in properties)
    for dataset in graph.objects(service, SD.defaultDataset):
        assert (dataset, RDF.type, SD.Dataset) in graph
        for default in graph.objects(dataset, SD.defaultGraph):
            assert (default, RDF.type, SD.Graph) in graph
        for named in graph.objects(dataset, SD.namedGraph):
            assert (named, RDF.type, SD.NamedGraph) in graph
            assert isinstance(graph.value(named, SD.name), URIRef)
            assert (graph.value(named, SD.graph), RDF.type, SD.Graph) in graph
