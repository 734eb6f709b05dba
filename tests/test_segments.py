"""The risk stratification helper: segments that add up, each number traced, and the evidence for and against."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from tests.site_fixtures import serve
from wsic_graph.answers import Row, read_rows, rows
from wsic_graph.charts import Bar, pyramid
from wsic_graph.charts.shapes import Box
from wsic_graph.engine import Door
from wsic_graph.errors import ParameterError
from wsic_graph.namespaces import ID
from wsic_graph.plans.segments import BANDS, segmented
from wsic_graph.prefill import COHORTS, quick

TORBAY, CORNWALL, EALING = "E06000027", "E06000052", "E09000009"
Ask = Callable[..., Sequence[Row]]


@pytest.fixture(scope="module")
def ask(release: Path) -> Iterator[Ask]:
    """Asks saved queries, each once."""
    kept: dict[tuple[str, str], Sequence[Row]] = {}
    with Door(release) as door:

        def asked(name: str, **values: str) -> Sequence[Row]:
            key = (name, str(sorted(values.items())))
            if key not in kept:
                kept[key] = rows(door, name, **values)
            return kept[key]

        yield asked


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[httpx.Client]:
    """The site."""
    with serve(release) as client:
        yield client


def words_of(answer: httpx.Response) -> str:
    """The words of the main part of a page."""
    (main,) = html.fromstring(answer.text).xpath("//main")
    return " ".join(str(main.text_content()).split())


@pytest.mark.parametrize("area", [TORBAY, CORNWALL, EALING])
def test_layers_add_up_to_everyone(area: str, ask: Ask) -> None:
    found = segmented(ask, area, {"high-risk": "1,500"})
    published = {
        row["band"].slug: row["value"]  # type: ignore[union-attr]
        for row in ask("calculator/figures", area=f"{ID}area/{area}")
        if row["indicator"].slug == "population" and row["when"].slug == "mid-2024"  # type: ignore[union-attr]
    }
    assert {layer.id: layer.persons for layer in found.age} == {band: published[band] for band in BANDS}
    for layers in (found.age, found.need):
        assert sum(layer.persons for layer in layers) == found.persons == published["all"]
        assert sum((layer.share for layer in layers), Decimal(0)).quantize(Decimal("1e-12")) == 1
    assert [layer.id for layer in found.need] == ["high-risk", "several-conditions", "long-term-conditions", "none"]
    assert not found.faults


def test_groups_are_those_of_the_calculator(ask: Ask) -> None:
    found = segmented(ask, TORBAY, {"frailty": "4000"})
    by_id = {group.id: group for group in found.groups}
    assert set(COHORTS) - {"own", "everyone"} | {"wider-count"} == set(by_id)
    for name in ("65plus", "several-conditions", "long-term-support", "leaving-hospital", "care-home-residents"):
        made = quick(ask, TORBAY, cohort=name, interventions=("reablement",))
        group = by_id[name]
        assert group.item is not None
        assert group.item.value == made.assumption("/segments/0/population").value
        assert group.item.queries
        assert group.item.sources
    assert by_id["frailty"].persons == 4000
    assert by_id["frailty"].item is not None
    assert by_id["frailty"].item.basis == "yours"
    assert by_id["high-risk"].persons is None  # the graph has no number of them, and makes none up


def test_own_numbers_that_cannot_be_are_told(ask: Ask) -> None:
    found = segmented(ask, TORBAY, {"frailty": "many", "care-home-residents": "999999", "high-risk": "9000"})
    assert "is not a number of people" in found.faults["frailty"]
    assert found.faults["care-home-residents"] == "999999 is more than the 140,126 people who live here."
    assert "9,000 is more than the 7,259" in found.faults["high-risk"]
    assert found.need == ()
    assert found.age
    with pytest.raises(ParameterError, match="not the code of a council"):
        segmented(ask, "E99999999", {})


@given(st.lists(st.integers(min_value=0, max_value=10**8), min_size=1, max_size=8).filter(any))
def test_layers_of_a_pyramid_are_as_wide_as_their_figures(values: list[int]) -> None:
    chart = pyramid("People", "Layers", [Bar(f"Layer {n}", value) for n, value in enumerate(values)])
    boxes = [shape for shape in chart.shapes if isinstance(shape, Box)]
    widest = max(box.width for box in boxes)
    for value, box in zip(values, boxes, strict=True):
        assert box.width == pytest.approx(max(value / max(values) * widest, 0.6))
        assert box.x + box.width / 2 == pytest.approx(widest / 2)
    for above, below in pairwise(boxes):
        assert below.y == pytest.approx(above.y + above.height)
    assert [row[1].text for row in chart.rows] == [f"{value:,}" for value in values]


def test_no_pyramid_of_nobody() -> None:
    assert not pyramid("P", "D", []).shapes
    assert not pyramid("P", "D", [Bar("A", 0)]).shapes
    with pytest.raises(ValueError, match="below nought"):
        pyramid("P", "D", [Bar("A", 1), Bar("B", -1)])


def test_the_page_tells_numbers_sources_queries_and_harm(site: httpx.Client) -> None:
    answer = site.get(f"/plan/segments?area={TORBAY}&own=high-risk:1500")
    words = words_of(answer)
    assert answer.status_code == 200
    assert "Of 140,126 people in Torbay, about 1,500 are at high risk of admission by your own count" in words
    # the large trial in which sorting people by risk raised admissions
    assert "randomised controlled trial of 230,099 people" in words
    assert "Emergency admissions rose by about 1%." in words
    page = html.fromstring(answer.text)
    assert page.xpath('//a[@href="/evidence/snooks-2019-prismatic#f1"]')
    directions = [
        row["direction"].slug  # type: ignore[union-attr]
        for row in _findings(site)
        if row["direction"]
    ]
    assert (
        f"Of {len(directions)} findings on sorting people by risk itself, {directions.count('worsens')} show" in words
    )
    (table,) = page.xpath('//table[caption="Groups of people"]')
    for row in table.xpath("./tbody/tr"):
        persons = row.xpath('./td[@data-label="People"]//data')
        yours = row.xpath('./td[@data-label="People"]//span[text()="yours"]')
        queries = row.xpath('.//a[starts-with(@href, "/queries/calculator/")]')
        assert bool(persons) == bool(queries or yours)
        assert bool(persons) == bool(row.xpath('.//a[starts-with(@href, "/sources/")]') or yours)
    for link in table.xpath('.//a[starts-with(@href, "/queries/")]/@href')[:3]:
        assert site.get(link).status_code == 200


def _findings(site: httpx.Client) -> Sequence[Row]:
    address = "/queries/pages/findings.json?intervention=risk-stratification"
    answer = site.get(address)
    return read_rows(answer.content)


def test_every_segment_feeds_the_calculator(site: httpx.Client) -> None:
    page = html.fromstring(site.get(f"/plan/segments?area={TORBAY}&own=frailty:4000").text)
    links = page.xpath('//td[@data-label="Calculator"]//a/@href')
    chosen = [parse_qs(urlsplit(link).query) for link in links]
    assert {one["cohort"][0] for one in chosen} == set(COHORTS) - {"own", "everyone", "high-risk"}
    assert [one["persons"] for one in chosen if one["cohort"] == ["frailty"]] == [["4000"]]
    for link in links[::4]:
        answer = site.get(f"{link}&intervention=reablement&evidence=all")
        assert answer.status_code == 200
        assert "Not calculated yet" not in answer.text


def test_form_errors_and_files(site: httpx.Client) -> None:
    sent = site.post("/plan/segments", data={"area": "torbay", "own:frailty": " 4000 ", "own:high-risk": ""})
    assert sent.status_code == 303
    assert sent.headers["location"] == f"/plan/segments?area={TORBAY}&own=frailty%3A4000"
    for query in ("area=atlantis", f"area={TORBAY}&own=frailty:<b>", f"area={TORBAY}&own=high-risk:99999"):
        answer = site.get(f"/plan/segments?{query}")
        assert answer.status_code == 422
        assert "to put right" in words_of(answer)
        assert "<b>" not in answer.text
    assert site.get("/plan/segments").status_code == 200
    lines = list(csv.DictReader(io.StringIO(site.get(f"/plan/segments.csv?area={TORBAY}").text)))
    tree = site.get(f"/plan/segments.json?area={TORBAY}").json()
    assert [line["segment"] for line in lines] == [one["segment"] for one in tree["segments"]]
    assert {line["basis"] for line in lines} == {"verified", "derived", "modelled", "not known"}
    assert site.get("/plan/segments.csv").status_code == 422
    assert site.get(f"/plan/segments.odt?area={TORBAY}").status_code == 404
