"""The query page: ask the graph anything, or run a saved query, and read the answer as a table or a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import pyoxigraph as ox
from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.engine import Door
from wsic_graph.engine.scan import check_query
from wsic_graph.errors import WsicError
from wsic_graph.namespaces import BASE, PREFIXES
from wsic_graph.queries import Query, all_queries
from wsic_graph.service.accept import preferred
from wsic_graph.service.errors import problem, retry_headers, status_of
from wsic_graph.service.graph import GraphOf, NoSuchRecord
from wsic_graph.service.links import address, curie, page_of
from wsic_graph.service.pages import render

router = APIRouter()

MOST_ROWS = 1000
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
_GRAPH_FORMS = ("construct", "describe")
_NUMBERS = {PREFIXES["xsd"] + name for name in ("integer", "decimal", "double", "float")}


@dataclass(frozen=True)
class Cell:
    """One value of a table."""

    text: str
    href: str | None = None
    numeric: bool = False


@dataclass(frozen=True)
class Answer:
    """What a query answered: rows, yes or no, or a graph as Turtle."""

    columns: list[str]
    rows: list[list[Cell]]
    total: int = 0
    truth: bool | None = None
    turtle: str | None = None


@dataclass(frozen=True)
class Ask:
    """What is asked: a text, or a saved query with values."""

    text: str
    saved: Query | None
    values: Mapping[str, str]

    def run(self, door: Door, form: str) -> bytes:
        """The answer in ``form``; raises what the door and the parameters raise."""
        return door.run(self.text, self.saved.bind(self.values) if self.saved else {}, form)

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
            answer = _answer(graph.door, ask)
        except WsicError as refused:
            error, status = refused, status_of(refused)
    response = render(
        request, graph, "sparql.html", status, ask=ask, answer=answer, error=error, most=MOST_ROWS, examples=_examples()
    )
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


def _answer(door: Door, ask: Ask) -> Answer:
    form = check_query(ask.text, door.settings.query_length, door.settings.query_depth)
    if form in _GRAPH_FORMS:
        return Answer([], [], turtle=ask.run(door, "ttl").decode())
    found = ox.parse_query_results(ask.run(door, "json"), format=ox.QueryResultsFormat.JSON)
    if isinstance(found, ox.QueryBoolean):
        return Answer([], [], truth=bool(found))
    assert isinstance(found, ox.QuerySolutions)
    columns = [variable.value for variable in found.variables]
    rows: list[list[Cell]] = []
    total = 0
    for solution in found:
        total += 1
        if total <= MOST_ROWS:
            rows.append([_cell(solution[name]) for name in columns])
    return Answer(columns, rows, total)


def _cell(term: object) -> Cell:
    if isinstance(term, ox.NamedNode):
        outside = term.value if term.value.startswith(("http://", "https://")) and BASE not in term.value else None
        return Cell(curie(term.value), page_of(term.value) or outside)
    if isinstance(term, ox.Literal):
        return Cell(term.value, numeric=term.datatype.value in _NUMBERS)
    return Cell("" if term is None else str(term))


def _examples() -> dict[str, list[Query]]:
    """The queries that are offered as examples, by who asks them."""
    found: defaultdict[str, list[Query]] = defaultdict(list)
    for query in all_queries().values():
        if {"public", "competency"} & set(query.tags):
            found[str(query.head.get("asked_by", "anyone"))].append(query)
    return dict(sorted(found.items()))
