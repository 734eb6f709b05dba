"""Element 5: the signposting tool, eight questions and the resources that help with them."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from wsic_graph.answers import Iri, Row
from wsic_graph.service.graph import Graph, GraphOf
from wsic_graph.service.pages import render
from wsic_graph.service.record import Link

router = APIRouter()
_REFERENCE = re.compile(r"\[([a-z0-9-]+)\]")


class Narrowing(BaseModel):
    """What the resources are narrowed by: last parts of IRIs and a year, empty for all."""

    element: str = ""
    care_group: str = ""
    since: str = ""


@router.get("/questions")
def questions(request: Request, graph: GraphOf, narrowing: Annotated[Narrowing, Query()]) -> Response:
    """The eight questions, with the resources for each, all or narrowed."""
    chosen = narrowing.model_dump()
    found = graph.rows("pages/questions", **chosen)
    return render(request, graph, "questions.html", questions=found, facets=_facets(graph), chosen=chosen)


@router.get("/questions/{slug}")
def question(request: Request, graph: GraphOf, slug: str, narrowing: Annotated[Narrowing, Query()]) -> Response:
    """One question, its answer, and the resources for it, all or narrowed."""
    record = graph.record("question", slug, "/questions")
    chosen = narrowing.model_dump()
    every = graph.rows("pages/question-resources", question=record.iri)
    resources = graph.rows("pages/question-resources", question=record.iri, **chosen) if any(chosen.values()) else every
    titles = {link.iri.slug: link.label for link in record.all("dcterms:references") if isinstance(link, Link)}
    pieces = _REFERENCE.split(str(record["wsic:answer"] or ""))
    answer = [(text.rstrip(" "), "") if index % 2 == 0 else ("", text) for index, text in enumerate(pieces)]
    cited = list(dict.fromkeys(pieces[1::2]))
    return render(
        request,
        graph,
        "question.html",
        record=record,
        answer=answer,
        numbers={name: index for index, name in enumerate(cited, 1)},
        titles=titles,
        newest={row["resource"].slug: row for row in every if row["newest"] and isinstance(row["resource"], Iri)},
        resources=sorted(resources, key=lambda row: row["newest"] is not None),
        facets=_facets(graph),
        chosen=chosen,
    )


def _facets(graph: Graph) -> dict[str, list[Row]]:
    found = graph.rows("pages/resource-facets")
    return {name: list(rows) for name, rows in groupby(found, key=lambda row: str(row["facet"]))}


@router.get("/resources/{slug}")
def resource(request: Request, graph: GraphOf, slug: str) -> Response:
    """One resource, with its older and newer versions."""
    record = graph.record("resource", slug, "/questions")
    versions = graph.rows("pages/resource-versions", resource=record.iri)
    return render(request, graph, "resource.html", record=record, versions=versions)
