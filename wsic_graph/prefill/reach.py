"""How many of the people of a scenario a service reaches.

The graph rarely says. Where it holds a number of those a service is for, or of those who had it, reach starts from
that; otherwise from a small convention that asks to be replaced. Convention, not evidence: who a service is for, the
share of those eligible who take part, and one person in a hundred where no number is held.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from wsic_graph.prefill.numbers import Number
from wsic_graph.prefill.people import People, Segment

TARGETS = {
    "care-home-support": "care-home-residents",
    "care-navigation": "several-conditions",
    "care-planning": "long-term-conditions",
    "case-management": "several-conditions",
    "collaborative-care": "several-conditions",
    "comprehensive-geriatric-assessment": "long-term-support",
    "discharge-coordination": "leaving-hospital",
    "discharge-to-assess": "leaving-hospital",
    "enhanced-primary-care": "several-conditions",
    "home-care": "long-term-support",
    "integrated-provider": "several-conditions",
    "intermediate-care": "leaving-hospital",
    "medication-review": "care-home-residents",
    "multidisciplinary-teams": "several-conditions",
    "personal-budgets": "long-term-support",
    "preventive-virtual-wards": "several-conditions",
    "reablement": "reablement",
    "self-management-support": "long-term-conditions",
    "telecare": "long-term-support",
}
"""Who a service is for, where the graph holds their number."""
WITHIN = frozenset({("long-term-support", "reablement")})
"""Segment and target of which the second is counted among the first."""
TAKES_PART, PLACEHOLDER = Decimal("0.5"), Decimal("0.01")


@dataclass(frozen=True)
class Reach:
    """Coverage and uptake of a service in one segment; ``known`` if a published number stands behind it."""

    coverage: Number
    uptake: Number
    known: bool


def reach(people: People, segment: Segment, intervention: str, programme: Number | None) -> Reach:
    """The reach of an intervention; ``programme`` is the share of its people that a value case's programme served."""
    target = TARGETS.get(intervention)
    if segment.id in ("own", "frailty", "high-risk"):
        words = "You named the people that the programme is for, so all of them are offered it."
        return _eligible(Number.convention(1, "share", words), known=True)
    if target is None:
        words = "No number of the people it is for is in the graph: one person in a hundred, by convention. Replace it."
        coverage = Number.convention(PLACEHOLDER, "share", words)
        return Reach(coverage, _all("Those reached are counted, so all take part."), known=False)
    group = people.group(target)
    if segment.group == target:
        coverage = Number.convention(1, "share", f"These people are {group.label}, whom the service is for.")
    else:
        coverage = _share(people, segment, target)
    if programme is not None:
        how = f"{coverage.how}; times {programme.how[0].lower()}{programme.how[1:]}"
        coverage = (coverage * programme).said(how, "share", modelled=True)
    if group.served and segment.group != target and intervention == target:
        return Reach(coverage, _all("Those who had the service are counted, so all took part."), known=True)
    return _eligible(coverage, known=True)


def _share(people: People, segment: Segment, target: str) -> Number:
    """The people of a group as a share of the segment."""
    group = people.group(target)
    share, ages = group.share, group.ages
    coverage = share
    if (segment.group, target) in WITHIN:
        every = people.population(ages)
        how = f"{share.how}; times {every.how}, over these people, as if all were of them"
        coverage = (share * every / segment.population).said(how, modelled=True)
    elif ages == "older" and segment.ages != "older" and segment.group is None:
        older = people.population("older")
        how = f"{share.how}; times {older.how}, over {segment.population.how}"
        coverage = (share * older / segment.population).said(how, modelled=True)
    elif ages == "adults" and segment.ages == "all" and segment.group is None:
        adults = people.population("adults")
        how = f"{share.how}; times {adults.how}, over {segment.population.how}"
        coverage = (share * adults / segment.population).said(how, modelled=True)
    elif ages != segment.ages or not segment.whole:
        coverage = share.said(f"{share.how}; taken to be the same among these people", modelled=True)
    if coverage.value > 1:
        return Number.convention(1, "share", f"{coverage.how}; more than all of them, so all")
    return coverage.said(coverage.how, "share")


def _eligible(coverage: Number, known: bool) -> Reach:
    words = "Half of those it is offered to take part: a convention, for the graph holds no uptake. Replace it."
    return Reach(coverage, Number.convention(TAKES_PART, "share", words), known)


def _all(words: str) -> Number:
    return Number.convention(1, "share", words)
