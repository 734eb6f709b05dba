"""Accounts, sessions and tokens: who may do what. No secret is kept, only what it can be checked with."""

from __future__ import annotations

import hashlib
import re
import secrets
import sqlite3
import threading
import time
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from wsic_graph.ledger.store import Conflict, Ledger, LedgerError, NotThere, TooMany, audit

ROLES = ("reader", "contributor", "editor", "administrator")
"""What an account may be; each may do what those before it may."""
SCOPES = ("submit",)
"""What a token may be for."""
SESSION_SECONDS = 12 * 3600
_IDLE_SECONDS = 2 * 3600
_WINDOW = 15 * 60
_FAILURES = {"sign-in by name from a client": 5, "sign-in from a client": 20, "sign-in by name": 50}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{1,63}")
_SHORTEST, _LONGEST = 12, 200
_MOST_SHOWN = 80
_hasher = PasswordHasher()
_few_at_once = threading.BoundedSemaphore(2)
"""Each comparison takes 64 MB."""


@cache
def _nobody() -> str:
    """What a password is compared with where there is no such account, so that both take the same time."""
    return _hasher.hash(secrets.token_hex())


class SignInFailed(LedgerError):
    """The name or the password is not right; which of the two is not told."""


@dataclass(frozen=True)
class Account:
    """Someone with an account. ``shown`` is how they are named in public."""

    id: int
    name: str
    shown: str
    role: str

    def may(self, role: str) -> bool:
        """Whether they may do what ``role`` may."""
        return ROLES.index(self.role) >= ROLES.index(role)


def hash_of(secret: str) -> bytes:
    """What a secret is found by: a long random one needs no salt."""
    return hashlib.sha256(secret.encode()).digest()


def add_account(ledger: Ledger, name: str, role: str, password: str, shown: str = "") -> Account:
    """A new account. Raises ``LedgerError`` with words on what is not right."""
    if role not in ROLES:
        raise LedgerError(f"role: {role!r} is not one of {', '.join(ROLES)}.")
    if not _NAME.fullmatch(name):
        raise LedgerError("name: 2 to 64 letters, digits or . _ @ + -, beginning with a letter or digit.")
    if not _SHORTEST <= len(password) <= _LONGEST:
        raise LedgerError(f"password: {_SHORTEST} to {_LONGEST} characters; a few words make a good one.")
    hashed = _hasher.hash(password)
    with ledger.writing() as db:
        if db.execute("SELECT 1 FROM account WHERE name = ?", (name,)).fetchone():
            raise Conflict(f"There is an account {name!r} already.")
        columns = (name, (shown or name)[:_MOST_SHOWN], role, hashed, int(time.time()))
        sql = "INSERT INTO account (name, shown, role, password, made) VALUES (?, ?, ?, ?, ?)"
        number = db.execute(sql, columns).lastrowid
        assert number is not None
        audit(db, "wsic user", "account added", f"{name} as {role}")
    return Account(number, name, columns[1], role)


def close_account(ledger: Ledger, name: str) -> None:
    """Let nobody sign in as ``name`` any more, and end what is open. What was accepted keeps the name it was given."""
    with ledger.writing() as db:
        row = db.execute("SELECT id FROM account WHERE name = ? AND closed IS NULL", (name,)).fetchone()
        if row is None:
            raise NotThere(f"There is no open account {name!r}.")
        db.execute("UPDATE account SET closed = ?, password = '' WHERE id = ?", (int(time.time()), row["id"]))
        db.execute("DELETE FROM session WHERE account = ?", (row["id"],))
        db.execute("DELETE FROM token WHERE account = ?", (row["id"],))
        audit(db, "wsic user", "account closed", name)


