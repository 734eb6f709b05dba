"""From the pounds of one financial year to those of another (section 2.2).

The unit cost u' is u x the product of (1 + I_t) over the years t after p up to P.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsic_graph.calculator.scenario import Scenario


class PriceError(ValueError):
    """A price cannot be moved; the words say what is missing."""


def factor(start: str, end: str, changes: Mapping[str, float]) -> float:
    """By what a price of the financial year ``start`` is multiplied to be one of ``end``.

    ``changes`` are shares on the year before, by financial year. Going back divides. Raises ``PriceError``.
    """
    found = 1.0
    for year in _years(*sorted((start, end))):
        if year not in changes:
            raise PriceError(f"the price change of {year} is missing between {start} and {end}")
        found *= 1 + changes[year]
    return found if start <= end else 1 / found


def convert(value: float, start: str, end: str, changes: Mapping[str, float]) -> float:
    """``value`` in pounds of ``start`` as pounds of ``end``. Raises ``PriceError``."""
    return value * factor(start, end, changes)


def convert_levels(value: float, start: str, end: str, levels: Mapping[str, float]) -> float:
    """As :func:`convert`, with an index that is given as levels. Raises ``PriceError``."""
    for year in (start, end):
        if year not in levels:
            raise PriceError(f"the level of {year} is missing")
    return value * levels[end] / levels[start]


def base_year(scenario: Scenario) -> str | None:
    """The year of all money of the answer; None if the scenario names no year at all. Raises ``PriceError``."""
    if scenario.settings.base_price_year is not None:
        return scenario.settings.base_price_year
    if listed := [year for changes in scenario.indices.values() for year in changes]:
        return max(listed)
    named = {item.price_year for item in scenario.outcomes if item.price_year}
    named |= {item.cost.price_year for item in scenario.interventions if item.cost.price_year}
    if len(named) > 1:
        raise PriceError(
            f"prices of {', '.join(sorted(named))} are mixed and neither a base year nor an index is given"
        )
    return min(named, default=None)


def repricing(scenario: Scenario, year: str | None, index: str | None) -> float:
    """What moves a price of ``year`` to the base year of a checked scenario."""
    base = base_year(scenario)
    if year is None or base is None or year == base or index is None:
        return 1.0
    return factor(year, base, scenario.indices[index])


def _years(start: str, end: str) -> Iterator[str]:
    """The financial years after ``start`` up to ``end``."""
    for first in range(int(start[:4]) + 1, int(end[:4]) + 1):
        yield f"{first}/{(first + 1) % 100:02d}"
