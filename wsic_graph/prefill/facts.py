"""What the graph says that a scenario is made of, read by saved queries, each row once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol, cast

from wsic_graph.answers import Row
from wsic_graph.errors import ParameterError
from wsic_graph.namespaces import ID, PREFIXES
from wsic_graph.prefill.numbers import Asked, Basis, Figure, Number

ENGLAND = f"{ID}area/E92000001"
COUNCILS = frozenset({"county-council", "unitary-authority", "metropolitan-borough", "london-borough", "sui-generis"})
OVERARCHING = f"{ID}value-case/overarching#"
_QUARTER = re.compile(r"\d{4}-[a-z]{3}-[a-z]{3}")
"""A period of some months: a count of it is no count of a year, so it is left out."""
_WSIC = PREFIXES["wsic"]
_OBSERVED = f"{PREFIXES['sdmx-measure']}obsValue"


class Rows(Protocol):
    """Asks a saved query by name; values that are empty are left out."""

    def __call__(self, name: str, **values: str) -> Sequence[Row]:
        """The rows of the saved query ``name``."""
        ...


@dataclass(frozen=True)
class Kin:
    """A council that came before or after another; ``share`` of the older one's people came to the younger."""

    area: str
    label: str
    share: Figure
    share65: Figure


@dataclass(frozen=True)
class Place:
    """A council, with what came before and after it."""

    area: str
    code: str
    label: str
    kind: str
    begins: str
    ends: str
    predecessors: tuple[Kin, ...]
    successors: tuple[Kin, ...]


class Statistics:
    """The figures of one area by indicator, age band and period."""

    def __init__(self, found: dict[tuple[str, str, str], Figure]) -> None:
        self._found = found

    def at(self, indicator: str, band: str, period: str) -> Figure | None:
        """The figure of one period."""
        return self._found.get((indicator, band, period))

    def newest(self, indicator: str, band: str) -> Figure | None:
        """The newest figure."""
        figures = [figure for key, figure in self._found.items() if key[:2] == (indicator, band)]
        return max(figures, key=lambda figure: (figure.start, figure.period), default=None)

    def together(self, indicator: str, bands: Sequence[str]) -> tuple[Figure, ...]:
        """The figures of several bands for the newest period that has them all, or nothing."""
        periods = [
            {key[2]: figure for key, figure in self._found.items() if key[:2] == (indicator, band)} for band in bands
        ]
        common = set.intersection(*(set(one) for one in periods))
        if not common:
            return ()
        newest = max(common, key=lambda period: (periods[0][period].start, period))
        return tuple(one[newest] for one in periods)

    def nearest(self, indicator: str, bands: Sequence[str], start: str) -> tuple[Figure, ...]:
        """As :meth:`together`, for the period whose year is nearest to that of ``start``."""
        year = int(start[:4]) if start[:4].isdigit() else 9999
        by_period: dict[str, list[Figure]] = {}
        for band in bands:
            for key, figure in self._found.items():
                if key[:2] == (indicator, band):
                    by_period.setdefault(key[2], []).append(figure)
        whole = {
            abs(int(figures[0].start[:4] or 0) - year): tuple(figures)
            for figures in by_period.values()
            if len(figures) == len(bands)
        }
        return whole[min(whole)] if whole else ()


def total(figures: Sequence[Figure]) -> Number:
    """The sum of figures, as published."""
    first, *rest = (Number.of(figure) for figure in figures)
    found = first
    for number in rest:
        found = found + number
    period = figures[0].period
    return found.said(f"{' + '.join(figure.label for figure in figures)}, {period}")


