"""What the pages need of places and initiatives that are alike; kept in memory, the queries behind them named."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import State

from wsic_graph.answers import Iri, Row
from wsic_graph.places import measures, reported, similar, statistics
from wsic_graph.places.measures import Table
from wsic_graph.places.reported import Reported
from wsic_graph.places.similar import Likeness
from wsic_graph.places.statistics import ENGLAND, Comparisons
from wsic_graph.service.graph import Graph, GraphOf


class Alike:
    """Places and initiatives for one page, which names the query behind whatever it takes."""

    def __init__(self, state: State, graph: Graph) -> None:
        self._state = state
        self._graph = graph

    @cached_property
    def table(self) -> Table:
        """The measures of every present council."""
        self._graph.behind(measures.QUERY)
        found: Table = self._state.councils.table
        return found

    def compared(self, areas: list[Iri], indicators: Iterable[str] = ()) -> list[Row]:
        """The rates of ``areas`` and of England, over their periods: of every indicator, or of ``indicators``."""
        self._graph.behind(statistics.QUERY, areas=statistics.codes(areas))
        comparisons: Comparisons = self._state.comparisons
        return comparisons.of(list(dict.fromkeys([*areas, ENGLAND])), indicators)

    @cached_property
    def likeness(self) -> Likeness:
        """The features of every initiative."""
        self._graph.behind(similar.QUERY)
        found: Likeness = self._state.likeness
        return found

    @cached_property
    def reported(self) -> dict[Iri, Reported]:
        """What every initiative reported."""
        self._graph.behind(reported.QUERY)
        return self._results

    def reported_by(self, initiative: Iri) -> Reported:
        """What one initiative of the graph reported."""
        self._graph.behind(reported.QUERY, record=initiative.slug)
        return self._results[initiative]

    def reported_with(self, **features: str) -> dict[Iri, Reported]:
        """What those initiatives reported that have the features given, or narrower ones."""
        if not any(features.values()):
            return self.reported
        found = {row["initiative"] for row in self._graph.rows(reported.QUERY, **features)}
        return {iri: item for iri, item in self._results.items() if iri in found}

    @property
    def _results(self) -> dict[Iri, Reported]:
        found: dict[Iri, Reported] = self._state.results.of
        return found


def get_alike(request: Request, graph: GraphOf) -> Alike:
    """Places and initiatives of the running site, for one request."""
    return Alike(request.app.state, graph)


AlikeOf = Annotated[Alike, Depends(get_alike)]
