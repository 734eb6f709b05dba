"""Pages of the rows of a saved query.

A saved query has one order, in which its key columns have a part, so that the
order is the same each time. A page starts behind the row whose key is given,
wherever that row stands in this version of the graph; rows that a new version
adds before it or takes away there neither repeat nor hide others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wsic_graph.errors import ParameterError


@dataclass(frozen=True)
class Place:
    """Where a page is: it starts behind the row with the key ``after`` and has at most ``limit`` rows."""

    limit: int
    after: str = ""


@dataclass(frozen=True)
class Page:
    """Some rows of an answer, as SPARQL results in JSON, and the places beside them.

    ``start`` is the number of rows before it and ``total`` that of the whole
    answer; both are 0 for yes or no.
    """

    results: bytes
    start: int = 0
    total: int = 0
    previous: Place | None = None
    next: Place | None = None


def read_page(results: bytes, key: Sequence[str], place: Place) -> Page:
    """The page at ``place`` of ``results``, a whole answer in JSON whose rows the columns ``key`` tell apart.

    Raises ``ParameterError`` if no row has the key that ``place`` names.
    """
    document = json.loads(results)
    if "results" not in document:
        return Page(results)
    rows = document["results"]["bindings"]
    start = _behind(rows, key, place.after) if place.after else 0
    end = min(start + place.limit, len(rows))
    if (start, end) == (0, len(rows)):
        return Page(results, 0, len(rows))
    document["results"]["bindings"] = rows[start:end]
    before = max(start - place.limit, 0)
    return Page(
        json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(),
        start,
        len(rows),
        Place(start - before, key_of(rows[before - 1], key) if before else "") if start else None,
        Place(place.limit, key_of(rows[end - 1], key)) if end < len(rows) else None,
    )


def key_of(row: Mapping[str, Any], key: Sequence[str]) -> str:
    """The key of a row: a hash of the terms in its key columns, of 22 letters and digits."""
    terms = json.dumps([row.get(column) for column in key], sort_keys=True)
    return hashlib.blake2b(terms.encode(), digest_size=11).hexdigest()


def _behind(rows: Sequence[Mapping[str, Any]], key: Sequence[str], after: str) -> int:
    for number, row in enumerate(rows, 1):
        if key_of(row, key) == after:
            return number
    raise ParameterError("after", f"no row of this answer has the key {after!r}; start again from the first page")