class Facts:
    """The graph as the calculator needs it."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._statistics: dict[str, Statistics] = {}

    def rows(self, name: str, **values: str) -> list[Any]:
        """The rows of a saved query."""
        return list(self._rows(name, **values))

    def place(self, code: str) -> Place:
        """The council with ``code``. Raises ``ParameterError`` if there is none."""
        wanted = code.strip().upper()
        wanted = wanted.rsplit("/", 1)[-1]
        found = self.rows("calculator/area", code=wanted) if wanted.isalnum() and len(wanted) == 9 else []
        if not found:
            words = f"{code[:60]!r} is not the code of a council in the graph; give its nine-character code"
            raise ParameterError("area", f"{words}, for example E06000027 (Torbay)", code[:60])
        first = found[0]
        if first["type"].slug not in COUNCILS:
            words = f"{first['label']} is a {str(first['typeLabel']).lower()}, not a council with adult social care"
            raise ParameterError("area", f"{words}; choose a council in it, for example E06000027 (Torbay)", code)
        return Place(
            area=first["area"],
            code=str(first["gss"]),
            label=str(first["label"]),
            kind=first["type"].slug,
            begins=str(first["from"] or ""),
            ends=str(first["to"] or ""),
            predecessors=_kin(found, "predecessor", wanted),
            successors=_kin(found, "successor", wanted),
        )

    def statistics(self, area: str) -> Statistics:
        """The figures of an area."""
        if area not in self._statistics:
            asked = Asked("calculator/figures", (("area", area),))
            self._statistics[area] = Statistics(
                {
                    (row["indicator"].slug, row["band"].slug, row["when"].slug): _observed(row, asked)
                    for row in self.rows("calculator/figures", area=area)
                    if not _QUARTER.fullmatch(row["when"].slug)
                }
            )
        return self._statistics[area]

    @property
    def england(self) -> Statistics:
        """The figures of England."""
        return self.statistics(ENGLAND)

    def national(self, name: str) -> Figure:
        """A national figure of the overarching value case. Raises ``KeyError``."""
        return self._national[OVERARCHING + name]

    def finding(self, name: str) -> Figure:
        """A finding with a number, for example ``forder-2011-length-of-stay-care-homes#f2``. Raises ``KeyError``."""
        return self._findings[f"{ID}evidence/{name}"]

    @cached_property
    def _national(self) -> dict[str, Figure]:
        name = "calculator/national-figures"
        return {
            str(row["figure"]): _figure(
                row, ("figure", "value"), str(row["description"]), str(row["period"]), Asked(name)
            )
            for row in self.rows(name)
        }

    @cached_property
    def _findings(self) -> dict[str, Figure]:
        name = "calculator/findings-in-numbers"
        return {
            str(row["finding"]): replace(
                _figure(row, ("finding", "value"), str(row["description"]), f"published {row['year']}", Asked(name)),
                unit=str(row["unitText"]),
            )
            for row in self.rows(name)
        }

    @cached_property
    def unit_costs(self) -> dict[tuple[str, str], Figure]:
        """Unit costs in pounds by slug and financial year of the prices."""
        name = "pages/unit-costs"
        return {
            (str(row["cost"].slug).rpartition(".")[0], str(row["priceYear"])): _figure(
                row, ("cost", "amount"), str(row["label"]), str(row["priceYear"]), Asked(name)
            )
            for row in self.rows(name)
            if row["currency"] == "GBP"
        }

    def newest_cost(self, slug: str) -> Figure | None:
        """The unit cost called ``slug`` at the newest prices that were seen; recalled only if there is no other."""
        found = [figure for (name, _), figure in self.unit_costs.items() if name == slug]
        return max(found, key=lambda figure: (figure.basis != "recalled", figure.period), default=None)

    @cached_property
    def deflators(self) -> list[tuple[str, str, bool, Figure]]:
        """Measure, financial year, whether it is an outturn, and the figure."""
        name = "calculator/deflators"
        return [
            (
                row["measure"].slug,
                str(row["year"]),
                row["status"].slug == "outturn",
                replace(
                    _figure(row, ("deflator", "value"), "GDP deflator", str(row["year"]), Asked(name)),
                    unit=str(row["base"]),
                ),
            )
            for row in self.rows(name)
        ]


def _kin(found: Sequence[Any], relation: str, code: str) -> tuple[Kin, ...]:
    asked = Asked("calculator/area", (("code", code),))
    kin: list[Kin] = []
    for row in found:
        if row["relation"] == relation:
            share, share65 = (
                Figure(
                    iri=str(row["succession"]),
                    property=f"{_WSIC}{name}",
                    value=Decimal(row[column]),
                    unit="share of the people of the older council",
                    basis=cast(Basis, row["shareBasis"].slug),
                    sources=_texts(row["shareSource"]),
                    period="mid-2014",
                    label=f"Share of the people of {row['otherLabel']}",
                    asked=asked,
                )
                for name, column in (("populationShare", "share"), ("populationShare65", "share65"))
            )
            kin.append(Kin(str(row["other"]), str(row["otherLabel"]), share, share65))
    return tuple(kin)


def _observed(row: Any, asked: Asked) -> Figure:
    return Figure(
        iri=str(row["observation"]),
        property=_OBSERVED,
        value=Decimal(row["value"]),
        unit=str(row["unit"]),
        basis=cast(Basis, row["basis"].slug),
        sources=_texts(row["source"]),
        period=str(row["period"]),
        label=f"{row['indicatorLabel']} ({row['bandLabel']})",
        asked=asked,
        start=str(row["start"] or ""),
    )


def _figure(row: Any, names: tuple[str, str], label: str, period: str, asked: Asked) -> Figure:
    """The figure of a row; ``names`` are the column of the thing and the property that has its value."""
    thing, value = names
    return Figure(
        iri=str(row[thing]),
        property=f"{_WSIC}{value}",
        value=Decimal(row[value]),
        unit=str(row.get("unit") or ""),
        basis=cast(Basis, row["basis"].slug),
        sources=_texts(row["source"]),
        period=period,
        label=label,
        asked=asked,
    )


def _texts(value: object) -> tuple[str, ...]:
    return () if value is None else (str(value),)
