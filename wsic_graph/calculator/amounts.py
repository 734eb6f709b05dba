"""Units and pounds of every cell at central values, and how they are shared (sections 2.2 to 2.5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wsic_graph.calculator.chain import cashable_shares, cell_effects, costs, people, present_values, reach, unit_costs
from wsic_graph.calculator.model import Model
from wsic_graph.calculator.overlap import Array, combined, shapley


@dataclass(frozen=True)
class Amounts:
    """Everything in units and pounds before it is added up. I interventions, O outcomes, S segments, Y years."""

    reduction: Array
    """After the ceiling, shape (O, Y, S)."""
    parts: Array
    """The reduction shared out by Shapley, shape (I, O, Y, S): over the interventions it sums to the reduction."""
    units: Array
    """Units avoided, shape (O, Y, S)."""
    gross: Array
    """Pounds, shape (O, Y)."""
    cashable: Array
    shares: Array
    """Pounds of gross benefit by Shapley, shape (I, O, Y)."""
    cashable_shares: Array
    alone: float
    """Pounds that each intervention alone would gain, added up."""
    cost: Array
    """Pounds, shape (I, Y)."""
    people: Array
    """Persons reached, shape (I, Y)."""


def amounts(model: Model) -> Amounts:
    """Units and pounds of every cell, at central values."""
    values = model.column()
    count = len(model.scenario.interventions)
    reached = reach(model, values)
    prices = unit_costs(model, values)[:, 0]
    cash = cashable_shares(model, values)[:, :, 0]
    outcomes, years, _ = model.activity.shape
    reduction = np.zeros_like(model.activity)
    every = np.zeros((count, *model.activity.shape))
    gross, cashable = np.zeros((outcomes, years)), np.zeros((outcomes, years))
    shares, in_cash = np.zeros((count, outcomes, years)), np.zeros((count, outcomes, years))
    alone = 0.0
    for outcome in range(outcomes):
        channel = model.channels[outcome]
        present, groups = channel.present, channel.groups
        if not len(present):
            continue
        effects = cell_effects(model, values, outcome, reached)[..., 0]
        raw, ceiling = combined(effects, groups), model.ceiling[outcome]
        reduction[outcome] = np.minimum(raw, ceiling)
        worth = model.activity[outcome] * prices[outcome]
        scale = np.divide(ceiling, raw, out=np.ones_like(raw), where=raw > ceiling)
        reduced = shapley(effects, groups) * scale
        parts = reduced * worth
        value = reduction[outcome] * worth
        turned = np.where(value > 0, cash[outcome][:, None], 1.0)
        gross[outcome], cashable[outcome] = value.sum(axis=1), (value * turned).sum(axis=1)
        every[present, outcome] = reduced
        shares[present, outcome] = parts.sum(axis=2)
        in_cash[present, outcome] = (parts * turned).sum(axis=2)
        alone += float((np.minimum(effects, ceiling) * worth).sum())
    return Amounts(
        reduction=reduction,
        parts=every,
        units=reduction * model.activity,
        gross=gross,
        cashable=cashable,
        shares=shares,
        cashable_shares=in_cash,
        alone=alone,
        cost=costs(model, values)[:, :, 0],
        people=people(model, values) * model.ramp,
    )


def incremental(model: Model) -> Array:
    """What the present value of gross benefit loses without each intervention, pounds, shape (I,); a full re-run."""
    count = len(model.scenario.interventions)
    values = np.repeat(model.column(), count + 1, axis=1)
    for row, (place, _) in enumerate(model.effects):
        values[model.rows.reduction.start + row, place] = 0
    found = present_values(model, values).gross
    return np.asarray(found[count] - found[:count])


def payback(net: Array, scale: float) -> int | None:
    """The first year from which the cumulative ``net`` stays at or above nil to the end; None if there is none.

    ``scale`` is the money that is involved; a billionth of it is nil.
    """
    below = np.flatnonzero(np.cumsum(net) < -1e-9 * max(scale, 1))
    year = int(below[-1]) + 2 if len(below) else 1
    return year if year <= len(net) else None
