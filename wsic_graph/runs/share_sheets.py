"""The benefit of each intervention as a sheet: its pounds and cash, its cost, and what dropping it loses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wsic_graph.runs.book import POUNDS, Sheet
from wsic_graph.runs.chain_sheets import Chain
from wsic_graph.runs.formulas import ONE, Term, choose, product, smallest
from wsic_graph.runs.money_sheets import Money, Row, cashed, columns, present_value, summed


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


def share_sheet(chain: Chain, money: Money) -> list[Shared]:
    """The sheet of interventions: pounds, cash, cost, and what dropping each loses."""
    sheet = chain.book.sheet("By intervention", [30, 26, 20, 34, *[16] * chain.model.horizon, 18], labels=4)
    sheet.title(
        "Benefit by intervention",
        "Gross benefit = its share of the combined reduction (sheet Combined) x activity x unit cost; a ceiling that "
        "binds is spread in proportion. These add up to the gross benefit of the programme. Use them to apportion, "
        "and 'lost without it' to decide on stopping one: where effects overlap the two differ.",
    )
    sheet.heads(["Intervention", "Outcome", "People", "What", *chain.heads, "All years"], freeze=True)
    return [_shared(chain, money, sheet, place) for place in range(len(chain.model.scenario.interventions))]


def _shared(chain: Chain, money: Money, sheet: Sheet, place: int) -> Shared:
    label = chain.intervention(place)
    mine = [
        (outcome, segment, chain.model.channels[outcome].present.tolist().index(place))
        for outcome, segment in money.gross_cells
        if place in chain.model.channels[outcome].present
    ]

    def block(what: str, cells: Callable[[int, int, int], list[Term]]) -> tuple[list[Row], Row]:
        """A row for each outcome and segment it works on, and their sum."""
        rows = [
            summed(sheet, (label, *chain.names(outcome, segment), f"{what}, pounds"), cells(outcome, segment, member))
            for outcome, segment, member in mine
        ]
        return rows, summed(sheet, (label, "all", "all", f"{what}, pounds"), columns(rows, chain.years), total=True)

    rows, gross = block("gross benefit", lambda *cell: _gross(chain, *cell))
    of_cell = dict(zip(mine, rows, strict=True))

    def cash(outcome: int, segment: int, member: int) -> list[Term]:
        whole, parts = money.gross_cells[outcome, segment], of_cell[outcome, segment, member].years
        return [cashed(chain, outcome, year, whole[year], parts[year]) for year in chain.years]

    _, cashable = block("cashable benefit", cash)
    _, lost = block("lost without it", lambda *cell: _lost(chain, *cell))
    _, alone = block("claimed if counted alone", lambda *cell: _alone(chain, *cell))
    cost = summed(sheet, (label, "all", "all", "cost, pounds"), money.cost[place].years, total=True)
    present = [
        sheet.line((label, "all", "all", f"{what}, discounted, pounds"), [present_value(row, money.factors)], POUNDS)[0]
        for what, row in (("gross benefit", gross), ("cost", cost), ("lost without it", lost))
    ]
    sheet.row += 1
    return Shared(gross, cashable, cost, present[0], present[1], present[2], alone.total)


def _gross(chain: Chain, outcome: int, segment: int, member: int) -> list[Term]:
    together, ceiling = chain.together[outcome, segment], chain.given.one(f"/outcomes/{outcome}/ceiling")
    parts = zip(together.shares[member], together.raw, _worth(chain, outcome, segment), strict=True)
    return [product([share, choose(raw.above(ceiling), ceiling / raw, ONE), worth]) for share, raw, worth in parts]


def _lost(chain: Chain, outcome: int, segment: int, member: int) -> list[Term]:
    together = chain.together[outcome, segment]
    parts = zip(together.reduction, together.without[member], _worth(chain, outcome, segment), strict=True)
    return [(reduction - left) * worth for reduction, left, worth in parts]


def _alone(chain: Chain, outcome: int, segment: int, member: int) -> list[Term]:
    ceiling = chain.given.one(f"/outcomes/{outcome}/ceiling")
    parts = zip(chain.together[outcome, segment].effects[member], _worth(chain, outcome, segment), strict=True)
    return [smallest(effect, ceiling) * worth for effect, worth in parts]


def _worth(chain: Chain, outcome: int, segment: int) -> list[Term]:
    """Pounds of all activity of a cell."""
    return [activity * chain.prices[outcome] for activity in chain.activity[outcome, segment]]
