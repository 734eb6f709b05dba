"""Element 6: the database of initiatives."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from wsic_graph.service.alike import LikenessOf, TableOf, reported
from wsic_graph.service.graph import GraphOf
from wsic_graph.service.model import grouped
from wsic_graph.service.pages import render
from wsic_graph.service.record import Link, Node

router = APIRouter()


class Narrowing(BaseModel):
    """What the list is narrowed by: last parts of IRIs, empty for all."""

    nation: str = ""
    care_group: str = ""
    intervention: str = ""
    programme: str = ""
    status: str = ""


@router.get("/initiatives")
def initiatives(request: Request, graph: GraphOf, narrowing: Annotated[Narrowing, Query()]) -> Response:
    """The initiatives, all or narrowed."""
    chosen = narrowing.model_dump()
    found = graph.rows("pages/initiatives", **chosen)
    facets = groupby(graph.rows("pages/initiative-facets"), key=lambda row: str(row["facet"]))
    return render(
        request,
        graph,
        "initiatives.html",
        found=found,
        nations=grouped(found, "nationLabel"),
        facets={name: list(rows) for name, rows in facets},
        chosen=chosen,
    )


@router.get("/initiatives/{slug}")
def initiative(request: Request, graph: GraphOf, likeness: LikenessOf, table: TableOf, slug: str) -> Response:
    """One initiative; results for one outcome stand together, and those that disagree are said to."""
    record = graph.record("initiative", slug, "/initiatives")
    (found,) = reported(graph, record=slug).values()
    outcomes: dict[str, list[Node]] = {}
    for result in record.parts("wsic:result"):
        outcome = result["wsic:outcome"]
        outcomes.setdefault(outcome.label if isinstance(outcome, Link) else "", []).append(result)
    similar = likeness.of(record.iri, table)
    others = reported(graph) if similar else {}
    return render(
        request,
        graph,
        "initiative.html",
        record=record,
        reported=found,
        outcomes=outcomes,
        similar=similar,
        others=others,
    )
