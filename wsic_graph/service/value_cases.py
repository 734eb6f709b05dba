"""Elements 1 and 2: the overarching value case and the value cases of places."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.service.graph import GraphOf
from wsic_graph.service.listing import answer
from wsic_graph.service.pages import render
from wsic_graph.service.record import Link, Node

router = APIRouter()


@router.get("/value-cases")
@router.get("/value-cases.{suffix}")
def value_cases(request: Request, graph: GraphOf, suffix: str = "") -> Response:
    """The value cases of places, all or narrowed."""
    return answer(request, graph, "value-cases", "value_cases.html", suffix)


@router.get("/value-cases/overarching")
def overarching(request: Request, graph: GraphOf) -> Response:
    """The national argument in four strands."""
    record = graph.record("value-case", "overarching", "/value-cases")
    return render(request, graph, "overarching.html", record=record)


@router.get("/value-cases/{slug}")
def value_case(request: Request, graph: GraphOf, slug: str) -> Response:
    """One value case with all its parts."""
    record = graph.record("value-case", slug, "/value-cases")
    return render(request, graph, "value_case.html", record=record, claims=_by_origin(record.parts("wsic:claim")))


def _by_origin(claims: list[Node]) -> dict[str, list[Node]]:
    """Claims of independent bodies, of the programme itself, and about a whole national programme."""
    groups: dict[str, list[Node]] = {"independent": [], "own": [], "national": []}
    for claim in claims:
        scope = claim["wsic:evidenceScope"]
        if isinstance(scope, Link) and scope.iri.slug == "national-programme":
            groups["national"].append(claim)
        else:
            groups["independent" if claim["wsic:independent"] else "own"].append(claim)
    return {name: found for name, found in groups.items() if found}
