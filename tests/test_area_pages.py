"""Area pages, places like mine, the map, the comparison and similar initiatives, over true HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from tests.site_fixtures import serve
from tests.test_alike import answer, ask
from wsic_graph.answers import Iri
from wsic_graph.namespaces import ID
from wsic_graph.places import measures
from wsic_graph.places.measures import Table
from wsic_graph.places.neighbours import nearest
from wsic_graph.service.links import page_of

LARGEST = 60_000
"""Bytes of a page as it is sent."""


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[httpx.Client]:
    """A client of the site."""
    with serve(release) as client:
        yield client


@pytest.fixture(scope="module")
def like_torbay(store: ox.Store) -> list[Iri]:
    """The councils most like Torbay, nearest first."""
    table = Table.read(answer(store, measures.QUERY))
    return [neighbour.council.iri for neighbour in nearest(table, f"{ID}area/E06000027", table.usual)]


def words(html: str) -> str:
    """What a reader sees of a page, with single spaces."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def section(html: str, name: str) -> str:
    """The section of a page whose heading has the id ``name``."""
    found = re.search(rf'<section aria-labelledby="{name}">.*?</section>', html, re.DOTALL)
    assert found, f"no section {name}"
    return found[0]


def links(html: str) -> list[str]:
    """Where the links of a page or of a part lead, in order."""
    return [unescape(link) for link in re.findall(r'<a [^>]*href="([^"]*)"', html)]


def sent(site: httpx.Client, path: str) -> int:
    """The size of a page on its way."""
    with site.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as response:
        assert response.status_code == 200 and response.headers["content-encoding"] == "gzip"
        return sum(len(part) for part in response.iter_raw())


# ------------------------------------------------------------------- areas


def test_an_area_shows_its_people_its_neighbours_and_what_to_do_next(
    site: httpx.Client, like_torbay: list[Iri]
) -> None:
    html = site.get("/areas/E06000027").text
    assert "140,126 people live here (mid-2024); 27.29 % are 65 and over, against 18.73 % in England" in words(html)
    alike = [link for link in links(section(html, "alike")) if link.startswith("/areas/")]
    assert alike == [page_of(iri) for iri in like_torbay]
    assert {"/model", "/places-like-mine?area=E06000027"} <= set(links(html))
    assert 'id="chart-' in section(html, "people") and section(html, "trends").count('<svg class="picture') >= 4


def test_every_figure_of_an_area_is_on_its_page_with_its_source(site: httpx.Client, store: ox.Store) -> None:
    html = site.get("/areas/E06000027/statistics").text
    rows = answer(store, "pages/area-statistics", area=f"{ID}area/E06000027")
    assert len(re.findall(r'<td role="cell" data-label="Source">', html)) == len(rows)
    for row in rows:
        assert f'<data value="{row["value"]}">' in html and f'href="{page_of(str(row["source"]))}"' in html
    table = site.get("/queries/pages/area-statistics.csv?area=E06000027")
    assert table.status_code == 200 and len(table.text.splitlines()) == len(rows) + 1
    assert "/queries/pages/area-statistics.csv?area=E06000027" in links(site.get("/areas/E06000027").text)


def test_the_middle_of_like_places_is_their_median(site: httpx.Client, like_torbay: list[Iri], store: ox.Store) -> None:
    codes = "".join(f"<{iri}> " for iri in like_torbay)
    known = ask(
        store,
        f"""SELECT ?v {{ VALUES ?a {{ {codes} }} ?o sdmx-dimension:refArea ?a ; sdmx-measure:obsValue ?v ;
        wsic:indicator <https://w3id.org/wsic/scheme/indicator/feel-safe-share> ;
        sdmx-dimension:refPeriod <https://w3id.org/wsic/scheme/period/2024-25> }}""",
    )
    values = sorted(float(row[0]) for row in known)
    half = len(values) // 2
    median = values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2
    html = site.get("/areas/E06000027/statistics").text
    row = next(row for row in re.findall(r"<tr role=\"row\">.*?</tr>", html, re.DOTALL) if "feel-safe-share" in row)
    middle = re.search(r'data-label="Middle of places like it" class="num"><div><data value="([^"]+)"', row)
    assert middle and float(middle[1]) == pytest.approx(median)
    assert f"of {len(values)}" in words(row)


def test_what_is_derived_says_how(site: httpx.Client, store: ox.Store) -> None:
    html = words(section(site.get("/areas/E06000027/statistics").text, "derived"))
    treatments = ask(
        store,
        f"""SELECT DISTINCT ?t {{ ?o sdmx-dimension:refArea <{ID}area/E06000027> ; dcterms:source/wsic:treatment ?t ;
        wsic:basis <https://w3id.org/wsic/scheme/basis/derived> }}""",
    )
    assert treatments
    for (treatment,) in treatments:
        assert re.sub(r"\s+", " ", treatment) in html


def test_abolished_councils_and_other_places_are_compared_with_none(site: httpx.Client) -> None:
    for code in ("E10000009", "us", "E54000037", "E92000001"):
        response = site.get(f"/areas/{code}")
        assert response.status_code == 200
        assert 'id="alike"' not in response.text and "/places-like-mine?area" not in response.text
    gone = words(site.get("/areas/E10000009").text)
    assert "Abolished." in gone and "Replaced by" in gone and "those of today are not of its time" in gone


