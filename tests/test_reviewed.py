"""The pages of interventions and outcomes: nothing that the graph knows is left out, nothing is averaged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from tests.site_fixtures import serve
from tests.test_site import Page, ask, count, text_of
from wsic_graph.answers import Iri, Row, Value
from wsic_graph.namespaces import ID, SCHEME
from wsic_graph.service.forest import pictures, tally
from wsic_graph.service.links import page_of, reader_page

BELOW = "wsic:intervention/skos:broader*"


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[httpx.Client]:
    """A client of the site."""
    with serve(release) as client:
        yield client


def linked(html: str) -> set[str]:
    return {unescape(href) for href in re.findall(r'href="([^"]+)"', html)}


@pytest.mark.parametrize("kind", ["intervention", "outcome"])
def test_every_concept_has_a_page_with_all_its_findings(kind: str, site: httpx.Client, store: ox.Store) -> None:
    path = BELOW if kind == "intervention" else "wsic:outcome"
    index = linked(site.get(f"/{kind}s").text)
    concepts = ask(store, f"SELECT ?c ?l WHERE {{ ?c skos:inScheme scheme:{kind} ; skos:prefLabel ?l }}")
    assert len(concepts) > 25
    for concept, label in concepts:
        page = str(reader_page(concept))
        assert page == f"/{kind}s/{concept.rsplit('/', 1)[1]}"
        assert page in index
        html = site.get(page).text
        known = f"?x {path} <{concept}> . {{ ?x a wsic:Finding }} UNION {{ ?x a wsic:EffectEstimate }}"
        wanted = {str(page_of(row[0])) for row in ask(store, f"SELECT ?x WHERE {{ {known} }}")}
        assert wanted <= linked(html), label
        assert len(Page(html).ids) == len(set(Page(html).ids)), label
        assert page_of(concept) in linked(html)


def test_directions_are_told_as_the_graph_has_them(site: httpx.Client, store: ox.Store) -> None:
    pattern = "?f a wsic:Finding ; wsic:intervention intervention:case-management ; wsic:direction direction:"
    said = text_of(site.get("/interventions/case-management").text)
    said_of = {"improves": "improve", "no-clear-effect": "show no clear effect", "worsens": "get worse"}
    for direction, words in said_of.items():
        number = count(store, pattern + direction)
        assert number > 1
        assert f"{number} {words}" in said
    rows = site.get("/queries/pages/interventions?format=csv").text
    assert f",{count(store, pattern + 'improves')},{count(store, pattern + 'no-clear-effect')}," in rows


def test_harms_and_nulls_are_in_the_picture(site: httpx.Client) -> None:
    html = site.get("/interventions/case-management").text
    section = html[html.index('id="emergency-admissions"') : html.index('id="total-cost"')]
    picture = section[section.index("<svg") : section.index("</figure>")]
    assert "tone-bad" in picture and "tone-flat" in picture and "tone-good" not in picture
    assert "16.5 (95% interval −5.7 to 38.7)" in text_of(picture)
    assert '/evidence/roland-2012-icp-case-management#f1"' in picture


def test_the_model_is_linked_both_ways(site: httpx.Client, store: ox.Store) -> None:
    effect, finding, intervention = ask(
        store,
        "SELECT ?e ?f ?i WHERE { ?e a wsic:EffectEstimate ; prov:wasDerivedFrom ?f ; wsic:intervention ?i }"
        " ORDER BY ?e ?f",
    )[0]
    page = linked(site.get(str(reader_page(intervention))).text)
    assert {str(page_of(effect)), str(page_of(finding))} <= page
    assert {str(page_of(finding)), str(reader_page(intervention))} <= linked(site.get(str(page_of(effect))).text)
    study = site.get(str(page_of(finding))).text
    assert str(page_of(effect)) in linked(study)
    assert "Used by the model" in study


def test_the_three_marks_stand_apart(site: httpx.Client, store: ox.Store) -> None:
    html = site.get("/interventions/case-management").text
    table = html[html.index('id="effects"') : html.index('id="initiatives"')]
    for mark in ("Size of effect", "Strength", "Cost"):
        assert f">{mark}</th>" in table
    number = count(store, "?e a wsic:EffectEstimate ; wsic:intervention intervention:case-management")
    assert table.count('data-label="Cost"') == number > 5


def test_a_reader_of_a_record_is_led_to_all_that_is_known(site: httpx.Client) -> None:
    assert "/outcomes/emergency-admissions" in linked(site.get("/evidence/roland-2012-icp-case-management").text)
    assert "/interventions/case-management" in linked(site.get("/scheme/intervention/case-management").text)
    sent = site.get(f"{SCHEME}outcome/falls".replace("https://w3id.org/wsic", ""), headers={"Accept": "text/turtle"})
    assert sent.status_code in (200, 303)
    assert page_of(f"{SCHEME}outcome/falls") == "/scheme/outcome/falls"
    assert reader_page(f"{SCHEME}unit/days") == page_of(f"{SCHEME}unit/days")
    assert reader_page(f"{SCHEME}outcome") == page_of(f"{SCHEME}outcome")


def test_headings_lead_to_places_that_there_are(site: httpx.Client) -> None:
    """Also on the page of an intervention that only narrower ones have findings on."""
    for path in ("/interventions/virtual-wards", "/interventions/intermediate-care", "/outcomes/readmissions"):
        places = [link for link in linked(site.get(path).text) if re.match(r"/(interventions|outcomes)/[^#]+#", link)]
        for link in places:
            page, _, fragment = link.partition("#")
            assert fragment in Page(site.get(page).text).ids, f"{path} leads to {link}"


@pytest.mark.parametrize("path", ["/interventions/nothing", "/outcomes/x%3E%20y", "/outcomes/case-management"])
def test_what_is_not_there_leads_to_the_list(path: str, site: httpx.Client) -> None:
    answer = site.get(path)
    assert answer.status_code == 404
    assert f'href="/{path.split("/")[1]}"' in answer.text


def finding(number: int, measure: str, unit: str, value: str | None, **more: Value) -> Row:
    """A finding as the query gives it."""
    return {
        "finding": Iri(f"{ID}evidence/s{number}#f1"),
        "creator": f"Author {number}, et al.",
        "sourceTitle": "T",
        "year": "2012",
        "measure": Iri(f"{SCHEME}measure/{measure}"),
        "measureLabel": "Risk ratio" if measure == "risk-ratio" else "Mean difference",
        "unit": Iri(f"{SCHEME}unit/{unit}"),
        "unitText": unit,
        "value": None if value is None else Decimal(value),
        "lower": None,
        "upper": None,
        "confidence": None,
        "population": None,
        "followUp": None,
        "designLabel": "Trial",
        "basis": Iri(f"{SCHEME}basis/verified"),
        "direction": None,
        **more,
    }


def test_only_figures_that_may_be_compared_stand_on_one_scale() -> None:
    ratio = [finding(n, "risk-ratio", "risk-ratio", value) for n, value in enumerate(["0.9", "1.2", None, "0"])]
    days = [finding(5, "mean-difference", "days", "2"), finding(6, "mean-difference", "days", "-1")]
    alone = [finding(7, "mean-difference", "score-points", "4"), finding(8, "cost-per-qaly", "gbp", "20000")]
    charts = pictures("Mortality", [*ratio, *days, *alone, finding(9, "cost-per-qaly", "gbp", "30000")])
    assert [(chart.title, len(chart.rows)) for chart in charts] == [
        ("Mortality: risk ratio", 2),
        ("Mortality: mean difference (days)", 2),
    ]
    assert [row[0].text for row in charts[1].rows] == ["Author 6, 2012", "Author 5, 2012"]


def test_findings_without_a_direction_are_counted() -> None:
    worse = finding(1, "rate", "days", "1", direction=Iri(f"{SCHEME}direction/worsens"))
    assert tally([worse, finding(2, "rate", "days", None)]) == [("worsens", 1), ("none", 1)]
