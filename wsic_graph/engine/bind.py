"""Bind the parameters of a query as terms, in a way that every SPARQL 1.1 engine understands."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import pyoxigraph as ox

from wsic_graph.engine.scan import tokens

Bindings = Mapping[ox.Variable, ox.NamedNode | ox.Literal]


def bind_terms(text: str, bindings: Bindings) -> str:
    """``text`` with a VALUES block for ``bindings`` at the start of its WHERE group.

    The terms are written by the engine's own serialiser, so a value can never be
    read as anything but one term. As in SPARQL, a parameter is seen by the WHERE
    group and what it joins, not inside a sub-SELECT that does not project it.
    """
    return "".join(bound(text, bindings))


def bound(text: str, bindings: Bindings) -> tuple[str, str, str]:
    """:func:`bind_terms` in three pieces: what stands before the VALUES block, the block, and what follows it."""
    place = _start_of_where(text) if bindings else None
    if place is None:
        return text, "", ""
    names = " ".join(f"?{variable.value}" for variable in bindings)
    terms = " ".join(str(term) for term in bindings.values())
    return text[:place], f" VALUES ({names}) {{ ({terms}) }}", text[place:]


@lru_cache(512)
def _start_of_where(text: str) -> int | None:
    """Offset behind the brace that opens the WHERE group; a CONSTRUCT template is passed over."""
    depth = 0
    before = ""
    template = False
    for kind, value, end in tokens(text):
        if kind == "open":
            if value == "{" and depth == 0 and before == "construct":
                template = True
            elif value == "{" and depth == 0 and not template:
                return end
            depth += 1
        elif kind == "close":
            depth -= 1
            if depth == 0 and template and value == "}":
                template = False
        before = value.lower() if kind == "word" else ""
    return None
