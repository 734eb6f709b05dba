"""The saved queries as an API: each public one has an address, a page, and its answer in every format."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from itertools import groupby

import pyoxigraph as ox
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from wsic_graph.engine.bind import Bindings
from wsic_graph.errors import ParameterError, WsicError
from wsic_graph.formats import GRAPHS, HTML, Format
from wsic_graph.namespaces import SCHEMES
from wsic_graph.queries import public_queries
from wsic_graph.service import openapi
from wsic_graph.service.accept import asks_for
from wsic_graph.service.call import Call, choose_format, formats_of, has_rows, read_values
from wsic_graph.service.errors import details, problem, retry_headers, status_of
from wsic_graph.service.examples import AUDIENCES, as_rdf, describe
from wsic_graph.service.links import editor_address
from wsic_graph.service.pages import render
from wsic_graph.service.paging import Page, read_page
from wsic_graph.service.results import Answer, answer_of, read_answer
from wsic_graph.settings import Settings

router = APIRouter()

_LISTS = {HTML.name: HTML, "json": Format("json", "application/json", "JSON"), **GRAPHS}
_QUERY_TYPE = "application/sparql-query; charset=utf-8"
_SERVICE = (
    '</openapi.json>; rel="service-desc"; type="application/json", '
    '</queries.ttl>; rel="describedby"; type="text/turtle"'
)


@router.get("/queries")
def index(request: Request) -> Response:
    """The list of saved queries, in the format that the client would rather have."""
    return _index(request, request.query_params.get("format", ""))


@router.get("/queries.{suffix}")
def index_file(request: Request, suffix: str) -> Response:
    """The list of saved queries in the format ``suffix``."""
    return _index(request, suffix)


@router.get("/queries/{path:path}")
def saved_query(request: Request, path: str) -> Response:
    """The answer of a saved query, on a page or as a file; or, with the suffix ``.rq``, its text."""
    name, _, suffix = path.partition(".")
    query = public_queries().get(name)
    if query is None:
        return problem(request, 404, _missing(name), "/queries")
    if suffix == "rq":
        return Response(query.source, media_type=_QUERY_TYPE)
    offers = {**formats_of(query), HTML.name: HTML}
    try:
        values = read_values(request)
        form = choose_format(request, suffix or values.get("format", ""), offers)
    except ParameterError as error:
        return _refused(request, error)
    call = Call(query, request.url.path, form, values, request.app.state.choices)
    return _page(request, call) if form is HTML else _file(request, call)


@router.get("/openapi.json")
def openapi_document(request: Request) -> Response:
    """The API in OpenAPI 3.1."""
    state = request.app.state
    queries = public_queries().values()
    return JSONResponse(openapi.document(request.app, queries, state.choices, state.settings, state.version))


def _index(request: Request, suffix: str) -> Response:
    try:
        form = choose_format(request, suffix, _LISTS)
    except ParameterError as error:
        return _refused(request, error)
    queries = sorted(public_queries().values(), key=lambda query: list(AUDIENCES).index(query.audience))
    if form.name == "json":
        return JSONResponse({"queries": [describe(query) for query in queries]}, headers={"Link": _SERVICE})
    if form is not HTML:
        endpoint = f"{request.app.state.settings.public_url}/sparql"
        return Response(as_rdf(queries, endpoint, form), media_type=form.content_type, headers={"Link": _SERVICE})
    groups = [(name, AUDIENCES[name], list(found)) for name, found in groupby(queries, key=lambda item: item.audience)]
    files = [(item.label, f"/queries.{item.name}") for item in _LISTS.values() if item is not HTML]
    response = render(request, None, "queries.html", groups=groups, files=files)
    response.headers["Link"] = _SERVICE
    return response


def _missing(name: str) -> str:
    near = get_close_matches(name, public_queries(), n=3)
    return f"There is no saved query called “{name}”." + (f" Near it: {', '.join(near)}." if near else "")


def _answer(request: Request, call: Call) -> tuple[Page, Bindings]:
    settings: Settings = request.app.state.settings
    bindings, place = call.bind(), call.place(settings.page_rows)
    results = request.app.state.door.run(call.query.text, bindings, "json")
    return read_page(results, call.query.key, place), bindings


def _file(request: Request, call: Call) -> Response:
    headers = {
        "Link": _SERVICE,
        "Content-Disposition": f'inline; filename="{call.query.name.replace("/", "-")}.{call.form.name}"',
    }
    try:
        if not has_rows(call.query):
            call.place(1)
            body = request.app.state.door.run(call.query.text, call.bind(), call.form.name)
        else:
            page, _ = _answer(request, call)
            headers["Link"] = ", ".join([*call.links(page), _SERVICE])
            body = _written(page.results, call.form)
    except WsicError as error:
        return _refused(request, error)
    return Response(body, media_type=call.form.content_type, headers=headers)


def _written(results: bytes, form: Format) -> bytes:
    """SPARQL results in JSON, in the format ``form``."""
    if form.name == "json":
        return results
    target = ox.QueryResultsFormat.from_media_type(form.media_type)
    assert target, form.media_type
    body = ox.parse_query_results(results, format=ox.QueryResultsFormat.JSON).serialize(format=target)
    assert body is not None
    return body


def _page(request: Request, call: Call) -> Response:
    answer, page, error, status = Answer(), None, None, 200
    bindings: Bindings = {}
    try:
        if has_rows(call.query):
            page, bindings = _answer(request, call)
            answer = replace(read_answer(page.results, len(page.results)), total=page.total)
        else:
            call.place(1)
            bindings = call.bind()
            answer = answer_of(request.app.state.door, call.query.text, bindings)
    except WsicError as refused:
        error, status = refused, status_of(refused)
    response = render(
        request,
        None,
        "query.html",
        status,
        query=call.query,
        fields=call.fields(),
        answer=answer,
        page=page,
        error=error,
        files=call.files(),
        before=call.at(page.previous) if page else None,
        behind=call.at(page.next) if page else None,
        editor=editor_address(call.query, bindings),
        audience=AUDIENCES[call.query.audience],
        schemes=SCHEMES,
    )
    response.headers.update(retry_headers(status))
    response.headers["Link"] = ", ".join([*(call.links(page) if page else []), _SERVICE])
    return response


def _refused(request: Request, error: WsicError) -> Response:
    """Problem details, unless the client asks for a page; then the handlers of the site make one."""
    if asks_for(request.headers.get("accept", ""), HTML):
        raise error
    return details(request, error)
