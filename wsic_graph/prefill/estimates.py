"""The effect estimates of an intervention as the graph states them, with the findings each rests on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, cast

from wsic_graph.namespaces import PREFIXES
from wsic_graph.prefill import designs
from wsic_graph.prefill.facts import Facts
from wsic_graph.prefill.numbers import Asked, Basis, Figure, inside

_WSIC = PREFIXES["wsic"]
_POPULATION = re.compile(
    r"whole area|all registered patients|all acute beds|\bin an area\b|\bin areas with\b|supply or"
)
_EARLY, _LATER = re.compile(r"first two years|years one and two"), re.compile(r"third year onward")
_JUDGED = re.compile(r"judge|shr[iua]nk|halved|placeholder|assumed", re.IGNORECASE)
_TIME = re.compile(r"(?<!\d)(\d+)(?:\s*(?:-|to)\s*(\d+))?\s*(day|week|month|year)")
_PER_YEAR = {"day": 365.25, "week": 52.18, "month": 12.0, "year": 1.0}
_STATED = (("first two years", 2.0), ("years one and two", 2.0), ("first year", 1.0))
NO_QUANTITY = "no-quantity"


@dataclass(frozen=True)
class Finding:
    """One finding behind an effect, with the study it is from."""

    iri: str
    seen: bool
    unit: str
    follow_up: str
    source: str
    design: str
    home: bool
    year: int


@dataclass(frozen=True)
class Estimate:
    """An effect estimate: signed fractions of the activity of the people it applies to."""

    iri: str
    intervention: str
    outcome: str
    outcome_label: str
    applies_to: str
    change: Figure
    low: Figure
    high: Figure
    level: str
    rationale: str
    findings: tuple[Finding, ...]

    @property
    def slug(self) -> str:
        """The last part of its IRI."""
        return self.iri.rsplit("/", 1)[-1]

    @property
    def recalled(self) -> bool:
        """Whether nothing behind it was seen during the research."""
        return self.change.basis == "recalled" or not any(item.seen for item in self.findings)

    @property
    def seen(self) -> tuple[Finding, ...]:
        """The findings that were seen and are observations."""
        return tuple(item for item in self.findings if item.seen and item.design not in designs.NEVER)

    @property
    def compared(self) -> bool:
        """Whether what it rests on had a comparison group: what was seen, or all of it if nothing was."""
        return any(designs.controlled(item.design, self.level) for item in self.seen or self.findings)

    @property
    def statement(self) -> bool:
        """Whether it is a nought that stands for statements without any quantity."""
        return not self.change.value and all(item.unit == NO_QUANTITY for item in self.findings)

    @property
    def forecast(self) -> bool:
        """Whether it rests on nothing but forecasts, models or evaluations that were not seen."""
        return all(item.design in designs.NEVER for item in self.findings)

    @property
    def best(self) -> tuple[Finding, ...]:
        """The findings by which it is graded: the controlled ones that were seen, else those seen, else all."""
        compared = tuple(item for item in self.seen if designs.controlled(item.design, self.level))
        return compared or self.seen or self.findings

    def grade(self, now: int) -> int:
        """The grade of its evidence in the year ``now``, 1 (best) to 6; recalled evidence is never better than 5."""
        grades = [designs.aged(designs.grade(item.design, item.home, self.level), item.year, now) for item in self.best]
        return max(min(grades), 5 if self.recalled else 1)

    @property
    def year(self) -> int:
        """When the newest of :attr:`best` was published."""
        return max(item.year for item in self.best)

    @property
    def home(self) -> bool:
        """Whether one of :attr:`best` is from the United Kingdom."""
        return any(item.home for item in self.best)

    @property
    def scope(self) -> Literal["participants", "population"]:
        """Whether it was measured on all activity of an area or on the people reached."""
        return "population" if _POPULATION.search(self.applies_to) else "participants"

    @property
    def time(self) -> Literal["early", "later", "any"]:
        """Whether it holds for years one and two only, from year three, or no matter when."""
        if _EARLY.search(self.applies_to):
            return "early"
        return "later" if _LATER.search(self.applies_to) else "any"

    @property
    def judged(self) -> bool:
        """Whether the rationale says that its centre or a limit is a judgement."""
        return bool(_JUDGED.search(self.rationale))

    @property
    def follow_up_years(self) -> float | None:
        """For how many years it holds: what it says itself, else the longest follow-up its findings put in words."""
        stated = [years for words, years in _STATED if words in self.applies_to]
        if stated:
            return stated[0]
        found = [
            float(last or first) / _PER_YEAR[unit]
            for item in self.findings
            for first, last, unit in _TIME.findall(item.follow_up)
        ]
        return round(max(found), 3) if found else None


def estimates(facts: Facts, intervention: str) -> list[Estimate]:
    """The effect estimates of an intervention, given by IRI."""
    asked = Asked("calculator/effects", (("intervention", intervention),))
    by_effect: dict[str, list[Any]] = {}
    for row in facts.rows("calculator/effects", intervention=intervention):
        by_effect.setdefault(str(row["effect"]), []).append(row)
    return [_estimate(iri, intervention, found, asked) for iri, found in by_effect.items()]


def _estimate(iri: str, intervention: str, found: list[Any], asked: Asked) -> Estimate:
    row = found[0]
    findings = {str(item["finding"]): _finding(item, found) for item in found}

    def part(column: str, name: str, words: str) -> Figure:
        return Figure(
            iri=iri,
            property=f"{_WSIC}{name}",
            value=Decimal(row[column]),
            unit="share of the activity of those it applies to",
            basis=cast(Basis, row["basis"].slug),
            sources=tuple(dict.fromkeys(item.source for item in findings.values())),
            period=f"published {min(item.year for item in findings.values())} to "
            f"{max(item.year for item in findings.values())}",
            label=f"{words} relative change of {inside(str(row['outcomeLabel']))}: {row['appliesTo']}",
            asked=asked,
        )

    return Estimate(
        iri=iri,
        intervention=intervention.rsplit("/", 1)[-1],
        outcome=row["outcome"].slug,
        outcome_label=str(row["outcomeLabel"]),
        applies_to=str(row["appliesTo"]),
        change=part("change", "relativeChange", "Central"),
        low=part("low", "low", "Low"),
        high=part("high", "high", "High"),
        level=row["level"].slug,
        rationale=str(row["rationale"]),
        findings=tuple(findings.values()),
    )


def _finding(row: Any, found: list[Any]) -> Finding:
    countries = {item["country"].slug for item in found if item["finding"] == row["finding"] and item["country"]}
    return Finding(
        iri=str(row["finding"]),
        seen=row["findingBasis"].slug != "recalled",
        unit=row["findingUnit"].slug if row["findingUnit"] else "",
        follow_up=str(row["followUp"] or ""),
        source=str(row["source"]),
        design=row["design"].slug,
        home=bool(countries & designs.HOME),
        year=int(str(row["year"])[:4]),
    )
