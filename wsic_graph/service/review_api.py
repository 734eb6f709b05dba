"""The queue of submissions for the programs of editors, with a token."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.ledger import submissions
from wsic_graph.ledger.people import account_of_token
from wsic_graph.service.visitors import LedgerOf

router = APIRouter(prefix="/api/review", include_in_schema=False)
STATES = ("submitted", "changes-asked", "accepted", "rejected")
"""What a submission may be that is no draft any more."""


@router.get("")
def queue(request: Request, ledger: LedgerOf, state: str = "submitted") -> Response:
    """The submissions in ``state``, the one that waits longest first; for a token with the scope ``review``."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or account_of_token(ledger, token.strip(), "review") is None:
        words = "Send a token for reviews as Authorization: Bearer."
        raise HTTPException(401, words, {"WWW-Authenticate": "Bearer"})
    if state not in STATES:
        raise HTTPException(422, f"state: one of {', '.join(STATES)}.")
    site = request.app.state.settings.public_url
    names = ("id", "record", "state", "named", "why", "made", "changed")
    found = [
        {name: getattr(item, name) for name in names} | {"page": f"{site}/review/{item.id}"}
        for item in submissions.queue(ledger, state)
    ]
    return JSONResponse({"submissions": found})
