"""What the pages need of places and initiatives that are alike; kept in memory, the queries behind them named."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from wsic_graph.answers import Iri
from wsic_graph.places import measures, reported, similar
from wsic_graph.places.measures import Councils, Table
from wsic_graph.places.reported import Reported, Results
from wsic_graph.places.similar import Likeness
from wsic_graph.service.graph import Graph, GraphOf


def get_table(request: Request, graph: GraphOf) -> Table:
    """The measures of every present council."""
    councils: Councils = request.app.state.councils
    graph.behind(measures.QUERY)
    return councils.table


def get_likeness(request: Request, graph: GraphOf) -> Likeness:
    """The features of every initiative."""
    likeness: Likeness = request.app.state.likeness
    graph.behind(similar.QUERY)
    return likeness


class Told:
    """What initiatives reported, for one page, which names the query behind what it takes."""

    def __init__(self, results: Results, graph: Graph) -> None:
        self._results = results
        self._graph = graph

    def all(self) -> dict[Iri, Reported]:
        """Every initiative."""
        self._graph.behind(reported.QUERY)
        return self._results.of

    def one(self, initiative: Iri) -> Reported:
        """One initiative of the graph."""
        self._graph.behind(reported.QUERY, record=initiative.slug)
        return self._results.of[initiative]

    def those(self, **narrowed: str) -> dict[Iri, Reported]:
        """Those with the care group and the intervention given, and with all that is narrower."""
        if not any(narrowed.values()):
            return self.all()
        found = {row["initiative"] for row in self._graph.rows(reported.QUERY, **narrowed)}
        return {iri: item for iri, item in self._results.of.items() if iri in found}


def get_told(request: Request, graph: GraphOf) -> Told:
    """What the initiatives reported."""
    return Told(request.app.state.results, graph)


TableOf = Annotated[Table, Depends(get_table)]
LikenessOf = Annotated[Likeness, Depends(get_likeness)]

ToldOf = Annotated[Told, Depends(get_told)]
