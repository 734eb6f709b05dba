"""Scenarios that are not right are refused in words; those that mislead carry a warning."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.benchmarks.calculator import large_scenario
from tests.calculator_scenarios import with_value
from tests.test_calculator import VECTORS
from wsic_graph.calculator.examples import EXAMPLES, ONE_INTERVENTION, WITH_LIMITS
from wsic_graph.calculator.faults import ScenarioError
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.calculator.report import report
from wsic_graph.calculator.scenario import MOST_DRAWS
from wsic_graph.calculator.simulation import _chance
from wsic_graph.calculator.statement import calculate

BASE: dict[str, Any] = next(case for case in VECTORS["cases"] if case["id"] == "p6-substitution-and-sectors")


WRONG: list[tuple[str, Any, str, str]] = [
    ("settings.horizon", 11, "settings.horizon", "1 to 10"),
    ("settings.horizon", True, "settings.horizon", "whole number"),
    ("settings.draws", MOST_DRAWS + 1, "settings.draws", "20,000"),
    ("settings.base_price_year", "2023/25", "settings.base_price_year", "2023/24"),
    ("settings.base_price_year", "2030/31", "indices.nhscii", "2024/25 is missing"),
    ("segments.0.population", -1, "segments[0].population", "0 to 1,000,000,000"),
    ("segments.0.population", "many", "segments[0].population", "not a number"),
    ("segments.0.population", 10**400, "segments[0].population", "not a finite number"),
    ("segments.0.id", "a/b", "segments[0].id", "another value"),
    ("segments", [BASE["segments"][0]] * 2, "segments", "2 times"),
    ("segments", [], "segments", "at least 1"),
    ("outcomes.0.unit_cost", 0, "outcomes[0].unit_cost", "above 0"),
    ("outcomes.0.unit_cost", [], "outcomes[0].unit_cost", "not a number"),
    ("outcomes.0.index", "cpi", "outcomes[0].index", "nhscii, pss"),
    ("outcomes.0.index", None, "outcomes[0].index", "need an index"),
    ("outcomes.0.sector_split", {"acute": "0.9"}, "outcomes[0].sector_split", "sum to 0.9"),
    ("outcomes.0.sector_split", {"hospital": 1}, "outcomes[0].sector_split.hospital", "acute"),
    ("outcomes.0.cashable", ["0.3", "0.3"], "outcomes[0].cashable", "3 years"),
    ("outcomes.0.cashable", {"low": 0.3, "central": 0.2, "high": 0.5}, "outcomes[0].cashable", "rising"),
    ("outcomes.0.baseline", {"85-plus": 1}, "outcomes[0].baseline", "75-plus"),
    ("outcomes.0.baselin", {}, "outcomes[0].baselin", "did you mean baseline"),
    ("outcomes.0.fed_by", {"community-contacts": 1}, "outcomes[0].fed_by", "paid twice"),
    ("interventions.0.ramp", ["1", "1"], "interventions[0].ramp", "3 years"),
    ("interventions.0.effects.0.reduction", "1.1", "interventions[0].effects[0].reduction", "-1 to 1"),
    ("interventions.0.effects.0.reduction", float("nan"), "interventions[0].effects[0].reduction", "finite"),
    (
        "interventions.0.effects.0.reduction",
        {"low": 0, "central": 0.5, "high": 1},
        "interventions[0].effects[0].reduction",
        "below 1",
    ),
    ("interventions.0.effects.0.outcome", "nothing", "interventions[0].effects", "no outcome"),
    ("interventions.0.effects.1.outcome", "emergency-bed-days", "interventions[0].effects", "more than one"),
    ("interventions.0.effects.0.scope", "participants", "interventions[0].coverage", "offered to nobody"),
    (
        "interventions.0.effects.0.evidence",
        {"measured_on": "participants"},
        "interventions[0].effects[0].scope",
        "whole population",
    ),
    (
        "interventions.0.effects.0.evidence",
        {"controlled": False},
        "interventions[0].effects[0].deadweight",
        "comparison group",
    ),
    ("interventions.0.cost.payer_split", {"acute": "0.5"}, "interventions[0].cost.payer_split", "sum to 0.5"),
    ("overlap_groups", [{"members": ["nobody"], "redundancy": 0}], "overlap_groups[0].members", "no intervention"),
    (
        "overlap_groups",
        [{"members": ["discharge-coordination"], "redundancy": 0}] * 2,
        "overlap_groups[1].members",
        "also in",
    ),
]


@pytest.mark.parametrize(("path", "value", "field", "words"), WRONG, ids=[f"{w[0]}-{w[3]}"[:60] for w in WRONG])
def test_what_is_wrong_is_named(path: str, value: Any, field: str, words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_scenario(with_value(BASE, path, value))
    found = [fault for fault in caught.value.faults if fault.field == field]
    assert found, str(caught.value)
    assert any(words in str(fault) for fault in found), str(caught.value)
    assert all(fault.limit for fault in found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"\xff", "not UTF-8"),
        (b"{", "line 1"),
        (b"[1]", "not a JSON object"),
        (b'{"id": "a", "id": "b"}', "twice"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"settings": ' + b"1" * 5000 + b"}", "too long"),
        (b"{}", "settings: is missing"),
    ],
    ids=["bytes", "syntax", "list", "twice", "deep", "long", "empty"],
)
def test_what_is_no_scenario_at_all(text: bytes, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        read_scenario(text)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("emergency-admissions", "two prices for the same thing (emergency inpatient care)"),
        ("total-cost", "total cost holds the cost of every other"),
        ("mortality", "never turned into cash"),
    ],
)
def test_nothing_is_paid_for_twice(name: str, words: str) -> None:
    twice = json.loads(json.dumps(BASE).replace("community-contacts", name))
    with pytest.raises(ScenarioError, match=re.escape(words)) as caught:
        read_scenario(twice)
    assert {fault.field for fault in caught.value.faults} == {"outcomes[1].unit_cost"}
    del twice["outcomes"][1]["unit_cost"]
    twice["outcomes"][0]["fed_by"] = {name: 1}
    assert calculate(read_scenario(twice)).gross_by_outcome[name] == 0


def test_bed_days_fall_by_admissions_and_by_length_of_stay() -> None:
    """(1 - R_admissions) x (1 - R_los), section 2.3."""
    scenario = deepcopy(ONE_INTERVENTION)
    scenario["outcomes"] = [
        {
            "id": "emergency-bed-days",
            "unit_cost": 400,
            "occupancy": 0.9,
            "baseline": {"high-risk": 3650},
            "fed_by": {"emergency-admissions": 1, "length-of-stay": 0.5},
        },
        {"id": "emergency-admissions", "baseline": {"high-risk": 500}},
        {"id": "length-of-stay", "baseline": {"high-risk": 7}},
    ]
    second = {"outcome": "length-of-stay", "reduction": 0.1, "scope": "population"}
    scenario["interventions"][0]["effects"].append(second)
    result = calculate(read_scenario(scenario))
    fall = 1 - (1 - 0.2 * 0.5) * (1 - 0.1 * 0.5)
    assert result.units_avoided["emergency-bed-days"] == pytest.approx([3650 * fall])
    assert result.gross_total == pytest.approx(3650 * fall * 400)
    assert result.beds_released["emergency-bed-days"] == pytest.approx([10 * fall / 0.9])


def test_quality_of_life_is_counted_and_never_paid() -> None:
    scenario = deepcopy(ONE_INTERVENTION)
    scenario["settings"]["horizon"] = 2
    scenario["outcomes"].append({"id": "quality-of-life", "baseline": {"high-risk": 600}})
    scenario["interventions"][0]["effects"].append(
        {"outcome": "quality-of-life", "reduction": -0.01, "scope": "population"}
    )
    result = calculate(read_scenario(scenario))
    assert result.qalys is not None
    assert result.qalys.by_year == pytest.approx([6, 6])
    assert result.qalys.discounted == pytest.approx(6 + 6 / 1.015)
    assert result.gross_total == pytest.approx(200_000)


def test_grades_correct_and_given_corrections_win() -> None:
    scenario = deepcopy(ONE_INTERVENTION)
    scenario["interventions"][0]["effects"][0]["grade"] = 5
    scenario["interventions"][0]["cost"]["grade"] = 4
    graded = calculate(read_scenario(scenario))
    assert graded.gross_total == pytest.approx(75_000)
    assert graded.cost_total == pytest.approx(172_500)
    scenario["interventions"][0]["effects"][0]["optimism_bias"] = 0.1
    assert calculate(read_scenario(scenario)).gross_total == pytest.approx(90_000)
    scenario["settings"]["optimism"] = False
    assert calculate(read_scenario(scenario)).gross_total == pytest.approx(100_000)


def test_every_fault_is_named_at_once() -> None:
    wrong = with_value(BASE, "segments.0.population", -1) | {"outcomes": [], "more": 1}
    with pytest.raises(ScenarioError) as caught:
        read_scenario(wrong)
    assert {fault.field for fault in caught.value.faults} >= {"segments[0].population", "outcomes", "more"}


def test_a_scenario_too_large_is_refused_before_it_is_calculated() -> None:
    wide = json.loads(large_scenario().model_dump_json())
    wide["settings"]["draws"] = MOST_DRAWS
    wide["segments"] += [{"id": f"more-{place}", "population": 1} for place in range(16)]
    with pytest.raises(ScenarioError, match="too much for one calculation"):
        read_scenario(wide)


def test_a_scenario_survives_being_written() -> None:
    for example in [*EXAMPLES.values(), *VECTORS["cases"]]:
        scenario = read_scenario(example)
        again = read_scenario(scenario.model_dump_json())
        assert again == scenario.model_copy(update={"expected": None})
        assert calculate(again) == calculate(scenario)


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(),
    st.floats(),
    st.sampled_from(["", "1", "-0", "1e300", "0x1", "١", "NaN", "2023/24", "acute", "\x00", "community-contacts", "/"]),
    st.text(max_size=8),
    st.lists(st.integers(0, 1), max_size=4),
    st.dictionaries(st.sampled_from(["low", "central", "high", "75-plus"]), st.floats(0, 1), max_size=3),
)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of everything inside ``value``."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        yield (*path, key)
        yield from leaves(part, (*path, key))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_nonsense_is_refused_in_words_or_calculated(data: st.DataObject) -> None:
    scenario: Any = deepcopy(data.draw(st.sampled_from([WITH_LIMITS, BASE])))
    scenario.pop("expected", None)
    scenario["settings"] |= {"draws": 20}
    for _ in range(data.draw(st.integers(1, 3))):
        *steps, last = data.draw(st.sampled_from(list(leaves(scenario))))
        place = scenario
        for step in steps:
            place = place[step]
        place[last] = data.draw(JUNK)
    try:
        found = read_scenario(scenario)
    except ScenarioError as error:
        assert error.faults and all(fault.field and fault.message and fault.limit for fault in error.faults)
        return
    if found.settings.draws <= 1000:
        assert "NaN" not in report(found).model_dump_json()


def test_the_largest_numbers_are_calculated() -> None:
    scenario = deepcopy(WITH_LIMITS)
    scenario["settings"] |= {"draws": 100, "horizon": 5}
    scenario["segments"][0]["population"] = 1e9
    scenario["outcomes"][0] |= {"unit_cost": 1e9, "growth": 10, "baseline": {"65-plus": 1e12}}
    limits = {"low": -1, "central": 0.999, "high": 0.9999}
    scenario["interventions"][0]["effects"][0] |= {"reduction": limits, "interval_level": 0.5}
    scenario["interventions"][0]["cost"] |= {"fixed": 1e12, "per_person": 1e12}
    written = json.loads(report(read_scenario(scenario)).model_dump_json())
    assert len(written["gross_total"]) > 25
    shown = sum(Decimal(value) for value in written["gross_by_year_display"])
    assert abs(shown - Decimal(written["gross_total"])) < Decimal(written["gross_total"]) / 10**12


def test_warnings() -> None:
    scenario = deepcopy(WITH_LIMITS)
    scenario["settings"]["optimism"] = False
    scenario["outcomes"][0] |= {"cashable": 0.9, "cost_basis": "episode", "activity_basis": "spell"}
    scenario["interventions"][0]["effects"][0] |= {
        "grade": 5,
        "reduction": 0.9,
        "scope": "population",
        "deadweight": 0,
        "evidence": {"controlled": False, "year": 2001, "health_system": "other", "follow_up_years": 2},
    }
    scenario["interventions"][0]["ramp_evidence_years"] = 2
    found = {item.code for item in calculate(read_scenario(scenario)).warnings}
    assert found >= {
        "large-reduction",
        "saving-above-cost",
        "uncontrolled",
        "old-evidence",
        "other-system",
        "beyond-follow-up",
        "weak-evidence",
        "basis",
        "cash-of-beds",
        "beyond-ramp",
        "uncorrected",
    }


def test_an_index_that_moves_prices_beyond_all_measure_is_refused() -> None:
    scenario = deepcopy(ONE_INTERVENTION)
    changes = {f"{year}/{(year + 1) % 100:02d}": 10 for year in range(1901, 2100)}
    scenario["settings"] |= {"base_price_year": "2099/00"}
    scenario["outcomes"][0] |= {"price_year": "1900/01", "index": "mad"}
    for value, words in ((10, "e+207"), (-0.9, "e-199")):
        scenario["indices"] = {"mad": dict.fromkeys(changes, value)}
        with pytest.raises(ScenarioError, match=re.escape("indices.mad: it makes one pound")) as caught:
            read_scenario(scenario)
        assert words in str(caught.value)


def test_activity_of_nobody_is_warned_of() -> None:
    scenario = with_value(ONE_INTERVENTION, "segments.0.population", 0)
    warnings = {item.code: item.field for item in calculate(read_scenario(scenario)).warnings}
    assert warnings["nobody"] == "outcomes[0].baseline.high-risk"


EXTREMES = st.sampled_from(
    [0, -0.0, 5e-324, 1e-300, 1e-12, 0.5, 0.999999999999, 1, -1, 10, 1950, 1e6, 1e9, 1e12, 1e13, 1e308, "1e-99", 10**40]
)
LIMITED: dict[str, Any] = {
    **WITH_LIMITS,
    "overlap_groups": [{"members": ["virtual-wards", "other"], "redundancy": 0.5}],
    "interventions": [
        *WITH_LIMITS["interventions"],
        {
            "id": "other",
            "coverage": {"65-plus": {"low": 0.1, "central": 0.2, "high": 0.4}},
            "effects": [
                {
                    "outcome": "emergency-admissions",
                    "reduction": {"low": -0.1, "central": -0.05, "high": 0.1},
                    "deadweight": {"low": 0, "central": 0.1, "high": 0.2},
                    "grade": 5,
                    "evidence": {"controlled": False, "year": 2010, "follow_up_years": 1},
                }
            ],
            "cost": {"per_person": {"low": 1, "central": 2, "high": 30}, "price_year": "2021/22", "index": "nhscii"},
        },
    ],
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_extreme_numbers_give_finite_ones_or_are_refused_by_field(data: st.DataObject) -> None:
    scenario = deepcopy(LIMITED)
    scenario["settings"] |= {"draws": 30}
    places = [path for path in leaves(scenario) if isinstance(value_at(scenario, path), int | float)]
    for _ in range(data.draw(st.integers(1, 6))):
        *steps, last = data.draw(st.sampled_from(places))
        value_at(scenario, tuple(steps))[last] = data.draw(EXTREMES)
    try:
        found = read_scenario(scenario)
    except ScenarioError as error:
        assert error.faults and all(fault.field and fault.message and fault.limit for fault in error.faults)
        return
    if found.settings.draws <= 1000:
        written = report(found).model_dump_json()
        assert not re.search(r"NaN|Infinity|\binf\b", written)


def value_at(scenario: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        scenario = scenario[step]
    return scenario


NAMES = st.sampled_from(
    ["settings", "segments", "outcomes", "interventions", "id", "effects", "outcome", "reduction", "low", "cost"]
)
ANYTHING = st.recursive(
    JUNK, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=20
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, ANYTHING, max_size=5))
def test_any_json_is_refused_in_words(given_json: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_scenario(given_json)
    assert caught.value.faults and all(fault.field and fault.message and fault.limit for fault in caught.value.faults)


def chances(change: Callable[[dict[str, Any]], None]) -> tuple[str, str]:
    scenario = deepcopy(WITH_LIMITS)
    change(scenario)
    simulation = report(read_scenario(scenario)).simulation
    assert simulation is not None
    return simulation.chance_of_net_saving.sentence, simulation.chance_of_net_saving_cashable.sentence


def test_the_sentence_about_a_chance_is_true() -> None:
    """Nothing is called a saving without a cost, and no cash is spoken of where none was entered."""
    gross, cash = chances(lambda scenario: scenario["interventions"][0].pop("cost"))
    assert "No cost is entered" in gross and "No cost is entered" in cash
    gross, cash = chances(lambda scenario: scenario["outcomes"][0].update(cashable=0))
    assert gross.endswith("simulations the programme saved more than it cost over 5 years.")
    assert cash.startswith("No share of the benefit is entered as cash")
    dear = {"fixed": 1e9}
    gross, _ = chances(lambda scenario: scenario["interventions"][0].update(cost=dear))
    assert gross == "In none of the simulations did the programme save more than it cost over 5 years."
    cheap = {"setup": {"low": 1, "central": 1, "high": 1}}
    found: dict[str, Any] = deepcopy(WITH_LIMITS)
    found["interventions"][0]["cost"] = cheap
    found["interventions"][0]["effects"][0]["reduction"] = {"low": 0.1, "central": 0.2, "high": 0.3}
    simulation = report(read_scenario(found)).simulation
    assert simulation is not None
    assert simulation.chance_of_net_saving.sentence.startswith("In all simulations the programme saved")


@pytest.mark.parametrize(("above", "words"), [(5, "about 1 of 10"), (95, "about 9 of 10"), (50, "about 5 of 10")])
def test_tenths_are_never_none_or_all(above: int, words: str) -> None:
    net = np.where(np.arange(100) < above, 1.0, -1.0)
    assert words in _chance(net, "it rained", "it rain").sentence


def test_no_uptake_breaks_even_where_each_person_costs_more_than_is_gained() -> None:
    found = calculate(read_scenario(ONE_INTERVENTION))
    assert found.net_total < 0
    assert found.switching_values.uptake is None and found.switching_values.uptake_cashable is None
    fixed = with_value(ONE_INTERVENTION, "interventions.0.cost", {"fixed": 80_000})
    assert calculate(read_scenario(fixed)).switching_values.uptake == pytest.approx(0.8)


def test_the_cost_of_the_whole_programme_is_the_cost_of_its_services() -> None:
    free = deepcopy(ONE_INTERVENTION)
    del free["interventions"][0]["cost"]
    assert "no-cost" in {item.code for item in calculate(read_scenario(free)).warnings}
    free["interventions"].append({"id": "programme", "effects": [], "cost": {"fixed": 1000}})
    assert "no-cost" not in {item.code for item in calculate(read_scenario(free)).warnings}