def sign_in(ledger: Ledger, name: str, password: str, client: str) -> str:
    """The secret of a new session. Raises ``SignInFailed``, or ``TooMany`` after too many failures."""
    tries = {
        "sign-in by name from a client": f"{name.lower()}\0{client}",
        "sign-in from a client": client,
        "sign-in by name": name.lower(),
    }
    with ledger.writing() as db:
        for what, who in tries.items():
            count_attempt(db, what, who, _FAILURES[what], _WINDOW)  # counted before, so that tries at once count too
        row = db.execute("SELECT id, name, password FROM account WHERE name = ? AND closed IS NULL", (name,)).fetchone()
    nobody = _nobody()
    if not (_matches(row["password"] if row else nobody, password[:_LONGEST]) and row):
        with ledger.writing() as db:
            audit(db, "somebody", "sign-in failed", name[:64])
        raise SignInFailed("The name or the password is not right.")
    secret = secrets.token_urlsafe(32)
    with ledger.writing() as db:
        now = int(time.time())
        for what, who in tries.items():
            db.execute("DELETE FROM attempt WHERE what = ? AND who = ?", (what, _who(who)))
        db.execute("DELETE FROM session WHERE made < ? OR seen < ?", (now - SESSION_SECONDS, now - _IDLE_SECONDS))
        db.execute("INSERT INTO session VALUES (?, ?, ?, ?)", (hash_of(secret), row["id"], now, now))
        audit(db, row["name"], "signed in", "")
    return secret


def _matches(hashed: str, password: str) -> bool:
    with _few_at_once:
        try:
            return _hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


def account_of(ledger: Ledger, session: str) -> Account | None:
    """Who has the session with this secret, if it is open."""
    now = int(time.time())
    query = """SELECT id, name, shown, role, seen FROM session JOIN account ON account.id = session.account
        WHERE hash = ? AND session.made > ? AND seen > ? AND closed IS NULL"""
    with ledger.reading() as db:
        row = db.execute(query, (hash_of(session), now - SESSION_SECONDS, now - _IDLE_SECONDS)).fetchone()
        if row and now - row["seen"] > _IDLE_SECONDS // 20:
            db.execute("UPDATE session SET seen = ? WHERE hash = ?", (now, hash_of(session)))
    return Account(row["id"], row["name"], row["shown"], row["role"]) if row else None


def sign_out(ledger: Ledger, session: str) -> None:
    """End a session."""
    with ledger.writing() as db:
        db.execute("DELETE FROM session WHERE hash = ?", (hash_of(session),))


def make_token(ledger: Ledger, account: Account, label: str, scopes: tuple[str, ...], days: int) -> str:
    """The secret of a new token, which is told this once."""
    if not scopes or not set(scopes) <= set(SCOPES):
        raise LedgerError(f"scopes: one or more of {', '.join(SCOPES)}.")
    if not 1 <= days <= 366:
        raise LedgerError("days: 1 to 366.")
    secret = f"wsic_{secrets.token_urlsafe(32)}"
    now = int(time.time())
    row = (hash_of(secret), account.id, label[:_MOST_SHOWN], " ".join(scopes), now, now + days * 86_400)
    with ledger.writing() as db:
        db.execute("INSERT INTO token VALUES (?, ?, ?, ?, ?, ?)", row)
        audit(db, account.name, "token made", f"{label[:_MOST_SHOWN]} for {' '.join(scopes)}, {days} days")
    return secret


def account_of_token(ledger: Ledger, token: str, scope: str) -> Account | None:
    """Whose token it is, if it is for ``scope`` and has not expired."""
    query = """SELECT id, name, shown, role, scopes FROM token JOIN account ON account.id = token.account
        WHERE hash = ? AND expires > ? AND closed IS NULL"""
    with ledger.reading() as db:
        row = db.execute(query, (hash_of(token), int(time.time()))).fetchone()
    if row is None or scope not in row["scopes"].split():
        return None
    return Account(row["id"], row["name"], row["shown"], row["role"])


def count_attempt(db: sqlite3.Connection, what: str, who: str, most: int, window: int) -> None:
    """Count one try. Raises ``TooMany`` when there were ``most`` within ``window`` seconds. Only a hash is kept."""
    now = int(time.time())
    db.execute("DELETE FROM attempt WHERE what = ? AND at <= ?", (what, now - window))
    sql = "SELECT count(*), min(at) FROM attempt WHERE what = ? AND who = ?"
    count, oldest = db.execute(sql, (what, _who(who))).fetchone()
    if count >= most:
        seconds = max(oldest + window - now, 1)
        minutes = -(-seconds // 60)
        raise TooMany(f"That was tried too often. Try again in {minutes} minute{'s' * (minutes > 1)}.", seconds)
    db.execute("INSERT INTO attempt VALUES (?, ?, ?)", (what, _who(who), now))


def _who(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
