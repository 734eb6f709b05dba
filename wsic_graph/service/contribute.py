"""Proposing a new record or a correction: a draft behind a private link, checked, seen as the real page, handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.engine.door import CLIENT
from wsic_graph.errors import Problem
from wsic_graph.forms.begin import begin as begin_filled
from wsic_graph.forms.filled import fill, read, slug_of, to_fields
from wsic_graph.ledger import contributors, submissions
from wsic_graph.ledger.compare import turtle
from wsic_graph.ledger.keeping import DAYS
from wsic_graph.ledger.outbox import NoAddress
from wsic_graph.ledger.rdf import triples_of
from wsic_graph.ledger.store import Ledger, LedgerError, NotThere
from wsic_graph.ledger.submissions import Submission
from wsic_graph.namespaces import ID, PREFIXES
from wsic_graph.service.errors import status_of, told_later
from wsic_graph.service.filling import arrange, check, form_of, typed
from wsic_graph.service.links import page_of
from wsic_graph.service.proposals import compared, edition_of, name_of, preview, replaced, settled, what_it_is
from wsic_graph.service.visitors import FormOf, LedgerOf, Visitor, VisitorOf, get_ledger, go, private

router = APIRouter(prefix="/contribute", include_in_schema=False)
_KINDS = {
    "initiative": "An initiative",
    "value-case": "A value case",
    "evidence": "An evidence source with its findings",
    "resource": "A resource",
}
_LIKELY = 6
_SAVED_ELSEWHERE = (
    "the draft was saved in another window, or by somebody else, since you opened it; if you save what is below, "
    "it takes the place of that"
)


@router.get("")
def begin(request: Request, visitor: VisitorOf, record: str = "", like: str = "", withdrawn: str = "") -> Response:
    """What can be proposed and how; for a ``record``, the way to correct it."""
    request.app.state.checker.prepare()
    return _begin(request, visitor, record, like=like, withdrawn=bool(withdrawn))


def _begin(request: Request, visitor: Visitor, record: str, status: int = 200, **given: Any) -> Response:
    iri = settled(request, record) if record else ""
    context: dict[str, Any] = {
        "kind": "initiative",
        "title": "",
        "problem": "",
        "likely": [],
        "like": "",
        "withdrawn": False,
    } | given
    alike = name_of(request, settled(request, context["like"])) if context["like"] else ""
    name = name_of(request, iri) if iri else ""
    return private(
        request,
        visitor,
        "contribute.html",
        status,
        kinds=_KINDS,
        record=record,
        name=name,
        page=page_of(iri),
        alike=alike,
        **context,
    )


@router.post("")
def start(request: Request, visitor: VisitorOf, ledger: LedgerOf, form: FormOf) -> Response:
    """A new draft: a correction of a record, or a new one once the contributor has seen those that are like it."""
    edition = edition_of(request)
    fields: Mapping[str, list[str]]
    if form["record"]:
        record = settled(request, form["record"])
        said = edition.said(record)
        if not said:
            raise LedgerError("There is no such record to correct.")
        fields = to_fields(fill(record, triples_of(said), edition.schema))
    else:
        kind, title = form["kind"], form["title"]
        if kind not in _KINDS or len(title) < 3:
            words = "Choose what it is and give its title."
            return _begin(request, visitor, "", 422, kind=kind, title=title, problem=words, like=form["like"])
        likely = [hit for hit in edition.index.begin(title, 4 * _LIKELY) if hit.kind == kind][:_LIKELY]
        if likely and not form["new"]:
            return _begin(request, visitor, "", kind=kind, title=title, likely=likely, like=form["like"])
        record, said = _free(request, kind, title), b""
        filled = begin_filled(record, title, edition.schema)
        filled.nodes[""].values.update(_like(request, form["like"]))
        fields = to_fields(filled)
    _, secret = submissions.start(ledger, record, fields, said, client=CLIENT.get(), account=visitor.account)
    return go(f"/contribute/drafts/{secret}")


_SHARED = tuple(PREFIXES["wsic"] + name for name in ("intervention", "careGroup", "setting"))


def _like(request: Request, key: str) -> dict[str, list[str]]:
    """What a new record shares with the record ``key`` that it is like: interventions, care groups and settings."""
    if not key:
        return {}
    edition, record = edition_of(request), settled(request, key)
    said = edition.said(record)
    values = fill(record, triples_of(said), edition.schema).nodes[""].values if said else {}
    return {path: values[path] for path in _SHARED if path in values}


def _free(request: Request, kind: str, title: str) -> str:
    """An IRI that no record has."""
    base = f"{ID}{kind}/{slug_of(title)}"
    record, number = base, 1
    while edition_of(request).said(record):
        number += 1
        record = f"{base}-{number}"
    return record


@router.get("/drafts/{secret}")
def draft(request: Request, visitor: VisitorOf, ledger: LedgerOf, secret: str) -> Response:
    """The draft, or what has become of the submission."""
    return _page(request, visitor, _opened(ledger, visitor, secret), secret)


def _owns(visitor: Visitor, submission: Submission) -> bool:
    return visitor.account is not None and visitor.account.id == submission.account


def _opened(ledger: Ledger, visitor: Visitor, secret: str) -> Submission:
    """The submission of a private link; of one's own account also by its id. Raises ``NotThere``."""
    if visitor.account:
        with suppress(NotThere):
            submission = submissions.find(ledger, secret)
            if _owns(visitor, submission):
                return submission
    return submissions.open_link(ledger, secret)


