"""The statistics of one area: rates beside places like it and England, and what was derived and how."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from wsic_graph.answers import Iri, Row


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


def read_series(found: Iterable[Row], area: str, england: str) -> dict[tuple[Iri, Iri], Series]:
    """Series by indicator and age band, from ``pages/area-comparison`` for ``area``, England and places like it."""
    rows: dict[tuple[Iri, Iri], list[Row]] = {}
    for row in found:
        indicator, band = row["indicator"], row["ageBand"]
        assert isinstance(indicator, Iri) and isinstance(band, Iri)
        rows.setdefault((indicator, band), []).append(row)
    return {key: Series(group[0], tuple(_rates(group, area, england))) for key, group in rows.items()}


def _rates(rows: list[Row], area: str, england: str) -> Iterable[Rate]:
    for period in dict.fromkeys(str(row["periodLabel"]) for row in rows):
        now = {str(row["area"]): row for row in rows if row["periodLabel"] == period}
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
        Treated(source, rows[0], tuple(dict.fromkeys(str(row["indicatorLabel"]) for row in rows)))
        for (source, _), rows in found.items()
    ]
