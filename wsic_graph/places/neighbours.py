"""Statistical neighbours: the councils most like one, by published measures.

Each measure is standardised over the councils that have it (less the mean, by the
standard deviation), so that its unit does not count. The distance between two
councils is the Euclidean distance between their scores. Where one of the two lacks
a measure they are compared on the others, and the sum of squares is scaled up by
the number of measures chosen to the number compared, as if the missing ones
differed by as much as the rest (Dixon, "Pattern recognition with partly missing
data", IEEE Transactions on Systems, Man, and Cybernetics 9, 1979, 617-621). A
council that shares fewer than half of the chosen measures is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wsic_graph.answers import Iri
from wsic_graph.places.measures import Council, Figure, Matrix, Measure, Table

NEAR = 0.5
"""Two councils are called similar in a measure when they are at most this many standard deviations apart."""


@dataclass(frozen=True)
class Compared:
    """One measure for two councils; ``apart`` in standard deviations, None where a figure is missing."""

    measure: Measure
    here: Figure | None
    there: Figure | None
    apart: float | None

    @property
    def similar(self) -> bool:
        """Whether the two are close in this measure."""
        return self.apart is not None and self.apart <= NEAR


@dataclass(frozen=True)
class Neighbour:
    """A council and how far it is from the one asked about, with the measures behind the distance."""

    council: Council
    distance: float
    measures: tuple[Compared, ...]

    @property
    def missing(self) -> list[Measure]:
        """The measures on which the two could not be compared."""
        return [item.measure for item in self.measures if item.apart is None]


def distances(ones: Matrix, others: Matrix) -> Matrix:
    """The distance of each of ``ones`` to each of ``others``, rows of scores; NaN where too little is shared."""
    apart = (ones[:, None, :] - others[None, :, :]) ** 2
    compared = np.sum(~np.isnan(apart), axis=2)
    chosen = others.shape[1]
    enough = np.where(compared * 2 >= chosen, compared, np.nan)
    distance: Matrix = np.sqrt(np.nansum(apart, axis=2) * chosen / enough)
    return distance


def nearest(table: Table, area: str, chosen: Sequence[Measure], most: int = 10) -> list[Neighbour]:
    """At most ``most`` councils like ``area``, nearest first; none if ``area`` is no present council."""
    if area not in table.councils or not chosen:
        return []
    scores = table.scores(chosen)
    distance = distances(scores[[table.row[area]]], scores)[0]
    others = [iri for iri, at in table.row.items() if iri != area and not np.isnan(distance[at])]
    others.sort(key=lambda iri: (distance[table.row[iri]], iri))
    return [
        Neighbour(table.councils[Iri(iri)], float(distance[table.row[iri]]), compare(table, area, iri, chosen))
        for iri in others[:most]
    ]


def compare(table: Table, one: str, other: str, chosen: Sequence[Measure]) -> tuple[Compared, ...]:
    """Two councils measure by measure."""
    scores = table.scores(chosen)
    apart = scores[table.row[one]] - scores[table.row[other]]
    return tuple(
        Compared(
            measure,
            table.figure(one, measure.slug),
            table.figure(other, measure.slug),
            None if np.isnan(gap) else float(abs(gap)),
        )
        for measure, gap in zip(chosen, apart, strict=True)
    )
