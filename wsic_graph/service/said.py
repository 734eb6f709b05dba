"""What a page shows beside its record: what people said of it, when it was confirmed, whether its links work."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from wsic_graph.answers import Iri, Row
from wsic_graph.catalogue.freshness import Freshness, freshness_of
from wsic_graph.ledger.annotations import GRAPH_NAME
from wsic_graph.ledger.confirming import only_confirms
from wsic_graph.ledger.rdf import GRAPHS
from wsic_graph.linkcheck.found import PAGES, doi_address
from wsic_graph.linkcheck.store import Checked, LinkChecks
from wsic_graph.namespaces import ID
from wsic_graph.service.graph import Graph
from wsic_graph.service.links import curie
from wsic_graph.service.record import Link, Node

TARGETS = (
    "area",
    "benefit",
    "effect",
    "evidence",
    "initiative",
    "organisation",
    "question",
    "resource",
    "source",
    "unit-cost",
    "value-case",
)
"""The kinds of record on which people can say something."""
DONE_BY = ("initiative", "value-case")
"""The kinds of record that another area can have done too."""
_PAGES = tuple(curie(page) for page in sorted(PAGES))


@dataclass(frozen=True)
class Said:
    """What was said about the record with the key ``record`` (``initiative/torbay-care-trust``).

    ``fresh`` is None where a record is not confirmed by itself or the history is not known yet.
    """

    record: str
    correctable: bool
    doable: bool
    comments: list[Row]
    done: list[Row]
    counts: Row | None
    fresh: Freshness | None
    links: list[Checked]


def said_about(request: Request, graph: Graph) -> Said | None:
    """What was said about the record that ``graph`` showed; None where nobody can say anything of it."""
    node = graph.shown
    if node is None or node.iri.kind not in TARGETS or hasattr(request.state, "preview"):
        return None
    published = graph.published
    found = graph.rows("pages/annotations", record=node.iri) if GRAPH_NAME in published.manifest.graphs else []
    correctable = node.iri.kind in GRAPHS
    fresh = None
    if correctable and published.day:
        fresh = freshness_of(node.iri, published.history, published.overlay, only_confirms)
    return Said(
        record=node.iri.removeprefix(ID),
        correctable=correctable,
        doable=node.iri.kind in DONE_BY,
        comments=[row for row in found if row["text"] is not None and row["area"] is None],
        done=[row for row in found if row["area"] is not None],
        counts=next((row for row in found if row["yes"] is not None), None),
        fresh=fresh,
        links=LinkChecks(request.app.state.settings.data_dir).of(_links(node)),
    )


def _links(node: Node) -> list[str]:
    """The links that lead out of a record and its parts."""
    found = []
    for part in (node, *node.inside):
        if part.iri.partition("#")[0] != node.iri:
            continue
        found += [str(item.iri) for name in _PAGES for item in part.all(name) if isinstance(item, Link)]
        found += [doi_address(str(doi)) for doi in part.all("bibo:doi")]
    return found


def is_target(iri: str) -> bool:
    """Whether ``iri`` is of a kind on which people can say something."""
    return Iri(iri).kind in TARGETS
