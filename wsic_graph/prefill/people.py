"""The people of a scenario: age bands as counted, groups by published prevalence, or your own number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Literal

from wsic_graph.errors import ParameterError
from wsic_graph.prefill.facts import Facts, Place, total
from wsic_graph.prefill.numbers import Number

Ages = Literal["all", "adults", "older"]
"""Whose use of services stands for a group's: everyone's, adults', or that of people aged 65 and over."""
BANDS: dict[Ages, tuple[str, ...]] = {"all": ("all",), "adults": ("18-64", "65plus"), "older": ("65plus",)}
HUNDRED = Number.constant(100)


@dataclass(frozen=True)
class Group:
    """A group of people by need, as a share of those of ``ages``."""

    id: str
    label: str
    share: Number
    ages: Ages
    served: bool = False
    """Whether these are people who were in fact served, and not all who might be."""
    persons: Number | None = None
    """How many they are here, where they were counted here."""


@dataclass(frozen=True)
class Segment:
    """The people of a scenario."""

    id: str
    label: str
    population: Number
    ages: Ages
    whole: bool
    """Whether they are all people of ``ages``, so that a published count of these is theirs."""
    group: str | None = None
    """The group they are, if they are one."""


@dataclass(frozen=True)
class Cohort:
    """A choice of people."""

    id: str
    label: str
    bands: tuple[str, ...] = ()
    ages: Ages = "all"
    whole: bool = True
    group: str | None = None


COHORTS: dict[str, Cohort] = {
    cohort.id: cohort
    for cohort in (
        Cohort("adults", "All adults (18 and over)", ("18-64", "65plus"), "adults"),
        Cohort("everyone", "Everyone, children too", ("all",), "all"),
        Cohort("65plus", "People aged 65 and over", ("65plus",), "older"),
        Cohort("75plus", "People aged 75 and over", ("75-84", "85plus"), "older", whole=False),
        Cohort("long-term-conditions", "People with a long-term condition", group="long-term-conditions"),
        Cohort("several-conditions", "People with several long-term conditions", group="several-conditions"),
        Cohort(
            "long-term-support", "People aged 65 and over with long-term council support", group="long-term-support"
        ),
        Cohort("leaving-hospital", "People aged 65 and over who leave hospital", group="leaving-hospital"),
        Cohort("care-home-residents", "Care home residents aged 65 and over", group="care-home-residents"),
        Cohort("frailty", "Older people living with frailty", ages="older", whole=False),
        Cohort("high-risk", "People at high risk of admission", ages="adults", whole=False),
        Cohort("own", "The people you named", ages="adults", whole=False),
    )
}
"""The choices of people. The last three need your own number: the graph holds no published prevalence of them."""


class People:
    """The people of a place."""

    def __init__(self, facts: Facts, place: Place) -> None:
        self.facts, self.place = facts, place
        self.statistics = facts.statistics(place.area)
        self._groups: dict[str, Group] = {}

    def population(self, ages: Ages) -> Number:
        """The newest population of a range of ages. Raises ``ParameterError`` if the graph has none."""
        return self._counted(BANDS[ages])

    def _counted(self, bands: tuple[str, ...]) -> Number:
        figures = self.statistics.together("population", bands)
        if not figures:
            raise ParameterError("area", f"the graph holds no population of {self.place.label}", self.place.code)
        return total(figures)

    def england(self, ages: Ages, start: str) -> Number:
        """The population of England nearest to the year of ``start``."""
        return total(self.facts.england.nearest("population", BANDS[ages], start))

    def segment(self, cohort: str, persons: object = None) -> Segment:
        """The people of a cohort; ``persons`` is your own number of them. Raises ``ParameterError``."""
        if cohort not in COHORTS:
            known = ", ".join(COHORTS)
            raise ParameterError(
                "cohort", f"{cohort[:40]!r} is not a choice of people; there are: {known}", cohort[:40]
            )
        choice = COHORTS[cohort]
        ages: Ages = self.group(choice.group).ages if choice.group else choice.ages
        whole = choice.whole and not choice.group
        if persons is not None:
            population, whole = _yours(persons), False
        elif choice.group:
            group = self.group(choice.group)
            people = self.population(ages)
            how = f"{people.how}; of these, {group.share.how[0].lower()}{group.share.how[1:]}"
            population = group.persons or (people * group.share).said(how, "persons")
        elif choice.bands:
            population = self._counted(choice.bands)
        else:
            words = f"the graph holds no published prevalence for {choice.label.lower()}: give their number"
            other = "or choose long-term-support or several-conditions, which are published"
            raise ParameterError("persons", f"{words}, for example 1500, {other}")
        named = population.named(f"{choice.label} in {self.place.label}")
        return Segment(choice.id, choice.label, named, ages, whole, choice.group)

    def group(self, name: str) -> Group:
        """A group by need."""
        if name not in self._groups:
            self._groups[name] = GROUPS[name](self)
        return self._groups[name]

    def counted(self, indicator: str, band: str) -> Number | None:
        """What was counted here in the newest year."""
        here = self.statistics.newest(indicator, band)
        return Number.of(here) if here else None

    def ratio(self, indicator: str, band: str, ages: Ages, what: str) -> Number:
        """What is counted for each person of ``ages`` here, or in England if nothing was counted here."""
        here = self.statistics.newest(indicator, band)
        if here is not None:
            people = total(self.statistics.nearest("population", BANDS[ages], here.start))
            return (Number.of(here) / people).said(f"{what}: {here.label}, {here.period}, over {people.how}", "share")
        national = self.facts.england.newest(indicator, band)
        assert national is not None, f"England has no figure of {indicator}"
        people = self.england(ages, national.start)
        how = f"{what}: not counted in {self.place.label}, so as in England ({national.label}, {national.period})"
        return (Number.of(national) / people).said(how, "share", modelled=True)


