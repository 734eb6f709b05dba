"""The model plan: sections, national conditions, metrics and funding by period."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.answers import Iri, Row
from wsic_graph.service.graph import GraphOf
from wsic_graph.service.model import grouped
from wsic_graph.service.pages import render

router = APIRouter()


@router.get("/plan")
def plan(request: Request, graph: GraphOf) -> Response:
    """The whole model plan on one page."""
    record = graph.record("plan-template", "better-care-fund")
    sections = grouped(graph.rows("pages/plan-sections"), "section")
    rules: dict[str, list[tuple[Row, list[tuple[Row, list[Row]]]]]] = {}
    for first, rows in grouped(graph.rows("pages/plan-rules"), "class"):
        kind = first["class"]
        assert isinstance(kind, Iri)
        rules[kind.part] = [(period, grouped(items, "item")) for period, items in grouped(rows, "period")]
    return render(request, graph, "plan.html", record=record, sections=sections, rules=rules)
