"""The guides, and the glossary made from the schemes."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup
from starlette.exceptions import HTTPException

from wsic_graph.guides import ORDER, guides
from wsic_graph.service.graph import GraphOf
from wsic_graph.service.model import grouped
from wsic_graph.service.pages import render

router = APIRouter()
PATHS = ("/guide", "/guide/glossary", *(f"/guide/{name}" for name in ORDER))
"""The pages, for the sitemap."""


@router.get("/guide")
def index(request: Request) -> Response:
    """The list of the guides."""
    return render(request, None, "guides.html", guides=guides().values())


@router.get("/guide/glossary")
def glossary(request: Request, graph: GraphOf) -> Response:
    """Every term of the schemes that people meet on the pages, by first letter."""
    rows = [{**row, "letter": str(row["label"])[:1].upper()} for row in graph.rows("pages/glossary")]
    return render(request, graph, "glossary.html", letters=grouped(rows, "letter"), terms=len(rows))


@router.get("/guide/{name}.md")
def source(name: str) -> Response:
    """The text of a guide as it was written."""
    if name not in ORDER:
        raise HTTPException(404, _missing(name))
    return Response(guides()[name].source, media_type="text/markdown; charset=utf-8")


@router.get("/guide/{name}")
def guide(request: Request, name: str) -> Response:
    """One guide."""
    if name not in ORDER:
        raise HTTPException(404, _missing(name))
    found = guides()[name]
    pieces = [(Markup(piece.html), piece) for piece in found.pieces]  # noqa: S704  made of our files, raw HTML turned off
    return render(request, None, "guide.html", guide=found, pieces=pieces)


def _missing(name: str) -> str:
    return f"There is no guide called “{name}”. There are: glossary, {', '.join(ORDER)}."
