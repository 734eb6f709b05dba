"""Answers of saved queries as typed Python values, for pages and models."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal

from wsic_graph.engine import Door
from wsic_graph.namespaces import PREFIXES
from wsic_graph.queries import Query, get_query

Value = str | int | bool | Decimal | None
Row = Mapping[str, Value]


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
    return read_rows(door.run(saved.text, saved.bind(values), "json", extra))


def read_rows(answer: bytes) -> list[Row]:
    """The rows of ``answer``, SPARQL results in JSON, as :func:`rows` has them.

    The standard library reads JSON thrice as fast as a reader that makes a term of each value.
    """
    whole = json.loads(answer)
    unbound: dict[str, Value] = dict.fromkeys(whole["head"]["vars"])
    found: list[Row] = []
    for solution in whole["results"]["bindings"]:
        row = unbound.copy()
        for name, term in solution.items():
            read = _READ.get(term["type"])
            if read is not None:
                typed = _TYPED.get(term["datatype"]) if "datatype" in term else None
                row[name] = (typed or read)(term["value"])
        found.append(row)
    return found


def _truth(text: str) -> bool:
    return text in ("true", "1")


_READ: dict[str, Callable[[str], Value]] = {"uri": Iri, "literal": str, "typed-literal": str}
"""How the terms of each type are read; nodes without a name are None."""
_TYPED: dict[str, Callable[[str], Value]] = {
    f"{PREFIXES['xsd']}integer": int,
    f"{PREFIXES['xsd']}decimal": Decimal,
    f"{PREFIXES['xsd']}boolean": _truth,
}
