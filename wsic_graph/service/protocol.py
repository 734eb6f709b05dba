"""SPARQL 1.1 Protocol at ``/sparql``, for everything that is not a browser.

A plain ASGI endpoint: this is the address that is asked most, so nothing
stands between the socket and the door. Requests for a page go on to the editor.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

import pyoxigraph as ox
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wsic_graph.engine import Door
from wsic_graph.engine.answer import Answer
from wsic_graph.engine.door import CLIENT, Dataset
from wsic_graph.errors import AnswerBroken, WsicError
from wsic_graph.formats import GRAPHS, HTML, RESULTS, Format
from wsic_graph.service.accept import asks_for, negotiate
from wsic_graph.service.bodies import read_body
from wsic_graph.service.caching import Raw
from wsic_graph.service.description import describe_service
from wsic_graph.service.errors import plain_problem
from wsic_graph.service.watch import Watch
from wsic_graph.settings import Settings

METHODS = "GET, HEAD, POST, OPTIONS"
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
_PATHS = frozenset({"/sparql", "/sparql/"})
_MOST_GRAPHS = 100
NO_UPDATE = "update: this address answers queries only; the graph is not changed by SPARQL Update."
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*")
_AS_PAGE = re.compile(rb"(^|&)format=html(&|$)")
_log = logging.getLogger("wsic.sparql")


@dataclass(frozen=True)
class Asked:
    """One request as the protocol defines it."""

    query: str
    dataset: Dataset | None
    format: str


@dataclass(frozen=True)
class Place:
    """Where a request went, as the counters name it."""

    path: str


class Site:
    """Sends the requests of machines to the protocol, past all that pages need, and everything else to the pages."""

    def __init__(self, pages: ASGIApp) -> None:
        self.pages = pages
        self.protocol = SparqlEndpoint()
        self.place = Place("/sparql")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] not in _PATHS:
            await self.pages(scope, receive, send)
        elif _wants_page(scope):
            await self.pages({**scope, "path": "/sparql", "raw_path": b"/sparql"}, receive, send)
        else:
            scope["route"] = self.place
            await self.protocol(scope, receive, send)


def _wants_page(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    accept = headers.get("accept", "")
    if _AS_PAGE.search(scope["query_string"]):
        return scope["method"] in ("GET", "POST")
    if "html" not in accept or re.search(rb"(^|&)(format|update)=", scope["query_string"]):
        return False
    offers = (HTML, *RESULTS.values(), *GRAPHS.values())
    return scope["method"] in ("GET", "POST") and asks_for(accept, HTML) and negotiate(accept, offers) is HTML


class SparqlEndpoint:
    """The ASGI application of the protocol."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request, send)
        except (WsicError, HTTPException) as error:
            response = plain_problem(request, error)
        except ClientDisconnect:
            return
        if response is not None:
            await response(scope, receive, send)

    async def _answer(self, request: Request, send: Send) -> Response | None:
        settings: Settings = request.app.state.settings
        if request.method not in ("GET", "POST"):
            raise HTTPException(405, f"This address takes {METHODS}.", {"Allow": METHODS})
        asked = await read_request(request, settings)
        accept = request.headers.get("accept", "")
        if asked is None:
            offered = GRAPHS.get(request.query_params.get("format", "")) or negotiate(accept, GRAPHS.values())
            return Response(describe_service(request.app.state, offered.name), media_type=offered.content_type)
        door: Door = request.app.state.door
        form = _chosen(door.form(asked.query), asked.format, accept)
        async with Watch(request):  # a worker whose client has gone is killed
            answer = await door.ask(asked.query, None, form.name, asked.dataset, client=CLIENT.get())
            try:
                more = request.app.state.limit_headers
                if not answer.lasting:
                    more = [*more, (b"cache-control", b"no-store")]
                await _send(request, send, answer, form, more)
            finally:
                answer.close()
        return None


def limit_headers(settings: Settings) -> list[Raw]:
    """The limits of a query, as headers."""
    return [
        (b"x-query-deadline-seconds", f"{settings.query_seconds:g}".encode()),
        (b"x-query-max-bytes", str(settings.query_bytes).encode()),
        (b"x-query-max-rows", str(settings.query_rows).encode()),
    ]


