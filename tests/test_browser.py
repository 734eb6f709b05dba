"""The site in a true browser: accessibility by axe, light and dark, narrow and wide, keyboard and print."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.site_fixtures import serve

PATHS = [
    "/",
    "/account/sign-in",
    "/contribute",
    "/contribute/about/initiative/torbay-care-trust",
    "/history/initiative/wigan-deal",
    "/marks",
    "/value-cases",
    "/value-cases/overarching?area=E06000027",
    "/value-cases/northamptonshire",
    "/value-cases/pace-usa",
    "/value-cases/northamptonshire/sheet",
    "/model",
    "/calculator",
    "/calculator?area=E06000027&cohort=65plus&intervention=reablement&evidence=all&payer=acute:1",
    "/calculator?area=E06000027&intervention=reablement&set=/interventions/reablement/uptake:3",
    "/calculator/compare",
    "/effects",
    "/effects/case-management--emergency-admissions",
    "/unit-costs",
    "/areas",
    "/benefits-map",
    "/benefits-map?show=money&care_group=older-people",
    "/benefits-map/check?area=E06000027&benefit=acute-spending&service=hospital-at-home:older-people:20:Home%20ward",
    "/areas/E06000027",
    "/areas/E06000027/statistics",
    "/areas/us",
    "/areas?find=yorkshire",
    "/places-like-mine?area=E06000027&care_group=frailty&measure=share-75plus",
    "/initiatives/map",
    "/compare?initiative=torbay-care-trust&initiative=fylde-coast-extensive-care",
    "/evidence?category=workforce",
    "/evidence/roland-2012-icp-case-management",
    "/interventions",
    "/interventions/hospital-at-home",
    "/outcomes/readmissions",
    "/questions",
    "/questions/q2",
    "/guide",
    "/guide/researchers",
    "/guide/calculator",
    "/calculator/validation",
    "/guide/glossary",
    "/resources?version=superseded&limit=10",
    "/search?q=ED",
    "/search?q=reablemnt",
    "/resources/bcf-policy-framework-2023-25",
    "/initiatives?nation=W92000004",
    "/initiatives?nation=atlantis",
    "/initiatives/camden-coalition-hotspotting",
    "/initiatives/torbay-care-trust",
    "/plan",
    "/plan/draft",
    "/plan/draft?area=E06000027&care_group=older-people&benefit=independence-at-home&intervention=reablement&service=reablement:older-people:35:Home%20first",
    "/plan/segments?area=E06000027&own=frailty:4000&own=high-risk:1500",
    "/plan/budget?stated=9&variance=-7.01&host=A&partner=A&kind=council&scheme=S&amount=4&partner=B&kind=nhs&scheme=T&amount=6",
    "/sources/thistlethwaite-2011-integrating-health-social-care-torbay",
    "/records/organisation/torbay-council",
    "/records/programme-finding/integrated-care-pilots-cost",
    "/sparql",
    "/queries",
    "/queries/pages/initiatives?nation=W92000004",
    "/queries/pages/area-statistics?limit=20",
    "/queries/records/record",
    "/queries/competency/effects-for-outcome?outcome=fals",
    "/sparql?query=SELECT%20*%20WHERE%20%7B",
    "/sparql?query=DESCRIBE%20%3Chttps://w3id.org/wsic/id/area/us%3E",
    "/catalogue",
    "/collections",
    "/collections/initiative",
    "/sparql?query=SELECT%20%3Fs%20%3Fo%20%7B%20%3Fs%20%3Chttp://www.w3.org/2004/02/skos/core%23prefLabel%3E%20%3Fo%20%7D%20LIMIT%205",
    "/ontology",
    "/shapes",
    "/scheme/care-group",
    "/scheme/intervention/virtual-wards",
    "/nowhere",
]
THINNED = {"/ontology", "/shapes"}
"""Pages of one or two hundred alike entries, on which axe would take minutes: it sees the first five of each kind."""
THIN = """for (const parent of document.querySelectorAll("main, main *")) {
  const seen = {};
  for (const child of [...parent.children]) {
    const kind = child.tagName + (child.getAttribute("class") || "");
    seen[kind] = (seen[kind] || 0) + 1;
    if (seen[kind] > 5) child.remove();
  }
}"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES_ONLY = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
LOOKS: list[tuple[Literal["light", "dark"], int]] = [("light", 1280), ("dark", 1280), ("light", 360)]
each_path = pytest.mark.parametrize("path", PATHS)


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[httpx.Client]:
    """A client of the site, whose base address the browser uses."""
    with serve(release) as client:
        yield client


def open_page(browser: Browser, address: str, width: int) -> Page:
    """A page of the site in a window of its own."""
    page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
    page.goto(address)
    return page


def axe_finds_nothing(page: Page) -> None:
    """Everybody can use the page, light and dark, wide and narrow."""
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        results = Axe().run(page, options=RULES_ONLY)
        assert not results.response["violations"], f"{page.url}, {scheme}, {width} px\n{results.generate_report()}"


