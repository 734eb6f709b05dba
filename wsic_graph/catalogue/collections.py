"""The records by kind, in pages that a harvester follows: Hydra collections that hold the records themselves.

The statements of the records stand in their named graphs, the controls in the
default graph; in a format without named graphs they are told apart by their
subjects, since the controls speak of addresses of this site and no record does.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from wsic_graph.catalogue.history import Event, History
from wsic_graph.catalogue.rdf import Document, english, node, nodes, typed

SIZE = 500
"""Records on a page."""


@dataclass(frozen=True)
class Page:
    """One page of the collection of a kind: its records and the addresses of the pages around it."""

    kind: str
    total: int
    records: list[Event]
    address: str
    first: str
    last: str
    previous: str | None
    next: str | None


def read_page(history: History, root: str, kind: str, after: str) -> Page | None:
    """The page of the records of ``kind`` behind the IRI ``after``; None if there is no such kind.

    ``root`` is the address of the collections.
    """
    total = history.kinds().get(kind)
    if total is None:
        return None
    collection = f"{root}/{kind}"
    found = history.live(kind, after, SIZE + 1)
    last = history.record_at(kind, (total - 1) // SIZE * SIZE - 1)
    return Page(
        kind=kind,
        total=total,
        records=found[:SIZE],
        address=page_address(collection, after),
        first=collection,
        last=page_address(collection, last),
        previous=page_address(collection, history.record_before(kind, after, SIZE)) if after else None,
        next=page_address(collection, found[SIZE - 1].record) if len(found) > SIZE else None,
    )


def page_address(collection: str, after: str) -> str:
    """The address of the page of ``collection`` that starts behind the record ``after``."""
    return f"{collection}?after={quote(after, safe='')}" if after else collection


def describe_page(page: Page) -> Document:
    """The page as RDF: controls, members and every statement of its records."""
    document = Document()
    document.about(
        page.first,
        {
            "rdf:type": node("hydra:Collection"),
            "dcterms:title": english(f"Records of the kind {page.kind}"),
            "hydra:totalItems": typed(page.total, "integer"),
            "hydra:view": node(page.address),
            "hydra:member": nodes(event.record for event in page.records),
        },
    )
    document.about(
        page.address,
        {
            "rdf:type": node("hydra:PartialCollectionView"),
            "hydra:first": node(page.first),
            "hydra:previous": node(page.previous) if page.previous else None,
            "hydra:next": node(page.next) if page.next else None,
            "hydra:last": node(page.last),
        },
    )
    document.embed(event.body for event in page.records)
    return document


def describe_root(history: History, root: str) -> Document:
    """The list of the collections."""
    document = Document()
    kinds = history.kinds()
    document.about(
        root,
        {
            "rdf:type": node("hydra:Collection"),
            "dcterms:title": english("The records by kind"),
            "hydra:totalItems": typed(len(kinds), "integer"),
            "hydra:member": nodes(f"{root}/{kind}" for kind in kinds),
        },
    )
    for kind, total in kinds.items():
        document.about(
            f"{root}/{kind}",
            {
                "rdf:type": node("hydra:Collection"),
                "dcterms:title": english(f"Records of the kind {kind}"),
                "hydra:totalItems": typed(total, "integer"),
            },
        )
    return document
