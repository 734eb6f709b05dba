"""The site over true HTTP: every page, every link, the filters, the query page and the errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit
from zlib import crc32

import httpx
import lxml.html
import pyoxigraph as ox
import pytest
from lxml import etree

from tests.site_fixtures import serve
from wsic_graph.namespaces import ID, PREFIXES
from wsic_graph.service import home
from wsic_graph.service.accept import preferred
from wsic_graph.service.links import page_of
from wsic_graph.service.words import inner, money, number, percent, years
from wsic_graph.settings import Settings

WSIC = PREFIXES["wsic"]
HTML = {"Accept": "text/html"}
PLAIN = {"Accept-Encoding": "identity"}
PROLOGUE = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
PAGES_OF = {
    "Initiative": "/initiatives/",
    "ValueCase": "/value-cases/",
    "OverarchingValueCase": "/value-cases/",
    "EvidenceSource": "/evidence/",
    "EffectEstimate": "/effects/",
    "SignpostingQuestion": "/questions/",
    "Resource": "/resources/",
    "Source": "/sources/",
    "Area": "/areas/",
}


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[httpx.Client]:
    """A client of the site."""
    with serve(release) as client:
        yield client


SAMPLED = [
    (re.compile(pattern), one_in)
    for pattern, one_in in (
        (r"/data/", 50),  # test_records has one of each kind
        (r"/(search|initiatives|evidence|value-cases|resources)\.[a-z]+", 20),  # so has test_search
        (r"/contribute/about/", 50),  # one and the same form for each record
        (r"/[^?]*\?", 25),  # a page that is asked for with parameters: choices, comparisons, forms
        (r"/history/", 25),
        (r"/scheme/[^/]+/", 5),
    )
]
"""Addresses of which the crawl asks one in so many, always the same ones: each kind is one template over like facts."""
SKIPPED = re.compile(r"/sparql\?|/queries/|/(scheme|shapes|ontology)\b.*\.(ttl|nt|jsonld|rdf|json|csv)$")
"""Queries and the vocabulary as data; test_saved_queries and test_ontology_pages ask for each kind."""
LINKS = etree.XPath("//@href | //@src | //form[not(@method='post')]/@action")
IDS = etree.XPath("//@id")
HEADINGS = etree.XPath("//h1 | //h2 | //h3 | //h4 | //h5 | //h6")
LANDMARKS = etree.XPath("//header | //nav | //main | //footer")


class Page:
    """What the tests look at in a page."""

    def __init__(self, html: str) -> None:
        tree = lxml.html.document_fromstring(html)
        self.headings = [int(heading.tag[1]) for heading in HEADINGS(tree)]
        self.links = [str(link) for link in LINKS(tree) if link]
        self.ids = [str(ident) for ident in IDS(tree)]
        self.landmarks = {landmark.tag for landmark in LANDMARKS(tree)}
        self.title = tree.findtext("head/title") or ""


@dataclass(frozen=True)
class Crawl:
    """The pages of the site, what linked to each first, and every link to a place within a page."""

    pages: dict[str, Page]
    origin: dict[str, str]
    fragments: set[tuple[str, str, str]]


def text_of(html: str) -> str:
    """The words of a page, with single spaces."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def ask(store: ox.Store, query: str) -> list[list[str]]:
    """The rows of a query, as text."""
    found = store.query(PROLOGUE + query, use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    return [["" if term is None else str(getattr(term, "value", "")) for term in solution] for solution in found]


def count(store: ox.Store, pattern: str) -> int:
    """How many solutions ``pattern`` has."""
    return int(ask(store, f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}")[0][0])


# ------------------------------------------------------------------ pages


@pytest.fixture(scope="module")
def crawl(site: httpx.Client) -> Crawl:
    """The site, reached from its front page by following links: all of it but what is ``SAMPLED`` or ``SKIPPED``."""
    found = Crawl({}, {"/": "nowhere"}, set())
    reached = ["/"]
    with ThreadPoolExecutor(2) as pool:
        while reached:
            answers = zip(reached, pool.map(partial(site.get, headers=PLAIN), reached), strict=True)
            reached = []
            for path, response in answers:
                status = response.status_code
                if response.headers.get("location", "").startswith("/account/sign-in?"):
                    continue  # a page of an account; the sign-in page is a link of its own
                assert status == 200, f"{path} answers {status}; {found.origin[path]} links to it"
                if response.headers["content-type"].startswith("text/html"):
                    reached += read_page(found, path, response.text)
            assert len(found.origin) < 10_000, "the site seems to have no end"
    return found


def read_page(found: Crawl, path: str, html: str) -> list[str]:
    """Check a page and note its links; the addresses that were not known before."""
    page = found.pages[path] = Page(html)
    check_page(path, page, html)
    new = []
    for link in dict.fromkeys(page.links):
        target, fragment = urldefrag(urljoin(path, link))
        if urlsplit(target).netloc or not is_asked(target):
            continue
        if fragment:
            found.fragments.add((path, target, fragment))
        if target not in found.origin:
            found.origin[target] = path
            new.append(target)
    return new


@cache
def is_asked(target: str) -> bool:
    """Whether the crawl asks for an address of the site."""
    if SKIPPED.match(target):
        return False
    one_in = next((number for pattern, number in SAMPLED if pattern.match(target)), 1)
    return crc32(target.encode()) % one_in == 0


def test_no_link_of_the_site_is_broken(crawl: Crawl) -> None:
    assert len(crawl.pages) > 1_500
    missing = [
        f"{path} links to {target}#{fragment}"
        for path, target, fragment in sorted(crawl.fragments)
        if target in crawl.pages and fragment not in crawl.pages[target].ids
    ]
    assert not missing


@pytest.mark.parametrize("kind", PAGES_OF)
def test_every_record_has_a_page(kind: str, crawl: Crawl, site: httpx.Client, store: ox.Store) -> None:
    records = [row[0] for row in ask(store, f"SELECT DISTINCT ?x WHERE {{ ?x a wsic:{kind} }} ORDER BY ?x")]
    assert records
    for record in records:
        path = PAGES_OF[kind] + record.rsplit("/", 1)[-1]
        assert page_of(record) == path
        if path not in crawl.pages:
            response = site.get(path, headers=PLAIN)
            assert response.status_code == 200, f"{path}: {response.status_code}"
            check_page(path, Page(response.text), response.text)


def test_pages_of_records_give_the_identifier_and_the_data(site: httpx.Client, store: ox.Store) -> None:
    for kind in PAGES_OF:
        record = ask(store, f"SELECT ?x WHERE {{ ?x a wsic:{kind} }} ORDER BY ?x LIMIT 1")[0][0]
        html = site.get(str(page_of(record))).text
        assert record in html
        assert f'href="/data/{record.removeprefix(ID)}.ttl"' in html


def check_page(path: str, page: Page, html: str) -> None:
    """What must hold of every page."""
    assert page.headings.count(1) == 1, f"{path} has {page.headings.count(1)} first headings"
    steps = zip(page.headings, page.headings[1:], strict=False)
    assert all(later <= earlier + 1 for earlier, later in steps), f"{path} skips a level of headings"
    assert page.title.partition(" · ")[0].strip(), f"{path} has no title"
    assert len(page.ids) == len(set(page.ids)), f"{path} uses an id twice"
    assert {"header", "nav", "main", "footer"} <= page.landmarks, path
    assert 'href="#main"' in html and 'lang="en-GB"' in html, path
    scripts = r'<script(?! type="(module" src=|application/ld\+json">))'
    assert not re.search(scripts, html), f"{path} has an inline script"
    assert " style=" not in html, f"{path} has an inline style"
    if "None" in html and not path.startswith("/scheme/prefill-level"):  # where a concept is called None
        assert not re.search(r">\s*None\s*<|\(None|None\)|, None\b", html), f"{path} prints None"


def test_saved_queries_behind_pages_can_be_opened(site: httpx.Client) -> None:
    for path in ("/", "/initiatives?nation=W92000004", "/areas/E06000027", "/effects", "/questions/q2"):
        links = [unescape(link) for link in Page(site.get(path).text).links if link.startswith("/queries/pages")]
        assert links, f"{path} does not show its query"
        for link in links:
            assert site.get(link).status_code == 200, link


def test_the_front_page_counts_what_is_there(site: httpx.Client, store: ox.Store) -> None:
    text = text_of(site.get("/").text)
    uk = "?x a wsic:Initiative ; wsic:nation/wsic:areaType area-type:country-of-the-uk"
    forecast = "?x a wsic:Result ; wsic:studyDesign study-design:forecast"

    def total(kind: str, more: str = "") -> str:
        return f"{count(store, f'?x a wsic:{kind} {more}'):,}"

    def not_better(kind: str) -> str:
        return total(kind, "; wsic:direction ?d FILTER(?d IN (direction:no-clear-effect, direction:worsens))")

    for words in [
        f"{total('Strand')} strands, {total('NationalFigure')} national figures",
        f"{total('ValueCase')} places, {total('Claim')} claims, {not_better('Claim')} of them",
        f"{total('EffectEstimate')} effects, {total('UnitCost')} unit costs, {total('Area', '; wsic:current true')} "
        f"councils, {total('Observation')} statistics",
        f"{total('EvidenceSource')} sources, {total('Finding')} findings, {not_better('Finding')} of them",
        f"{total('SignpostingQuestion')} questions, {total('Resource')} resources",
        f"{count(store, uk)} in the United Kingdom, "
        f"{count(store, '?x a wsic:Initiative') - count(store, uk)} abroad; {total('Result')} results, "
        f"{count(store, forecast)} of them forecasts",
        f"{total('PlanSection')} sections, {total('NationalCondition')} national conditions, {total('Metric')} metrics",
    ]:
        assert words in text
    for direction, words in [("improves", "improved it"), ("worsens", "made it worse"), ("mixed", "were mixed")]:
        assert f"{count(store, f'?x a wsic:Finding ; wsic:direction direction:{direction}')} {words}" in text


# ---------------------------------------------------------------- honesty


def test_numbers_carry_their_basis_and_source(site: httpx.Client, store: ox.Store) -> None:
    for record, part, basis in ask(
        store,
        """SELECT ?record ?part ?basis WHERE { VALUES ?link { wsic:result wsic:claim wsic:finding }
        ?record ?link ?part . ?part wsic:basis/skos:notation ?basis FILTER(?basis != "verified")
        FILTER(STRSTARTS(STR(?part), CONCAT(STR(?record), "#"))) } ORDER BY ?part""",
    ):
        path = page_of(record)
        assert path
        row = row_of(site.get(path).text, part.partition("#")[2])
        assert basis in text_of(row), f"{part} is {basis} and its row does not say so"
        assert "/sources/" in row or "/evidence/" in path, part


def row_of(html: str, ident: str) -> str:
    """The table row with the id ``ident``."""
    match = re.search(rf'<tr role="row" id="{re.escape(ident)}".*?</tr>', html, re.DOTALL)
    assert match, f"there is no row {ident}"
    return match[0]


def test_statements_are_not_measured_zeros(site: httpx.Client, store: ox.Store) -> None:
    rows = ask(store, "SELECT ?x ?text WHERE { ?x a wsic:Result ; wsic:unit unit:no-quantity ; wsic:unitText ?text }")
    assert rows
    for part, text in rows:
        row = row_of(site.get(str(page_of(part.partition("#")[0]))).text, part.partition("#")[2])
        assert text in text_of(row)
        assert 'value="0"' not in row


@pytest.mark.parametrize("kind", ["Result", "Claim"])
def test_forecasts_are_called_forecasts(kind: str, site: httpx.Client, store: ox.Store) -> None:
    rows = ask(store, f"SELECT ?x WHERE {{ ?x a wsic:{kind} ; wsic:studyDesign study-design:forecast }}")
    assert rows
    for (part,) in rows:
        row = row_of(site.get(str(page_of(part.partition("#")[0]))).text, part.partition("#")[2])
        assert 'class="mark status-forecast"' in row


def test_results_without_a_design_name_that_of_the_main_evaluation(site: httpx.Client) -> None:
    assert "design of the initiative's main evaluation: randomised controlled trial" in text_of(
        site.get("/initiatives/camden-coalition-hotspotting").text
    )


def test_what_is_not_known_is_not_nought(site: httpx.Client) -> None:
    text = text_of(site.get("/value-cases/torbay").text)
    assert "Cost of the original locality teams recalled Not found. amount not known" in text


def test_national_findings_are_marked_as_such(site: httpx.Client) -> None:
    html = site.get("/value-cases/northamptonshire").text
    assert "not this place's own result" in text_of(html)
    assert "/records/programme-finding/integrated-care-pilots-cost" in html
    places = text_of(site.get("/records/programme-finding/integrated-care-pilots-cost").text)
    assert "Northamptonshire" in places


def test_statistics_are_printed_as_stored(site: httpx.Client, store: ox.Store) -> None:
    for path, area in [("/areas/E06000027/statistics", "E06000027"), ("/areas/E10000006/statistics", "E10000006")]:
        html = site.get(path).text
        values = ask(
            store,
            f"""SELECT ?v WHERE {{ ?o sdmx-dimension:refArea area:{area} ; sdmx-measure:obsValue ?v }}""",
        )
        assert values
        for (value,) in values:
            assert f'<data value="{value}">' in html, f"{path} lacks {value}"


def test_an_abolished_council_names_its_successors(site: httpx.Client) -> None:
    text = text_of(site.get("/areas/E10000006").text)  # Cumbria
    assert "Abolished." in text and "31 March 2023" in text
    assert "Cumberland , with" in text and "Westmorland and Furness , with" in text
    assert "of whose people it took over derived" in text_of(site.get("/areas/E06000063").text)


def test_superseded_resources_point_to_the_newest(site: httpx.Client) -> None:
    html = site.get("/resources/bcf-policy-framework-2023-25").text
    assert "Superseded." in html and 'href="/resources/bcf-policy-framework-2025-26"' in html


def test_answers_cite_their_resources(site: httpx.Client) -> None:
    html = site.get("/questions/q2").text
    assert "[nwl-wsic-toolkit]" not in html
    assert 'class="reference" href="/resources/nwl-wsic-toolkit"' in html


def test_effects_on_recalled_findings_only_say_so(site: httpx.Client) -> None:
    assert text_of(site.get("/effects").text).count("recalled only") >= 9
    assert "Rests on recalled findings only" in site.get("/effects/self-management-support--gp-contacts").text


# ---------------------------------------------------------------- filters


@pytest.mark.parametrize(
    ("query", "pattern"),
    [
        ("nation=W92000004", "?x wsic:nation area:W92000004"),
        ("care_group=dementia", "?x wsic:careGroup care-group:dementia"),
        ("care_group=older-people", "?x wsic:careGroup/skos:broader* care-group:older-people"),
        ("intervention=reablement", "?x wsic:intervention intervention:reablement"),
        ("programme=pioneers-wave-1", "?x wsic:programme programme:pioneers-wave-1"),
        ("status=active", "?x wsic:initiativeStatus initiative-status:active"),
        (
            "nation=E92000001&status=active",
            "?x wsic:nation area:E92000001 ; wsic:initiativeStatus initiative-status:active",
        ),
        ("", "?x a wsic:Initiative"),
    ],
)
def test_initiatives_can_be_narrowed(query: str, pattern: str, site: httpx.Client, store: ox.Store) -> None:
    found = ask(store, f"SELECT (COUNT(DISTINCT ?x) AS ?n) WHERE {{ ?x a wsic:Initiative . {pattern} }}")[0][0]
    html = site.get(f"/initiatives?limit=500&{query}").text
    assert f">{found} initiative" in html
    assert len(re.findall(r'<a href="/initiatives/(?!map["?])', html)) == int(found)


def test_a_filter_that_nothing_matches_says_so(site: httpx.Client) -> None:
    response = site.get("/initiatives?nation=atlantis")
    assert response.status_code == 200
    assert "0 initiatives" in response.text and "Show all" in response.text


def test_evidence_can_be_narrowed(site: httpx.Client, store: ox.Store) -> None:
    for row in ask(store, "SELECT ?c ?s WHERE { ?c skos:inScheme scheme:evidence-category ; skos:notation ?s }"):
        found = count(store, f"?x a wsic:EvidenceSource ; wsic:evidenceCategory <{row[0]}>")
        assert f"{found} source" in site.get(f"/evidence?category={row[1]}").text


# ------------------------------------------------------------ identifiers


def test_identifiers_lead_to_the_page_or_the_data(site: httpx.Client) -> None:
    for accept, target in [
        ("text/html", "/initiatives/torbay-care-trust"),
        ("*/*", "/initiatives/torbay-care-trust"),
        ("text/turtle", "/data/initiative/torbay-care-trust.ttl"),
        ("text/html;q=0.5, text/turtle", "/data/initiative/torbay-care-trust.ttl"),
    ]:
        response = site.get("/id/initiative/torbay-care-trust", headers={"Accept": accept})
        assert (response.status_code, response.headers["location"]) == (303, target)
        assert response.headers["vary"] == "Accept"
    assert site.get("/id/initiative/nothing").status_code == 404
    assert site.get("/data/initiative/nothing.ttl").status_code == 404


def test_every_kind_of_identifier_leads_somewhere(site: httpx.Client, store: ox.Store) -> None:
    kinds: dict[str, str] = {}
    for (iri,) in ask(store, f'SELECT ?x WHERE {{ ?x a ?c FILTER(STRSTARTS(STR(?x), "{ID}")) }} ORDER BY ?x'):
        kinds.setdefault(iri.removeprefix(ID).split("/")[0], iri.partition("#")[0])
    assert len(kinds) > 15
    for iri in kinds.values():
        response = site.get(urlsplit(iri).path.removeprefix("/wsic"))
        assert response.status_code == 303, iri
        assert site.get(urldefrag(response.headers["location"])[0]).status_code == 200, iri


def test_turtle_is_the_record_and_its_parts(site: httpx.Client, store: ox.Store) -> None:
    for slug in ("value-case/overarching", "value-case/torbay", "initiative/torbay-care-trust", "area/E10000006"):
        response = site.get(f"/data/{slug}.ttl")
        assert response.headers["content-type"] == "text/turtle; charset=utf-8"
        found = {str(triple) for triple in ox.parse(response.content, format=ox.RdfFormat.TURTLE)}
        iri = ID + slug
        expected = {
            str(ox.Triple(quad.subject, quad.predicate, quad.object))
            for quad in store
            if isinstance(quad.subject, ox.NamedNode)
            and (quad.subject.value == iri or quad.subject.value.startswith(f"{iri}#"))
        }
        assert {line.removesuffix(" .") for line in found} == {line.removesuffix(" .") for line in expected}


# ----------------------------------------------------------------- SPARQL


def test_a_query_is_answered_as_a_table(site: httpx.Client, store: ox.Store) -> None:
    response = site.get(
        "/sparql", params={"query": PROLOGUE + "SELECT ?x WHERE { ?x a wsic:Initiative } ORDER BY ?x"}, headers=HTML
    )
    assert response.status_code == 200
    assert f"{count(store, '?x a wsic:Initiative')} rows" in response.text
    assert '<a href="/initiatives/airedale-right-care">' in response.text
    check_page("/sparql", Page(response.text), response.text)


def test_a_long_answer_shows_a_thousand_rows_and_offers_all(site: httpx.Client, store: ox.Store) -> None:
    query = PROLOGUE + "SELECT ?x WHERE { ?x a wsic:Observation }"
    html = site.get("/sparql", params={"query": query}, headers=HTML).text
    total = count(store, "?x a wsic:Observation")
    assert f"{total:,} rows, of which the first 1,000 are shown" in text_of(html)
    assert html.count("<tr>") == 1001
    link = next(unescape(link) for link in Page(html).links if link.endswith("format=csv"))
    assert len(site.get(link).text.splitlines()) == total + 1


def test_yes_no_and_graph_answers(site: httpx.Client) -> None:
    assert "<strong>Yes</strong>" in site.get("/sparql", params={"query": "ASK { ?s ?p ?o }"}, headers=HTML).text
    assert "<strong>No</strong>" in site.get("/sparql", params={"query": "ASK { <urn:b> ?p ?o }"}, headers=HTML).text
    html = site.get("/sparql", params={"query": "DESCRIBE <https://w3id.org/wsic/id/area/us>"}, headers=HTML).text
    assert "United States" in html and "<pre" in html


@pytest.mark.parametrize(
    ("form", "media", "query"),
    [
        ("csv", "text/csv", "SELECT ?s WHERE { ?s ?p ?o } LIMIT 2"),
        ("tsv", "text/tab-separated-values", "SELECT ?s WHERE { ?s ?p ?o } LIMIT 2"),
        ("json", "application/sparql-results+json", "SELECT ?s WHERE { ?s ?p ?o } LIMIT 2"),
        ("xml", "application/sparql-results+xml", "ASK { ?s ?p ?o }"),
        ("ttl", "text/turtle", "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 2"),
        ("nt", "application/n-triples", "DESCRIBE <https://w3id.org/wsic/id/area/us>"),
    ],
)
def test_answers_come_in_formats(form: str, media: str, query: str, site: httpx.Client) -> None:
    response = site.get("/sparql", params={"query": query, "format": form})
    assert response.status_code == 200 and response.headers["content-type"].startswith(media)
    by_header = site.get("/sparql", params={"query": query}, headers={"Accept": media})
    assert by_header.status_code == 200 and by_header.headers["content-type"].startswith(media)


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("SELECT * WHERE {", 400, "ine 1, column"),
        ("INSERT DATA { <a:b> <a:c> <a:d> }", 400, "update"),
        ("SELECT * WHERE { SERVICE <http://example.org/> { ?s ?p ?o } }", 400, "SERVICE"),
        ("SELECT * WHERE " + "{" * 100 + "}" * 100, 400, "nested deeper"),
        ("x" * 20_001, 400, "at most 20,000"),
    ],
)
def test_refused_queries_keep_their_text(query: str, status: int, words: str, site: httpx.Client) -> None:
    response = site.get("/sparql", params={"query": query}, headers=HTML)
    assert response.status_code == status
    assert words in text_of(response.text)
    assert query in unescape(response.text)
    plain = site.get("/sparql", params={"query": query, "format": "json"}, headers={"Accept": "application/json"})
    assert plain.status_code == status
    assert plain.headers["content-type"] == "application/problem+json"
    assert words in plain.json()["detail"]


