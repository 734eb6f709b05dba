"""Answers of the engine as a page shows them: a table, yes or no, or a graph as Turtle."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyoxigraph as ox

from wsic_graph.engine import Door
from wsic_graph.engine.bind import Bindings
from wsic_graph.namespaces import BASE, PREFIXES
from wsic_graph.service.links import curie, page_of

MOST_ROWS = 1000
"""Rows that a page shows at most; files have them all."""
GRAPH_FORMS = ("construct", "describe")
_NUMBERS = {PREFIXES["xsd"] + name for name in ("integer", "decimal", "double", "float")}


@dataclass(frozen=True)
class Cell:
    """One value of a table; ``href`` leads to its page or, for an IRI of others, to where it points."""

    text: str
    href: str | None = None
    numeric: bool = False
    iri: bool = False

    @property
    def style(self) -> str:
        """The class of the cell on a page."""
        return "num" if self.numeric else "iri" if self.iri else ""


@dataclass(frozen=True)
class Answer:
    """What a query answered: rows (``total`` counts those not shown too), yes or no, or a graph as Turtle."""

    columns: list[str] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)
    total: int = 0
    truth: bool | None = None
    turtle: str | None = None


def answer_of(door: Door, text: str, bindings: Bindings | None = None, most: int = MOST_ROWS) -> Answer:
    """The answer to a query, at most ``most`` rows of it to show. Raises what :meth:`Door.run` raises."""
    form = door.form(text)
    return read_body(form, door.run(text, bindings, format_to_read(form)), most)


def format_to_read(form: str) -> str:
    """The format in which :func:`read_body` reads the answer to a query of this form."""
    return "nt" if form in GRAPH_FORMS else "json"


def read_body(form: str, body: bytes, most: int = MOST_ROWS) -> Answer:
    """The answer to a query of this form, in the format of :func:`format_to_read`."""
    return Answer(turtle=readable(body)) if form in GRAPH_FORMS else read_answer(body, most)


def readable(triples: bytes) -> str:
    """N-Triples as Turtle with those of our prefixes that it can use."""
    used = {prefix: namespace for prefix, namespace in PREFIXES.items() if f"<{namespace}".encode() in triples}
    found = ox.parse(triples, format=ox.RdfFormat.N_TRIPLES)
    body = ox.serialize((quad.triple for quad in found), format=ox.RdfFormat.TURTLE, prefixes=used)
    assert body is not None
    return body.decode()


def read_answer(results: bytes, most: int = MOST_ROWS) -> Answer:
    """The answer in ``results``, which is SPARQL results in JSON."""
    found = ox.parse_query_results(results, format=ox.QueryResultsFormat.JSON)
    if isinstance(found, ox.QueryBoolean):
        return Answer(truth=bool(found))
    assert isinstance(found, ox.QuerySolutions)
    columns = [variable.value for variable in found.variables]
    rows: list[list[Cell]] = []
    total = 0
    for solution in found:
        total += 1
        if total <= most:
            rows.append([cell_of(solution[name]) for name in columns])
    return Answer(columns, rows, total)


def cell_of(term: object) -> Cell:
    """One RDF term (None where nothing is bound) as a cell."""
    if isinstance(term, ox.NamedNode):
        outside = term.value if term.value.startswith(("http://", "https://")) and BASE not in term.value else None
        return Cell(curie(term.value), page_of(term.value) or outside, iri=True)
    if isinstance(term, ox.Literal):
        return Cell(term.value, numeric=term.datatype.value in _NUMBERS)
    return Cell("" if term is None else str(term))
