"""Identifiers that can be followed: to the page, to the Turtle, or to a plain list of statements."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from wsic_graph.service.accept import preferred
from wsic_graph.service.graph import GraphOf
from wsic_graph.service.links import page_of, turtle_of
from wsic_graph.service.pages import render

router = APIRouter()


@router.get("/id/{kind}/{slug}")
def identifier(request: Request, graph: GraphOf, kind: str, slug: str) -> Response:
    """Sends on (303) to the page, or to the Turtle when that is what the client asks for."""
    iri = graph.require(kind, slug)
    wanted = preferred(request.headers.get("accept", ""), ("text/html", "text/turtle"))
    target = turtle_of(iri) if wanted == "text/turtle" else page_of(iri) or "/"
    return RedirectResponse(target, 303, {"Vary": "Accept"})


@router.get("/data/{kind}/{slug}.ttl")
def turtle(graph: GraphOf, kind: str, slug: str) -> Response:
    """The record and its parts as Turtle."""
    return Response(graph.turtle(graph.require(kind, slug)), media_type="text/turtle; charset=utf-8")


@router.get("/records/{kind}/{slug}")
def statements(request: Request, graph: GraphOf, kind: str, slug: str) -> Response:
    """Any record as a list of its statements, for kinds that have no page of their own."""
    record = graph.record(kind, slug)
    referrers = graph.rows("pages/record-referrers", record=record.iri)
    return render(request, graph, "record.html", record=record, referrers=referrers)
