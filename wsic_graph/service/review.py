"""What editors do: the queue, a submission beside the current version, the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.background import BackgroundTask

from wsic_graph.answers import rows
from wsic_graph.catalogue.records import moved_to
from wsic_graph.errors import Problem
from wsic_graph.forms.model import CLASSES
from wsic_graph.ledger import submissions
from wsic_graph.ledger.annotations import KIND
from wsic_graph.ledger.compare import statement_lines, turtle
from wsic_graph.ledger.contributors import contributor_of
from wsic_graph.ledger.people import Account
from wsic_graph.ledger.rdf import digest, kind_of, record_of
from wsic_graph.ledger.store import Conflict, Ledger, LedgerError
from wsic_graph.ledger.submissions import Submission
from wsic_graph.namespaces import SCHEME
from wsic_graph.service.errors import status_of, told_later
from wsic_graph.service.links import page_of
from wsic_graph.service.proposals import (
    checked,
    compared,
    edition_of,
    must_publish,
    name_of,
    ntriples,
    organisation_of,
    preview,
    publish,
    published_named,
    replaced,
    seen_mark,
    title_of,
    what_it_is,
)
from wsic_graph.service.record_history import versions_of
from wsic_graph.service.upgrades import open_conflicts
from wsic_graph.service.visitors import EditorOf, Form, FormOf, LedgerOf, Visitor, VisitorOf, get_ledger, go, private

router = APIRouter(prefix="/review", include_in_schema=False)
_STATES = {
    "submitted": "Waiting for a decision",
    "changes-asked": "Back with the contributor",
    "accepted": "Accepted",
    "rejected": "Rejected",
}
_RECALLED, _VERIFIED = (f"<{SCHEME}basis/{name}>".encode() for name in ("recalled", "verified"))


@router.get("")
def queue(request: Request, visitor: VisitorOf, editor: EditorOf, ledger: LedgerOf, state: str = "") -> Response:
    """The submissions in one state, the oldest first."""
    del editor
    request.app.state.checker.prepare()
    chosen = state if state in _STATES else "submitted"
    found = submissions.queue(ledger, chosen)
    return private(
        request,
        visitor,
        "queue.html",
        found=found,
        names={item.id: title_of(request, item) for item in found},
        kinds={item.id: what_it_is(request, item) for item in found},
        states=_STATES,
        chosen=chosen,
        upgraded=len(open_conflicts(request, ledger)),
    )


@router.get("/{name}")
def one(request: Request, visitor: VisitorOf, editor: EditorOf, ledger: LedgerOf, name: str) -> Response:
    """A submission beside what the record says now. While it is read it is checked, so that accepting is quick."""
    del editor
    submission = submissions.find(ledger, name)
    page = _page(request, visitor, submission)
    if submission.state == "submitted":
        page.background = BackgroundTask(_check_ahead, request, submission)
    return page


def _check_ahead(request: Request, submission: Submission) -> None:
    before = replaced(request, submission)
    seen = b"".join(_with_sources_seen(said, before[record]) for record, said in submission.bodies.items())
    with suppress(LedgerError):  # it is checked again, and told, when the editor decides
        for body in dict.fromkeys((submission.body, seen)):
            _checked(request, submission, body, before)


@router.get("/{name}/preview")
def preview_page(request: Request, editor: EditorOf, ledger: LedgerOf, name: str) -> Response:
    """The page as it would be."""
    del editor
    submission = submissions.find(ledger, name)
    return preview(request, submission.record, submission.bodies, f"/review/{name}")


@router.post("/{name}")
def decide(
    request: Request, visitor: VisitorOf, editor: EditorOf, ledger: LedgerOf, *, form: FormOf, name: str
) -> Response:
    """Accept, ask for changes, reject, or put an edited version in the place of what was submitted."""
    submission = submissions.find(ledger, name)
    problems: Sequence[Problem] = ()
    try:
        if form["edits"] != str(submission.edits):
            raise Conflict("This submission was changed by somebody else meanwhile. Look at it again.")
        if form["do"] == "accept":
            publish(request, lambda: _accept(request, ledger, submission, editor, form))
            return go(f"/review/{name}")
        if form["do"] == "edit":
            found = checked(request, form["rdf"], "ttl", submission.record, new=submission.new)
            problems = found.problems
            if problems:
                raise LedgerError("The edited version has something to put right, so it was not kept.")
            submissions.revise(ledger, submission, editor, b"".join(found.bodies.values()))
            return go(f"/review/{name}")
        state = {"ask": "changes-asked", "reject": "rejected"}.get(form["do"])
        if state is None:
            raise LedgerError("Choose what to do with the submission.")
        submissions.answer(ledger, submission, editor, state, form["reason"])
        return go("/review")
    except LedgerError as error:
        edited = form["rdf"] if form["do"] == "edit" else ""
        now, status, reason = submissions.find(ledger, name), status_of(error), form["reason"]
        page = _page(
            request, visitor, now, status=status, problem=str(error), edited=edited, problems=problems, reason=reason
        )
        return told_later(page, error)


def _accept(request: Request, ledger: Ledger, submission: Submission, editor: Account, form: Form) -> int:
    """Check once more against what is published now, then publish. The number of the change."""
    before = replaced(request, submission)
    if form["seen"] != seen_mark(before):
        raise Conflict("The record has changed since this page was made. Look at the difference again.")
    if form["sources"]:
        body = b"".join(_with_sources_seen(said, before[record]) for record, said in submission.bodies.items())
        if body != submission.body:
            submission = submissions.revise(ledger, submission, editor, body)
    submission = _without_known(ledger, submission, editor, before)
    before = {record: before[record] for record in submission.bodies}
    problems = _checked(request, submission, submission.body, before)
    if problems:
        words = "; ".join(f"{problem.record} {problem.field}: {problem.message}" for problem in problems[:5])
        raise LedgerError(f"It does not fit what is published now: {words}")
    organisation = organisation_of(request, submission)
    return submissions.accept(
        ledger, submission, editor, before, form["reason"], upto=edition_of(request).change, organisation=organisation
    )


def _checked(request: Request, submission: Submission, body: bytes, before: Mapping[str, bytes]) -> Sequence[Problem]:
    new = not before[submission.record]
    return checked(request, ntriples(body), "nt", submission.record, new=new).problems


def _without_known(ledger: Ledger, submission: Submission, editor: Account, before: Mapping[str, bytes]) -> Submission:
    """The submission without the sources and organisations that have come with another one meanwhile."""
    kept = {name: body for name, body in submission.bodies.items() if name == submission.record or not before[name]}
    if len(kept) == len(submission.bodies):
        return submission
    return submissions.revise(ledger, submission, editor, b"".join(kept.values()))


def _with_sources_seen(body: bytes, before: bytes) -> bytes:
    """``body`` with what is new in it marked as verified instead of recalled."""
    old = set(before.splitlines(True))
    lines = [line if line in old else line.replace(_RECALLED, _VERIFIED) for line in body.splitlines(True)]
    return b"".join(sorted(lines))


def _page(
    request: Request,
    visitor: Visitor,
    submission: Submission,
    *,
    status: int = 200,
    problem: str = "",
    edited: str = "",
    problems: Sequence[Problem] = (),
    reason: str = "",
) -> Response:
    before, after = replaced(request, submission), submission.bodies
    was, will = (b"".join(bodies.values()) for bodies in (before, after))
    return private(
        request,
        visitor,
        "submission.html",
        status,
        submission=submission,
        state=_STATES.get(submission.state, "A draft"),
        title=title_of(request, submission),
        what=what_it_is(request, submission),
        page=page_of(submission.record) if edition_of(request).said(submission.record) else "",
        organisation=name_of(request, iri) if (iri := organisation_of(request, submission)) else "",
        differences=compared(request, submission.record, before, after),
        lines=statement_lines(was, will),
        moved=submission.state == "submitted" and digest(before.get(submission.record, b"")) != submission.base,
        seen=seen_mark(before),
        contributor=contributor_of(get_ledger(request), submission.id),
        rdf=edited or (turtle(submission.record, after) if after else ""),
        formed=kind_of(submission.record) in CLASSES,
        problem=problem,
        problems=problems,
        reason=reason,
    )


@router.post("/records/{kind}/{slug}")
def put(request: Request, editor: EditorOf, ledger: LedgerOf, *, form: FormOf, kind: str, slug: str) -> Response:
    """Restore an older version of a record, or remove the record."""
    must_publish(request)
    record = published_named(f"{kind}/{slug}")
    now = edition_of(request).said(record)
    if form["seen"] != seen_mark({record: now}):
        raise Conflict("The record has changed since this page was made. Look at its history again.")
    body, besides = b"", dict[str, bytes]()
    if form["do"] == "restore":
        found = next((item for item in versions_of(request, ledger, record) if item.name == form["version"]), None)
        if moved_to(now):
            raise LedgerError("It was renamed or merged: undo that change instead, so that everything goes back.")
        if found is None or not found.body or found.moved:
            raise LedgerError("There is no such version to restore.")
        body = found.body
        ours = kind == KIND  # the program wrote it, so that there is nothing to check
        problems = [] if ours else checked(request, ntriples(body), "nt", record, new=not now).problems
        if problems:
            raise LedgerError(f"That version does not fit what is published now: {problems[0]}")
    elif form["do"] != "remove" or moved_to(now):
        raise LedgerError("Choose what to do with the record.")
    else:
        besides = _said_of(request, record)
    seen = {record: now, **besides}
    bodies = {**dict.fromkeys(besides, b""), record: body}
    publish(
        request,
        lambda: submissions.put_all(
            ledger, bodies, editor, seen=seen, upto=edition_of(request).change, why=form["why"]
        ),
    )
    return go(f"/history/{kind}/{slug}")


def _said_of(request: Request, record: str) -> dict[str, bytes]:
    """What people said about a record, which goes with it. Raises ``LedgerError`` where anything else points at it."""
    edition = edition_of(request)
    found = {record_of(str(row["referrer"])) for row in rows(edition.door, "pages/record-referrers", record=record)}
    if others := sorted(item for item in found if kind_of(item) != KIND):
        raise LedgerError(f"Other records point at it, so it cannot be removed: {', '.join(others[:5])}.")
    return {item: edition.said(item) for item in sorted(found)}
