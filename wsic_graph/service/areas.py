"""Areas: find yours, and a page for each with its people, its figures, places like it and what was done there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from wsic_graph.answers import Iri, Row
from wsic_graph.places.finder import find_area
from wsic_graph.places.neighbours import nearest
from wsic_graph.places.reported import total
from wsic_graph.places.statistics import ENGLAND, read_series, treated
from wsic_graph.service.alike import AlikeOf
from wsic_graph.service.area_charts import people_by_age, share, trends
from wsic_graph.service.graph import Graph, GraphOf
from wsic_graph.service.model import grouped
from wsic_graph.service.pages import render

router = APIRouter()


@router.get("/areas")
def areas(request: Request, graph: GraphOf, find: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Find your area; councils by region, those abolished apart, then boards and other places."""
    found = graph.rows("pages/areas")
    matches = find_area(found, find)
    if len(matches) == 1:
        return RedirectResponse(f"/areas/{_slug(matches[0])}", 303)
    current = [row for row in found if row["current"] is True]
    abolished = [row for row in found if row["current"] is False]
    others = sorted(
        (row for row in found if row["current"] is None), key=lambda row: (str(row["typeLabel"]), str(row["label"]))
    )
    return render(
        request,
        graph,
        "areas.html",
        find=find.strip(),
        matches=matches,
        regions=grouped(current, "within"),
        current=current,
        abolished=abolished,
        others=grouped(others, "type"),
    )


@router.get("/areas/{code}")
def area(request: Request, graph: GraphOf, alike: AlikeOf, code: str) -> Response:
    """One area: its people, its figures beside places like it, its successors, and what was done here and there."""
    record = graph.record("area", code, "/areas")
    statistics = graph.rows("pages/area-statistics", area=record.iri)
    links = {str(first["relation"]): rows for first, rows in grouped(_links(graph, record.iri), "relation")}
    neighbours = nearest(alike.table, record.iri, alike.table.usual)
    series = {}
    if statistics:
        compared = alike.compared([record.iri, *(neighbour.council.iri for neighbour in neighbours)])
        series = read_series(compared, record.iri, ENGLAND)
    results = alike.reported if neighbours or "initiative" in links else {}
    there = alike.likeness.in_councils([neighbour.council.iri for neighbour in neighbours])
    return render(
        request,
        graph,
        "area.html",
        record=record,
        figures=len(statistics),
        groups=_groups(statistics),
        series=series,
        residents=next((row for row in reversed(statistics) if _is_everyone(row)), None),
        older=share(series, "65plus"),
        people=people_by_age(series),
        trends=trends(series, record.title),
        treated=treated(statistics),
        links=links,
        neighbours=neighbours,
        there=there,
        reported=results,
        total=total(results[iri] for iri in dict.fromkeys(iri for found in there.values() for iri in found)),
    )


@dataclass(frozen=True)
class Group:
    """A group of statistics: of each indicator and age band the newest figure, and all the older ones."""

    row: Row
    newest: list[Row]
    older: list[tuple[Row, list[Row]]]


def _groups(statistics: list[Row]) -> list[Group]:
    groups = []
    for first, rows in grouped(statistics, "group"):
        newest = [found[-1] for _, found in grouped(rows, "indicator", "ageBand")]
        last = {id(row) for row in newest}
        older = [row for row in rows if id(row) not in last]
        groups.append(Group(first, newest, grouped(older, "indicator")))
    return groups


def _is_everyone(row: Row) -> bool:
    indicator, band = row["indicator"], row["band"]
    return isinstance(indicator, Iri) and indicator.slug == "population" and str(band).endswith("/all")


def _links(graph: Graph, iri: str) -> list[Row]:
    return graph.rows("pages/area-links", area=iri)


def _slug(row: Row) -> str:
    iri = row["area"]
    assert isinstance(iri, Iri)
    return iri.slug
