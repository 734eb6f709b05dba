"""Signing in and out, and tokens for programs."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from wsic_graph.engine.door import CLIENT
from wsic_graph.ledger.people import SCOPES, SignInFailed, make_token, sign_in, sign_out
from wsic_graph.ledger.store import LedgerError, TooMany
from wsic_graph.service.visitors import (
    FormOf,
    LedgerOf,
    SignInFirst,
    VisitorOf,
    begin_session,
    end_session,
    go,
    local,
    private,
)

router = APIRouter(prefix="/account", include_in_schema=False)


@router.get("")
def account(request: Request, visitor: VisitorOf) -> Response:
    """What the visitor's account is, and a form for a new token."""
    if visitor.account is None:
        raise SignInFirst(request.url.path)
    return private(request, visitor, "account.html", token="", problem="")


@router.get("/sign-in")
def sign_in_page(request: Request, visitor: VisitorOf, next: str = "") -> Response:
    """The form to sign in."""
    return private(request, visitor, "sign_in.html", next=local(next, ""), name="", problem="")


@router.post("/sign-in")
def begin(request: Request, visitor: VisitorOf, ledger: LedgerOf, form: FormOf) -> Response:
    """Begin a session: always a new one, whatever cookie the visitor came with."""
    target = local(form["next"], "")
    try:
        secret = sign_in(ledger, form["name"], form["password"], CLIENT.get())
    except (SignInFailed, TooMany) as error:
        status = 429 if isinstance(error, TooMany) else 401
        context = {"next": target, "name": form["name"], "problem": str(error)}
        response = private(request, visitor, "sign_in.html", status, **context)
        if isinstance(error, TooMany):
            response.headers["Retry-After"] = str(error.seconds)
        return response
    if visitor.account is not None:
        sign_out(ledger, visitor.secret)
    response = go(target or "/account")
    begin_session(request, response, secret)
    return response


@router.post("/sign-out")
def end(request: Request, visitor: VisitorOf, ledger: LedgerOf, form: FormOf) -> Response:
    """End the session, here and in the ledger."""
    del form
    if visitor.account is not None:
        sign_out(ledger, visitor.secret)
    response = go("/account/sign-in")
    end_session(request, response)
    return response


@router.post("/tokens")
def token(request: Request, visitor: VisitorOf, ledger: LedgerOf, form: FormOf) -> Response:
    """Make a token and show it this once."""
    if visitor.account is None:
        raise SignInFirst("/account")
    if not visitor.account.may("contributor"):
        raise HTTPException(403, "Tokens are for contributors.")
    try:
        days = int(form["days"]) if form["days"].isdecimal() else 0
        secret = make_token(ledger, visitor.account, form["label"] or "token", SCOPES, days)
    except LedgerError as error:
        return private(request, visitor, "account.html", 422, token="", problem=str(error))
    return private(request, visitor, "account.html", token=secret, problem="")