@pytest.mark.parametrize("code", ["E06000027", "E08000025", "E10000016", "E08000007"])
def test_area_pages_are_small(code: str, site: httpx.Client) -> None:
    assert sent(site, f"/areas/{code}") < LARGEST
    assert sent(site, f"/areas/{code}/statistics") < LARGEST
    assert sent(site, f"/places-like-mine?area={code}") < LARGEST


def test_an_area_is_found_by_name_part_and_code(site: httpx.Client) -> None:
    for typed in ("Torbay", " torbay", "E06000027", "e06000027"):
        response = site.get("/areas", params={"find": typed})
        assert response.status_code == 303 and response.headers["location"] == "/areas/E06000027", typed
    assert site.get("/areas?find=herefordshire+county").headers["location"] == "/areas/E06000019"
    many = site.get("/areas?find=yorkshire").text
    assert {"/areas/E06000011", "/areas/E06000065"} <= set(links(section(many, "matches")))
    none = site.get("/areas", params={"find": "Atlantis <b>"})
    assert none.status_code == 200 and "No area has “Atlantis &lt;b&gt;” in its name" in none.text
    assert site.get("/areas").text.count("<option value=") == 153


# -------------------------------------------------------- places like mine


def test_what_was_reported_in_places_like_mine(site: httpx.Client, like_torbay: list[Iri], store: ox.Store) -> None:
    html = site.get("/places-like-mine?area=E06000027").text
    councils = "".join(f"<{iri}> " for iri in like_torbay)
    results = ask(
        store,
        f"""SELECT DISTINCT ?r {{ VALUES ?a {{ {councils} }} ?i a wsic:Initiative ; wsic:area ?a ; wsic:result ?r
        FILTER NOT EXISTS {{ ?r wsic:studyDesign <https://w3id.org/wsic/scheme/study-design/forecast> }} }}""",
    )
    found = [link for link in links(section(html, "results")) if link.startswith("/initiatives/")]
    assert sorted(found) == sorted(str(page_of(row[0])) for row in results) and results
    initiatives = ask(store, f"SELECT DISTINCT ?i {{ VALUES ?a {{ {councils} }} ?i a wsic:Initiative ; wsic:area ?a }}")
    there = {link for link in links(section(html, "places")) if link.startswith("/initiatives/")}
    assert there == {page_of(row[0]) for row in initiatives}
    assert f"had {len(initiatives)} initiatives" in words(html) and f"{len(results)} results in all" in words(html)


def test_features_narrow_and_show_the_same_elsewhere(site: httpx.Client, store: ox.Store) -> None:
    html = site.get("/places-like-mine?area=E06000027&care_group=frailty").text
    frail = {
        page_of(row[0])
        for row in ask(
            store,
            """SELECT ?i { ?i a wsic:Initiative ;
            wsic:careGroup/skos:broader* <https://w3id.org/wsic/scheme/care-group/frailty> }""",
        )
    }
    shown = {link for part in ("places", "elsewhere") for link in links(section(html, part)) if "/initiatives/" in link}
    assert shown == frail
    known = words(section(html, "results"))
    assert "known in the 10 councils most like Torbay" in known and "the next most alike that have one" in known
    ranks = [int(rank) for rank in re.findall(r"number (\d+) in likeness", known)]
    assert len(ranks) == 5 and ranks == sorted(ranks) and ranks[0] > 10
    assert len(set(re.findall(r'href="/areas/(\w+)"', section(html, "results")))) == 5
    firsts = [
        "controlled" in words(item) and "none from" not in words(item)
        for item in section(html, "elsewhere").split("<li>")[1:]
    ]
    assert firsts == sorted(firsts, reverse=True) and any(firsts)


def test_measures_are_chosen_and_stay_chosen(site: httpx.Client, store: ox.Store) -> None:
    html = site.get("/places-like-mine?area=E06000027&measure=share-75plus&measure=healthy-life-male&measure=luck").text
    table = Table.read(answer(store, measures.QUERY))
    chosen, _ = table.choose(["share-75plus", "healthy-life-male"])
    expected = [page_of(item.council.iri) for item in nearest(table, f"{ID}area/E06000027", chosen)]
    assert [link for link in links(section(html, "places")) if link.startswith("/areas/")] == expected
    assert sorted(re.findall(r'value="([^"]+)" checked', html)) == ["healthy-life-male", "share-75plus"]
    assert "There is no measure called “luck”" in words(html)


def test_wrong_places_and_features_are_told_in_words(site: httpx.Client) -> None:
    gone = site.get("/places-like-mine?area=E10000009")
    assert gone.status_code == 404 and "is no present council" in words(gone.text)
    assert site.get("/places-like-mine").status_code == 200
    none = site.get("/places-like-mine?area=E06000027&care_group=unicorns&intervention=%22%3E")
    assert none.status_code == 200 and "No initiative that matches is known" in words(none.text)


