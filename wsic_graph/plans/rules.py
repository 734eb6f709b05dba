"""The rules of a planning period: its sections, national conditions, metrics and money."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from wsic_graph.answers import Iri, Row
from wsic_graph.errors import ParameterError
from wsic_graph.plans.ground import mark_of
from wsic_graph.plans.model import Fact, Mark
from wsic_graph.prefill.facts import Rows

FIRST, LAST = 2013, 2025
"""The first and the last year of the rules that the graph holds, by the year in which each begins."""
ALWAYS = ("local-need", "evidence", "benefits-model", "risks", "references")
"""Sections that a board needs in every year, although the template did not always ask for them."""
_YEAR = re.compile(r"(\d{4})(?:[-/](\d{2,4}))?")


@dataclass(frozen=True)
class Period:
    """A planning period."""

    iri: Iri
    label: str
    start: str
    end: str
    note: str
    sections: int


@dataclass(frozen=True)
class Rule:
    """A section, condition, metric or funding line with all its rows."""

    row: Row
    rows: tuple[Row, ...]

    @property
    def iri(self) -> Iri:
        """Which it is."""
        found = self.row["section"] if "section" in self.row else self.row["item"]
        assert isinstance(found, Iri)
        return found

    @property
    def basis(self) -> Mark:
        """Whether it was seen or is recalled."""
        return mark_of(self.row["basis"])

    def related(self, relation: str) -> list[Row]:
        """The rows of a section that have this relation."""
        return [row for row in self.rows if row["relation"] == relation]

    @property
    def sources(self) -> tuple[Fact, ...]:
        """Where it was read."""
        if "section" in self.row:
            found = [(row["item"], row["itemLabel"], "pages/plan-sections") for row in self.related("source")]
        else:
            found = [(row["source"], row["sourceTitle"], "pages/plan-rules") for row in self.rows]
        return tuple(Fact(label=str(label), iri=str(iri), query=query) for iri, label, query in found)


@dataclass(frozen=True)
class Rules:
    """Everything that a planning period asks."""

    period: Period
    year: str
    sections: tuple[tuple[Rule, bool], ...]
    """Each with whether the template of the period asks for it."""
    conditions: tuple[Rule, ...]
    metrics: tuple[Rule, ...]
    funding: tuple[Rule, ...]
    borrowed: str = ""
    """The period whose template stands in, where none was issued."""


def years() -> list[str]:
    """The years of the planning rules that may be chosen, the newest first."""
    return [f"{year}-{(year + 1) % 100:02}" for year in range(LAST, FIRST - 1, -1)]


def read_year(text: str) -> str:
    """A year such as ``2025-26``, also from ``2025/26`` and ``2025``. Raises ``ParameterError``."""
    match = _YEAR.fullmatch(text.strip())
    if match and FIRST <= int(match[1]) <= LAST:
        first = int(match[1])
        if match[2] is None or int(match[2]) in ((first + 1) % 100, first + 1):
            return f"{first}-{(first + 1) % 100:02}"
    words = f"{text[:20]!r} is no year of the planning rules; give one from {years()[-1]} to {years()[0]}"
    raise ParameterError("year", words, text[:20])


def read_rules(rows: Rows, year: str) -> Rules:
    """The rules that apply to ``year``: those of the period it lies in, or of the first, for the year before it."""
    periods = [_period(row) for row in rows("plans/periods")]
    day = f"{year[:4]}-04-01"
    period = next((one for one in periods if one.start <= day <= one.end), periods[0])
    borrowed = "" if period.sections else _before(periods, period)
    wanted = next((one for one in periods if one.label == borrowed), period)
    found: dict[str, list[Rule]] = {"NationalCondition": [], "Metric": [], "FundingLine": []}
    for rule in _grouped(rows("pages/plan-rules"), "item"):
        kind = rule.row["class"]
        assert isinstance(kind, Iri)
        if rule.row["period"] == period.iri or (kind.part == "FundingLine" and _funds(rule.row, period)):
            found[kind.part].append(rule)
    sections = []
    for rule in _grouped(rows("pages/plan-sections"), "section"):
        asked = any(row["item"] == wanted.iri for row in rule.related("period"))
        if asked or rule.iri.slug in ALWAYS:
            sections.append((rule, asked))
    return Rules(
        period,
        year,
        tuple(sections),
        tuple(found["NationalCondition"]),
        tuple(found["Metric"]),
        tuple(found["FundingLine"]),
        borrowed,
    )


def _funds(row: Row, period: Period) -> bool:
    """Whether a funding line belongs to a period: the days on which it begins lie in it."""
    return period.start <= str(row["start"]) <= period.end


def _before(periods: Sequence[Period], period: Period) -> str:
    earlier = [one for one in periods if one.start < period.start and one.sections]
    return earlier[-1].label if earlier else ""


def _period(row: Row) -> Period:
    iri, sections = row["period"], row["sections"]
    assert isinstance(iri, Iri) and isinstance(sections, int)
    return Period(iri, str(row["label"]), str(row["start"]), str(row["end"]), str(row["note"] or ""), sections)


def _grouped(found: Sequence[Row], name: Literal["item", "section"]) -> Iterator[Rule]:
    groups: dict[object, list[Row]] = {}
    for row in found:
        groups.setdefault(row[name], []).append(row)
    for rows in groups.values():
        yield Rule(rows[0], tuple(rows))
