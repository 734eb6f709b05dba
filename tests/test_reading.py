"""What people read through: value cases and their Word documents, the overarching case, signposting, guides."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import docx
import httpx
import pyoxigraph as ox
import pytest
from docx.oxml.ns import qn
from docx.shared import Cm, Twips
from docx.table import Table

from tests.site_fixtures import serve
from tests.test_site import Page, ask, check_page, count, text_of
from wsic_graph.guides import FOLDER, ORDER, guides, read_guide
from wsic_graph.namespaces import ID

CASES = ["torbay", "pace-usa", "greater-manchester"]
LIST_PAGES = ("/", "/value-cases", "/effects", "/questions", "/plan", "/marks", "/guide/glossary")


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[httpx.Client]:
    """A client of the site."""
    with serve(release) as client:
        client.get("/collections")  # which waits until the version is published, so that pages know the day
        yield client


def links_of(html: str) -> list[str]:
    return [unescape(link) for link in Page(html).links]


# ------------------------------------------------------------------ trust


@pytest.mark.parametrize("path", [*LIST_PAGES, "/value-cases/torbay", "/guide/data", "/sparql"])
def test_every_page_says_its_version_and_day_and_how_to_cite_it(path: str, site: httpx.Client) -> None:
    version = site.get("/readyz").text.rpartition(" ")[2].strip()
    html = site.get(path, headers={"Accept": "text/html"}).text
    cited = re.search(r'id="how-to-cite".*?</section>', html, re.DOTALL)
    assert cited and f"Version {version} of the graph, published on" in text_of(cited[0])
    where = f"{ID}value-case/torbay" if path == "/value-cases/torbay" else path
    assert where in cited[0]
    assert html.count(version) >= 2  # and at the foot


def test_error_pages_are_not_to_be_cited(site: httpx.Client) -> None:
    assert "how-to-cite" not in site.get("/nowhere").text


@pytest.mark.parametrize("path", ["/", "/value-cases/torbay", "/questions/q2", "/guide/glossary"])
def test_the_query_behind_a_page_opens_in_the_editor_with_its_values(path: str, site: httpx.Client) -> None:
    links = links_of(site.get(path).text)
    pages = [link for link in links if link.startswith("/queries/pages/")]
    editors = [link for link in links if link.startswith("/sparql?query=")]
    assert pages and len(pages) == len(editors)
    for page, editor in zip(pages, editors, strict=True):
        (text,) = parse_qs(urlsplit(editor).query)["query"]
        for values in parse_qs(urlsplit(page).query).values():
            assert values[0] in text
        path, _, query = page.partition("?")
        saved = site.get(f"{path}.csv", params=parse_qs(query))
        asked = site.get("/sparql", params={"query": text, "format": "csv"})
        assert saved.text.splitlines() == asked.text.splitlines(), page


def test_every_page_can_be_searched_from(site: httpx.Client) -> None:
    for path in (*LIST_PAGES, "/nowhere", "/guide/privacy"):
        form = re.search(r'<form class="site-search.*?</form>', site.get(path).text, re.DOTALL)
        assert form and 'action="/search"' in form[0] and 'role="search"' in form[0] and 'name="q"' in form[0]


def test_home_leads_everywhere_in_one_step(site: httpx.Client, store: ox.Store) -> None:
    html = site.get("/").text
    links = links_of(html)
    for target in ("/value-cases/overarching", "/value-cases", "/model", "/evidence", "/questions", "/initiatives"):
        assert target in links
    assert '<form class="ask" action="/areas">' in html and '<form class="ask" action="/search">' in html
    newest = ask(
        store,
        "SELECT (MAX(STR(?y)) AS ?n) { VALUES ?c { wsic:EvidenceSource wsic:Resource } ?x a ?c ; dcterms:issued ?y }",
    )[0][0]
    assert newest in text_of(html.partition('id="new"')[2].partition("</section>")[0])


# ------------------------------------------------------------ value cases


@pytest.mark.parametrize("slug", CASES)
def test_a_value_case_has_every_part(slug: str, site: httpx.Client, store: ox.Store) -> None:
    page = Page(site.get(f"/value-cases/{slug}").text)
    parts = ["journey", "interventions", "enablers", "money", "claims", "beside", "lessons", "contact", "sources"]
    abroad = count(store, f"value-case:{slug} wsic:applicability ?x")
    assert set(parts + (["applicability"] if abroad else [])) <= set(page.ids)
    for link in ("claim", "feature", "cost", "saving", "lesson", "enablerStatement", "applicability"):
        for (part,) in ask(store, f"SELECT ?x {{ value-case:{slug} wsic:{link} ?x }}"):
            if "#" in part and part.startswith(f"{ID}value-case/{slug}#"):
                assert part.partition("#")[2] in page.ids, part


@pytest.mark.parametrize("slug", CASES)
def test_the_sentence_counts_the_claims_about_the_place_itself(slug: str, site: httpx.Client, store: ox.Store) -> None:
    text = text_of(site.get(f"/value-cases/{slug}").text)
    national = "?c wsic:evidenceScope evidence-scope:national-programme"
    own = f"value-case:{slug} wsic:claim ?c FILTER NOT EXISTS {{ {national} }}"
    controlled = "?c wsic:studyDesign/skos:broader* study-design:controlled"
    assert f"Of {count(store, own)} claim" in text
    assert f"made {count(store, f'{own} . ?c wsic:independent true')} of them" in text
    assert f"; {count(store, f'{own} . {controlled}')} rest" in text
    better = count(store, f"{own} . ?c wsic:direction direction:improves")
    assert f"{better} better" in text


def test_claims_stand_beside_what_controlled_studies_found(site: httpx.Client, store: ox.Store) -> None:
    html = site.get("/value-cases/torbay").text
    row = re.search(r'<tr role="row" id="beside-emergency-admissions">.*?</tr>', html, re.DOTALL)
    assert row
    found = ask(
        store,
        """SELECT DISTINCT ?f { value-case:torbay wsic:feature/wsic:intervention|wsic:claim/wsic:intervention ?i .
        ?f wsic:intervention ?i ; wsic:outcome outcome:emergency-admissions ; wsic:direction ?d .
        ?s wsic:finding ?f ; wsic:studyDesign/skos:broader* ?k .
        VALUES ?k { study-design:controlled study-design:evidence-synthesis } }""",
    )
    assert f"{len(found)} findings:" in text_of(row[0])
    for (finding,) in found:
        assert finding.replace(f"{ID}evidence/", "/evidence/") in row[0]
    assert row[0].count('href="#e') == count(
        store, "value-case:torbay wsic:claim ?c . ?c wsic:outcome outcome:emergency-admissions"
    )


# ---------------------------------------------------------- Word documents


@pytest.mark.parametrize("slug", [*CASES, "overarching"])
def test_the_word_document_says_what_the_page_says(slug: str, site: httpx.Client) -> None:
    answer = site.get(f"/value-cases/{slug}.docx")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="{slug}.docx"'
    word = docx.Document(io.BytesIO(answer.content))
    html = site.get(f"/value-cases/{slug}").text
    styles = [paragraph.style.name for paragraph in word.paragraphs if paragraph.style]
    assert styles.count("Title") == 1 and "List Bullet" in styles
    headings = [
        paragraph.text for paragraph in word.paragraphs if paragraph.style and paragraph.style.name == "Heading 1"
    ]
    assert headings[-3:] == ["Sources", "Is it still right?", "How to cite"]
    tables = [block for block in word.iter_inner_content() if isinstance(block, Table)]
    rows = len(re.findall(r'<tr role="row"', html))
    with_heads = [table for table in tables if table.rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None]
    if slug != "overarching":
        assert sum(len(table.rows) for table in with_heads) == rows
    said = "\n".join(cell.text for table in tables for row in table.rows for cell in row.cells)
    for mark in set(re.findall(r'class="mark mark-basis"[^>]*>([^<]+)<', html.partition("<main")[2])):
        assert f"[{mark}]" in said
    assert word.core_properties.title and word.core_properties.language == "en-GB"


def test_every_source_cell_of_the_word_document_is_a_link_or_says_that_there_is_none(site: httpx.Client) -> None:
    word = docx.Document(io.BytesIO(site.get("/value-cases/torbay.docx").content))
    targets = {relation.target_ref for relation in word.part.rels.values() if relation.is_external}
    assert any("/sources/thistlethwaite-2011" in target for target in targets)
    assert all(urlsplit(target).scheme in ("http", "https") for target in targets)
    checked = 0
    for table in word.tables:
        heads = [cell.text for cell in table.rows[0].cells]
        if heads[-1] != "Source":
            continue
        for row in table.rows[1:]:
            if row.cells[0]._tc is row.cells[-1]._tc:
                continue  # the head of a group, across the whole row
            cell = row.cells[-1]
            linked = any(paragraph.hyperlinks for paragraph in cell.paragraphs)
            assert linked or cell.text == "no source stated", [cell.text for cell in row.cells]
            checked += 1
    assert checked > 25


def test_columns_of_the_word_document_are_as_wide_as_their_text_asks(site: httpx.Client) -> None:
    document = docx.Document(io.BytesIO(site.get("/value-cases/torbay.docx").content))
    paper, one = Cm(21) - 2 * Cm(2), Twips(1)
    for table in document.tables:
        widths = [column.width or 0 for column in table.columns]
        assert abs(sum(widths) - paper) <= len(widths) * one
        assert all(
            abs(sum(cell.width or 0 for cell in row.tc_lst) - paper) <= len(widths) * one for row in table._tbl.tr_lst
        )
    found = next(table for table in document.tables if "What was found" in [cell.text for cell in table.rows[0].cells])
    wide = {cell.text: cell.width or 0 for cell in found.rows[0].cells}
    assert max(wide, key=wide.__getitem__) == "What was found"


def test_steps_of_the_journey_are_counted_from_one_twice(site: httpx.Client) -> None:
    word = docx.Document(io.BytesIO(site.get("/value-cases/torbay.docx").content))
    numbered = [item for item in word.paragraphs if item.style and item.style.name == "List Number"]
    lists = [item._p.pPr.numPr.numId.val for item in numbered]  # type: ignore[union-attr]
    assert len(set(lists)) == 2
    assert sorted(lists) == lists


def test_a_word_document_of_nothing_is_an_error_in_words(site: httpx.Client) -> None:
    answer = site.get("/value-cases/atlantis.docx")
    assert answer.status_code == 404 and "no value case called “atlantis”" in text_of(answer.text)


# ------------------------------------------------------------- overarching


def test_the_path_goes_from_one_person_to_the_nation(site: httpx.Client, store: ox.Store) -> None:
    html = site.get("/value-cases/overarching").text
    path = html.partition('class="path"')[2].partition("</ol>")[0]
    sizes = [int(value) for value in re.findall(r'<data value="(\d+)"', path)]
    assert sizes == sorted(sizes) and sizes[0] == 1
    assert len(sizes) == count(store, "?x a wsic:InvestmentLevel")


def test_the_figures_of_an_area_stand_beside_those_of_england(site: httpx.Client, store: ox.Store) -> None:
    html = site.get("/value-cases/overarching", params={"area": "E06000027"}).text
    for place in ("E06000027", "E92000001"):
        latest = ask(
            store,
            f"""SELECT ?v {{ ?o sdmx-dimension:refArea area:{place} ; wsic:indicator indicator:population ;
            wsic:ageBand age-band:65plus ; sdmx-measure:obsValue ?v ; sdmx-dimension:refPeriod/schema:startDate ?d }}
            ORDER BY DESC(?d) LIMIT 1""",
        )[0][0]
        assert f'<data value="{latest}">' in html.partition('id="area"')[2]
    assert "Torbay is nearest to this size" in text_of(html)
    document = docx.Document(io.BytesIO(site.get("/value-cases/overarching.docx?area=E06000027").content))
    assert any(table.rows[0].cells[2].text == "Torbay" for table in document.tables if len(table.columns) == 6)


@pytest.mark.parametrize(("area", "status"), [("E99999999", 404), ("<script>", 404), ("us", 200), ("", 200)])
def test_an_area_without_figures_is_told_in_words(area: str, status: int, site: httpx.Client) -> None:
    answer = site.get("/value-cases/overarching", params={"area": area})
    assert answer.status_code == status
    if area == "us":
        assert "None of these measures is published for both" in text_of(answer.text)


# -------------------------------------------------------------- signposting


def test_each_question_has_its_resources_and_the_way_to_narrow_them(site: httpx.Client, store: ox.Store) -> None:
    shown = [int(n) for n in re.findall(r'class="counts">(\d+) resource', site.get("/questions").text)]
    right = [count(store, f"?r wsic:question question:q{number}") for number in range(1, 9)]
    assert shown == right
    for number in (2, 4):
        page = site.get(f"/questions/q{number}").text
        assert f"{right[number - 1]} resource" in text_of(page.partition("result-count")[2])[:40]
        narrowed = f"/resources?question=q{number}"
        assert narrowed in links_of(page)
        assert f"{right[number - 1]} resources" in text_of(site.get(narrowed).text)


def test_superseded_resources_name_their_successor_and_copies_say_so(site: httpx.Client, store: ox.Store) -> None:
    for number in range(1, 9):
        html = site.get(f"/questions/q{number}").text.partition('id="resources"')[2]
        old = count(store, f"?r wsic:question question:q{number} ; wsic:supersededBy ?n")
        assert len(set(re.findall(r"superseded</span> .*?newest: <a href=\"(/resources/[^\"]+)", html))) > 0 or not old
        copies = f"?r wsic:question question:q{number} ; schema:url ?u ; wsic:linkKind ?k"
        copies += " FILTER(?k != link-kind:publisher)"
        assert html.count("status-copy") == count(store, copies)


# ------------------------------------------------------------------ guides


def test_every_guide_is_listed_and_every_file_is_a_guide(site: httpx.Client) -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == set(ORDER)
    links = links_of(site.get("/guide").text)
    for name in (*ORDER, "glossary"):
        assert f"/guide/{name}" in links
        html = site.get(f"/guide/{name}").text
        check_page(f"/guide/{name}", Page(html), html)
    assert site.get("/guide/nothing").status_code == 404
    assert site.get("/guide/data.md").text == (FOLDER / "data.md").read_text(encoding="utf-8")
    assert "/guide/privacy" in site.get("/sitemap/lists.xml").text


def test_links_of_the_guides_lead_somewhere(site: httpx.Client) -> None:
    seen = set()
    for name in ORDER:
        for link in links_of(site.get(f"/guide/{name}").text.partition("<main")[2].partition('id="how-to-cite"')[0]):
            if link.startswith("/") and link not in seen:
                seen.add(link)
                assert site.get(link).status_code == 200, f"{name} links to {link}"
    assert len(seen) > 30


def test_the_queries_in_the_guides_have_answers(site: httpx.Client) -> None:
    queries = [piece.query for guide in guides().values() for piece in guide.pieces if piece.query]
    assert len(queries) >= 4
    for query in queries:
        answer = site.get("/sparql", params={"query": query, "format": "csv"})
        assert answer.status_code == 200, answer.text
        assert len(answer.text.splitlines()) > 2, query


def test_guides_hold_no_counts_that_may_go_stale() -> None:
    for guide in guides().values():
        prose = re.sub(r"```.*?```", "", guide.source, flags=re.DOTALL)
        prose = prose.partition("## A worked plan")[0]  # which tests/test_plans.py makes again
        assert not re.search(r"\b\d[\d,]* (initiatives|studies|findings|statistics|resources|councils)\b", prose)


def test_html_in_a_guide_is_text(tmp_path: Path) -> None:
    path = tmp_path / "bad.md"
    path.write_text("# Title\n\nSummary.\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))\n", encoding="utf-8")
    html = "".join(piece.html for piece in read_guide(path).pieces)
    assert "<script" not in html and "&lt;script" in html and "href=" not in html


def test_the_glossary_defines_every_term_of_its_schemes(site: httpx.Client, store: ox.Store) -> None:
    html = site.get("/guide/glossary").text
    for scheme in ("intervention", "outcome", "study-design", "basis"):
        for concept, definition in ask(
            store, f"SELECT ?c ?d {{ ?c skos:inScheme <https://w3id.org/wsic/scheme/{scheme}> ; skos:definition ?d }}"
        ):
            assert f"/scheme/{scheme}/{concept.rsplit('/', 1)[-1]}" in html
            assert definition.split(".")[0] in unescape(html)
