"""The comparison with published results: computed a second time in exact fractions, from figures typed by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any

import httpx
import pyoxigraph as ox
import pytest

from tests.exact_calculator import Exact
from tests.site_fixtures import serve
from wsic_graph.answers import rows
from wsic_graph.engine import Door
from wsic_graph.namespaces import PREFIXES
from wsic_graph.prefill.facts import Rows
from wsic_graph.validation import Check, Compared, Given, checks

EXACT: dict[str, dict[str, Fraction]] = {
    "better-care-fund-admissions": {"cost-above-plan": Fraction(171_000_000, 106_000) * 193_000},
    "better-care-fund-delays": {"cost-above-plan": Fraction(90_000_000, 293_000) * 478_000},
    "unit-cost-database": {
        "hip-fracture-now": 12700 * Fraction("1.0276") * Fraction("1.0261") * Fraction("1.0229") * Fraction("1.015")
        * Fraction("1.023") * Fraction("1.019"),
        "reablement-now": 2046 * Fraction("1.023") * Fraction("1.019"),
        "telehealth-now": 1844 * Fraction("1.0261") * Fraction("1.0229") * Fraction("1.015") * Fraction("1.023")
        * Fraction("1.019"),
    },
    "wsipp-transitional-care": {"total": Fraction(478), "net": Fraction(417), "ratio": Fraction(478, 61)},
    "reablement-model": {"difference": Fraction(2061)},
    "gateshead-exercise": {"ratio": Fraction(968_736, 19_146), "cost-each": Fraction(19_146, 160)},
}  # fmt: skip


@pytest.fixture(scope="module")
def ask(release: Path) -> Iterator[Rows]:
    with Door(release) as door:
        yield lambda name, **values: rows(door, name, **values)


@pytest.fixture(scope="module")
def found(ask: Rows) -> dict[str, Check]:
    return {check.published.slug: check for check in checks(ask)}


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[httpx.Client]:
    with serve(release) as client:
        yield client


def named(check: Check, name: str) -> Compared:
    return next(item for item in check.compared if item.published is check.published.figures[name])


def stated(check: Check, words: str) -> Decimal:
    return next(item.ours for item in check.compared if item.published is None and words in item.label)


@pytest.mark.parametrize(("slug", "name"), [(slug, name) for slug, one in EXACT.items() for name in one])
def test_ours_is_what_fractions_say(slug: str, name: str, found: dict[str, Check]) -> None:
    item = named(found[slug], name)
    assert abs(Fraction(str(item.ours)) - EXACT[slug][name]) <= Fraction(1, 100)
    assert item.published is not None and item.difference == item.ours - item.published.value


@pytest.mark.parametrize("slug", [*EXACT, "rotherham-social-prescribing"])
def test_every_scenario_a_second_time(slug: str, found: dict[str, Check]) -> None:
    """Each scenario of the comparison, through the independent calculator of the tests."""
    ours = [Fraction(str(item.ours)) for item in found[slug].compared]
    for scenario in found[slug].scenarios:
        answer = Exact(json.loads(json.dumps(scenario))).answer()
        shown = {abs(answer["pv_gross"]), answer["npv"], answer["bcr"]} - {None}
        assert any(abs(one - value) <= Fraction(1, 100) for one in ours for value in shown), scenario["title"]


def test_rotherham_by_hand(found: dict[str, Check]) -> None:
    check = found["rotherham-social-prescribing"]
    growth = Fraction("1.035")
    lasting = sum((Fraction(415_000) / growth**year for year in range(5)), Fraction(0))
    declining = Fraction(415_000) + Fraction(415_000) * Fraction(2, 3) / growth + Fraction(415_000, 3) / growth**2
    cost = lasting / Fraction("3.38")
    assert abs(Fraction(str(named(check, "sustained").ours)) - lasting) < Fraction(1, 100)
    assert abs(Fraction(str(named(check, "declining").ours)) - declining) < Fraction(1, 100)
    assert abs(Fraction(str(named(check, "declining-ratio").ours)) - declining / cost) < Fraction(1, 10_000)
    month = 12 + 12 * (cost - 415_000) / (Fraction(415_000) * Fraction(2, 3))
    payback = named(check, "payback-earliest")
    assert payback.ours == -(-month // 1) == 19
    assert payback.difference == 0 and payback.verdict == "In the range that was published"


def test_limits_from_weak_evidence_give_a_chance_that_nobody_should_believe(found: dict[str, Check]) -> None:
    check = found["partnerships-for-older-people"]
    spread = 0.4 / NormalDist().inv_cdf(0.975)
    chance = 1 - NormalDist(1.2, spread).cdf(1)
    error = 100 * sqrt(chance * (1 - chance) / 10_000)
    assert abs(float(stated(check, "Chance")) - 100 * chance) < 3 * error
    assert abs(float(stated(check, "deviation")) - spread) < 0.01
    assert not check.reproduced and "matched controls" in check.published.note


def test_the_implausible_claim_is_warned_of(found: dict[str, Check]) -> None:
    check = found["gateshead-exercise"]
    (warning,) = [item for item in check.warnings if item.code == "saving-above-cost"]
    assert "6,055 pounds a year for each person reached" in warning.message
    assert stated(check, "Claimed saving for each person") == Decimal("6054.60")
    assert stated(check, "Claimed saving over") > 5
    assert all(number.figures for number in check.worked), "what is worked out names its figures"
    assert not [item.code for slug, other in found.items() if slug != "gateshead-exercise" for item in other.warnings]


def test_what_is_close_is_said_in_words(found: dict[str, Check]) -> None:
    for check in found.values():
        for item in check.compared:
            if item.published is None:
                continue
            assert item.relative is not None and abs(item.relative) < Decimal("0.025"), item
            assert item.agrees or item.to or abs(item.relative) < Decimal("0.01"), item
    close = found["better-care-fund-delays"].compared[0]
    assert close.verdict == "Within 1%" and not close.agrees
    assert found["better-care-fund-admissions"].compared[0].agrees, "311.3 million is 311 million as printed"


def test_the_words_of_a_verdict() -> None:
    def verdict(ours: str, printed: str) -> str:
        figure = Given("i", "p", "l", Decimal(printed), None, None, "gbp", "GBP", "", "verified", {})
        return Compared("l", "gbp", Decimal(ours), figure).verdict

    same = "The same, as far as the digits printed say"
    assert verdict("99.5", "100") == same and verdict("1.234", "1.23") == same
    assert verdict("1.2351", "1.23") == "Within 1%" and verdict("1.2351", "1.234") == "Within 0.1%"
    assert verdict("1.27", "1.23") == "Within 5%" and verdict("2", "1.23") == "Differs"


def test_what_could_not_be_reproduced_says_why(found: dict[str, Check]) -> None:
    missing = {slug for slug, check in found.items() if not check.compared}
    assert missing == {"dorset-public-health", "gm-model-examples", "value-case-claims", "phe-falls-tool"}
    assert all(found[slug].published.note and found[slug].published.sources for slug in missing)


def test_every_published_number_is_in_the_graph_with_its_source(found: dict[str, Check], store: ox.Store) -> None:
    for check in found.values():
        for figure in check.published.figures.values():
            quads = list(store.quads_for_pattern(ox.NamedNode(figure.iri), ox.NamedNode(figure.property), None))
            (literal,) = {quad.object for quad in quads}
            assert isinstance(literal, ox.Literal) and Decimal(literal.value) == figure.value
            assert figure.sources
            for source in figure.sources:
                title = ox.NamedNode(f"{PREFIXES['dcterms']}title")
                assert list(store.quads_for_pattern(ox.NamedNode(source), title, None)), source


def test_the_page_shows_all_of_it_and_its_scenarios_give_the_same_numbers(
    site: httpx.Client, found: dict[str, Check]
) -> None:
    page = site.get("/calculator/validation")
    assert page.status_code == 200
    for check in found.values():
        assert check.published.title.replace("'", "&#39;") in page.text
        assert f'id="published-result-{check.published.slug}"' in page.text
        for item in check.compared:
            assert f'value="{item.ours}"' in page.text, item.label
    assert "The calculator warns:" in page.text and "not reproduced" in page.text.lower()
    written: list[dict[str, Any]] = site.get("/calculator/validation.json").json()
    assert [one["published"]["slug"] for one in written] == list(found)
    claim = next(one for one in written if one["published"]["slug"] == "gateshead-exercise")
    answer = site.post("/api/calculator", json=claim["scenarios"][0]).json()
    assert [one["ours"] for one in claim["compared"]][:2] == ["50.5973", "119.66"]
    assert answer["bcr"].startswith("50.597") and answer["cost_per_person_year_reached"] == "119.66"
    assert "saving-above-cost" in {item["code"] for item in answer["warnings"]}


def test_a_published_result_leads_to_its_place_on_the_page(site: httpx.Client) -> None:
    sent = site.get("/id/published-result/gateshead-exercise", headers={"Accept": "text/html"})
    assert sent.status_code == 303
    assert sent.headers["location"].endswith("/calculator/validation#published-result-gateshead-exercise")
