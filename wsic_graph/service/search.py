"""Search over everything, and what fits what is typed so far."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.search.index import Index
from wsic_graph.search.lists import KINDS
from wsic_graph.service.graph import GraphOf
from wsic_graph.service.links import page_of
from wsic_graph.service.listing import answer

router = APIRouter()
_SUGGESTIONS = 8


@router.get("/search/suggest")
def suggest(request: Request, q: str = "") -> list[dict[str, Any]]:
    """Up to eight records for what is typed so far: title, kind and page."""
    index: Index = request.app.state.index
    return [
        {"title": hit.title, "kind": KINDS[hit.kind], "page": page_of(hit.iri)} for hit in index.begin(q, _SUGGESTIONS)
    ]


@router.get("/search")
@router.get("/search.{suffix}")
def search(request: Request, graph: GraphOf, suffix: str = "") -> Response:
    """The records that have the words."""
    return answer(request, graph, "search", "search.html", suffix, kinds=KINDS)
