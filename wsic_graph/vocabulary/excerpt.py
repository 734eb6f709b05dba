"""A few lines of Turtle about one thing, short enough to be read beside the definition of its class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pyoxigraph as ox

from wsic_graph.release.turtle import write_turtle

_VALUES, _LINES, _LETTERS = 2, 16, 72


def excerpt(triples: Iterable[ox.Triple], iri: str) -> str:
    """The first statements about ``iri`` without their prefixes; long texts and long lists are shortened."""
    everything = sorted(triples, key=str)
    seen: Counter[str] = Counter()
    kept = []
    for triple in everything:
        seen[triple.predicate.value] += 1
        if seen[triple.predicate.value] <= _VALUES:
            kept.append(ox.Triple(triple.subject, triple.predicate, _shorter(triple.object)))
    lines = write_turtle(kept, iri.partition("#")[0]).partition("\n\n")[2].rstrip().splitlines()
    if len(lines) <= _LINES and len(kept) == len(everything):
        return "\n".join(lines)
    shown = lines[:_LINES]
    return "\n".join([*shown[:-1], shown[-1].rstrip(",;. ") + " .", "# … and more"])


def _shorter(
    value: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple,
) -> ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple:
    if not isinstance(value, ox.Literal) or len(value.value) <= _LETTERS:
        return value
    text = value.value[:_LETTERS].rsplit(" ", 1)[0] + " …"
    return ox.Literal(text, language=value.language) if value.language else ox.Literal(text, datatype=value.datatype)
