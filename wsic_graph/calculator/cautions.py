"""Warnings about a result that is right as a sum and may mislead (section 2.8)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from wsic_graph.calculator.amounts import Amounts
from wsic_graph.calculator.families import BED_BASED
from wsic_graph.calculator.model import Model, yearly
from wsic_graph.calculator.prices import base_year
from wsic_graph.calculator.results import Caution, Switching
from wsic_graph.calculator.scenario import Intervention

_LARGE_REDUCTION = 0.3
_OLD = 10
_WEAK = 5
_LARGE_CASH = 0.5


def cautions(model: Model, found: Amounts, switching: Switching) -> list[Caution]:
    """Every warning, in the order of the scenario."""
    return [
        *_size(model, found),
        *_per_participant(model, found),
        *_evidence(model),
        *_weak(model, found),
        *_outcomes(model),
        *_programme(model, switching),
    ]


def _size(model: Model, found: Amounts) -> Iterator[Caution]:
    for place, outcome in enumerate(model.scenario.outcomes):
        most = found.reduction[place].max(initial=0)
        if outcome.id == "emergency-admissions" and most > _LARGE_REDUCTION:
            words = f"The combined reduction of emergency admissions reaches {most:.0%}; few programmes reach 30%."
            yield Caution(code="large-reduction", field=f"outcomes[{place}]", message=words)


def _per_participant(model: Model, found: Amounts) -> Iterator[Caution]:
    """The saving of a person may not be more than what the group costs without the programme."""
    scenario = model.scenario
    prices = model.central[model.rows.unit_cost] * model.price_factor
    spending = np.einsum("o,os->s", prices, model.activity[:, 0])
    for place, intervention in enumerate(scenario.interventions):
        years = found.people[place].sum()
        if not years:
            continue
        covered = [item.population * _central(intervention.coverage.get(item.id)) for item in scenario.segments]
        heads = np.divide(spending, model.population, out=np.zeros_like(spending), where=model.population > 0)
        usual = float(np.average(heads, weights=covered))
        saved = found.shares[place].sum() / years
        if saved > usual:
            words = (
                f"{intervention.id!r} would save {saved:,.0f} pounds a year for each person reached, more than the "
                f"{usual:,.0f} pounds that such a person costs without it."
            )
            yield Caution(code="saving-above-cost", field=f"interventions[{place}]", message=words)


def _costs(intervention: Intervention) -> bool:
    cost = intervention.cost
    return any(_central(part) for part in (cost.setup, cost.fixed, cost.per_person))


def _central(estimate: object) -> float:
    return float(getattr(estimate, "central", 0.0))


def _evidence(model: Model) -> Iterator[Caution]:
    scenario = model.scenario
    base = base_year(scenario)
    for place, intervention in enumerate(scenario.interventions):
        for number, effect in enumerate(intervention.effects):
            at = f"interventions[{place}].effects[{number}]"
            what = f"The effect of {intervention.id!r} on {effect.outcome!r}"
            if not effect.reduction.limited and effect.grade is None and effect.reduction.central:
                words = f"{what} has neither limits nor a grade; its spread is taken as that of expert judgement."
                yield Caution(code="no-limits", field=at, message=words)
            evidence = effect.evidence
            if evidence is None:
                continue
            if evidence.controlled is False and not _central(effect.deadweight):
                words = f"{what} comes from a study without a comparison group, and no deadweight is taken off."
                yield Caution(code="uncontrolled", field=f"{at}.deadweight", message=words)
            if evidence.year is not None and base is not None and int(base[:4]) - evidence.year > _OLD:
                words = f"{what} rests on data of {evidence.year}, more than {_OLD} years before {base}."
                yield Caution(code="old-evidence", field=at, message=words)
            if evidence.health_system == "other":
                words = f"{what} was measured in another health system."
                yield Caution(code="other-system", field=at, message=words)
            last = np.flatnonzero(yearly(effect.profile, model.horizon))
            if evidence.follow_up_years is not None and len(last) and last[-1] + 1 > evidence.follow_up_years:
                span = f"{evidence.follow_up_years:.2g}"
                words = f"{what} is counted to year {last[-1] + 1}; people were followed for {span} year"
                words += "." if span == "1" else "s."
                yield Caution(code="beyond-follow-up", field=f"{at}.profile", message=words)


def _weak(model: Model, found: Amounts) -> Iterator[Caution]:
    names = [item.id for item in model.scenario.outcomes]
    weak = sum(
        float(found.shares[place, names.index(effect.outcome)].sum())
        for place, effect in model.effects
        if effect.grade is not None and effect.grade >= _WEAK
    )
    total = float(found.gross.sum())
    if total > 0 and weak > total / 2:
        words = f"{weak / total:.0%} of the benefit rests on evidence of grade 5 or 6."
        yield Caution(code="weak-evidence", field="interventions", message=words)


def _outcomes(model: Model) -> Iterator[Caution]:
    empty = [item.id for item in model.scenario.segments if not item.population]
    for place, outcome in enumerate(model.scenario.outcomes):
        at = f"outcomes[{place}]"
        for segment in empty:
            if outcome.baseline.get(segment):
                words = f"There is {outcome.id!r} in {segment!r}, in which there are no people; its cost is nobody's."
                yield Caution(code="nobody", field=f"{at}.baseline.{segment}", message=words)
        if outcome.cost_basis and outcome.activity_basis and outcome.cost_basis != outcome.activity_basis:
            words = f"{outcome.id!r} is priced per {outcome.cost_basis} and counted per {outcome.activity_basis}."
            yield Caution(code="basis", field=f"{at}.cost_basis", message=words)
        first = yearly(outcome.cashable, model.horizon)[0]
        if outcome.id in BED_BASED and outcome.unit_cost is not None and first > _LARGE_CASH:
            words = f"{first:.0%} of {outcome.id!r} counts as cash in year 1; beds close slowly, if they close."
            yield Caution(code="cash-of-beds", field=f"{at}.cashable", message=words)


def _programme(model: Model, switching: Switching) -> Iterator[Caution]:
    scenario = model.scenario
    # A cost without effects of its own is that of the whole programme.
    shared = any(not item.effects and _costs(item) for item in scenario.interventions)
    for place, intervention in enumerate(scenario.interventions):
        known = intervention.ramp_evidence_years
        if known is not None and model.horizon > known:
            words = f"The run is longer than the {known:g} years for which the ramp of {intervention.id!r} is known."
            yield Caution(code="beyond-ramp", field=f"interventions[{place}].ramp", message=words)
        if not shared and not _costs(intervention):
            words = f"No cost is given for {intervention.id!r}, so the result is better than it can be."
            yield Caution(code="no-cost", field=f"interventions[{place}].cost", message=words)
    largest = np.abs(model.central[model.rows.reduction]).max(initial=0)
    if switching.effects is not None and switching.effects * largest > 1:
        words = (
            f"To break even, effects would have to be {switching.effects:.2f} times those given: more than possible."
        )
        yield Caution(code="no-break-even", field="interventions", message=words)
    if not scenario.settings.optimism:
        words = "Uncorrected: the correction for optimism is switched off."
        yield Caution(code="uncorrected", field="settings.optimism", message=words)
