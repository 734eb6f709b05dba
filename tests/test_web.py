"""What every answer has in common: validators, Vary, methods, slashes, and bounds on what a client sends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.site_fixtures import serve
from tests.test_browser import PATHS

ASK = "ASK {}"


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[httpx.Client]:
    with serve(release) as client:
        yield client


HEAVIEST = 60_000
"""Bytes of the heaviest page, compressed."""


def vary(answer: httpx.Response) -> set[str]:
    return {name.strip().lower() for name in answer.headers.get("vary", "").split(",")}


@pytest.mark.parametrize(
    "path",
    ["/catalogue", "/ontology", "/queries", "/scheme/care-group", "/collections/initiative", "/feed", "/shapes",
     "/.well-known/void", "/sparql", "/graph/effects", "/data/initiative/torbay-care-trust", "/initiatives/nothing"],
)  # fmt: skip
def test_what_is_negotiated_says_so(site: httpx.Client, path: str) -> None:
    answer = site.get(path, headers={"Accept": "text/turtle, application/json;q=0.5", "Accept-Encoding": "br"})
    assert "accept" in vary(answer), (path, answer.headers)
    names = answer.headers["vary"].lower().replace(" ", "").split(",")
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", PATHS)
def test_no_page_is_heavy_or_asks_elsewhere(site: httpx.Client, path: str) -> None:
    with site.stream("GET", path, headers={"Accept": "text/html", "Accept-Encoding": "gzip"}) as answer:
        assert sum(map(len, answer.iter_raw())) <= HEAVIEST
        assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_tags_are_compared_weakly(site: httpx.Client) -> None:
    tag = site.get("/initiatives").headers["etag"]
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        assert site.get("/initiatives", headers={"If-None-Match": known}).status_code == 304, known
    assert site.get("/nothing", headers={"If-None-Match": "*"}).status_code == 404


def test_a_header_has_an_end(site: httpx.Client) -> None:
    for name in ("Accept", "Accept-Encoding", "X-Other"):
        assert site.get("/initiatives", headers={name: "a," * 4_001}).status_code == 431
    assert site.get("/initiatives", headers={"Accept": "text/html," + "a," * 3_900}).status_code == 200


def test_weights_outside_the_grammar_count_nothing(site: httpx.Client) -> None:
    accept = "text/csv;q=1e9, application/sparql-results+xml;q=0.1"
    answer = site.get("/sparql", params={"query": ASK}, headers={"Accept": accept})
    assert answer.headers["content-type"] == "application/sparql-results+xml"


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/catalogue", "GET, HEAD, OPTIONS"), ("/sparql", "GET, POST, HEAD, OPTIONS"), ("/sparql/links", "POST, OPTIONS")],
)
def test_methods(site: httpx.Client, path: str, methods: str) -> None:
    told = site.options(path)
    assert told.status_code == 204 and told.headers["allow"] == methods
    refused = site.delete(path)
    assert (refused.status_code == 405 and refused.headers["allow"] == methods) or path == "/sparql"


def test_a_slash_too_many_leads_on_and_stays_here(site: httpx.Client) -> None:
    answer = site.get("/initiatives/?nation=W92000004", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["location"]) == (308, "/initiatives?nation=W92000004")
    assert site.get(f"{str(site.base_url).rstrip(chr(47))}//evil.example/").status_code == 404
    page = site.get("/sparql/", headers={"Accept": "text/html"})
    assert page.status_code == 200 and "<!doctype html>" in page.text


@pytest.mark.parametrize("path", ["/sparql", "/sparql/answer", "/sparql/links"])
def test_files_are_not_taken(site: httpx.Client, path: str) -> None:
    answer = site.post(path, files={"query": b"x" * 2_000_000}, headers={"Accept": "text/html"})
    assert answer.status_code == 415
    long = site.post(path, data={"query": "x" * 2_000_000}, headers={"Accept": "text/html"})
    assert long.status_code == 413


@pytest.mark.parametrize("graph", ["http://[::1", "a:\x01", "nothing", "urn:a b"])
def test_a_graph_that_is_no_iri(site: httpx.Client, graph: str) -> None:
    answer = site.get("/sparql", params={"query": ASK, "default-graph-uri": graph})
    assert answer.status_code == 400 and "default-graph-uri" in answer.text


@pytest.mark.parametrize("call", ["RAND()", "RAND #x\n()", "NOW ( )", "UUID()", "BNODE()", "\\u0052AND()"])
@pytest.mark.parametrize("accept", ["text/html", "text/csv"])
def test_what_changes_is_not_kept(site: httpx.Client, call: str, accept: str) -> None:
    query = f"SELECT ({call} AS ?x) {{}}"
    for path in ("/sparql", "/sparql/answer"):
        answer = site.get(path, params={"query": query}, headers={"Accept": accept})
        assert answer.headers["cache-control"] == "no-store" and "etag" not in answer.headers, (path, call)


def test_what_does_not_change_is_kept(site: httpx.Client) -> None:
    for query in ("SELECT ?now {}", 'SELECT ("RAND()" AS ?x) {}', "SELECT * { ?rand <urn:now> ?uuid }"):
        assert "etag" in site.get("/sparql", params={"query": query}).headers, query


def test_a_table_for_people_in_all_ways(site: httpx.Client) -> None:
    html = {"Accept": "text/html"}
    ways = [
        site.get("/sparql", params={"query": ASK}, headers=html),
        site.get("/sparql", params={"query": ASK, "format": "html"}),
        site.post("/sparql", data={"query": ASK}, headers=html),
        site.post("/sparql", content=ASK, headers={**html, "Content-Type": "application/sparql-query"}),
    ]
    assert [way.status_code for way in ways] == [200] * 4
    assert all("<!doctype html>" in way.text and "true" in way.text for way in ways)


def test_a_damaged_cursor_is_no_end(site: httpx.Client) -> None:
    assert site.get("/collections/initiative?after=zzzz").status_code == 422
    both = "/graphs?graph=https://w3id.org/wsic/graph/evidence&graph=https://w3id.org/wsic/graph/plan"
    assert site.get(both).status_code == 400
