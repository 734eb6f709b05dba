"""A joint budget to take away as a table and as JSON.

Money is text with pence, so that no reader's arithmetic changes it.
"""

from __future__ import annotations

from typing import Any

from wsic_graph.cells import written
from wsic_graph.plans.budget_input import COLUMNS, EXAMPLE
from wsic_graph.plans.budget_shares import Option, Worked, sum_of
from wsic_graph.plans.budgets import KINDS, Budget


def as_csv(budget: Budget) -> str:
    """The contributions as a table, which can be pasted into the form again."""
    return written([COLUMNS, *((line.partner, line.kind, line.scheme, f"{line.amount:.2f}") for line in budget.lines)])


def template() -> str:
    """A table to fill in, with examples."""
    return written([COLUMNS, *EXAMPLE])


def as_tree(worked: Worked) -> dict[str, Any]:
    """Everything that was entered and worked out, for JSON."""
    budget = worked.budget
    return {
        "title": budget.title or None,
        "contributions": [
            {"partner": line.partner, "kind": line.kind, "scheme": line.scheme, "amount": f"{line.amount:.2f}"}
            for line in budget.lines
        ],
        "total": f"{budget.total:.2f}",
        "stated_total": _text(budget.stated),
        "partners": [{"name": one.name, "kind": one.kind, "amount": f"{one.amount:.2f}"} for one in budget.partners],
        "schemes": [
            {"name": one.name, "amount": f"{one.amount:.2f}", "cost": _text(one.cost), "left": _text(one.left)}
            for one in budget.schemes
        ],
        "run": budget.run or None,
        "gains_a_year": [
            {
                "kind": KINDS.get(gain.kind, "not yet said who"),
                "contributes": f"{budget.of_kind(gain.kind):.2f}",
                "pays": f"{gain.cost:.2f}",
                "gains": f"{gain.gross:.2f}",
                "of_this_cash": f"{gain.cash:.2f}",
                "net": f"{gain.net:.2f}",
            }
            for gain in worked.gains
        ],
        "checks": [{"check": one.title, "agrees": one.agrees, "words": one.words} for one in worked.checks],
        "variance": _text(budget.variance),
        "risk_shares": [_option(budget, option) for option in worked.options],
    }


def _option(budget: Budget, option: Option) -> dict[str, Any]:
    assert budget.variance is not None
    return {
        "option": option.title,
        "how": option.how,
        "missing": option.why_not or None,
        "shares": [
            {
                "partner": share.partner.name,
                "sum": sum_of(option, share, budget.variance),
                "share": f"{share.amount:.2f}",
                "pays": f"{share.pays:.2f}",
            }
            for share in option.shares
        ],
    }


def _text(amount: Any) -> str | None:
    return None if amount is None else f"{amount:.2f}"