async def read_request(request: Request, settings: Settings) -> Asked | None:
    """What is asked; None when there is no query, which asks for the service description. Raises ``HTTPException``."""
    given = _pairs(request.scope["query_string"])
    if request.method == "POST":
        if request.headers.get("content-encoding", "identity") != "identity":
            raise HTTPException(415, "Content-Encoding: send the query as it is, not compressed.")
        kind, _, charset = request.headers.get("content-type", "").lower().partition(";")
        if charset and "charset" in charset and not re.search(r"charset\s*=\s*\"?utf-?8", charset):
            raise HTTPException(415, "Queries are read as UTF-8; send them with charset=utf-8.")
        if kind.strip() == FORM:
            given += _pairs(await read_body(request, 8 * settings.query_length + 65_536, "request"))
        elif kind.strip() == QUERY:
            body = await read_body(request, 4 * settings.query_length + 4, "request")
            given.append(("query", _utf8(body)))
        elif kind.strip() == "application/sparql-update":
            raise HTTPException(415, NO_UPDATE)
        else:
            raise HTTPException(415, f"Send a query as {FORM} or {QUERY}; the Content-Type is {kind or 'missing'}.")
    values = dict(given)
    if "update" in values:
        raise HTTPException(400, NO_UPDATE)
    queries = [value for name, value in given if name == "query"]
    if not queries:
        if request.method == "GET":
            return None
        raise HTTPException(400, "query: is missing; give one SPARQL query.")
    if len(queries) > 1:
        raise HTTPException(400, f"query: was given {len(queries)} times; give one.")
    return Asked(queries[0], _dataset(given), values.get("format", ""))


def _pairs(text: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text.decode(), keep_blank_values=True, errors="strict", max_num_fields=1000)
    except UnicodeDecodeError:
        raise HTTPException(400, "The request is not percent-encoded UTF-8.") from None
    except ValueError:
        raise HTTPException(400, "The request has more than 1,000 fields.") from None


def _utf8(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise HTTPException(400, f"query: is not UTF-8; byte {error.start + 1} is wrong.") from None


def _dataset(given: list[tuple[str, str]]) -> Dataset | None:
    default, named = (
        [value for name, value in given if name == field] for field in ("default-graph-uri", "named-graph-uri")
    )
    if not default and not named:
        return None
    if len(default) + len(named) > _MOST_GRAPHS:
        raise HTTPException(400, f"default-graph-uri, named-graph-uri: give at most {_MOST_GRAPHS} graphs.")
    for field, values in (("default-graph-uri", default), ("named-graph-uri", named)):
        for value in values:
            if not _is_iri(value):
                raise HTTPException(400, f"{field}: {value!r} is not an absolute IRI.")
    return Dataset(tuple(default), tuple(named))


def _is_iri(value: str) -> bool:
    if not _IRI.fullmatch(value):
        return False
    try:
        ox.NamedNode(value)
    except ValueError:
        return False
    return True


def _chosen(form: str, wanted: str, accept: str) -> Format:
    offers = GRAPHS if form in ("construct", "describe") else RESULTS
    # SPARQLWrapper sends a format in words of its own (turtle, json-ld) beside an Accept header that says it right.
    if not wanted or (wanted not in offers and any(asks_for(accept, offer) for offer in offers.values())):
        return negotiate(accept, offers.values())
    wanted = wanted.lower().replace(" ", "+")  # where "+" was not percent-encoded
    if "/" in wanted:
        return negotiate(wanted, offers.values())
    for offer in offers.values():
        if wanted in (offer.name, *offer.synonyms):
            return offer
    names = ", ".join(offers)
    raise HTTPException(400, f"format: {wanted!r} is not one of {names}, in which {form.upper()} answers.".strip())


async def _send(request: Request, send: Send, answer: Answer, form: Format, more: Sequence[Raw]) -> None:
    name = f'inline; filename="answer.{form.name}"'.encode()  # what a browser calls the file
    headers = [(b"content-type", form.content_type.encode()), (b"content-disposition", name), *more]
    start: Message = {"type": "http.response.start", "status": 200, "headers": headers}
    if answer.whole is None and request.scope.get("http_version") == "1.0":
        await answer.all()  # without chunks a client could not tell a cut answer from a whole one
    if answer.whole is not None:
        headers.append((b"content-length", str(len(answer.whole)).encode()))
        await send(start)
        await send({"type": "http.response.body", "body": answer.whole})
        return
    await send(start)
    try:
        async for chunk in answer.chunks():
            async with asyncio.timeout(answer.settings.query_seconds):  # who takes nothing for so long has gone
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    except (AnswerBroken, TimeoutError) as error:
        _log.warning("answer broken off: %s", error)  # the server now breaks the connection: never 200 and cut
