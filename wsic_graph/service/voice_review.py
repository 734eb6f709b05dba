"""What editors do with what people said: the queue of remarks, the answers on usefulness, stale records, links."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.answers import rows
from wsic_graph.catalogue.freshness import all_by_age
from wsic_graph.ledger import remarks
from wsic_graph.ledger.annotations import Counts, usefulness, usefulness_iri
from wsic_graph.ledger.confirming import only_confirms
from wsic_graph.ledger.rdf import GRAPHS, kind_of
from wsic_graph.ledger.store import Conflict, LedgerError
from wsic_graph.linkcheck.asking import OUTCOMES
from wsic_graph.linkcheck.store import LinkChecks
from wsic_graph.namespaces import ID
from wsic_graph.service.errors import status_of
from wsic_graph.service.links import reader_page
from wsic_graph.service.proposals import edition_of, name_of, publish
from wsic_graph.service.visitors import EditorOf, FormOf, LedgerOf, Visitor, VisitorOf, go, private

router = APIRouter(prefix="/review", include_in_schema=False)
_KINDS = {
    remarks.COMMENT: "Comments",
    remarks.DONE_ELSEWHERE: "We did this too",
    remarks.ERROR: "Reports of errors",
}
_STATES = {
    remarks.WAITING: "Waiting for a decision",
    remarks.PUBLISHED: "Published",
    remarks.REJECTED: "Rejected",
    remarks.PUT_RIGHT: "Put right",
    remarks.NO_ERROR: "No error",
}
_MONTHS = {"": "Any age", "6": "6 months", "12": "a year", "24": "two years"}
_MOST_SHOWN = 100
_MOST_COUNTS = 200
_DIGITS = 8


@router.get("/remarks")
def queue(
    request: Request, visitor: VisitorOf, editor: EditorOf, ledger: LedgerOf, *, kind: str = "", state: str = ""
) -> Response:
    """The remarks of one kind in one state; those that wait with the oldest first."""
    del editor
    chosen = kind if kind in _KINDS else remarks.COMMENT
    offered = (remarks.WAITING, *remarks.ENDS[chosen])
    in_state = state if state in offered else remarks.WAITING
    found = remarks.queue(ledger, chosen, in_state)
    edition = edition_of(request)
    return private(
        request,
        visitor,
        "remarks.html",
        found=found,
        names={item.record: name_of(request, item.record) for item in found},
        areas={item.area: name_of(request, item.area) for item in found if item.area},
        pages={item.record: reader_page(item.record) or "/" for item in found},
        removed={item.id for item in found if in_state == remarks.PUBLISHED and not edition.said(item.annotation)},
        kinds=_KINDS,
        kind=chosen,
        states={name: _STATES[name] for name in offered},
        state=in_state,
        waiting=remarks.waiting(ledger),
    )


@router.get("/remarks/{name}")
def one(request: Request, visitor: VisitorOf, editor: EditorOf, ledger: LedgerOf, name: str) -> Response:
    """One remark, with the form to decide on it."""
    del editor
    return _one(request, visitor, remarks.find(ledger, name))


def _one(request: Request, visitor: Visitor, remark: remarks.Remark, status: int = 200, **more: Any) -> Response:
    context = {"problem": "", "reason": ""} | more
    return private(
        request,
        visitor,
        "decide.html",
        status,
        remark=remark,
        name=name_of(request, remark.record),
        key=remark.record.removeprefix(ID),
        page=reader_page(remark.record) or "/",
        area=name_of(request, remark.area) if remark.area else "",
        kinds=_KINDS,
        states=_STATES,
        ends=remarks.ENDS[remark.kind],
        correctable=kind_of(remark.record) in GRAPHS,
        **context,
    )


@router.post("/remarks/{name}")
def decide(
    request: Request, visitor: VisitorOf, editor: EditorOf, ledger: LedgerOf, *, form: FormOf, name: str
) -> Response:
    """Publish a remark, reject it, or end a report of an error."""
    remark = remarks.find(ledger, name)
    try:
        if form["edits"] != str(remark.edits):
            raise Conflict("Somebody decided on this meanwhile. Look at the list again.")
        if form["do"] not in remarks.ENDS[remark.kind]:
            raise LedgerError("Choose what to do with it.")
        if form["do"] != remarks.PUBLISHED:
            remarks.decide(ledger, remark, editor, form["do"], form["reason"])
            return go("/review/remarks", kind=remark.kind)
        if not edition_of(request).said(remark.record) and kind_of(remark.record) in GRAPHS:
            raise LedgerError("The record was removed meanwhile, so nothing can be said about it.")
        title = name_of(request, remark.record)
        nameless = bool(form["nameless"])
        publish(request, lambda: remarks.publish(ledger, remark, editor, title=title, nameless=nameless))
        return go("/review/remarks", kind=remark.kind)
    except LedgerError as error:
        now = remarks.find(ledger, name)
        return _one(request, visitor, now, status_of(error), problem=str(error), reason=form["reason"])


# ------------------------------------------------------------------ usefulness


def _unpublished(request: Request, ledger: LedgerOf) -> dict[str, Counts]:
    """The counts that are not published as they are, of records that there are."""
    edition = edition_of(request)
    new = {
        record: item
        for record, item in remarks.counts(ledger).items()
        if edition.said(record) and usefulness(record, item) != edition.said(usefulness_iri(record))
    }
    return dict(list(new.items())[:_MOST_COUNTS])


def _seen(counts: dict[str, Counts]) -> str:
    return hashlib.sha256(repr([(record, asdict(item)) for record, item in counts.items()]).encode()).hexdigest()


@router.get("/usefulness")
def answers(request: Request, visitor: VisitorOf, editor: EditorOf, ledger: LedgerOf) -> Response:
    """The answers to "was this useful?" that are not published yet."""
    del editor
    return _answers(request, visitor, ledger)


def _answers(request: Request, visitor: Visitor, ledger: LedgerOf, status: int = 200, problem: str = "") -> Response:
    found = _unpublished(request, ledger)
    return private(
        request,
        visitor,
        "usefulness.html",
        status,
        found=found,
        names={record: name_of(request, record) for record in found},
        pages={record: reader_page(record) or "/" for record in found},
        seen=_seen(found),
        problem=problem,
    )


@router.post("/usefulness")
def publish_answers(
    request: Request, visitor: VisitorOf, editor: EditorOf, ledger: LedgerOf, *, form: FormOf
) -> Response:
    """Publish the counts as they were shown, or delete the answers about one record."""
    try:
        do, _, record = form["do"].partition(" ")
        if do == "forget":
            remarks.forget_answers(ledger, editor, record)
            return go("/review/usefulness")
        found = _unpublished(request, ledger)
        if form["seen"] != _seen(found):
            raise Conflict("There are new answers since this page was made. Look at the counts again.")
        publish(request, lambda: remarks.publish_counts(ledger, editor, found))
        return go("/review/usefulness")
    except LedgerError as error:
        return _answers(request, visitor, ledger, status_of(error), str(error))


# ------------------------------------------------------------------ age and links


@router.get("/stale")
def stale(
    request: Request, visitor: VisitorOf, editor: EditorOf, *, kind: str = "", months: str = "", start: str = ""
) -> Response:
    """The records by the day on which they were last confirmed, the oldest first, from the place ``start``."""
    del editor
    edition = edition_of(request)
    kinds = (kind,) if kind in GRAPHS else tuple(GRAPHS)
    age = months if months in _MONTHS else ""
    latest = (datetime.now(UTC) - timedelta(days=int(age or 0) * 30.44)).date().isoformat()
    history = edition.published.history
    found = [item for item in all_by_age(kinds, history, edition.overlay, only_confirms) if item[1].day <= latest]
    first = int(start) if start.isascii() and start.isdigit() and len(start) < _DIGITS else 0
    shown = found[first : first + _MOST_SHOWN]
    return private(
        request,
        visitor,
        "stale.html",
        total=len(found),
        first=first,
        following=first + _MOST_SHOWN if len(found) > first + _MOST_SHOWN else 0,
        found=shown,
        names={record: name_of(request, record) for record, _ in shown},
        pages={record: reader_page(record) or "/" for record, _ in shown},
        kinds=list(GRAPHS),
        kind=kind if kind in GRAPHS else "",
        ages=_MONTHS,
        months=age,
    )


@router.get("/links")
def links(request: Request, visitor: VisitorOf, editor: EditorOf, outcome: str = "") -> Response:
    """The links of one outcome, those that have had it longest first, with the records that have them."""
    del editor
    checks = LinkChecks(request.app.state.settings.data_dir)
    chosen = outcome if outcome in OUTCOMES else "broken"
    found = checks.with_outcome(chosen, _MOST_SHOWN)
    return private(
        request,
        visitor,
        "links.html",
        counts=checks.counts(),
        outcome=chosen,
        found=found,
        uses=_uses(request, [item.url for item in found]),
    )


def _uses(request: Request, urls: list[str]) -> dict[str, list[tuple[str, str]]]:
    """The records that lead to each of ``urls``: what each is called and its page."""
    found: dict[str, list[tuple[str, str]]] = {}
    if urls:
        for row in rows(edition_of(request).door, "operations/outgoing-links"):
            record = str(row["record"])
            found.setdefault(str(row["link"]), []).append((name_of(request, record), reader_page(record) or "/"))
    return found
