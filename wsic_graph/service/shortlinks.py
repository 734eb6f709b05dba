"""Short links: a query kept under the hash of its text, so that it fits in a message.

A code is the start of the hash of its text: the same text always has the same code.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.engine.door import CLIENT
from wsic_graph.engine.scan import check_query
from wsic_graph.service import editor
from wsic_graph.service.accept import preferred
from wsic_graph.service.caching import IMMUTABLE
from wsic_graph.service.graph import NoSuchRecord
from wsic_graph.service.kept import KeptTexts
from wsic_graph.service.links import address
from wsic_graph.service.pages import render
from wsic_graph.service.protocol import read_request
from wsic_graph.service.snippets import plain
from wsic_graph.settings import Settings

router = APIRouter()

_SHORTEST, _LONGEST = 8, 10
_LONGEST_ADDRESS = 7_000  # what every server and proxy between us and the reader takes


class LinkStore:
    """The short links of one installation."""

    def __init__(self, path: Path, megabytes: int, per_hour: int) -> None:
        instead = "Share the long address of the query instead."
        self.texts = KeptTexts(path, megabytes, per_hour, "short links", instead)

    @classmethod
    def of(cls, settings: Settings) -> LinkStore:
        """The links of the installation that has these settings."""
        return cls(settings.data_dir / "links.sqlite3", settings.links_mb, settings.links_per_hour)

    def keep(self, query: str, client: str) -> str:
        """The code of ``query``, which is kept if it was not yet. Raises what :meth:`KeptTexts.keep` raises."""
        return self.texts.keep(_codes(query), query, client)

    def query(self, code: str) -> str | None:
        """The query kept under ``code``, or None."""
        return self.texts.text(code)


def _codes(query: str) -> list[str]:
    """The codes that ``query`` may have, the shortest first."""
    digest = base64.b32encode(hashlib.sha256(query.encode()).digest()).decode().lower()
    return [digest[:length] for length in range(_SHORTEST, _LONGEST + 1)]


@router.post("/sparql/links")
async def make_link(request: Request) -> Response:
    """Keep a query and answer with its short link: as JSON (``url``, ``code``), or as a page for people.

    Raises what ``read_request``, ``check_query`` and :meth:`LinkStore.keep` raise.
    """
    asked = await read_request(request, request.app.state.settings)
    return await run_in_threadpool(_make_link, request, plain(asked.query) if asked else "")


def _make_link(request: Request, text: str) -> Response:
    settings: Settings = request.app.state.settings
    if not check_query(text, settings.query_length, settings.query_depth):
        raise HTTPException(400, "This is no query: it has none of SELECT, ASK, CONSTRUCT and DESCRIBE.")
    code = LinkStore.of(settings).keep(text, CLIENT.get())
    url = f"{settings.public_url}/sparql/q/{code}"
    if preferred(request.headers.get("accept", ""), ("application/json", "text/html")) == "text/html":
        response = render(request, None, "short_link.html", 201, url=url, back=address("/sparql", query=text))
    else:
        response = JSONResponse({"url": url, "code": code}, 201)
    response.headers["Location"] = url
    return response


@router.get("/sparql/q/{code}")
async def follow_link(request: Request, code: str) -> Response:
    """Lead to the editor with the query that is kept under ``code``; one too long for an address is shown here."""
    query = await run_in_threadpool(LinkStore.of(request.app.state.settings).query, code)
    if query is None:
        raise NoSuchRecord("short link", code, "/sparql")
    target = address("/sparql", query=query)
    if len(target) > _LONGEST_ADDRESS:
        return await editor.page(request, query)
    return RedirectResponse(target, 307, {"Cache-Control": IMMUTABLE})
