"""A run as CSV: one tidy table of its results, and the assumptions log.

Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers are numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wsic_graph.calculator.results import Distribution
from wsic_graph.cells import written
from wsic_graph.runs.log import entries, plain
from wsic_graph.runs.run import Run
from wsic_graph.runs.site import Site

COLUMNS = ("section", "item", "measure", "year", "sector", "value", "unit", "price_year")
LOG_COLUMNS = (
    "key", "part", "what", "value", "low", "high", "unit", "basis", "grade", "how", "formula", "figures", "period",
    "sources", "cited_as", "queries", "changed_by_user", "was",
)  # fmt: skip
_POUNDS, _UNITS = "pounds", "units"
_MONEY = {
    "gross": "gross benefit", "cashable": "cashable benefit", "capacity": "capacity released", "cost": "cost",
    "net": "net benefit", "net_cashable": "net cashable benefit",
}  # fmt: skip

Line = tuple[str, str, str, str, str, str, str]
"""Section, item, measure, year, sector, value and unit."""


def results_table(run: Run) -> str:
    """The results of a run: gross, cashable, cost and net always beside each other. Money in pounds of one year."""
    year = run.report.price_year or ""
    lines = (*_totals(run), *_years(run), *_outcomes(run), *_sectors(run), *_interventions(run), *_simulation(run))
    return _written(COLUMNS, ((*line, year if line[6].startswith(_POUNDS) else "") for line in lines))


def log_table(run: Run, site: Site) -> str:
    """The assumptions log of a run."""
    return _written(
        LOG_COLUMNS,
        (
            (
                item.pointer, item.group, item.what, item.value, item.low, item.high, item.unit, item.basis, item.grade,
                item.how, item.formula, " ".join(item.figures), item.period, " ".join(item.sources),
                "; ".join(item.cited), " ".join(item.queries), "yes" if item.changed else "no", item.was,
            )
            for item in entries(run, site)
        ),
    )  # fmt: skip


def _written(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    return written([columns, *lines])


def _shown(value: Any, places: int = 2) -> str:
    if value is None:
        return ""
    return f"{value:.{places}f}" if isinstance(value, float) else str(value)


def _line(section: str, measure: str, value: Any, unit: str = _POUNDS, **where: str) -> Line:
    places = 2 if unit.startswith(_POUNDS) else 6
    return (
        section, where.get("item", ""), measure, where.get("year", ""), where.get("sector", ""), _shown(value, places),
        unit,
    )  # fmt: skip


def _totals(run: Run) -> Iterator[Line]:
    made = run.report
    for key, label in _MONEY.items():
        yield _line("total", label, getattr(made, f"{key}_total"))
    for key, label in _MONEY.items():
        present = {"net": made.npv, "net_cashable": made.npv_cashable}.get(key)
        if key != "capacity":
            value = getattr(made, f"pv_{key}") if present is None else present
            yield _line("present value", label, value)
    yield _line("ratio", "gross benefit for each pound of cost", made.bcr, "ratio")
    yield _line("ratio", "cashable benefit for each pound of cost", made.bcr_cashable, "ratio")
    for key, label in (("", "net benefit"), ("_cashable", "net cashable benefit"), ("_discounted", "discounted net")):
        yield _line("payback", label, getattr(made, f"payback_year{key}"), "year")
    yield _line(
        "per person", "gross benefit", made.gross_per_person_year_reached, "pounds per person reached in a year"
    )
    yield _line("per person", "cost", made.cost_per_person_year_reached, "pounds per person reached in a year")
    yield _line("overlap", "what adding each alone would claim: too much", made.naive_sum_of_separate_effects)
    for key, value in made.switching_values.model_dump().items():
        unit = "share" if key.startswith("deadweight") else "times that entered"
        yield _line("break-even", key.replace("_", " "), value, unit)


def _years(run: Run) -> Iterator[Line]:
    made = run.report
    for place in range(len(made.gross_by_year)):
        year = str(place + 1)
        for key, label in _MONEY.items():
            yield _line("year", label, getattr(made, f"{key}_by_year")[place], year=year)
        yield _line("year", "cumulative net benefit", made.cumulative_net_by_year[place], year=year)
        cash = made.cumulative_net_cashable_by_year[place]
        yield _line("year", "cumulative net cashable benefit", cash, year=year)
        yield _line("year", "persons reached", made.people_reached_by_year[place], "persons", year=year)


def _outcomes(run: Run) -> Iterator[Line]:
    made = run.report
    for name in made.gross_by_outcome:
        yield _line("outcome", "gross benefit", made.gross_by_outcome[name], item=name)
        yield _line("outcome", "cashable benefit", made.cashable_by_outcome[name], item=name)
        yield _line("outcome", "gross benefit, present value", made.pv_gross_by_outcome[name], item=name)
        for measure, rows, unit in (
            ("units avoided", made.units_avoided, _UNITS),
            ("units released and not cash", made.capacity_units, _UNITS),
            ("beds released", made.beds_released, "beds"),
        ):
            for year, value in enumerate(rows.get(name, ()), 1):
                yield _line("outcome", measure, value, unit, item=name, year=str(year))
    if made.qalys:
        yield _line("outcome", "gained, discounted", made.qalys.discounted, "QALYs", item="quality-of-life")


def _sectors(run: Run) -> Iterator[Line]:
    made = run.report
    for name in made.net_by_sector:
        values: tuple[tuple[str, Mapping[str, float]], ...] = (
            ("gross benefit", made.gross_by_sector),
            ("cashable benefit", made.cashable_by_sector),
            ("cost", made.cost_by_payer),
            ("net benefit", made.net_by_sector),
            ("net cashable benefit", made.net_cashable_by_sector),
        )
        for measure, found in values:
            yield _line("sector", measure, found.get(name, 0.0), sector=name)


def _interventions(run: Run) -> Iterator[Line]:
    made = run.report
    for name in made.gross_by_intervention:
        for measure, found in (
            ("gross benefit", made.gross_by_intervention),
            ("cashable benefit", made.cashable_by_intervention),
            ("cost", made.cost_by_intervention),
            ("gross benefit, present value", made.pv_gross_by_intervention),
            ("cost, present value", made.pv_cost_by_intervention),
            ("net benefit, present value", made.npv_by_intervention),
            ("lost without it, present value", made.incremental_pv_by_intervention),
        ):
            yield _line("intervention", measure, found[name], item=name)
        share = made.share_of_gross_by_intervention[name]
        yield _line("intervention", "share of the gross benefit", share, "share", item=name)


def _simulation(run: Run) -> Iterator[Line]:
    found = run.report.simulation
    if found is None:
        return
    yield _line("simulation", "chance of a net saving", found.chance_of_net_saving.probability, "share")
    cash = found.chance_of_net_saving_cashable.probability
    yield _line("simulation", "chance of a net saving in cash", cash, "share")
    for key, label in {"gross": "gross benefit", "cashable": "cashable benefit", "cost": "cost", "npv": "net benefit",
                       "npv_cashable": "net cashable benefit"}.items():  # fmt: skip
        part: Distribution = getattr(found, key)
        yield _line("simulation", f"{label}, present value, average", part.mean)
        for name, value in part.percentiles.model_dump().items():
            percent = plain(float(name[1:].replace("_", ".")))
            yield _line("simulation", f"{label}, present value, percentile {percent}", value)