@router.get("/drafts/{secret}/preview")
def preview_page(request: Request, visitor: VisitorOf, ledger: LedgerOf, secret: str) -> Response:
    """The page as it would be, once the draft has been checked."""
    submission = _opened(ledger, visitor, secret)
    if not submission.body:
        raise LedgerError("Check the draft first: a preview needs one that is in order.")
    return preview(request, submission.record, submission.bodies, f"/contribute/drafts/{secret}")


@router.post("/drafts/{secret}")
def change(request: Request, visitor: VisitorOf, ledger: LedgerOf, form: FormOf, secret: str) -> Response:
    """Keep what was typed, and do what the button says."""
    submission = _opened(ledger, visitor, secret)
    schema = edition_of(request).schema
    do, _, about = form["do"].partition(" ")
    if do == "withdraw":
        submissions.withdraw(ledger, submission)
        return go("/contribute", withdrawn=1)
    fields = typed(form)
    if "rdf" not in fields:
        filled = read(submission.record, fields)
        arrange(filled, schema, do, about)
        fields = to_fields(filled)
    elif do == "form" and submission.body:
        fields = to_fields(
            fill(submission.record, [t for b in submission.bodies.values() for t in triples_of(b)], schema)
        )
    if submission.is_open and form["edits"] != str(submission.edits):
        unseen = replace(submission, fields=fields, body=b"", named=form["named"], why=form["why"])
        problems = [Problem("", 0, submission.record, "", _SAVED_ELSEWHERE)]
        return _page(request, visitor, unseen, secret, 409, problems=problems, kept=False)
    body, problems, failed = b"", list[Problem](), None
    if do in ("check", "submit", "rdf"):
        try:
            body, problems = check(request, submission.record, fields)
        except LedgerError as error:  # what was typed is kept all the same
            failed, problems = error, [Problem("", 0, submission.record, "", str(error))]
    if do == "rdf" and body:
        fields = {"rdf": [turtle(submission.record, _bodies(body))], "format": ["ttl"]}
    submission = submissions.save(ledger, submission, fields=fields, body=body, named=form["named"], why=form["why"])
    address = ""
    try:
        contributors.note(ledger, submission.id, visitor.account, form["email"], bool(form["tell"]))
    except NoAddress as error:
        address = str(error).removeprefix("email: ")
    if do == "submit" and not problems and submission.bodies == replaced(request, submission):
        words = "nothing differs yet from what the record says; if all of it is right, say so at the end of its page"
        problems = [Problem("", 0, submission.record, "", words)]
    if problems or address:
        status = status_of(failed) if failed else 422
        page = _page(
            request, visitor, submission, secret, status, problems=problems, address=address, email=form["email"]
        )
        return told_later(page, failed) if failed else page
    if do == "submit":
        submissions.submit(ledger, submission)
        return go(f"/contribute/drafts/{secret}")
    anchor = "#checked" if do == "check" else f"#{quote(about)}" if do == "save" else ""
    if do == "add":
        anchor = f"#{quote(about if '|' in about else 'new-records')}"
    return go(f"/contribute/drafts/{secret}{anchor}")


def _bodies(body: bytes) -> dict[str, bytes]:
    return {"": body}


def _page(
    request: Request,
    visitor: Visitor,
    submission: Submission,
    secret: str,
    status: int = 200,
    *,
    problems: Sequence[Problem] = (),
    address: str = "",
    email: str = "",
    kept: bool = True,
) -> Response:
    """``address`` says what is wrong with ``email``, the address that was given; ``kept`` whether the rest is saved."""
    before = replaced(request, submission)
    said = before.get(submission.record, b"")
    rdf = "rdf" in submission.fields
    filled = read(submission.record, submission.fields)
    contributor = contributors.contributor_of(get_ledger(request), submission.id)
    return private(
        request,
        visitor,
        "draft.html",
        status,
        submission=submission,
        secret=secret,
        days=DAYS["draft"],
        title=(filled.nodes[""].all(PREFIXES["dcterms"] + "title") or [submission.record.rpartition("/")[2]])[0],
        what=what_it_is(request, submission),
        page=page_of(submission.record),
        rdf=rdf,
        mine=_owns(visitor, submission),
        address=address,
        kept=kept,
        contributor=replace(contributor, email=email, confirmed=False) if address else contributor,
        differences=compared(request, submission.record, before, submission.bodies) if submission.body and said else [],
        **form_of(request, filled, problems, rdf=rdf),
    )
