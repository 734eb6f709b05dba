"""Submissions by programs: RDF of one record, with a token."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.engine.door import CLIENT
from wsic_graph.errors import Problem
from wsic_graph.ledger import submissions
from wsic_graph.ledger.limits import FORMATS, MOST_BYTES
from wsic_graph.ledger.people import account_of_token
from wsic_graph.ledger.store import Ledger
from wsic_graph.ledger.submissions import Submission
from wsic_graph.service.proposals import checked, edition_of, record_named
from wsic_graph.service.visitors import get_ledger, read_body

router = APIRouter(prefix="/api/submissions", include_in_schema=False)
_TYPES = {"text/turtle": "ttl", "application/n-triples": "nt", "application/ld+json": "jsonld"}
assert set(_TYPES.values()) == set(FORMATS)


@router.post("")
async def submit(request: Request, record: str = "", why: str = "") -> Response:
    """Check RDF about ``record`` and hand it to the editors: 201 with its state and private link, or 422 with faults.

    The token is sent as ``Authorization: Bearer``, the RDF as the body.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _TYPES:
        raise HTTPException(
            415, f"Send the record as one of {', '.join(_TYPES)}; the Content-Type is {kind or 'missing'}."
        )
    try:
        text = (await read_body(request, MOST_BYTES)).decode()
    except UnicodeDecodeError:
        raise HTTPException(400, "The record is not UTF-8.") from None
    return await run_in_threadpool(_submit, request, record, why, text, _TYPES[kind])


def _submit(request: Request, record: str, why: str, text: str, format: str) -> Response:
    ledger = get_ledger(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    account = account_of_token(ledger, token.strip(), "submit") if scheme.lower() == "bearer" else None
    if account is None:
        words = "Send a token for submissions as Authorization: Bearer."
        raise HTTPException(401, words, {"WWW-Authenticate": "Bearer"})
    iri = record_named(record)
    before = edition_of(request).said(iri)
    found = checked(request, text, format, iri, new=not before)
    if found.problems:
        detail = "The record was not taken; see the faults."
        more = {"status": 422, "title": "Unprocessable Content", "detail": detail, "faults": faults(found.problems)}
        return JSONResponse(more, 422, media_type="application/problem+json")
    fields = {"rdf": [text], "format": [format]}
    draft, secret = submissions.start(ledger, iri, fields, before, client=CLIENT.get(), account=account)
    body = b"".join(found.bodies.values())
    draft = submissions.save(ledger, draft, fields=fields, body=body, named=account.shown, why=why)
    return JSONResponse(_state(request, submissions.submit(ledger, draft), secret), 201)


@router.get("/{secret}")
def state(request: Request, secret: str) -> Response:
    """What has become of the submission with this private link."""
    ledger: Ledger = get_ledger(request)
    return JSONResponse(_state(request, submissions.open_link(ledger, secret), secret))


def _state(request: Request, submission: Submission, secret: str) -> dict[str, Any]:
    site = request.app.state.settings.public_url
    return {
        "id": submission.id,
        "record": submission.record,
        "state": submission.state,
        "reason": submission.reason,
        "changed": submission.changed,
        "link": f"{site}/contribute/drafts/{secret}",
        "self": f"{site}/api/submissions/{secret}",
    }


def faults(problems: list[Problem]) -> list[dict[str, str]]:
    """Problems as a program reads them."""
    return [{"record": item.record, "field": item.field, "message": item.message} for item in problems]
