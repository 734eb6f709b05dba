"""A source: the document as it was seen, and everything that rests on it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.service.graph import GraphOf
from wsic_graph.service.model import grouped
from wsic_graph.service.pages import render

router = APIRouter()


@router.get("/sources/{slug}")
def source(request: Request, graph: GraphOf, slug: str) -> Response:
    """One source."""
    record = graph.record("source", slug)
    uses = grouped(graph.rows("pages/source-uses", source=record.iri), "owner")
    statistics = graph.rows("pages/source-statistics", source=record.iri)
    return render(request, graph, "source.html", record=record, uses=uses, statistics=statistics)