def test_a_format_that_does_not_fit_is_refused(site: httpx.Client) -> None:
    assert site.get("/sparql", params={"query": "ASK { ?s ?p ?o }", "format": "ttl"}).status_code == 400
    assert site.get("/sparql", params={"query": "ASK { ?s ?p ?o }", "format": "exe"}).status_code == 400


def test_limits_have_a_status_of_their_own(release: Path) -> None:
    with serve(release, Settings(query_bytes=1_000_000, query_seconds=2, query_places=1)) as client:
        large = client.get("/sparql", params={"query": "SELECT * WHERE { ?s ?p ?o }"}, headers=HTML)
        assert large.status_code == 413 and "larger than 1,000,000 bytes" in large.text
        product = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f }"
        slow = client.get("/sparql", params={"query": product}, headers=HTML)
        assert slow.status_code == 503 and "longer than 2 seconds" in slow.text


# ----------------------------------------------------------------- errors


def test_what_is_not_there_is_named(site: httpx.Client) -> None:
    response = site.get("/initiatives/no-such-place")
    assert response.status_code == 404
    assert "There is no initiative called “no-such-place”" in response.text
    assert 'href="/initiatives"' in response.text
    check_page("/initiatives/no-such-place", Page(response.text), response.text)
    assert "There is no page at “/nowhere”" in site.get("/nowhere").text
    for path in ("/areas/%3Cb%3E", "/id/x/..%2F..", "/records/initiative/nothing", "/initiatives/" + "x" * 3000):
        assert site.get(path).status_code == 404, path


