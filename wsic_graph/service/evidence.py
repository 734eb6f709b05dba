"""Element 4: the evidence review."""

from __future__ import annotations

from collections import defaultdict

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.answers import Row
from wsic_graph.service.graph import GraphOf
from wsic_graph.service.listing import answer
from wsic_graph.service.pages import render

router = APIRouter()


@router.get("/evidence")
@router.get("/evidence.{suffix}")
def evidence_review(request: Request, graph: GraphOf, suffix: str = "") -> Response:
    """The sources, all or narrowed."""
    return answer(request, graph, "evidence", "evidence_list.html", suffix)


@router.get("/evidence/{slug}")
def evidence_source(request: Request, graph: GraphOf, slug: str) -> Response:
    """One source with all its findings, and what rests on them."""
    record = graph.record("evidence", slug, "/evidence")
    uses: defaultdict[str, list[Row]] = defaultdict(list)
    for row in graph.rows("pages/evidence-uses", evidence=record.iri):
        uses[str(row["finding"] or row["relation"])].append(row)
    return render(request, graph, "evidence.html", record=record, uses=uses)
