"""The Graph Store Protocol, read-only: every named graph is what the release says it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from tests.site_fixtures import serve
from wsic_graph.formats import GRAPHS
from wsic_graph.namespaces import GRAPH, graph_iri
from wsic_graph.release.manifest import DATASET, read_manifest
from wsic_graph.settings import Settings


@pytest.fixture(scope="module")
def client(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with serve(release, Settings(data_dir=tmp_path_factory.mktemp("data"))) as opened:
        yield opened


def triples(answer: httpx.Response, form: str) -> set[ox.Triple]:
    assert answer.status_code == 200, answer.text[:300]
    assert answer.headers["content-type"] == GRAPHS[form].content_type
    formats = {"ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "jsonld": ox.RdfFormat.JSON_LD}
    return {quad.triple for quad in ox.parse(answer.content, format=formats[form])}


@pytest.mark.parametrize("form", ["ttl", "nt", "jsonld"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_graph_by_both_of_its_addresses(client: httpx.Client, release: Path, form: str, encoding: str) -> None:
    ending = f" <{GRAPH}effects> ."
    text = (release / DATASET).read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if line.endswith(ending))
    expected = {quad.triple for quad in ox.parse("\n".join(lines), format=ox.RdfFormat.N_QUADS)}
    headers = {"Accept": GRAPHS[form].media_type, "Accept-Encoding": encoding}
    direct = client.get("/graph/effects", headers=headers)
    assert triples(direct, form) == expected
    assert direct.headers.get("content-encoding", "identity") == encoding
    assert triples(client.get("/graphs", params={"graph": f"{GRAPH}effects"}, headers=headers), form) == expected


def test_every_graph_of_the_manifest_is_there(client: httpx.Client, release: Path) -> None:
    for name, count in read_manifest(release).graphs.items():
        answer = client.get("/graphs", params={"graph": graph_iri(name)}, headers={"Accept": "application/n-triples"})
        assert len(answer.content.splitlines()) == count, name


def test_the_default_graph_is_the_union(client: httpx.Client, release: Path) -> None:
    answer = client.get("/graphs?default", headers={"Accept": "application/n-triples"})
    assert len(answer.content.splitlines()) == read_manifest(release).triples


def test_what_is_not_there_is_said(client: httpx.Client) -> None:
    assert "effects" in client.get("/graph/nothing", headers={"Accept": "application/json"}).json()["detail"]
    assert client.get("/graphs", params={"graph": "urn:x"}).status_code == 404
    assert client.get("/graphs").status_code == 400
    assert client.get("/graphs?default&graph=urn:x").status_code == 400
    assert client.get("/graph/effects", headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/graph/effects", "/graphs?default"])
def test_nobody_writes(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, path, content=b"<a:a> <a:b> <a:c> .", headers={"Content-Type": "text/turtle"})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_head_and_304(client: httpx.Client) -> None:
    head = client.head("/graph/effects")
    assert head.status_code == 200 and not head.content
    again = client.get("/graph/effects", headers={"If-None-Match": head.headers["etag"]})
    assert again.status_code == 304