def test_programs_get_problem_details(site: httpx.Client) -> None:
    for accept in ("application/json", "application/problem+json"):
        response = site.get("/evidence/nothing", headers={"Accept": accept})
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"
        problem = json.loads(response.content)
        assert (
            problem["status"] == 404 and problem["title"] == "Not Found" and problem["instance"] == "/evidence/nothing"
        )
        assert "nothing" in problem["detail"]
    assert site.post("/initiatives").status_code == 405


def test_nothing_given_is_ever_markup(site: httpx.Client) -> None:
    attack = "<script>alert(1)</script>\"'><b>"
    for path, params in [
        ("/initiatives", {"nation": attack, "programme": attack}),
        ("/evidence", {"category": attack}),
        ("/sparql", {"query": attack}),
        ("/sparql", {"query": f'SELECT ("{attack[:25]}" AS ?x) {{}}'}),
        (f"/areas/{attack}", {}),
        (f"/{attack}", {}),
    ]:
        html = site.get(path, params=params, headers=HTML).text
        assert "<script>" not in html and "<b>" not in html, (path, params)


def test_headers_protect_every_answer(site: httpx.Client) -> None:
    for path in ("/", "/nowhere", "/style.css", "/sparql?query=x", "/data/area/us.ttl"):
        headers = site.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "strict-origin-when-cross-origin"


