"""Element 6 as a map: the initiatives of the United Kingdom, and those abroad by country."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.answers import Iri, Row
from wsic_graph.places.maps import Place, on_the_map
from wsic_graph.places.reported import Reported
from wsic_graph.search.lists import LISTS
from wsic_graph.service.alike import AlikeOf
from wsic_graph.service.graph import GraphOf
from wsic_graph.service.links import page_of
from wsic_graph.service.listing import MOST, behind, view_of
from wsic_graph.service.model import grouped
from wsic_graph.service.pages import render

router = APIRouter()


MAP = replace(LISTS["initiatives"], path="/initiatives/map", rows=MOST)
"""The list of initiatives as a map: all that is found at once."""


@router.get("/initiatives/map")
def initiative_map(request: Request, graph: GraphOf, alike: AlikeOf) -> Response:
    """Where the initiatives are, all or narrowed as their list is; the lists beside it have the same ones."""
    view = view_of(request, MAP)
    behind(graph, view)
    chosen = {hit.iri for hit in view.found.hits}
    found = [row for row in graph.rows("pages/initiative-places") if row["initiative"] in chosen]
    results = alike.reported
    points, _ = on_the_map(_place(row, results) for row in found)
    drawn = {point.place.href for point in points}
    return render(
        request,
        graph,
        "initiative_map.html",
        view=view,
        points=points,
        in_uk=grouped((row for row in found if page_of(str(row["initiative"])) in drawn), "nationLabel"),
        abroad=grouped((row for row in found if page_of(str(row["initiative"])) not in drawn), "nationLabel"),
        reported=results,
        as_list=replace(view, of=LISTS["initiatives"]).address(limit=LISTS["initiatives"].rows),
    )


def _place(row: Row, results: dict[Iri, Reported]) -> Place:
    iri, lat, long = row["initiative"], row["lat"], row["long"]
    assert isinstance(iri, Iri) and isinstance(lat, int | Decimal) and isinstance(long, int | Decimal)
    return Place(str(row["title"]), page_of(iri) or "", float(lat), float(long), results[iri].standing)
