"""Every number of a scenario that may be uncertain: its name, its limits, how it is drawn and where it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from wsic_graph.calculator.distributions import Distribution, Lognormal, Pert, RateRatio
from wsic_graph.calculator.fields import Estimate
from wsic_graph.calculator.grades import GRADES, UNGRADED
from wsic_graph.calculator.model import Model, yearly
from wsic_graph.calculator.overlap import Array
from wsic_graph.calculator.scenario import Effect

_ASSUMED = 0.1
"""Limits either way, as a share of the value, where none are given [a convention of this project]."""


@dataclass(frozen=True)
class _Measure:
    """What a kind of number is measured in, and between what it may lie."""

    unit: str
    low: float
    high: float


_EFFECT = _Measure("share less activity", -1, 1)
_SHARE = _Measure("share", 0, 1)
_POUNDS = _Measure("pounds", 0, np.inf)


@dataclass(frozen=True)
class Parameter:
    """One uncertain number, or one list of yearly numbers that move together."""

    kind: str
    intervention: str
    outcome: str
    segment: str
    unit: str
    rows: slice
    """Where it is in the vector of the model."""
    low: Array
    """Its lower limit, one value for each row."""
    central: Array
    high: Array
    assumed: bool
    """Whether the limits are 10% either way because none were given."""
    distribution: Distribution | None
    """How it is drawn; None for a number that is taken as it is."""

    @property
    def key(self) -> str:
        """Names its stream of random numbers, so that other parameters leave its draws as they are."""
        return f"{self.kind}/{self.intervention}/{self.outcome}/{self.segment}"

    @property
    def label(self) -> str:
        """What it is, for people."""
        return ": ".join([self.kind, *filter(None, (self.intervention, self.outcome, self.segment))])


def parameters(model: Model) -> list[Parameter]:
    """All parameters of a scenario that are not nil, in a fixed order."""
    return [*_effects(model), *_reach(model), *_outcomes(model), *_costs(model)]


def _effects(model: Model) -> Iterator[Parameter]:
    rows = model.rows
    for number, (place, effect) in enumerate(model.effects):
        name = model.scenario.interventions[place].id
        reduction = effect.reduction
        if reduction.central or reduction.limited:
            where, drawn = _row(rows.reduction, number), _drawn(effect)
            yield _parameter(("effect", name, effect.outcome, ""), reduction, where, drawn, _EFFECT)
        yield from _share(("scope share", name, effect.outcome, ""), effect.scope_share, rows.scope_share, number)
        if effect.deadweight is not None:
            yield from _share(("deadweight", name, effect.outcome, ""), effect.deadweight, rows.deadweight, number)


def _drawn(effect: Effect) -> Distribution | None:
    """From the limits, or else with the spread of the grade, as 95% limits."""
    given, level = effect.reduction, effect.interval_level
    low, central, high = given.low, given.central, given.high
    if low is None or high is None:
        spread = abs(central) * GRADES[effect.grade or UNGRADED].effect_spread
        low, high, level = central - spread, min(central + spread, (1 + central) / 2), 0.95
    if low == high or central >= 1:
        return None  # certain; and a rate ratio of nil has no logarithm
    return RateRatio(low, central, high, level)


def _reach(model: Model) -> Iterator[Parameter]:
    segments = [segment.id for segment in model.scenario.segments]
    rows = model.rows
    for place, item in enumerate(model.scenario.interventions):
        for name, share in item.coverage.items():
            number = place * len(segments) + segments.index(name)
            yield from _share(("coverage", item.id, "", name), share, rows.coverage, number)
        yield from _share(("uptake", item.id, "", ""), item.uptake, rows.uptake, place)
        yield from _share(("retention", item.id, "", ""), item.retention, rows.retention, place)


def _outcomes(model: Model) -> Iterator[Parameter]:
    rows, horizon = model.rows, model.horizon
    for place, item in enumerate(model.scenario.outcomes):
        if item.unit_cost is None:
            continue
        spread = GRADES[item.cost_grade or UNGRADED].spread
        yield _cost(("unit cost", "", item.id, ""), item.unit_cost, _row(rows.unit_cost, place), spread)
        start = rows.cashable.start + place * horizon
        where = slice(start, start + horizon)
        if isinstance(item.cashable, Estimate):
            drawn = _pert(item.cashable)
            yield _parameter(("cashable", "", item.id, ""), item.cashable, where, drawn, _SHARE)
        elif (values := yearly(item.cashable, horizon)).any():
            low, high = values * (1 - _ASSUMED), np.minimum(values * (1 + _ASSUMED), 1)
            yield Parameter("cashable", "", item.id, "", "share", where, low, values, high, True, None)


def _costs(model: Model) -> Iterator[Parameter]:
    rows = model.rows
    for place, item in enumerate(model.scenario.interventions):
        spread = GRADES[item.cost.grade or UNGRADED].spread
        for kind, value, part in (
            ("set-up cost", item.cost.setup, rows.setup),
            ("fixed cost", item.cost.fixed, rows.fixed),
            ("cost per person", item.cost.per_person, rows.per_person),
        ):
            if value.central or value.limited:
                yield _cost((kind, item.id, "", ""), value, _row(part, place), spread)


def _share(names: tuple[str, str, str, str], value: Estimate, part: slice, number: int) -> Iterator[Parameter]:
    if value.central or value.limited:
        yield _parameter(names, value, _row(part, number), _pert(value), _SHARE)


def _cost(names: tuple[str, str, str, str], value: Estimate, where: slice, spread: float) -> Parameter:
    drawn: Distribution | None = _pert(value) if value.low is not None else Lognormal(value.central, spread)
    return _parameter(names, value, where, drawn, _POUNDS)


def _pert(value: Estimate) -> Distribution | None:
    if value.low is None or value.high is None or not value.limited:
        return None
    return Pert(value.low, value.central, value.high)


def _parameter(
    names: tuple[str, str, str, str], value: Estimate, where: slice, drawn: Distribution | None, measure: _Measure
) -> Parameter:
    low, high = value.low, value.high
    assumed = low is None or high is None
    if low is None or high is None:
        spread = abs(value.central) * _ASSUMED
        low, high = max(value.central - spread, measure.low), min(value.central + spread, measure.high)
    edges = [np.full(where.stop - where.start, edge) for edge in (low, value.central, high)]
    return Parameter(*names, measure.unit, where, edges[0], edges[1], edges[2], assumed, drawn)


def _row(part: slice, number: int) -> slice:
    return slice(part.start + number, part.start + number + 1)
