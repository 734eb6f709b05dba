"""What search engines read: robots.txt and a sitemap of the pages with the day of their last change."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from wsic_graph.catalogue.publication import Published
from wsic_graph.service import guide
from wsic_graph.service.catalogue import PublishedOf
from wsic_graph.service.links import page_of
from wsic_graph.service.pages import render

router = APIRouter()
_SIZE = 25_000
"""Addresses in one file; the protocol allows 50,000."""
_WITHOUT_PAGES = frozenset({"observation"})
"""Kinds whose records are rows on the pages of others."""
_LISTS = (
    "/",
    "/areas",
    "/benefits-map",
    "/benefits-map/check",
    "/calculator",
    "/calculator/validation",
    "/catalogue",
    "/compare",
    "/effects",
    "/evidence",
    *guide.PATHS,
    "/initiatives",
    "/initiatives/map",
    "/interventions",
    "/marks",
    "/model",
    "/ontology",
    "/outcomes",
    "/places-like-mine",
    "/plan",
    "/plan/budget",
    "/plan/draft",
    "/plan/segments",
    "/queries",
    "/questions",
    "/resources",
    "/search",
    "/unit-costs",
    "/value-cases",
)
_LISTS_FILE = "lists"


@router.get("/robots.txt")
def robots(request: Request, published: PublishedOf) -> Response:
    """Everything may be read; queries are not for crawlers."""
    response = render(request, None, "robots.txt", url=published.url)
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    return response


@router.get("/sitemap.xml")
def index(request: Request, published: PublishedOf) -> Response:
    """The files of the sitemap."""
    history = published.history
    files = [(_LISTS_FILE, "")]
    for kind, total in history.kinds().items():
        if kind not in _WITHOUT_PAGES:
            files += [(kind, history.record_at(kind, start - 1)) for start in range(0, total, _SIZE)]
    return _xml(request, "sitemap-index.xml", url=published.url, files=files)


@router.get("/sitemap/{kind}.xml")
def pages(request: Request, published: PublishedOf, kind: str, after: str = "") -> Response:
    """The pages of the records of a kind; records that share a page give it the day of the last change of all."""
    if kind == _LISTS_FILE:
        head = _last_change(published)
        return _xml(request, "sitemap.xml", url=published.url, pages=dict.fromkeys(_LISTS, head))
    if kind in _WITHOUT_PAGES or kind not in published.history.kinds():
        raise HTTPException(404, f"There is no sitemap of “{kind}”.")
    found: dict[str, str] = {}
    for record, changed in published.history.changed(kind, after, _SIZE):
        page = (page_of(record) or "").partition("#")[0]
        if page and "?" not in page:
            found[page] = max(found.get(page, ""), changed)
    return _xml(request, "sitemap.xml", url=published.url, pages=found)


def _last_change(published: Published) -> str:
    """When the last publication was in which any record changed."""
    return max(last for _, last in published.history.times_of_graphs().values())


def _xml(request: Request, template: str, **context: Any) -> Response:
    response = render(request, None, template, **context)
    response.headers["Content-Type"] = "application/xml; charset=utf-8"
    return response
