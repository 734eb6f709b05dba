"""Areas by what somebody types: a name, a part of one, or a code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wsic_graph.answers import Iri, Row

_MOST = 20


def find_area(areas: Sequence[Row], typed: str) -> list[Row]:
    """The areas that ``typed`` may mean: the one of that code or name, or at most twenty whose name has all its words.

    Present councils come before others of the same name. Nothing for nothing typed.
    """
    words = _words(typed)
    if not words:
        return []
    ordered = sorted(areas, key=lambda row: (row["current"] is not True, row["current"] is False))
    exact = [row for row in ordered if _words(str(row["label"])) == words or words == _words(_code(row))]
    if exact:
        return exact[:1]
    return [row for row in ordered if all(_has(_words(str(row["label"])), word) for word in words)][:_MOST]


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _has(words: list[str], start: str) -> bool:
    return any(word.startswith(start) for word in words)


def _code(row: Row) -> str:
    iri = row["area"]
    return iri.slug if isinstance(iri, Iri) else ""
