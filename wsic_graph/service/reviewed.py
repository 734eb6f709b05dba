"""Interventions and outcomes: all that the graph knows of each, gathered on one page."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.answers import Iri, Row
from wsic_graph.namespaces import SCHEME
from wsic_graph.service.forest import DIRECTIONS, grouped_by, overview, tally
from wsic_graph.service.graph import Graph, GraphOf, NoSuchRecord
from wsic_graph.service.model import grouped
from wsic_graph.service.pages import render
from wsic_graph.vocabulary.schemes import read_concept

router = APIRouter()
_SLUG = re.compile(r"[a-z0-9-]+")


@router.get("/interventions")
def interventions(request: Request, graph: GraphOf) -> Response:
    """Every intervention with how its findings go."""
    return _index(request, graph, "intervention", graph.rows("pages/interventions"))


@router.get("/outcomes")
def outcomes(request: Request, graph: GraphOf) -> Response:
    """Every outcome with how the findings on it go."""
    return _index(request, graph, "outcome", graph.rows("pages/outcomes"))


@router.get("/interventions/{slug}")
def intervention(request: Request, graph: GraphOf, slug: str) -> Response:
    """One intervention: findings by outcome, effects, who does it, resources and value cases."""
    return _gathered(request, graph, "intervention", slug)


@router.get("/outcomes/{slug}")
def outcome(request: Request, graph: GraphOf, slug: str) -> Response:
    """One outcome: findings by intervention, effects, what initiatives reported, resources and value cases."""
    return _gathered(request, graph, "outcome", slug)


def _index(request: Request, graph: Graph, kind: str, found: list[Row]) -> Response:
    total = tally(graph.rows("pages/findings"))
    return render(request, graph, "reviewed_list.html", kind=kind, found=found, total=total, directions=DIRECTIONS)


def _gathered(request: Request, graph: Graph, kind: str, slug: str) -> Response:
    iri = Iri(f"{SCHEME}{kind}/{slug}")
    said = read_concept(graph.rows("ontology/concept", concept=iri)) if _SLUG.fullmatch(slug) else {}
    if not said:
        raise NoSuchRecord(kind, slug, f"/{kind}s")
    label = str(said["skos:prefLabel"][0].value)
    chosen = {kind: slug}
    findings = graph.rows("pages/findings", **chosen)
    other, name = ("result", "outcome") if kind == "intervention" else ("action", "intervention")
    groups = grouped_by(findings, other, f"{other}Label")
    if kind == "intervention":
        initiatives = grouped(graph.rows("pages/initiatives", intervention=slug), "initiative")
    else:
        initiatives = grouped(graph.rows("pages/outcome-results", outcome=iri), "initiative")
    return render(
        request,
        graph,
        "reviewed.html",
        kind=kind,
        iri=iri,
        label=label,
        said=said,
        findings=findings,
        groups=groups,
        total=tally(findings),
        overview=overview(groups, name, label),
        directions=DIRECTIONS,
        used=_by(graph.rows("pages/findings-used", **chosen), "finding"),
        effects=graph.rows("pages/concept-effects", **chosen),
        costs=_by(graph.rows("pages/cost-effects"), "action"),
        initiatives=initiatives,
        cases=grouped(graph.rows("pages/concept-value-cases", concept=iri), "case"),
        resources=graph.rows("pages/concept-resources", concept=iri),
    )


def _by(rows: Iterable[Row], name: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row[name]), []).append(row)
    return found
