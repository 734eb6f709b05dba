"""The SPARQL protocol at /sparql: everything that is promised of it, asked over HTTP."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pyoxigraph as ox
import pytest
from rdflib import Dataset, Namespace
from rdflib import Graph as RdfGraph
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import SPARQLWrapper

from tests.site_fixtures import serve
from wsic_graph.formats import GRAPHS, RESULTS
from wsic_graph.settings import Settings

RECORD = "https://w3id.org/wsic/id/initiative/torbay-care-trust"
SELECT = f"SELECT ?p ?o {{ <{RECORD}> ?p ?o }} ORDER BY ?p ?o"
ASK = f"ASK {{ <{RECORD}> ?p ?o }}"
CONSTRUCT = f"CONSTRUCT {{ <{RECORD}> ?p ?o }} WHERE {{ <{RECORD}> ?p ?o }}"
DESCRIBE = f"DESCRIBE <{RECORD}>"
LARGE = "SELECT * { ?s ?p ?o }"
QUERY = "application/sparql-query"
FORM = "application/x-www-form-urlencoded"
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
LIMITS = Settings(query_seconds=5, query_bytes=3_000_000, query_length=5_000, query_depth=20)


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[httpx.Client]:
    with serve(release, LIMITS) as client:
        client.headers["accept"] = "*/*"
        yield client


def get(site: httpx.Client, query: str, accept: str = "*/*", **fields: str) -> httpx.Response:
    return site.get("/sparql", params={"query": query, **fields}, headers={"Accept": accept})


def raw(site: httpx.Client, request: bytes) -> bytes:
    """What the server sends for these very bytes, until it closes."""
    with socket.create_connection((site.base_url.host, site.base_url.port or 80), 5) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def size_of(site: httpx.Client) -> int:
    return int(get(site, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv").text.split()[1])


# --- the ways to ask ---


def test_every_way_to_ask_gives_the_same_answer(site: httpx.Client) -> None:
    answers = [
        get(site, SELECT, "text/csv"),
        site.post("/sparql", data={"query": SELECT}, headers={"Accept": "text/csv"}),
        site.post("/sparql", content=SELECT, headers={"Accept": "text/csv", "Content-Type": QUERY}),
        site.post("/sparql", content=SELECT, headers={"Accept": "text/csv", "Content-Type": f"{QUERY}; charset=UTF-8"}),
        get(site, SELECT, format="csv"),
        site.get("/sparql/", params={"query": SELECT, "format": "csv"}),
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(answers[0].text.splitlines()) > 5


def test_head_is_get_without_the_body(site: httpx.Client) -> None:
    got, head = (site.request(method, "/sparql", params={"query": SELECT}) for method in ("GET", "HEAD"))
    assert head.status_code == 200
    assert head.content == b""
    for name in ("content-type", "content-length", "etag", "vary", "cache-control", "x-query-max-rows"):
        assert head.headers.get(name) == got.headers.get(name), name


def test_options_and_preflight(site: httpx.Client) -> None:
    plain = site.options("/sparql")
    assert plain.status_code == 204
    assert {"GET", "HEAD", "POST", "OPTIONS"} == set(plain.headers["allow"].split(", "))
    asked = {"Origin": "https://x.example", "Access-Control-Request-Method": "POST"}
    preflight = site.options("/sparql", headers={**asked, "Access-Control-Request-Headers": "content-type"})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert preflight.headers["access-control-allow-headers"] == "*"


# --- formats ---


@pytest.mark.parametrize("name", RESULTS)
def test_tables_in_every_format(site: httpx.Client, name: str) -> None:
    for by_accept in (True, False):
        answer = get(site, SELECT, RESULTS[name].media_type) if by_accept else get(site, SELECT, format=name)
        assert answer.headers["content-type"] == RESULTS[name].content_type
        if name != "csv":
            found = ox.parse_query_results(answer.content, format=ox.QueryResultsFormat.from_extension(name))
            assert isinstance(found, ox.QuerySolutions)
            assert len(list(found)) > 5


@pytest.mark.parametrize("name", RESULTS)
def test_truth_in_every_format(site: httpx.Client, name: str) -> None:
    answer = get(site, ASK, RESULTS[name].media_type)
    assert answer.status_code == 200
    assert "true" in answer.text


@pytest.mark.parametrize("query", [CONSTRUCT, DESCRIBE], ids=["construct", "describe"])
@pytest.mark.parametrize("name", GRAPHS)
def test_graphs_in_every_format_as_rdflib_reads_them(site: httpx.Client, name: str, query: str) -> None:
    answer = get(site, query, GRAPHS[name].media_type)
    assert answer.headers["content-type"] == GRAPHS[name].content_type
    parser = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml", "nq": "nquads"}.get(name, name)
    found = Dataset() if name in ("trig", "nq") else RdfGraph()
    found.parse(data=answer.content, format=parser)
    assert len(found) == int(get(site, f"SELECT (COUNT(*) AS ?n) {{ <{RECORD}> ?p ?o }}", "text/csv").text.split()[1])


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("text/*", "text/csv"),
        ("text/csv;q=0.2, application/sparql-results+xml;q=0.9", "application/sparql-results+xml"),
        ("application/sparql-results+json;q=0, */*", "application/sparql-results+xml"),
        ("APPLICATION/SPARQL-RESULTS+XML", "application/sparql-results+xml"),
        ("text/tab-separated-values; q=1.0, text/csv; q=0.999", "text/tab-separated-values"),
        ("application/json", "application/sparql-results+json"),
        ("text/html;q=0.1, text/csv", "text/csv"),
        ("image/png, text/csv;q=0.01", "text/csv"),
    ],
)
def test_weights_decide(site: httpx.Client, accept: str, kind: str) -> None:
    answer = get(site, SELECT, accept)
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == kind


@pytest.mark.parametrize(
    ("query", "accept", "offer"),
    [
        (SELECT, "image/png", "text/csv"),
        (SELECT, "text/turtle", "application/sparql-results+json"),
        (SELECT, "*/*;q=0", "text/csv"),
        (SELECT, "text/csv;q=nan", "text/csv"),
        (CONSTRUCT, "text/csv", "text/turtle"),
        (CONSTRUCT, "text/turtle;q=0", "application/ld+json"),
    ],
)
def test_nothing_acceptable_lists_what_is_offered(site: httpx.Client, query: str, accept: str, offer: str) -> None:
    answer = get(site, query, accept)
    assert answer.status_code == 406
    assert offer in answer.text
    assert answer.headers["access-control-allow-origin"] == "*"


def test_two_accept_headers_are_one(site: httpx.Client) -> None:
    headers = [("Accept", "image/png"), ("Accept", "text/csv")]
    answer = site.get("/sparql", params={"query": SELECT}, headers=httpx.Headers(headers))
    assert answer.headers["content-type"].startswith("text/csv")


def test_an_unknown_format_names_those_there_are(site: httpx.Client) -> None:
    answer = get(site, SELECT, format="ttl")
    assert answer.status_code == 400
    assert "format: 'ttl' is not one of json, xml, csv, tsv" in answer.text


# --- the dataset ---


def test_the_default_graph_is_all_graphs(site: httpx.Client) -> None:
    named = int(get(site, "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }", "text/csv").text.split()[1])
    assert size_of(site) == named > 10_000


def test_dataset_parameters_win_over_from(site: httpx.Client) -> None:
    graphs = get(site, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g", "text/csv").text.split()[1:]
    first, second = graphs[:2]

    def count(query: str, **fields: str | list[str]) -> int:
        answer = site.post("/sparql", data={"query": query, **fields}, headers={"Accept": "text/csv"})
        assert answer.status_code == 200, answer.text
        return int(answer.text.split()[1])

    plain, inside = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    of_first, of_second = (count(plain, **{"default-graph-uri": graph}) for graph in (first, second))
    assert 0 < of_first != of_second > 0
    assert count(plain.replace("{", f"FROM <{first}> {{", 1)) == of_first
    only_named = f"FROM NAMED <{first}> {{"
    assert count(inside.replace("{", only_named, 1)) == of_first
    assert count(plain.replace("{", only_named, 1)) == 0
    both = f"FROM <{first}> FROM NAMED <{first}> {{"
    assert count(plain.replace("{", both, 1), **{"default-graph-uri": second}) == of_second
    assert count(inside.replace("{", both, 1), **{"default-graph-uri": second}) == 0
    assert count(inside, **{"named-graph-uri": second}) == of_second
    assert count(plain, **{"named-graph-uri": second}) == 0
    assert count(plain, **{"default-graph-uri": [first, second]}) >= max(of_first, of_second)
    assert count(plain, **{"default-graph-uri": "https://nowhere.example/graph"}) == 0


@pytest.mark.parametrize("iri", ["relative", "http://x.example/a b", "http://x.example/<", "", "a:b}"])
def test_a_graph_that_is_no_iri_is_refused(site: httpx.Client, iri: str) -> None:
    answer = get(site, ASK, **{"default-graph-uri": iri})
    assert answer.status_code == 400
    assert "default-graph-uri" in answer.text


# --- errors ---


def test_syntax_errors_for_people_and_for_programs(site: httpx.Client) -> None:
    text = get(site, "SELECT *\n{ ?s ?p }", "text/csv")
    assert text.status_code == 400
    assert text.headers["content-type"].startswith("text/plain")
    assert text.text.startswith("line 2, column ")
    problem = get(site, "SELECT *\n{ ?s ?p }", "application/sparql-results+json")
    assert problem.headers["content-type"] == "application/problem+json"
    details = problem.json()
    assert (details["status"], details["line"]) == (400, 2)
    assert details["column"] > 5
    assert "line 2" in details["detail"]


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html"])
@pytest.mark.parametrize(
    "update",
    [
        ("GET", {"update": "DROP ALL"}, None, None),
        ("GET", {"query": "DROP ALL"}, None, None),
        ("GET", {"query": ASK, "update": "DROP ALL"}, None, None),
        ("POST", {}, urlencode({"update": "DROP ALL"}), FORM),
        ("POST", {"update": "DROP ALL"}, urlencode({"query": ASK}), FORM),
        ("POST", {}, urlencode({"query": "INSERT DATA { <a:a> <a:b> <a:c> }"}), FORM),
        ("POST", {}, urlencode({"query": "WITH <a:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }"}), FORM),
        ("POST", {}, "PREFIX a: <a:> LOAD <http://127.0.0.1:1/>", QUERY),
        ("POST", {}, "DROP ALL", "application/sparql-update"),
        ("POST", {}, "DROP ALL", "text/plain"),
        ("POST", {}, "DROP ALL", None),
        ("PUT", {}, "<a:a> <a:b> <a:c> .", "text/turtle"),
        ("DELETE", {}, None, None),
        ("PATCH", {}, "DROP ALL", "application/sparql-update"),
    ],
)
def test_updates_are_refused(
    site: httpx.Client, update: tuple[str, dict[str, str], str | None, str | None], accept: str
) -> None:
    method, fields, body, kind = update
    before = size_of(site)
    headers = {"Accept": accept} | ({"Content-Type": kind} if kind else {})
    answer = site.request(method, "/sparql", params=fields or None, content=body, headers=headers)
    assert 400 <= answer.status_code < 500
    assert "Traceback" not in answer.text
    assert size_of(site) == before


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("ASK {}" + " " * 5_000, "at most 5,000"),
        ("ASK " + "{" * 30 + "}" * 30, "nested deeper than 20"),
        ("ASK { FILTER(" + "(" * 30 + "1" + ")" * 30 + ") }", "nested deeper"),
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        ("PREFIX s: <http://127.0.0.1:1/> SELECT * { SERVICE s:x { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * { SERVICE ?x { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * { SERVICE SILENT <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        ("BASE <http://127.0.0.1:1/> SELECT * { service <x> { ?s ?p ?o } }", "SERVICE"),
        (r"SELECT * { \u0053ERV\U00000049CE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * { #\r SERVICE#\n<http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        ("", "expected"),
        ("\x00", "expected"),
        ("ASK { ?s ?p ?o } \x00", "expected"),
        ("SELECT", "expected"),
        ("ASK {} ASK {}", "expected"),
        ("SELECT ?x (1 AS ?x) {}", ""),
        ("ASK { ?s ?p " + "\ud7ff" + " }", "expected"),
    ],
)
def test_what_cannot_be_answered_is_said(site: httpx.Client, query: str, words: str) -> None:
    got, posted = get(site, query), site.post("/sparql", content=query, headers={"Content-Type": QUERY})
    for answer in (got, posted):
        assert answer.status_code == 400
        assert words in answer.text
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "etag" not in answer.headers
    assert got.headers["cache-control"] == "no-store"


def test_listed_services_may_be_called(release: Path) -> None:
    with serve(release) as other:
        there = f"{other.base_url}/sparql"
        with serve(release, Settings(service_endpoints=(there,))) as here:
            call = f"SELECT * {{ SERVICE <{there}> {{ SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o }} }} }}"
            assert get(here, call, "text/csv").text.split()[1] == str(size_of(other))
            for hidden in (
                "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
                f"PREFIX t: <{there}> SELECT * {{ SERVICE t: {{ ?s ?p ?o }} }}",
                f"PREFIX : <{there}> SELECT * {{ SERVICE: {{ ?s ?p ?o }} }}",
                f"BASE <{there}> SELECT * {{ SERVICE <?x> {{ ?s ?p ?o }} }}",
            ):
                refused = get(here, hidden)
                assert refused.status_code == 400
                assert there in refused.text
            about = here.get("/sparql", headers={"Accept": "text/turtle"}).text
            assert "BasicFederatedQuery" in about


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/sparql?query=%FF%FE", "percent-encoded UTF-8"),
        ("/sparql?query=ASK%7B%7D&default-graph-uri=%80", "percent-encoded UTF-8"),
        ("/sparql?query=ASK%ZZ", "expected"),
        ("/sparql?query=ASK%7B%7D&query=ASK%7B%7D", "was given 2 times"),
        ("/sparql?query=ASK%7B%7D" + "&x=1" * 1_100, "more than 1,000 fields"),
        ("/sparql?query=ASK%7B%7D" + "&default-graph-uri=a:b" * 101, "at most 100 graphs"),
    ],
)
def test_malformed_requests_are_told(site: httpx.Client, path: str, words: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 400
    assert words in answer.text


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (QUERY, b"ASK { \xff }", 400),
        (f"{QUERY}; charset=latin-1", b"ASK {}", 415),
        (FORM, b"query=%FF", 400),
        (FORM, b"quer=ASK", 400),
        (FORM, b"query=ASK%7B%7D&query=ASK%7B%7D", 400),
        (FORM, b"query=" + b"x" * 200_000, 413),
        (QUERY, b"#" * 200_000, 413),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("", b"ASK {}", 415),
    ],
)
def test_malformed_bodies_are_told(site: httpx.Client, kind: str, body: bytes, status: int) -> None:
    answer = site.post("/sparql", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert 5 < len(answer.text) < 300
    assert get(site, ASK).json()["boolean"] is True


def test_compressed_bodies_are_not_guessed_at(site: httpx.Client) -> None:
    headers = {"Content-Type": QUERY, "Content-Encoding": "gzip"}
    answer = site.post("/sparql", content=gzip.compress(ASK.encode()), headers=headers)
    assert answer.status_code == 415
    assert "Content-Encoding" in answer.text


# --- limits, caching, compression ---


def test_limits_are_told(site: httpx.Client) -> None:
    headers = get(site, ASK).headers
    assert headers["x-query-deadline-seconds"] == "5"
    assert headers["x-query-max-bytes"] == "3000000"
    assert headers["x-query-max-rows"] == "500000"
    assert "5 seconds" in site.get("/sparql", headers={"Accept": "text/turtle"}).text


def test_validators_follow_query_type_and_version(site: httpx.Client) -> None:
    first = get(site, SELECT, "text/csv")
    tag = first.headers["etag"]
    assert "accept" in first.headers["vary"].lower()
    assert "max-age" in first.headers["cache-control"]
    again = site.get("/sparql", params={"query": SELECT}, headers={"Accept": "text/csv", "If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert {item.strip().lower() for item in again.headers["vary"].split(",")} >= {"accept", "accept-encoding"}
    listed = {"Accept": "text/csv", "If-None-Match": f'"other", {tag}'}
    assert site.get("/sparql", params={"query": SELECT}, headers=listed).status_code == 304
    other_type = {"Accept": "text/tab-separated-values", "If-None-Match": tag}
    assert site.get("/sparql", params={"query": SELECT}, headers=other_type).status_code == 200
    other_query = {"Accept": "text/csv", "If-None-Match": tag}
    assert site.get("/sparql", params={"query": ASK}, headers=other_query).status_code == 200
    posted = site.post("/sparql", data={"query": SELECT}, headers={"Accept": "text/csv", "If-None-Match": tag})
    assert posted.status_code == 200
    assert "etag" not in posted.headers


@pytest.mark.parametrize(
    "query", ["SELECT (RAND() AS ?x) {}", "SELECT (STRUUID() AS ?x) {}", "SELECT (NOW() AS ?x) {}"]
)
def test_what_changes_is_not_remembered(site: httpx.Client, query: str) -> None:
    first, second = get(site, query), get(site, query)
    assert first.json()["results"] != second.json()["results"]
    assert first.headers["cache-control"] == "no-store"
    assert "etag" not in first.headers


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
@pytest.mark.parametrize("query", [SELECT, f"{LARGE} LIMIT 5000"], ids=["whole", "in pieces"])
def test_answers_are_compressed(site: httpx.Client, coding: str, query: str) -> None:
    plain = site.get("/sparql", params={"query": query}, headers={"Accept-Encoding": "identity"})
    with site.stream("GET", "/sparql", params={"query": query}, headers={"Accept-Encoding": coding}) as packed:
        size = sum(map(len, packed.iter_raw()))
    assert packed.headers["content-encoding"] == coding
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert size < len(plain.content) / 2
    if coding == "gzip":
        unpacked = site.get("/sparql", params={"query": query}, headers={"Accept-Encoding": coding})
        assert unpacked.content == plain.content


def test_large_answers_come_in_chunks_and_too_large_ones_not_at_all(site: httpx.Client) -> None:
    with site.stream("GET", "/sparql", params={"query": f"{LARGE} LIMIT 9000", "format": "csv"}) as answer:
        body = b"".join(answer.iter_bytes())
    assert answer.headers["transfer-encoding"] == "chunked"
    assert body.count(b"\r\n") == 9001
    with pytest.raises(httpx.RemoteProtocolError), site.stream("GET", "/sparql", params={"query": LARGE}) as cut:
        assert cut.status_code == 200
        cut.read()


def test_old_clients_get_the_whole_or_an_error(site: httpx.Client) -> None:
    ask = "GET /sparql?{} HTTP/1.0\r\nHost: x\r\nAccept: text/csv\r\n\r\n"
    whole = raw(site, ask.format(urlencode({"query": f"{LARGE} LIMIT 9000"})).encode())
    head, _, body = whole.partition(b"\r\n\r\n")
    assert b" 200 " in head.splitlines()[0]
    assert b"transfer-encoding" not in head.lower()
    assert f"content-length: {len(body)}".encode() in head.lower()
    assert body.count(b"\r\n") == 9001
    too_large = raw(site, ask.format(urlencode({"query": LARGE})).encode())
    assert b" 413 " in too_large.splitlines()[0]


def test_errors_have_the_headers_that_browsers_need(site: httpx.Client) -> None:
    for answer in (
        get(site, "SELECT"),
        get(site, LARGE, "image/png"),
        site.put("/sparql"),
        site.get("/sparql?update=x"),
    ):
        assert answer.status_code >= 400
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["x-content-type-options"] == "nosniff"


# --- other people's clients ---


def wrapped(site: httpx.Client, query: str, format: str, method: str = "GET") -> Any:
    client = SPARQLWrapper(f"{site.base_url}/sparql")
    client.setQuery(query)
    client.setReturnFormat(format)
    client.setMethod(method)
    return client.query().convert()


def test_sparqlwrapper(site: httpx.Client) -> None:
    rows = wrapped(site, SELECT, "json")["results"]["bindings"]
    assert len(rows) > 5
    assert wrapped(site, SELECT, "json", "POST")["results"]["bindings"] == rows
    assert wrapped(site, SELECT, "csv").count(b"\r\n") == len(rows) + 1
    assert len(wrapped(site, SELECT, "xml").getElementsByTagName("result")) == len(rows)
    assert wrapped(site, ASK, "json")["boolean"] is True
    for query in (CONSTRUCT, DESCRIBE):
        for format in ("turtle", "n3", "xml", "rdf+xml", "json-ld"):
            found = wrapped(site, query, format)
            graph = found if isinstance(found, RdfGraph) else RdfGraph().parse(data=found, format="turtle")
            assert len(graph) == len(rows), format


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_sparqlstore(site: httpx.Client, method: str) -> None:
    store = SPARQLStore(f"{site.base_url}/sparql", method=method)
    graph = RdfGraph(store)
    assert len(list(graph.query(SELECT))) > 5
    assert bool(graph.query(ASK).askAnswer)
    found = graph.query(CONSTRUCT).graph
    assert found is not None
    assert len(found) > 5


def test_the_description_of_the_service_in_every_format(site: httpx.Client) -> None:
    sizes = set()
    for format in GRAPHS.values():
        answer = site.get("/sparql", headers={"Accept": format.media_type})
        assert answer.headers["content-type"] == format.content_type
        parser = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml", "nq": "nquads"}.get(format.name, format.name)
        graph = Dataset() if format.name in ("trig", "nq") else RdfGraph()
        sizes.add(len(graph.parse(data=answer.content, format=parser)))
    assert len(sizes) == 1


def test_the_description_names_the_graphs_that_there_are(site: httpx.Client) -> None:
    about = RdfGraph().parse(data=site.get("/sparql", headers={"Accept": "text/turtle"}).content, format="turtle")
    described = {str(name) for name in about.objects(None, SD.name)}
    graphs = get(site, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", "text/csv").text.split()[1:]
    assert described == set(graphs)
    assert len(described) > 5
