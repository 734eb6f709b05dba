"""The site over a remote engine: the same answers, the same limits, and a publication that is whole or none."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from tests.remote_fixtures import VIRTUOSO, awkward, oxigraph, settings_for, virtuoso
from tests.site_fixtures import serve
from tests.test_site import text_of
from wsic_graph.cli import app
from wsic_graph.engine import Door
from wsic_graph.engine.bind import bind_terms
from wsic_graph.engine.remote import check_engine, source_of
from wsic_graph.errors import EngineAway, QueryCost, QueryLimit, QueryRefused, QuerySyntax, WsicError
from wsic_graph.publish import publish, split
from wsic_graph.queries import Query, all_queries
from wsic_graph.release.manifest import DATASET, MANIFEST, Manifest, read_manifest
from wsic_graph.release.published import RECORD
from wsic_graph.settings import Settings, get_settings

QUERIES = all_queries()
ANY_ROW = {"operations/ready"}
"""Queries that answer with any one row of many."""
SEE_THE_RECORD = {
    "publish/version",
    "publish/triples",
    "catalogue/terms",
    "catalogue/void-properties",
    "catalogue/void-totals",
    "ontology/properties-in-use",
}
"""Queries that count every triple or property, and so see the record of the publication in a union."""
TORBAY = "https://w3id.org/wsic/id/initiative/torbay-care-trust"


@pytest.fixture(scope="module")
def engine(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """An engine to which the release was published."""
    with oxigraph(tmp_path_factory.mktemp("engine"), "--union-default-graph", "--timeout-s", "20") as (address, _):
        settings = settings_for(address)
        publish(release, settings)
        yield settings


@pytest.fixture(scope="module")
def door(release: Path, engine: Settings) -> Iterator[Door]:
    with Door(source_of(release, engine), engine) as opened:
        yield opened


def test_the_engine_holds_the_release_quad_for_quad(engine: Settings, store: ox.Store) -> None:
    answer = httpx.get(engine.sparql_graph_store, headers={"Accept": "application/n-quads"})
    held = {quad for quad in ox.parse(answer.content, format=ox.RdfFormat.N_QUADS) if graph_name(quad) != RECORD}
    assert held == set(store)


def graph_name(quad: ox.Quad) -> str:
    assert isinstance(quad.graph_name, ox.NamedNode)
    return quad.graph_name.value


def test_publishing_again_sends_nothing(engine: Settings, release: Path) -> None:
    said: list[str] = []
    assert publish(release, engine, said.append) == read_manifest(release).version
    assert len(said) == 1
    assert "nothing to do" in said[0]


@pytest.mark.parametrize("union", [True, False], ids=["union", "graphs named"])
def test_every_saved_query_has_the_same_answer(release: Path, store: ox.Store, engine: Settings, union: bool) -> None:
    settings = engine.model_copy(update={"query_seconds": 60, "sparql_union": union})
    with Door(source_of(release, settings), settings) as door:
        wrong = {name for name in QUERIES if not same(QUERIES[name], door, store)} - ANY_ROW
        seen = json.loads(door.run(QUERIES["publish/triples"].text))["results"]["bindings"][0]["triples"]["value"]
    graphs = len(read_manifest(release).graphs)
    assert int(seen) == len(store) + (graphs + 1 if union else 0)
    assert wrong == (SEE_THE_RECORD & set(QUERIES) if union else set())


def same(query: Query, door: Door, store: ox.Store) -> bool:
    """Whether the remote answer has the rows of the local one, as often; and their order is ours to ignore."""
    values = {p.name: p.default or p.example or "" for p in query.parameters}
    local = store.query(bind_terms(query.text, query.bind(values)), use_default_graph_as_union=True)
    if isinstance(local, ox.QueryTriples):
        answer = door.run(query.text, query.bind(values), "nt")
        found = Counter(quad.triple for quad in ox.parse(answer, format=ox.RdfFormat.N_TRIPLES))
        return found == Counter(local)
    remote = ox.parse_query_results(door.run(query.text, query.bind(values)), format=ox.QueryResultsFormat.JSON)
    if isinstance(local, ox.QueryBoolean) or isinstance(remote, ox.QueryBoolean):
        return (
            isinstance(local, ox.QueryBoolean) and isinstance(remote, ox.QueryBoolean) and bool(local) is bool(remote)
        )
    return table(local) == table(remote)


def table(solutions: ox.QuerySolutions) -> Counter[tuple[object, ...]]:
    names = sorted(variable.value for variable in solutions.variables)
    return Counter(tuple(plain(solution[name]) for name in names) for solution in solutions)


def plain(term: object) -> object:
    """A truth value in one of its two spellings; anything else as it is."""
    if isinstance(term, ox.Literal) and term.datatype.value.endswith("#boolean"):
        return ox.Literal(term.value in ("true", "1"))
    return term


def test_formats_are_those_of_the_door_on_this_machine(door: Door, release: Path) -> None:
    table, graph = "SELECT ?p ?o { <%s> ?p ?o } ORDER BY ?p ?o", "CONSTRUCT WHERE { <%s> ?p ?o }"
    with Door(release) as local:
        for format in ("json", "xml", "csv", "tsv"):
            assert door.run(table % TORBAY, format=format) == local.run(table % TORBAY, format=format)
        for name in ("ttl", "nt", "jsonld", "rdf", "trig", "nq"):
            kind = ox.RdfFormat.from_extension(name)
            assert kind
            ours, theirs = (set(ox.parse(d.run(graph % TORBAY, format=name), format=kind)) for d in (door, local))
            assert ours == theirs
            assert len(ours) > 10


def test_guards_stand_before_the_engine(door: Door) -> None:
    for text in ("DROP ALL", "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "ASK " + "{" * 99 + "}" * 99):
        with pytest.raises(QueryRefused):
            door.run(text)
    with pytest.raises(QuerySyntax, match=r"^DEFINE does not begin a SPARQL"):
        door.run("DEFINE get:soft 'soft' SELECT * FROM <http://127.0.0.1:1/> { ?s ?p ?o }")
    with pytest.raises(QuerySyntax, match=r"^DEFINE"):
        door.run(r"\u0044EFINE get:soft 'soft' SELECT * { ?s ?p ?o }")


def test_syntax_errors_have_the_words_and_the_place(door: Door) -> None:
    with pytest.raises(QuerySyntax, match=r"line 1, column 14: expected") as caught:
        door.run("SELECT * { }}", format="csv")
    assert (caught.value.line, caught.value.column) == (1, 14)


def test_relative_iris_resolve_as_on_this_machine(door: Door) -> None:
    assert b"https://w3id.org/wsic/id/area/x" in door.run("SELECT (<id/area/x> AS ?y) {}", format="csv")


def test_limits_hold(release: Path, engine: Settings) -> None:
    settings = engine.model_copy(update={"query_seconds": 1.5, "query_bytes": 1_000_000, "query_rows": 1000})
    with Door(source_of(release, settings), settings) as door, ThreadPoolExecutor(1) as pool:
        with pytest.raises(QueryLimit, match="more than 1,000 rows"):
            door.run("SELECT ?s { ?s ?p ?o } LIMIT 1001", format="csv")
        assert door.run("SELECT ?s { ?s ?p ?o } LIMIT 1000", format="csv").count(b"\n") == 1001
        with pytest.raises(QueryLimit, match="larger than 1,000,000 bytes"):
            door.run("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 50000", format="nt")
        started = time.monotonic()
        slow = pool.submit(door.run, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
        assert json.loads(door.run("ASK { ?s ?p ?o }"))["boolean"]
        with pytest.raises(QueryCost, match=r"longer than 1\.5 seconds"):
            slow.result()
        assert time.monotonic() - started < 30, "and not for ever"


def test_the_site_is_served_from_the_engine(release: Path, engine: Settings) -> None:
    with serve(release, engine) as client:
        for path in ("/", "/initiatives", "/initiatives/torbay-care-trust", "/evidence", "/value-cases", "/readyz"):
            assert client.get(path).status_code == 200, path
        assert "Torbay" in client.get("/initiatives/torbay-care-trust").text
        answer = client.get(
            "/sparql", params={"query": "SELECT * { ?s ?p ?o } LIMIT 3"}, headers={"Accept": "text/csv"}
        )
        assert answer.text.count("\r\n") == 4
        answer = client.post("/sparql", data={"query": "SELECT"}, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
        graphs = {
            "query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
            "default-graph-uri": "https://w3id.org/wsic/graph/plan",
        }
        found = client.get("/sparql", params=graphs).json()["results"]["bindings"][0]["n"]["value"]
        assert int(found) == read_manifest(release).graphs["plan"]
        large = client.get("/sparql", params={"query": "SELECT * { ?s ?p ?o } LIMIT 20000", "format": "csv"})
        assert large.text.count("\r\n") == 20001


def test_an_engine_killed_in_the_middle_is_no_answer(release: Path, tmp_path: Path) -> None:
    with oxigraph(tmp_path) as (address, process):
        settings = settings_for(address, query_bytes=500_000_000, query_rows=10_000_000, query_seconds=30)
        publish(small(tmp_path / "small", release, "evidence", "schemes"), settings)
        with serve(release, settings) as client:
            question = {"query": "SELECT * { ?a ?b ?c . ?d ?e ?f }", "format": "csv"}
            with (
                pytest.raises(httpx.RemoteProtocolError, match="incomplete"),
                client.stream("GET", "/sparql", params=question) as answer,
            ):
                assert answer.status_code == 200
                for number, _ in enumerate(answer.iter_raw()):
                    if number == 3:
                        process.kill()
            away = client.get("/sparql", params={"query": "ASK { ?s ?p ?o }"})
            assert (away.status_code, "cannot be reached" in away.text) == (503, True)
            assert client.get("/readyz").status_code == 503
            assert client.get("/healthz").status_code == 200


def test_an_error_inside_a_success_is_no_answer(release: Path, tmp_path: Path) -> None:
    """Oxigraph ends an answer at its own deadline with words, after status 200."""
    with oxigraph(tmp_path, "--timeout-s", "1") as (address, _):
        settings = settings_for(address, query_bytes=500_000_000, query_rows=50_000_000, query_seconds=30)
        publish(small(tmp_path / "small", release, "evidence", "schemes"), settings)
        with Door(source_of(release, settings), settings) as door:
            for text, format in (
                ("SELECT * { ?a ?b ?c . ?d ?e ?f }", "csv"),
                ("CONSTRUCT { ?a ?b ?f } { ?a ?b ?c . ?d ?e ?f }", "nt"),
            ):
                with pytest.raises(EngineAway, match="broke off its answer"):
                    door.run(text, format=format)


JSON, NT = {"Content-Type": "application/sparql-results+json"}, {"Content-Type": "application/n-triples"}
ROW = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"1"}}'


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ((200, JSON, ROW + b"]}}"), None, ""),
        ((200, JSON, ROW), EngineAway, "broke off"),
        ((200, JSON, ROW + b"]}} timeout"), EngineAway, "broke off"),
        ((200, JSON | {"Content-Length": "999"}, ROW), EngineAway, "broke off"),
        ((200, JSON | {"X-SQL-State": "S1TAT"}, ROW + b"]}}"), EngineAway, "broke off"),
        ((200, JSON | {"X-SPARQL-MaxRows": "1"}, ROW + b"]}}"), QueryLimit, "at most 1 rows"),
        ((200, {"Content-Type": "text/html"}, b"hello"), EngineAway, "answers as text/html"),
        ((400, {"Content-Type": "text/plain"}, b"oops at 'x'"), QuerySyntax, "oops at 'x'"),
        ((401, {}, b""), EngineAway, "does not let it in"),
        ((404, {}, b""), EngineAway, "does not let it in"),
        ((500, {}, b"secret"), EngineAway, r"could not answer \(status 500\)"),
        ((503, {}, b""), EngineAway, "no room now"),
        ((504, {}, b""), QueryCost, "stopped the query"),
    ],
)
def test_what_an_engine_may_do_wrong(
    release: Path, given: tuple[int, Mapping[str, str], bytes], kind: type[WsicError] | None, words: str
) -> None:
    with awkward(*given) as address:
        settings = settings_for(address, sparql_union=True)
        with Door(source_of(release, settings), settings) as door:
            if kind is None:
                assert door.run("SELECT ?x { ?x ?y ?z }", format="csv") == b"x\r\n1\r\n"
                return
            with pytest.raises(kind, match=words):
                door.run("SELECT ?x { ?x ?y ?z }", format="csv")


def test_a_graph_whose_end_cannot_be_told_is_refused(release: Path) -> None:
    triple = b"<a:a> <a:b> <a:c> .\n"
    for headers in (NT, NT | {"Content-Length": str(len(triple))}):
        with awkward(200, headers, triple) as address:
            settings = settings_for(address, sparql_union=True)
            with Door(source_of(release, settings), settings) as door:
                if "Content-Length" in headers:
                    assert door.run("CONSTRUCT WHERE { ?s ?p ?o }", format="nt") == triple
                    continue
                with pytest.raises(EngineAway, match="does not say where its answer ends"):
                    door.run("CONSTRUCT WHERE { ?s ?p ?o }", format="nt")


def small(folder: Path, release: Path, *graphs: str) -> Path:
    """A release with some graphs of ``release`` only."""
    folder.mkdir()
    ends = tuple(f"graph/{name}> .\n".encode() for name in graphs)
    lines = [line for line in (release / DATASET).read_bytes().splitlines(keepends=True) if line.endswith(ends)]
    (folder / DATASET).write_bytes(b"".join(lines))
    counts = {name: sum(line.endswith(end) for line in lines) for name, end in zip(graphs, ends, strict=True)}
    manifest = Manifest(f"small-{'-'.join(graphs)}", len(lines), counts, {})
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest)), encoding="utf-8")
    return folder


def graphs_of(settings: Settings) -> set[str]:
    text = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
    answer = httpx.get(settings.sparql_endpoint, params={"query": text}, headers={"Accept": "text/csv"})
    return set(answer.text.split()[1:])


def test_a_publication_is_whole_or_seen_as_unfinished(release: Path, tmp_path: Path) -> None:
    graph = "https://w3id.org/wsic/graph/"
    with oxigraph(tmp_path) as (address, _):
        settings = settings_for(address)
        httpx.put(f"{address}/store?graph=urn:not-ours", content=b"<a:a> <a:b> <a:c> .", headers=NT)
        first = small(tmp_path / "first", release, "plan", "questions", "effects")
        second = small(tmp_path / "second", release, "plan", "deflators", "questions")
        assert "holds no release" in asyncio.run(check_engine(first, settings))
        publish(first, settings)
        assert asyncio.run(check_engine(first, settings)) == ""
        assert "holds version small-plan-questions-effects, but" in asyncio.run(check_engine(second, settings))

        broken = tmp_path / "broken"
        broken.mkdir()
        (broken / MANIFEST).write_bytes((second / MANIFEST).read_bytes())
        bad = (second / DATASET).read_bytes().replace(b"#decimal>", b"#deci mal>", 1)
        assert bad != (second / DATASET).read_bytes()
        (broken / DATASET).write_bytes(bad)
        with pytest.raises(WsicError, match=r"/store answers with status 400"):
            publish(broken, settings)
        assert "holds no release" in asyncio.run(check_engine(second, settings))
        assert graph + "effects" in graphs_of(settings), "nothing is removed before all is sent"

        said: list[str] = []
        publish(second, settings, said.append)
        assert said[0].startswith(f"{graph}deflators: ")
        assert said[1:] == [
            f"{graph}effects: removed",
            "version small-plan-deflators-questions is published; 2 of 3 graphs were there already",
        ]
        assert graphs_of(settings) == {"urn:not-ours", RECORD} | {graph + n for n in ("plan", "deflators", "questions")}
        assert asyncio.run(check_engine(second, settings)) == ""


def test_failures_of_publishing_are_told(release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WsicError, match=r"WSIC_SPARQL_GRAPH_STORE: is not set"):
        publish(release, Settings(sparql_endpoint="http://127.0.0.1:9/query"))
    with pytest.raises(WsicError, match="cannot be reached"):
        publish(release, settings_for("http://127.0.0.1:9"))
    tiny = small(tmp_path / "tiny", release, "questions")
    for status, words in ((401, "refuses our credentials"), (500, "status 500: disk full"), (405, "no such service")):
        with awkward(status, {"Content-Length": "9"}, b"disk full") as address, pytest.raises(WsicError, match=words):
            publish(tiny, settings_for(address))
    with oxigraph(tmp_path) as (address, _), pytest.raises(WsicError, match=r"no such service at .*/wrong"):
        publish(tiny, settings_for(address, store="/wrong"))
    monkeypatch.setattr("wsic_graph.cli.ensure_release", lambda: tiny)
    monkeypatch.setenv("WSIC_SPARQL_GRAPH_STORE", "http://127.0.0.1:9/store")
    monkeypatch.setenv("WSIC_SPARQL_ENDPOINT", "http://127.0.0.1:9/query")
    get_settings.cache_clear()
    result = CliRunner().invoke(app, ["publish"])
    get_settings.cache_clear()
    assert result.exit_code == 1
    assert "cannot be reached" in result.output
    assert "Not published" in result.output


def test_graphs_are_split_without_loss(release: Path, tmp_path: Path) -> None:
    parts = split(release / DATASET, tmp_path)
    manifest = read_manifest(release)
    assert {iri.rsplit("/", 1)[-1]: part.triples for iri, part in parts.items()} == manifest.graphs
    (plan,) = (part for iri, part in parts.items() if iri.endswith("/plan"))
    assert len(list(ox.parse(path=str(plan.path), format=ox.RdfFormat.N_TRIPLES))) == manifest.graphs["plan"]


def test_serve_says_what_the_engine_holds(release: Path, tmp_path: Path) -> None:
    with oxigraph(tmp_path) as (address, _):
        settings = settings_for(address)
        assert f"engine at {address}/query holds no release" in asyncio.run(check_engine(release, settings))
    with pytest.raises(EngineAway, match="cannot be reached"):
        asyncio.run(check_engine(release, settings))


ON_VIRTUOSO = {
    "competency/findings-by-direction": "a transitive path in OPTIONAL finds nothing; a UNION is slow on Oxigraph",
    "competency/initiatives-reablement-older-people": "no rows: parameters at the ends of several transitive paths",
    "ontology/scheme": "names in GROUP_CONCAT in another order, which SPARQL leaves open",
    **dict.fromkeys(
        sorted(name for name in QUERIES if name.startswith("catalogue/void") or name.endswith(("/terms", "-in-use"))),
        "counts of everything, its own graphs too",
    ),
    **dict.fromkeys(
        (
            "calculator/sources",
            "competency/benefits-map-shares",
            "pages/glossary",
            "pages/initiative-places",
            "pages/property-names",
            "pages/interventions",
            "search/facets",
        ),
        "refused or answered otherwise; not yet written in a form that it takes",
    ),
    "publish/triples": "graphs of its own are part of its default graph",
    "publish/version": "the record of the publication is there",
}
"""What Virtuoso 7.2.5 answers otherwise than SPARQL 1.1 says."""

PAGES = (
    "/",
    "/initiatives",
    "/initiatives?care_group=older-people&status=active",
    "/evidence",
    "/evidence/roland-2012-icp-case-management",
    "/areas",
    "/questions",
    "/effects",
    "/unit-costs",
    "/value-cases",
    "/plan",
    "/catalogue",
)
"""Lists and records whose queries it answers."""


NEW_VIRTUOSO = "dba"
"""The user of every new Virtuoso, and what lets them in."""


@pytest.fixture(scope="module")
def on_virtuoso(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A Virtuoso to which the release was published."""
    if VIRTUOSO is None:
        pytest.skip("Virtuoso is not installed: apt-get install virtuoso-opensource-7")
    with virtuoso(tmp_path_factory.mktemp("virtuoso")) as address:
        settings = settings_for(
            address,
            "/sparql-graph-crud-auth",
            "/sparql",
            sparql_user=NEW_VIRTUOSO,
            sparql_password=NEW_VIRTUOSO,
            sparql_union=True,
            query_seconds=60,
        )
        publish(release, settings)
        yield settings


