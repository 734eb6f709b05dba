"""Element 4: the evidence review."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from wsic_graph.answers import Row
from wsic_graph.citations import FORMS, read_citations
from wsic_graph.formats import RESULTS
from wsic_graph.search.lists import LISTS
from wsic_graph.service.graph import Graph, GraphOf
from wsic_graph.service.listing import answer, view_of
from wsic_graph.service.pages import render

router = APIRouter()


@router.get("/evidence")
@router.get("/evidence.{suffix}")
def evidence_review(request: Request, graph: GraphOf, suffix: str = "") -> Response:
    """The sources, all or narrowed: as a page, as data, or for a reference manager."""
    if suffix in FORMS:
        found = view_of(request, LISTS["evidence"], RESULTS["csv"]).found  # as many as data has
        return citation_file(graph, suffix, [hit.iri.slug for hit in found.hits])
    return answer(request, graph, "evidence", "evidence_list.html", suffix)


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
