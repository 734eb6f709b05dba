"""Element 4: the evidence review."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from wsic_graph.answers import Iri, Row
from wsic_graph.citations import FORMS, read_citations
from wsic_graph.service.graph import Graph, GraphOf
from wsic_graph.service.pages import render

router = APIRouter()


@router.get("/evidence")
def evidence_review(request: Request, graph: GraphOf, category: str = "", intervention: str = "") -> Response:
    """The sources, all or those of one category or intervention."""
    return render(
        request,
        graph,
        "evidence_list.html",
        found=graph.rows("pages/evidence", category=category, intervention=intervention),
        categories=graph.rows("pages/evidence-categories"),
        interventions=graph.rows("pages/evidence-interventions"),
        chosen={"category": category, "intervention": intervention},
    )


@router.get("/evidence.{form}")
def evidence_citations(graph: GraphOf, form: str, category: str = "", intervention: str = "") -> Response:
    """The sources of the list with the same parameters, for a reference manager."""
    found = graph.rows("pages/evidence", category=category, intervention=intervention)
    return citation_file(graph, form, [row["evidence"].slug for row in found if isinstance(row["evidence"], Iri)])


@router.get("/evidence/{slug}.{form}")
def evidence_citation(graph: GraphOf, slug: str, form: str) -> Response:
    """One source for a reference manager."""
    slug, _, form = f"{slug}.{form}".partition(".")  # a form may hold a full stop itself: csl.json
    graph.record("evidence", slug, "/evidence")
    return citation_file(graph, form, [slug])


def citation_file(graph: Graph, form: str, slugs: Sequence[str]) -> Response:
    """A download of the sources called ``slugs``, in their order. Raises ``HTTPException`` 404 for an unknown form."""
    if form not in FORMS:
        known = ", ".join(f".{name}" for name in FORMS)
        raise HTTPException(404, f"Evidence does not come as .{form} for reference managers. It comes as: {known}.")
    kind, write = FORMS[form]
    known_of = read_citations(graph.rows("pages/citations", slug=slugs[0] if len(slugs) == 1 else ""))
    name = slugs[0] if len(slugs) == 1 else "evidence"
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(write([known_of[slug] for slug in slugs]), media_type=f"{kind.media_type}; charset=utf-8",
                    headers=headers)  # fmt: skip


@router.get("/evidence/{slug}")
def evidence_source(request: Request, graph: GraphOf, slug: str) -> Response:
    """One source with all its findings, and what rests on them."""
    record = graph.record("evidence", slug, "/evidence")
    uses: defaultdict[str, list[Row]] = defaultdict(list)
    for row in graph.rows("pages/evidence-uses", evidence=record.iri):
        uses[str(row["finding"] or row["relation"])].append(row)
    return render(request, graph, "evidence.html", record=record, uses=uses, references=FORMS)
