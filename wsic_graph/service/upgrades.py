"""What a new release and the community both changed: a list for editors, and each record three ways."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.answers import rows
from wsic_graph.ledger import submissions
from wsic_graph.ledger.compare import turtle
from wsic_graph.ledger.rdf import digest
from wsic_graph.ledger.revisions import base_said
from wsic_graph.ledger.store import Conflict as Changed
from wsic_graph.ledger.store import Ledger, LedgerError, NotThere
from wsic_graph.ledger.upgrades import Conflict, conflicts, merged, three_way
from wsic_graph.service.errors import status_of, told_later
from wsic_graph.service.links import page_of
from wsic_graph.service.proposals import checked, edition_of, name_of, publish, record_named
from wsic_graph.service.visitors import EditorOf, Form, FormOf, LedgerOf, Visitor, VisitorOf, get_ledger, go, private

router = APIRouter(prefix="/review/upgrades", include_in_schema=False)
_WHY = {
    "ours": "The version of the community is kept against a new release",
    "released": "The version of a new release is taken",
    "edit": "A new release and the version of the community are put together",
}


def open_conflicts(request: Request, ledger: Ledger) -> list[Conflict]:
    """The records on which the release in use and the community disagree."""
    edition = edition_of(request)
    return conflicts(ledger, edition.published.release, edition.change)


@router.get("")
def listed(request: Request, visitor: VisitorOf, editor: EditorOf, ledger: LedgerOf) -> Response:
    """The records to decide on."""
    del editor
    found = open_conflicts(request, ledger)
    names = {item.record: name_of(request, item.record) for item in found}
    return private(request, visitor, "upgrades.html", found=found, names=names, keys={r: _key(r) for r in names})


@router.get("/{kind}/{slug}")
def one(request: Request, visitor: VisitorOf, editor: EditorOf, ledger: LedgerOf, *, kind: str, slug: str) -> Response:
    """One record: what it was, what the new release says, what the community says."""
    del editor
    return _page(request, visitor, _find(request, ledger, kind, slug))


@router.post("/{kind}/{slug}")
def decide(
    request: Request,
    visitor: VisitorOf,
    editor: EditorOf,
    ledger: LedgerOf,
    *,
    form: FormOf,
    kind: str,
    slug: str,
) -> Response:
    """Keep the version of the community, take that of the release, or publish one that was edited."""
    found = _find(request, ledger, kind, slug)
    try:
        if form["seen"] != _seen(found):
            raise Changed("The record has changed since this page was made. Look at it again.")
        body = _chosen(request, found, form)
        why = form["why"] or _WHY[form["do"]]
        base = {found.record: found.released}
        publish(
            request,
            lambda: submissions.put(
                ledger, found.record, body, editor, seen=found.ours, upto=edition_of(request).change, why=why, base=base
            ),
        )
    except LedgerError as error:
        now = _find(request, ledger, kind, slug)
        page = _page(request, visitor, now, status=status_of(error), problem=str(error), edited=form["rdf"])
        return told_later(page, error)
    return go("/review/upgrades")


def _chosen(request: Request, found: Conflict, form: Form) -> bytes:
    """The version that is to stand. Raises ``LedgerError`` where it cannot."""
    if form["do"] not in _WHY:
        raise LedgerError("Choose which version is to stand.")
    if form["do"] == "ours":
        return found.ours
    if form["do"] == "released":
        if not found.released and rows(edition_of(request).door, "pages/record-referrers", record=found.record):
            raise LedgerError(
                "The release has removed this record, but other records point at it. Correct those first."
            )
        return found.released
    answer = checked(request, form["rdf"], "ttl", found.record, new=False)
    if answer.problems or set(answer.bodies) != {found.record}:
        words = "; ".join(f"{item.record} {item.field}: {item.message}" for item in answer.problems[:5])
        raise LedgerError(f"The edited version was not kept. {words or 'It must be of this record alone.'}")
    return answer.bodies[found.record]


def _find(request: Request, ledger: Ledger, kind: str, slug: str) -> Conflict:
    record = record_named(f"{kind}/{slug}")
    found = next((item for item in open_conflicts(request, ledger) if item.record == record), None)
    if found is None:
        raise NotThere("There is nothing to decide on this record: the release and the community agree.")
    return found


def _seen(found: Conflict) -> str:
    return hashlib.sha256(digest(found.ours) + b"\0" + digest(found.released)).hexdigest()


def _key(record: str) -> str:
    return "/".join(record.split("/")[-2:])


def _page(
    request: Request, visitor: Visitor, found: Conflict, *, status: int = 200, problem: str = "", edited: str = ""
) -> Response:
    base = base_said(get_ledger(request), found.base)
    together = merged(base, found.released, found.ours) if base is not None and found.released and found.ours else b""
    return private(
        request,
        visitor,
        "upgrade.html",
        status,
        found=found,
        key=_key(found.record),
        title=name_of(request, found.record),
        page=page_of(found.record),
        known=base is not None,
        fields=three_way(found.record, base or b"", found.released, found.ours, lambda iri: name_of(request, iri)),
        seen=_seen(found),
        rdf=edited or turtle(found.record, {"": together or found.ours or found.released}),
        problem=problem,
    )
