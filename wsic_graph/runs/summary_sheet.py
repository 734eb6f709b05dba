"""The summary of the workbook: every result as a formula, beside the calculator's own number and whether they agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wsic_graph.calculator.money import rounded
from wsic_graph.calculator.results import Report
from wsic_graph.runs.book import COUNT, POUNDS, UNITS, Sheet
from wsic_graph.runs.chain_sheets import Chain
from wsic_graph.runs.formulas import (
    NOUGHT,
    ONE,
    Term,
    added,
    choose,
    constant,
    size,
    weighted,
    words,
)
from wsic_graph.runs.money_sheets import NEVER, Money
from wsic_graph.runs.run import Run
from wsic_graph.runs.share_sheets import Shared

RATIO, PER_HEAD = "0.000000", "#,##0.0000"
NONE = "none"
_PLACES = {POUNDS: 2, UNITS: 6, RATIO: 6, PER_HEAD: 4, COUNT: 0}
_YES, _NO = "yes", "no"


@dataclass(frozen=True)
class Check:
    """A result as a formula, and what the calculator gave; None where it gave none."""

    label: str
    term: Term
    calculated: float | int | None
    number: str = POUNDS
    missing: str = NONE
    """What the formula says where there is no number."""


def summary_sheet(sheet: Sheet, run: Run, chain: Chain, money: Money, shares: Sequence[Shared]) -> None:
    """Fill the summary."""
    pounds = f"pounds of {run.report.price_year}" if run.report.price_year else "pounds"
    sheet.title(
        f"Summary: {run.report.title or 'a calculation'}",
        f"Money is in {pounds}. The first column of numbers is calculated in this workbook, the second is what the "
        "calculator gave for the inputs as they came. They differ only after an input was changed.",
    )
    sheet.begin("Does the workbook equal the calculator to the penny?", look="strong")
    verdict = sheet.row
    sheet.end()
    sheet.row += 1
    sheet.heads(["Result", "This workbook", "The calculator", "Difference", "Equal"], freeze=True)
    first = sheet.row
    marks: list[Term] = []
    for title, checks in (
        ("The whole run: gross, cash and cost together", _whole(run.report, chain, money)),
        ("Each year", _years(run.report, chain, money)),
        ("By outcome", _outcomes(run.report, chain, money)),
        ("Who gains and who pays", _sectors(run.report, chain, money)),
        ("By intervention", _interventions(run.report, chain, money, shares)),
        ("Units avoided", _units(run.report, chain, money)),
    ):
        sheet.heading(title)
        marks += [_check(sheet, check) for check in checks]
    last = sheet.row
    same = all(mark.value == _YES for mark in marks)
    text = (
        f'=IF(COUNTIF(E{first + 1}:E{last},"{_NO}")=0,"yes, all {len(marks)} results",'
        f'"no: "&COUNTIF(E{first + 1}:E{last},"{_NO}")&" of {len(marks)} differ")'
    )
    value = f"yes, all {len(marks)} results" if same else "no"
    sheet.page.write_formula(verdict, 1, text, sheet.book.look("total"), value)
    sheet.book.workbook.define_name("all_equal", f"=Summary!$B${verdict + 1}")


def _check(sheet: Sheet, check: Check) -> Term:
    places = _PLACES[check.number]
    sheet.begin(check.label)
    ours = sheet.add(check.term, check.number)
    row, look = sheet.row, sheet.book.look("value", check.number)
    if check.calculated is None:
        sheet.page.write_string(row, 2, check.missing, look)
        theirs = Term(f"C{row + 1}", check.missing)
        equal = choose(Term(f"({ours.text}={theirs.text})", float(ours.value == theirs.value)), words(_YES), words(_NO))
        difference = words("")
    else:
        value = float(rounded(check.calculated, places))
        sheet.page.write_number(row, 2, value, look)
        # Half of the last place, and a little for the rounding of large sums.
        near = constant(0.51 * 10.0**-places + abs(value) * 1e-12)
        number = isinstance(ours.value, float | int)
        gap = float(ours.value) - value if number else 0.0
        apart = Term(f"{ours.text}-C{row + 1}", gap)
        is_number = Term(f"ISNUMBER({ours.text})", float(number))
        difference = choose(is_number, apart, words(""))
        equal = choose(is_number, choose(near.above(size(apart)), words(_YES), words(_NO)), words(_NO))
    sheet._next = 3
    sheet.add(difference, "0.000000")
    mark = sheet.add(equal, "General")
    sheet.end()
    return mark


def ratio(top: Term, bottom: Term) -> Term:
    """``top`` for each unit of ``bottom``; words where there is none."""
    return choose(bottom.above(NOUGHT), top / bottom, words(NONE))


def _whole(report: Report, chain: Chain, money: Money) -> Iterator[Check]:
    totals, present = money.totals, money.present
    for key, label in (
        ("gross", "Gross benefit"),
        ("cashable", "Cashable benefit"),
        ("capacity", "Capacity released, not cash"),
        ("cost", "Cost"),
        ("net", "Net benefit"),
        ("net_cashable", "Net cashable benefit"),
    ):
        yield Check(label, totals[key].total, getattr(report, f"{key}_total"))
    for key, label, value in (
        ("gross", "Gross benefit, present value", report.pv_gross),
        ("cashable", "Cashable benefit, present value", report.pv_cashable),
        ("cost", "Cost, present value", report.pv_cost),
        ("net", "Net present value", report.npv),
        ("net_cashable", "Net present value, cashable", report.npv_cashable),
    ):
        yield Check(label, present[key].total, value)
    cost = present["cost"].total
    yield Check("Benefit for each pound of cost", ratio(present["gross"].total, cost), report.bcr, RATIO)
    yield Check("Cash for each pound of cost", ratio(present["cashable"].total, cost), report.bcr_cashable, RATIO)
    for key, label in (
        ("payback_year", "Payback year"),
        ("payback_year_cashable", "Payback year, cashable"),
        ("payback_year_discounted", "Payback year, discounted"),
    ):
        yield Check(label, money.paybacks[key], getattr(report, key), COUNT, NEVER)
    people, gross = totals["people"].total, totals["gross"].total
    yield Check(
        "Gross benefit per person reached in a year", ratio(gross, people), report.gross_per_person_year_reached
    )
    each = report.cost_per_person_year_reached
    yield Check("Cost per person reached in a year", ratio(totals["cost"].total, people), each)
    heads = [chain.given.one(f"/segments/{place}/population") for place in range(len(chain.model.population))]
    years = added(heads) * constant(chain.model.horizon)
    yield Check("Gross benefit per head a year", ratio(gross, years), report.gross_per_head_per_year, PER_HEAD)


def _years(report: Report, chain: Chain, money: Money) -> Iterator[Check]:
    for year in chain.years:
        for key, label in (
            ("gross", "gross benefit"),
            ("cashable", "cashable benefit"),
            ("cost", "cost"),
            ("net", "net benefit"),
            ("net_cashable", "net cashable benefit"),
        ):
            yield Check(
                f"Year {year + 1}: {label}", money.totals[key].years[year], getattr(report, f"{key}_by_year")[year]
            )


def _outcomes(report: Report, chain: Chain, money: Money) -> Iterator[Check]:
    for outcome, gross in money.gross_by_outcome.items():
        key, label = chain.model.scenario.outcomes[outcome].id, chain.names(outcome, 0)[0]
        yield Check(f"{label}: gross benefit", gross.total, report.gross_by_outcome[key])
        cashable = money.cashable_by_outcome[outcome].total
        yield Check(f"{label}: cashable benefit", cashable, report.cashable_by_outcome[key])
        present = weighted(gross.years, money.factors)
        yield Check(f"{label}: gross benefit, present value", present, report.pv_gross_by_outcome[key])


def _sectors(report: Report, chain: Chain, money: Money) -> Iterator[Check]:
    for label, found, values in (
        ("gross benefit", money.gross_by_sector, report.gross_by_sector),
        ("cashable benefit", money.cashable_by_sector, report.cashable_by_sector),
        ("cost paid", money.cost_by_payer, report.cost_by_payer),
        ("net benefit", money.net_by_sector, report.net_by_sector),
        ("net cashable benefit", money.net_cashable_by_sector, report.net_cashable_by_sector),
    ):
        for sector, row in found.items():
            yield Check(f"{chain.name(sector)}: {label}", row.total, values[sector])


def _interventions(report: Report, chain: Chain, money: Money, shares: Sequence[Shared]) -> Iterator[Check]:
    whole = money.totals["gross"].total
    for item, found in zip(chain.model.scenario.interventions, shares, strict=True):
        key, label = item.id, chain.name(item.id)
        share = choose(size(whole).above(NOUGHT), found.gross.total / whole, words(NONE))
        net = found.present_gross - found.present_cost
        yield Check(f"{label}: gross benefit (Shapley)", found.gross.total, report.gross_by_intervention[key])
        yield Check(f"{label}: cashable benefit", found.cashable.total, report.cashable_by_intervention[key])
        yield Check(f"{label}: cost", found.cost.total, report.cost_by_intervention[key])
        yield Check(f"{label}: share of the gross benefit", share, report.share_of_gross_by_intervention[key], RATIO)
        yield Check(f"{label}: gross, present value", found.present_gross, report.pv_gross_by_intervention[key])
        yield Check(f"{label}: cost, present value", found.present_cost, report.pv_cost_by_intervention[key])
        yield Check(f"{label}: net present value", net, report.npv_by_intervention[key])
        yield Check(f"{label}: lost without it, present value", found.lost, report.incremental_pv_by_intervention[key])
    alone = added([found.alone for found in shares])
    label = "What adding each alone would claim: too much"
    yield Check(label, alone, report.naive_sum_of_separate_effects)


def _units(report: Report, chain: Chain, money: Money) -> Iterator[Check]:
    scenario = chain.model.scenario
    for outcome, avoided in chain.avoided.items():
        key, label = scenario.outcomes[outcome].id, chain.names(outcome, 0)[0]
        for year, term in enumerate(avoided):
            yield Check(f"{label}, year {year + 1}", term, report.units_avoided[key][year], UNITS)
        if key == "quality-of-life" and report.qalys is not None:
            rate = ONE + chain.given.one("/settings/quality_discount_rate")
            first = chain.given.one("/settings/first_year_exponent")
            gained = [-term / rate ** (first + constant(year)) for year, term in enumerate(avoided)]
            yield Check("QALYs gained, discounted", added(gained), report.qalys.discounted, UNITS)
    for year, term in enumerate(money.totals["people"].years):
        yield Check(f"Persons reached, year {year + 1}", term, report.people_reached_by_year[year], PER_HEAD)
