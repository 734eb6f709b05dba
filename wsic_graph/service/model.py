"""Element 3, the model: what the calculator may use. Effects and unit costs."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.answers import Row
from wsic_graph.service.graph import GraphOf
from wsic_graph.service.pages import render

router = APIRouter()


def grouped(rows: Iterable[Row], *names: str) -> list[tuple[Row, list[Row]]]:
    """Rows that follow each other with equal values of ``names``, each group with its first row."""
    groups = [list(found) for _, found in groupby(rows, key=lambda row: [row[name] for name in names])]
    return [(found[0], found) for found in groups]


@router.get("/model")
def model(request: Request, graph: GraphOf) -> Response:
    """What the calculator may use, and how much of it there is."""
    counts = {row["what"]: row["count"] for row in graph.rows("pages/home")}
    return render(request, graph, "model.html", counts=counts)


@router.get("/effects")
def effects(request: Request, graph: GraphOf) -> Response:
    """Effects by intervention, with the interventions for which there is no usable figure."""
    groups = grouped(graph.rows("pages/effects"), "intervention")
    return render(request, graph, "effects.html", groups=groups)


@router.get("/effects/{slug}")
def effect(request: Request, graph: GraphOf, slug: str) -> Response:
    """One effect: why it is what it is and on which findings it rests."""
    record = graph.record("effect", slug, "/effects")
    findings = graph.rows("pages/effect-findings", effect=record.iri)
    costs = graph.rows("pages/effect-cost", effect=record.iri)
    return render(request, graph, "effect.html", record=record, findings=findings, costs=costs)


@router.get("/unit-costs")
def unit_costs(request: Request, graph: GraphOf) -> Response:
    """Unit costs at the prices of their year."""
    return render(request, graph, "unit_costs.html", costs=graph.rows("pages/unit-costs"))
