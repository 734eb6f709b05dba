"""Editing a submission before it is accepted, in the same form that contributors have."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.errors import Problem
from wsic_graph.forms.filled import Filled, fill, read, to_fields
from wsic_graph.ledger import submissions
from wsic_graph.ledger.rdf import triples_of
from wsic_graph.ledger.store import Conflict, LedgerError
from wsic_graph.ledger.submissions import Submission
from wsic_graph.service.errors import status_of, told_later
from wsic_graph.service.filling import arrange, check, form_of, typed
from wsic_graph.service.proposals import edition_of, title_of
from wsic_graph.service.visitors import EditorOf, FormOf, LedgerOf, Visitor, VisitorOf, go, private

router = APIRouter(prefix="/review", include_in_schema=False)


@router.get("/{name}/form")
def form_page(request: Request, visitor: VisitorOf, editor: EditorOf, ledger: LedgerOf, name: str) -> Response:
    """The form with what the submission says."""
    del editor
    submission = submissions.find(ledger, name)
    said = [triple for body in submission.bodies.values() for triple in triples_of(body)]
    if submission.state != "submitted" or not said:
        raise LedgerError("Only what waits for a decision can be edited.")
    return _page(request, visitor, submission, fill(submission.record, said, edition_of(request).schema))


@router.post("/{name}/form")
def keep(
    request: Request, visitor: VisitorOf, editor: EditorOf, ledger: LedgerOf, *, form: FormOf, name: str
) -> Response:
    """Add or take out a part, or put the edited version in the place of what was submitted.

    Where that cannot be, the form comes back with all that was typed.
    """
    submission = submissions.find(ledger, name)
    filled = read(submission.record, typed(form))
    do, _, about = form["do"].partition(" ")
    try:
        if submission.state != "submitted":
            raise Conflict("Somebody has decided on this submission meanwhile, so nothing of this is kept.")
        if form["edits"] != str(submission.edits):
            raise Conflict(
                "Somebody else edited this submission meanwhile. Look at it in another window first: "
                "if you keep this version now, it takes the place of theirs."
            )
        if do != "keep":
            added = arrange(filled, edition_of(request).schema, do, about)
            return _page(request, visitor, submission, filled, fresh=added)
        body, problems = check(request, submission.record, to_fields(filled), by_editor=True)
        if not problems:
            submissions.revise(ledger, submission, editor, body)
            return go(f"/review/{name}")
    except LedgerError as error:
        problems = [Problem("", 0, submission.record, "", str(error))]
        page = _page(request, visitor, submission, filled, status=status_of(error), problems=problems)
        return told_later(page, error)
    return _page(request, visitor, submission, filled, status=422, problems=problems)


def _page(
    request: Request,
    visitor: Visitor,
    submission: Submission,
    filled: Filled,
    *,
    status: int = 200,
    problems: Sequence[Problem] = (),
    fresh: str = "",
) -> Response:
    return private(
        request,
        visitor,
        "edit.html",
        status,
        submission=submission,
        title=title_of(request, submission),
        **form_of(request, filled, problems, fresh=fresh),
    )
