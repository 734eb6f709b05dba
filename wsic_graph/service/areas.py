"""Areas: find yours, a page for each with its people, places like it and what was done there, one for its figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from wsic_graph.answers import Iri, Row
from wsic_graph.places.finder import find_area
from wsic_graph.places.neighbours import Neighbour, nearest
from wsic_graph.places.reported import total
from wsic_graph.places.statistics import ENGLAND, Series, read_series, treated
from wsic_graph.service.alike import Alike, AlikeOf
from wsic_graph.service.area_charts import DRAWN, people_by_age, share, trends
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
    held = graph.rows("pages/area-groups", area=record.iri)
    residents = graph.rows("pages/area-residents", area=record.iri)
    links = {str(first["relation"]): rows for first, rows in grouped(_links(graph, record.iri), "relation")}
    neighbours = nearest(alike.table, record.iri, alike.table.usual)
    series = _series(alike, record.iri, neighbours, DRAWN) if held else {}
    results = alike.reported if neighbours or "initiative" in links else {}
    there = alike.likeness.in_councils([neighbour.council.iri for neighbour in neighbours])
    return render(
        request,
        graph,
        "area.html",
        record=record,
        held=held,
        residents=residents[0] if residents else None,
        older=share(series, "65plus"),
        people=people_by_age(series),
        trends=trends(series, record.title),
        links=links,
        neighbours=neighbours,
        there=there,
        reported=results,
        total=total(results[iri] for iri in dict.fromkeys(iri for found in there.values() for iri in found)),
    )


@router.get("/areas/{code}/statistics")
def statistics(request: Request, graph: GraphOf, alike: AlikeOf, code: str) -> Response:
    """Every published figure of one area, beside places like it and England, and what of it is derived."""
    record = graph.record("area", code, "/areas")
    graph.shown = None  # the page of the area has its documents; this one is about its figures
    found = graph.rows("pages/area-statistics", area=record.iri)
    neighbours = nearest(alike.table, record.iri, alike.table.usual)
    return render(
        request,
        graph,
        "area_statistics.html",
        record=record,
        figures=len(found),
        groups=_groups(found),
        series=_series(alike, record.iri, neighbours) if found else {},
        council=bool(neighbours),
        treated=treated(found),
    )


def _series(
    alike: Alike, area: Iri, neighbours: Iterable[Neighbour], indicators: Iterable[str] = ()
) -> dict[tuple[Iri, Iri], Series]:
    compared = alike.compared([area, *(neighbour.council.iri for neighbour in neighbours)], indicators)
    return read_series(compared, area, ENGLAND)


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


def _links(graph: Graph, iri: str) -> list[Row]:
    return graph.rows("pages/area-links", area=iri)


def _slug(row: Row) -> str:
    iri = row["area"]
    assert isinstance(iri, Iri)
    return iri.slug
