"""What the links of messages do: each once, until it expires, and only when its reader says so.

To look at a link does nothing, since programs that check mail for harm follow links too.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass

from wsic_graph.ledger.attempts import Browser
from wsic_graph.ledger.outbox import post
from wsic_graph.ledger.people import begin, entry_of, hashed, insert_account, set_password
from wsic_graph.ledger.store import Conflict, Ledger, NotThere, audit, hash_of


@dataclass(frozen=True)
class SentLink:
    """A link that is good. ``purpose`` is ``register``, ``reset``, ``address`` or ``contribution``.

    ``tokens`` is how many tokens the account has.
    """

    purpose: str
    email: str
    account: int | None
    submission: str | None
    tokens: int


def look(ledger: Ledger, secret: str) -> SentLink:
    """The link with this secret. Raises ``NotThere``."""
    with ledger.reading() as db:
        return _find(db, secret)


def register(ledger: Ledger, secret: str, password: str, shown: str, browser: Browser) -> str:
    """Make the account of whoever has the link, and begin a session: its secret."""
    check = hashed(password)
    with ledger.writing() as db:
        link = _take(db, secret, "register")
        email = link.email
        made = insert_account(db, "somebody", email, "contributor", password=check, shown=shown, email=email)
        db.execute("DELETE FROM link WHERE purpose = 'register' AND email = ?", (link.email,))
        return begin(db, made.id, browser)


def reset(ledger: Ledger, secret: str, password: str, browser: Browser, *, tokens: bool = False) -> str:
    """Give the account a new password, end its sessions, and its tokens if asked, and begin a session: its secret."""
    check = hashed(password)
    with ledger.writing() as db:
        link = _take(db, secret, "reset")
        assert link.account is not None
        set_password(db, link.account, check, entry_of(link.account), tokens=tokens)
        post(db, "password-changed", link.email)
        return begin(db, link.account, browser)


def confirm_address(ledger: Ledger, secret: str) -> None:
    """Make the address of the link that of the account; the old one is told."""
    with ledger.writing() as db:
        link = _take(db, secret, "address")
        sql = "SELECT email FROM account WHERE id = ? AND closed IS NULL AND locked IS NULL"
        row = db.execute(sql, (link.account,)).fetchone()
        taken = "SELECT 1 FROM account WHERE (email = ?1 OR name = ?1) AND id != ?2"
        if row is None or db.execute(taken, (link.email, link.account)).fetchone():
            raise Conflict("This address cannot be used for your account.")
        db.execute("UPDATE account SET email = ? WHERE id = ?", (link.email, link.account))
        # Links to a new password that the old address has are not good any more.
        db.execute("DELETE FROM link WHERE account = ?", (link.account,))
        assert link.account is not None
        audit(db, entry_of(link.account), "address confirmed", "")
        if row["email"]:
            post(db, "address-changed", row["email"])


def confirm_contribution(ledger: Ledger, secret: str) -> None:
    """Note that whoever made a submission reads the address they gave."""
    with ledger.writing() as db:
        link = _take(db, secret, "contribution")
        sql = "UPDATE contributor SET confirmed = 1 WHERE submission = ? AND email = ?"
        if not db.execute(sql, (link.submission, link.email)).rowcount:
            raise NotThere("This submission has been decided or has another address by now.")
        audit(db, "contributor", "address confirmed", str(link.submission))


def _find(db: sqlite3.Connection, secret: str) -> SentLink:
    sql = """SELECT purpose, email, account, submission,
        (SELECT count(*) FROM token WHERE token.account = link.account AND token.expires > ?2) AS tokens
        FROM link WHERE hash = ?1 AND expires > ?2"""
    row = db.execute(sql, (hash_of(secret), int(time.time()))).fetchone()
    if row is None:
        raise NotThere("This link was used already or has expired. Ask for a new one.")
    return SentLink(**dict(row))


def _take(db: sqlite3.Connection, secret: str, purpose: str) -> SentLink:
    link = _find(db, secret)
    if link.purpose != purpose:
        raise NotThere("This link is for something else.")
    db.execute("DELETE FROM link WHERE hash = ?", (hash_of(secret),))
    return link
