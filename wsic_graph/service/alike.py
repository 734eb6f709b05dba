"""What the pages need of places and initiatives that are alike; kept in memory, the queries behind them named."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from wsic_graph.answers import Iri
from wsic_graph.places import measures, similar
from wsic_graph.places.measures import Councils, Table
from wsic_graph.places.reported import Reported, read_reported
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


TableOf = Annotated[Table, Depends(get_table)]
LikenessOf = Annotated[Likeness, Depends(get_likeness)]


def reported(graph: Graph, **narrowed: str) -> dict[Iri, Reported]:
    """What initiatives reported: all, or those that have the care group and intervention given, or one ``record``."""
    return read_reported(graph.rows("pages/initiative-results", **narrowed))
