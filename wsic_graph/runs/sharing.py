"""Shares of a combined reduction by exact integration, and what is left of it without each intervention.

By Owen's multilinear extension the Shapley value is an integral over t from 0 to 1 of the expected gain from joining
when every other intervention is present with probability t (section 2.4 of the method). The integrand is a polynomial,
so a weighted sum over a few nodes is exact; the nodes are named ranges (``node_3``, ``weight_3`` for three nodes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import ceil
from operator import add

import numpy as np

from wsic_graph.calculator.model import Model
from wsic_graph.runs.book import Book
from wsic_graph.runs.formulas import NOUGHT, ONE, Term, added, constant, integral, largest, product


@dataclass(frozen=True)
class Nodes:
    """Nodes and weights of an integral from 0 to 1, as named ranges."""

    nodes: Term
    weights: Term


@dataclass(frozen=True)
class Overlapping:
    """An overlap group in one cell; its members are places among the effects of the cell."""

    redundancy: Term
    gains: dict[int, Term]
    """The effect of each member, nought where it is a rise."""
    rises: dict[int, Term]
    """The effect of each member where it is a rise, which leaves the group; else nought."""
    falling: Sequence[Term]
    """The gains, the largest first."""


@dataclass(frozen=True)
class Meeting:
    """The effects of all interventions on one outcome in one segment and year."""

    effects: Sequence[Term]
    groups: Sequence[Overlapping]

    @property
    def rises(self) -> dict[int, Term]:
        """The rises of all members of groups."""
        return {member: rise for group in self.groups for member, rise in group.rises.items()}

    @property
    def singles(self) -> dict[int, Term]:
        """The effects that are in no group."""
        grouped = self.rises
        return {place: effect for place, effect in enumerate(self.effects) if place not in grouped}


def node_sheet(book: Book, counts: set[int]) -> dict[int, Nodes]:
    """A sheet of Gauss-Legendre nodes and weights for each number of nodes."""
    sheet = book.sheet("Nodes", [44, 44], labels=0)
    sheet.title(
        "Nodes for exact integration",
        "Gauss-Legendre nodes and weights on 0 to 1: mathematical constants, no inputs. With n nodes the integral of "
        "a polynomial of degree 2n - 1 is exact.",
    )
    found = {}
    for count in sorted(counts):
        points, weights = np.polynomial.legendre.leggauss(count)
        sheet.heads([f"node_{count}", f"weight_{count}"])
        columns: tuple[list[Term], list[Term]] = ([], [])
        for pair in zip((points + 1) / 2, weights / 2, strict=True):
            for column, value in enumerate(pair):
                columns[column].append(sheet.number(column, float(value), "0.0000000000000000", "value"))
            sheet.row += 1
        terms = [
            Term(book.name(f"{what}_{count}", cells), np.array([cell.value for cell in cells]))
            for what, cells in zip(("node", "weight"), columns, strict=True)
        ]
        found[count] = Nodes(terms[0], terms[1])
        sheet.row += 1
    return found


def node_counts(model: Model) -> set[int]:
    """How many nodes the outcomes need: half their interventions, rounded up."""
    return {ceil(len(channel.present) / 2) for channel in model.channels if len(channel.present)}


def joined(effects: Sequence[Term]) -> Term:
    """The reduction of effects that multiply."""
    if len(effects) == 1:
        return effects[0]
    return ONE - product([ONE - effect for effect in effects])


def joint_effect(gains: Sequence[Term], redundancy: Term) -> Term:
    """The effect h of an overlap group: between that of independent effects and that of the largest alone."""
    return (ONE - redundancy) * joined(gains) + redundancy * largest(*gains)


def without(met: Meeting, member: int) -> Term:
    """The combined reduction, before the ceiling, if ``member`` did nothing."""
    left: list[Term] = []
    for group in met.groups:
        if gains := [gain for other, gain in group.gains.items() if other != member]:
            left.append(joint_effect(gains, group.redundancy))
    left += [effect for other, effect in (met.rises | met.singles).items() if other != member]
    return joined(left)


def shares(met: Meeting, nodes: Nodes) -> list[Term]:
    """The Shapley value of each effect in the combined reduction before the ceiling; they add up to it."""
    factors = [*(_group(group, nodes.nodes) for group in met.groups)]
    factors += [({member: one}, ONE - nodes.nodes * one) for member, one in (met.rises | met.singles).items()]
    found: dict[int, list[Term]] = {}
    for place, (gains, _) in enumerate(factors):
        others = product([kept for other, (_, kept) in enumerate(factors) if other != place])
        for member, gain in gains.items():
            found.setdefault(member, []).append(integral(nodes.weights, gain * others))
    return [added(found[member]) for member in range(len(met.effects))]


def _group(group: Overlapping, t: Term) -> tuple[dict[int, Term], Term]:
    """D_i(t) of each member and what H_g(t) leaves, when each member is present with probability t.

    The expected largest gain is the sum over ranks k of x_(k) t (1 - t)^(k - 1), and what member i adds to it the sum
    of (x_(k) - x_(k+1)) (1 - t)^(k - 1) over the ranks whose gain is not above its own.
    """
    rho, falling = group.redundancy, group.falling
    absent = [(ONE - t) ** constant(rank) if rank else ONE for rank in range(len(falling))]
    most = t * _total([one * free for one, free in zip(falling, absent, strict=True)])
    apart = {member: ONE - t * gain for member, gain in group.gains.items()}
    steps = [one - two for one, two in zip(falling, [*falling[1:], NOUGHT], strict=True)]
    found = {}
    for member, gain in group.gains.items():
        others = product([factor for other, factor in apart.items() if other != member])
        ranks = zip(falling, steps, absent, strict=True)
        joins = _total([product([gain.at_least(level), step, free]) for level, step, free in ranks])
        found[member] = (ONE - rho) * gain * others + rho * joins
    return found, (ONE - rho) * product(list(apart.values())) + rho * (ONE - most)


def _total(terms: Sequence[Term]) -> Term:
    """The sum of terms that have a value for each node."""
    return reduce(add, terms)
