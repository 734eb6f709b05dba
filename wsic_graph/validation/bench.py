"""A published result beside ours: what is compared, by how much it differs, and the words for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wsic_graph.calculator.money import rounded
from wsic_graph.calculator.reading import read_scenario
from wsic_graph.calculator.report import report
from wsic_graph.calculator.results import Caution, Report
from wsic_graph.prefill.numbers import Number
from wsic_graph.validation.published import Given, Published

PEOPLE = "all"
"""The one segment of the scenarios."""
_PLACES = {"percent": 1, "months": 0, "times": 1, "return-per-unit-spent": 4}
"""Decimal places of ours by unit; money has two."""
_ON_SIZE = frozenset({"saving-above-cost", "large-reduction", "no-break-even"})
"""Warnings about what comes out; those about what went in are of the makeshift scenarios of the comparison."""
_LIMITS = (Decimal("0.001"), Decimal("0.01"), Decimal("0.05"))


@dataclass(frozen=True)
class Compared:
    """One number of ours beside the published one. ``published`` is None where none was published."""

    label: str
    unit: str
    ours: Decimal
    published: Given | None = None
    to: Given | None = None
    """The upper end, where a range was published."""

    @property
    def difference(self) -> Decimal | None:
        """Ours less the published number, in its unit; of a range, from the nearer end, and nil inside."""
        if self.published is None:
            return None
        low, high = self.published.value, (self.to or self.published).value
        return self.ours - min(max(self.ours, low), high)

    @property
    def relative(self) -> Decimal | None:
        """The difference as a share of the published number."""
        if self.published is None or self.difference is None or not self.published.value:
            return None
        return self.difference / abs(self.published.value)

    @property
    def agrees(self) -> bool:
        """Whether ours is the published number, as far as its digits say."""
        if self.published is None or self.difference is None:
            return False
        return abs(self.difference) <= _half_a_digit(self.published.value)

    @property
    def verdict(self) -> str:
        """How close it comes, in words."""
        if self.published is None or self.relative is None:
            return "None was published"
        if self.to is not None and not self.difference:
            return "In the range that was published"
        if self.agrees:
            return "The same, as far as the digits printed say"
        found = next((limit for limit in _LIMITS if abs(self.relative) <= limit), None)
        return f"Within {(found * 100).normalize():f}%" if found else "Differs"


def _half_a_digit(value: Decimal) -> Decimal:
    """Half of the last digit that was printed; noughts at the end of a whole number are taken for rounding."""
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int), "a published number is finite"
    return Decimal(5).scaleb(exponent - 1)


@dataclass(frozen=True)
class Check:
    """A published result and what the calculator makes of it. Without comparisons it was not reproduced."""

    published: Published
    inputs: tuple[Given, ...]
    worked: tuple[Number, ...]
    """Inputs that were worked out from figures of the graph, as in quick mode."""
    compared: tuple[Compared, ...]
    scenarios: tuple[dict[str, Any], ...]
    """What was calculated, as the calculator takes it."""
    warnings: tuple[Caution, ...]

    @property
    def reproduced(self) -> bool:
        """Whether a published number stands beside one of ours."""
        return any(item.published for item in self.compared)


class Bench:
    """One comparison in the making."""

    def __init__(self, published: Published) -> None:
        self.published = published
        self.compared: list[Compared] = []
        self.worked: list[Number] = []
        self.scenarios: list[dict[str, Any]] = []
        self.warnings: list[Caution] = []

    def value(self, name: str) -> Decimal:
        """The published number called ``name``. Raises ``KeyError``."""
        return self.published.figures[name].value

    def calculate(self, scenario: dict[str, Any]) -> Report:
        """What the calculator says to ``scenario``."""
        self.scenarios.append(scenario)
        found = report(read_scenario(scenario))
        self.warnings += [item for item in found.warnings if item.code in _ON_SIZE]
        return found

    def compare(self, ours: float | Decimal, name: str, to: str = "") -> None:
        """Put ``ours`` beside the published number ``name``, or the range from it up to ``to``."""
        figure = self.published.figures[name]
        self.compared.append(
            Compared(figure.label, figure.unit, _written(ours, figure.unit), figure, self.published.figures.get(to))
        )

    def state(self, ours: float | Decimal, label: str, unit: str) -> None:
        """A number of ours for which none was published."""
        self.compared.append(Compared(label, unit, _written(ours, unit)))

    def check(self) -> Check:
        """What was found."""
        shown = {id(figure) for item in self.compared for figure in (item.published, item.to)}
        inputs = tuple(figure for figure in self.published.figures.values() if id(figure) not in shown)
        return Check(
            self.published,
            inputs,
            tuple(self.worked),
            tuple(self.compared),
            tuple(self.scenarios),
            tuple(self.warnings),
        )


def _written(value: float | Decimal, unit: str) -> Decimal:
    return rounded(float(value), _PLACES.get(unit, 2))


def worth(title: str, outcomes: Mapping[str, tuple[Decimal, Decimal]], **more: Any) -> dict[str, Any]:
    """A scenario in which a programme changes all of each outcome.

    ``outcomes`` are units and the price of one by name; units below nought are a rise. ``more`` are ``horizon``
    (years), ``profile`` (share of the effect in each year) and ``cost`` (as a scenario has it).
    """
    horizon: int = more.get("horizon", 1)
    effect = {"scope": "population", "profile": more.get("profile", 1)}
    return {
        "title": title,
        "settings": {"horizon": horizon, "draws": 0},
        "segments": [{"id": PEOPLE, "population": 1}],
        "outcomes": [
            {"id": name, "unit_cost": str(price), "baseline": {PEOPLE: str(abs(units))}}
            for name, (units, price) in outcomes.items()
        ],
        "interventions": [
            {
                "id": "programme",
                "effects": [
                    {"outcome": name, "reduction": 1 if units > 0 else -1, **effect}
                    for name, (units, _) in outcomes.items()
                ],
                "cost": more.get("cost", {}),
            }
        ],
    }
