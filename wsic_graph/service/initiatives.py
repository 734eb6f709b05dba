"""Element 6: the database of initiatives."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.service.alike import AlikeOf
from wsic_graph.service.graph import GraphOf
from wsic_graph.service.listing import answer
from wsic_graph.service.pages import render
from wsic_graph.service.record import Link, Node

router = APIRouter()


@router.get("/initiatives")
@router.get("/initiatives.{suffix}")
def initiatives(request: Request, graph: GraphOf, suffix: str = "") -> Response:
    """The initiatives, all or narrowed."""
    return answer(request, graph, "initiatives", "initiatives.html", suffix)


@router.get("/initiatives/{slug}")
def initiative(request: Request, graph: GraphOf, alike: AlikeOf, slug: str) -> Response:
    """One initiative; results for one outcome stand together, and those that disagree are said to."""
    record = graph.record("initiative", slug, "/initiatives")
    outcomes: dict[str, list[Node]] = {}
    for result in record.parts("wsic:result"):
        outcome = result["wsic:outcome"]
        outcomes.setdefault(outcome.label if isinstance(outcome, Link) else "", []).append(result)
    similar = alike.likeness.of(record.iri, alike.table)
    return render(
        request,
        graph,
        "initiative.html",
        record=record,
        reported=alike.reported_by(record.iri),
        outcomes=outcomes,
        similar=similar,
        others=alike.reported if similar else {},
    )