# ------------------------------------------------------------- initiatives


def test_similar_initiatives_come_with_reasons(site: httpx.Client) -> None:
    html = section(site.get("/initiatives/torbay-care-trust").text, "similar")
    said = words(html)
    assert "4 shared interventions: care navigation , integrated provider organisation" in said
    assert "The researchers put the two beside each other" in said
    assert re.search(r"Similar share of people aged 75 and over: 14\.43 % in Torbay , 15\.61 % in Isle of Wight", said)
    assert "/initiatives/torbay-care-trust" not in links(html)
    for link in links(html):
        if link.startswith("/compare"):
            assert site.get(link).status_code == 200


def test_the_first_words_of_an_initiative_count_its_results(site: httpx.Client) -> None:
    fylde = words(site.get("/initiatives/fylde-coast-extensive-care").text)
    assert "6 results are reported: 2 from a controlled comparison" in fylde and "worsens × 2" in fylde
    assert "No result is known. That is not the same as no effect." in words(
        site.get("/initiatives/vale-of-york-hubs").text
    )


def test_results_that_disagree_stand_together(site: httpx.Client) -> None:
    html = section(site.get("/initiatives/fylde-coast-extensive-care").text, "results")
    rows = words(html)
    start = rows.index("Emergency admissions")
    assert "−25 percent" in rows[start:] and "42 percent difference vs matched control" in rows[start:]


# ----------------------------------------------------------------- compare


def test_initiatives_stand_side_by_side(site: httpx.Client, store: ox.Store) -> None:
    both = ["torbay-care-trust", "fylde-coast-extensive-care"]
    html = site.get("/compare", params={"initiative": both}).text
    assert words(html).count("Emergency admissions") == 1
    for slug in both:
        for (result,) in ask(store, f"SELECT ?r {{ <{ID}initiative/{slug}> wsic:result ?r }}"):
            assert str(page_of(result)) in links(html)
    assert "All of them share" in words(html)
    assert re.findall(r'name="initiative" value="([^"]+)" checked', html) == both


def test_too_many_or_unknown_initiatives_are_named(site: httpx.Client) -> None:
    five = ["torbay-care-trust", "dorset-popp", "brent-iccs", "encompass-east-kent", "france-paerpa"]
    many = site.get("/compare", params={"initiative": five})
    assert many.status_code == 200 and "4 are shown at a time. Left out: france-paerpa." in words(many.text)
    some = site.get("/compare", params={"initiative": ["torbay-care-trust", "atlantis", '"><script>']})
    assert some.status_code == 200 and "There is no initiative called “atlantis”" in words(some.text)
    assert "<script>" not in some.text
    assert site.get("/compare?initiative=atlantis").status_code == 404
    assert site.get("/compare").status_code == 200
    twice = site.get("/compare?initiative=dorset-popp&initiative=dorset-popp").text
    assert "All of them share" not in twice


# --------------------------------------------------------------------- map


def test_the_map_and_its_list_have_the_same_places(site: httpx.Client, store: ox.Store) -> None:
    html = site.get("/initiatives/map").text
    picture = re.search(r'<svg viewBox="-490.*?</svg>', html, re.DOTALL)
    assert picture
    points = links(picture[0])
    within = (
        "?i a wsic:Initiative ; wsic:nation/wsic:areaType <https://w3id.org/wsic/scheme/area-type/country-of-the-uk>"
    )
    assert sorted(points) == sorted(str(page_of(row[0])) for row in ask(store, f"SELECT ?i {{ {within} }}"))
    places = re.findall(r'<circle cx="([^"]+)" cy="([^"]+)"', picture[0])
    assert len(set(places)) == len(points) == len(places)
    listed = [link for link in links(html[picture.end() :]) if re.match(r"/initiatives/(?!map)", link)]
    assert sorted(listed) == sorted(str(page_of(row[0])) for row in ask(store, "SELECT ?i { ?i a wsic:Initiative }"))
    assert sent(site, "/initiatives/map") < LARGEST


def test_the_map_is_narrowed_and_empty_with_words(site: httpx.Client, store: ox.Store) -> None:
    html = site.get("/initiatives/map?programme=pioneers-wave-1").text
    expected = ask(
        store,
        """SELECT ?i { ?i a wsic:Initiative ;
        wsic:programme/skos:broader* <https://w3id.org/wsic/scheme/programme/pioneers-wave-1> }""",
    )
    assert {page_of(row[0]) for row in expected} <= set(links(html)) and f"{len(expected)} initiatives" in words(html)
    both = site.get("/initiatives/map?programme=pioneers-wave-1&result=controlled").text
    listed = site.get("/initiatives.json?programme=pioneers-wave-1&result=controlled").json()
    shown = {link for link in links(both) if re.fullmatch(r"/initiatives/(?!map)[a-z0-9-]+", link)}
    assert shown == {item["page"] for item in listed["results"]} and 0 < listed["total"] < len(expected)
    assert "/initiatives?result=controlled&programme=pioneers-wave-1" in links(both)
    none = site.get("/initiatives/map?intervention=magic")
    assert none.status_code == 200 and "No initiative matches all of this" in words(none.text)
