"""Signing in at an OpenID Connect provider, and connecting it with an account that is there already."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.engine.door import CLIENT
from wsic_graph.ledger import elsewhere
from wsic_graph.ledger.people import sign_out
from wsic_graph.ledger.store import LedgerError
from wsic_graph.service.account import must_know, refused
from wsic_graph.service.provider import Provider, ProviderFailed
from wsic_graph.service.visitors import (
    AccountOf,
    FormOf,
    LedgerOf,
    VisitorOf,
    begin_session,
    browser_of,
    go,
    local,
    private,
    remember,
)

router = APIRouter(prefix="/account/elsewhere", include_in_schema=False)


def get_provider(request: Request) -> Provider:
    """The provider of the settings. Raises 404 where none is set."""
    found: Provider = request.app.state.provider
    if not found.name:
        raise HTTPException(404, "Nobody signs in elsewhere on this site.")
    return found


ProviderOf = Annotated[Provider, Depends(get_provider)]


@router.get("")
def leave(request: Request, visitor: VisitorOf, ledger: LedgerOf, provider: ProviderOf, next: str = "") -> Response:
    """On to the provider; the state of the way there belongs to this browser."""
    passage = elsewhere.leave(ledger, visitor.secret, CLIENT.get(), local(next, ""))
    try:
        response = RedirectResponse(provider.address(passage), 303)
    except ProviderFailed as error:
        return _failed(request, visitor, provider, error)
    remember(request, response, visitor)
    return response


@router.get("/back")
def back(
    request: Request,
    visitor: VisitorOf,
    ledger: LedgerOf,
    provider: ProviderOf,
    *,
    code: str = "",
    state: str = "",
    iss: str = "",
    error: str = "",
) -> Response:
    """Back from the provider: a session, an account connected, or words on why not."""
    try:
        passage = elsewhere.come_back(ledger, visitor.secret, state)
        if error or not code:
            raise ProviderFailed("It did not let you in.")
        identity = provider.identity(passage, code, iss)
        if passage.account is not None:
            if visitor.account is None or visitor.account.id != passage.account:
                raise LedgerError("You are not signed in as who began this. Begin it again.")
            elsewhere.connect(ledger, passage.account, identity)
            return go("/account", done="connected")
        registration: bool = request.app.state.settings.registration
        secret = elsewhere.enter(ledger, identity, browser_of(request), registration=registration)
    except (ProviderFailed, LedgerError) as problem:
        return _failed(request, visitor, provider, problem)
    if visitor.account is not None:
        sign_out(ledger, visitor.secret)
    response = go(passage.next or "/account")
    begin_session(request, response, secret)
    return response


@router.post("/connect")
def connect(
    request: Request, visitor: VisitorOf, account: AccountOf, ledger: LedgerOf, *, form: FormOf, provider: ProviderOf
) -> Response:
    """A page with the way to the provider, for somebody who wants to connect it with their account."""
    try:
        must_know(ledger, account, form)
    except LedgerError as error:
        return refused(request, visitor, account, ledger, error)
    passage = elsewhere.leave(ledger, visitor.secret, CLIENT.get(), "", account)
    try:
        place = provider.address(passage)
    except ProviderFailed as error:
        return _failed(request, visitor, provider, error)
    return private(request, visitor, "connect.html", place=place, name=provider.name)


@router.post("/disconnect")
def disconnect(request: Request, account: AccountOf, ledger: LedgerOf, form: FormOf) -> Response:
    """Take a provider off the account; its sessions end."""
    del request
    elsewhere.disconnect(ledger, account, form["issuer"])
    return go("/account/sign-in")


def _failed(request: Request, visitor: VisitorOf, provider: Provider, problem: Exception) -> Response:
    words = f"You could not sign in at {provider.name}. {problem}"
    status = 502 if isinstance(problem, ProviderFailed) else 403
    context = {"next": "", "name": "", "problem": words}
    return private(request, visitor, "sign_in.html", status, **context)
