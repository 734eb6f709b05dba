"""A joint budget: what each partner puts into each scheme, and what adds up.

Money is in pounds and pence as decimals, never floats. Names of partners and schemes are the same if they differ in
capital letters or spaces alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from wsic_graph.calculator.money import whole_pounds
from wsic_graph.calculator.results import Report

KINDS = {"council": "Council", "nhs": "NHS commissioner", "other": "Other partner"}
"""What a partner may be."""
SECTORS = {"council": ("social-care",), "nhs": ("acute", "community", "primary"), "other": ("other",)}
"""The sectors of a run of the calculator that a kind of partner pays for."""
NOUGHT = Decimal(0)


@dataclass(frozen=True)
class Line:
    """What one partner puts into one scheme, pounds a year."""

    partner: str
    kind: str
    scheme: str
    amount: Decimal


@dataclass(frozen=True)
class Budget:
    """A joint budget of one year, as it was entered."""

    title: str = ""
    lines: tuple[Line, ...] = ()
    costs: Mapping[str, Decimal] = field(default_factory=dict)
    """What each scheme is planned to cost, by its name as typed."""
    stated: Decimal | None = None
    """The total that the plan or agreement states."""
    claimed: Decimal | None = None
    """The saving a year that the plan counts on."""
    variance: Decimal | None = None
    """What was spent over the budget; below nought what was left."""
    host: str = ""
    fixed: Mapping[str, Decimal] = field(default_factory=dict)
    """Fixed shares of risk in per cent, by the name of the partner as typed."""
    run: str = ""
    """The identifier of a kept run of the calculator."""

    @property
    def total(self) -> Decimal:
        """All contributions."""
        return sum((line.amount for line in self.lines), NOUGHT)

    @property
    def partners(self) -> tuple[Sum, ...]:
        """Every partner with what it puts in, in the order of the lines."""
        return _sums((line.partner, line.kind, line.amount) for line in self.lines)

    @property
    def schemes(self) -> tuple[Scheme, ...]:
        """Every scheme with what is put in and what it costs, those without contributions last."""
        found = _sums((line.scheme, "", line.amount) for line in self.lines)
        costs = {key(name): (name, cost) for name, cost in self.costs.items()}
        rows = [Scheme(one.name, one.amount, costs.pop(key(one.name), ("", None))[1]) for one in found]
        return tuple(rows + [Scheme(name, NOUGHT, cost) for name, cost in costs.values()])

    def of_kind(self, kind: str) -> Decimal:
        """What all partners of one kind put in."""
        return sum((line.amount for line in self.lines if line.kind == kind), NOUGHT)


@dataclass(frozen=True)
class Sum:
    """A partner or scheme with the sum of its lines."""

    name: str
    kind: str
    amount: Decimal


@dataclass(frozen=True)
class Scheme:
    """A scheme: what is put in, and what it is planned to cost, if that was said."""

    name: str
    amount: Decimal
    cost: Decimal | None

    @property
    def left(self) -> Decimal | None:
        """What is put in beyond the cost; below nought what is missing."""
        return None if self.cost is None else self.amount - self.cost


@dataclass(frozen=True)
class Gain:
    """What a kind of partner pays and gains in a run of the calculator, whole pounds a year on average."""

    kind: str
    gross: Decimal
    cash: Decimal
    cost: Decimal

    @property
    def net(self) -> Decimal:
        """Everything valued less what it pays."""
        return self.gross - self.cost


@dataclass(frozen=True)
class Check:
    """Whether something agrees; ``agrees`` is None where too little was said to tell."""

    title: str
    agrees: bool | None
    words: str


def key(name: str) -> str:
    """``name`` as it is compared with others."""
    return " ".join(name.casefold().split())


def _sums(items: Iterable[tuple[str, str, Decimal]]) -> tuple[Sum, ...]:
    found: dict[str, Sum] = {}
    for name, kind, amount in items:
        before = found.get(key(name), Sum(name, kind, NOUGHT))
        found[key(name)] = Sum(before.name, before.kind, before.amount + amount)
    return tuple(found.values())


def pounds(value: Decimal) -> str:
    """Pounds as a statement of money has them: £1,234.50, with pence only where there are any."""
    sign = "\N{MINUS SIGN}" if value < 0 else ""
    text = f"{abs(value):,.2f}"
    return f"{sign}£{text.removesuffix('.00')}"


def gains_of(report: Report) -> tuple[Gain, ...]:
    """What each kind of partner pays and gains in a run, a year on average over its years; the last is nobody's yet."""
    years = len(report.net_by_year)
    parts = {**SECTORS, "": ("unallocated",)}
    found = []
    for of in (report.gross_by_sector, report.cashable_by_sector, report.cost_by_payer):
        found.append(whole_pounds(sum(of.get(name, 0.0) for name in names) / years for names in parts.values()))
    return tuple(
        Gain(kind, Decimal(gross), Decimal(cash), Decimal(cost))
        for kind, gross, cash, cost in zip(parts, *found, strict=True)
    )


