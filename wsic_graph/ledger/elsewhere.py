"""Signing in at another provider: what is under way, and whose identity there belongs to which account.

An identity is the provider's own name for somebody, never an e-mail address: who has the same address
at the provider gets no account that is there already. They connect it from within.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from dataclasses import dataclass

from wsic_graph.ledger.attempts import Browser, count_attempt
from wsic_graph.ledger.outbox import email_of
from wsic_graph.ledger.people import Account, begin, end_all, entry_of, insert_account
from wsic_graph.ledger.store import Conflict, Ledger, LedgerError, NotThere, audit, hash_of

_SECONDS = 600
_PER_CLIENT, _HOUR = 60, 3600


@dataclass(frozen=True)
class Passage:
    """A sign-in that is under way. ``account`` is who wants to connect the identity, None to sign in."""

    state: str
    nonce: str
    verifier: str
    account: int | None
    next: str


@dataclass(frozen=True)
class Identity:
    """What the provider said of somebody. ``email`` is empty unless the provider has verified it."""

    issuer: str
    subject: str
    email: str


def leave(ledger: Ledger, visitor: str, client: str, next: str, account: Account | None = None) -> Passage:
    """Begin a sign-in of the browser that has the secret ``visitor``."""
    found = Passage(
        secrets.token_urlsafe(32),
        secrets.token_urlsafe(32),
        secrets.token_urlsafe(48),
        account.id if account else None,
        next,
    )
    now = int(time.time())
    row = (hash_of(found.state), hash_of(visitor), found.verifier, found.nonce, found.account, next, now + _SECONDS)
    with ledger.writing() as db:
        count_attempt(db, "sign-in elsewhere", client, _PER_CLIENT, _HOUR)
        db.execute("DELETE FROM elsewhere WHERE expires <= ?", (now,))
        db.execute("INSERT INTO elsewhere VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    return found


def come_back(ledger: Ledger, visitor: str, state: str) -> Passage:
    """The sign-in with this state, once, if this browser began it. Raises ``NotThere``."""
    with ledger.writing() as db:
        sql = "DELETE FROM elsewhere WHERE hash = ? RETURNING visitor, verifier, nonce, account, next, expires"
        row = db.execute(sql, (hash_of(state),)).fetchone()
    if row is None or row["expires"] <= time.time() or row["visitor"] != hash_of(visitor):
        raise NotThere("This sign-in was not begun in this browser, or it took too long. Begin it again.")
    return Passage(state, row["nonce"], row["verifier"], row["account"], row["next"])


def enter(ledger: Ledger, identity: Identity, browser: Browser, *, registration: bool) -> str:
    """The secret of a session of the account with this identity; a new account if there is none and it may be made.

    Raises ``LedgerError`` with what can be done where nobody can be signed in.
    """
    how = "signed in elsewhere"
    with ledger.writing() as db:
        row = db.execute("SELECT account FROM identity WHERE issuer = ? AND subject = ?", _key(identity)).fetchone()
        if row is not None:
            return begin(db, row["account"], browser, how)
        if not registration:
            raise LedgerError("No account here is connected with that sign-in, and new ones are made by invitation.")
        if not identity.email:
            raise LedgerError(
                "Your provider does not say that it has confirmed your e-mail address, so no account was made."
            )
        email = email_of(identity.email)
        try:
            made = insert_account(db, "somebody", email, "contributor", password="", shown="", email=email)
        except Conflict:
            raise Conflict(
                "There is an account with this address already. Sign in to it as you did before; then connect it on"
                " the page of your account."
            ) from None
        _connect(db, made.id, identity)
        return begin(db, made.id, browser, how)


def connect(ledger: Ledger, account: int, identity: Identity) -> None:
    """Let an account be signed in to with this identity. Raises ``Conflict`` if another one has it."""
    with ledger.writing() as db:
        row = db.execute("SELECT account FROM identity WHERE issuer = ? AND subject = ?", _key(identity)).fetchone()
        if row is not None and row["account"] != account:
            raise Conflict("That sign-in is connected with another account.")
        if row is None:
            _connect(db, account, identity)


def disconnect(ledger: Ledger, account: Account, issuer: str) -> None:
    """Take the identities of one provider off an account, which has to have a password."""
    with ledger.writing() as db:
        if not db.execute("SELECT password FROM account WHERE id = ?", (account.id,)).fetchone()["password"]:
            raise LedgerError("Set a password first: without one, nobody could sign in any more.")
        db.execute("DELETE FROM identity WHERE account = ? AND issuer = ?", (account.id, issuer))
        end_all(db, account.id)
        audit(db, account.entry, "sign-in elsewhere disconnected", "")


def identities_of(ledger: Ledger, account: Account) -> list[str]:
    """The providers at which somebody signs in to an account."""
    with ledger.reading() as db:
        rows = db.execute("SELECT DISTINCT issuer FROM identity WHERE account = ? ORDER BY issuer", (account.id,))
        return [row["issuer"] for row in rows]


def _connect(db: sqlite3.Connection, account: int, identity: Identity) -> None:
    row = (*_key(identity), account, int(time.time()))
    db.execute("INSERT INTO identity (issuer, subject, account, made) VALUES (?, ?, ?, ?)", row)
    audit(db, entry_of(account), "sign-in elsewhere connected", "")


def _key(identity: Identity) -> tuple[str, str]:
    return identity.issuer, identity.subject
