"""Ways to share an over- or underspend, as arithmetic that can be followed line by line.

Shares are rounded to the penny by the method of the largest remainder (Hamilton's method), so that they always add up:
each is rounded down, and the pennies that are then missing go to the largest remainders, the first of equal ones. An
underspend is shared as an overspend of the same size would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from wsic_graph.calculator.money import apportioned
from wsic_graph.plans.budgets import KINDS, NOUGHT, Budget, Check, Gain, Sum, checks, key, pounds

_PENNY = Decimal("0.01")
_HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Share:
    """A partner's part of an over- or underspend. ``weight`` of ``out_of`` is its part of the whole."""

    partner: Sum
    weight: Decimal
    out_of: Decimal
    amount: Decimal
    penny: bool
    """Whether a penny was added so that the shares add up."""

    @property
    def part(self) -> Decimal:
        """Its part of the whole, from 0 to 1."""
        return self.weight / self.out_of

    @property
    def pays(self) -> Decimal:
        """What it pays in the end: its contribution and its part of an overspend, less its part of an underspend."""
        return self.partner.amount + self.amount


@dataclass(frozen=True)
class Option:
    """A way to share; without ``shares`` it cannot be worked out, and ``why_not`` says what is missing."""

    id: str
    title: str
    how: str
    shares: tuple[Share, ...] = ()
    why_not: str = ""
    per_cent: bool = False
    """Whether the weights are per cent and not pounds."""


def options(budget: Budget, gains: Sequence[Gain]) -> list[Option]:
    """Every way to share what was spent over or under the budget; nothing where none of it was said."""
    if budget.variance is None or not budget.lines:
        return []
    return [_by_contribution(budget), _by_benefit(budget, gains), _fixed(budget), _host(budget)]


def shared(partners: Sequence[Sum], weights: Sequence[Decimal], variance: Decimal) -> tuple[Share, ...]:
    """``variance`` in parts that are as ``weights`` and add up to the penny. The weights have a sum above nought."""
    whole = sum(weights, NOUGHT)
    exact = [abs(variance) * weight / whole for weight in weights]
    sign = -1 if variance < 0 else 1
    return tuple(
        Share(partner, weight, whole, sign * amount, amount > raw.quantize(_PENNY, ROUND_FLOOR))
        for partner, weight, amount, raw in zip(partners, weights, apportioned(exact), exact, strict=True)
    )


def _by_contribution(budget: Budget) -> Option:
    title, how = "In proportion to contributions", "Each bears as much of the risk as of the money."
    weights = [partner.amount for partner in budget.partners]
    if not any(weights):
        return Option("contribution", title, how, why_not="Nobody has put anything in.")
    assert budget.variance is not None
    return Option("contribution", title, how, shared(budget.partners, weights, budget.variance))


def _by_benefit(budget: Budget, gains: Sequence[Gain]) -> Option:
    title = "In proportion to benefit"
    how = (
        "Each bears as much of the risk as it gains by the run of the calculator, everything valued. Partners of one "
        "kind divide what their kind gains as they divide its contributions."
    )
    if not gains:
        return Option("benefit", title, how, why_not="Name a kept run of the calculator, which says who gains.")
    gained = {gain.kind: max(gain.gross, NOUGHT) for gain in gains}
    weights = []
    for partner in budget.partners:
        kind = budget.of_kind(partner.kind)
        weights.append(gained.get(partner.kind, NOUGHT) * partner.amount / kind if kind else NOUGHT)
    if not any(weights):
        return Option("benefit", title, how, why_not="None of the partners that contribute gains by the run.")
    outside = [
        KINDS.get(kind, "partners not yet named").lower()
        for kind, amount in gained.items()
        if amount and not budget.of_kind(kind)
    ]
    if outside:
        how += f" What would be gained by others, who put nothing in, is left out: {', '.join(outside)}."
    assert budget.variance is not None
    return Option("benefit", title, how, shared(budget.partners, weights, budget.variance))


def _fixed(budget: Budget) -> Option:
    title, how = "Fixed shares", "Each bears the share that the partners agreed."
    given = {key(name): share for name, share in budget.fixed.items()}
    weights = [given.get(key(partner.name), NOUGHT) for partner in budget.partners]
    total = sum(weights, NOUGHT)
    if not given:
        return Option("fixed", title, how, why_not="Give a share in per cent for each partner.")
    if total != _HUNDRED:
        why = f"The shares of the partners add up to {total:f}% and not to 100%."
        return Option("fixed", title, how, why_not=why)
    assert budget.variance is not None
    return Option("fixed", title, how, shared(budget.partners, weights, budget.variance), per_cent=True)


def _host(budget: Budget) -> Option:
    title, how = (
        "The host bears it all",
        "The partner that hosts the budget pays every overspend and keeps what is left.",
    )
    if not budget.host:
        return Option("host", title, how, why_not="Say which partner hosts the budget.")
    weights = [_HUNDRED if key(partner.name) == key(budget.host) else NOUGHT for partner in budget.partners]
    if not any(weights):
        return Option("host", title, how, why_not=f"{budget.host} is no partner of this budget.")
    assert budget.variance is not None
    return Option("host", title, how, shared(budget.partners, weights, budget.variance), per_cent=True)


def sum_of(option: Option, share: Share, variance: Decimal) -> str:
    """The sum behind a share in words: £40,000 ÷ £100,000 × £500 = £200."""
    if option.per_cent:
        return f"{share.weight.normalize():f}% of {pounds(variance)} = {pounds(share.amount)}"
    weight, whole = (pounds(value.quantize(_PENNY)) for value in (share.weight, share.out_of))
    return f"{weight} ÷ {whole} × {pounds(variance)} = {pounds(share.amount)}"


@dataclass(frozen=True)
class Worked:
    """A budget with all that follows from it; ``gains`` are those of the run it names, or nothing."""

    budget: Budget
    gains: tuple[Gain, ...] = ()

    @property
    def checks(self) -> list[Check]:
        """What agrees and what does not; nothing where nobody puts anything in."""
        return checks(self.budget, self.gains) if self.budget.lines else []

    @property
    def options(self) -> list[Option]:
        """The ways to share the risk."""
        return options(self.budget, self.gains)
