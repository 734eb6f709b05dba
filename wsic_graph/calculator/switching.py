"""Switching values: how far effects, uptake or deadweight may move before the case only breaks even (section 2.5)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from wsic_graph.calculator.chain import present_values
from wsic_graph.calculator.model import Model
from wsic_graph.calculator.overlap import Array
from wsic_graph.calculator.results import Switching

_POINTS = 33
_LARGEST = 1e6
_CLOSE = 1e-13

Nets = Callable[[Array], tuple[Array, Array]]
"""Net values, gross and cashable, at each of many points."""


def switching_values(model: Model) -> Switching:
    """The switching values of a scenario."""
    rows = model.rows
    most_uptake = model.central[rows.uptake].max(initial=0)

    def effects(points: Array) -> tuple[Array, Array]:
        values = np.repeat(model.column(), len(points), axis=1)
        values[rows.reduction] *= points
        return _nets(model, values)

    def uptake(points: Array) -> tuple[Array, Array]:
        values = np.repeat(model.column(), len(points), axis=1)
        values[rows.uptake] = np.minimum(values[rows.uptake] * points, 1)
        return _nets(model, values)

    def deadweight(points: Array) -> tuple[Array, Array]:
        values = np.repeat(model.column(), len(points), axis=1)
        values[rows.deadweight] = points
        return _nets(model, values)

    return Switching(
        effects=_root(effects, 0, None),
        effects_cashable=_root(effects, 1, None),
        uptake=_root(uptake, 0, 1 / most_uptake if most_uptake else 0),
        uptake_cashable=_root(uptake, 1, 1 / most_uptake if most_uptake else 0),
        deadweight=_root(deadweight, 0, 1.0),
        deadweight_cashable=_root(deadweight, 1, 1.0),
    )


def _nets(model: Model, values: Array) -> tuple[Array, Array]:
    found = present_values(model, values)
    return found.net, found.net_cashable


def _root(nets: Nets, which: int, most: float | None) -> float | None:
    """The first point from 0 up to ``most`` at which the net value is nil or changes its sign; None if there is none.

    Each pass divides the range into equal parts and keeps the first part with a change of sign: bisection with
    more than two parts, since all points of a pass are calculated at once.
    """
    if most is None:
        low, high = _bracket(nets, which)
    else:
        low, high = 0.0, most
    while True:
        points = np.linspace(low, high, _POINTS)
        found = nets(points)[which]
        if not np.isfinite(found).all():
            return None
        if nought := [point for point, value in zip(points, found, strict=True) if value == 0]:
            return float(nought[0])
        turns = np.flatnonzero(np.sign(found[1:]) != np.sign(found[:-1]))
        if not len(turns):
            return None
        low, high = points[turns[0]], points[turns[0] + 1]
        if high - low <= _CLOSE * max(high, 1):
            return float((low + high) / 2)


def _bracket(nets: Nets, which: int) -> tuple[float, float]:
    """A range from 0 that holds the first change of sign, if any does."""
    points = np.concatenate([[0.0], np.geomspace(1e-3, _LARGEST, 64)])
    found = nets(points)[which]
    turns = np.flatnonzero(np.sign(found[1:]) != np.sign(found[:-1]))
    place = turns[0] if len(turns) else 0
    return (0.0 if place == 0 else float(points[place])), float(points[place + 1])
