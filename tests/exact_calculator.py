"""The method a second time, in exact fractions and straight from its formulae: slow, and with no line of the product.

Shares are averages over all orders of the interventions, by enumeration of every subset.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import factorial, prod
from typing import Any

Cell = tuple[str, str, int]
ONE, NIL = Fraction(1), Fraction(0)


def number(value: Any) -> Fraction:
    """A number of the scenario, as it is written."""
    return Fraction(str(value["central"] if isinstance(value, dict) else value))


def of_year(value: Any, year: int) -> Fraction:
    return number(value[year - 1] if isinstance(value, list) else value)


class Exact:
    """The answer to one scenario, as a dictionary with the names of the test vectors."""

    def __init__(self, scenario: dict[str, Any]) -> None:
        self.scenario = scenario
        self.settings = scenario["settings"]
        self.years = range(1, self.settings["horizon"] + 1)
        self.interventions = {item["id"]: item for item in scenario["interventions"]}
        self.outcomes = {item["id"]: item for item in scenario["outcomes"]}
        self.population = {item["id"]: number(item["population"]) for item in scenario["segments"]}
        self.effect = cache(self._effect)  # kept as long as the scenario
        self._reduced = cache(self._reduction)
        self.cells = [(o, s, y) for o in self.outcomes for s in self.population for y in self.years]

    def reach(self, name: str, segment: str) -> Fraction:
        item = self.interventions[name]
        return number(item.get("coverage", {}).get(segment, 0)) * number(item.get("uptake", 1))

    def _effect(self, name: str, cell: Cell) -> Fraction:
        outcome, segment, year = cell
        item = self.interventions[name]
        left = ONE
        feeds = {outcome: 1, **self.outcomes[outcome].get("fed_by", {})}
        for effect in item["effects"]:
            if effect["outcome"] not in feeds:
                continue
            size = number(effect["reduction"]) * number(effect.get("scope_share", 1))
            size *= of_year(item.get("ramp", 1), year) * of_year(effect.get("profile", 1), year)
            if effect.get("scope", "participants") == "participants":
                size *= self.reach(name, segment) * number(item.get("retention", 1))
            size *= (1 - number(effect.get("deadweight", 0))) * number(effect.get("attribution", 1))
            bias = number(effect.get("optimism_bias", 0))
            size *= 1 - bias if size > 0 else 1 + bias
            left *= 1 - min(size * number(feeds[effect["outcome"]]), ONE)
        return 1 - left

    def groups(self, outcome: str) -> list[dict[str, Any]]:
        found = self.scenario.get("overlap_groups", [])
        return [group for group in found if outcome in group.get("outcomes", self.outcomes)]

    def reduction(self, names: Iterable[str], cell: Cell) -> Fraction:
        """Of these interventions alone, before the ceiling."""
        return self._reduced(frozenset(names), cell)

    def _reduction(self, names: frozenset[str], cell: Cell) -> Fraction:
        effects = {name: self.effect(name, cell) for name in names}
        left = ONE
        for group in self.groups(cell[0]):
            inside = [effects.pop(name) for name in group["members"] if effects.get(name, NIL) > 0]
            if inside:
                rho = number(group["redundancy"])
                apart = 1 - prod((1 - x for x in inside), start=ONE)
                left *= 1 - ((1 - rho) * apart + rho * max(inside))
        return 1 - left * prod((1 - x for x in effects.values()), start=ONE)

    def share(self, name: str, cell: Cell) -> Fraction:
        others = [other for other in self.interventions if other != name]
        count, total = len(self.interventions), NIL
        for size in range(count):
            weight = Fraction(factorial(size) * factorial(count - size - 1), factorial(count))
            for before in combinations(others, size):
                total += weight * (self.reduction((*before, name), cell) - self.reduction(before, cell))
        return total

    def price(self, start: str | None, index: str | None) -> Fraction:
        end = self.settings.get("base_price_year")
        if start is None or end is None or start == end:
            return ONE
        low, high = sorted((start, end))
        changes = self.scenario["indices"][index]
        found = prod((1 + number(change) for year, change in changes.items() if low < year <= high), start=ONE)
        return Fraction(found if start < end else 1 / found)

    def worth(self, cell: Cell) -> Fraction:
        """Pounds of the whole activity of a cell."""
        outcome, segment, year = cell
        item = self.outcomes[outcome]
        unit = number(item.get("unit_cost") or 0) * self.price(item.get("price_year"), item.get("index"))
        activity = number(item["baseline"].get(segment, 0)) * (1 + number(item.get("growth", 0))) ** (year - 1)
        return activity * unit

    def gross(self, names: tuple[str, ...], cell: Cell) -> Fraction:
        ceiling = number(self.outcomes[cell[0]].get("ceiling", 1))
        return min(self.reduction(names, cell), ceiling) * self.worth(cell)

    def cost(self, name: str, year: int) -> Fraction:
        cost, ramp = self.interventions[name].get("cost", {}), self.interventions[name].get("ramp", 1)
        people = sum((self.population[s] * self.reach(name, s) for s in self.population), NIL) * of_year(ramp, year)
        found = number(cost.get("fixed", 0)) + number(cost.get("per_person", 0)) * people
        found += number(cost.get("setup", 0)) if year == 1 else 0
        return (
            found * (1 + number(cost.get("optimism_bias", 0))) * self.price(cost.get("price_year"), cost.get("index"))
        )

    def discount(self, year: int) -> Fraction:
        rate = number(self.settings.get("discount_rate", "0.035"))
        exponent: int = year - 1 + self.settings.get("first_year_exponent", 0)
        return 1 / (1 + rate) ** exponent

    def answer(self) -> dict[str, Any]:
        everyone = tuple(self.interventions)
        gross = {cell: self.gross(everyone, cell) for cell in self.cells}
        cash = {
            cell: value * of_year(self.outcomes[cell[0]].get("cashable", 1), cell[2]) if value > 0 else value
            for cell, value in gross.items()
        }
        costs = {name: [self.cost(name, year) for year in self.years] for name in everyone}
        shares = dict.fromkeys(everyone, NIL)
        for cell, value in gross.items():
            raw = self.reduction(everyone, cell)
            for name in everyone:
                scale = value / raw if raw else self.worth(cell)
                shares[name] += self.share(name, cell) * scale
        by_year = [sum((v for cell, v in gross.items() if cell[2] == y), NIL) for y in self.years]
        cash_by_year = [sum((v for cell, v in cash.items() if cell[2] == y), NIL) for y in self.years]
        cost_by_year = [sum((part[y - 1] for part in costs.values()), NIL) for y in self.years]
        factors = [self.discount(year) for year in self.years]

        def present(values: list[Fraction]) -> Fraction:
            return sum((value * factor for value, factor in zip(values, factors, strict=True)), NIL)

        def without(name: str) -> Fraction:
            rest = tuple(other for other in everyone if other != name)
            return sum(((v - self.gross(rest, cell)) * factors[cell[2] - 1] for cell, v in gross.items()), NIL)

        pv_cost = present(cost_by_year)
        return {
            "gross_by_year": by_year,
            "cashable_by_year": cash_by_year,
            "cost_by_year": cost_by_year,
            "pv_gross": present(by_year),
            "pv_cashable": present(cash_by_year),
            "npv": present(by_year) - pv_cost,
            "bcr": present(by_year) / pv_cost if pv_cost else None,
            "payback_year": self.payback([a - b for a, b in zip(by_year, cost_by_year, strict=True)]),
            "gross_by_intervention": shares,
            "incremental_pv_by_intervention": {name: without(name) for name in everyone},
            "gross_by_sector": self.by_sector(gross),
        }

    def by_sector(self, gross: dict[Cell, Fraction]) -> dict[str, Fraction]:
        found: dict[str, Fraction] = {}
        for cell, value in gross.items():
            if "unit_cost" not in self.outcomes[cell[0]]:
                continue
            for sector, share in self.outcomes[cell[0]].get("sector_split", {"unallocated": 1}).items():
                found[sector] = found.get(sector, NIL) + value * number(share)
        return found

    @staticmethod
    def payback(net: list[Fraction]) -> int | None:
        for year in range(len(net)):
            if all(sum(net[: later + 1]) >= 0 for later in range(year, len(net))):
                return year + 1
        return None
