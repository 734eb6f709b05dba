"""A report as a page shows it: the same numbers, with their names, their links and rows that add up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from typing import Any

from wsic_graph.answers import Iri
from wsic_graph.calculator.money import whole_pounds
from wsic_graph.calculator.results import Report
from wsic_graph.charts import Chart
from wsic_graph.namespaces import SCHEME
from wsic_graph.prefill import COHORTS, Gap, Prefilled, Verdict
from wsic_graph.runs.words import Piece, basis, other_chances, sentence
from wsic_graph.service.calculator_charts import (
    SECTORS,
    chances_chart,
    hinges_chart,
    sectors_chart,
    services_chart,
    years_chart,
)
from wsic_graph.service.calculator_known import Known
from wsic_graph.service.calculator_rows import Group, Judged, groups_of, judged, programme
from wsic_graph.service.links import reader_page

CAUTION = "This covers uncertainty in the numbers entered, not the chance that the evidence does not fit this area."
"""What always follows a chance."""


@dataclass(frozen=True)
class Row:
    """A row of a table of money, in whole pounds; the rows of a table add up to its total."""

    label: str
    gross: int
    cash: int
    cost: int
    href: str = ""

    @property
    def net(self) -> int:
        """Everything valued less the cost."""
        return self.gross - self.cost

    @property
    def net_cash(self) -> int:
        """Cash alone less the cost."""
        return self.cash - self.cost


@dataclass(frozen=True)
class Service:
    """A part of the programme: what it is worth and costs, in present values, and its three marks."""

    name: str
    label: str
    href: str
    share: int
    lost: int
    cost: int
    sizes: tuple[Verdict, ...]
    per_person: str
    fixed: str
    setup: str


@dataclass(frozen=True)
class Changed:
    """What becomes of one outcome: units avoided in each year, fewer above nought."""

    label: str
    href: str
    unit: str
    before: float
    """Units a year without the programme."""
    anchor: str
    """Where that number stands with its origin, if the graph gave it."""
    by_year: tuple[float, ...]
    money: int
    priced: bool

    @property
    def total(self) -> float:
        """Units avoided over all years."""
        return sum(self.by_year)


class Result:
    """A report with what a page needs to show it."""

    def __init__(
        self, report: Report, scenario: Mapping[str, Any], prefilled: Prefilled | None, known: Known, title: str = ""
    ) -> None:
        self.report, self.scenario, self.prefilled, self.known = report, scenario, prefilled, known
        self.title = title or str(scenario.get("title") or "The scenario")
        self.caution = CAUTION
        self.basis, self.other_chances = basis(report), other_chances(report)

    @property
    def years(self) -> int:
        """Years of the run."""
        return len(self.report.net_by_year)

    @cached_property
    def labels(self) -> dict[str, str]:
        """What services and outcomes are called."""
        return labels_of(self.known, self.scenario, self.prefilled)

    @cached_property
    def sentence(self) -> list[Piece]:
        """The result in a sentence or two."""
        return sentence(self.report, lambda name: self.labels.get(name, name))

    @cached_property
    def sectors(self) -> list[Row]:
        """Who gains, who pays."""
        report = self.report
        names = list(report.net_by_sector)
        return _rows(
            [SECTORS.get(name, name) for name in names],
            [report.gross_by_sector.get(name, 0.0) for name in names],
            [report.cashable_by_sector.get(name, 0.0) for name in names],
            [report.cost_by_payer.get(name, 0.0) for name in names],
        )

    @cached_property
    def by_year(self) -> list[tuple[Row, int, int]]:
        """The years, each with the net since the start: everything valued, and cash alone."""
        report = self.report
        names = [f"Year {year + 1}" for year in range(self.years)]
        rows = _rows(names, report.gross_by_year, report.cashable_by_year, report.cost_by_year)
        gross = accumulate(row.net for row in rows)
        return list(zip(rows, gross, accumulate(row.net_cash for row in rows), strict=True))

    @cached_property
    def services(self) -> list[Service]:
        """The parts of the programme in the order of the scenario."""
        report = self.report
        shares = whole_pounds(list(report.pv_gross_by_intervention.values()))
        used: dict[str, list[Verdict]] = {}
        for verdict in self.prefilled.verdicts if self.prefilled else ():
            if verdict.used:
                used.setdefault(verdict.intervention, []).append(verdict)
        found = []
        for part, share in zip(self.scenario["interventions"], shares, strict=True):
            name, cost = part["id"], part.get("cost", {})
            found.append(
                Service(
                    name,
                    self.labels.get(name, name),
                    self.page("intervention", name),
                    share,
                    round(report.incremental_pv_by_intervention[name]),
                    round(report.pv_cost_by_intervention[name]),
                    tuple(used.get(name, ())),
                    *(_central(cost.get(kind, 0)) for kind in ("per_person", "fixed", "setup")),
                )
            )
        return found

    @cached_property
    def levels(self) -> dict[str, Iri]:
        """The strength of the evidence of every effect of the graph."""
        return self.known.levels

    @cached_property
    def outcomes(self) -> list[Changed]:
        """What becomes of every outcome of the scenario, those with a price first."""
        values = dict(
            zip(self.report.gross_by_outcome, whole_pounds(list(self.report.gross_by_outcome.values())), strict=True)
        )
        found = []
        for outcome in self.scenario["outcomes"]:
            name = outcome["id"]
            label, page = self.labels.get(name, name), self.page("outcome", name)
            units = tuple(self.report.units_avoided.get(name, ()))
            priced = outcome.get("unit_cost") is not None
            before = sum(float(value) for value in outcome["baseline"].values())
            unit, anchor = self._counted(name)
            found.append(Changed(label, page, unit, before, anchor, units, values.get(name, 0), priced))
        return sorted(found, key=lambda item: not item.priced)

    def page(self, scheme: str, name: str) -> str:
        """The page of an intervention or outcome of the graph; nothing for what is not there."""
        return reader_page(f"{SCHEME}{scheme}/{name}") or "" if name in self.known.labels else ""

    def _counted(self, name: str) -> tuple[str, str]:
        """The unit of an outcome, and where on the page its baseline stands."""
        start = f"/outcomes/{name}/baseline/"
        for line in (line for group in self.groups for line in group.lines):
            if line.key.startswith(start):
                return line.item.unit, line.id
        return "units", ""

    @property
    def corrected(self) -> bool:
        """Whether benefits and costs are corrected for optimism."""
        return self.scenario["settings"].get("optimism", True) is not False

    @cached_property
    def warnings(self) -> list[str]:
        """The warnings in words, those of one kind after each other."""
        kinds = list(dict.fromkeys(item.code for item in self.report.warnings))
        ordered = sorted(self.report.warnings, key=lambda item: kinds.index(item.code))
        return list(dict.fromkeys(self._named(item.message) for item in ordered))

    def _named(self, words: str) -> str:
        """``words`` with what services and outcomes are called in place of their short names."""
        return re.sub(r"'([^']+)'", lambda found: f"“{self.labels.get(found[1], found[1])}”", words)

    @cached_property
    def groups(self) -> list[Group]:
        """Every number of the scenario with its origin; none for a scenario that was typed."""
        return groups_of(self.prefilled, self.known) if self.prefilled else []

    @cached_property
    def verdicts(self) -> dict[str, list[Judged]]:
        """What became of every effect estimate."""
        return judged(self.prefilled.verdicts, self.known.labels) if self.prefilled else {}

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What is missing."""
        return self.prefilled.gaps if self.prefilled else ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to be known of the numbers."""
        return self.prefilled.notes if self.prefilled else ()

    @cached_property
    def services_chart(self) -> Chart:
        """What each service is worth."""
        links = {item.name: item.href for item in self.services}
        return services_chart(self.report, self.labels, links)

    @cached_property
    def sectors_chart(self) -> Chart:
        """The net of each sector."""
        return sectors_chart(self.report)

    @cached_property
    def years_chart(self) -> Chart:
        """The years."""
        return years_chart(self.report)

    @cached_property
    def chances_chart(self) -> Chart | None:
        """The simulations."""
        return chances_chart(self.report)

    @cached_property
    def hinges_chart(self) -> Chart:
        """What moves the result."""
        return hinges_chart(self.report, self.labels)

    @cached_property
    def switching(self) -> list[tuple[str, str, str]]:
        """What would have to change for the case to break even: the thing, for everything valued, and in cash."""
        found = self.report.switching_values
        return [
            ("All effects", _times(found.effects), _times(found.effects_cashable)),
            ("Uptake of every service", _times(found.uptake), _times(found.uptake_cashable)),
            ("Deadweight of every effect", _share(found.deadweight), _share(found.deadweight_cashable)),
        ]


def labels_of(known: Known, scenario: Mapping[str, Any], prefilled: Prefilled | None) -> dict[str, str]:
    """What the services, outcomes and groups of people of a scenario are called."""
    found = dict(known.labels)
    if prefilled is not None:
        for part in scenario["interventions"]:
            found.setdefault(part["id"], programme(prefilled, part["id"]))
        found |= {name: cohort.label for name, cohort in COHORTS.items()}
    return found


def _rows(names: Iterable[str], gross: list[float], cash: list[float], cost: list[float]) -> list[Row]:
    columns = (names, whole_pounds(gross), whole_pounds(cash), whole_pounds(cost))
    return [Row(*values) for values in zip(*columns, strict=True)]


def _central(value: Any) -> str:
    """A cost of the scenario as text; empty for none."""
    central = value["central"] if isinstance(value, Mapping) else value
    return f"{Decimal(str(central)):f}" if Decimal(str(central)) else ""


def _times(value: float | None) -> str:
    if value is None:
        return "at no value"
    return f"{value:.0%} of that entered" if value < 10 else f"{value:,.1f} times that entered"


def _share(value: float | None) -> str:
    return "at no value" if value is None else f"{value:.0%}"
