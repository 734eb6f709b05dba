"""Messages that wait to be sent: written with what they tell of, and kept until they have gone.

A message is a kind and some values; its words come from a template when it is sent. A link in it is
made at that moment too, so that no secret of a link is ever on the disk. Whether there is an account
with an address is looked up at that moment as well: to ask takes the same time for every address.
"""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from wsic_graph.ledger.attempts import count_attempt
from wsic_graph.ledger.store import Ledger, LedgerError, TooMany, audit, hash_of

HOURS = {"register": 24, "reset": 1, "address": 24, "contribution": 7 * 24}
"""How long a link is good for, by its purpose."""
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_LONGEST_ADDRESS = 254
_PER_CLIENT, _PER_ADDRESS = 10, 5
_HOUR = 3600
_LEASE_SECONDS = 120
_LONGEST_WAIT = 3600
_DAYS = 7
_MOST_WAITING = 20_000


@dataclass(frozen=True)
class Letter:
    """A message to send now. ``secret`` is that of the link in it, where it has one."""

    number: int
    template: str
    email: str
    values: Mapping[str, Any]
    secret: str


class NoAddress(LedgerError):
    """What was given as an e-mail address is none."""


def email_of(text: str) -> str:
    """An e-mail address as it is kept. Raises ``NoAddress`` for what is none."""
    found = text.strip()
    if len(found) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(found):
        raise NoAddress("email: give one address, for example name@council.gov.uk.")
    name, _, domain = found.rpartition("@")
    return f"{name}@{domain.lower()}"


def post(db: sqlite3.Connection, kind: str, email: str, **values: Any) -> None:
    """Have a message sent, if the transaction holds."""
    if db.execute("SELECT count(*) FROM outbox").fetchone()[0] >= _MOST_WAITING:
        raise LedgerError("Too many messages wait to be sent. Please try again later.")
    now = int(time.time())
    row = (kind, email, json.dumps(values), now, now)
    db.execute("INSERT INTO outbox (kind, email, said, made, tries, next, problem) VALUES (?, ?, ?, ?, 0, ?, '')", row)


def ask(ledger: Ledger, kind: str, email: str, client: str, **values: Any) -> None:
    """Have a message sent that somebody asked for, to an address that may or may not be theirs.

    Raises ``TooMany`` for a client who asks too often. An address that was written to often enough gets no more
    for a while, and nobody is told: the messages that it has are all good.
    """
    with ledger.writing() as db:
        count_attempt(db, "message by a client", client, _PER_CLIENT, _HOUR)
        post_some(db, kind, email, **values)


def post_some(db: sqlite3.Connection, kind: str, email: str, **values: Any) -> None:
    """Have a message sent to an address that is not known to be theirs, unless it had enough of this kind.

    Each kind is counted by itself: who floods somebody with one does not keep another from them.
    """
    with suppress(TooMany):
        count_attempt(db, "message to an address", f"{kind}\0{email.lower()}", _PER_ADDRESS, _HOUR)
        post(db, kind, email, **values)


def claim(ledger: Ledger) -> Letter | None:
    """A message that is due, which nobody else gets for a while; None where none is."""
    now = int(time.time())
    due = "SELECT number, kind, email, said FROM outbox WHERE next <= ? ORDER BY next, number LIMIT 1"
    with ledger.reading() as db:
        if db.execute(due, (now,)).fetchone() is None:
            return None
    with ledger.writing() as db:
        while (row := db.execute(due, (now,)).fetchone()) is not None:
            letter = _letter(db, row)
            if letter is not None:
                sql = "UPDATE outbox SET next = ?, tries = tries + 1 WHERE number = ?"
                db.execute(sql, (now + _LEASE_SECONDS, letter.number))
                return letter
            db.execute("DELETE FROM outbox WHERE number = ?", (row["number"],))
    return None


def sent(ledger: Ledger, letter: Letter) -> None:
    """Forget a message that has gone."""
    with ledger.writing() as db:
        db.execute("DELETE FROM outbox WHERE number = ?", (letter.number,))


def failed(ledger: Ledger, letter: Letter, problem: str, *, for_good: bool = False) -> None:
    """Try a message again later; not when it failed ``for_good`` or for a week."""
    now = int(time.time())
    with ledger.writing() as db:
        row = db.execute("SELECT made, tries FROM outbox WHERE number = ?", (letter.number,)).fetchone()
        if row is None:
            return
        if for_good or now - row["made"] > _DAYS * 86_400:
            db.execute("DELETE FROM outbox WHERE number = ?", (letter.number,))
            audit(db, "post", "message given up", f"{letter.template}: {problem.partition(':')[0][:100]}")
            return
        wait = min(2 ** min(row["tries"], 12), _LONGEST_WAIT)
        sql = "UPDATE outbox SET next = ?, problem = ? WHERE number = ?"
        db.execute(sql, (now + wait, problem[:200], letter.number))


def waiting(ledger: Ledger) -> tuple[int, str]:
    """How many messages wait, and what went wrong with the one that was tried last."""
    with ledger.reading() as db:
        count = db.execute("SELECT count(*) FROM outbox").fetchone()[0]
        row = db.execute("SELECT problem FROM outbox WHERE problem != '' ORDER BY next DESC LIMIT 1").fetchone()
    return int(count), row["problem"] if row else ""


def _letter(db: sqlite3.Connection, row: sqlite3.Row) -> Letter | None:
    """The message of a row of the outbox; None where there is nothing to say any more."""
    kind, email, values = row["kind"], row["email"], json.loads(row["said"])
    account = db.execute(
        "SELECT id, email, locked FROM account WHERE email = ? AND closed IS NULL", (email,)
    ).fetchone()
    secret = ""
    match kind:
        case "register" | "address" if account:
            kind, email = "already", account["email"]
        case "register":
            secret = _link(db, "register", email)
        case "address":
            secret = _link(db, "address", email, account=values["account"])
        case "reset":
            if account is None or account["locked"]:
                return None
            email = account["email"]  # as it was confirmed, not as whoever asked wrote it
            secret = _link(db, "reset", email, account=account["id"])
        case "contribution":
            sql = "SELECT 1 FROM contributor WHERE submission = ? AND email = ? AND NOT confirmed"
            if db.execute(sql, (values["submission"], email)).fetchone() is None:
                return None
            secret = _link(db, "contribution", email, submission=values["submission"])
    return Letter(row["number"], kind, email, values, secret)


def _link(
    db: sqlite3.Connection, purpose: str, email: str, *, account: int | None = None, submission: str | None = None
) -> str:
    secret, now = secrets.token_urlsafe(32), int(time.time())
    db.execute("DELETE FROM link WHERE expires <= ?", (now,))
    row = (hash_of(secret), purpose, email, account, submission, now + HOURS[purpose] * _HOUR)
    db.execute("INSERT INTO link (hash, purpose, email, account, submission, expires) VALUES (?, ?, ?, ?, ?, ?)", row)
    return secret
