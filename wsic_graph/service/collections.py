"""The records by kind, for harvesters: pages that link to each other and hold the records."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from wsic_graph.catalogue.collections import Page, describe_page, describe_root, read_page
from wsic_graph.formats import GRAPHS, HTML
from wsic_graph.service.accept import negotiate
from wsic_graph.service.catalogue import PublishedOf
from wsic_graph.service.pages import render

router = APIRouter(prefix="/collections")
_OFFERS = (*GRAPHS.values(), HTML)


@router.get("")
def root(request: Request, published: PublishedOf) -> Response:
    """The list of the collections."""
    wanted = negotiate(request.headers.get("accept", ""), _OFFERS)
    if wanted is HTML:
        return render(request, None, "collections.html", kinds=published.history.kinds())
    document = describe_root(published.history, f"{published.url}/collections")
    return Response(document.serialize(wanted.name), media_type=wanted.content_type)


@router.get("/{kind}")
def collection(request: Request, published: PublishedOf, kind: str, after: str = "") -> Response:
    """A page of the records of a kind, from the first behind the IRI ``after``."""
    wanted = negotiate(request.headers.get("accept", ""), _OFFERS)
    if after and published.history.latest(after) is None:
        raise HTTPException(422, f"after: {after!r} is not the IRI of a record of this kind, past or present.")
    page = read_page(published.history, f"{published.url}/collections", kind, after)
    if page is None:
        kinds = ", ".join(published.history.kinds())
        raise HTTPException(404, f"There is no collection “{kind}”. There are: {kinds}.")
    headers = {"Link": _links(page)}
    if wanted is HTML:
        response = render(request, None, "collection.html", page=page, url=published.url)
        response.headers.update(headers)
        return response
    return Response(describe_page(page).serialize(wanted.name), media_type=wanted.content_type, headers=headers)


def _links(page: Page) -> str:
    relations = {"first": page.first, "prev": page.previous, "next": page.next, "last": page.last}
    return ", ".join(f'<{address}>; rel="{relation}"' for relation, address in relations.items() if address)
