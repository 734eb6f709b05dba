"""The front page, and what the marks mean."""

from __future__ import annotations

from itertools import groupby

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.service.graph import GraphOf
from wsic_graph.service.pages import render

router = APIRouter()


@router.get("/")
def home(request: Request, graph: GraphOf) -> Response:
    """The six elements as doors, with how much each holds."""
    counts = {row["what"]: row["count"] for row in graph.rows("pages/home")}
    directions = graph.rows("pages/findings-by-direction")
    newest = graph.rows("pages/newest")
    return render(request, graph, "home.html", counts=counts, directions=directions, newest=newest)


@router.get("/marks")
def marks(request: Request, graph: GraphOf) -> Response:
    """What the words used as marks mean."""
    groups = groupby(graph.rows("pages/definitions"), key=lambda row: str(row["scheme"]).rsplit("/", 1)[-1])
    return render(request, graph, "marks.html", schemes={name: list(rows) for name, rows in groups})
