"""The chain of section 2.2: effect x reach x corrections -> combined reduction -> units -> pounds.

``values`` is always a matrix with the rows of :class:`~wsic_graph.calculator.model.Rows` and a column for each draw
or variant. Arrays of cells have the shape (years, segments, columns).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wsic_graph.calculator.model import Model
from wsic_graph.calculator.overlap import Array, combined

_CELLS_AT_ONCE = 1 << 16
"""So many that the arrays of one outcome stay in the cache of a core."""


@dataclass(frozen=True)
class PresentValues:
    """Present values in pounds, one for each column."""

    gross: Array
    cashable: Array
    cost: Array

    @property
    def net(self) -> Array:
        """Gross benefit less cost: the NPV."""
        return self.gross - self.cost

    @property
    def net_cashable(self) -> Array:
        """Cashable benefit less cost."""
        return self.cashable - self.cost


def reach(model: Model, values: Array) -> Array:
    """Share of each segment reached well enough for the effect at full ramp: c x t x q, shape (I, S, columns)."""
    rows = model.rows
    found: Array = _coverage(model, values) * (values[rows.uptake] * values[rows.retention])[:, None]
    return found


def people(model: Model, values: Array) -> Array:
    """Persons reached by each intervention in a year at full ramp: sum of N x c x t, shape (I, columns)."""
    offered = np.einsum("s,isd->id", model.population, _coverage(model, values))
    found: Array = offered * values[model.rows.uptake]
    return found


def _coverage(model: Model, values: Array) -> Array:
    shape = (len(model.scenario.interventions), len(model.population), values.shape[1])
    found: Array = values[model.rows.coverage].reshape(shape)
    return found


def cell_effects(model: Model, values: Array, outcome: int, reached: Array) -> Array:
    """Effect of each intervention that works on ``outcome`` in each cell, shape (interventions, Y, S, columns).

    x = e w R f (1 - d) a (1 - b), or (1 + b) for a rise; at most 1. Several effects of one intervention, through
    outcomes that feed this one, multiply.
    """
    rows, channel = model.rows, model.channels[outcome]
    reduction = values[rows.reduction][channel.rows]
    applied = values[rows.scope_share][channel.rows] * (1 - values[rows.deadweight][channel.rows])
    strength = reduction * applied * channel.share[:, None]
    strength *= 1 - np.sign(reduction) * channel.optimism[:, None]
    base = np.where(channel.participants[:, None, None], reached[channel.interventions], 1.0) * strength[:, None]
    found: Array = channel.profile[:, :, None, None] * base[:, None]
    if base.max(initial=0) > 1:
        np.minimum(found, 1, out=found)
    starts = channel.starts
    if len(starts) < len(found):
        found = 1 - np.multiply.reduceat(1 - found, starts, axis=0)
    return found


def unit_costs(model: Model, values: Array) -> Array:
    """Unit costs in pounds of the base year, shape (O, columns)."""
    found: Array = values[model.rows.unit_cost] * model.price_factor[:, None]
    return found


def cashable_shares(model: Model, values: Array) -> Array:
    """Cashable shares, shape (O, years, columns)."""
    return values[model.rows.cashable].reshape(len(model.scenario.outcomes), model.horizon, values.shape[1])


def costs(model: Model, values: Array) -> Array:
    """K: what each intervention costs in each year, pounds, shape (I, years, columns)."""
    rows = model.rows
    reached = people(model, values)[:, None] * model.ramp[:, :, None]
    found = values[rows.fixed][:, None] + values[rows.per_person][:, None] * reached
    found[:, 0] += values[rows.setup]
    return found * model.cost_factor[:, None, None]


def present_values(model: Model, values: Array) -> PresentValues:
    """Present values of every column."""
    cells = max(len(channel.rows) for channel in model.channels) * model.horizon * len(model.population)
    size = max(_CELLS_AT_ONCE // max(cells, 1), 1)
    starts = range(0, values.shape[1], size)
    blocks = [_present_values(model, values[:, start : start + size]) for start in starts]
    return PresentValues(
        np.concatenate([block.gross for block in blocks]),
        np.concatenate([block.cashable for block in blocks]),
        np.concatenate([block.cost for block in blocks]),
    )


def _present_values(model: Model, values: Array) -> PresentValues:
    reached = reach(model, values)
    prices = unit_costs(model, values)
    shares = cashable_shares(model, values)
    gross = np.zeros(values.shape[1])
    cashable = np.zeros(values.shape[1])
    for outcome in range(len(model.scenario.outcomes)):
        channel = model.channels[outcome]
        if not len(channel.rows) or not prices[outcome].any():
            continue
        effects = cell_effects(model, values, outcome, reached)
        reduction = np.minimum(combined(effects, channel.groups), model.ceiling[outcome])
        weights = model.activity[outcome] * model.discount[:, None]
        by_year = np.einsum("ys,ysd->yd", weights, reduction)
        gross += prices[outcome] * by_year.sum(axis=0)
        # Only a gain is cashable in part; extra activity is paid for in full.
        losses = np.einsum("ys,ysd->yd", weights, np.minimum(reduction, 0)) if reduction.min() < 0 else 0.0
        cashable += prices[outcome] * (shares[outcome] * (by_year - losses) + losses).sum(axis=0)
    cost = np.einsum("y,iyd->d", model.discount, costs(model, values))
    return PresentValues(gross, cashable, cost)
