"""Who made a submission, as far as they said: an address to be told at, and whether their name may be published.

A name is published only for an account or a confirmed address; anyone may propose without either. The
address is forgotten as soon as the submission is decided.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from wsic_graph.ledger.outbox import email_of, post, post_some
from wsic_graph.ledger.people import Account, entry_of
from wsic_graph.ledger.store import Ledger, audit

_DECIDED = ("accepted", "rejected")


@dataclass(frozen=True)
class Contributor:
    """``email`` is the address that was given, if any, ``own`` that of their account.

    ``tell`` says whether they asked to be told, ``named`` whether the name on the submission may be published.
    """

    email: str = ""
    confirmed: bool = False
    tell: bool = False
    account: bool = False
    own: str = ""

    @property
    def named(self) -> bool:
        """Whether the name may be published."""
        return self.account or self.confirmed

    @property
    def domain(self) -> str:
        """What editors see of the address, that of the account or one that was confirmed."""
        return (self.own or (self.email if self.confirmed else "")).rpartition("@")[2]


def contributor_of(ledger: Ledger, submission: str) -> Contributor:
    """Who made the submission with this id."""
    with ledger.reading() as db:
        return _read(db, submission)


def note(ledger: Ledger, submission: str, account: Account | None, email: str, tell: bool) -> None:
    """Keep the address that a contributor gave for an open submission, and that it is theirs if they are signed in.

    Raises ``NoAddress`` for what is none; without one, what was kept is forgotten.
    """
    address = email_of(email) if email.strip() else ""
    with ledger.writing() as db:
        open_one = "SELECT 1 FROM submission WHERE id = ? AND state IN ('draft', 'changes-asked')"
        if db.execute(open_one, (submission,)).fetchone() is None:
            return
        if account is not None and account.may("contributor"):
            sql = "UPDATE submission SET account = ? WHERE id = ? AND account IS NULL"
            db.execute(sql, (account.id, submission))
        before = db.execute("SELECT email, confirmed FROM contributor WHERE submission = ?", (submission,)).fetchone()
        confirmed = bool(address and before and before["confirmed"] and before["email"].lower() == address.lower())
        sql = "INSERT OR REPLACE INTO contributor (submission, email, confirmed, tell) VALUES (?, ?, ?, ?)"
        db.execute(sql, (submission, address, confirmed, tell))


def published_name(db: sqlite3.Connection, submission: str, named: str) -> str:
    """``named`` if it may be published, else nothing."""
    return named if _read(db, submission).named else ""


def moved(db: sqlite3.Connection, submission: str, record: str, state: str, reason: str) -> None:
    """Tell the contributor that a submission is in another state now, in the transaction that put it there."""
    found = _read(db, submission)
    if state == "submitted":
        if found.email and not found.confirmed:
            post_some(db, "contribution", found.email, submission=submission)
        return
    address = found.email if found.confirmed and found.email else found.own
    if found.tell and address:
        post(db, "state", address, state=state, record=record, reason=reason)
    if state in _DECIDED:
        db.execute("DELETE FROM link WHERE submission = ?", (submission,))
        db.execute("UPDATE contributor SET email = '', tell = 0 WHERE submission = ?", (submission,))


def forget(db: sqlite3.Connection, account: int) -> None:
    """Take the submissions of an account that were not accepted away, and the addresses of the others."""
    sql = "DELETE FROM contributor WHERE submission IN (SELECT id FROM submission WHERE account = ?)"
    db.execute(sql, (account,))
    gone = db.execute("DELETE FROM submission WHERE account = ? AND state != 'accepted'", (account,)).rowcount
    if gone:
        audit(db, entry_of(account), "withdrawn", f"{gone} submissions, with the account")


def _read(db: sqlite3.Connection, submission: str) -> Contributor:
    sql = """SELECT coalesce(contributor.email, '') AS email, coalesce(confirmed, 0) AS confirmed,
        coalesce(tell, 0) AS tell, account IS NOT NULL AS account, coalesce(account.email, '') AS own
        FROM submission LEFT JOIN contributor ON submission = submission.id
        LEFT JOIN account ON account.id = submission.account WHERE submission.id = ?"""
    row = db.execute(sql, (submission,)).fetchone()
    if row is None:
        return Contributor()
    confirmed, tell, account = (bool(row[name]) for name in ("confirmed", "tell", "account"))
    return Contributor(row["email"], confirmed, tell, account, row["own"])
