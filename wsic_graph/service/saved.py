"""The saved queries as an API: each public one has an address, a page, and its answer in every format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import groupby

import pyoxigraph as ox
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from wsic_graph.choices import Choices
from wsic_graph.engine.bind import Bindings, bind_terms
from wsic_graph.errors import ParameterError, WsicError
from wsic_graph.formats import GRAPHS, HTML, RESULTS, Format
from wsic_graph.namespaces import SCHEMES
from wsic_graph.queries import RESERVED, Parameter, Query, public_queries
from wsic_graph.service import openapi
from wsic_graph.service.accept import asks_for, negotiate
from wsic_graph.service.errors import details, problem, retry_headers, status_of
from wsic_graph.service.examples import AUDIENCES, as_rdf, describe
from wsic_graph.service.links import address
from wsic_graph.service.pages import render
from wsic_graph.service.paging import Page, Place, read_page
from wsic_graph.service.results import Answer, read_answer
from wsic_graph.settings import Settings

router = APIRouter()

ROWS_SHOWN = 200
"""Rows on a page for people, unless they ask for another number."""
_LISTS = {HTML.name: HTML, "json": Format("json", "application/json", "JSON"), **GRAPHS}
_QUERY_TYPE = "application/sparql-query; charset=utf-8"
_SERVICE = '</openapi.json>; rel="service-desc"; type="application/json"'


@dataclass(frozen=True)
class Field:
    """A parameter as a form shows it, with what it may be (nothing if any value will do)."""

    parameter: Parameter
    value: str
    choices: Mapping[str, str]


@dataclass(frozen=True)
class Call:
    """One request: a query at the address ``path``, the values given for it, and how to answer."""

    query: Query
    path: str
    form: Format
    values: Mapping[str, str]
    choices: Choices

    @property
    def given(self) -> dict[str, str]:
        """The values for the query's own parameters."""
        return {name: value for name, value in self.values.items() if name not in RESERVED}

    def bind(self) -> Bindings:
        """The terms for the parameters. Raises ``ParameterError``."""
        return self.choices.bind(self.query, self.given)

    def place(self, most: int) -> Place:
        """The page that is asked for, of at most ``most`` rows. Raises ``ParameterError``."""
        for name in ("limit", "after"):
            if name in self.values and self.query.form != "select":
                raise ParameterError(name, f"only SELECT has pages of rows; this is {self.query.form.upper()}")
        shown = ROWS_SHOWN if self.form is HTML else most
        text = self.values.get("limit", str(min(shown, most)))
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= most):
            raise ParameterError("limit", f"{text[:20]!r} is not a whole number from 1 to {most:,}", text)
        return Place(int(text), self.values.get("after", ""))

    def at(self, place: Place | None) -> str | None:
        """The address of another page of the same answer."""
        if place is None:
            return None
        return address(self.path, **{**self.values, "limit": place.limit, "after": place.after})

    def fields(self) -> list[Field]:
        """The parameters with the values that they have."""
        found = []
        for item in self.query.parameters:
            value = self.given.get(item.name, item.default or "")
            found.append(Field(item, item.short(value), self.choices.of(item)))
        return found

    def files(self) -> list[tuple[str, str]]:
        """Label and address of the answer in each format for machines."""
        offers = RESULTS if self.query.form in ("select", "ask") else GRAPHS
        return [
            (form.label, address(f"/queries/{self.query.name}.{form.name}", **self.given)) for form in offers.values()
        ]


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
    offers = {**(RESULTS if query.form in ("select", "ask") else GRAPHS), HTML.name: HTML}
    try:
        values = _values(request)
        form = _choose(request, suffix or values.get("format", ""), offers)
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
        form = _choose(request, suffix, _LISTS)
    except ParameterError as error:
        return _refused(request, error)
    queries = sorted(public_queries().values(), key=lambda query: list(AUDIENCES).index(query.audience))
    if form.name == "json":
        return JSONResponse({"queries": [describe(query) for query in queries]}, headers={"Link": _SERVICE})
    if form is not HTML:
        endpoint = f"{request.app.state.settings.public_url.rstrip('/')}/sparql"
        return Response(as_rdf(queries, endpoint, form), media_type=form.content_type, headers={"Link": _SERVICE})
    groups = {AUDIENCES[name]: list(found) for name, found in groupby(queries, key=lambda item: item.audience)}
    files = [(item.label, f"/queries.{item.name}") for item in _LISTS.values() if item is not HTML]
    response = render(request, None, "queries.html", groups=groups, files=files)
    response.headers["Link"] = _SERVICE
    return response


def _missing(name: str) -> str:
    near = get_close_matches(name, public_queries(), n=3)
    return f"There is no saved query called “{name}”." + (f" Near it: {', '.join(near)}." if near else "")


def _values(request: Request) -> dict[str, str]:
    """What the address gives. An empty value is as good as none, since forms send one for every field."""
    values: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in values:
            raise ParameterError(name, "is given more than once; one value is taken")
        if value:
            values[name] = value
    return values


def _choose(request: Request, name: str, offers: Mapping[str, Format]) -> Format:
    """The format called ``name``, or else the one that the client would rather have."""
    if not name:
        return negotiate(request.headers.get("accept", ""), offers.values())
    if name not in offers:
        raise ParameterError("format", f"{name!r} is not offered here; there are: {', '.join(offers)}", name)
    return offers[name]


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
        if call.query.form not in ("select", "ask"):
            call.place(1)
            body = request.app.state.door.run(call.query.text, call.bind(), call.form.name)
        else:
            page, _ = _answer(request, call)
            headers["Link"] = ", ".join([*_links(call, page), _SERVICE])
            body = _written(page.results, call.form)
    except WsicError as error:
        return _refused(request, error)
    return Response(body, media_type=call.form.content_type, headers=headers)


def _links(call: Call, page: Page) -> list[str]:
    places = {"prev": call.at(page.previous), "next": call.at(page.next)}
    if not any(places.values()):
        return []
    first = address(call.path, **{name: value for name, value in call.values.items() if name != "after"})
    return [f'<{target}>; rel="{name}"' for name, target in {"first": first, **places}.items() if target]


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
    answer, page, error, status, text = Answer(), None, None, 200, call.query.text
    try:
        if call.query.form in ("select", "ask"):
            page, bindings = _answer(request, call)
            answer = replace(read_answer(page.results, len(page.results)), total=page.total)
        else:
            call.place(1)
            bindings = call.bind()
            answer = Answer(turtle=request.app.state.door.run(call.query.text, bindings, "ttl").decode())
        text = bind_terms(call.query.text, bindings)
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
        editor=address("/sparql", query=text),
        audience=AUDIENCES[call.query.audience],
        schemes=SCHEMES,
    )
    response.headers.update(retry_headers(status))
    response.headers["Link"] = ", ".join([*(_links(call, page) if page else []), _SERVICE])
    return response


def _refused(request: Request, error: WsicError) -> Response:
    """Problem details, unless the client asks for a page; then the handlers of the site make one."""
    if asks_for(request.headers.get("accept", ""), HTML):
        raise error
    if not isinstance(error, ParameterError):
        return details(request, status_of(error), str(error))
    more = {"parameter": error.name, "value": error.value, "near": error.near}
    return details(request, 422, str(error), **more)
