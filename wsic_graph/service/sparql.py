"""The query page: ask the graph anything, and read the answer as a table or a file."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.engine import Door
from wsic_graph.errors import WsicError
from wsic_graph.queries import Query, public_queries
from wsic_graph.service.accept import preferred
from wsic_graph.service.errors import problem, retry_headers, status_of
from wsic_graph.service.graph import GraphOf
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
    """What is asked."""

    text: str

    def run(self, door: Door, form: str) -> bytes:
        """The answer in ``form``; raises what the door raises."""
        return door.run(self.text, {}, form)

    def address(self, form: str) -> str:
        """Where the answer is in ``form``."""
        return address("/sparql", query=self.text, format=form)


@router.get("/sparql")
def sparql(request: Request, graph: GraphOf, query: str = "", format: str = "") -> Response:
    """The form; with a query also its answer, on the page or, with ``format``, as a file."""
    ask = Ask(query)
    form = format or (_accepted(request) if ask.text.strip() else "")
    if form:
        return _file(request, graph.door, ask, form)
    answer, error, status = None, None, 200
    if ask.text.strip():
        try:
            answer = answer_of(graph.door, ask.text)
        except WsicError as refused:
            error, status = refused, status_of(refused)
    response = render(request, graph, "sparql.html", status, ask=ask, answer=answer, error=error, examples=_examples())
    response.headers.update(retry_headers(status))
    return response


def _accepted(request: Request) -> str:
    """The format that the Accept header asks for, or nothing for a page."""
    plain = {value.partition(";")[0]: name for name, value in MEDIA_TYPES.items()}
    return plain.get(preferred(request.headers.get("accept", ""), ("text/html", *plain)), "")


def _file(request: Request, door: Door, ask: Ask, form: str) -> Response:
    try:
        body = ask.run(door, form)
    except WsicError as error:
        return problem(request, status_of(error), str(error), "/sparql")
    return Response(
        body, media_type=MEDIA_TYPES[form], headers={"Content-Disposition": f'inline; filename="answer.{form}"'}
    )


def _examples() -> dict[str, list[Query]]:
    """The queries that are offered as examples, by who asks them."""
    found: defaultdict[str, list[Query]] = defaultdict(list)
    for query in public_queries().values():
        if query.audience != "site":
            found[query.audience].append(query)
    return dict(sorted(found.items()))
