"""The saved queries as an API, over true HTTP: values, formats, pages, OpenAPI, RDF and the pages for people."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator
from typer.testing import CliRunner

from tests.site_fixtures import serve
from wsic_graph.cli import app as cli
from wsic_graph.content import ROOT
from wsic_graph.engine.scan import check_query
from wsic_graph.errors import ContentError
from wsic_graph.formats import GRAPHS, RESULTS
from wsic_graph.namespaces import PREFIXES, QUERIES, SCHEMES
from wsic_graph.queries import Query, all_queries, load_query, public_queries
from wsic_graph.service.paging import Place, key_of, read_page
from wsic_graph.settings import Settings

PUBLIC = public_queries()
OF_CHANGES = {"records/revisions"}
"""A release alone has nothing for these: tests/test_ledger_provenance.py asks them when something was changed."""
SELECTS = [query for query in PUBLIC.values() if query.form == "select"]
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SH, RDF = PREFIXES["sh"], PREFIXES["rdf"]


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[httpx.Client]:
    with serve(release) as client:
        yield client


def at(query: Query, suffix: str = "") -> str:
    return f"/queries/{query.name}{suffix}"


def examples(query: Query) -> dict[str, str]:
    return {item.name: str(item.example) for item in query.parameters}


def bindings(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["results"]["bindings"]
    return found


def links(response: httpx.Response) -> dict[str, str]:
    return {str(name): link["url"] for name, link in response.links.items()}


# ------------------------------------------------------------------ heads


def test_what_is_public() -> None:
    assert {
        name
        for name in all_queries()
        if name.startswith(
            ("benefits_map/", "calculator/", "competency/", "ontology/", "pages/", "plans/", "records/", "search/")
        )
    } == set(PUBLIC)
    assert {query.form for query in PUBLIC.values()} <= {"select", "ask", "construct"}


@pytest.mark.parametrize("query", PUBLIC.values(), ids=PUBLIC)
def test_heads_say_what_the_api_needs(query: Query) -> None:
    assert query.form == check_query(query.text, 20_000, 40)
    assert len(query.description) > 40
    for parameter in query.parameters:
        assert parameter.description and parameter.example, parameter.name
    if query.form == "select":
        order = query.text[query.text.rindex("ORDER BY") :]
        assert query.key and all(re.search(rf"\?{column}\b", order) for column in query.key)


@pytest.mark.parametrize(
    "line", ["{name: x, type: iri, scheme: colour}", "{name: x, type: iri, kind: unicorn}", "{name: limit, type: iri}"]
)
def test_wrong_heads_are_told(line: str, tmp_path: Path) -> None:
    file = tmp_path / "q.rq"
    file.write_text(f"#+ summary: Test\n#+ parameters: [{line}]\nASK {{}}\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"colour|unicorn|limit"):
        load_query(file)


# ---------------------------------------------------------------- answers


def test_every_query_answers_in_every_format(site: httpx.Client) -> None:
    def check(query: Query) -> None:
        formats = RESULTS if query.form != "construct" else GRAPHS
        for name, form in formats.items():
            by_suffix = site.get(at(query, f".{name}"))
            assert by_suffix.status_code == 200, f"{query.name}.{name}: {by_suffix.text}"
            assert by_suffix.headers["content-type"] == form.content_type
            assert by_suffix.content or query.name in OF_CHANGES, query.name
        by_accept = site.get(at(query), headers={"Accept": form.media_type})
        by_name = site.get(at(query), params={"format": name})
        assert by_accept.headers["content-type"] == by_name.headers["content-type"] == form.content_type
        assert by_accept.headers["vary"].startswith("Accept")

    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(check, PUBLIC.values()))) == len(PUBLIC)


def test_formats_say_the_same(site: httpx.Client, store: ox.Store) -> None:
    query = PUBLIC["competency/councils-in-board"]
    rows = bindings(site.get(at(query)))
    table = list(csv.reader(io.StringIO(site.get(at(query, ".csv")).text)))
    assert [[row[name]["value"] for name in table[0]] for row in rows] == table[1:]
    assert len(rows) == 14
    graph = site.get("/queries/records/record.nt", params={"record": "area:us"}).text
    found = store.quads_for_pattern(ox.NamedNode(PREFIXES["area"] + "us"), None, None, None)
    assert set(graph.splitlines()) == {f"{quad.triple} ." for quad in found}


def test_negotiation(site: httpx.Client) -> None:
    address = "/queries/competency/councils-in-board"
    assert site.get(address).headers["content-type"] == "application/sparql-results+json"
    assert site.get(address, headers=BROWSER).headers["content-type"].startswith("text/html")
    assert site.get(address, headers={"Accept": "application/json"}).json()["head"]
    refused = site.get(address, headers={"Accept": "image/png"})
    assert refused.status_code == 406 and "text/csv" in refused.text
    first = site.get(address, headers={"Accept": "text/csv"})
    again = site.get(address, headers={"Accept": "text/csv", "If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert site.head(address).headers["content-type"] == "application/sparql-results+json"


def test_the_text_with_its_head(site: httpx.Client) -> None:
    for name in PUBLIC:
        response = site.get(f"/queries/{name}.rq")
        assert response.headers["content-type"].startswith("application/sparql-query")
        assert response.text == (ROOT / "queries" / f"{name}.rq").read_text(encoding="utf-8")


def test_what_is_not_there(site: httpx.Client) -> None:
    for name in ("checks/value-has-unit", "service/choices", "competency", "pages/initiativs"):
        response = site.get(f"/queries/{name}", headers={"Accept": "application/json"})
        assert response.status_code == 404, name
    assert "pages/initiatives" in response.json()["detail"]
    assert site.get("/queries/pages/initiatives.exe").status_code == 422
    assert site.get("/queries.exe").status_code == 422


# ----------------------------------------------------------------- values


def test_a_concept_may_be_given_in_three_ways(site: httpx.Client) -> None:
    def ask(value: str) -> list[dict[str, Any]]:
        return bindings(site.get("/queries/competency/effects-for-outcome", params={"outcome": value}))

    full = ask(f"{PREFIXES['outcome']}care-home-admissions")
    assert full and full == ask("outcome:care-home-admissions") == ask("care-home-admissions")
    narrowed = [
        bindings(site.get("/queries/pages/initiatives", params={"intervention": value}))
        for value in (f"{PREFIXES['intervention']}reablement", "intervention:reablement", "reablement")
    ]
    assert narrowed[0] and narrowed[0] == narrowed[1] == narrowed[2]
    assert len(narrowed[0]) < len(bindings(site.get("/queries/pages/initiatives", params={"intervention": ""})))


@pytest.mark.parametrize(
    ("address", "parameter", "near"),
    [
        ("competency/effects-for-outcome?outcome=fals", "outcome", ["falls"]),
        ("competency/effects-for-outcome?outcome=outcome:emergency-admision", "outcome", ["emergency-admissions"]),
        ("competency/councils-in-board?board=Birmingham", "board", ["E06000027", "E08000025"]),
        ("pages/initiatives?status=sleeping", "status", []),
        ("pages/initiatives?intervention=virtual-wards|reablment", "intervention", ["reablement"]),
        ("pages/record?record=not an IRI", "record", []),
        ("pages/record?record=https://example.org/%00", "record", []),
        ("competency/national-conditions-in-year?year=soon", "year", []),
        ("competency/national-conditions-in-year?year=\N{ARABIC-INDIC DIGIT TWO}", "year", []),
        ("competency/national-conditions-in-year?month=1", "month", []),
        ("competency/national-conditions-in-year?year=2018&year=2019", "year", []),
        ("pages/areas?limit=0", "limit", []),
        ("pages/areas?limit=10001", "limit", []),
        ("pages/areas?limit=ten", "limit", []),
        ("pages/areas?after=nonsense", "after", []),
        ("pages/areas?format=exe", "format", []),
        ("competency/journeys-are-illustrative?limit=5", "limit", []),
        ("records/record?after=x", "after", []),
    ],
)
def test_wrong_values_are_named(address: str, parameter: str, near: list[str], site: httpx.Client) -> None:
    response = site.get(f"/queries/{address}")
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["parameter"] == parameter and problem["detail"].startswith(f"{parameter}: ")
    assert set(near) & set(problem["near"]) or not near, problem
    page = site.get(f"/queries/{address}", headers=BROWSER)
    assert page.status_code == 422 and page.headers["content-type"].startswith("text/html")
    assert problem["detail"][-30:] in unescape(page.text)


def test_small_schemes_are_listed_in_the_error(site: httpx.Client) -> None:
    detail = site.get("/queries/pages/initiatives?status=zzz").json()["detail"]
    assert "there are: " in detail and "active" in detail


def test_days_are_days(tmp_path: Path) -> None:
    file = tmp_path / "q.rq"
    file.write_text("#+ summary: T\n#+ parameters: [{name: day, type: date}]\nASK { FILTER(?day > 0) }\n", "utf-8")
    query = load_query(file)
    assert query.bind({"day": "2024-02-29"})
    with pytest.raises(Exception, match="day: '2023-02-29' is not a date"):
        query.bind({"day": "2023-02-29"})


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_is_answered_or_refused(text: str, site: httpx.Client) -> None:
    word = site.get("/queries/competency/concepts-for-a-word", params={"word": text})
    assert word.status_code == 200, word.text
    for name, parameter in (("pages/record", "record"), ("pages/initiatives", "nation"), ("pages/areas", "after")):
        assert site.get(f"/queries/{name}", params={parameter: text}).status_code in (200, 422), (name, text)


# ------------------------------------------------------------------ pages


def test_pages_are_complete_and_without_repeats(site: httpx.Client) -> None:
    def check(query: Query) -> int:
        longest = [site.get(at(query))]
        while "next" in links(longest[-1]):
            longest.append(site.get(links(longest[-1])["next"]))
        whole = [row for page in longest for row in bindings(page)]
        assert len({key_of(row, query.key) for row in whole}) == len(whole), f"{query.name}: the key is not unique"
        limit = len(whole) // 3 + 1
        pages = [site.get(at(query), params={"limit": limit})]
        while "next" in links(pages[-1]):
            pages.append(site.get(links(pages[-1])["next"]))
        assert [row for page in pages for row in bindings(page)] == whole, query.name
        for before, behind in pairwise(pages):
            assert bindings(site.get(links(behind)["prev"])) == bindings(before), query.name
            assert bindings(site.get(links(behind)["first"])) == bindings(pages[0]), query.name
        assert "prev" not in links(pages[0])
        return len(pages)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(check, SELECTS)) > 2 * len(SELECTS)


def test_keys_tell_rows_apart_for_the_examples_too(site: httpx.Client) -> None:
    for query in SELECTS:
        if query.parameters:
            rows = bindings(site.get(at(query), params=examples(query)))
            assert len({key_of(row, query.key) for row in rows}) == len(rows), query.name


def test_pages_keep_values_and_format(site: httpx.Client) -> None:
    first = site.get("/queries/pages/area-statistics.csv", params={"area": "E06000063", "limit": 7})
    second = site.get(links(first)["next"])
    whole = site.get("/queries/pages/area-statistics.csv", params={"area": "E06000063"})
    assert whole.text.splitlines()[1:15] == first.text.splitlines()[1:] + second.text.splitlines()[1:]
    assert "next" not in links(whole)


def test_an_answer_has_no_more_rows_than_set(release: Path) -> None:
    with serve(release, Settings(page_rows=50)) as client:
        first = client.get("/queries/pages/areas")
        assert len(bindings(first)) == 50 and "next" in links(first)
        assert client.get("/queries/pages/areas?limit=51").status_code == 422


def test_pages_survive_rows_that_come_and_go() -> None:
    def results(names: str) -> bytes:
        rows = [{"x": {"type": "literal", "value": name}} for name in names]
        return json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": rows}}).encode()

    def names(page: bytes) -> str:
        return "".join(row["x"]["value"] for row in json.loads(page)["results"]["bindings"])

    first = read_page(results("bdfh"), ["x"], Place(2))
    assert names(first.results) == "bd" and first.next and first.previous is None
    second = read_page(results("abcdefh"), ["x"], first.next)
    assert names(second.results) == "ef"
    assert second.previous and names(read_page(results("abcdefh"), ["x"], second.previous).results) == "cd"
    odd = read_page(results("abc"), ["x"], Place(2, key_of({"x": {"type": "literal", "value": "a"}}, ["x"])))
    assert odd.previous and names(read_page(results("abc"), ["x"], odd.previous).results) == "a"


# ------------------------------------------------------------ description


@pytest.fixture(scope="module")
def openapi(site: httpx.Client) -> dict[str, Any]:
    """The document with the paths of the saved queries alone."""
    found: dict[str, Any] = site.get("/openapi.json").json()
    OpenAPIV31SpecValidator(found).validate()
    return found | {"paths": {path: item for path, item in found["paths"].items() if path.startswith("/queries/")}}


def test_openapi_is_valid_and_complete(openapi: dict[str, Any]) -> None:
    assert openapi["openapi"].startswith("3.1")
    assert {path.removeprefix("/queries/") for path in openapi["paths"]} == set(PUBLIC)
    identifiers = [item["get"]["operationId"] for item in openapi["paths"].values()]
    assert len(set(identifiers)) == len(identifiers)
    for name, item in openapi["paths"].items():
        own = [parameter["name"] for parameter in item["get"]["parameters"] if "name" in parameter]
        assert own == [p.name for p in PUBLIC[name.removeprefix("/queries/")].parameters] + ["format"]


def test_enumerations_are_the_schemes(openapi: dict[str, Any], store: ox.Store) -> None:
    seen = set()
    for path, item in openapi["paths"].items():
        for parameter, described in zip(PUBLIC[path[9:]].parameters, item["get"]["parameters"], strict=False):
            schema = described["schema"]
            if parameter.among in SCHEMES:
                scheme = ox.NamedNode(PREFIXES["scheme"] + parameter.among)
                concepts = store.quads_for_pattern(None, ox.NamedNode(PREFIXES["skos"] + "inScheme"), scheme, None)
                subjects = [quad.subject for quad in concepts]
                expected = {s.value.rsplit("/", 1)[1] for s in subjects if isinstance(s, ox.NamedNode)}
                examples = described["example"] if parameter.several else [described["example"]]
                schema = schema["items"] if parameter.several else schema
                assert set(schema["enum"]) == expected, f"{path} {parameter.name}"
                assert set(examples) <= expected
                assert schema.get("default", examples[0]) in schema["enum"]
                seen.add(parameter.among)
    assert len(seen) > 10


def test_what_openapi_promises_is_kept(openapi: dict[str, Any], site: httpx.Client) -> None:
    for path, item in openapi["paths"].items():
        operation = item["get"]
        shown = {p["name"]: p["example"] for p in operation["parameters"] if "example" in p}
        given = {name: "|".join(value) if isinstance(value, list) else value for name, value in shown.items()}
        response = site.get(path, params=given)
        assert response.status_code == 200, f"{path} {given}: {response.text}"
        assert response.headers["content-type"].partition(";")[0] in operation["responses"]["200"]["content"]
        assert 'rel="service-desc"' in response.headers["link"]
    scheme = openapi["paths"]["/queries/pages/initiatives"]["get"]["parameters"][2]
    assert (scheme["name"], scheme["style"], scheme["explode"]) == ("intervention", "pipeDelimited", False)
    values = scheme["schema"]["items"]["enum"]
    assert len(values) > 30
    for value in (*values, "|".join(values[:3])):
        assert site.get("/queries/pages/initiatives", params={"intervention": value, "limit": 1}).status_code == 200


@pytest.mark.parametrize("name", GRAPHS)
def test_the_list_in_rdf(name: str, site: httpx.Client) -> None:
    form = GRAPHS[name]
    response = site.get("/queries", headers={"Accept": form.media_type})
    assert response.headers["content-type"] == form.content_type
    assert response.content == site.get(f"/queries.{name}").content
    store = ox.Store()
    rdf = ox.RdfFormat.from_media_type(form.media_type)
    assert rdf
    store.load(response.content, format=rdf)
    kind = ox.NamedNode(RDF + "type")
    found = {quad.subject for quad in store.quads_for_pattern(None, kind, ox.NamedNode(f"{SH}SPARQLExecutable"))}
    assert found == {ox.NamedNode(QUERIES + name) for name in PUBLIC}


def test_other_editors_can_run_the_examples(site: httpx.Client, store: ox.Store) -> None:
    examples = ox.Store()
    examples.load(site.get("/queries.ttl").content, format=ox.RdfFormat.TURTLE)
    seen = 0
    for form in ("select", "ask", "construct"):
        for quad in examples.quads_for_pattern(None, ox.NamedNode(SH + form), None):
            assert isinstance(quad.object, ox.Literal)
            kind = ox.NamedNode(f"{SH}SPARQL{form.title()}Executable")
            assert ox.Quad(quad.subject, ox.NamedNode(RDF + "type"), kind) in examples
            for needed in (SH + "prefixes", PREFIXES["rdfs"] + "comment", PREFIXES["schema"] + "target"):
                assert any(examples.quads_for_pattern(quad.subject, ox.NamedNode(needed), None)), needed
            store.query(quad.object.value, use_default_graph_as_union=True)
            seen += 1
    assert seen == len(PUBLIC)
    prefix, namespace = ox.NamedNode(SH + "prefix"), ox.NamedNode(SH + "namespace")
    declared = {}
    for quad in examples.quads_for_pattern(None, ox.NamedNode(SH + "declare"), None):
        assert isinstance(quad.object, ox.NamedNode)
        name, iri = (next(examples.quads_for_pattern(quad.object, item, None)).object for item in (prefix, namespace))
        assert isinstance(name, ox.Literal) and isinstance(iri, ox.Literal)
        declared[name.value] = iri.value
    assert declared == PREFIXES


def test_the_list_in_json(site: httpx.Client) -> None:
    listed = site.get("/queries", headers={"Accept": "application/json"})
    assert listed.headers["content-type"] == "application/json"
    assert {item["name"] for item in listed.json()["queries"]} == set(PUBLIC)
    for item in listed.json()["queries"][:3]:
        assert site.get(item["href"]).status_code == site.get(item["text"]).status_code == 200
        assert item["id"] == QUERIES + item["name"]


# ------------------------------------------------------ pages for people


def test_the_list_for_people(site: httpx.Client) -> None:
    html = unescape(site.get("/queries", headers=BROWSER).text)
    groups = re.findall(r"<h2 id=.*?>(Asked by .*?)</h2>", html)
    assert len(groups) == len({query.audience for query in PUBLIC.values()}) == 4
    for query in PUBLIC.values():
        assert f'<a href="/queries/{query.name}">{query.summary}</a>' in html
        assert query.description in html


def test_every_query_has_a_page(site: httpx.Client) -> None:
    def check(query: Query) -> None:
        response = site.get(at(query), headers=BROWSER)
        html = response.text
        assert response.status_code == 200 and html.count("<h1>") == 1, query.name
        assert query.summary in unescape(html) and query.description in unescape(html)
        for parameter in query.parameters:
            assert f'<label for="parameter-{parameter.name}"' in html
            tag = "select" if parameter.among in SCHEMES else "input"
            assert f'<{tag} id="parameter-{parameter.name}" name="{parameter.name}"' in html
        assert f'href="/queries/{query.name}.rq"' in html
        for name in RESULTS if query.form != "construct" else GRAPHS:
            assert f'href="/queries/{query.name}.{name}"' in html
        assert query.form != "construct" or "@prefix " in html or query.name in OF_CHANGES
        assert "<script>" not in html and " style=" not in html
        assert len(set(re.findall(r' id="([^"]+)"', html))) == len(re.findall(r' id="([^"]+)"', html)), query.name

    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(check, PUBLIC.values()))) == len(PUBLIC)


def test_the_page_keeps_values_and_offers_pages(site: httpx.Client) -> None:
    html = site.get("/queries/pages/area-statistics?area=area:E06000063&limit=5", headers=BROWSER).text
    assert 'value="E06000063"' in html and "Rows 1 to 5 of" in html
    behind = unescape(re.findall(r'<a href="([^"]+)" rel="next">', html)[0])
    page = site.get(behind, headers=BROWSER).text
    assert "Rows 6 to 10 of" in page and 'rel="prev"' in page
    chosen = site.get("/queries/pages/initiatives?intervention=reablement", headers=BROWSER).text
    assert '<option value="reablement" selected>' in chosen and '<option value="">All</option>' in chosen
    wrong = site.get("/queries/pages/initiatives?intervention=reablment", headers=BROWSER)
    assert wrong.status_code == 422 and "<option selected>reablment</option>" in wrong.text
    assert "reablement" in re.findall(r'role="alert">(.*?)</div>', wrong.text, re.DOTALL)[0]


def test_the_editor_opens_with_the_values(site: httpx.Client) -> None:
    for name in ("competency/councils-in-board", "pages/initiatives", "competency/concepts-for-a-word"):
        query = PUBLIC[name]
        html = site.get(at(query), params=examples(query), headers=BROWSER).text
        editor = unescape(re.findall(r'<a href="(/sparql\?query=[^"]+)"', html)[0])
        answer = site.get(editor, headers={"Accept": "application/sparql-results+json"})
        assert bindings(answer) == bindings(site.get(at(query), params=examples(query))), name


def test_nothing_given_is_ever_markup(site: httpx.Client) -> None:
    attack = "<script>alert(1)</script>\"'><b>"
    for address in ("pages/initiatives", "pages/record", "competency/concepts-for-a-word", "<b>"):
        for name in ("nation", "record", "word", "limit", "after", "format", attack):
            html = site.get(f"/queries/{address}", params={name: attack}, headers=BROWSER).text
            assert "<script>" not in html and "<b>" not in html, (address, name)


def test_the_command_line_shares_the_validation(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsic_graph.cli.ensure_release", lambda: release)
    command = ["query", "competency/effects-for-outcome", "-p"]
    right = CliRunner().invoke(cli, [*command, "outcome=care-home-admissions"])
    assert right.exit_code == 0 and right.output.startswith("outcome,intervention")
    assert len(right.output.splitlines()) > 5
    wrong = CliRunner().invoke(cli, [*command, "outcome=fals"])
    assert wrong.exit_code == 1 and "near it: falls (Falls)" in wrong.stderr
