"""Accounts that people make by themselves, new passwords by mail, and the links that messages carry.

What one is told never depends on whether there is an account with an address.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from wsic_graph.engine.door import CLIENT
from wsic_graph.ledger import outbox, sent_links
from wsic_graph.ledger.people import sign_out
from wsic_graph.ledger.store import Conflict, Ledger, LedgerError, NotThere
from wsic_graph.service.errors import status_of, told_later
from wsic_graph.service.visitors import (
    Form,
    FormOf,
    LedgerOf,
    Visitor,
    VisitorOf,
    begin_session,
    browser_of,
    go,
    must_be,
    private,
)

router = APIRouter(prefix="/account", include_in_schema=False)


def open_to_all(request: Request) -> None:
    """Go on only where people may make accounts. Raises 404."""
    if not request.app.state.settings.registration:
        raise HTTPException(404, "Accounts on this site are made by its administrators.")


@router.get("/register")
def register_page(request: Request, visitor: VisitorOf, sent: str = "") -> Response:
    """The form to make an account."""
    open_to_all(request)
    return private(request, visitor, "register.html", email="", problem="", sent=bool(sent))


@router.post("/register")
def register(request: Request, visitor: VisitorOf, ledger: LedgerOf, form: FormOf) -> Response:
    """Send a link by which the account is made."""
    open_to_all(request)
    return _ask(request, visitor, ledger, form, "register")


@router.get("/forgotten")
def forgotten_page(request: Request, visitor: VisitorOf, sent: str = "") -> Response:
    """The form to ask for a new password."""
    return private(request, visitor, "forgotten.html", email="", problem="", sent=bool(sent))


@router.post("/forgotten")
def forgotten(request: Request, visitor: VisitorOf, ledger: LedgerOf, form: FormOf) -> Response:
    """Send a link by which a new password is chosen, if there is such an account."""
    return _ask(request, visitor, ledger, form, "reset")


_PAGES = {"register": "register", "reset": "forgotten"}


def _ask(request: Request, visitor: Visitor, ledger: Ledger, form: Form, kind: str) -> Response:
    try:
        outbox.ask(ledger, kind, outbox.email_of(form["email"]), CLIENT.get())
    except LedgerError as error:
        context = {"email": form["email"], "problem": str(error), "sent": False}
        return told_later(private(request, visitor, f"{_PAGES[kind]}.html", status_of(error), **context), error)
    return go(f"/account/{_PAGES[kind]}", sent=1)


@router.get("/links/{secret}")
def link_page(request: Request, visitor: VisitorOf, ledger: LedgerOf, secret: str) -> Response:
    """What the link of a message is for. Nothing is done yet."""
    return _link_page(request, visitor, _looked_at(request, visitor, ledger, secret), secret)


def _looked_at(request: Request, visitor: Visitor, ledger: Ledger, secret: str) -> sent_links.SentLink:
    """The link, once whoever has it is signed in if it changes an account that they could not enter by it."""
    link = sent_links.look(ledger, secret)
    if link.purpose == "address" and must_be(visitor, "reader", request.url.path).id != link.account:
        raise NotThere("This link is for another account than that which you are signed in to.")
    return link


def _link_page(
    request: Request, visitor: Visitor, link: sent_links.SentLink, secret: str, *, problem: str = "", shown: str = ""
) -> Response:
    context = {"link": link, "secret": secret, "problem": problem, "shown": shown}
    return private(request, visitor, "sent_link.html", 422 if problem else 200, **context)


@router.post("/links/{secret}")
def use_link(request: Request, visitor: VisitorOf, ledger: LedgerOf, *, form: FormOf, secret: str) -> Response:
    """Do what the link is for."""
    link = _looked_at(request, visitor, ledger, secret)
    if link.purpose == "address":
        sent_links.confirm_address(ledger, secret)
        return go("/account", done="address")
    if link.purpose == "contribution":
        sent_links.confirm_contribution(ledger, secret)
        return private(request, visitor, "confirmed.html")
    if link.purpose == "register":
        open_to_all(request)
    browser = browser_of(request)
    try:
        if form["password"] != form["again"]:
            raise LedgerError("password: the two are not the same.")
        if link.purpose == "reset":
            session = sent_links.reset(ledger, secret, form["password"], browser, tokens=bool(form["tokens"]))
        else:
            session = sent_links.register(ledger, secret, form["password"], form["shown"], browser)
    except (NotThere, Conflict):
        raise
    except LedgerError as error:
        return _link_page(request, visitor, link, secret, problem=str(error), shown=form["shown"])
    if visitor.account is not None:
        sign_out(ledger, visitor.secret)
    response = go("/account")
    begin_session(request, response, session)
    return response
