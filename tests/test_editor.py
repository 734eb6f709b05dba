"""The editor: as a plain form, and in a true browser with its script."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.site_fixtures import serve
from tests.test_browser import LOOKS, RULES
from wsic_graph.content import ROOT
from wsic_graph.formats import GRAPHS, RESULTS
from wsic_graph.namespaces import PREFIXES
from wsic_graph.queries import public_queries
from wsic_graph.service.examples import AUDIENCES
from wsic_graph.service.snippets import plain, python_literal, r_literal, shell_literal
from wsic_graph.settings import Settings

COUNTS = """PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX wsic: <https://w3id.org/wsic/ontology#>
SELECT ?direction ?label (COUNT(*) AS ?findings) WHERE {
  ?finding a wsic:Finding ; wsic:direction ?direction . ?direction skos:prefLabel ?label
} GROUP BY ?direction ?label ORDER BY ?label"""
PLACES = """PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX geo: <http://www.w3.org/2003/01/geo/wgs84_pos#>
PREFIX wsic: <https://w3id.org/wsic/ontology#>
SELECT ?initiative ?title ?lat ?long WHERE {
  ?initiative a wsic:Initiative ; dcterms:title ?title ; wsic:location [ geo:lat ?lat ; geo:long ?long ] .
} ORDER BY ?title"""
WRONG = "SELECT ?x WHERE {\n  ?x a <urn:y> .\n    ?x ?y ~ .\n}"
AWKWARD = 'SELECT ("it\'s \\"x\\" \\\\ $HOME `id` \u00e9 \\u0041 )\\" \'\'\' # %20" AS ?x) {}'
HTML = {"Accept": "text/html,*/*;q=0.8"}
QUERIES = {
    "select": COUNTS,
    "awkward": AWKWARD,
    "ask": "ASK { ?s ?p 'no' }",
    "graph": "DESCRIBE <https://w3id.org/wsic/id/area/us>",
}


@pytest.fixture(scope="module")
def site(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A site whose short links are its own."""
    with serve(release, Settings(data_dir=tmp_path_factory.mktemp("data"))) as client:
        yield client


