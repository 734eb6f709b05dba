"""The overarching value case: the national argument, with the figures of one area beside it."""

from __future__ import annotations

from decimal import Decimal
from math import log

from fastapi import Request
from fastapi.responses import Response

from wsic_graph.answers import Iri, Row
from wsic_graph.service.graph import Graph
from wsic_graph.service.model import grouped
from wsic_graph.service.pages import render
from wsic_graph.service.record import Node

_PEOPLE = ("population", "all")
"""Indicator and age band that tell how many people an area has."""


def overarching_page(request: Request, graph: Graph, code: str) -> Response:
    """The page, with the figures of the area ``code`` unless it is empty.

    Raises ``NoSuchRecord`` if there is no such area.
    """
    record = graph.record("value-case", "overarching", "/value-cases")
    levels = [level for strand in record.parts("wsic:strand") for level in strand.parts("wsic:investmentLevel")]
    figures = _latest(graph.rows("pages/area-beside-england", area=graph.require("area", code))) if code else []
    people = next((row for row in figures if _names(row) == _PEOPLE), None)
    councils = graph.rows("pages/councils")
    return render(
        request,
        graph,
        "overarching.html",
        record=record,
        levels=levels,
        councils=councils,
        chosen=code,
        place=next(
            (row["label"] for row in councils if isinstance(row["area"], Iri) and row["area"].slug == code), code
        ),
        figures=figures,
        people=people,
        nearest=_nearest(levels, people["value"]) if people else None,
    )


def _latest(rows: list[Row]) -> list[Row]:
    """Of each measure the row of its last period."""
    return [found[-1] for _, found in grouped(rows, "indicator", "band")]


def _names(row: Row) -> tuple[str, str]:
    return (Iri(str(row["indicator"])).slug, Iri(str(row["band"])).slug)


def _nearest(levels: list[Node], people: object) -> Node | None:
    """The level of the build-up whose number of people is nearest to ``people``, by ratio."""
    if not isinstance(people, int | Decimal) or people <= 0:
        return None
    sized = [(abs(log(level_size) - log(people)), level) for level in levels if (level_size := _size(level))]
    return min(sized, key=lambda item: item[0])[1] if sized else None


def _size(level: Node) -> float:
    found = level["wsic:persons"]
    return float(found) if isinstance(found, int | Decimal) else 0.0
