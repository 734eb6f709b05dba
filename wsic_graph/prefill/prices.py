"""What a unit of each outcome is worth, at which prices, and what moves prices between years.

Average costs of England, except what the council itself paid for a week of residential care and an hour of home
care. An outcome that is not listed has no price in the graph.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from wsic_graph.prefill.facts import Facts
from wsic_graph.prefill.numbers import Figure, Number
from wsic_graph.prefill.people import People

INDEX = "gdp-deflator"
SEVEN = Number.constant(7)
STAY = "forder-2011-length-of-stay-care-homes#f2"


@dataclass(frozen=True)
class Price:
    """A unit cost."""

    value: Number
    year: str
    """Financial year of the prices, as ``2023/24``."""
    unit_basis: str
    """What a unit of the cost is."""
    activity_basis: str
    """What a unit of the activity is."""
    sector: str


def slashed(year: str) -> str:
    """``2023-24`` as ``2023/24``."""
    return year.replace("-", "/")


class Prices:
    """Unit costs and index of a place."""

    def __init__(self, people: People) -> None:
        self.people, self.facts = people, people.facts

    def of(self, outcome: str) -> Price | None:
        """The price of an outcome, or None if the graph has none."""
        make = _PRICES.get(outcome)
        return make(self) if make else None

    def national(self, slug: str, unit_basis: str, activity_basis: str, sector: str, words: str = "") -> Price | None:
        """The newest unit cost that was seen."""
        figure = self.facts.newest_cost(slug)
        if figure is None:
            return None
        how = f"{figure.label}, England, {figure.period} prices{words}"
        value = Number.of(figure).said(how, f"GBP per {figure.unit}")
        return Price(value, slashed(figure.period), unit_basis, activity_basis, sector)

    def local(self, indicator: str, band: str) -> Figure | None:
        """What the council paid for a unit in the newest year that was seen, else what councils in England paid."""
        return self.people.statistics.newest(indicator, band) or self.facts.england.newest(indicator, band)

    def elective(self) -> Price | None:
        """Day cases and stays, by how many of each there were in England."""
        found = [self.facts.newest_cost(slug) for slug in ("day-case", "elective-episode")]
        names = ("day-case-episodes", "elective-inpatient-episodes")
        counts = [self.facts.england.newest(name, "all") for name in names]
        figures = [figure for figure in (*found, *counts) if figure]
        if len(figures) < 4:
            return None
        day, stay, days, stays = (Number.of(figure) for figure in figures)
        year = figures[0].period
        how = f"Day case and elective inpatient episode, England, {year} prices, by the episodes of each"
        value = (days * day + stays * stay) / (days + stays)
        return Price(value.said(how, "GBP per episode"), slashed(year), "episode", "episode", "acute")

    def care_home(self) -> Price | None:
        """What councils pay for a week now, at what this one paid beside the others before, times the median stay."""
        week = self._care_home_week()
        if week is None:
            return None
        number, year = week
        stay = self.facts.finding(STAY)
        how = (
            f"{number.how}, times a median stay of {stay.value:f} days; a few very long stays make the mean longer, "
            "and people who pay for themselves pay more"
        )
        value = (number * (Number.of(stay) / SEVEN)).said(how, "GBP per admission", modelled=True)
        return Price(value, slashed(year), "admission", "admission", "social-care")

    def _care_home_week(self) -> tuple[Number, str] | None:
        """A week of residential or nursing care for older people, and the year of its price."""
        name, england = "residential-nursing-care-cost-per-week", self.facts.england
        costs = [self.facts.newest_cost(f"council-{kind}-care-week") for kind in ("residential", "nursing")]
        weeks = [england.newest(f"{kind}-care-weeks", "18plus") for kind in ("residential", "nursing")]
        found = [figure for figure in (*costs, *weeks) if figure is not None]
        if len(found) < 4:
            return None
        home, nursing, weeks_home, weeks_nursing = (Number.of(figure) for figure in found)
        mean = (weeks_home * home + weeks_nursing * nursing) / (weeks_home + weeks_nursing)
        year = found[0].period
        how = f"What councils in England paid for a week of residential or nursing care in {year}, by the weeks of each"
        own = self.people.statistics.newest(name, "65plus")
        before = own and england.newest(name, "65plus")
        if own is None or before is None or own.period != before.period:
            return mean.said(f"{how}; no price of this council's own is held", modelled=True), year
        here = mean * (Number.of(own) / Number.of(before))
        return here.said(f"{how}, times what this council paid over what all paid in {own.period}"), year

    def home_care(self) -> Price | None:
        """What the council paid for an hour."""
        hour = self.local("home-care-cost-per-hour", "18plus")
        if hour is None:
            return None
        mine = hour in self._own(hour)
        whose = "this council" if mine else "councils in England (none is held for this one)"
        number = Number.of(hour).said(f"What {whose} paid for an hour of home care in {hour.period}", modelled=not mine)
        return Price(number, slashed(hour.period), "hour", "hour", "social-care")

    def _own(self, figure: Figure) -> tuple[Figure, ...]:
        return (figure,) if f"/{self.people.place.code}." in figure.iri else ()


_PRICES: dict[str, Callable[[Prices], Price | None]] = {
    "emergency-admissions": lambda prices: prices.national(
        "non-elective-episode", "episode", "admission", "acute", "; an admission may hold more than one episode"
    ),
    "emergency-bed-days": lambda prices: prices.national(
        "excess-bed-day", "bed day", "bed day", "acute", "; the cost of a day at the end of a long stay"
    ),
    "ae-attendances": lambda prices: prices.national("ae-attendance", "attendance", "attendance", "acute"),
    "outpatient-attendances": lambda prices: prices.national(
        "outpatient-attendance", "attendance", "attendance", "acute", "; a newer one is not in the graph"
    ),
    "elective-admissions": Prices.elective,
    "care-home-admissions": Prices.care_home,
    "home-care-hours": Prices.home_care,
}
PRICED = frozenset(_PRICES)
"""Outcomes for which the graph has a price."""


@dataclass(frozen=True)
class Index:
    """Price changes on the year before, up to the year ``base``."""

    base: str
    changes: dict[str, Number]


def index(facts: Facts) -> Index:
    """The GDP deflator as yearly changes that end where the newest multipliers say.

    Between the years for which there is a newer multiplier the product of the changes is the quotient of the two
    multipliers. What they differ by from the older index falls equally on its forecast years, which were forecasts,
    or on every year of the stretch if all are outturns.
    """
    levels = {year: figure for measure, year, _, figure in facts.deflators if measure == "index"}
    forecast = {year for measure, year, outturn, _ in facts.deflators if measure == "index" and not outturn}
    multipliers = {year: figure for measure, year, _, figure in facts.deflators if measure == "multiplier"}
    years = sorted(levels)
    changes: dict[str, Number] = {}
    for before, year in pairwise(years):
        ratio = Number.of(levels[year]) / Number.of(levels[before])
        how = f"GDP deflator of {year} over that of {before}"
        changes[year] = _less_one(ratio).said(how, "share a year", f"Price change in {slashed(year)}")
    anchors = sorted(multipliers)
    for start, end in pairwise(anchors):
        stretch = [year for year in years if start < year <= end]
        corrected = [year for year in stretch if year in forecast] or stretch
        wanted = multipliers[start].value / multipliers[end].value
        off = wanted / (levels[end].value / levels[start].value)
        each = _root(off, len(corrected))
        for year in corrected:
            before = years[years.index(year) - 1]
            what = "a forecast that is corrected" if year in forecast else "corrected"
            how = (
                f"GDP deflator of {year} over that of {before}, {what} so that prices of {start} become those of "
                f"{end} by the multipliers of the newer table"
            )
            factor = Number.convention(each, "", how)
            ratio = Number.of(levels[year]) / Number.of(levels[before]) * factor
            changes[year] = _less_one(ratio).said(how, "share a year", f"Price change in {slashed(year)}", True)
    base = anchors[-1]
    return Index(slashed(base), {slashed(year): number for year, number in changes.items() if year <= base})


def _less_one(ratio: Number) -> Number:
    return ratio + Number.constant(-1)


def _root(value: Decimal, degree: int) -> Decimal:
    return (value.ln() / degree).exp().quantize(Decimal("1e-15"))
