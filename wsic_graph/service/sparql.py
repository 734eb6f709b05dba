"""The query page: ask the graph anything, or run a saved query, and read the answer as a table or a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.engine import Door
from wsic_graph.engine.bind import Bindings
from wsic_graph.errors import WsicError
from wsic_graph.queries import Query, all_queries
from wsic_graph.service.accept import preferred
from wsic_graph.service.errors import problem, retry_headers, status_of
from wsic_graph.service.graph import GraphOf, NoSuchRecord
from wsic_graph.service.links import address
from wsic_graph.service.pages import render
from wsic_graph.service.results import answer_of

router = APIRouter()

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/sparql-results+json",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "xml": "application/sparql-results+xml",
    "ttl": "text/turtle; charset=utf-8",
    "nt": "application/n-triples; charset=utf-8",
    "rdf": "application/rdf+xml",
    "nq": "application/n-quads; charset=utf-8",
    "trig": "application/trig; charset=utf-8",
}


@dataclass(frozen=True)
class Ask:
    """What is asked: a text, or a saved query with values."""

    text: str
    saved: Query | None
    values: Mapping[str, str]

    def run(self, door: Door, form: str) -> bytes:
        """The answer in ``form``; raises what the door and the parameters raise."""
        return door.run(self.text, self.bindings(), form)

    def bindings(self) -> Bindings:
        """The terms for the parameters."""
        return self.saved.bind(self.values) if self.saved else {}

    def address(self, form: str) -> str:
        """Where the answer is in ``form``."""
        asked = {"saved": self.saved.name, **self.values} if self.saved else {"query": self.text}
        return address("/sparql", **asked, format=form)


@router.get("/sparql")
def sparql(request: Request, graph: GraphOf, query: str = "", saved: str = "", format: str = "") -> Response:
    """The form; with a query also its answer, on the page or, with ``format``, as a file."""
    ask = _read(request, query, saved)
    form = format or (_accepted(request) if ask.text.strip() else "")
    if form:
        return _file(request, graph.door, ask, form)
    answer, error, status = None, None, 200
    if ask.text.strip():
        try:
            answer = answer_of(graph.door, ask.text, ask.bindings())
        except WsicError as refused:
            error, status = refused, status_of(refused)
    response = render(request, graph, "sparql.html", status, ask=ask, answer=answer, error=error, examples=_examples())
    response.headers.update(retry_headers(status))
    return response


def _read(request: Request, query: str, saved: str) -> Ask:
    if not saved:
        return Ask(query, None, {})
    found = all_queries().get(saved)
    if found is None:
        raise NoSuchRecord("saved query", saved, "/sparql")
    given = request.query_params
    values = {
        parameter.name: given.get(
            parameter.name, (parameter.default if parameter.default is not None else parameter.example) or ""
        )
        for parameter in found.parameters
    }
    return Ask(found.text, found, values)


def _accepted(request: Request) -> str:
    """The format that the Accept header asks for, or nothing for a page."""
    plain = {value.partition(";")[0]: name for name, value in MEDIA_TYPES.items()}
    return plain.get(preferred(request.headers.get("accept", ""), ("text/html", *plain)), "")


def _file(request: Request, door: Door, ask: Ask, form: str) -> Response:
    try:
        body = ask.run(door, form)
    except WsicError as error:
        return problem(request, status_of(error), str(error), "/sparql")
    name = ask.saved.name.replace("/", "-") if ask.saved else "answer"
    return Response(
        body, media_type=MEDIA_TYPES[form], headers={"Content-Disposition": f'inline; filename="{name}.{form}"'}
    )


def _examples() -> dict[str, list[Query]]:
    """The queries that are offered as examples, by who asks them."""
    found: defaultdict[str, list[Query]] = defaultdict(list)
    for query in all_queries().values():
        if {"public", "competency"} & set(query.tags):
            found[str(query.head.get("asked_by", "anyone"))].append(query)
    return dict(sorted(found.items()))
