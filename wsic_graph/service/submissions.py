"""Submissions by programs: RDF of one record, or several initiatives as a table, with a token."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.engine.door import CLIENT
from wsic_graph.ledger import submissions
from wsic_graph.ledger.limits import MOST_BYTES
from wsic_graph.ledger.people import Account, account_of_token
from wsic_graph.ledger.store import Ledger
from wsic_graph.ledger.submissions import Submission
from wsic_graph.service.bodies import read_body
from wsic_graph.service.errors import faulty
from wsic_graph.service.proposals import settled
from wsic_graph.service.uploads import Read, read_file
from wsic_graph.service.visitors import get_ledger

router = APIRouter(prefix="/api/submissions", include_in_schema=False)
TYPES = {"text/turtle": "ttl", "application/n-triples": "nt", "application/ld+json": "jsonld", "text/csv": "csv"}
"""What is taken, by media type."""


@router.post("")
async def submit(request: Request, record: str = "", why: str = "") -> Response:
    """Check RDF about a record, or a table, and hand it to the editors: 201 with states and links, or 422 with faults.

    The token is sent as ``Authorization: Bearer``. Without ``record``, RDF says itself which record it is about.
    """
    ledger = get_ledger(request)
    account = await run_in_threadpool(_account, ledger, request.headers.get("authorization", ""))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in TYPES:
        words = f"Send it as one of {', '.join(TYPES)}; the Content-Type is {kind or 'missing'}."
        raise HTTPException(415, words)
    try:
        text = (await read_body(request, MOST_BYTES, "submission")).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise HTTPException(400, "The body is not UTF-8.") from None
    return await run_in_threadpool(_submit, request, account, (text, TYPES[kind], record), why)


def _account(ledger: Ledger, authorization: str) -> Account:
    scheme, _, token = authorization.partition(" ")
    account = account_of_token(ledger, token.strip(), "submit") if scheme.lower() == "bearer" else None
    if account is None:
        words = "Send a token for submissions as Authorization: Bearer."
        raise HTTPException(401, words, {"WWW-Authenticate": "Bearer"})
    return account


def _submit(request: Request, account: Account, sent: tuple[str, str, str], why: str) -> Response:
    ledger = get_ledger(request)
    text, format, record = sent
    found = read_file(request, text, format, settled(request, record) if record else "")
    if found.wrong:
        return faulty(request, "Nothing was taken; see the faults.", faults(found))
    if format == "csv":
        secret = submissions.start_together(
            ledger, found.drafts, client=CLIENT.get(), account=account, named=account.shown, why=why
        )
        submissions.submit_together(ledger, [item for item, _ in submissions.together(ledger, secret)])
        return JSONResponse(_together(request, ledger, secret), 201)
    ((iri, fields, body),) = found.drafts
    draft, secret = submissions.start(ledger, iri, fields, found.before, client=CLIENT.get(), account=account)
    draft = submissions.save(ledger, draft, fields=fields, body=body, named=account.shown, why=why)
    return JSONResponse(_state(request, submissions.submit(ledger, draft), secret), 201)


@router.get("/{secret}")
def state(request: Request, secret: str) -> Response:
    """What has become of the submission with this private link."""
    ledger: Ledger = get_ledger(request)
    return JSONResponse(_state(request, submissions.open_link(ledger, secret), secret))


@router.get("/together/{secret}")
def states(request: Request, secret: str) -> Response:
    """What has become of the submissions of a table."""
    return JSONResponse(_together(request, get_ledger(request), secret))


def _together(request: Request, ledger: Ledger, secret: str) -> dict[str, Any]:
    site = request.app.state.settings.public_url
    return {
        "submissions": [_state(request, item, link) for item, link in submissions.together(ledger, secret)],
        "link": f"{site}/contribute/uploads/{secret}",
        "self": f"{site}/api/submissions/together/{secret}",
    }


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


def faults(found: Read) -> list[dict[str, object]]:
    """What is wrong as a program reads it: by record and field, or by line and column of a table."""
    told: list[dict[str, object]] = [asdict(item) for item in found.faults]
    return told + [{"record": item.record, "field": item.field, "message": item.message} for item in found.problems]