def _yours(persons: object) -> Number:
    try:
        number = Decimal(str(persons).replace(",", "")) if not isinstance(persons, bool) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 < number <= 100_000_000:
        raise ParameterError("persons", f"{str(persons)[:40]!r} is not a number of people; give one such as 1500")
    return replace(Number.convention(number, "persons", "Your own number of people."), mark="yours")


def _of_people(people: People, name: str, period: str, words: str) -> Number:
    """A national number of people as a share of the population of England nearest to ``period``."""
    figure = people.facts.national(name)
    england = people.england("all", period)
    how = f"{words} ({figure.label}, {figure.period}, over {england.how} in England; taken to be the same here)"
    return (Number.of(figure) / england).said(how, "share", modelled=True)


def _long_term(people: People) -> Group:
    share = _of_people(people, "s4-ltc", "2012", "As many in each hundred people as in England")
    return Group("long-term-conditions", "people with a long-term condition", share, "all")


def _several(people: People) -> Group:
    words = "As many in each hundred people as were projected for England"
    share = _of_people(people, "s4-multi-ltc-2018", "2018", words)
    return Group("several-conditions", "people with several long-term conditions", share, "all")


def _residents(people: People) -> Group:
    figure = people.facts.national("s4-carehome-share")
    how = f"As in England: {figure.label.lower()}, {figure.period}"
    share = (Number.of(figure) / HUNDRED).said(how, "share", modelled=True)
    return Group("care-home-residents", "care home residents", share, "older")


def _supported(people: People) -> Group:
    share = people.ratio("long-term-support-clients-in-year", "65plus", "older", "People with long-term support")
    counted = people.counted("long-term-support-clients-in-year", "65plus")
    return Group("long-term-support", "older people with long-term council support", share, "older", True, counted)


def _reabled(people: People) -> Group:
    share = people.ratio("reablement-new-clients", "18plus", "adults", "New clients of reablement in a year")
    return Group("reablement", "new clients of reablement", share, "adults", served=True)


def _leaving(people: People) -> Group:
    share = people.ratio("hospital-discharges-65plus", "65plus", "older", "Discharges of older people in a year")
    words = f"{share.how}; discharges are counted, so someone who leaves twice is there twice"
    counted = people.counted("hospital-discharges-65plus", "65plus")
    persons = counted and counted.said(f"{counted.how} (discharges, not people)", "persons", modelled=True)
    label = "older people who leave hospital"
    return Group("leaving-hospital", label, share.said(words, modelled=True), "older", persons=persons)


GROUPS: dict[str, Callable[[People], Group]] = {
    "long-term-conditions": _long_term,
    "several-conditions": _several,
    "care-home-residents": _residents,
    "long-term-support": _supported,
    "reablement": _reabled,
    "leaving-hospital": _leaving,
}
"""The groups for which the graph holds a published number, and how their share is worked out."""
