"""What must hold for every scenario (TECH-VER style), and agreement with exact fractions on random ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.calculator_scenarios import scenarios, shares
from tests.exact_calculator import Exact
from tests.test_calculator import VECTORS
from wsic_graph.calculator.chain import present_values
from wsic_graph.calculator.distributions import Pert, RateRatio
from wsic_graph.calculator.model import build
from wsic_graph.calculator.parameters import parameters
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.calculator.results import Distribution, Result, Simulation
from wsic_graph.calculator.simulation import draw, evppi, simulate
from wsic_graph.calculator.statement import calculate

quick = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
Scenario = dict[str, Any]


def result(scenario: Scenario) -> Result:
    return calculate(read_scenario(scenario))


def changed(scenario: Scenario, change: Callable[[Scenario], object]) -> Scenario:
    """A copy with a change."""
    copy = deepcopy(scenario)
    change(copy)
    return copy


def effects(scenario: Scenario) -> Iterable[dict[str, Any]]:
    return (effect for item in scenario["interventions"] for effect in item["effects"])


def same(left: Result, right: Result, scale: float = 1.0) -> None:
    for name in ("gross_total", "cashable_total", "cost_total", "npv", "npv_cashable"):
        assert getattr(left, name) == pytest.approx(getattr(right, name) * scale, rel=1e-9, abs=1e-6), name


@quick
@given(scenarios())
def test_equals_exact_fractions(scenario: Scenario) -> None:
    got, expected = result(scenario), Exact(scenario).answer()
    largest = max(1.0, *(float(abs(value)) for value in expected["gross_by_year"]))
    for name, value in expected.items():
        found = getattr(got, name)
        if name == "payback_year" or value is None:
            assert found == value, name
        elif isinstance(value, dict):
            assert found == pytest.approx(
                {key: float(part) for key, part in value.items()}, rel=1e-9, abs=1e-9 * largest
            )
        else:
            exact = [float(part) for part in value] if isinstance(value, list) else float(value)
            assert found == pytest.approx(exact, rel=1e-9, abs=1e-9 * largest), name


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["id"])
def test_the_exact_calculator_agrees_with_the_vectors(case: Scenario) -> None:
    found = Exact(case).answer()
    for name in ("pv_gross", "pv_cashable", "npv"):
        assert float(found[name]) == pytest.approx(float(case["expected"][name]), abs=0.006)


@quick
@given(scenarios())
def test_no_effect_no_benefit(scenario: Scenario) -> None:
    def nil(copy: Scenario) -> None:
        for effect in effects(copy):
            effect["reduction"] = 0

    got = result(changed(scenario, nil))
    assert got.gross_total == got.pv_cashable == 0
    assert got.npv == -got.pv_cost
    assert not any(got.gross_by_intervention.values())


@quick
@given(scenarios())
def test_doubled_prices_double_the_benefit(scenario: Scenario) -> None:
    def doubled(copy: Scenario) -> None:
        for outcome in copy["outcomes"]:
            if "unit_cost" in outcome:
                outcome["unit_cost"] = float(outcome["unit_cost"]) * 2

    before, after = result(scenario), result(changed(scenario, doubled))
    assert after.pv_gross == pytest.approx(2 * before.pv_gross)
    assert after.pv_cashable == pytest.approx(2 * before.pv_cashable)
    assert after.pv_cost == before.pv_cost


@quick
@given(scenarios())
def test_without_cost_there_is_no_ratio(scenario: Scenario) -> None:
    got = result(changed(scenario, lambda copy: [item.pop("cost") for item in copy["interventions"]]))
    assert got.bcr is None and got.bcr_cashable is None
    assert got.npv == got.pv_gross


@quick
@given(scenarios())
def test_without_discount_present_values_are_sums(scenario: Scenario) -> None:
    got = result(changed(scenario, lambda copy: copy["settings"].update(discount_rate=0)))
    assert got.npv == pytest.approx(got.net_total, abs=1e-6)
    assert got.pv_gross == pytest.approx(got.gross_total, abs=1e-6)


@quick
@given(scenarios(), st.randoms())
def test_order_does_not_matter(scenario: Scenario, random: Any) -> None:
    def shuffled(copy: Scenario) -> None:
        for part in ("interventions", "outcomes", "segments", "overlap_groups"):
            random.shuffle(copy[part])

    before, after = result(scenario), result(changed(scenario, shuffled))
    same(after, before)
    assert after.gross_by_intervention == pytest.approx(before.gross_by_intervention, abs=1e-6)


@quick
@given(scenarios(), st.integers(1, 99))
def test_two_parts_of_a_segment_are_the_whole(scenario: Scenario, percent: int) -> None:
    def split(copy: Scenario) -> None:
        copy["segments"].append({"id": "part", "population": copy["segments"][0]["population"] * percent / 100})
        copy["segments"][0]["population"] *= (100 - percent) / 100
        for outcome in copy["outcomes"]:
            outcome["baseline"]["part"] = outcome["baseline"]["younger"] * percent / 100
            outcome["baseline"]["younger"] *= (100 - percent) / 100
        for item in copy["interventions"]:
            item["coverage"]["part"] = item["coverage"]["younger"]

    same(result(changed(scenario, split)), result(scenario))


@quick
@given(scenarios())
def test_one_without_effect_changes_nothing_and_gets_nothing(scenario: Scenario) -> None:
    more = {
        "id": "idle",
        "effects": [{"outcome": "emergency-admissions", "reduction": 0, "scope": "population"}],
    }
    before, after = result(scenario), result(changed(scenario, lambda copy: copy["interventions"].append(more)))
    same(after, before)
    assert after.gross_by_intervention.pop("idle") == 0
    assert after.gross_by_intervention == pytest.approx(before.gross_by_intervention, abs=1e-6)


@quick
@given(scenarios())
def test_equals_share_equally(scenario: Scenario) -> None:
    def twin(copy: Scenario) -> None:
        copy["interventions"].append({**copy["interventions"][0], "id": "twin"})
        for group in copy["overlap_groups"]:
            if "service-0" in group["members"]:
                group["members"].append("twin")

    got = result(changed(scenario, twin))
    assert got.gross_by_intervention["twin"] == pytest.approx(got.gross_by_intervention["service-0"], abs=1e-6)
    incremental = got.incremental_pv_by_intervention
    assert incremental["twin"] == pytest.approx(incremental["service-0"], abs=1e-6)


@quick
@given(scenarios())
def test_everything_adds_up(scenario: Scenario) -> None:
    got = result(scenario)
    for year, total in enumerate(got.gross_by_year):
        parts = (got.gross_by_intervention_by_year, got.gross_by_outcome_by_year, got.gross_by_sector_by_year)
        for table in parts:
            assert sum(row[year] for row in table.values()) == pytest.approx(total, abs=1e-6)
    assert sum(got.cashable_by_intervention.values()) == pytest.approx(got.cashable_total, abs=1e-6)
    assert sum(got.net_by_sector.values()) == pytest.approx(got.net_total, abs=1e-6)
    shown = [
        sum(got.gross_by_year_display),
        *(sum(table.values()) for table in (got.gross_by_outcome_display, got.gross_by_intervention_display)),
    ]
    assert len(set(shown)) == 1
    assert float(shown[0]) == pytest.approx(got.gross_total, abs=0.006)
    assert sum(got.net_by_sector_display.values()) == sum(got.net_by_year_display)


@quick
@given(scenarios(lowest=0), st.sampled_from(["uptake", "retention", "ceiling", "redundancy"]), shares())
def test_more_reach_is_more_and_more_redundancy_is_less(scenario: Scenario, lever: str, by: str) -> None:
    def raised(copy: Scenario) -> None:
        part = {"ceiling": "outcomes", "redundancy": "overlap_groups"}.get(lever, "interventions")
        for item in copy[part]:
            if item["id"] != "length-of-stay" if "id" in item else True:
                item[lever] = min(float(item[lever]) + float(by), 1)

    before, after = result(scenario), result(changed(scenario, raised))
    change = after.gross_total - before.gross_total
    assert -change <= 1e-6 if lever != "redundancy" else change <= 1e-6


@quick
@given(scenarios())
def test_another_base_year_scales_all_money_alike(scenario: Scenario) -> None:
    before = result(scenario)
    after = result(changed(scenario, lambda copy: copy["settings"].update(base_price_year="2024/25")))
    same(after, before, 1.021)
    assert after.payback_year == before.payback_year


@quick
@given(scenarios())
def test_the_central_column_is_the_deterministic_answer(scenario: Scenario) -> None:
    model = build(read_scenario(scenario))
    got = calculate(model.scenario)
    values = model.column().copy()
    for parameter in parameters(model):
        if parameter.distribution is not None and parameter.distribution.normal:
            values[parameter.rows] = parameter.distribution.at(np.zeros(1))
    found = present_values(model, values)
    assert found.net[0] == pytest.approx(got.npv, abs=1e-6)
    assert found.net_cashable[0] == pytest.approx(got.npv_cashable, abs=1e-6)


@quick
@given(scenarios())
def test_every_draw_is_what_its_numbers_give(scenario: Scenario) -> None:
    model = build(read_scenario(scenario))
    values = draw(model, parameters(model))
    together = present_values(model, values)
    for column in (0, 77, 199):
        alone = present_values(model, values[:, column : column + 1])
        assert alone.net[0] == pytest.approx(together.net[column], rel=1e-12, abs=1e-6)
        assert alone.cashable[0] == pytest.approx(together.cashable[column], rel=1e-12, abs=1e-6)


@quick
@given(scenarios())
def test_at_a_switching_value_the_net_is_nil(scenario: Scenario) -> None:
    found = result(scenario).switching_values
    model = build(read_scenario(scenario))
    scale = max(1.0, *(abs(value) for value in result(scenario).gross_by_year + result(scenario).cost_by_year))
    for lever, value in (("effects", found.effects), ("deadweight", found.deadweight)):
        if value is None:
            continue
        values = model.column().copy()
        if lever == "effects":
            values[model.rows.reduction] *= value
        else:
            values[model.rows.deadweight] = value
        assert present_values(model, values).net[0] == pytest.approx(0, abs=1e-6 * scale * max(value, 1))


# ------------------------------------------------------------ uncertainty

BASE: Scenario = next(case for case in VECTORS["cases"] if case["id"] == "p8-composite")


def test_same_seed_same_answer_and_another_seed_another() -> None:
    first, second = simulate(read_scenario(BASE)), simulate(read_scenario(BASE))
    assert first == second
    other = changed(BASE, lambda copy: copy["settings"].update(seed=1))
    assert simulate(read_scenario(other)).npv != first.npv


def test_another_intervention_leaves_the_draws_of_the_others() -> None:
    def more(copy: Scenario) -> None:
        new = {"id": "new", "effects": [{"outcome": "gp-contacts", "reduction": 0.1, "scope": "population"}]}
        copy["interventions"].insert(0, new)

    def drawn(scenario: Scenario) -> dict[str, Any]:
        model = build(read_scenario(scenario))
        found = parameters(model)
        values = draw(model, found)
        return {item.key: values[item.rows] for item in found}

    before, after = drawn(BASE), drawn(changed(BASE, more))
    assert before.keys() < after.keys()
    for key, values in before.items():
        assert (after[key] == values).all(), key


def one_effect(reduction: dict[str, str], cost: float) -> Scenario:
    """Avoids as many pounds, for each pound of activity, as the reduction says; the cost is a share of activity."""
    return {
        "settings": {"horizon": 1, "correlation": 0},
        "segments": [{"id": "all", "population": 1}],
        "outcomes": [{"id": "beds", "unit_cost": {"low": 1, "central": 1, "high": 1}, "baseline": {"all": 1000}}],
        "interventions": [
            {
                "id": "one",
                "effects": [{"outcome": "beds", "reduction": reduction, "scope": "population"}],
                "cost": {"fixed": {"low": cost, "central": cost, "high": cost}},
            }
        ],
    }


def test_the_limits_of_one_effect_are_recovered() -> None:
    limits = {"low": "-0.02", "central": "0.15", "high": "0.25"}
    found = simulate(read_scenario(one_effect(limits, 0))).gross
    assert found.percentiles.p2_5 == pytest.approx(-20, abs=4)
    assert found.percentiles.p50 == pytest.approx(150, abs=2)
    assert found.percentiles.p97_5 == pytest.approx(250, abs=2)
    assert found.mean == pytest.approx(137, abs=2)  # the mean of a lopsided distribution is not its median


@pytest.mark.parametrize("case", VECTORS["uncertainty"], ids=lambda case: case["id"])
def test_distribution(case: dict[str, Any]) -> None:
    expected = case["expected"]
    if case["kind"] == "two_piece_rr":
        low, central, high = map(float, case["rr"])
        level = 0.8 if "zq" in case else 0.95
        found = 1 - RateRatio(1 - high, 1 - central, 1 - low, level).at(np.array(case["z"], float))
        assert found == pytest.approx(np.array(expected["rr"], float), abs=1e-9)
    elif case["kind"] == "pert":
        pert = Pert(*(float(edge) for edge in case["low_mode_high"]))
        draws = pert.at((np.arange(100_000) + 0.5) / 100_000)
        got = {"alpha": pert.shape[0], "beta": pert.shape[1], "mean": draws.mean(), "sd": draws.std()}
        assert got == pytest.approx({name: float(value) for name, value in expected.items()}, abs=2e-6)
    else:
        low, central, high = (1 - float(ratio) for ratio in reversed(case["rr"]))
        limits = {"low": str(low), "central": str(central), "high": str(high)}
        scenario = one_effect(limits, 1000 * float(case["break_even_reduction"]))
        chance = simulate(read_scenario(scenario)).chance_of_net_saving
        assert chance.probability == pytest.approx(float(expected["probability"]), abs=float(case["tolerance"]))
        assert chance.standard_error <= 0.005


def test_correlated_effects_spread_the_total() -> None:
    def of(value: float) -> Distribution:
        return simulate(read_scenario(changed(BASE, lambda copy: copy["settings"].update(correlation=value)))).gross

    spread = [of(0), of(0.3), of(0.6)]
    assert spread[0].standard_deviation < spread[1].standard_deviation < spread[2].standard_deviation


def test_information_on_what_decides_is_worth_most() -> None:
    random = np.random.default_rng(3)
    decides, idle = random.standard_normal((2, 10_000))
    assert evppi(decides, decides) == pytest.approx(np.maximum(decides, 0).mean() - max(decides.mean(), 0), abs=0.01)
    assert evppi(idle, decides) < 0.1 * evppi(decides, decides)
    assert evppi(decides, decides + 10) == pytest.approx(0, abs=1e-9)


def test_the_chances_at_other_correlations_are_those_of_a_run_with_them() -> None:
    """From an eighth of the draws and what they share with all, within the error of the draws."""
    limits = {"low": "0.02", "central": "0.1", "high": "0.18"}

    def run(correlation: float) -> Simulation:
        scenario = one_effect(limits, 80)
        (outcome,), (service,) = scenario["outcomes"], scenario["interventions"]
        names = [f"place-{number}" for number in range(6)]
        scenario["settings"]["correlation"] = correlation
        scenario["outcomes"] = [{**outcome, "id": name} for name in names]
        scenario["interventions"] = [
            {**service, "id": name, "effects": [{**service["effects"][0], "outcome": name}]} for name in names
        ]
        return simulate(read_scenario(scenario))

    usual = run(0.3)
    assert [item.correlation for item in usual.chances_at_other_correlations] == [0.0, 0.6]
    for item in usual.chances_at_other_correlations:
        other = run(item.correlation)
        assert item.draws == 1250
        assert item.net_saving == pytest.approx(other.chance_of_net_saving.probability, abs=0.02)
        cash = other.chance_of_net_saving_cashable.probability
        assert item.net_saving_cashable == pytest.approx(cash, abs=0.02)
    apart, together = usual.chances_at_other_correlations
    assert apart.net_saving > usual.chance_of_net_saving.probability > together.net_saving > 0.5


def test_one_uncertain_effect_has_nothing_to_be_correlated_with() -> None:
    limits = {"low": "-0.02", "central": "0.15", "high": "0.25"}
    assert simulate(read_scenario(one_effect(limits, 100))).chances_at_other_correlations == []
