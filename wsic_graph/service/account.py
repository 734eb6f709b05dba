"""Signing in and out, and what people see and change of their own account."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from wsic_graph.engine.door import CLIENT
from wsic_graph.ledger import elsewhere, outbox, personal
from wsic_graph.ledger.people import (
    SCOPES,
    Account,
    SignInFailed,
    change_password,
    end_sessions,
    has_password,
    make_token,
    password_is,
    revoke_token,
    session_id,
    sessions_of,
    set_shown,
    sign_in,
    sign_out,
    tokens_of,
)
from wsic_graph.ledger.store import Ledger, LedgerError, TooMany
from wsic_graph.ledger.submissions import of_account
from wsic_graph.service.errors import status_of, told_later
from wsic_graph.service.proposals import title_of
from wsic_graph.service.visitors import (
    AccountOf,
    Form,
    FormOf,
    LedgerOf,
    Visitor,
    VisitorOf,
    begin_session,
    browser_of,
    end_session,
    go,
    local,
    private,
)

router = APIRouter(prefix="/account", include_in_schema=False)
_DONE = {
    "connected": "You can sign in there from now on.",
    "password": "Your password was changed, and your other sessions have ended.",
    "shown": "The name was changed.",
    "address": "Your address was confirmed.",
    "asked": "We have sent a message to that address. Open the link in it to confirm it.",
    "sessions": "It has ended.",
    "revoked": "The token was revoked.",
}
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
"""By what a browser is known; those that also give the names of others come before them."""
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_SCOPES = {
    "submit": "hand in records (submit)",
    "review": "read the queue of submissions (review)",
}
"""What tokens are for, as people read it."""


@router.get("")
def account(request: Request, visitor: VisitorOf, account: AccountOf, ledger: LedgerOf, done: str = "") -> Response:
    """What the visitor's account is and what can be changed of it."""
    return _page(request, visitor, account, ledger, done=_DONE.get(done, ""))


def _page(
    request: Request, visitor: Visitor, account: Account, ledger: Ledger, status: int = 200, **given: Any
) -> Response:
    """The page of the account."""
    context: dict[str, Any] = {"token": "", "problem": "", "done": ""} | given
    mine, sessions = of_account(ledger, account.id), sessions_of(ledger, account)
    return private(
        request,
        visitor,
        "account.html",
        status,
        account=account,
        mine=mine,
        names={item.id: title_of(request, item) for item in mine},
        sessions=sessions,
        browsers={item.id: browser_name(item.agent) for item in sessions},
        this=session_id(visitor.secret),
        tokens=tokens_of(ledger, account),
        scopes={scope: words for scope, words in _SCOPES.items() if account.may(SCOPES[scope])},
        identities=elsewhere.identities_of(ledger, account),
        with_password=has_password(ledger, account),
        **context,
    )


# ------------------------------------------------------------- sessions


