"""Switching values: how far effects, uptake or deadweight may move before the case only breaks even (section 2.5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wsic_graph.calculator.chain import PresentValues, present_values
from wsic_graph.calculator.model import Model
from wsic_graph.calculator.overlap import Array
from wsic_graph.calculator.results import Switching

_POINTS = 17
_NEAR = 1 / 512
"""How near the estimate of a root the next points are, as a share of the range."""
_CLOSE = 1e-13
_LEAST = 1e-6
"""Where the search for an uptake begins: at none, what is paid for each person and gained from each is nil anyhow."""
_MULTIPLIERS = np.concatenate([[0.0], np.geomspace(1e-3, 1e6, 32)])


@dataclass
class _Search:
    """A range in which the first net value of nil is looked for."""

    lever: str
    cash: bool
    points: Array
    found: float | None = None
    over: bool = False

    def narrow(self, values: PresentValues) -> None:
        """Keep the first part of the range with a change of sign, and divide it near where a line would be nil.

        It is also halved, so that each pass at least does what bisection does.
        """
        nets = values.net_cashable if self.cash else values.net
        signs = np.sign(nets)
        turns = np.flatnonzero(signs[1:] != signs[:-1])
        if signs[0] == 0 or not len(turns):
            self.over = True
            self.found = float(self.points[0]) if signs[0] == 0 else None
            return
        low, high = self.points[turns[0]], self.points[turns[0] + 1]
        if signs[turns[0] + 1] == 0:
            low = high
        if high - low <= _CLOSE * max(high, 1):
            self.over, self.found = True, float((low + high) / 2)
        else:
            before, behind = nets[turns[0]], nets[turns[0] + 1]
            width = high - low
            estimate = low + width * before / (before - behind)
            near = np.clip([estimate - width * _NEAR, estimate + width * _NEAR], low, high)
            self.points = np.unique([low, *near, (low + high) / 2, high])


def switching_values(model: Model) -> Switching:
    """The switching values of a scenario: the smallest values from 0 up at which the net value is nil.

    All are looked for at once, since each pass through the chain takes many columns.
    """
    most = model.central[model.rows.uptake].max(initial=0)
    farthest = 1 / most if most else 1.0
    ranges = {
        "effects": _MULTIPLIERS,
        "uptake": np.concatenate([[_LEAST * farthest], np.linspace(0, farthest, _POINTS)[1:]]),
        "deadweight": np.linspace(0, 1, _POINTS),
    }
    searches = [_Search(lever, cash, points) for lever, points in ranges.items() for cash in (False, True)]
    while active := [search for search in searches if not search.over]:
        values = present_values(model, np.concatenate([_moved(model, search) for search in active], axis=1))
        start = 0
        for search in active:
            part = slice(start, start + len(search.points))
            search.narrow(PresentValues(values.gross[part], values.cashable[part], values.cost[part]))
            start = part.stop
    found = {f"{search.lever}_cashable" if search.cash else search.lever: search.found for search in searches}
    return Switching(**found)


def _moved(model: Model, search: _Search) -> Array:
    """The central vector with one lever at each of the points, one column for each."""
    rows, points = model.rows, search.points
    values = np.repeat(model.column(), len(points), axis=1)
    if search.lever == "effects":
        values[rows.reduction] *= points
    elif search.lever == "uptake":
        values[rows.uptake] = np.minimum(values[rows.uptake] * points, 1)
    else:
        values[rows.deadweight] = points
    return values
