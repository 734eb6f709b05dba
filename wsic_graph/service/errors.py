"""Errors as people and programs read them: a page, or problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.calculator.faults import ScenarioError
from wsic_graph.errors import EngineLost, ParameterError, QueryBusy, QueryCost, QueryLimit, QuerySyntax, WsicError
from wsic_graph.ledger.checking import CheckFailed
from wsic_graph.ledger.store import Conflict, LedgerAway, LedgerError, NotAllowed, NotThere, TooMany
from wsic_graph.records.nearest import Named, Names
from wsic_graph.service.accept import preferred
from wsic_graph.service.graph import NoSuchRecord, RecordGone, RecordMoved
from wsic_graph.service.links import address, page_of
from wsic_graph.service.pages import render
from wsic_graph.service.visitors import SignInFirst

_JSON = ("application/problem+json", "application/json")
_JSON_LIKE = (*_JSON, "application/sparql-results+json", "application/ld+json")


_OF_LEDGER: dict[type[LedgerError], int] = {
    NotThere: 404,
    NotAllowed: 403,
    Conflict: 409,
    TooMany: 429,
    LedgerAway: 503,
    CheckFailed: 503,
}


def status_of(error: WsicError) -> int:
    """The HTTP status that tells what kind of error it is."""
    if isinstance(error, LedgerError):
        return next((status for kind, status in _OF_LEDGER.items() if isinstance(error, kind)), 422)
    if isinstance(error, ParameterError | ScenarioError):
        return 422
    if isinstance(error, QueryCost | EngineLost):
        return 503
    if isinstance(error, QueryLimit):
        return 413
    if isinstance(error, QueryBusy):
        return 429
    return 400


def retry_headers(status: int) -> dict[str, str]:
    """Headers that go with ``status``."""
    return {"Retry-After": "5"} if status == 429 else {}


def told_later(response: Response, error: WsicError) -> Response:
    """``response``, with when to try again if ``error`` knows it."""
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.seconds)
    return response


def plain_problem(request: Request, error: WsicError | HTTPException) -> Response:
    """The error for a client that is no browser: problem details if it takes JSON, otherwise a line of text."""
    status = error.status_code if isinstance(error, HTTPException) else status_of(error)
    detail = str(error.detail if isinstance(error, HTTPException) else error)
    headers = {**(getattr(error, "headers", None) or {}), "Vary": "Accept"}
    if preferred(request.headers.get("accept", ""), ("text/plain", *_JSON_LIKE)) == "text/plain":
        return PlainTextResponse(f"{detail}\n", status, headers | retry_headers(status))
    return _as_json(request, status, detail, _more(error), headers)


def details(request: Request, error: WsicError | HTTPException) -> Response:
    """The error as problem details, whatever the client asks for."""
    status = error.status_code if isinstance(error, HTTPException) else status_of(error)
    detail = str(error.detail if isinstance(error, HTTPException) else error)
    return _as_json(request, status, detail, _more(error))


def faulty(request: Request, detail: str, faults: Sequence[Mapping[str, object]]) -> Response:
    """Problem details of what was sent, with each fault in it."""
    return _as_json(request, 422, detail, {"faults": list(faults)})


def _as_json(
    request: Request,
    status: int,
    detail: str,
    more: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Problem details (RFC 9457), with ``more`` members of its own."""
    title = HTTPStatus(status).phrase
    about = {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": request.url.path}
    return JSONResponse(about | dict(more or {}), status, {**(headers or {}), **retry_headers(status)}, _JSON[0])


def _more(error: Exception) -> dict[str, object]:
    """What a program can do with the error beside reading it."""
    if isinstance(error, QuerySyntax) and error.line:
        return {"line": error.line, "column": error.column}
    if isinstance(error, ParameterError):
        return {"parameter": error.name, "value": error.value, "near": error.near}
    if isinstance(error, ScenarioError):
        return {"faults": [asdict(fault) for fault in error.faults]}
    return {}


def problem(
    request: Request,
    status: int,
    detail: str,
    list_page: str = "/",
    *,
    replacement: str | None = None,
    suggestions: Sequence[Named] | None = None,
    more: Mapping[str, object] | None = None,
) -> Response:
    """The error as problem details for a program or a client that asks for JSON, otherwise as a page.

    ``replacement`` is the IRI of what is there instead; ``suggestions`` are the records that may
    have been meant, None where none were looked for; ``more`` are further members of the problem details.
    """
    title = HTTPStatus(status).phrase
    is_program = request.url.path.startswith("/api/")
    if is_program or preferred(request.headers.get("accept", ""), ("text/html", *_JSON)) in _JSON:
        members = dict(more or {})
        if replacement:
            members["replacedBy"] = replacement
        if suggestions is not None:
            members["suggestions"] = [{"id": s.iri, "title": s.title, "page": page_of(s.iri)} for s in suggestions]
        return _as_json(request, status, detail, members, {"Vary": "Accept"})
    response = render(
        request,
        None,
        "error.html",
        status=status,
        title=title,
        detail=detail,
        list_page=list_page,
        replacement=replacement,
        suggestions=suggestions or (),
    )
    response.headers.update({**retry_headers(status), "Vary": "Accept"})
    return response


def _nearest(request: Request, error: NoSuchRecord) -> list[Named]:
    """The records that may have been meant. Their names are read when they are first needed."""
    names: Names = request.app.state.names
    return names.nearest(error.kind, error.slug)


async def _moved(request: Request, error: Exception) -> Response:
    assert isinstance(error, RecordMoved)
    place, query = error.place(request.url.path), request.url.query
    if place == request.url.path:  # the name stands elsewhere in the address
        return problem(request, 404, error.detail)
    return RedirectResponse(quote(place) + (f"?{query}" if query else ""), 308)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error, SignInFirst):
        return RedirectResponse(address("/account/sign-in", next=error.place), 303)
    if isinstance(error, NoSuchRecord):
        near = await run_in_threadpool(_nearest, request, error)
        return problem(request, 404, error.detail, error.list_page, suggestions=near)
    if isinstance(error, RecordGone):
        return problem(
            request, 410, error.detail, error.list_page, replacement=error.replacement, more={"since": error.since}
        )
    if error.status_code == 404 and error.detail == HTTPStatus.NOT_FOUND.phrase:
        return problem(request, 404, f"There is no page at “{request.url.path}”.")
    words = str(error.detail)
    if error.status_code == 405:
        words = f"{request.method} is not taken at this address; the header Allow says what is."
    response = problem(request, error.status_code, words)
    response.headers.update(error.headers or {})
    return response


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problem(request, 422, "; ".join(f"{item['loc'][-1]}: {item['msg']}" for item in error.errors()))


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, WsicError)
    return told_later(problem(request, status_of(error), str(error), more=_more(error)), error)


async def _other(request: Request, error: Exception) -> Response:
    del error
    return problem(request, 500, "Something went wrong on our side. The fault has been written to the log.")


def add_error_handlers(app: FastAPI) -> None:
    """Let every error reach people in words, never as a stack trace."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RecordMoved, _moved)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(WsicError, _ours)
    app.add_exception_handler(Exception, _other)
