"""The editor at ``/sparql``: write a query, run it, read and take away the answer.

The page works as a plain form. Its script asks ``/sparql/answer`` for the
part of the page that shows the answer, so there is one renderer for both.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles

from wsic_graph.engine import Door
from wsic_graph.engine.door import CLIENT
from wsic_graph.errors import QuerySyntax, WsicError
from wsic_graph.formats import GRAPHS, RESULTS, Format
from wsic_graph.namespaces import PREFIXES
from wsic_graph.queries import public_queries
from wsic_graph.service.caching import fingerprint
from wsic_graph.service.errors import retry_headers, status_of
from wsic_graph.service.examples import AUDIENCES
from wsic_graph.service.links import address, editor_address
from wsic_graph.service.pages import WEB, render
from wsic_graph.service.protocol import read_request
from wsic_graph.service.results import GRAPH_FORMS, Answer, format_to_read, read_body
from wsic_graph.service.snippets import plain
from wsic_graph.service.watch import Watch

router = APIRouter()

_ASSETS = WEB / "static" / "editor"


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
    lasting: bool = True

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
async def page(request: Request, query: str = "") -> Response:
    """The editor; with ``query`` also its answer."""
    limits = request.app.state.settings
    return await _render(request, "sparql.html", query, examples=_examples(), limits=limits)


@router.post("/sparql")
async def posted_page(request: Request) -> Response:
    """As GET, for a query that is too long for an address: as a form, or by itself as the protocol has it."""
    return await page(request, await _posted(request))


@router.get("/sparql/answer")
async def answer(request: Request, query: str = "") -> Response:
    """The part of the page that shows the answer, for the editor's script."""
    return await _render(request, "parts/sparql_answer.html", query)


@router.post("/sparql/answer")
async def long_answer(request: Request) -> Response:
    """As GET, for a query that is too long for an address."""
    return await answer(request, await _posted(request))


async def _posted(request: Request) -> str:
    asked = await read_request(request, request.app.state.settings)
    return asked.query if asked else ""


@router.get("/sparql/prefixes.json")
def prefixes() -> dict[str, str]:
    """Every prefix that the graph's own files use, with its namespace."""
    return PREFIXES


async def _render(request: Request, template: str, query: str, **more: object) -> Response:
    state = request.app.state
    async with Watch(request):  # a query whose reader has gone is stopped
        asked = await _ask(state.door, plain(query))
        endpoint = f"{state.settings.public_url}/sparql"
        response = await run_in_threadpool(
            render, request, None, template, asked.status, ask=asked, endpoint=endpoint, **more
        )
        response.headers.update(retry_headers(asked.status) if asked.lasting else {"Cache-Control": "no-store"})
        return response
    return Response(status_code=204)  # which nobody will read


async def _ask(door: Door, text: str) -> Asked:
    if not text.strip():
        return Asked("")
    try:
        form = door.form(text)
        found = await door.ask(text, None, format_to_read(form), client=CLIENT.get())
        try:
            body = await found.all()
        finally:
            found.close()
        return Asked(text, form, await run_in_threadpool(read_body, form, body), lasting=found.lasting)
    except WsicError as error:
        return Asked(text, fault=_fault(text, error), status=status_of(error))


def _fault(text: str, error: WsicError) -> Fault:
    words = str(error)
    if not isinstance(error, QuerySyntax) or not error.line:
        return Fault(words)
    if "Prefix not found" in words:  # the engine's own words list all that could have followed
        words = (
            f"line {error.line}, column {error.column}: "
            "the prefix before this place is not declared; add a PREFIX line for it"
        )
    lines = text.split("\n")
    return Fault(words, error.line, error.column, lines[error.line - 1] if error.line <= len(lines) else "")


@dataclass(frozen=True)
class Example:
    """A saved query that is offered as an example; ``address`` opens it in the editor."""

    summary: str
    address: str


@cache
def _examples() -> dict[str, list[Example]]:
    """The queries that are offered as examples, by who asks them."""
    found: defaultdict[str, list[Example]] = defaultdict(list)
    for query in public_queries().values():
        found[query.audience].append(Example(query.summary, editor_address(query, query.bind({}))))
    return {words: found[who] for who, words in AUDIENCES.items() if who in found and who != "site"}
