"""The chain of the calculation as sheets: prices, effects, how they combine, units, pounds, present values.

The structure (which effect works on which outcome, who is in which group) is that of the calculator's model; every
number is a formula over the sheet of inputs (sections 2.2, 2.3 and 2.5 of the method).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from wsic_graph.calculator.model import Model
from wsic_graph.calculator.prices import base_year
from wsic_graph.prefill.pointers import pointer
from wsic_graph.runs.book import POUNDS, SHARE, UNITS, Book, Sheet
from wsic_graph.runs.formulas import (
    NOUGHT,
    ONE,
    Term,
    added,
    choose,
    constant,
    product,
    smallest,
)
from wsic_graph.runs.site import Names

Years = list[Term]
_DAYS = constant(365)


@dataclass(frozen=True)
class Given:
    """The cells of the sheet of inputs by JSON pointer."""

    terms: dict[str, Term]

    def one(self, pointer: str) -> Term:
        """The cell of a number; nought for one that the scenario has not, such as no coverage of a segment."""
        return self.terms.get(pointer, NOUGHT)

    def year(self, pointer: str, year: int) -> Term:
        """The cell of a number that may be one for every year (from 0)."""
        return self.terms.get(f"{pointer}/{year}") or self.one(pointer)


@dataclass(frozen=True)
class Together:
    """What combines on one outcome in one segment, by year; lists are by place in the channel."""

    effects: list[Years]
    raw: Years
    """Before the ceiling."""
    reduction: Years
    shares: list[Years]
    """The Shapley value of each intervention in :attr:`raw`."""
    without: list[Years]
    """The reduction, after the ceiling, without each intervention."""


@dataclass
class Chain:
    """The sheets so far, as the terms that later sheets name. O outcomes, S segments, I interventions."""

    book: Book
    model: Model
    given: Given
    name: Names
    prices: dict[int, Term] = field(default_factory=dict)
    """Unit cost in pounds of the base year, by outcome that has one."""
    cost_factors: list[Term] = field(default_factory=list)
    effects: dict[tuple[int, int], list[Years]] = field(default_factory=dict)
    """By outcome and segment, a row for each effect of the channel."""
    together: dict[tuple[int, int], Together] = field(default_factory=dict)
    activity: dict[tuple[int, int], Years] = field(default_factory=dict)
    units: dict[tuple[int, int], Years] = field(default_factory=dict)
    avoided: dict[int, Years] = field(default_factory=dict)
    """Units of all segments together, by outcome."""

    @property
    def years(self) -> range:
        """The years of the run from 0."""
        return range(self.model.horizon)

    @property
    def heads(self) -> list[str]:
        """The heads of the columns of years."""
        return [f"Year {year + 1}" for year in self.years]

    def worked(self) -> list[tuple[int, int]]:
        """The pairs of outcome and segment on which anything works."""
        segments = range(len(self.model.population))
        return [(o, s) for o, channel in enumerate(self.model.channels) if len(channel.rows) for s in segments]

    def names(self, outcome: int, segment: int) -> tuple[str, str]:
        """The outcome and the people in words."""
        scenario = self.model.scenario
        return self.name(scenario.outcomes[outcome].id), self.name(scenario.segments[segment].id)

    def intervention(self, place: int) -> str:
        """An intervention in words."""
        return self.name(self.model.scenario.interventions[place].id)


def price_sheet(chain: Chain) -> None:
    """Unit costs and costs in pounds of the base year."""
    scenario, given = chain.model.scenario, chain.given
    base = base_year(scenario) or "the year of the prices"
    sheet = chain.book.sheet("Prices", [34, 12, 12, 16, 16, 18])
    sheet.title(
        "Prices in pounds of one year",
        f"All money is in pounds of {base}. A price of another year is multiplied by 1 + the change of every year "
        "after its own up to that year, or divided by them when going back. Costs are also corrected for optimism.",
    )
    sheet.heads(["Unit cost", "Price year", "Index", "As given", "Factor", f"Pounds of {base}"])
    for number, outcome in enumerate(scenario.outcomes):
        if outcome.unit_cost is None:
            continue
        price = given.one(f"/outcomes/{number}/unit_cost")
        moved = _repriced(chain, outcome.price_year, outcome.index)
        sheet.begin(chain.name(outcome.id), outcome.price_year or "", outcome.index or "")
        factors = sheet.add(price, POUNDS), sheet.add(moved, SHARE)
        chain.prices[number] = sheet.add(product(factors), POUNDS)
        sheet.end()
    sheet.row += 1
    sheet.heads(["Cost of", "Price year", "Index", "Factor of prices", "Correction for optimism", "Together"])
    applied = given.one("/settings/optimism")
    for number, item in enumerate(scenario.interventions):
        cost = item.cost
        bias = ONE + given.one(f"/interventions/{number}/cost/optimism_bias") * applied
        sheet.begin(chain.intervention(number), cost.price_year or "", cost.index or "")
        factors = sheet.add(_repriced(chain, cost.price_year, cost.index), SHARE), sheet.add(bias, SHARE)
        chain.cost_factors.append(sheet.add(product(factors), SHARE))
        sheet.end()


def _repriced(chain: Chain, year: str | None, index: str | None) -> Term:
    base = base_year(chain.model.scenario)
    if year is None or base is None or year == base or index is None:
        return ONE
    first, last = sorted((year, base))
    between = [named for named in sorted(chain.model.scenario.indices[index]) if first < named <= last]
    changes = [ONE + chain.given.one(pointer("indices", index, named)) for named in between]
    return product(changes) if year < base else ONE / product(changes)


def effect_sheet(chain: Chain) -> None:
    """x of each effect in each segment and year."""
    sheet = chain.book.sheet("Effects", [26, 20, 28, 26, *[11] * 7, 12, *[12] * chain.model.horizon], labels=4)
    sheet.title(
        "Effects",
        "Each row is one effect of one intervention on one outcome of one group of people. Strength = reduction x "
        "share affected x (1 - would have happened anyway) x due to the programme x share worked on x correction. "
        "Effect of a year = strength x reach x ramp x profile, at most 1. A positive effect is less activity.",
    )
    sheet.heads(
        [
            "Outcome",
            "People",
            "Intervention",
            "Measured on",
            "Reduction",
            "Share affected",
            "Not anyway",
            "Due to it",
            "Share worked on",
            "Optimism",
            "Strength",
            "Reach",
            *chain.heads,
        ],
        freeze=True,
    )
    for outcome, segment in chain.worked():
        chain.effects[outcome, segment] = []
        for row in chain.model.channels[outcome].rows:
            chain.effects[outcome, segment].append(_effect_row(chain, sheet, outcome, segment, int(row)))


def _effect_row(chain: Chain, sheet: Sheet, outcome: int, segment: int, row: int) -> Years:
    given, scenario = chain.given, chain.model.scenario
    place, effect = chain.model.effects[row]
    number = next(n for n, one in enumerate(scenario.interventions[place].effects) if one is effect)
    at, item = f"/interventions/{place}/effects/{number}", f"/interventions/{place}"
    reduction, bias = given.one(f"{at}/reduction"), given.one(f"{at}/optimism_bias") * given.one("/settings/optimism")
    own = effect.outcome == scenario.outcomes[outcome].id
    factors = [
        reduction,
        given.one(f"{at}/scope_share"),
        ONE - given.one(f"{at}/deadweight"),
        given.one(f"{at}/attribution"),
        ONE if own else given.one(pointer("outcomes", outcome, "fed_by", effect.outcome)),
        choose(reduction.above(NOUGHT), ONE - bias, ONE + bias),
    ]
    covered = given.one(item + pointer("coverage", scenario.segments[segment].id))
    reach = product([covered, given.one(f"{item}/uptake"), given.one(f"{item}/retention")])
    sheet.begin(*chain.names(outcome, segment), chain.intervention(place), chain.name(effect.outcome))
    strength = sheet.add(product([sheet.add(factor, SHARE) for factor in factors]), SHARE)
    reached = sheet.add(reach if effect.scope == "participants" else ONE, SHARE)
    found = []
    for year in chain.years:
        shares = [strength, reached, given.year(f"{item}/ramp", year), given.year(f"{at}/profile", year)]
        found.append(sheet.add(smallest(ONE, product(shares)), SHARE))
    sheet.end()
    return found


def unit_sheet(chain: Chain) -> None:
    """Activity without the programme, and what of it is avoided."""
    sheet = chain.book.sheet("Units", [26, 20, 34, *[16] * chain.model.horizon, 16], labels=3)
    sheet.title(
        "Units",
        "Activity without the programme grows every year by the growth of the outcome. Units avoided = that activity x "
        "the combined reduction; a negative number is extra activity.",
    )
    sheet.heads(["Outcome", "People", "What", *chain.heads, "All years"], freeze=True)
    given = chain.given
    for outcome, segment in chain.worked():
        names, item = chain.names(outcome, segment), chain.model.scenario.outcomes[outcome]
        at = f"/outcomes/{outcome}"
        first = given.one(at + pointer("baseline", chain.model.scenario.segments[segment].id))
        growth = ONE + given.one(f"{at}/growth")
        activity = [first * growth ** constant(year) if year else first for year in chain.years]
        chain.activity[outcome, segment] = sheet.line((*names, "Without the programme"), activity, UNITS)
        reduction = chain.together[outcome, segment].reduction
        avoided = [a * r for a, r in zip(chain.activity[outcome, segment], reduction, strict=True)]
        chain.units[outcome, segment] = sheet.line((*names, "Avoided"), avoided, UNITS)
        if item.occupancy is not None:
            beds = [units / _DAYS / given.one(f"{at}/occupancy") for units in chain.units[outcome, segment]]
            sheet.line((*names, "Beds released"), beds, UNITS)
    sheet.heading("Units avoided by all people together")
    for outcome, channel in enumerate(chain.model.channels):
        if len(channel.rows):
            rows = [chain.units[outcome, segment] for segment in range(len(chain.model.population))]
            cells = [added([row[year] for row in rows]) for year in chain.years]
            sheet.begin(chain.names(outcome, 0)[0], "all", "Avoided", look="strong")
            chain.avoided[outcome] = [sheet.add(cell, UNITS) for cell in cells]
            sheet.add(added(chain.avoided[outcome]), UNITS, "total")
            sheet.end()