def browser_name(agent: str) -> str:
    """A browser and its system in words, by the name that it gave itself; that name where it is none of the known."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return f"{browser} on {system}" if browser and system else browser or agent


@router.get("/sign-in")
def sign_in_page(request: Request, visitor: VisitorOf, next: str = "") -> Response:
    """The form to sign in."""
    return private(request, visitor, "sign_in.html", next=local(next, ""), name="", problem="")


@router.post("/sign-in")
def begin(request: Request, visitor: VisitorOf, ledger: LedgerOf, form: FormOf) -> Response:
    """Begin a session: always a new one, whatever cookie the visitor came with."""
    target = local(form["next"], "")
    try:
        secret = sign_in(ledger, form["name"], form["password"], CLIENT.get(), browser_of(request))
    except (SignInFailed, TooMany) as error:
        context = {"next": target, "name": form["name"], "problem": str(error)}
        response = private(request, visitor, "sign_in.html", 429 if isinstance(error, TooMany) else 401, **context)
        return told_later(response, error)
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


@router.post("/sessions")
def end_others(request: Request, visitor: VisitorOf, account: AccountOf, ledger: LedgerOf, form: FormOf) -> Response:
    """End one other session of the account, or all others."""
    end_sessions(ledger, account, browser_of(request), one=form["session"], but=session_id(visitor.secret))
    return go("/account", done="sessions")


# ------------------------------------------------- what can be changed


@router.post("/password")
def password(request: Request, visitor: VisitorOf, account: AccountOf, ledger: LedgerOf, form: FormOf) -> Response:
    """Change the password; the other sessions end, and this one goes on as a new one."""
    try:
        must_know(ledger, account, form)
        tokens = bool(form["tokens"])
        secret = change_password(ledger, account, form["new"], browser_of(request), tokens=tokens)
    except LedgerError as error:
        return refused(request, visitor, account, ledger, error)
    if account.email:
        with ledger.writing() as db:
            outbox.post(db, "password-changed", account.email)
    response = go("/account", done="password")
    begin_session(request, response, secret)
    return response


@router.post("/shown")
def shown(account: AccountOf, ledger: LedgerOf, form: FormOf) -> Response:
    """Change how they are named with what they contribute from now on."""
    set_shown(ledger, account, form["shown"])
    return go("/account", done="shown")


@router.post("/email")
def email(request: Request, visitor: VisitorOf, account: AccountOf, ledger: LedgerOf, form: FormOf) -> Response:
    """Ask for another address; it counts once it is confirmed."""
    try:
        address = outbox.email_of(form["email"])
        must_know(ledger, account, form)
        outbox.ask(ledger, "address", address, CLIENT.get(), account=account.id)
    except LedgerError as error:
        return refused(request, visitor, account, ledger, error)
    return go("/account", done="asked")


def must_know(ledger: Ledger, account: Account, form: Form) -> None:
    """Whoever changes how one gets in has to know the password; a session that was left open does not do."""
    if has_password(ledger, account) and not password_is(ledger, account, form["password"], CLIENT.get()):
        raise LedgerError("password: that is not your password.")


def refused(request: Request, visitor: Visitor, account: Account, ledger: Ledger, error: LedgerError) -> Response:
    """The page of the account, with what is wrong with a form of it."""
    return told_later(_page(request, visitor, account, ledger, status_of(error), problem=str(error)), error)


# --------------------------------------------------------------- tokens


@router.post("/tokens")
def token(request: Request, visitor: VisitorOf, account: AccountOf, ledger: LedgerOf, form: FormOf) -> Response:
    """Make a token and show it this once."""
    try:
        days = int(form["days"]) if re.fullmatch("[0-9]{1,3}", form["days"]) else 0
        secret = make_token(ledger, account, form["label"] or "token", tuple(sorted(set(form.all("scope")))), days)
    except LedgerError as error:
        return refused(request, visitor, account, ledger, error)
    return _page(request, visitor, account, ledger, token=secret)


@router.post("/tokens/revoke")
def revoke(account: AccountOf, ledger: LedgerOf, form: FormOf) -> Response:
    """End a token."""
    revoke_token(ledger, account, form["token"])
    return go("/account", done="revoked")


# ------------------------------------------------------------- own data


@router.get("/data.json")
def data(account: AccountOf, ledger: LedgerOf) -> Response:
    """All that is kept about whoever asks."""
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return JSONResponse(personal.export(ledger, account), headers=headers)


@router.get("/delete")
def delete_page(request: Request, visitor: VisitorOf, account: AccountOf, ledger: LedgerOf) -> Response:
    """What deleting the account does, and the form for it."""
    return _delete_page(request, visitor, account, ledger)


@router.post("/delete")
def delete(request: Request, visitor: VisitorOf, account: AccountOf, ledger: LedgerOf, form: FormOf) -> Response:
    """Delete the account with all that is personal."""
    try:
        must_know(ledger, account, form)
        if form["sure"] != "yes":
            raise LedgerError("sure: tick the box, so that nobody deletes an account by mistake.")
        personal.delete(ledger, account)
    except LedgerError as error:
        return told_later(_delete_page(request, visitor, account, ledger, str(error)), error)
    response = private(request, Visitor(None, visitor.secret, True), "deleted.html")
    end_session(request, response)
    return response


def _delete_page(request: Request, visitor: Visitor, account: Account, ledger: Ledger, problem: str = "") -> Response:
    context = {"problem": problem, "with_password": has_password(ledger, account)}
    return private(request, visitor, "delete.html", 422 if problem else 200, **context)
