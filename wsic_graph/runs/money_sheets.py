"""Pounds as sheets: benefit and cost by year, present values, who gains and who pays (sections 2.2 and 2.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wsic_graph.prefill.pointers import pointer
from wsic_graph.runs.book import COUNT, POUNDS, SHARE, UNITS, Sheet
from wsic_graph.runs.chain_sheets import Chain, Years
from wsic_graph.runs.formulas import (
    NOUGHT,
    ONE,
    Term,
    added,
    choose,
    constant,
    largest,
    product,
    size,
    weighted,
    words,
)
from wsic_graph.runs.inputs import split_of

_NEAR = constant(1e-9)
"""Share of all money that counts as nil when the year of payback is looked for."""
NEVER = "not within the run"


@dataclass
class Row:
    """A row of years and their sum."""

    years: Years
    total: Term


@dataclass
class Money:
    """The rows of pounds that other sheets name."""

    gross_cells: dict[tuple[int, int], Years] = field(default_factory=dict)
    """By outcome and segment."""
    gross_by_outcome: dict[int, Row] = field(default_factory=dict)
    cashable_by_outcome: dict[int, Row] = field(default_factory=dict)
    people: list[Row] = field(default_factory=list)
    """By intervention."""
    cost: list[Row] = field(default_factory=list)
    totals: dict[str, Row] = field(default_factory=dict)
    """gross, cashable, capacity, cost, net, net_cashable; and people."""
    factors: Years = field(default_factory=list)
    present: dict[str, Row] = field(default_factory=dict)
    """The same, discounted."""
    paybacks: dict[str, Term] = field(default_factory=dict)
    gross_by_sector: dict[str, Row] = field(default_factory=dict)
    cashable_by_sector: dict[str, Row] = field(default_factory=dict)
    cost_by_payer: dict[str, Row] = field(default_factory=dict)
    net_by_sector: dict[str, Row] = field(default_factory=dict)
    net_cashable_by_sector: dict[str, Row] = field(default_factory=dict)


def summed(
    sheet: Sheet, labels: Sequence[str], cells: Sequence[Term], number: str = POUNDS, total: bool = False
) -> Row:
    """A row of years with their sum behind them."""
    look = "total" if total else "formula"
    sheet.begin(*labels, look="strong" if total else "text")
    years = [sheet.add(cell, number, look) for cell in cells]
    row = Row(years, sheet.add(added(years), number, look))
    sheet.end()
    return row


def columns(rows: Sequence[Row], years: range) -> list[Term]:
    """The sum of ``rows`` in each year."""
    return [added([row.years[year] for row in rows]) for year in years]


def money_sheet(chain: Chain, money: Money) -> None:
    """Gross and cashable benefit, cost and net of each year; never one without the others."""
    sheet = chain.book.sheet("Money", [30, 20, 26, *[16] * chain.model.horizon, 18], labels=3)
    sheet.title(
        "Money of each year",
        "Gross benefit = units avoided x unit cost. Cashable benefit = gross x cashable share where there is a gain; "
        "extra activity is paid for in full. Cost = (set-up in year 1 + fixed + per person x persons reached) x price "
        "and optimism factor. Not discounted. A gross benefit is no saving: read it with the cost and the net.",
    )
    sheet.heads(["What", "People", "", *chain.heads, "All years"], freeze=True)
    sheet.heading("Benefit by outcome and people")
    _benefits(chain, money, sheet)
    sheet.heading("Cost by intervention")
    _costs(chain, money, sheet)
    sheet.heading("The programme")
    years, totals = chain.years, money.totals
    for key, label, rows in (
        ("gross", "Gross benefit", list(money.gross_by_outcome.values())),
        ("cashable", "Cashable benefit", list(money.cashable_by_outcome.values())),
    ):
        totals[key] = summed(sheet, (label, "all", "pounds"), columns(rows, years), total=True)
    capacity = _less(totals["gross"], totals["cashable"])
    totals["capacity"] = summed(sheet, ("Capacity released, not cash", "all", "pounds"), capacity)
    totals["cost"] = summed(sheet, ("Cost", "all", "pounds"), columns(money.cost, years), total=True)
    for key, label, part in (("net", "Net benefit", "gross"), ("net_cashable", "Net cashable benefit", "cashable")):
        totals[key] = summed(sheet, (label, "all", "pounds"), _less(totals[part], totals["cost"]), total=True)


def _less(row: Row, other: Row) -> list[Term]:
    return [one - two for one, two in zip(row.years, other.years, strict=True)]


def _benefits(chain: Chain, money: Money, sheet: Sheet) -> None:
    for outcome, price in chain.prices.items():
        if not len(chain.model.channels[outcome].rows):
            continue
        gross, cashable = [], []
        for segment in range(len(chain.model.population)):
            what, people = chain.names(outcome, segment)
            worth = [units * price for units in chain.units[outcome, segment]]
            gross.append(summed(sheet, (what, people, "gross, pounds"), worth))
            money.gross_cells[outcome, segment] = gross[-1].years
            cash = [cashed(chain, outcome, year, part, part) for year, part in enumerate(gross[-1].years)]
            cashable.append(summed(sheet, (what, people, "cashable, pounds"), cash))
        what = chain.names(outcome, 0)[0]
        for label, rows, found in (
            ("gross, pounds", gross, money.gross_by_outcome),
            ("cashable, pounds", cashable, money.cashable_by_outcome),
        ):
            found[outcome] = summed(sheet, (what, "all", label), columns(rows, chain.years), total=True)


def cashed(chain: Chain, outcome: int, year: int, gross: Term, part: Term) -> Term:
    """What of ``part`` is cash: its share where the whole cell ``gross`` is a gain, all of it where it is a loss."""
    share = chain.given.year(f"/outcomes/{outcome}/cashable", year)
    return choose(gross.above(NOUGHT), part * share, part)


def _costs(chain: Chain, money: Money, sheet: Sheet) -> None:
    scenario, given = chain.model.scenario, chain.given
    for place, item in enumerate(scenario.interventions):
        at = f"/interventions/{place}"
        offered = [
            given.one(f"/segments/{number}/population") * given.one(at + pointer("coverage", segment.id))
            for number, segment in enumerate(scenario.segments)
            if segment.id in item.coverage
        ]
        reached = [
            product([added(offered), given.one(f"{at}/uptake"), given.year(f"{at}/ramp", year)]) for year in chain.years
        ]
        label = chain.intervention(place)
        money.people.append(summed(sheet, (label, "all", "persons reached"), reached, UNITS))
        fixed, person = given.one(f"{at}/cost/fixed"), given.one(f"{at}/cost/per_person")
        paid = [fixed + person * reach for reach in money.people[-1].years]
        paid[0] = given.one(f"{at}/cost/setup") + paid[0]
        costs = [cost * chain.cost_factors[place] for cost in paid]
        money.cost.append(summed(sheet, (label, "all", "cost, pounds"), costs))
    people = columns(money.people, chain.years)
    money.totals["people"] = summed(sheet, ("Persons reached, one may count twice", "all", "persons"), people, UNITS)


def discounted_sheet(chain: Chain, money: Money) -> None:
    """Present values, cumulative net and the years of payback."""
    sheet = chain.book.sheet("Discounted", [36, *[16] * chain.model.horizon, 18])
    sheet.title(
        "Present values",
        "Discount factor = (1 + rate) ^ -(year - 1 + years by which the first is discounted). Payback is the first "
        "year from which the cumulative net stays at or above nil to the end of the run; a billionth of the money is "
        "nil.",
    )
    sheet.heads(["What", *chain.heads, "All years"], freeze=True)
    rate, first = (chain.given.one(f"/settings/{part}") for part in ("discount_rate", "first_year_exponent"))
    factors = [ONE / (ONE + rate) ** (first + constant(year)) for year in chain.years]
    money.factors = sheet.line(("Discount factor",), factors, SHARE)
    labels = {
        "gross": "Gross benefit",
        "cashable": "Cashable benefit",
        "cost": "Cost",
        "net": "Net benefit",
        "net_cashable": "Net cashable benefit",
    }
    for key, label in labels.items():
        cells = [part * factor for part, factor in zip(money.totals[key].years, money.factors, strict=True)]
        money.present[key] = summed(sheet, (f"{label}, discounted",), cells, total=key.startswith("net"))
    sheet.heading("Cumulative net and payback")
    nil = sheet.line(
        ("What counts as nil, pounds",),
        [_NEAR * largest(ONE, size(money.totals["gross"].total) + money.totals["cost"].total)],
        SHARE,
    )[0]
    for key, label, row in (
        ("payback_year", "net benefit", money.totals["net"]),
        ("payback_year_cashable", "net cashable benefit", money.totals["net_cashable"]),
        ("payback_year_discounted", "net benefit, discounted", money.present["net"]),
    ):
        money.paybacks[key] = _payback(chain, sheet, label, row, nil)


def _payback(chain: Chain, sheet: Sheet, label: str, row: Row, nil: Term) -> Term:
    cumulative: Years = []
    sheet.begin(f"Cumulative {label}")
    for part in row.years:
        cumulative.append(sheet.add(cumulative[-1] + part if cumulative else part, POUNDS))
    sheet.end()
    below = [choose(NOUGHT.above(part + nil), constant(year), NOUGHT) for year, part in enumerate(cumulative, 1)]
    last = largest(*sheet.line((f"Year in which it is below nil: {label}",), below, COUNT), NOUGHT)
    horizon = constant(chain.model.horizon)
    answer = choose(last.at_least(horizon), words(NEVER), last + ONE)
    return sheet.line((f"Payback year: {label}",), [answer], COUNT, total=True)[0]


def sector_sheet(chain: Chain, money: Money) -> None:
    """Who gains and who pays."""
    model = chain.model
    sheet = chain.book.sheet("By sector", [26, 26, *[16] * model.horizon, 18], labels=2)
    sheet.title(
        "Who gains and who pays",
        "Benefit of a sector = sum over outcomes of benefit x share of the value that falls to it. Cost of a sector = "
        "sum over interventions of cost x share that it pays. Not discounted.",
    )
    sheet.heads(["Sector", "What", *chain.heads, "All years"], freeze=True)
    for sector in model.sectors:
        label, nothing = chain.name(sector), [NOUGHT] * model.horizon
        gains = {}
        for what, rows in (("gross", money.gross_by_outcome), ("cashable", money.cashable_by_outcome)):
            cells = _split(chain, "outcomes", rows, sector) or nothing
            gains[what] = summed(sheet, (label, f"{what} benefit, pounds"), cells)
        paid = _split(chain, "interventions", dict(enumerate(money.cost)), sector) or nothing
        cost = summed(sheet, (label, "cost paid, pounds"), paid)
        if sector in model.gainers:
            money.gross_by_sector[sector], money.cashable_by_sector[sector] = gains["gross"], gains["cashable"]
        if sector in model.payer_names:
            money.cost_by_payer[sector] = cost
        for what, found, gain in (
            ("net benefit", money.net_by_sector, gains["gross"]),
            ("net cashable benefit", money.net_cashable_by_sector, gains["cashable"]),
        ):
            found[sector] = summed(sheet, (label, f"{what}, pounds"), _less(gain, cost), total=True)
        sheet.row += 1


def _split(chain: Chain, kind: str, rows: Mapping[int, Row], sector: str) -> list[Term]:
    """The share of ``sector`` in ``rows`` in each year; empty if it has none."""
    scenario = chain.model.scenario
    shares: list[tuple[Row, Term]] = []
    for place, row in rows.items():
        if kind == "outcomes":
            split, at = scenario.outcomes[place].sector_split, f"/outcomes/{place}/sector_split"
        else:
            split, at = scenario.interventions[place].cost.payer_split, f"/interventions/{place}/cost/payer_split"
        if sector in split_of(split):
            shares.append((row, chain.given.one(f"{at}/{sector}")))
    return [added([row.years[year] * share for row, share in shares]) for year in chain.years] if shares else []


def present_value(row: Row, factors: Years) -> Term:
    """The present value of a row of years."""
    return weighted(row.years, factors)