def checks(budget: Budget, gains: Sequence[Gain]) -> list[Check]:
    """Whether the totals of a budget agree with each other and with a run of the calculator."""
    found = [_several(budget), _stated(budget), *_costs(budget)]
    return [*found, *(_gains(budget, gains))]


def _several(budget: Budget) -> Check:
    names = budget.partners
    title = "More than one partner contributes"
    if len(names) > 1:
        return Check(title, True, f"{len(names)} partners do.")
    return Check(title, False, f"All the money is from {names[0].name}; that is a budget, and not yet a joint one.")


def _stated(budget: Budget) -> Check:
    title = "The stated total is the sum of the contributions"
    if budget.stated is None:
        return Check(title, None, "No total was stated.")
    difference = budget.total - budget.stated
    both = f"Stated: {pounds(budget.stated)}. Contributions: {pounds(budget.total)}."
    if not difference:
        return Check(title, True, both)
    how = "more" if difference > 0 else "less"
    return Check(title, False, f"{both} The contributions are {pounds(abs(difference))} {how}.")


def _costs(budget: Budget) -> list[Check]:
    title = "Each scheme has the money it is planned to cost"
    known = [scheme for scheme in budget.schemes if scheme.cost is not None]
    if not known:
        return [Check(title, None, "No planned cost was given.")]
    off = [scheme for scheme in known if scheme.left]
    found = [
        Check(
            f"{scheme.name} has the money it is planned to cost",
            False,
            f"It costs {pounds(scheme.cost or NOUGHT)} and has {pounds(scheme.amount)}: "
            + (f"{pounds(-left)} is missing." if (left := scheme.left or NOUGHT) < 0 else f"{pounds(left)} is left."),
        )
        for scheme in off
    ]
    if len(known) > len(off):
        agree = [scheme.name for scheme in known if not scheme.left]
        found.insert(
            0,
            Check(
                title if not off else "The other schemes have the money they are planned to cost",
                True,
                f"{', '.join(agree)}.",
            ),
        )
    if silent := [scheme.name for scheme in budget.schemes if scheme.cost is None]:
        found.append(Check("Each scheme has a planned cost", None, f"None was given for {', '.join(silent)}."))
    return found


def _gains(budget: Budget, gains: Sequence[Gain]) -> list[Check]:
    possible, covered = "No more is to be saved than can be gained", "The budget covers what the programme costs"
    if not gains:
        words = "No kept run of the calculator was named."
        return [Check(possible, None, words), Check(covered, None, words)]
    gross = sum((gain.gross for gain in gains), NOUGHT)
    cash = sum((gain.cash for gain in gains), NOUGHT)
    cost = sum((gain.cost for gain in gains), NOUGHT)
    return [
        _possible(possible, budget, gross, cash),
        Check(
            covered,
            budget.total >= cost,
            f"The run costs {pounds(cost)} a year on average; the contributions are {pounds(budget.total)}.",
        ),
    ]


def _possible(title: str, budget: Budget, gross: Decimal, cash: Decimal) -> Check:
    frees = "frees care worth" if gross >= 0 else "adds care worth"
    could = f"{pounds(cash)} could become cash" if cash >= 0 else f"{pounds(-cash)} more is to be paid in cash"
    worth = f"The run {frees} {pounds(abs(gross))} a year on average, and {could}"
    if budget.claimed is None:
        return Check(title, None, f"{worth}. No expected saving was given.")
    said = f"{worth}; the plan counts on {pounds(budget.claimed)}."
    if budget.claimed > budget.total:
        return Check(title, False, f"{said} That is more than the whole budget of {pounds(budget.total)}.")
    if budget.claimed > max(gross, NOUGHT):
        return Check(title, False, f"{said} That is more than everything it frees.")
    if budget.claimed > max(cash, NOUGHT):
        return Check(title, False, f"{said} The part that is no cash cannot be taken out of a budget.")
    return Check(title, True, said)