def test_head_is_get_without_the_body(site: httpx.Client) -> None:
    response = site.head("/initiatives")
    assert response.status_code == 200 and response.content == b""
    assert site.head("/initiatives/nothing").status_code == 404


def test_a_fault_is_no_stack_trace(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(home, "render", fail)
    with serve(release) as client:
        response = client.get("/")
        assert response.status_code == 500
        assert "secret" not in response.text and "Traceback" not in response.text
        assert "Something went wrong on our side" in response.text


# ------------------------------------------------------------ small parts


def test_numbers_are_written_as_they_are_stored() -> None:
    assert number(Decimal("8827985")) == "8,827,985"
    assert number(Decimal("-0.70")) == "−0.70"
    assert number(Decimal("1983.96075")) == "1,983.96075"
    assert number(0) == "0"
    assert money(Decimal("400000000"), "GBP") == "£400,000,000"
    assert money(Decimal("538.2"), "GBP") == "£538.2"
    assert money(Decimal("-1481"), "EUR") == "−€1,481"
    assert money(Decimal("3390"), "SEK") == "SEK 3,390"
    assert percent(Decimal("-0.105"), sign=True) == "−10.5%"
    assert percent(Decimal("0.1"), sign=True) == "+10%"
    assert percent(Decimal("0.8470")) == "84.70%"
    assert percent(0, sign=True) == "0%"


def test_words() -> None:
    assert [inner(text) for text in ("Case management", "A&E attendances", "GP contacts", "UK site")] == [
        "case management",
        "A&E attendances",
        "GP contacts",
        "UK site",
    ]
    assert [years(*pair) for pair in ((None, None), ("2012", None), (None, "2015"), ("2012", "2012"))] == [
        "years not known",
        "from 2012",
        "to 2015",
        "2012",
    ]


@pytest.mark.parametrize(
    ("accept", "best"),
    [
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/turtle", "text/turtle"),
        ("text/*;q=0.9, text/turtle;q=0.1", "text/html"),
        ("text/turtle, text/html;q=0.9", "text/turtle"),
        ("text/html;q=0, */*", "text/turtle"),
        ("image/png", "text/html"),
        ("text/turtle;q=nonsense", "text/html"),
    ],
)
def test_content_negotiation(accept: str, best: str) -> None:
    assert preferred(accept, ("text/html", "text/turtle")) == best
