"""Saying something about a record: was it useful, a comment, we did this too, still current, an error.

Nobody needs an account. The forms stand on a page of their own, because the page of a record is the
same for everybody; what is sent waits in the ledger for an editor.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.answers import rows
from wsic_graph.engine.door import CLIENT
from wsic_graph.forms.filled import fill, to_fields
from wsic_graph.ledger import remarks, submissions
from wsic_graph.ledger.confirming import confirmed
from wsic_graph.ledger.rdf import GRAPHS, kind_of, triples_of
from wsic_graph.ledger.store import Ledger, LedgerError
from wsic_graph.namespaces import ID
from wsic_graph.service.editions import Edition
from wsic_graph.service.errors import status_of, told_later
from wsic_graph.service.graph import NoSuchRecord
from wsic_graph.service.links import reader_page
from wsic_graph.service.proposals import edition_of, name_of
from wsic_graph.service.said import DONE_BY, is_target
from wsic_graph.service.visitors import Form, FormOf, LedgerOf, Visitor, VisitorOf, go, private

router = APIRouter(prefix="/contribute", include_in_schema=False)
_KEY = re.compile(r"[a-z-]+/[A-Za-z0-9][A-Za-z0-9._-]{0,140}")
_AREA = re.compile(r"(?:.*\()?(area/[A-Za-z0-9-]+)\)?")
_FIELDS = ("useful", "text", "named", "area", "why")


def target_of(request: Request, kind: str, slug: str) -> str:
    """The IRI of a published record on which people can say something. Raises ``NoSuchRecord``."""
    iri = f"{ID}{kind}/{slug}"
    if not (_KEY.fullmatch(f"{kind}/{slug}") and is_target(iri)):
        raise NoSuchRecord(kind, slug, "/search")
    if not rows(edition_of(request).door, "records/about", record=iri):
        raise NoSuchRecord(kind, slug, "/search")
    return iri


@router.get("/about/{kind}/{slug}")
def about(request: Request, visitor: VisitorOf, *, kind: str, slug: str, useful: str = "") -> Response:
    """The forms about one record."""
    return _page(request, visitor, target_of(request, kind, slug), {"useful": useful})


@router.post("/about/{kind}/{slug}")
def say(request: Request, visitor: VisitorOf, ledger: LedgerOf, *, form: FormOf, kind: str, slug: str) -> Response:
    """Keep what one of the forms says."""
    record = target_of(request, kind, slug)
    try:
        match form["do"]:
            case "useful":
                who = visitor.account.entry if visitor.account else visitor.secret
                remarks.answer(ledger, record, form["useful"], who=who, client=CLIENT.get())
                return _page(request, visitor, record, {"useful": form["useful"]}, thanks="useful")
            case "current":
                return go(f"/contribute/drafts/{_confirm(request, visitor, ledger, record, form)}")
            case remarks.COMMENT | remarks.DONE_ELSEWHERE | remarks.ERROR as what:
                return go(f"/contribute/said/{_remark(request, ledger, record, what, form)}")
            case _:
                raise LedgerError("Choose what you want to say.")
    except LedgerError as error:
        given = {name: form[name] for name in _FIELDS}
        page = _page(request, visitor, record, given, status=status_of(error), problem=str(error), at=form["do"])
        return told_later(page, error)


def _remark(request: Request, ledger: Ledger, record: str, what: str, form: Form) -> str:
    area = ""
    if what == remarks.DONE_ELSEWHERE:
        if kind_of(record) not in DONE_BY:
            raise LedgerError("This is nothing that another area could have done.")
        area = _area(edition_of(request), form["area"])
    named = "" if what == remarks.ERROR else form["named"]
    _, secret = remarks.say(ledger, what, record, form["text"], client=CLIENT.get(), named=named, area=area)
    return secret


def _area(edition: Edition, text: str) -> str:
    """The IRI of the area that was meant: by its key, or its name. Raises ``LedgerError``."""
    found = _AREA.fullmatch(text)
    if found and ID + found[1] in edition.labels:
        return ID + found[1]
    named = [iri for iri in edition.schema.by_name.get(text.lower(), ()) if kind_of(iri) == "area"]
    if len(named) != 1:
        raise LedgerError("area: choose an area of the list, for example “Torbay (area/E06000027)”.")
    return named[0]


def _confirm(request: Request, visitor: Visitor, ledger: Ledger, record: str, form: Form) -> str:
    """Hand in that a record is still current: a revision that changes the day of confirmation alone."""
    if kind_of(record) not in GRAPHS:
        raise LedgerError("This record follows from others, so it cannot be confirmed by itself.")
    edition = edition_of(request)
    said = edition.said(record)
    body = confirmed(record, said, datetime.now(UTC).date().isoformat())
    named = remarks.plain_text("organisation", form["named"], remarks.LONGEST_NAME)
    why = remarks.plain_text("how you know", form["why"])
    fields = to_fields(fill(record, triples_of(body), edition.schema))
    draft, secret = submissions.start(ledger, record, fields, said, client=CLIENT.get(), account=visitor.account)
    why = f"Still current. {why}".strip()
    draft = submissions.save(ledger, draft, fields=fields, body=body, named=named, why=why)
    submissions.submit(ledger, draft)
    return secret


def _page(
    request: Request,
    visitor: Visitor,
    record: str,
    given: dict[str, str],
    *,
    status: int = 200,
    problem: str = "",
    at: str = "",
    thanks: str = "",
) -> Response:
    edition = edition_of(request)
    kind = kind_of(record)
    return private(
        request,
        visitor,
        "about.html",
        status,
        record=record.removeprefix(ID),
        name=name_of(request, record),
        page=reader_page(record) or "/",
        given=dict.fromkeys(_FIELDS, "") | given,
        correctable=kind in GRAPHS,
        doable=kind in DONE_BY,
        areas=edition.schema.records("area") if kind in DONE_BY else [],
        problem=problem,
        at=at,
        thanks=thanks,
        longest=remarks.LONGEST,
        longest_name=remarks.LONGEST_NAME,
    )


@router.get("/said/{secret}")
def said(request: Request, visitor: VisitorOf, ledger: LedgerOf, secret: str) -> Response:
    """What has become of a comment or a report, for whoever has its private link."""
    remark = remarks.open_link(ledger, secret)
    context: dict[str, Any] = {"area": name_of(request, remark.area) if remark.area else ""}
    return private(
        request,
        visitor,
        "remark.html",
        remark=remark,
        secret=secret,
        record=remark.record.removeprefix(ID),
        name=name_of(request, remark.record),
        page=reader_page(remark.record) or "/",
        **context,
    )


@router.post("/said/{secret}")
def withdraw(ledger: LedgerOf, form: FormOf, secret: str) -> Response:
    """Delete what was said."""
    del form  # that it was sent from a page of ours is all that is asked of it
    remarks.withdraw(ledger, remarks.open_link(ledger, secret))
    return go("/contribute", withdrawn=1)
