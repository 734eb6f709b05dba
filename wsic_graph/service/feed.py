"""The change feed: a Linked Data Event Stream of the versions of the records."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from wsic_graph.catalogue.feed import FORMATS, SIZE, describe_page, describe_root, is_full, page_count
from wsic_graph.service.accept import negotiate
from wsic_graph.service.caching import IMMUTABLE
from wsic_graph.service.catalogue import PublishedOf

router = APIRouter(prefix="/feed")


@router.get("")
def entry(request: Request, published: PublishedOf) -> Response:
    """What the stream is, and its pages."""
    wanted = negotiate(request.headers.get("accept", ""), FORMATS)
    seconds = request.app.state.settings.cache_seconds
    document = describe_root(published.history, f"{published.url}/feed", seconds)
    return Response(document.serialize(wanted.name), media_type=wanted.content_type)


@router.get("/{number}")
def page(request: Request, published: PublishedOf, number: int) -> Response:
    """One page of changes. A full page is the same for ever; the last one grows."""
    wanted = negotiate(request.headers.get("accept", ""), FORMATS)
    root = f"{published.url}/feed"
    count = page_count(published.history)
    if not 1 <= number <= count:
        raise HTTPException(404, f"The feed has the pages 1 to {count}, of up to {SIZE} changes each.")
    full = is_full(published.history, number)
    body = describe_page(published.history, root, number, wanted.name).serialize(wanted.name)
    headers = {"ETag": f'W/"{hashlib.blake2b(body, digest_size=16).hexdigest()}"', "Link": f'<{root}>; rel="up"'}
    if full:
        headers["Cache-Control"] = IMMUTABLE
    return Response(body, media_type=wanted.content_type, headers=headers)
