"""The published measures of every present council, as one table in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np
import numpy.typing as npt

from wsic_graph.answers import Iri, Row, rows
from wsic_graph.engine import Door

QUERY = "pages/neighbour-measures"
"""The saved query that says what the measures are."""

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Measure:
    """What councils are compared by; ``usual`` ones are used unless others are chosen."""

    slug: str
    label: str
    unit: str
    group: str
    usual: bool
    indicator: Iri
    period: str


@dataclass(frozen=True)
class Council:
    """A present English council with adult social care duties."""

    iri: Iri
    name: str
    type: str
    region: str


@dataclass(frozen=True)
class Figure:
    """One figure of one council, with what it rests on."""

    value: Decimal
    basis: Iri
    source: Iri


def standardised(values: Matrix) -> Matrix:
    """``values`` by column less the mean, by the population standard deviation of those that have one; NaN stays.

    A measure that is the same everywhere tells nobody apart, so all its scores are nought.
    """
    spread = np.nanstd(values, axis=0)
    scores: Matrix = (values - np.nanmean(values, axis=0)) / np.where(spread > 0, spread, 1.0)
    return scores


class Councils:
    """Every present council with its measures; read from the graph once, when first needed."""

    def __init__(self, door: Door) -> None:
        self._door = door

    @property
    def known(self) -> bool:
        """Whether they have been read."""
        return "table" in vars(self)

    @cached_property
    def table(self) -> Table:
        """The councils of the graph."""
        return Table.read(rows(self._door, QUERY))


class Table:
    """Councils by IRI and measures by name, in the order of the query, with their figures."""

    def __init__(
        self,
        councils: Sequence[Council],
        measures: Sequence[Measure],
        figures: dict[tuple[str, str], Figure],
    ) -> None:
        self.councils = {council.iri: council for council in councils}
        self.measures = {measure.slug: measure for measure in measures}
        self._figures = figures

    @classmethod
    def read(cls, found: Iterable[Row]) -> Table:
        """From the rows of ``pages/neighbour-measures``."""
        councils: dict[Iri, Council] = {}
        measures: dict[str, Measure] = {}
        figures: dict[tuple[str, str], Figure] = {}
        for row in found:
            area, indicator, value = row["area"], row["indicator"], row["value"]
            basis, source = row["basis"], row["source"]
            assert isinstance(area, Iri) and isinstance(indicator, Iri) and isinstance(value, int | Decimal)
            assert isinstance(basis, Iri) and isinstance(source, Iri)
            slug = str(row["measure"])
            councils.setdefault(area, Council(area, str(row["name"]), str(row["typeLabel"]), str(row["regionLabel"])))
            label, unit, group, period = (str(row[name]) for name in ("label", "unit", "group", "periodLabel"))
            measures.setdefault(slug, Measure(slug, label, unit, group, row["usual"] is True, indicator, period))
            figures[area, slug] = Figure(Decimal(value), basis, source)
        return cls(list(councils.values()), list(measures.values()), figures)

    @property
    def usual(self) -> list[Measure]:
        """The measures that are used unless others are chosen."""
        return [measure for measure in self.measures.values() if measure.usual]

    def figure(self, area: str, measure: str) -> Figure | None:
        """The figure of a council, or None where none is published."""
        return self._figures.get((area, measure))

    def values(self, chosen: Sequence[Measure]) -> Matrix:
        """Councils by ``chosen`` measures, in their own units; NaN where there is no figure."""
        found = [[self.figure(area, measure.slug) for measure in chosen] for area in self.councils]
        return np.array([[np.nan if cell is None else float(cell.value) for cell in row] for row in found])

    @cached_property
    def row(self) -> dict[str, int]:
        """Which row of a matrix belongs to a council."""
        return {area: at for at, area in enumerate(self.councils)}

    def scores(self, chosen: Sequence[Measure]) -> Matrix:
        """Councils by ``chosen`` measures, in standard deviations from the mean."""
        columns = list(self.measures)
        return self._scores[:, [columns.index(measure.slug) for measure in chosen]]

    @cached_property
    def _scores(self) -> Matrix:
        return standardised(self.values(list(self.measures.values())))

    def choose(self, slugs: Iterable[str]) -> tuple[list[Measure], list[str]]:
        """The measures named by ``slugs``, or the usual ones if none is known, and the names that are unknown."""
        wanted = list(dict.fromkeys(slug for slug in slugs if slug))
        known = [measure for slug, measure in self.measures.items() if slug in wanted]
        return known or self.usual, [slug for slug in wanted if slug not in self.measures]
