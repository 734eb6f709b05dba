"""The editor at ``/sparql``: write a query, run it, read and take away the answer.

The page works as a plain form. Its script asks ``/sparql/answer`` for the
part of the page that shows the answer, so there is one renderer for both.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from fastapi import APIRouter, FastAPI, Form, Request
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles

from wsic_graph.engine.bind import bind_terms
from wsic_graph.engine.scan import check_query
from wsic_graph.errors import QuerySyntax, WsicError
from wsic_graph.formats import GRAPHS, RESULTS, Format
from wsic_graph.namespaces import PREFIXES
from wsic_graph.queries import all_queries
from wsic_graph.service.caching import fingerprint
from wsic_graph.service.errors import retry_headers, status_of
from wsic_graph.service.graph import Graph, GraphOf
from wsic_graph.service.links import address
from wsic_graph.service.pages import WEB, render
from wsic_graph.service.results import GRAPH_FORMS, Answer, answer_of
from wsic_graph.service.snippets import plain

router = APIRouter()

AUDIENCES = {"commissioner": "For commissioners", "researcher": "For researchers", "harvester": "For harvesters"}
"""Who the examples are for, in the order of the page."""
_ASSETS = WEB / "static" / "editor"
_PLACE = re.compile(r"line (\d+), column (\d+)")


@dataclass(frozen=True)
class Fault:
    """Why a query was not answered; for a syntax error also where: ``line`` and ``column`` from 1, and the line."""

    words: str
    line: int = 0
    column: int = 0
    text: str = ""


@dataclass(frozen=True)
class Asked:
    """A query that was asked: its text and form, with its answer or the fault in it."""

    text: str
    form: str = ""
    answer: Answer | None = None
    fault: Fault | None = None
    status: int = 200

    @property
    def downloads(self) -> list[tuple[str, str]]:
        """Label and address of the answer in each format that it comes in."""
        return [(item.label, address("/sparql", query=self.text, format=item.name)) for item in formats_of(self.form)]


def formats_of(form: str) -> list[Format]:
    """The formats that the answer of a query of this form comes in, the one for people first."""
    if form in GRAPH_FORMS:
        return list(GRAPHS.values())
    names = ("json", "xml") if form == "ask" else ("csv", "tsv", "json", "xml")
    return [RESULTS[name] for name in names]


def add_assets(app: FastAPI) -> None:
    """Serve the editor's modules and style at an address that changes with them, so that no two versions mix."""
    path = f"/static/editor-{fingerprint(_ASSETS)}"
    app.mount(path, StaticFiles(directory=_ASSETS), name="editor")
    modules = sorted(item.name for item in _ASSETS.glob("*.js"))
    app.state.templates.env.globals.update(editor_folder=path, editor_modules=modules)


@router.get("/sparql")
def page(request: Request, graph: GraphOf, query: str = "") -> Response:
    """The editor; with ``query`` also its answer."""
    return _render(
        request,
        graph,
        "sparql.html",
        query,
        examples=_examples(),
        limits=request.app.state.settings,
    )


@router.post("/sparql")
def posted_page(request: Request, graph: GraphOf, query: Annotated[str, Form()] = "") -> Response:
    """As GET, for a query that is too long for an address."""
    return page(request, graph, query)


@router.get("/sparql/answer")
def answer(request: Request, graph: GraphOf, query: str = "") -> Response:
    """The part of the page that shows the answer, for the editor's script."""
    return _render(request, graph, "parts/sparql_answer.html", query)


@router.post("/sparql/answer")
def long_answer(request: Request, graph: GraphOf, query: Annotated[str, Form()] = "") -> Response:
    """As GET, for a query that is too long for an address."""
    return answer(request, graph, query)


@router.get("/sparql/prefixes.json")
def prefixes() -> dict[str, str]:
    """Every prefix that the graph's own files use, with its namespace."""
    return PREFIXES


def _render(request: Request, graph: Graph, template: str, query: str, **more: object) -> Response:
    asked = _ask(graph, plain(query))
    settings = request.app.state.settings
    response = render(
        request,
        graph,
        template,
        asked.status,
        ask=asked,
        endpoint=f"{settings.public_url.rstrip('/')}/sparql",
        **more,
    )
    response.headers.update(retry_headers(asked.status))
    return response


def _ask(graph: Graph, text: str) -> Asked:
    if not text.strip():
        return Asked("")
    settings = graph.door.settings
    try:
        form = check_query(text, settings.query_length, settings.query_depth)
        return Asked(text, form, answer_of(graph.door, text))
    except WsicError as error:
        return Asked(text, fault=_fault(text, error), status=status_of(error))


def _fault(text: str, error: WsicError) -> Fault:
    place = _PLACE.search(str(error)) if isinstance(error, QuerySyntax) else None
    if not place:
        return Fault(str(error))
    line, column = int(place[1]), int(place[2])
    lines = text.split("\n")
    words = str(error)
    if "Prefix not found" in words:  # the engine's words list all that could have followed
        words = f"{place[0]}: the prefix before this place is not declared; add a PREFIX line for it"
    return Fault(words, line, column, lines[line - 1] if line <= len(lines) else "")


@dataclass(frozen=True)
class Example:
    """A saved query that is offered as an example; ``address`` opens it in the editor."""

    summary: str
    address: str


@cache
def _examples() -> dict[str, list[Example]]:
    """The queries that are offered as examples, by who asks them."""
    found: defaultdict[str, list[Example]] = defaultdict(list)
    for query in all_queries().values():
        if "public" in query.tags and "asked_by" in query.head:
            text = bind_terms(query.text, query.bind({}))
            found[str(query.head["asked_by"])].append(Example(query.summary, address("/sparql", query=text)))
    return {words: found[who] for who, words in AUDIENCES.items() if found[who]}