def nothing_runs_off(page: Page, widths: Sequence[int]) -> None:
    """The page is as wide as the window."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        scroll = page.evaluate("document.documentElement.scrollWidth")
        assert scroll <= width, f"{page.url} is {scroll} px wide in a window of {width} px"


@each_path
def test_axe_finds_nothing(path: str, browser: Browser, site: httpx.Client) -> None:
    page = open_page(browser, f"{site.base_url}{path}", 1280)
    if path in THINNED:
        page.evaluate(THIN)
    axe_finds_nothing(page)
    page.context.close()


@each_path
def test_nothing_runs_off_the_side(path: str, browser: Browser, site: httpx.Client) -> None:
    page = open_page(browser, f"{site.base_url}{path}", 1440)
    nothing_runs_off(page, (1440, 1024, 768, 360, 320))
    page.context.close()


def test_tables_stay_tables_on_a_phone(browser: Browser, site: httpx.Client) -> None:
    page = open_page(browser, f"{site.base_url}/value-cases/torbay", 360)
    table = page.get_by_role("table", name="Savings")
    assert table.get_by_role("row").count() >= 2
    assert table.get_by_role("columnheader").count() == 6
    assert table.get_by_role("cell").count() >= 5
    page.context.close()


def test_the_keyboard_can_skip_to_the_content(browser: Browser, site: httpx.Client) -> None:
    page = open_page(browser, f"{site.base_url}/initiatives", 1280)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the main content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    page.context.close()


def test_filters_work_by_hand(browser: Browser, site: httpx.Client) -> None:
    page = open_page(browser, f"{site.base_url}/initiatives", 360)
    page.locator("summary", has_text="Narrow the list").click()
    page.get_by_role("checkbox", name="Wales").check()
    page.get_by_role("checkbox", name="Scotland").check()
    page.get_by_role("button", name="Show").last.click()
    few = int(page.locator(".result-count").inner_text().removesuffix(" initiatives"))
    page.get_by_role("link", name="Remove Nation or country Wales").click()
    fewer = int(page.locator(".result-count").inner_text().removesuffix(" initiatives"))
    page.get_by_role("link", name="Remove Nation or country Scotland").click()
    assert 0 < fewer < few < int(page.locator(".result-count").inner_text().removesuffix(" initiatives"))
    page.context.close()


def test_a_query_can_be_written_and_read(browser: Browser, site: httpx.Client) -> None:
    page = open_page(browser, f"{site.base_url}/sparql", 1280)
    page.get_by_label("Query", exact=True).fill("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
    page.get_by_role("button", name="Run").click()
    assert page.locator("table.plain tbody td").inner_text().isdigit()
    page.context.close()


def test_nothing_needs_javascript_or_another_host(browser: Browser, site: httpx.Client) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in PATHS:
        page.goto(f"{site.base_url}{path}")
        assert page.locator("h1").count() == 1, path
    assert all(url.startswith(str(site.base_url)) for url in asked)
    context.close()


def test_the_menu_opens_on_a_phone_without_javascript(browser: Browser, site: httpx.Client) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 700}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.base_url}/marks")
    menu = page.get_by_role("navigation", name="Main")
    assert not menu.is_visible()
    page.get_by_role("button", name="Menu").click()
    menu.get_by_role("link", name="Signposting").click()
    assert page.url == f"{site.base_url}/questions"
    page.set_viewport_size({"width": 1280, "height": 700})
    assert page.get_by_role("navigation", name="Main").is_visible()
    assert not page.get_by_role("button", name="Menu").is_visible()
    context.close()


def test_pages_print_without_the_navigation(browser: Browser, site: httpx.Client) -> None:
    page = open_page(browser, f"{site.base_url}/value-cases/torbay", 800)
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation", name="Main").is_visible()
    assert page.get_by_role("heading", level=1).is_visible()
    assert page.pdf().startswith(b"%PDF")
    page.context.close()


def test_the_search_of_every_page_suggests_and_works_by_keyboard(browser: Browser, site: httpx.Client) -> None:
    page = open_page(browser, f"{site.base_url}/areas", 1280)
    box = page.get_by_label("Search everything")
    with page.expect_response("**/search/suggest?q=virtual%20wa"):
        box.press_sequentially("virtual wa")
    options = page.locator("#site-search-suggestions option")
    options.first.wait_for(state="attached")
    assert box.get_attribute("list") == "site-search-suggestions"
    titles = [str(option.get_attribute("value")) for option in options.all()]
    assert "Virtual wards" in titles
    box.fill("Virtual wards")
    box.press("Enter")
    page.wait_for_url("**/search?q=Virtual+wards")
    assert page.get_by_role("link", name="Virtual wards").first.is_visible()
    page.context.close()


def test_the_sheet_of_every_value_case_is_one_readable_page(browser: Browser, site: httpx.Client) -> None:
    page = open_page(browser, f"{site.base_url}/", 800)
    page.emulate_media(media="print")
    cases = [result["page"] for result in site.get("/value-cases.json").json()["results"]]
    assert len(cases) == 11
    for case in cases:
        page.goto(f"{site.base_url}{case}/sheet")
        sheets = re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", prefer_css_page_size=True))
        assert len(sheets) == 1, f"{case} prints on {len(sheets)} pages"
        smallest = page.evaluate("""() => Math.min(...[...document.querySelectorAll(".sheet *")]
          .map(element => parseFloat(getComputedStyle(element).fontSize)))""")
        assert smallest * 72 / 96 > 8.49, f"{case} is printed too small to read"
        assert page.locator(".sheet").get_by_text("Lessons").is_visible()
    page.context.close()


def test_the_map_is_passed_or_walked_by_keyboard(browser: Browser, site: httpx.Client) -> None:
    page = open_page(browser, f"{site.base_url}/initiatives/map", 1280)
    page.get_by_text("Skip the map").focus()
    page.keyboard.press("Tab")
    here = page.locator(".map-place:focus")
    name = here.locator("text")
    assert here.get_attribute("href", timeout=2000) and name.is_visible()
    page.keyboard.press("Tab")
    assert name.inner_html() and page.locator(".map-place:focus").count() == 1
    page.get_by_text("Skip the map").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('#the-same').contains(document.activeElement)")
    page.context.close()
