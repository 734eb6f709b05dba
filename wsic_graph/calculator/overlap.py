"""How effects combine, and how their joint benefit is shared (sections 2.2 and 2.4).

Effects multiply. Inside an overlap group with redundancy rho the reduction lies between that of independent effects
(rho 0) and that of the largest alone (rho 1). A negative effect, a rise, leaves its group and multiplies on its own.
Arrays have the interventions on the first axis and cells (years, segments, draws) on all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """Places on the first axis of interventions that overlap, and their redundancy from 0 to 1."""

    members: tuple[int, ...]
    redundancy: float


def combined(effects: Array, groups: Sequence[Group]) -> Array:
    """The raw combined reduction of all ``effects``: 1 - prod (1 - h_g) x prod (1 - x_i); no ceiling."""
    remaining = np.ones(effects.shape[1:])
    grouped: set[int] = set()
    for group in groups:
        grouped |= set(group.members)
        inside = effects[list(group.members)]
        gains = np.maximum(inside, 0)
        apart = 1 - np.prod(1 - gains, axis=0)
        joint = (1 - group.redundancy) * apart + group.redundancy * gains.max(axis=0)
        remaining *= (1 - joint) * np.prod(1 - np.minimum(inside, 0), axis=0)
    alone = effects[[place for place in range(len(effects)) if place not in grouped]] if grouped else effects
    remaining *= np.prod(1 - alone, axis=0)
    return 1 - remaining


def shapley(effects: Array, groups: Sequence[Group]) -> Array:
    """The Shapley value of each intervention in the raw combined reduction; they sum to :func:`combined`.

    By Owen's multilinear extension the value is the integral over t in [0, 1] of the expected gain from joining
    when every other is present with probability t. That is a polynomial of degree n - 1 at most, for which
    Gauss-Legendre with ceil(n / 2) nodes is exact.
    """
    count = len(effects)
    if count == 0:
        return effects.copy()
    nodes, weights = _gauss(ceil(count / 2))
    t = nodes.reshape(-1, *[1] * (effects.ndim - 1))
    factors = _factors(effects, groups)
    values = [factor.at(t) for factor in factors]
    others = _products_of_others([remaining for remaining, _ in values])
    shares = np.zeros_like(effects)
    for factor, (_, gains), other in zip(factors, values, others, strict=True):
        for place, gain in zip(factor.members, gains, strict=True):
            shares[place] += np.tensordot(weights, gain * other, 1)
    return shares


@lru_cache(maxsize=64)
def _gauss(count: int) -> tuple[Array, Array]:
    """Nodes and weights of Gauss-Legendre on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2


@dataclass(frozen=True)
class _Single:
    """One intervention that multiplies on its own."""

    members: tuple[int, ...]
    effect: Array

    def at(self, t: Array) -> tuple[Array, Array]:
        """The expected remaining factor at each ``t``, shape (nodes, cells), and the gain from joining of each member.

        ``t`` has the nodes on its first axis and one place on each axis of the cells.
        """
        return 1 - t * self.effect, self.effect[None]


@dataclass(frozen=True)
class _Overlap:
    """A group; ``gains`` are its positive effects, 0 where a member's is negative."""

    members: tuple[int, ...]
    redundancy: float
    gains: Array
    order: NDArray[np.intp]
    """Places along the first axis by falling effect."""
    steps: Array
    """Falling effects less the next smaller: x_(k) - x_(k+1)."""

    @classmethod
    def of(cls, group: Group, gains: Array) -> _Overlap:
        order = np.argsort(-gains, axis=0, kind="stable")
        falling = np.take_along_axis(gains, order, axis=0)
        steps = falling - np.concatenate([falling[1:], np.zeros_like(falling[:1])])
        return cls(group.members, group.redundancy, gains, order, steps)

    def at(self, t: Array) -> tuple[Array, Array]:
        """As :meth:`_Single.at`: H_g(t) and D_i(t) of the method.

        The chance that none of the k largest is present is (1 - t)^k. So the expected largest is the sum over k of
        step_k x (1 - (1 - t)^k), and what member i of rank r adds to it the sum over k >= r of
        step_k x (1 - t)^(k - 1).
        """
        count = len(self.members)
        rho = self.redundancy
        kept = [1 - t * gain for gain in self.gains]
        others = np.stack(_products_of_others(kept))
        steps = self.steps[:, None]
        absent = np.stack([(1 - t) ** number for number in range(count)])
        largest = (steps * (1 - absent * (1 - t))).sum(axis=0)
        remaining = (1 - rho) * kept[0] * others[0] + rho * (1 - largest)
        falling = np.cumsum((steps * absent)[::-1], axis=0)[::-1]
        added = np.empty_like(falling)
        np.put_along_axis(added, np.broadcast_to(self.order[:, None], falling.shape), falling, axis=0)
        return remaining, (1 - rho) * self.gains[:, None] * others + rho * added


def _factors(effects: Array, groups: Sequence[Group]) -> list[_Single | _Overlap]:
    found: list[_Single | _Overlap] = []
    grouped: set[int] = set()
    for group in groups:
        grouped |= set(group.members)
        inside = effects[list(group.members)]
        found.append(_Overlap.of(group, np.maximum(inside, 0)))
        if (inside < 0).any():
            found += [_Single((place,), np.minimum(effects[place], 0)) for place in group.members]
    found += [_Single((place,), effects[place]) for place in range(len(effects)) if place not in grouped]
    return found


def _products_of_others(values: Sequence[Array]) -> list[Array]:
    """For each value the product of all others; without a division, which nought would spoil."""
    ones = np.ones_like(values[0])
    before, behind = [ones], [ones]
    for value in values[:-1]:
        before.append(before[-1] * value)
    for value in values[:0:-1]:
        behind.append(behind[-1] * value)
    return [left * right for left, right in zip(before, reversed(behind), strict=True)]
