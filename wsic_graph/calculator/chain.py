"""The chain of section 2.2: effect x reach x corrections -> combined reduction -> units -> pounds.

``values`` is always a matrix with the rows of :class:`~wsic_graph.calculator.model.Rows` and a column for each draw
or variant. Arrays of cells have the shape (years, segments, columns).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from wsic_graph.calculator.model import Entry, Model
from wsic_graph.calculator.overlap import Array

_COLUMNS_AT_ONCE = 256
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
    return values[model.rows.coverage].reshape(shape)


def cell_effects(model: Model, values: Array, outcome: int, reached: Array) -> Iterator[tuple[int, Array]]:
    """For each intervention that works on ``outcome`` its place and its effect x in each cell."""
    for place, entries in model.entries[outcome]:
        effect = _cells(model, values, entries[0], reached)
        for entry in entries[1:]:  # through an outcome that feeds this one: what remains multiplies
            effect = 1 - (1 - effect) * (1 - _cells(model, values, entry, reached))
        yield place, effect


def _cells(model: Model, values: Array, entry: Entry, reached: Array) -> Array:
    """x = e w R f (1 - d) a (1 - b), or (1 + b) for a rise; at most 1."""
    rows, row = model.rows, entry.row
    reduction = values[rows.reduction][row]
    strength = reduction * values[rows.scope_share][row] * (1 - values[rows.deadweight][row]) * entry.share
    if entry.optimism:
        strength = strength * np.where(reduction > 0, 1 - entry.optimism, 1 + entry.optimism)
    base = strength * reached[entry.intervention] if entry.participants else strength[None]
    found = entry.profile[:, None, None] * base[None]
    if base.max(initial=0) > 1:
        np.minimum(found, 1, out=found)
    return found


def raw_reduction(model: Model, values: Array, outcome: int, reached: Array) -> Array:
    """The combined reduction of ``outcome`` in each cell, before the ceiling.

    The same as :func:`~wsic_graph.calculator.overlap.combined`, one intervention at a time, to spare memory.
    """
    shape = (model.horizon, len(model.population), values.shape[1])
    remaining = np.ones(shape)
    redundancies = {member: number for number, (members, _) in enumerate(model.groups[outcome]) for member in members}
    apart: dict[int, Array] = {}
    largest: dict[int, Array] = {}
    for place, effect in cell_effects(model, values, outcome, reached):
        number = redundancies.get(place)
        if number is None:
            remaining *= 1 - effect
            continue
        gain = np.maximum(effect, 0)
        remaining *= 1 - np.minimum(effect, 0)
        apart[number] = apart.get(number, 1.0) * (1 - gain)
        largest[number] = np.maximum(largest.get(number, 0.0), gain)
    for number, left in apart.items():
        rho = model.groups[outcome][number][1]
        remaining *= (1 - rho) * left + rho * (1 - largest[number])
    return 1 - remaining


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
    blocks = [
        _present_values(model, values[:, start : start + _COLUMNS_AT_ONCE])
        for start in range(0, values.shape[1], _COLUMNS_AT_ONCE)
    ]
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
        if not model.entries[outcome] or not prices[outcome].any():
            continue
        reduction = np.minimum(raw_reduction(model, values, outcome, reached), model.ceiling[outcome])
        weights = model.activity[outcome] * model.discount[:, None]
        by_year = np.einsum("ys,ysd->yd", weights, reduction)
        gross += prices[outcome] * by_year.sum(axis=0)
        # Only a gain is cashable in part; extra activity is paid for in full.
        losses = np.einsum("ys,ysd->yd", weights, np.minimum(reduction, 0)) if reduction.min() < 0 else 0.0
        cashable += prices[outcome] * (shares[outcome] * (by_year - losses) + losses).sum(axis=0)
    cost = np.einsum("y,iyd->d", model.discount, costs(model, values))
    return PresentValues(gross, cashable, cost)