def test_virtuoso(release: Path, store: ox.Store, on_virtuoso: Settings) -> None:
    with pytest.raises(WsicError, match=r"refuses our credentials \(status 401\)"):
        publish(release, on_virtuoso.model_copy(update={"sparql_password": SecretStr("wrong")}))
    said: list[str] = []
    publish(release, on_virtuoso, said.append)
    assert "nothing to do" in said[0]
    assert asyncio.run(check_engine(release, on_virtuoso)) == ""
    with Door(source_of(release, on_virtuoso), on_virtuoso) as door:
        wrong = {name for name in QUERIES if not answered(QUERIES[name], door, store)} - ANY_ROW
        assert wrong <= set(ON_VIRTUOSO)
        with pytest.raises(QuerySyntax, match="SPARQL compiler"):
            door.run("SELECT * { }}")


def test_pages_say_the_same_on_virtuoso(release: Path, on_virtuoso: Settings) -> None:
    """Asked for at once, as visitors do. Rows whose order SPARQL leaves open may come in another one."""
    settings = on_virtuoso.model_copy(update={"query_seconds": 20})
    with serve(release) as local, serve(release, settings) as remote, ThreadPoolExecutor(6) as pool:
        found = dict(zip(PAGES, pool.map(remote.get, PAGES), strict=True))
        assert {path: page.status_code for path, page in found.items()} == dict.fromkeys(PAGES, 200)
        for path, page in found.items():
            assert words(page.text) == words(local.get(path).text), path


def words(html: str) -> Counter[str]:
    """The words that a page shows between its header and its footer."""
    main = html[html.index("<main") : html.index("</main>")]
    return Counter(text_of(main).split())


def answered(query: Query, door: Door, store: ox.Store) -> bool:
    try:
        return same(query, door, store)
    except WsicError:
        return False
