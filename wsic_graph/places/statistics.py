"""The statistics of one area: rates beside places like it and England, and what was derived and how."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from operator import itemgetter
from statistics import median

from wsic_graph.answers import Iri, Row, rows
from wsic_graph.engine import Door
from wsic_graph.namespaces import ID

QUERY = "pages/area-comparison"
"""The saved query that sets areas beside each other."""
ENGLAND = Iri(f"{ID}area/E92000001")
"""What it always sets beside them."""


@dataclass(frozen=True)
class Rate:
    """A rate in one period: here, in the middle of ``count`` places like it, and in England; None where not known."""

    period: str
    here: Row | None
    middle: Decimal | None
    count: int
    england: Row | None


@dataclass(frozen=True)
class Series:
    """The rates of one indicator and age band, oldest first; ``trend`` says whether they may be read as a series."""

    row: Row
    rates: tuple[Rate, ...]

    @property
    def trend(self) -> bool:
        """Whether the definition stayed the same and there is more than one period here."""
        return self.row["trend"] is True and sum(rate.here is not None for rate in self.rates) > 1

    @property
    def latest(self) -> Rate | None:
        """The newest period that there is a figure for here."""
        return next((rate for rate in reversed(self.rates) if rate.here is not None), None)


class Comparisons:
    """The rates of every area; read from the graph once, when first needed."""

    def __init__(self, door: Door) -> None:
        self._door = door

    @cached_property
    def _by_area(self) -> dict[str, dict[str, list[tuple[int, Row]]]]:
        """The rows by area and indicator, each with its place in the whole answer."""
        found: defaultdict[str, defaultdict[str, list[tuple[int, Row]]]] = defaultdict(lambda: defaultdict(list))
        for place, row in enumerate(rows(self._door, QUERY, areas="")):
            found[str(row["area"])][str(row["indicator"])].append((place, row))
        return {area: dict(kinds) for area, kinds in found.items()}

    def of(self, areas: Iterable[Iri], indicators: Iterable[str] = ()) -> list[Row]:
        """The rows of ``areas`` as the query has them: by measure, then by period. All measures, or ``indicators``."""
        wanted = frozenset(indicators)
        found = [
            placed
            for area in areas
            for indicator, kind in self._by_area.get(area, {}).items()
            if not wanted or indicator in wanted
            for placed in kind
        ]
        return [row for _, row in sorted(found, key=itemgetter(0))]


def codes(areas: Iterable[Iri]) -> str:
    """``areas`` as the query takes them."""
    return " ".join(area.slug for area in areas)


def read_series(found: Iterable[Row], area: str, england: str) -> dict[tuple[Iri, Iri], Series]:
    """Series by indicator and age band, from ``pages/area-comparison`` for ``area``, England and places like it."""
    groups: dict[tuple[Iri, Iri], list[Row]] = {}
    for row in found:
        indicator, band = row["indicator"], row["ageBand"]
        assert isinstance(indicator, Iri) and isinstance(band, Iri)
        groups.setdefault((indicator, band), []).append(row)
    return {key: Series(group[0], tuple(_rates(group, area, england))) for key, group in groups.items()}


def _rates(group: list[Row], area: str, england: str) -> Iterable[Rate]:
    periods: dict[str, dict[str, Row]] = {}
    for row in group:
        periods.setdefault(str(row["periodLabel"]), {})[str(row["area"])] = row
    for period, now in periods.items():
        others = [_value(row) for iri, row in now.items() if iri not in (area, england)]
        yield Rate(period, now.get(area), median(others) if others else None, len(others), now.get(england))


def _value(row: Row) -> Decimal:
    value = row["value"]
    assert isinstance(value, int | Decimal)
    return Decimal(value)


@dataclass(frozen=True)
class Treated:
    """Figures of one source that were not simply copied: what was done, and to which indicators."""

    source: Iri
    row: Row
    indicators: tuple[str, ...]


def treated(statistics: Iterable[Row]) -> list[Treated]:
    """What is derived or modelled among rows of ``pages/area-statistics``, by source."""
    found: dict[tuple[Iri, Iri], list[Row]] = {}
    for row in statistics:
        source, basis = row["source"], row["basis"]
        assert isinstance(source, Iri) and isinstance(basis, Iri)
        if basis.slug != "verified":
            found.setdefault((source, basis), []).append(row)
    return [
        Treated(source, group[0], tuple(dict.fromkeys(str(row["indicatorLabel"]) for row in group)))
        for (source, _), group in found.items()
    ]
