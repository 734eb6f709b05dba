"""How a record came to say what it says: its versions, who gave them and why, any two compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from wsic_graph.catalogue.overlay import said_of
from wsic_graph.catalogue.rdf import Document
from wsic_graph.catalogue.records import moved_to
from wsic_graph.formats import GRAPHS
from wsic_graph.ledger.compare import statement_lines
from wsic_graph.ledger.revisions import revisions_of
from wsic_graph.ledger.store import Ledger
from wsic_graph.queries import get_query
from wsic_graph.service.graph import GraphOf, NoSuchRecord
from wsic_graph.service.links import page_of
from wsic_graph.service.pages import render
from wsic_graph.service.proposals import compared, edition_of, name_of, published_named, seen_mark
from wsic_graph.service.visitors import EditorOf, LedgerOf, VisitorOf, private

router = APIRouter(include_in_schema=False)
_FORMATS = ("ttl", "jsonld", "nt", "rdf")


@dataclass(frozen=True)
class Version:
    """A version of a record: ``name`` is its number, 0 for what the release says. ``body`` is empty if removed.

    ``change`` is the number of the change that made it, 0 for the release.
    """

    name: str
    at: str
    named: str
    why: str
    body: bytes
    change: int = 0

    @property
    def moved(self) -> str:
        """The record that took its place, in a version that says no more than that."""
        return moved_to(self.body)


def versions_of(request: Request, ledger: Ledger, record: str) -> list[Version]:
    """The versions of a record in the edition of the request, the last first."""
    edition = edition_of(request)
    found = [
        Version(item.name, item.at, item.named, item.why, item.body, item.change)
        for item in revisions_of(ledger, record)
        if item.change <= edition.change
    ]
    released = said_of(edition.published.release, [record])[record]
    return [*found, Version("0", "", "", "", released)] if released else found


@router.get("/history/{kind}/{slug}.{suffix}")
def document(graph: GraphOf, kind: str, slug: str, suffix: str) -> Response:
    """Who changed a record when and why as PROV-O, in the format that the suffix names."""
    record = published_named(f"{kind}/{slug}")
    if suffix not in _FORMATS:
        raise HTTPException(404, f"There is no format “.{suffix}” here. There are: .{', .'.join(_FORMATS)}.")
    if not graph.published.history.latest(record):
        raise NoSuchRecord(kind, slug, "/")
    query = get_query("records/revisions")
    answer = graph.door.run(query.text, query.bind({"record": record}), "nt")
    said = Document()
    said.add(ox.parse(answer, format=ox.RdfFormat.N_TRIPLES))
    return Response(said.serialize(suffix), media_type=GRAPHS[suffix].content_type)


@router.get("/history/{kind}/{slug}")
def history(
    request: Request, graph: GraphOf, ledger: LedgerOf, *, kind: str, slug: str, old: str = "", new: str = ""
) -> Response:
    """The versions of a record, and two of them compared: the last two, or ``old`` and ``new``."""
    found = _found(request, ledger, f"{kind}/{slug}", old, new)
    graph.behind("records/revisions", record=found["record"])
    formats = [GRAPHS[name] for name in _FORMATS]
    return render(request, graph, "ledger/history.html", **found, visitor=None, formats=formats)


@router.get("/review/records/{kind}/{slug}")
def editing(
    request: Request,
    visitor: VisitorOf,
    editor: EditorOf,
    ledger: LedgerOf,
    *,
    kind: str,
    slug: str,
    old: str = "",
    new: str = "",
) -> Response:
    """The same for editors, who can restore a version or remove the record."""
    del editor
    return private(request, visitor, "history.html", **_found(request, ledger, f"{kind}/{slug}", old, new))


def _found(request: Request, ledger: Ledger, key: str, old: str, new: str) -> dict[str, Any]:
    record = published_named(key)
    kind, slug = key.split("/")
    versions = versions_of(request, ledger, record)
    if not versions:
        raise NoSuchRecord(kind, slug, "/")
    by_name = {version.name: version for version in versions}
    after = by_name.get(new or versions[0].name)
    before = by_name.get(old or (versions[1].name if len(versions) > 1 else versions[0].name))
    if after is None or before is None:
        raise HTTPException(404, f"This record has the versions {', '.join(by_name)}; name two of them.")
    now = edition_of(request).said(record)
    return {
        "record": record,
        "key": key,
        "title": name_of(request, record) if now else slug,
        "page": page_of(record),
        "versions": versions,
        "restorable": [item.name for item in versions if item.body not in (b"", now) and not item.moved],
        "before": before,
        "after": after,
        "differences": compared(request, record, {record: before.body}, {record: after.body}),
        "lines": statement_lines(before.body, after.body),
        "removed": not now or bool(moved_to(now)),
        "seen": seen_mark({record: now}),
        "moved": moved_to(now),
    }
