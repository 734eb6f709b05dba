"""Element 5: the signposting tool, eight questions and the resources that help with them."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.answers import Iri
from wsic_graph.service.graph import GraphOf
from wsic_graph.service.listing import answer
from wsic_graph.service.pages import render
from wsic_graph.service.record import Link

router = APIRouter()
_REFERENCE = re.compile(r"\[([a-z0-9-]+)\]")


@router.get("/questions")
def questions(request: Request, graph: GraphOf) -> Response:
    """The eight questions, with how many resources there are for each."""
    return render(request, graph, "questions.html", questions=graph.rows("pages/questions"))


@router.get("/questions/{slug}")
def question(request: Request, graph: GraphOf, slug: str) -> Response:
    """One question, its answer, and the resources for it."""
    record = graph.record("question", slug, "/questions")
    resources = graph.rows("pages/question-resources", question=record.iri)
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
        newest={row["resource"].slug: row for row in resources if row["newest"] and isinstance(row["resource"], Iri)},
        resources=sorted(resources, key=lambda row: row["newest"] is not None),
    )


@router.get("/resources")
@router.get("/resources.{suffix}")
def resources(request: Request, graph: GraphOf, suffix: str = "") -> Response:
    """The resources, all or narrowed."""
    return answer(request, graph, "resources", "resources.html", suffix)


@router.get("/resources/{slug}")
def resource(request: Request, graph: GraphOf, slug: str) -> Response:
    """One resource, with its older and newer versions."""
    record = graph.record("resource", slug, "/resources")
    versions = graph.rows("pages/resource-versions", resource=record.iri)
    return render(request, graph, "resource.html", record=record, versions=versions)
