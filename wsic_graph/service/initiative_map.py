"""Element 6 as a map: the initiatives of the United Kingdom, and those abroad by country."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from wsic_graph.answers import Iri, Row
from wsic_graph.places.maps import Place, on_the_map
from wsic_graph.places.reported import Reported
from wsic_graph.service.alike import AlikeOf
from wsic_graph.service.graph import GraphOf
from wsic_graph.service.links import page_of
from wsic_graph.service.model import grouped
from wsic_graph.service.pages import render

router = APIRouter()


class Shown(BaseModel):
    """What the map is narrowed by: last parts of IRIs, empty for all."""

    care_group: str = ""
    intervention: str = ""
    programme: str = ""


@router.get("/initiatives/map")
def initiative_map(request: Request, graph: GraphOf, alike: AlikeOf, shown: Annotated[Shown, Query()]) -> Response:
    """Where the initiatives are, all or narrowed; the lists have the same ones."""
    chosen = shown.model_dump()
    found = graph.rows("pages/initiative-places", **chosen)
    results = alike.reported
    points, _ = on_the_map(_place(row, results) for row in found)
    drawn = {point.place.href for point in points}
    return render(
        request,
        graph,
        "initiative_map.html",
        points=points,
        in_uk=grouped((row for row in found if page_of(str(row["initiative"])) in drawn), "nationLabel"),
        abroad=grouped((row for row in found if page_of(str(row["initiative"])) not in drawn), "nationLabel"),
        reported=results,
        chosen=chosen,
        choices={name: alike.likeness.choices(name.replace("_", "-")) for name in chosen},
    )


def _place(row: Row, results: dict[Iri, Reported]) -> Place:
    iri, lat, long = row["initiative"], row["lat"], row["long"]
    assert isinstance(iri, Iri) and isinstance(lat, int | Decimal) and isinstance(long, int | Decimal)
    return Place(str(row["title"]), page_of(iri) or "", float(lat), float(long), results[iri].standing)
