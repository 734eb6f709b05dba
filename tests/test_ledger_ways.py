"""Every kind of contribution by the guided form, from the first page to the published one, in a browser and without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.ledger_fixtures import PASSWORD, WIGAN, Person, editor_of, person_of
from tests.site_fixtures import serve
from tests.test_browser import axe_finds_nothing, nothing_runs_off
from wsic_graph.ledger import submissions
from wsic_graph.ledger.store import Ledger
from wsic_graph.settings import Settings

SOURCE = "source/thistlethwaite-2011-integrating-health-social-care-torbay"
VALUE_CASE: dict[str, Any] = {
    "|wsic:valueCaseKind": "uk-site",
    "|dcterms:description": "One team for people at home.",
    "|wsic:leadOrganisation": ["Wigan Council"],
    "|wsic:nation": "England",
    "|wsic:area": ["E08000010"],
    "|wsic:settingText": "A town",
    "|wsic:careGroup": ["older-people"],
    "population-served-1|dcterms:description": "People over 75",
    "feature-1|wsic:intervention": "reablement",
    "feature-1|dcterms:description": "Help to manage again",
    "feature-1|dcterms:source": [SOURCE],
    "journey-1|dcterms:description": "Mrs Smith falls.",
    "journey-1|wsic:illustrative": "true",
    "journey-1|wsic:groundedIn": [SOURCE],
    "step-1|dcterms:description": "She waits in hospital.",
    "step-2|dcterms:description": "She goes home the next day.",
    "enabler-statement-1|wsic:enabler": "leadership",
    "enabler-statement-1|dcterms:description": "One manager",
    "enabler-statement-1|dcterms:source": [SOURCE],
    "claim-1|dcterms:description": "Fewer days in hospital",
    "claim-1|wsic:direction": "improves",
    "claim-1|wsic:outcome": "emergency-bed-days",
    "claim-1|wsic:measure": "absolute",
    "claim-1|wsic:populationText": "People over 75",
    "claim-1|wsic:designText": "Before and after",
    "claim-1|wsic:studyDesign": "before-after",
    "claim-1|wsic:independent": "false",
    "claim-1|wsic:derived": "false",
    "claim-1|wsic:evidenceScope": "site",
    "claim-1|dcterms:source": [SOURCE],
    "lesson-1|dcterms:description": "Begin with one contract.",
    "lesson-1|wsic:drawnFromFigures": "false",
    "lesson-1|dcterms:source": [SOURCE],
    "lesson-3|dcterms:description": "Pay for the pathway.",
    "lesson-3|wsic:drawnFromFigures": "false",
    "lesson-3|dcterms:source": [SOURCE],
    "contact-point-1|wsic:organisation": "Wigan Council",
    "|dcterms:source": [SOURCE],
    "|dcterms:references": [SOURCE],
}
EVIDENCE: dict[str, Any] = {
    "|dcterms:description": "A study of joint teams.",
    "|dc:publisher": "A journal",
    "|dcterms:issued": "2024",
    "|wsic:studyDesign": "randomised-trial",
    "|wsic:designText": "Trial",
    "|wsic:studyCountry": "England",
    "|wsic:evidenceCategory": ["workforce"],
    "|wsic:careGroup": ["older-people"],
    "|wsic:intervention": ["reablement"],
    "|wsic:sample": "300 people",
    "|wsic:evidenceLevel": "moderate",
    "|wsic:evidenceLevelReason": "Small",
    "finding-1|dcterms:description": "No clear difference in admissions",
    "finding-1|wsic:findingKind": "effect",
    "finding-1|wsic:intervention": "reablement",
    "finding-1|wsic:outcome": "emergency-admissions",
    "finding-1|wsic:direction": "no-clear-effect",
}
RESOURCE: dict[str, Any] = {
    "|dcterms:description": "A guide to joint teams.",
    "|dc:publisher": "Two councils",
    "|wsic:resourceType": "guide",
    "|schema:url": "https://example.org/guide",
    "|wsic:question": ["question/q2"],
    "|wsic:resourceElement": ["governance"],
    "|wsic:careGroup": ["older-people"],
    "|wsic:howToUse": "Read it",
}
KINDS = {"value-case": VALUE_CASE, "evidence": EVIDENCE, "resource": RESOURCE}
PAGES = {"value-case": "/value-cases", "evidence": "/evidence", "resource": "/resources"}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ways")


@pytest.fixture(scope="module")
def site(release: Path, data_dir: Path) -> Iterator[httpx.Client]:
    editor_of(data_dir)
    with serve(release, Settings(data_dir=data_dir), public=True) as client:
        yield client


def begun(site: httpx.Client, kind: str, title: str) -> Person:
    person = Person(site)
    person.get("/contribute")
    person.send("/contribute", {"kind": kind, "title": title})
    if "Is it one of these?" in person.text:
        person.send("/contribute", {"new": "1"})
    return person


def accepted(site: httpx.Client, data_dir: Path, draft: str) -> None:
    ledger = Ledger(data_dir)
    name = submissions.open_link(ledger, draft.rsplit("/", 1)[1]).id
    ledger.close()
    editor = person_of(site)
    editor.get(f"/review/{name}")
    editor.send(f"/review/{name}", {"do": "accept"})
    assert "Accepted" in editor.text, editor.text[:2000]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_from_the_form_to_its_page(kind: str, site: httpx.Client, data_dir: Path) -> None:
    person = begun(site, kind, f"Quokka {kind.replace('-', ' ')}")
    draft = person.here
    person.send(draft, {"do": "check"})
    assert person.answer.status_code == 422
    links = person.page.xpath("//div[@class='problems']//a/@href")
    ids = set(person.page.xpath("//@id"))
    assert links and {unquote(link[1:]) for link in links} <= ids, "each error leads to its field"
    person.send(draft, {**KINDS[kind], "do": "check"})
    assert "It keeps every rule" in person.text, person.page.xpath("string(//div[@class='problems'])")
    assert f"Quokka {kind.replace('-', ' ')}" in person.get(f"{draft}/preview").text
    assert site.get(f"{PAGES[kind]}/quokka-{kind}").status_code == 404
    person.get(draft)
    person.send(draft, {"do": "submit"})
    accepted(site, data_dir, draft)
    page = site.get(f"{PAGES[kind]}/quokka-{kind}")
    assert page.status_code == 200
    if kind == "value-case":
        for words in ("Begin with one contract.", "Pay for the pathway.", "She waits in hospital.", "One manager"):
            assert words in page.text
        turtle = site.get("/data/value-case/quokka-value-case.ttl").text
        assert "lesson-theme:commissioning" in turtle and "lesson-theme:incentives" in turtle
        assert "lesson-theme:other" not in turtle, "headings without words are left out"


def test_what_is_nearly_right_is_offered(site: httpx.Client) -> None:
    person = begun(site, "initiative", "Quokka nearly")
    person.send(person.here, {"|wsic:leadOrganisation": ["Wigan Councel"], "|wsic:careGroup": ["x"], "do": "check"})
    assert "is “wigan council” meant?" in person.text
    person = Person(site)
    person.get("/contribute")
    person.send("/contribute", {"kind": "initiative", "title": "The Wigan deal"})
    assert "Is it one of these?" in person.text and f"record={WIGAN.replace('/', '%2F')}" in person.answer.text


@pytest.fixture
def page(browser: Browser, site: httpx.Client) -> Iterator[Page]:
    context = browser.new_context(base_url=str(site.base_url), viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("place", ["/contribute/upload", "draft", f"/review/move/{WIGAN}?way=rename&to=wigan-new-name"])
def test_axe_finds_nothing_and_nothing_runs_off(place: str, page: Page, site: httpx.Client) -> None:
    if place == "draft":
        person = begun(site, "value-case", "Quokka axe")
        person.send(person.here, {"do": "add |wsic:saving"})
        place = person.here
    elif place.startswith("/review"):
        page.goto("/account/sign-in")
        page.fill("#name", "ed")
        page.fill("#password", PASSWORD)
        page.get_by_role("button", name="Sign in").click()
    page.goto(place)
    axe_finds_nothing(page)
    nothing_runs_off(page, (320,))
