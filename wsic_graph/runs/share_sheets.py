"""The benefit shared among interventions as sheets: Shapley shares by exact integration, and what dropping one loses.

By Owen's multilinear extension the Shapley value is an integral over t from 0 to 1 of the expected gain from joining
when every other intervention is present with probability t (section 2.4 of the method). The integrand is a polynomial,
so a weighted sum over a few nodes is exact; the nodes are named ranges (``node_3``, ``weight_3`` for three nodes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np

from wsic_graph.runs.book import POUNDS, SHARE, Book, Sheet
from wsic_graph.runs.chain_sheets import Chain, Together, grouped, joined, redundancy_of
from wsic_graph.runs.formulas import (
    NOUGHT,
    ONE,
    Term,
    added,
    choose,
    constant,
    integral,
    product,
    smallest,
)
from wsic_graph.runs.money_sheets import Money, Row, cashed, columns, present_value, summed


@dataclass(frozen=True)
class Nodes:
    """Nodes and weights of an integral from 0 to 1, as named ranges."""

    nodes: Term
    weights: Term


@dataclass
class Shared:
    """The rows of one intervention."""

    gross: Row
    cashable: Row
    cost: Row
    present_gross: Term
    present_cost: Term
    lost: Term
    """Present value of gross benefit that would be lost without it."""
    alone: Term
    """What it would gain alone, all years."""


def node_sheet(book: Book, counts: set[int]) -> dict[int, Nodes]:
    """A sheet of Gauss-Legendre nodes and weights for each number of nodes."""
    sheet = book.sheet("Nodes", [24, 24], labels=0)
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


def share_sheet(chain: Chain, money: Money, nodes: Mapping[int, Nodes]) -> list[Shared]:
    """The sheet of interventions: share of the reduction, pounds, cash, cost, and what dropping it loses."""
    sheet = chain.book.sheet("By intervention", [30, 26, 20, 34, *[16] * chain.model.horizon, 18], labels=4)
    sheet.title(
        "Benefit by intervention",
        "Share = Shapley value of the intervention in the combined reduction: what it adds on average over all orders "
        "in which the interventions could be counted. The shares add up to the combined reduction before the ceiling; "
        "a ceiling that binds is spread in proportion. Use shares to apportion, and 'lost without it' to decide on "
        "stopping one: where effects overlap the two differ.",
    )
    sheet.heads(["Intervention", "Outcome", "People", "What", *chain.heads, "All years"], freeze=True)
    return [_shared(chain, money, nodes, sheet, place) for place in range(len(chain.model.scenario.interventions))]


def _shared(chain: Chain, money: Money, nodes: Mapping[int, Nodes], sheet: Sheet, place: int) -> Shared:
    label = chain.intervention(place)
    mine = [
        (outcome, segment, chain.model.channels[outcome].present.tolist().index(place))
        for outcome, segment in money.gross_cells
        if place in chain.model.channels[outcome].present
    ]
    shares, pounds, cash, lost, alone = [], [], [], [], []
    for outcome, segment, member in mine:
        cells = _shapley(chain, outcome, segment, member, nodes)
        names = (label, *chain.names(outcome, segment))
        shares.append(sheet.line((*names, "share of the reduction"), cells, SHARE))
    for (outcome, segment, _), share in zip(mine, shares, strict=True):
        names, together = (label, *chain.names(outcome, segment)), chain.together[outcome, segment]
        ceiling = chain.given.one(f"/outcomes/{outcome}/ceiling")
        scaled = [
            product([part, choose(raw.above(ceiling), ceiling / raw, ONE), worth])
            for part, raw, worth in zip(share, together.raw, _worth(chain, outcome, segment), strict=True)
        ]
        pounds.append(summed(sheet, (*names, "gross, pounds"), scaled))
    gross = summed(sheet, (label, "all", "all", "gross benefit, pounds"), _columns(pounds, chain), total=True)
    for (outcome, segment, _), row in zip(mine, pounds, strict=True):
        names, whole = (label, *chain.names(outcome, segment)), money.gross_cells[outcome, segment]
        parts = zip(whole, row.years, strict=True)
        cells = [cashed(chain, outcome, year, all_of_it, part) for year, (all_of_it, part) in enumerate(parts)]
        cash.append(summed(sheet, (*names, "cashable, pounds"), cells))
    cashable = summed(sheet, (label, "all", "all", "cashable benefit, pounds"), _columns(cash, chain), total=True)
    for outcome, segment, member in mine:
        names, together = (label, *chain.names(outcome, segment)), chain.together[outcome, segment]
        ceiling = chain.given.one(f"/outcomes/{outcome}/ceiling")
        without = [smallest(left, ceiling) for left in _without(chain, outcome, together, member)]
        worths = _worth(chain, outcome, segment)
        cells = [(r - w) * v for r, w, v in zip(together.reduction, without, worths, strict=True)]
        lost.append(summed(sheet, (*names, "lost without it, pounds"), cells))
        cells = [smallest(x, ceiling) * v for x, v in zip(together.effects[member], worths, strict=True)]
        alone.append(summed(sheet, (*names, "alone, pounds"), cells))
    missed = summed(sheet, (label, "all", "all", "lost without it, pounds"), _columns(lost, chain), total=True)
    cost = summed(sheet, (label, "all", "all", "cost, pounds"), money.cost[place].years, total=True)
    present = [
        sheet.line((label, "all", "all", f"{what}, discounted, pounds"), [present_value(row, money.factors)], POUNDS)[0]
        for what, row in (("gross benefit", gross), ("cost", cost), ("lost without it", missed))
    ]
    sheet.row += 1
    return Shared(gross, cashable, cost, present[0], present[1], present[2], added([row.total for row in alone]))


def _columns(rows: list[Row], chain: Chain) -> list[Term]:
    return columns(rows, chain.years)


def _worth(chain: Chain, outcome: int, segment: int) -> list[Term]:
    """Pounds of all activity of a cell."""
    return [activity * chain.prices[outcome] for activity in chain.activity[outcome, segment]]


def node_counts(chain: Chain) -> set[int]:
    """How many nodes the outcomes need: half their interventions, rounded up."""
    return {ceil(len(channel.present) / 2) for channel in chain.model.channels if len(channel.present)}


def _shapley(chain: Chain, outcome: int, segment: int, member: int, nodes: Mapping[int, Nodes]) -> list[Term]:
    """The share of a member of the channel in each year."""
    together, channel = chain.together[outcome, segment], chain.model.channels[outcome]
    place = nodes[ceil(len(channel.present) / 2)]
    found = []
    for year in chain.years:
        gain, kept = _factors(chain, outcome, together, year, place.nodes)
        own = []
        for owner, term in gain[member]:
            others = product([factor for key, factor in kept.items() if key != owner])
            own.append(integral(place.weights, term * others))
        found.append(added(own))
    return found


def _factors(
    chain: Chain, outcome: int, together: Together, year: int, t: Term
) -> tuple[dict[int, list[tuple[str, Term]]], dict[str, Term]]:
    """What is left by each group and each single effect when all are present with probability t, by its key.

    And what each member adds to the reduction of its own factor on joining it, with the key of that factor: H_g(t)
    and D_i(t) of the method. A member of a group has two: its gain in the group, and its rise on its own.
    """
    channel = chain.model.channels[outcome]
    gain: dict[int, list[tuple[str, Term]]] = {}
    kept: dict[str, Term] = {}
    for number, group in enumerate(channel.groups):
        rho = redundancy_of(chain, channel, outcome, number)
        gains = {member: together.gains[member][year] for member in group.members}
        falling = [row[year] for row in together.falling[number]]
        absent = [ONE if rank == 0 else (ONE - t) ** constant(rank) for rank in range(len(falling))]
        most = t * _sum([product([one, two]) for one, two in zip(falling, absent, strict=True)])
        apart = {member: ONE - t * one for member, one in gains.items()}
        kept[f"group {number}"] = (ONE - rho) * product(list(apart.values())) + rho * (ONE - most)
        steps = [one - two for one, two in zip(falling, [*falling[1:], NOUGHT], strict=True)]
        for member, one in gains.items():
            others = product([factor for other, factor in apart.items() if other != member])
            ranks = zip(falling, steps, absent, strict=True)
            joins = _sum([product([one.at_least(level), step, free]) for level, step, free in ranks])
            gain[member] = [(f"group {number}", (ONE - rho) * one * others + rho * joins)]
            kept[f"rise {member}"] = ONE - t * together.rises[member][year]
            gain[member].append((f"rise {member}", together.rises[member][year]))
    for member, row in enumerate(together.effects):
        if member not in together.gains:
            kept[f"single {member}"] = ONE - t * row[year]
            gain[member] = [(f"single {member}", row[year])]
    return gain, kept


def _sum(terms: list[Term]) -> Term:
    """The sum of terms that may have a value for each node."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _without(chain: Chain, outcome: int, together: Together, member: int) -> list[Term]:
    """The combined reduction before the ceiling if ``member`` did nothing, in each year."""
    channel = chain.model.channels[outcome]
    found = []
    for year in chain.years:
        left: list[Term] = []
        for number, group in enumerate(channel.groups):
            gains = [together.gains[other][year] for other in group.members if other != member]
            if gains:
                left.append(grouped(gains, redundancy_of(chain, channel, outcome, number)))
        left += [row[year] for other, row in together.rises.items() if other != member]
        singles = (row for other, row in enumerate(together.effects) if other not in together.gains and other != member)
        left += [row[year] for row in singles]
        found.append(joined(left))
    return found
