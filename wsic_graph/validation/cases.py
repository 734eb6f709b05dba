"""Each published result that can be reproduced, as a scenario of the calculator.

Every number comes from the graph. What has to be assumed is said in the note of the result.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from math import ceil
from typing import Any

from wsic_graph.calculator.results import Report
from wsic_graph.prefill.activity import Activity
from wsic_graph.prefill.facts import Facts, Rows
from wsic_graph.prefill.people import People
from wsic_graph.prefill.prices import Prices
from wsic_graph.validation.bench import PEOPLE, Bench, Check, worth
from wsic_graph.validation.published import read_published

_ONE, _HUNDRED, _MONTHS = Decimal(1), Decimal(100), 12
_USUAL = Decimal(1000)
"""Pounds of usual spending for each pound of a programme in the check of a ratio with limits. An effect is then so
small a share that its distribution, lognormal in the rate ratio, is as good as Normal in the pounds."""
_EMERGENCY = "emergency-admissions"


def checks(rows: Rows) -> list[Check]:
    """Every published result beside what the calculator makes of it; ``rows`` asks a saved query by name."""
    found: list[Check] = []
    for published in read_published(rows):
        bench = Bench(published)
        if make := _CASES.get(published.slug):
            make(bench, rows)
        found.append(bench.check())
    return found


def _above_plan(outcome: str) -> Callable[[Bench, Rows], None]:
    """What activity above plan costs, at the value that the plan itself put on a unit."""

    def make(bench: Bench, rows: Rows) -> None:
        del rows
        planned = bench.value("planned-change")
        unit_cost = bench.value("planned-saving") / -planned
        shortfall = planned - bench.value("change")
        found = bench.calculate(worth(bench.published.title, {outcome: (shortfall, unit_cost)}))
        bench.compare(-found.gross_total, "cost-above-plan")

    return make


def _rotherham(bench: Bench, rows: Rows) -> None:
    """A yearly benefit that lasts or declines by an equal part of its first value; the cost is that of one year."""
    del rows
    years = int(bench.value("years"))
    parts = round(_HUNDRED / bench.value("decline"))
    benefit = {"use-of-hospital": (bench.value("benefit"), _ONE)}
    title = bench.published.title
    lasting = bench.calculate(worth(f"{title}, if it lasts", benefit, horizon=years))
    bench.compare(lasting.pv_gross, "sustained")
    cost = Decimal(str(lasting.pv_gross)) / bench.value("sustained-ratio")
    bench.state(cost, "Cost of a year, from the ratio if it lasts", "gbp")
    profile = [str(max(_ONE - Decimal(year) / parts, Decimal(0)).quantize(Decimal("1e-15"))) for year in range(years)]
    declines: dict[str, Any] = {"horizon": years, "profile": profile, "cost": {"setup": str(cost)}}
    declining = bench.calculate(worth(f"{title}, if it declines", benefit, **declines))
    bench.compare(declining.pv_gross, "declining")
    bench.compare(declining.bcr or 0.0, "declining-ratio")
    bench.compare(Decimal(_payback_month(declining)), "payback-earliest", "payback-latest")


def _payback_month(found: Report) -> int:
    """The month in which the cumulative net reaches nil, if each year's net comes evenly over its months.

    Raises ``ValueError`` if it never does.
    """
    year = found.payback_year
    if year is None:
        raise ValueError("it never pays back")
    before = found.cumulative_net_by_year[year - 2] if year > 1 else 0.0
    return _MONTHS * (year - 1) + ceil(_MONTHS * -before / found.net_by_year[year - 1])


def _prices(bench: Bench, rows: Rows) -> None:
    """Old prices at the prices of a later year, each as one unit that is saved."""
    del rows
    figures = bench.published.figures
    changes = {
        figure.period: str(figure.value / _HUNDRED) for name, figure in figures.items() if name.startswith("change-")
    }
    for name, figure in figures.items():
        if f"{name}-now" not in figures:
            continue
        scenario = worth(figure.label, {name: (_ONE, figure.value)})
        scenario["settings"]["base_price_year"] = figures[f"{name}-now"].period
        scenario["indices"] = {"gdp-deflator": changes}
        scenario["outcomes"][0] |= {"price_year": figure.period, "index": "gdp-deflator"}
        bench.compare(bench.calculate(scenario).gross_total, f"{name}-now")


def _parties(bench: Bench, rows: Rows) -> None:
    """Benefits to several parties against one cost."""
    del rows
    names = ("taxpayers", "participants", "others", "indirect")
    outcomes = {name: (_ONE, bench.value(name)) for name in names}
    found = bench.calculate(worth(bench.published.title, outcomes, cost={"fixed": str(bench.value("cost"))}))
    bench.compare(found.gross_total, "total")
    bench.compare(found.net_total, "net")
    bench.compare(found.bcr or 0.0, "ratio")


def _two_costs(bench: Bench, rows: Rows) -> None:
    """One way of care replaces another."""
    del rows
    outcomes = {"standard-care": (_ONE, bench.value("standard"))}
    found = bench.calculate(worth(bench.published.title, outcomes, cost={"fixed": str(bench.value("reablement"))}))
    bench.compare(found.net_total, "difference")


def _chance(bench: Bench, rows: Rows) -> None:
    """The chance that a ratio with limits is above one: cost and price for certain, the effect drawn."""
    del rows
    ratio = bench.published.figures["ratio"]
    assert ratio.low is not None and ratio.high is not None, "the ratio has limits"
    scenario = worth(bench.published.title, {"emergency-bed-days": (_ONE, _USUAL)})
    del scenario["settings"]["draws"]
    scenario["outcomes"][0]["unit_cost"] = _certain(_USUAL)
    scenario["interventions"][0]["cost"] = {"fixed": _certain(_ONE)}
    limits = {"low": ratio.low, "central": ratio.value, "high": ratio.high}
    scenario["interventions"][0]["effects"][0]["reduction"] = {
        name: str(value / _USUAL) for name, value in limits.items()
    }
    found = bench.calculate(scenario)
    assert found.simulation is not None, "it draws"
    bench.state(found.simulation.npv.standard_deviation, "Standard deviation of the saving for each pound", "gbp")
    bench.state(
        found.simulation.chance_of_net_saving.probability * 100, "Chance that it saves more than it costs", "percent"
    )


def _certain(value: Decimal) -> dict[str, str]:
    return dict.fromkeys(("low", "central", "high"), str(value))


def _claim(bench: Bench, rows: Rows) -> None:
    """A claimed saving as a fall of all emergency admissions of older people of the place, beside what these cost."""
    facts = Facts(rows)
    people = People(facts, facts.place(bench.published.area))
    segment = people.segment("65plus")
    admissions, price = Activity(people, segment).baseline(_EMERGENCY), Prices(people).of(_EMERGENCY)
    assert admissions is not None and price is not None, "the graph has admissions and their price"
    bench.worked += [
        segment.population,
        admissions.named("Their emergency admissions in a year"),
        price.value.named("Price of one"),
    ]
    share = bench.value("saved") / (admissions.value * price.value.value)
    coverage, each = bench.value("people") / segment.population.value, bench.value("cost") / bench.value("people")
    scenario = worth(bench.published.title, {_EMERGENCY: (admissions.value, price.value.value)})
    scenario["segments"][0]["population"] = str(segment.population.value)
    programme = scenario["interventions"][0]
    programme["effects"][0]["reduction"] = f"{share:.30f}"
    programme |= {"coverage": {PEOPLE: f"{coverage:.30f}"}, "cost": {"per_person": f"{each:.20f}"}}
    found = bench.calculate(scenario)
    bench.compare(found.bcr or 0.0, "ratio")
    bench.compare(found.cost_per_person_year_reached or 0.0, "cost-each")
    saved = found.gross_per_person_year_reached or 0.0
    bench.state(saved, "Claimed saving for each person", "gbp-per-person")
    usual = admissions.value * price.value.value / segment.population.value
    bench.state(usual, "What the emergency admissions of an older person there cost in a year", "gbp-per-person")
    bench.state(Decimal(str(saved)) / usual, "Claimed saving over that cost", "times")


_CASES: dict[str, Callable[[Bench, Rows], None]] = {
    "better-care-fund-admissions": _above_plan(_EMERGENCY),
    "better-care-fund-delays": _above_plan("delayed-transfers"),
    "rotherham-social-prescribing": _rotherham,
    "unit-cost-database": _prices,
    "wsipp-transitional-care": _parties,
    "reablement-model": _two_costs,
    "partnerships-for-older-people": _chance,
    "gateshead-exercise": _claim,
}
"""How each is calculated; a published result that is not here could not be reproduced."""
