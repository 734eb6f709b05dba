"""Distributions of uncertain inputs (section 2.6), as functions of a common random number.

A draw is the value at a quantile: the same random number gives a higher value under a higher distribution. That
keeps the noise of the draws out of the comparison of two scenarios.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import log, sqrt
from statistics import NormalDist
from typing import ClassVar, Protocol

import numpy as np

from wsic_graph.calculator.effects import ratio_of_reduction, reduction_of_ratio
from wsic_graph.calculator.overlap import Array

_GRID = 513


class Distribution(Protocol):
    """One uncertain input."""

    @property
    def normal(self) -> bool:
        """Whether it takes standard normal numbers, or else numbers spread evenly from 0 to 1."""

    def at(self, numbers: Array) -> Array:
        """The values at these random numbers; the central value at the normal number 0."""


@dataclass(frozen=True)
class RateRatio:
    """A reduction whose rate ratio is lognormal in two pieces, its median the central value.

    ``low`` and ``high`` are limits of the reduction at the level ``level``. A rise is never cut off.
    """

    low: float
    central: float
    high: float
    level: float
    normal: ClassVar[bool] = True

    def at(self, numbers: Array) -> Array:
        """1 - RR with ln RR = ln RR_c + z sigma; sigma of the upper side for z >= 0, of the lower for z < 0."""
        quantile = NormalDist().inv_cdf((1 + self.level) / 2)
        centre = log(ratio_of_reduction(self.central))
        above = (log(ratio_of_reduction(self.low)) - centre) / quantile
        below = (centre - log(ratio_of_reduction(self.high))) / quantile
        ratios = np.exp(centre + numbers * np.where(numbers >= 0, above, below))
        found: Array = reduction_of_ratio(ratios)
        found[numbers == 0] = self.central
        return found


@dataclass(frozen=True)
class Pert:
    """Modified PERT: low + (high - low) x Beta(1 + 4 (m - l) / (h - l), 1 + 4 (h - m) / (h - l))."""

    low: float
    mode: float
    high: float
    normal: ClassVar[bool] = False

    @property
    def shape(self) -> tuple[float, float]:
        """Alpha and beta of the Beta distribution."""
        width = self.high - self.low
        return 1 + 4 * (self.mode - self.low) / width, 1 + 4 * (self.high - self.mode) / width

    def at(self, numbers: Array) -> Array:
        """The quantiles, by interpolation in a table of the distribution."""
        places, chances = _beta(*self.shape)
        return self.low + (self.high - self.low) * np.interp(numbers, chances, places)


@dataclass(frozen=True)
class Lognormal:
    """A cost with median ``central`` and coefficient of variation ``spread``: sigma^2 = ln(1 + spread^2)."""

    central: float
    spread: float
    normal: ClassVar[bool] = True

    def at(self, numbers: Array) -> Array:
        """The value at each normal number."""
        found: Array = self.central * np.exp(numbers * sqrt(log(1 + self.spread**2)))
        return found


@lru_cache(maxsize=256)
def _beta(alpha: float, beta: float) -> tuple[Array, Array]:
    """Points from 0 to 1 and the chance to lie below each, by Simpson's rule on a grid that is finer at both ends."""
    halves = (1 - np.cos(np.linspace(0, np.pi, 2 * _GRID - 1))) / 2
    density = halves ** (alpha - 1) * (1 - halves) ** (beta - 1)
    density *= np.sin(np.linspace(0, np.pi, 2 * _GRID - 1))  # the derivative of the grid
    parts = density[:-2:2] + 4 * density[1::2] + density[2::2]
    chances = np.concatenate([[0.0], np.cumsum(parts)])
    return halves[::2], chances / chances[-1]
