"""Who asks, where that matters: the pages of accounts, contributions and reviews.

These pages are never kept by anyone and are the only ones that look at a cookie, so that all
others stay the same for everybody. Every form carries a token that belongs to the visitor's cookie.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.types import Message

from wsic_graph.ledger.attempts import BROWSER_SECONDS, Browser
from wsic_graph.ledger.people import Account, account_of
from wsic_graph.ledger.store import Ledger
from wsic_graph.service.bodies import read_body
from wsic_graph.service.links import address
from wsic_graph.service.pages import render

_MOST_BODY = 1_000_000
_MOST_FIELDS = 4_000
_SHORTEST = 32
"""What is shorter was not made here."""
_LOCAL = re.compile(r"/(account|administration|contribute|review|history)(/[A-Za-z0-9/._-]*)?")


@dataclass(frozen=True)
class Visitor:
    """Whoever asks. ``secret`` is that of their session, or of a cookie that only protects forms."""

    account: Account | None
    secret: str
    known: bool

    @property
    def token(self) -> str:
        """What a form of theirs carries."""
        return hmac.new(self.secret.encode(), b"form", hashlib.sha256).hexdigest()


class SignInFirst(HTTPException):
    """The page is for those who are signed in."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(401, "Sign in first.")


def get_ledger(request: Request) -> Ledger:
    """The ledger of the running site."""
    ledger: Ledger = request.app.state.editions.ledger
    return ledger


LedgerOf = Annotated[Ledger, Depends(get_ledger)]


def get_visitor(request: Request, ledger: LedgerOf) -> Visitor:
    """Who asks, by their cookies."""
    known: Visitor | None = getattr(request.state, "visitor", None)  # where the guard has looked
    if known is not None:
        return known
    session = request.cookies.get(_name(request, "session"), "")
    account = account_of(ledger, session) if session else None
    if account is not None:
        return Visitor(account, session, True)
    form = request.cookies.get(_name(request, "form"), "")
    return Visitor(None, form, True) if len(form) >= _SHORTEST else Visitor(None, secrets.token_urlsafe(32), False)


VisitorOf = Annotated[Visitor, Depends(get_visitor)]


def must_be(visitor: Visitor, role: str, place: str) -> Account:
    """The account of a visitor who may do what ``role`` may. Raises ``SignInFirst``, or 403 for others."""
    if visitor.account is None:
        raise SignInFirst(place)
    if not visitor.account.may(role):
        raise HTTPException(403, f"This page is for {role}s.")
    return visitor.account


def get_account(request: Request, visitor: VisitorOf) -> Account:
    """The account of whoever asks. Raises ``SignInFirst``."""
    return must_be(visitor, "reader", request.url.path)


AccountOf = Annotated[Account, Depends(get_account)]


def get_editor(request: Request, visitor: VisitorOf) -> Account:
    """The editor who asks. Raises ``SignInFirst``, or 403 for others."""
    return must_be(visitor, "editor", request.url.path)


EditorOf = Annotated[Account, Depends(get_editor)]


class Form:
    """The fields of a form that was sent from a page of ours, and the name and content of files with it."""

    def __init__(self, fields: Mapping[str, list[str]], files: Mapping[str, tuple[str, bytes]] | None = None) -> None:
        self.fields = fields
        self.files = files or {}

    def __getitem__(self, name: str) -> str:
        """The first value of a field, without space around it; empty where there is none."""
        return next(iter(self.fields.get(name, [])), "").strip()

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return self.fields.get(name, [])


async def get_form(request: Request, visitor: VisitorOf) -> Form:
    """The form that was sent. Raises 413 for a large one and 403 for one that is not from a page of ours.

    One that says it is in another encoding than UTF-8 is refused with 415: some take minutes to decode, and others
    make texts that cannot be kept.
    """
    _, options = parse_options_header(request.headers.get("content-type"))
    if options.get(b"charset", b"utf-8").lower() != b"utf-8":
        raise HTTPException(415, "Send the form in UTF-8, as its page does.")
    body = await read_body(request, _MOST_BODY, "form")

    async def again() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    sent = await Request(request.scope, again).form(max_files=1, max_fields=_MOST_FIELDS)
    fields: dict[str, list[str]] = {}
    files: dict[str, tuple[str, bytes]] = {}
    for name, value in sent.multi_items():
        if isinstance(value, UploadFile):
            files[name] = value.filename or "", await value.read()
        else:
            fields.setdefault(name, []).append(str(value).replace("\r\n", "\n").replace("\x00", ""))
    form = Form(fields, files)
    elsewhere = request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    if elsewhere or not visitor.known or not hmac.compare_digest(form["form"].encode(), visitor.token.encode()):
        raise HTTPException(403, "This form was not sent from a page that was made for you. Load the page again.")
    return form


FormOf = Annotated[Form, Depends(get_form)]


def private(request: Request, visitor: Visitor, template: str, status: int = 200, **context: Any) -> Response:
    """A page for one visitor, made from ``template`` in the folder ``ledger``."""
    context |= {"visitor": visitor, "publishes": request.app.state.editions.accepts}
    response = render(request, None, f"ledger/{template}", status, cited=False, **context)
    remember(request, response, visitor)
    return response


def remember(request: Request, response: Response, visitor: Visitor) -> None:
    """Give a visitor without a cookie the one that protects forms."""
    if not visitor.known:
        _set_cookie(request, response, "form", visitor.secret)


def browser_of(request: Request) -> Browser:
    """What the visitor signs in with; one that has signed in nowhere here gets a secret, with its session."""
    if not hasattr(request.state, "browser"):
        known = request.cookies.get(_name(request, "browser"), "")
        agent = "".join(letter for letter in request.headers.get("user-agent", "") if letter.isprintable())
        request.state.browser = Browser(known if len(known) >= _SHORTEST else secrets.token_urlsafe(32), agent)
    browser: Browser = request.state.browser
    return browser


def go(place: str, **values: object) -> Response:
    """On to another page after a form."""
    return RedirectResponse(address(place, **values), 303)


def local(place: str, otherwise: str) -> str:
    """``place`` if it is a page of these parts of this site, and not a way out of it."""
    return place if _LOCAL.fullmatch(place) and "//" not in place else otherwise


def begin_session(request: Request, response: Response, secret: str) -> None:
    """Give the visitor the cookie of a session, and the one by which this browser is known from now on."""
    _set_cookie(request, response, "session", secret)
    _set_cookie(request, response, "browser", browser_of(request).secret, BROWSER_SECONDS)
    response.delete_cookie(_name(request, "form"), secure=_secure(request), httponly=True, samesite="lax")


def end_session(request: Request, response: Response) -> None:
    """Take the cookie of the session back."""
    response.delete_cookie(_name(request, "session"), secure=_secure(request), httponly=True, samesite="lax")


def _set_cookie(request: Request, response: Response, name: str, secret: str, seconds: int | None = None) -> None:
    """For so many ``seconds``, or until the browser is closed."""
    name, secure = _name(request, name), _secure(request)
    response.set_cookie(name, secret, seconds, secure=secure, httponly=True, samesite="lax", path="/")


def _secure(request: Request) -> bool:
    public: str = request.app.state.settings.public_url
    return public.startswith("https://")


def _name(request: Request, name: str) -> str:
    """With the prefix by which a browser takes a cookie from this host alone, where it has to be a secure one."""
    return f"__Host-wsic-{name}" if _secure(request) else f"wsic-{name}"
