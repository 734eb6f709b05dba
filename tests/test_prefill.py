"""Quick mode over the true release: every number of a scenario is traced to the figure that it names."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from pydantic import TypeAdapter

from wsic_graph.answers import Row, rows
from wsic_graph.calculator.families import NEVER_PRICED, family_of
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.calculator.statement import calculate
from wsic_graph.engine import Door
from wsic_graph.errors import ParameterError
from wsic_graph.namespaces import ID, PREFIXES, SCHEME
from wsic_graph.prefill import COHORTS, Assumption, Prefilled, quick
from wsic_graph.prefill.admission import Policy, admit
from wsic_graph.prefill.designs import aged, grade
from wsic_graph.prefill.estimates import estimates
from wsic_graph.prefill.facts import Facts
from wsic_graph.prefill.numbers import Number
from wsic_graph.prefill.pointers import leaves, pointer, resolve
from wsic_graph.prefill.prices import index
from wsic_graph.queries import get_query

Quick = Callable[..., Prefilled]
AREAS = {
    "county": "E10000017",  # Lancashire
    "metropolitan district": "E08000003",  # Manchester
    "unitary": "E06000027",  # Torbay
    "London borough": "E09000009",  # Ealing
    "abolished": "E10000006",  # Cumbria
    "newly made": "E06000058",  # Bournemouth, Christchurch and Poole
}
CASES = ("torbay", "welc", "greater-manchester", "north-west-london", "cumbria", "northamptonshire")
CONVENTION = re.compile(r"-?\d+(\.\d+)?")


@pytest.fixture(scope="module")
def ask(release: Path) -> Iterator[Callable[..., Sequence[Row]]]:
    with Door(release) as door:
        yield lambda name, **values: rows(door, name, **values)


@pytest.fixture(scope="module")
def fill(ask: Callable[..., Sequence[Row]]) -> Quick:
    return lambda area, **chosen: quick(ask, area, **chosen)


def stated(store: ox.Store, iri: str, name: str) -> Decimal:
    """The value of a property as the graph has it, asked without any saved query."""
    found = {quad.object for quad in store.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(name), None)}
    (literal,) = found
    assert isinstance(literal, ox.Literal)
    return Decimal(literal.value)


def number(value: Any) -> Decimal:
    return Decimal(str(value))


SIGNS = {ast.Add: operator.add, ast.Mult: operator.mul, ast.Div: operator.truediv}


def worked_out(item: Assumption, store: ox.Store) -> Decimal:
    """The formula of an assumption with the values that the graph states for its figures."""
    names = {f"f{place}": stated(store, one.iri, one.property) for place, one in enumerate(item.figures, 1)}

    def value(node: ast.expr) -> Decimal:
        if isinstance(node, ast.BinOp):
            return Decimal(SIGNS[type(node.op)](value(node.left), value(node.right)))
        if isinstance(node, ast.UnaryOp):
            assert isinstance(node.op, ast.USub)
            return -value(node.operand)
        return names[node.id] if isinstance(node, ast.Name) else Decimal(ast.unparse(node))

    return value(ast.parse(item.formula, mode="eval").body)


# ------------------------------------------------------------------ every number is traced


@pytest.mark.parametrize(("code", "case"), list(zip(AREAS.values(), CASES, strict=True)), ids=AREAS)
@pytest.mark.parametrize("cohort", ["adults", "65plus"])
def test_every_number_is_what_the_graph_says(code: str, case: str, cohort: str, fill: Quick, store: ox.Store) -> None:
    found = fill(code, value_case=case, cohort=cohort)
    by_key = {item.key: item for item in found.assumptions}
    for path, leaf in leaves(found.scenario):
        key = pointer(*path)
        if "evidence" in path or path[-1] in ("id", "title", "price_year", "base_price_year", "index", "outcome"):
            continue
        if path[-1] in ("scope", "cost_basis", "activity_basis"):
            continue
        item = by_key.pop(key)
        assert item.value == leaf and item.label and item.how and item.unit, key
        assert abs(worked_out(item, store) - number(leaf)) <= Decimal("1e-9"), (key, item.formula)
        if item.figures:
            assert item.queries and item.basis != "yours", key
        else:
            assert item.basis in ("modelled", "recalled") and CONVENTION.fullmatch(item.formula), key
    assert not by_key
    calculate(read_scenario(found.scenario))


@pytest.mark.parametrize("code", AREAS.values(), ids=AREAS)
def test_a_figure_has_the_basis_and_source_of_the_graph_and_its_query_returns_it(
    code: str, fill: Quick, ask: Callable[..., Sequence[Row]], store: ox.Store
) -> None:
    found = fill(code, value_case="torbay", interventions=["reablement", "telecare", "risk-stratification"])
    marks = {"verified": 0, "derived": 1, "modelled": 2, "recalled": 3}
    answers: dict[Any, set[str]] = {}
    for item in found.assumptions:
        for figure in item.figures:
            basis = {quad.object for quad in store.quads_for_pattern(ox.NamedNode(figure.iri), None, None)}
            assert ox.NamedNode(f"{SCHEME}basis/{figure.basis}") in basis, figure.iri
            assert marks[figure.basis] <= marks[item.basis], item.key
            about = {ox.NamedNode(figure.iri), *basis}
            if "/effect/" in figure.iri:  # its sources are those of its findings
                about |= {
                    quad.object
                    for finding in basis
                    if isinstance(finding, ox.NamedNode) and "#f" in finding.value
                    for quad in store.quads_for_pattern(finding, None, None)
                }
            assert figure.sources and {ox.NamedNode(source) for source in figure.sources} <= about, figure.iri
            assert set(figure.sources) <= set(item.sources)
            if figure.asked not in answers:
                answer = ask(figure.asked.name, **dict(figure.asked.values))
                answers[figure.asked] = {str(value) for row in answer for value in row.values()}
            assert figure.iri in answers[figure.asked]
        if item.basis == "verified":
            assert len(item.figures) == 1 and item.formula == "f1"
    assert all(get_query(asked.name).public for asked in answers)


def test_population_is_the_published_one(fill: Quick, store: ox.Store) -> None:
    for code, period in zip(AREAS.values(), ["mid-2024"] * 4 + ["mid-2018", "mid-2024"], strict=True):
        item = fill(code, interventions=["telecare"], cohort="65plus").assumption("/segments/0/population")
        published = stated(
            store, f"{ID}observation/{code}.population.65plus.{period}", f"{PREFIXES['sdmx-measure']}obsValue"
        )
        assert number(item.value) == published and item.basis == "verified"


# ------------------------------------------------------------------ fallbacks


def baseline(found: Prefilled, outcome: str) -> Assumption:
    at, _, _ = resolve(found.scenario, f"/outcomes/{outcome}/baseline")
    return next(item for item in found.assumptions if item.key.startswith(at))


def test_what_an_area_lacks_is_modelled_and_says_how(fill: Quick) -> None:
    older = baseline(fill("E10000017", interventions=["telecare"], cohort="65plus"), "emergency-admissions")
    assert older.basis == "modelled" and "national rate" in older.how and "acute morbidity ratio" in older.how
    assert any("emergency-admissions-hes.65plus.2010-11" in figure.iri for figure in older.figures)
    cumbria = baseline(fill("E10000006", interventions=["risk-stratification"], cohort="everyone"), "ae-attendances")
    assert cumbria.basis == "modelled" and "rate of England" in cumbria.how
    poole = fill("E06000058", interventions=["case-management"], cohort="everyone")
    made = baseline(poole, "elective-admissions")
    assert made.basis == "modelled" and "Dorset" in made.how and len(made.figures) == 6
    assert any("began on 2019-04-01" in note for note in poole.notes)


def test_what_an_area_has_is_taken_as_it_is(fill: Quick) -> None:
    for code, period in (("E10000017", "2024-25"), ("E10000006", "2018-19")):
        item = baseline(fill(code, interventions=["risk-stratification"], cohort="everyone"), "emergency-admissions")
        assert item.basis == "derived" and item.formula == "f1" and f".{period}" in item.figures[0].iri
    homes = baseline(fill("E08000003", interventions=["telecare"], cohort="65plus"), "care-home-admissions")
    assert homes.basis == "verified" and homes.period == "2024-25"


def test_one_count_of_emergency_admissions_in_a_run(fill: Quick) -> None:
    for cohort in ("adults", "65plus", "several-conditions"):
        found = fill("E09000009", value_case="welc", cohort=cohort)
        counts = {
            match[0]
            for item in found.assumptions
            if item.key.startswith("/outcomes")
            for figure in item.figures
            if (match := re.search(r"(?<=\.)emergency-admissions(-hes|-ae-sitrep)?(?=\.)", figure.iri))
        }
        assert len(counts) == 1, counts


@pytest.mark.parametrize("cohort", COHORTS)
def test_every_choice_of_people_gives_a_scenario(cohort: str, fill: Quick) -> None:
    needs = cohort in ("frailty", "high-risk", "own")
    if needs:
        with pytest.raises(ParameterError, match="no published prevalence"):
            fill("E06000027", value_case="welc", cohort=cohort)
    found = fill("E06000027", value_case="welc", cohort=cohort, persons=1500 if needs else None)
    people = found.assumption("/segments/0/population")
    assert number(people.value) > 0
    assert people.basis == ("yours" if needs else people.basis)
    calculate(read_scenario(found.scenario))


def test_the_people_a_service_is_for_carry_the_activity(fill: Quick) -> None:
    """Chosen for what they are, those who leave hospital have all readmissions, those supported all home care."""
    older = fill("E10000017", interventions=["discharge-coordination", "reablement"], cohort="65plus")
    for cohort, outcome in (("leaving-hospital", "readmissions"), ("long-term-support", "home-care-hours")):
        found = fill("E10000017", interventions=["discharge-coordination", "reablement"], cohort=cohort)
        assert baseline(found, outcome).value == baseline(older, outcome).value
        assert "all of it falls to these people" in baseline(found, outcome).how
        people = (found.assumption("/segments/0/population"), older.assumption("/segments/0/population"))
        assert number(people[0].value) < number(people[1].value)


def test_prices_come_to_the_documented_multipliers(ask: Callable[..., Sequence[Row]]) -> None:
    money = index(Facts(ask))
    assert money.base == "2024/25"
    for start, multiplier in (("2013/14", "1.3693"), ("2018/19", "1.2692"), ("2012/13", "1.3956")):
        product = Decimal(1)
        for year, change in money.changes.items():
            product *= 1 + change.value if year > start else 1
        assert abs(product - Decimal(multiplier)) < Decimal("0.00005")
        assert all(change.basis == "modelled" for year, change in money.changes.items() if year > "2022/23")


# ------------------------------------------------------------------ effects are honest


def test_every_intervention_has_effects_or_a_reason(fill: Quick, ask: Callable[..., Sequence[Row]]) -> None:
    listed = {row["intervention"].slug: row["effects"] for row in ask("calculator/interventions")}  # type: ignore[union-attr]
    assert len(listed) > 40
    for standard in ("controlled", "all"):
        found = fill("E08000003", interventions=sorted(listed)[:40], evidence=standard)
        rest = fill("E08000003", interventions=sorted(listed)[40:], evidence=standard)
        verdicts = found.verdicts + rest.verdicts
        assert {verdict.intervention for verdict in verdicts} == set(listed)
        assert all(verdict.reason.endswith(".") for verdict in verdicts)
        for slug, count in listed.items():
            mine = [verdict for verdict in verdicts if verdict.intervention == slug]
            assert len([one for one in mine if one.effect]) == count
            assert count or (len(mine) == 1 and "No usable figure" in mine[0].reason)
        effects = [
            effect for part in (found, rest) for item in part.scenario["interventions"] for effect in item["effects"]
        ]
        used = {verdict.effect for verdict in verdicts if verdict.used}
        assert {effect["evidence"]["source"] for effect in effects} <= used
        assert not {effect["outcome"] for effect in effects} & {*NEVER_PRICED, "total-cost"}


def test_recalled_effects_are_off_and_labelled(fill: Quick) -> None:
    slug = "telehealth--emergency-admissions--heart-failure"
    chosen: dict[str, Any] = {"interventions": ["medication-review", "telehealth"]}
    off = fill("E06000027", **chosen)
    assert not any(verdict.used for verdict in off.verdicts if verdict.recalled)
    on = fill("E06000027", **chosen, recalled=True)
    effect = next(item for item in on.assumptions if item.key == "/interventions/0/effects/0/reduction/central")
    assert effect.basis == "recalled"
    assert on.scenario["interventions"][0]["effects"][0]["grade"] >= 5
    assert not next(verdict for verdict in on.verdicts if str(verdict.effect).endswith(slug)).used


def test_uncontrolled_effects_need_a_deadweight(fill: Quick) -> None:
    slug = "mental-health-liaison--emergency-bed-days"
    chosen: dict[str, Any] = {"interventions": ["mental-health-liaison"], "valuation": "bed-days"}
    assert "comparison group" in fill("E06000027", **chosen).verdicts[0].reason
    waiting = fill("E06000027", **chosen, evidence="all")
    assert [gap.about for gap in waiting.gaps if gap.kind == "deadweight"] == [slug]
    assert not waiting.scenario["interventions"][0]["effects"]
    given = fill("E06000027", **chosen, evidence="all", deadweight={slug: "0.4"})
    (effect,) = given.scenario["interventions"][0]["effects"]
    assert (
        effect["deadweight"] == "0.4" and effect["scope"] == "population" and effect["evidence"]["controlled"] is False
    )
    with pytest.raises(ParameterError, match=r"^deadweight: "):
        fill("E06000027", **chosen, evidence="all", deadweight={slug: "2"})


def test_statements_and_forecasts_are_no_effects(ask: Callable[..., Sequence[Row]]) -> None:
    """No estimate of the release rests on nothing but these, so they are made from one that is sound."""
    policy = Policy("all", True, "admissions", {}, frozenset(), bool)
    sound = next(one for one in estimates(Facts(ask), f"{SCHEME}intervention/telecare") if not one.change.value)
    assert admit([sound], policy, 5)[0].used
    said = tuple(replace(finding, unit="no-quantity") for finding in sound.findings)
    assert "statement" in admit([replace(sound, findings=said)], policy, 5)[0].reason
    planned = tuple(replace(finding, design="forecast") for finding in sound.findings)
    assert "never a saving" in admit([replace(sound, findings=planned)], policy, 5)[0].reason


def test_a_fall_is_a_positive_reduction_with_its_limits_turned_round(fill: Quick) -> None:
    found = fill("E06000027", interventions=["reablement"])
    effect = next(one for one in found.scenario["interventions"][0]["effects"] if one["outcome"] == "home-care-hours")
    assert effect["reduction"] == {"low": "0.05", "central": "0.3", "high": "0.6"}
    assert effect["interval_level"] == "0.8", "its rationale says that it was halved"
    assert effect["grade"] == 4, "a controlled study of low evidence (3), published more than five years ago"


def test_time_since_start_counts(fill: Quick) -> None:
    five = fill("E06000027", interventions=["integrated-provider"]).scenario["interventions"][0]["effects"]
    assert [one["profile"] for one in five if one["outcome"] == "emergency-admissions"] == [[0, 0, 1, 1, 1]]
    two = fill("E06000027", interventions=["integrated-provider"], horizon=2).scenario["interventions"][0]["effects"]
    assert two[0]["reduction"]["central"] == 0 and two[0]["profile"] == 1


def test_variants_of_one_effect_are_chosen_once(fill: Quick) -> None:
    chosen: dict[str, Any] = {"interventions": ["hospital-at-home"]}
    slug = "hospital-at-home--care-home-admissions--admission-avoidance"

    def central(found: Prefilled) -> str:
        effects = found.scenario["interventions"][0]["effects"]
        return str(next(one for one in effects if one["outcome"] == "care-home-admissions")["reduction"]["central"])

    assert central(fill("E06000027", **chosen)) == "0.31", "the least favourable"
    assert central(fill("E06000027", **chosen, prefer=frozenset({slug}))) == "0.42"


def test_grades_of_designs() -> None:
    assert [grade("randomised-trial", home, "high") for home in (True, False)] == [1, 2]
    assert grade("meta-analysis", True, "very-low") == 4
    assert grade("matched-comparison", True, "high") == 3
    assert grade("before-after", True, "high") == 4
    assert grade("qualitative", True, "high") == 6
    assert [aged(2, year, 2024) for year in (2019, 2018)] == [2, 3]
    assert aged(6, 1998, 2024) == 6


# ------------------------------------------------------------------ one price for one thing


@pytest.mark.parametrize("valuation", ["admissions", "bed-days"])
def test_one_price_in_a_family(valuation: str, fill: Quick) -> None:
    found = fill("E08000003", value_case="torbay", valuation=valuation, evidence="all", recalled=True)
    priced = [family_of(one["id"]) for one in found.scenario["outcomes"] if "unit_cost" in one]
    families = [family for family in priced if family]
    assert len(families) == len(set(families))
    calculate(read_scenario(found.scenario))


def test_a_service_is_not_counted_twice_in_a_family(fill: Quick) -> None:
    for valuation in ("admissions", "bed-days"):
        found = fill("E06000027", interventions=["intermediate-care"], valuation=valuation)
        outcomes = {one["outcome"] for one in found.scenario["interventions"][0]["effects"]}
        assert len([name for name in outcomes if family_of(name) == "emergency inpatient care"]) == 1


# ------------------------------------------------------------------ value cases


def test_a_value_case_brings_its_cost_a_head(fill: Quick, store: ox.Store) -> None:
    found = fill("E09000009", value_case="welc")
    costs = [one for one in found.scenario["interventions"] if one["id"].startswith("programme-")]
    assert len(costs) == 2 and all(not one["effects"] for one in costs)
    item = next(one for one in found.assumptions if one.key.endswith("/cost/setup") and one.figures)
    assert item.basis == "modelled" and "1,000,000 people" in item.how
    assert any(figure.iri.endswith("welc#cost-1") for figure in item.figures)
    services = [one for one in found.scenario["interventions"] if not one["id"].startswith("programme-")]
    assert all(not any(number(one["cost"][name]) for name in ("setup", "fixed", "per_person")) for one in services)
    assert not [gap for gap in found.gaps if gap.kind == "cost"]


def test_budgets_and_planned_savings_are_no_cost(fill: Quick) -> None:
    found = fill("E06000027", value_case="greater-manchester")
    assert any("planned saving" in note for note in found.notes) and any("budget" in note for note in found.notes)
    figures = {figure.iri for item in found.assumptions for figure in item.figures}
    assert f"{ID}value-case/greater-manchester#cost-3" not in figures
    for case in ("gesundes-kinzigtal", "pace-usa"):
        abroad = fill("E06000027", value_case=case)
        assert not [one for one in abroad.scenario["interventions"] if one["id"].startswith("programme-")]
        assert any("EUR" in note or "USD" in note for note in abroad.notes) or case == "gesundes-kinzigtal"


def test_without_a_cost_it_says_so(fill: Quick) -> None:
    found = fill("E06000027", interventions=["case-management", "reablement"])
    assert [gap.about for gap in found.gaps if gap.kind == "cost"] == ["case-management"]
    assert found.scenario["interventions"][1]["cost"]["per_person"] == "1900.51"


# ------------------------------------------------------------------ your own values


def test_your_values_are_kept_and_marked(fill: Quick) -> None:
    given = {
        "/segments/adults/population": 5000,
        "/interventions/telecare/uptake": {"low": 0.3, "central": 0.4, "high": 0.5},
        "/outcomes/emergency-admissions/cashable": [0, 0, 0.2, 0.2, 0.4],
        "/interventions/0/effects/0/reduction": "0.1",
    }
    found = fill("E06000027", interventions=["telecare"], overrides=given)
    assert found.scenario["segments"][0]["population"] == 5000
    assert found.scenario["interventions"][0]["uptake"] == given["/interventions/telecare/uptake"]
    changed = {item.key: item for item in found.assumptions if item.changed}
    assert len(changed) == len(given)
    people = changed["/segments/0/population"]
    assert people.basis == "yours" and people.was == 115315 and people.how.startswith("Changed by you")
    assert not people.figures and not people.sources
    assert not [item for item in found.assumptions if item.key.startswith("/interventions/0/effects/0/reduction/")]
    assert not [gap for gap in found.gaps if gap.kind == "uptake"]
    calculate(read_scenario(found.scenario))


# ------------------------------------------------------------------ nonsense


@pytest.mark.parametrize(
    ("field", "chosen"),
    [
        ("area", {"area": "Atlantis"}),
        ("area", {"area": "E99999999"}),
        ("area", {"area": "E92000001"}),
        ("area", {"area": "E54000037"}),
        ("area", {"area": "'; DROP"}),
        ("area", {"area": ""}),
        ("interventions", {"interventions": ["homeopathy"]}),
        ("interventions", {"interventions": []}),
        ("interventions", {"interventions": ["x>y"]}),
        ("interventions", {"interventions": ["telecare"] * 41}),
        ("value_case", {"value_case": "atlantis"}),
        ("value_case", {"value_case": "<script>"}),
        ("value_case", {"value_case": "overarching"}),
        ("cohort", {"cohort": "giants"}),
        ("persons", {"cohort": "own", "persons": "many"}),
        ("persons", {"cohort": "own", "persons": -3}),
        ("persons", {"cohort": "own", "persons": "NaN"}),
        ("horizon", {"horizon": 0}),
        ("horizon", {"horizon": 11}),
        ("horizon", {"horizon": True}),
        ("evidence", {"evidence": "hearsay"}),
        ("valuation", {"valuation": "both"}),
        ("overrides", {"overrides": {"/segments/9/population": 1}}),
        ("overrides", {"overrides": {"nowhere": 1}}),
        ("overrides", {"overrides": {"/segments/0/id": "x"}}),
        ("overrides", {"overrides": {"/settings/horizon/x": 1}}),
        ("overrides", {"overrides": {"/settings/horizon": 3}}),
        ("deadweight", {"deadweight": {"telecare--happiness": "0.2"}}),
        ("prefer", {"prefer": ["reablement--total-cost"]}),
    ],
)
def test_nonsense_is_refused_by_field(field: str, chosen: dict[str, Any], fill: Quick) -> None:
    given: dict[str, Any] = {"area": "E06000027", **chosen}
    if not {"interventions", "value_case"} & set(given):
        given["interventions"] = ["telecare"]
    with pytest.raises(ParameterError) as refused:
        fill(given.pop("area"), **given)
    assert refused.value.name == field and len(str(refused.value)) < 600


def test_a_code_that_was_issued_again_is_the_same_council(fill: Quick) -> None:
    assert (
        fill("e08000039", interventions=["telecare"]).scenario == fill("E08000019", interventions=["telecare"]).scenario
    )


def test_numbers_state_the_sum_that_they_are() -> None:
    half = Number.convention("0.5", "share", "by convention")
    two = Number.constant(2)
    assert (half * two).value == 1 and (half * two).formula == "0.5 * 2" and (half * two).basis == "modelled"
    assert (-(half + two)).formula == "-(0.5 + 2)" and (-(half + two)).value == Decimal("-2.5")
    assert (half / Number.constant(3)).plain == "0.166666667" and half.plain == "0.5" and two.plain == 2


def test_all_of_it_can_be_written_as_json(fill: Quick) -> None:
    found = fill("E06000027", value_case="torbay")
    written = TypeAdapter(Prefilled).dump_python(found, mode="json")
    assert written["scenario"] == found.scenario and len(written["assumptions"]) == len(found.assumptions)
