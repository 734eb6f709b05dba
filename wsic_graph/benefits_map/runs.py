"""The default run of a care group: who, what, how long, as a scenario of the calculator, and what each service adds.

A thousand people of the group in England, who use as much as people of their age do on average. Every intervention
with an effect that counts is offered to all of them, half take part (the convention of quick mode), in full from the
first year, for five years. So no share rests on a guess at how far a service reaches. Emergency care is priced by
admissions; what has no price, or is counted in these already, has a share and no pounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wsic_graph.benefits_map.effects import HORIZON, Judged
from wsic_graph.calculator.amounts import amounts
from wsic_graph.calculator.model import build
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.calculator.scenario import SEED
from wsic_graph.prefill.activity import Activity
from wsic_graph.prefill.draft import Choice, Draft
from wsic_graph.prefill.effects import effect_of
from wsic_graph.prefill.facts import ENGLAND, Facts, Place
from wsic_graph.prefill.finish import finish
from wsic_graph.prefill.numbers import Number
from wsic_graph.prefill.outcomes import outcomes_of
from wsic_graph.prefill.people import People
from wsic_graph.prefill.prices import INDEX, Prices, index
from wsic_graph.prefill.quick import settings_of
from wsic_graph.prefill.reach import TAKES_PART

PERSONS = 1000
"""People of each run."""
REDUNDANCY = "0.5"
"""Share of the joint effect of two interventions that stand in for each other that is the same twice."""
COHORTS = {
    "whole-population": "everyone",
    "older-people": "65plus",
    "frailty": "65plus",
    "dementia": "65plus",
    "end-of-life": "65plus",
}
"""Whose average use of services stands for a care group's; all adults' for the others."""
_PLACE = Place(ENGLAND, "E92000001", "England", "country", "", "", (), ())

Overlaps = Sequence[frozenset[str]]


@dataclass(frozen=True)
class Part:
    """What an intervention adds to an outcome."""

    reduction: float
    """Its Shapley value in the reduction, averaged over the years by discount factor."""
    pounds: dict[str, float]
    """Present value by sector that gains; empty where the outcome has no price."""


@dataclass(frozen=True)
class Run:
    """The default run of one care group."""

    group: str
    cohort: str
    scenario: dict[str, Any]
    figures: tuple[str, ...]
    """IRIs of the figures of the graph that its numbers are made of."""
    price_year: str
    parts: dict[tuple[str, str], Part]
    """By intervention and outcome."""


def run_of(facts: Facts, group: str, services: Sequence[Judged], overlaps: Overlaps) -> Run:
    """The default run of a care group with ``services``, of which each intervention has one for an outcome at most."""
    cohort = COHORTS.get(group, "adults")
    base = index(facts)
    draft = _draft(facts, cohort, base.base)
    named = sorted({one.estimate.intervention for one in services})
    used = sorted({one.estimate.outcome for one in services})
    outcomes = [item for item in outcomes_of(draft, used) if item["id"] in used]
    for item in outcomes:
        item.pop("fed_by", None)  # each outcome by itself: a share is of its own change, and a bed is priced once
    tree: dict[str, Any] = {
        "title": f"Default run of the benefits map: {group}",
        "settings": settings_of(draft.choice, base.base) | {"draws": 0, "seed": SEED},
        "segments": [{"id": group, "population": draft.segment.population}],
        "outcomes": [item | {"baseline": _renamed(item["baseline"], group)} for item in outcomes],
        "interventions": [
            _service(draft, name, group, [one for one in services if one.estimate.intervention == name])
            for name in named
        ],
        "overlap_groups": [
            {"members": sorted(members & set(named)), "redundancy": float(REDUNDANCY)}
            for members in overlaps
            if len(members & set(named)) > 1
        ],
    }
    first = min((item["price_year"] for item in outcomes if "price_year" in item), default=base.base)
    changes = {year: change for year, change in base.changes.items() if year > first}
    tree["indices"] = {INDEX: changes or {base.base: base.changes[base.base]}}
    filled = finish(tree, {}, draft.notes, (), ())
    figures = sorted({figure.iri for item in filled.assumptions for figure in item.figures})
    return Run(group, cohort, filled.scenario, tuple(figures), base.base, parts_of(filled.scenario))


def parts_of(scenario: dict[str, Any]) -> dict[tuple[str, str], Part]:
    """What each intervention of a scenario adds to each outcome it works on, by the calculator."""
    model = build(read_scenario(scenario))
    found = amounts(model)
    weights = model.discount / model.discount.sum()
    reductions = (found.parts[..., 0] * weights).sum(axis=2)
    pounds = found.shares @ model.discount
    parts: dict[tuple[str, str], Part] = {}
    for place, service in enumerate(model.scenario.interventions):
        for number, outcome in enumerate(model.scenario.outcomes):
            if any(effect.outcome == outcome.id for effect in service.effects):
                gains = {
                    sector: float(pounds[place, number]) * float(model.split[number, row])
                    for row, sector in enumerate(model.sectors)
                    if model.split[number, row] and pounds[place, number]
                }
                parts[service.id, outcome.id] = Part(float(reductions[place, number]), gains)
    return parts


def _draft(facts: Facts, cohort: str, base: str) -> Draft:
    choice = Choice(_PLACE.code, cohort=cohort, persons=PERSONS, horizon=HORIZON)
    people = People(facts, _PLACE)
    segment = people.segment(cohort, PERSONS)
    return Draft(facts, choice, _PLACE, people, segment, Activity(people, segment), Prices(people), None, base)


def _service(draft: Draft, name: str, group: str, services: Sequence[Judged]) -> dict[str, Any]:
    offered = Number.convention(1, "share", "Offered to all, so that no share rests on reach.")
    taken = Number.convention(TAKES_PART, "share", "Half take part: the convention of quick mode.")
    # A change of an area counts for the people reached too, so that all interventions reach alike.
    effects = [effect_of(draft, one.verdict) | {"scope": "participants"} for one in services]
    return {
        "id": name,
        "coverage": {group: offered.named("Share offered it")},
        "uptake": taken.named("Share who take part"),
        "effects": effects,
    }


def _renamed(baseline: dict[str, Any], group: str) -> dict[str, Any]:
    return dict(zip([group], baseline.values(), strict=False))
