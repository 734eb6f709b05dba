"""Identifiers that can be followed: to the page, or to a document in any format and profile."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.formats import HTML
from wsic_graph.namespaces import BASE
from wsic_graph.records.documents import DOCUMENTS, statements, write_document
from wsic_graph.records.profiles import PROFILES, RECORD, Profile, find_profile, profiles_of
from wsic_graph.records.tree import CONTEXT_FILE
from wsic_graph.service.accept import negotiate
from wsic_graph.service.graph import Graph, GraphOf
from wsic_graph.service.links import address, curie, data_of, page_of
from wsic_graph.service.pages import render

router = APIRouter()

_DAY = "public, max-age=86400, stale-while-revalidate=604800"


@router.get("/id/{kind}/{slug}")
def identifier(request: Request, graph: GraphOf, kind: str, slug: str, profile: str = "") -> Response:
    """Sends on (303) to the page or the document that the client would rather have."""
    return _see_other(request, graph, kind, slug, profile)


@router.get("/data/{kind}/{name}")
def document(request: Request, graph: GraphOf, kind: str, name: str, profile: str = "") -> Response:
    """What a profile says of a record, in the format of the suffix; without a suffix, as :func:`identifier`."""
    slug, _, form = name.rpartition(".")
    if form == HTML.name:
        return RedirectResponse(_page_of(graph.require(kind, slug)), 301)
    if form not in DOCUMENTS:
        return _see_other(request, graph, kind, name, profile)
    iri = graph.require(kind, slug)
    chosen = _profile(kind, profile)
    body = write_document(statements(graph.door, iri, chosen), iri, chosen, form)
    headers = {"Link": graph.describe(request, iri).document_links(form, chosen)}
    return Response(body, media_type=DOCUMENTS[form].content_type, headers=headers)


@router.get("/context.jsonld")
def context() -> Response:
    """The JSON-LD context that every JSON-LD document names."""
    headers = {"Cache-Control": _DAY}
    return Response(CONTEXT_FILE.read_bytes(), media_type=DOCUMENTS["jsonld"].media_type, headers=headers)


@router.get("/profile/{token}")
def profile_definition(token: str) -> Response:
    """Leads to the saved query that defines a profile of ours."""
    found = next((item for item in PROFILES if item.iri == f"{BASE}profile/{token}"), None)
    if found is None:
        raise HTTPException(404, f"There is no profile “{token}”.")
    return RedirectResponse(f"/queries/{found.queries('')[-1]}", 303)


@router.get("/records/{kind}/{slug}")
def record_page(request: Request, graph: GraphOf, kind: str, slug: str) -> Response:
    """Any record as a list of its statements, for kinds that have no page of their own."""
    record = graph.record(kind, slug)
    referrers = graph.rows("pages/record-referrers", record=record.iri)
    called = {curie(str(row["property"])): row["called"] for row in graph.rows("pages/property-names")}
    return render(request, graph, "record.html", record=record, referrers=referrers, called=called)


def _see_other(request: Request, graph: Graph, kind: str, slug: str, profile: str) -> Response:
    iri = graph.require(kind, slug)
    chosen = _profile(kind, profile)
    # Who asks for a profile and takes anything wants the document; a page is the same in every profile.
    offers = (HTML, *DOCUMENTS.values()) if chosen == RECORD else (*DOCUMENTS.values(), HTML)
    wanted = negotiate(request.headers.get("accept", ""), offers)
    page, _, fragment = _page_of(iri).partition("#")
    target = data_of(iri, wanted.name, profile) if wanted != HTML else address(page, profile=profile)
    return RedirectResponse(f"{target}#{fragment}" if wanted == HTML and fragment else target, 303)


def _profile(kind: str, name: str) -> Profile:
    """The profile called ``name``. Raises ``HTTPException`` 404 that lists the profiles of the kind."""
    found = find_profile(kind, name)
    if found is None:
        known = ", ".join(f"{profile.token} ({profile.iri})" for profile in profiles_of(kind))
        words = kind.replace("-", " ")
        raise HTTPException(404, f"Records of the kind “{words}” have no profile “{name}”. They have: {known}.")
    return found


def _page_of(iri: str) -> str:
    return page_of(iri) or "/"
