"""Answers of saved queries as typed Python values, for pages and models."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pyoxigraph as ox

from wsic_graph.engine import Door
from wsic_graph.namespaces import PREFIXES
from wsic_graph.queries import Query, get_query

Value = str | int | bool | Decimal | None
Row = Mapping[str, Value]

_XSD = PREFIXES["xsd"]


class Iri(str):
    """An IRI in an answer, told apart from text."""

    __slots__ = ()

    @property
    def kind(self) -> str:
        """``initiative`` of ``…/id/initiative/torbay``, or the scheme of a concept."""
        parts = self.split("#")[0].split("/")
        return parts[-2] if len(parts) > 1 else ""

    @property
    def slug(self) -> str:
        """``torbay`` of ``…/id/initiative/torbay#result-1``."""
        return self.split("#")[0].rsplit("/", 1)[-1]

    @property
    def part(self) -> str:
        """``result-1`` of ``…/id/initiative/torbay#result-1``, or an empty string."""
        return self.partition("#")[2]


def rows(door: Door, query: str | Query, **values: object) -> list[Row]:
    """The rows of a saved SELECT query, as typed values.

    IRIs come as :class:`Iri`, numbers as ``int`` or ``Decimal``, unbound variables
    as ``None``. Raises ``KeyError`` for an unknown query, ``ParameterError`` for a
    value of the wrong type and what :meth:`Door.run` raises.
    """
    return rows_beside(door, query, b"", **values)


def rows_beside(door: Door, query: str | Query, extra: bytes, /, **values: object) -> list[Row]:
    """As :func:`rows`, with ``extra`` N-Triples that the query alone sees beside the graph (:meth:`Door.run`)."""
    saved = get_query(query) if isinstance(query, str) else query
    answer = door.run(saved.text, saved.bind(values), "json", extra)
    solutions = ox.parse_query_results(answer, format=ox.QueryResultsFormat.JSON)
    assert isinstance(solutions, ox.QuerySolutions)
    names = [variable.value for variable in solutions.variables]
    return [{name: python_value(solution[name]) for name in names} for solution in solutions]


def python_value(term: object) -> Value:
    """One RDF term as a Python value."""
    if isinstance(term, ox.NamedNode):
        return Iri(term.value)
    if not isinstance(term, ox.Literal):
        return None
    datatype = term.datatype.value.removeprefix(_XSD)
    if datatype == "integer":
        return int(term.value)
    if datatype == "decimal":
        return Decimal(term.value)
    if datatype == "boolean":
        return term.value in ("true", "1")
    return term.value
