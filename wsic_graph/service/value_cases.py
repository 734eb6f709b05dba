"""Elements 1 and 2: the overarching value case and the value cases of places, as pages and as Word documents."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from wsic_graph.answers import Iri, Row
from wsic_graph.service.graph import Graph, GraphOf
from wsic_graph.service.listing import answer
from wsic_graph.service.model import grouped
from wsic_graph.service.overarching import overarching_page
from wsic_graph.service.pages import render
from wsic_graph.service.record import Link, Node
from wsic_graph.service.word import as_word

router = APIRouter()
_ORIGINS = ("independent", "own", "national")
_KINDS = ("activity", "spend", "outcomes", "delivery")


@dataclass(frozen=True)
class Claim:
    """A claim of a value case: the statements, who says so, what kind of outcome it is about, and if it compares."""

    node: Node
    origin: str
    kind: str
    controlled: bool

    @property
    def direction(self) -> str:
        """The last part of the direction, or an empty string."""
        found = self.node["wsic:direction"]
        return found.iri.slug if isinstance(found, Link) else ""


@dataclass(frozen=True)
class Tally:
    """How many claims there are about the place itself, and how they split."""

    claims: int
    directions: Counter[str]
    independent: int
    controlled: int


@router.get("/value-cases")
@router.get("/value-cases.{suffix}")
def value_cases(request: Request, graph: GraphOf, suffix: str = "") -> Response:
    """The value cases of places, all or narrowed."""
    return answer(request, graph, "value-cases", "value_cases.html", suffix)


@router.get("/value-cases/overarching")
def overarching(request: Request, graph: GraphOf, area: str = "") -> Response:
    """The national argument in four strands, with the figures of ``area`` beside it if one is chosen."""
    return overarching_page(request, graph, area)


@router.get("/value-cases/{slug}.docx")
def document(request: Request, graph: GraphOf, slug: str, area: str = "") -> Response:
    """A value case as a Word document: the page without what is of use on a screen only."""
    page = overarching_page(request, graph, area) if slug == "overarching" else _page(request, graph, slug)
    return as_word(request, page, slug)


@router.get("/value-cases/{slug}/sheet")
def sheet(request: Request, graph: GraphOf, slug: str) -> Response:
    """What matters most of a value case, to print on one page."""
    if slug == "overarching":
        raise HTTPException(404, "The overarching value case has no sheet of one page; print its page.")
    return _page(request, graph, slug, "value_case_sheet.html")


@router.get("/value-cases/{slug}")
def value_case(request: Request, graph: GraphOf, slug: str) -> Response:
    """One value case with all its parts."""
    return _page(request, graph, slug)


def _page(request: Request, graph: Graph, slug: str, template: str = "value_case.html") -> Response:
    record = graph.record("value-case", slug, "/value-cases")
    claims = _claims(record, graph.rows("pages/value-case-claims", case=record.iri))
    return render(
        request,
        graph,
        template,
        record=record,
        tally=_tally(claims),
        claims={kind: found for kind in _KINDS if (found := [claim for claim in claims if claim.kind == kind])},
        beside=_beside(claims, graph.rows("pages/value-case-evidence", case=record.iri)),
    )


def _claims(record: Node, known: list[Row]) -> list[Claim]:
    """The claims, those of independent bodies first and those about a whole national programme last."""
    about = {row["claim"]: row for row in known}
    found = []
    for node in record.parts("wsic:claim"):
        row = about[node.iri]
        found.append(Claim(node, _origin(node), str(row["kind"]), row["controlled"] is True))
    return sorted(found, key=lambda claim: _ORIGINS.index(claim.origin))


def _origin(claim: Node) -> str:
    scope = claim["wsic:evidenceScope"]
    if isinstance(scope, Link) and scope.iri.slug == "national-programme":
        return "national"
    return "independent" if claim["wsic:independent"] else "own"


def _tally(claims: list[Claim]) -> Tally:
    own = [claim for claim in claims if claim.origin != "national"]
    directions = Counter(claim.direction for claim in own)
    return Tally(
        len(own),
        directions,
        sum(claim.origin == "independent" for claim in own),
        sum(claim.controlled for claim in own),
    )


def _beside(claims: list[Claim], findings: list[Row]) -> list[tuple[Row, list[Claim], list[Row]]]:
    """For each outcome with controlled evidence: a first row that names it, the claims on it, and the findings."""
    by_outcome: dict[Iri, list[Claim]] = {}
    for claim in claims:
        outcome = claim.node["wsic:outcome"]
        if isinstance(outcome, Link):
            by_outcome.setdefault(outcome.iri, []).append(claim)
    return [(first, by_outcome[Iri(str(first["outcome"]))], rows) for first, rows in grouped(findings, "outcome")]