@pytest.fixture
def page(browser: Browser, site: httpx.Client) -> Iterator[Page]:
    """The editor in a fresh window, which must meet no fault of the script."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if "Security Policy" in message.text else None)
    page.goto(f"{site.base_url}/sparql")
    yield page
    assert not faults
    context.close()


def run(page: Page, query: str) -> None:
    """Put a query into the editor and run it by the keyboard."""
    page.get_by_label("Query", exact=True).fill(query)
    page.keyboard.press("Control+Enter")
    page.locator("[data-status]", has_text=re.compile(r"\d s")).wait_for()


def value(page: Page) -> str:
    return page.get_by_label("Query", exact=True).input_value()


# ------------------------------------------------------------ the plain form


def test_examples_stand_under_their_audience(site: httpx.Client) -> None:
    html = unescape(site.get("/sparql", headers=HTML).text)
    order = [who for who in AUDIENCES if who != "site"]
    places = [html.index(f"<h3>{AUDIENCES[who]}</h3>") for who in order]
    assert places == sorted(places)
    ends = [*places[1:], len(html)]
    for query in public_queries().values():
        if query.audience != "site":
            index = order.index(query.audience)
            assert query.summary in html[places[index] : ends[index]], query.name


def test_an_example_opens_with_its_values_and_is_answered(site: httpx.Client) -> None:
    html = site.get("/sparql", headers=HTML).text
    link = next(unescape(found) for found in re.findall(r'href="(/sparql\?query=[^"]*squaredKilometres[^"]*)"', html))
    opened = site.get(link, headers=HTML)
    assert opened.status_code == 200 and "10 rows" in opened.text
    assert "id/area/E06000027&gt;" in opened.text


def test_a_fault_shows_its_line(site: httpx.Client) -> None:
    response = site.get("/sparql", params={"query": WRONG}, headers=HTML)
    assert response.status_code == 400
    assert 'data-line="3" data-column="13"' in response.text
    assert re.search(r"    \?x \?y ~ \.\n<span aria-hidden=\"true\"> {12}\^</span>", response.text)
    unknown = site.get("/sparql", params={"query": "ASK {\n ?x a nix:y }"}, headers=HTML)
    assert "the prefix before this place is not declared" in unknown.text


def test_the_answer_alone_is_what_the_page_shows(site: httpx.Client) -> None:
    whole = site.get("/sparql", params={"query": COUNTS}, headers=HTML).text
    part = site.get("/sparql/answer", params={"query": COUNTS})
    assert part.text.strip() in whole and "<html" not in part.text
    posted = site.post("/sparql/answer", data={"query": COUNTS})
    assert posted.text == part.text
    refused = site.post("/sparql/answer", data={"query": "SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }"})
    assert refused.status_code == 400 and "SERVICE" in refused.text


def test_line_ends_of_forms_do_not_move_the_fault(site: httpx.Client) -> None:
    response = site.post("/sparql/answer", data={"query": WRONG.replace("\n", "\r\n")})
    assert 'data-line="3" data-column="13"' in response.text


def test_every_download_is_offered_and_comes(site: httpx.Client) -> None:
    for query, offers in ((COUNTS, RESULTS), (QUERIES["graph"], GRAPHS)):
        html = site.get("/sparql/answer", params={"query": query}).text
        links = {link.rpartition("=")[2]: unescape(link) for link in re.findall(r'href="(/sparql\?query=[^"]*)"', html)}
        assert set(offers) == set(links)
        for name, offer in offers.items():
            found = site.get(links[name], headers=HTML)
            assert found.status_code == 200 and found.headers["content-type"] == offer.content_type


def test_prefixes_are_those_of_the_graph(site: httpx.Client) -> None:
    assert site.get("/sparql/prefixes.json").json() == PREFIXES


def test_the_outline_is_small_and_carries_its_licence() -> None:
    text = (ROOT / "web" / "static" / "uk-outline.svg").read_text(encoding="utf-8")
    assert len(text) < 60_000
    assert "Open Government Licence v3.0" in text and "Crown copyright" in text


# ------------------------------------------------------------------ snippets


def snippet(site: httpx.Client, query: str, label: str) -> str:
    """The text of a snippet, led to the server of the test."""
    html = site.get("/sparql/answer", params={"query": query}).text
    found = re.search(rf'aria-label="{label}"><code>(.*?)</code>', html, re.DOTALL)
    assert found, label
    return unescape(found[1]).replace("http://127.0.0.1:8000", str(site.base_url).rstrip("/"))


@pytest.mark.parametrize("kind", QUERIES)
@pytest.mark.parametrize("label", ["curl", "Python with rdflib", "Python with SPARQLWrapper", "R"])
def test_snippets_answer(label: str, kind: str, site: httpx.Client, tmp_path: Path) -> None:
    commands = {"curl": ["sh"], "R": ["Rscript"]}
    command = commands.get(label, [sys.executable])
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    file = tmp_path / "snippet"
    file.write_text(snippet(site, QUERIES[kind], label), encoding="utf-8")
    done = subprocess.run([*command, str(file)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    expected = {
        "select": "172",
        "awkward": "" if label == "R" else "it's",
        "ask": r"(?i)false",
        "graph": "United States",
    }[kind]
    assert "<html" not in done.stdout and re.search(expected, done.stdout), done.stdout
    if kind == "awkward":
        assert "$HOME `id` \u00e9 A" in done.stdout, done.stdout


@pytest.mark.parametrize(
    "text", [AWKWARD, 'x"""', '""""', "\\", "a\r\nb", "\x00\x1b[31m", ')"', ')-")--"', "\U0001f600\t"]
)
def test_literals_are_read_back_as_the_query(text: str) -> None:
    assert eval(python_literal(text)) == f"\n{plain(text)}\n"  # noqa: S307 - our own literal
    word = subprocess.run(["sh", "-c", f"printf %s {shell_literal(text)}"], capture_output=True, check=True).stdout
    assert word.decode() == f"query={plain(text)}"
    raw = r_literal(text)
    dashes = re.match(r'r"(-*)\(', raw)
    assert dashes and raw.count(f'){dashes[1]}"') == 1


# --------------------------------------------------------------- with script


def test_a_query_is_written_completed_run_sorted_and_taken_away_by_keyboard(page: Page) -> None:
    field = page.get_by_label("Query", exact=True)
    field.focus()
    page.keyboard.type("SELECT ?x ?title WHERE { ?x a wsic:")
    options = page.get_by_role("listbox", name="Terms").get_by_role("option")
    expect(options.first).to_be_visible()
    assert value(page).startswith(f"PREFIX wsic: <{PREFIXES['wsic']}>\n\nSELECT")
    page.keyboard.type("Initi")
    expect(options.first).to_contain_text("wsic:Initiative")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    assert field.get_attribute("role") == "combobox" and field.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Enter")
    expect(options).to_have_count(0)
    assert value(page).endswith("?x a wsic:Initiative")
    page.keyboard.type(" ; dcterms:title ?title }")
    expect(field).to_have_value(re.compile(r"PREFIX dcterms: <http://purl\.org/dc/terms/>"))
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-status]")).to_have_text(re.compile(r"^\d+ rows in [\d.]+ s\.$"))
    assert "query=PREFIX" in page.url
    head = page.get_by_role("columnheader", name="title")
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")
    titles = page.locator("table.plain tbody td:nth-child(2)").all_inner_texts()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    assert page.locator("table.plain tbody td:nth-child(2)").all_inner_texts() == titles[::-1]
    page.get_by_role("link", name="CSV", exact=True).focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "answer.csv"
    assert len(download.value.path().read_text(encoding="utf-8").splitlines()) == len(titles) + 1
    expect(page.locator("table.plain td a").first).to_have_attribute("href", re.compile("^/initiatives/"))


def test_terms_are_found_by_their_label_and_escape_leaves_the_text(page: Page) -> None:
    field = page.get_by_label("Query", exact=True)
    field.focus()
    page.keyboard.type("SELECT * WHERE { ?x ?y reablement")
    page.keyboard.press("Control+Space")
    option = page.get_by_role("option", name=re.compile("intervention:reablement"))
    expect(option).to_be_visible()
    page.keyboard.press("Escape")
    expect(option).to_have_count(0)
    page.keyboard.press("Control+Space")
    page.get_by_role("option", name=re.compile("^intervention:reablement ")).click()
    expect(field).to_have_value(re.compile(r"\?y intervention:reablement$"))
    expect(field).to_have_value(re.compile(r"^PREFIX intervention: "))
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert value(page) == "SELECT * WHERE { ?x ?y reablement"


def test_what_is_painted_is_what_is_written(page: Page) -> None:
    text = f"{PLACES}\n# a <comment> & \"more\n?x 'open\n\t1.5e3 @en <a> < <urn:b> ]\n"
    page.get_by_label("Query", exact=True).fill(text)
    painted = "code => new Promise(done => requestAnimationFrame(() => setTimeout(() => done(code.textContent))))"
    assert page.locator(".editor-paint code").evaluate(painted) == f"{text}\n"
    page.keyboard.press("Control+Home")
    page.keyboard.type("\n# 2\n")
    page.keyboard.press("Control+End")
    page.keyboard.press("Backspace")
    text = f"\n# 2\n{text[:-1]}"
    assert page.locator(".editor-paint code").evaluate(painted) == f"{text}\n"
    numbers = page.locator(".editor-numbers").evaluate("node => node.children.length")
    assert numbers == text.count("\n") + 1
    assert page.locator(".t-keyword").first.inner_text() == "PREFIX"
    assert page.locator(".t-comment").last.inner_text() == '# a <comment> & "more'
    places = page.evaluate(
        "[...document.querySelectorAll('.editor textarea, .editor-paint')].map(node => {"
        "const style = getComputedStyle(node); const box = node.getBoundingClientRect();"
        "return [style.font, style.paddingLeft, style.tabSize, box.x, box.y].join()})"
    )
    assert places[0] == places[1]


def test_a_fault_is_marked_and_the_caret_goes_there(page: Page) -> None:
    run(page, WRONG)
    field = page.get_by_label("Query", exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".editor-numbers .wrong")).to_have_text("3")
    expect(page.get_by_role("alert")).to_contain_text("Line 3, column 13")
    page.get_by_role("button", name="Go to line 3, column 13").press("Enter")
    assert field.evaluate("field => field.value.slice(0, field.selectionStart)").endswith("    ?x ?y ~ ")
    page.keyboard.type("1")
    expect(page.locator(".editor-numbers .wrong")).to_have_count(0)


def test_numbers_sort_as_numbers_and_a_chart_shows_them(page: Page) -> None:
    run(page, COUNTS)
    expect(page.get_by_role("img", name="Bar chart: findings by label")).to_be_visible()
    assert page.locator(".chart-bar").count() == page.locator("table.plain tbody tr").count() > 3
    head = page.get_by_role("columnheader", name="findings")
    head.get_by_role("button").click()
    numbers = [int(text) for text in page.locator("table.plain td.num").all_inner_texts()]
    assert numbers == sorted(numbers) and [str(n) for n in numbers] != sorted(map(str, numbers))


def test_places_stand_on_a_map_that_the_keyboard_reaches(page: Page) -> None:
    run(page, PLACES)
    points = page.locator("svg.map .map-point")
    inside = points.count()
    outside = int(re.findall(r"(\d+) rows? with coordinates elsewhere", page.locator(".answer-map").inner_text())[0])
    assert inside + outside == page.locator("table.plain tbody tr").count()
    assert page.locator('svg.map [tabindex="0"]').count() == 1
    page.locator('svg.map [tabindex="0"]').focus()
    page.keyboard.press("ArrowDown")
    name = page.evaluate("document.activeElement.getAttribute('aria-label')")
    expect(page.locator(".map-here")).to_have_text(name)
    page.keyboard.press("Enter")
    page.wait_for_url("**/initiatives/**")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_a_long_query_is_asked_too(page: Page) -> None:
    run(page, f"# {'x' * 12_000}\n{COUNTS}")
    expect(page.locator("[data-status]")).to_have_text(re.compile("^4 rows"))
    assert page.url.endswith("/sparql")


def test_limits_are_told_and_a_cancelled_query_ends(browser: Browser, release: Path, tmp_path: Path) -> None:
    """With one place for queries, the next is only answered in time when the worker of the cancelled one has ended."""
    settings = Settings(query_bytes=1_000_000, query_places=1, query_seconds=30, data_dir=tmp_path)
    with serve(release, settings) as client:
        page = browser.new_page()
        page.goto(f"{client.base_url}/sparql")
        run(page, "SELECT * WHERE { ?s ?p ?o }")
        expect(page.get_by_role("alert")).to_contain_text("larger than 1,000,000 bytes")
        page.get_by_label("Query", exact=True).fill("SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
        page.keyboard.press("Control+Enter")
        page.wait_for_timeout(500)
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator("[data-status]")).to_have_text(re.compile("^Cancelled after"))
        expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
        assert page.evaluate("document.activeElement.id") == "query"
        started = time.monotonic()
        run(page, COUNTS)
        assert time.monotonic() - started < 10
        page.close()


def test_all_of_it_works_without_the_script(browser: Browser, site: httpx.Client) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.base_url}/sparql")
    page.get_by_label("Query", exact=True).fill(COUNTS)
    page.get_by_role("button", name="Run").click()
    assert value(page) == COUNTS
    expect(page.locator("table.plain tbody tr")).to_have_count(4)
    page.get_by_role("button", name="Make a short link").click()
    link = page.get_by_role("link", name="/sparql/q/").inner_text()
    page.goto(link.replace("http://127.0.0.1:8000", str(site.base_url).rstrip("/")))
    assert value(page) == COUNTS
    context.close()


def test_a_short_link_is_made_and_leads_back(page: Page, site: httpx.Client) -> None:
    run(page, COUNTS)
    page.get_by_role("button", name="Make a short link").click()
    link = page.locator(".share-place a")
    expect(link).to_have_text(re.compile(r"/sparql/q/[a-z2-7]{8,10}$"))
    found = site.get("/sparql/q/" + link.inner_text().rpartition("/")[2])
    assert found.status_code == 307
    page.goto(f"{str(site.base_url).rstrip('/')}{found.headers['location']}")
    assert value(page) == COUNTS
    expect(page.locator("table.plain tbody tr")).to_have_count(4)


@pytest.mark.parametrize("query", [COUNTS, f"{PLACES} LIMIT 12", WRONG])
def test_axe_finds_nothing_with_the_script(query: str, page: Page) -> None:
    run(page, query)
    for details in page.locator("details").all():
        details.locator("summary").click()
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        results = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
        assert not results.response["violations"], f"{scheme}, {width} px\n{results.generate_report()}"
    for width in (1440, 768, 360, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_axe_finds_nothing_in_the_list_of_terms(page: Page) -> None:
    page.get_by_label("Query", exact=True).focus()
    page.keyboard.type("SELECT * { ?x wsic:")
    expect(page.get_by_role("listbox", name="Terms")).to_be_visible()
    page.keyboard.press("ArrowDown")
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        results = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
        assert not results.response["violations"], f"{scheme}, {width} px\n{results.generate_report()}"


def test_the_answer_prints_with_its_query(page: Page) -> None:
    run(page, COUNTS)
    page.emulate_media(media="print")
    expect(page.locator(".printed-query")).to_be_visible()
    expect(page.locator("table.plain")).to_be_visible()
    expect(page.get_by_role("heading", name="Examples")).to_be_hidden()


def test_modules_are_plain_and_small() -> None:
    for module in (ROOT / "web" / "static" / "editor").glob("*.js"):
        text = module.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 200, module.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text), module.name
        imported = re.findall(r'from "([^"]+)"', text)
        assert all((module.parent / name).is_file() for name in imported), module.name
