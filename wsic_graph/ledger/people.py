"""Accounts, sessions and tokens: who may do what. No secret is kept, only what it can be checked with.

The audit log names an account by its number, so that it holds no personal data when the account is deleted.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from wsic_graph.ledger.attempts import Browser, count_passwords, forgive, know, succeeded, tries_of, unknow
from wsic_graph.ledger.limits import visible
from wsic_graph.ledger.store import Conflict, Ledger, LedgerError, NotThere, audit, hash_of
from wsic_graph.ledger.turns import Turns

ROLES = ("reader", "contributor", "editor", "administrator")
"""What an account may be; each may do what those before it may."""
SCOPES: Mapping[str, str] = {"submit": "contributor", "review": "editor"}
"""What a token may be for, and the role that whoever has it needs."""
SESSION_SECONDS = 12 * 3600
_IDLE_SECONDS = 2 * 3600
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{1,63}")
_SHORTEST, _LONGEST = 12, 200
_MOST_SHOWN = 80
_MOST_TOKENS = 20
_hasher = PasswordHasher()
_few_at_once = Turns(2, waiting=12, per_client=6, seconds=10)
"""Each comparison takes 64 MB."""


@cache
def _nobody() -> str:
    """What a password is compared with where there is no such account, so that both take the same time."""
    return _hasher.hash(secrets.token_hex())


class SignInFailed(LedgerError):
    """The name or the password is not right; which of the two is not told."""


@dataclass(frozen=True)
class Account:
    """Someone with an account. ``shown`` is how they are named in public, ``email`` their confirmed address."""

    id: int
    name: str
    shown: str
    role: str
    email: str = ""

    def may(self, role: str) -> bool:
        """Whether they may do what ``role`` may."""
        return ROLES.index(self.role) >= ROLES.index(role)

    @property
    def entry(self) -> str:
        """How the audit log names them."""
        return entry_of(self.id)


@dataclass(frozen=True)
class Session:
    """A session as its owner sees it. ``id`` says nothing of its secret; times are seconds of 1970."""

    id: str
    made: int
    seen: int
    agent: str


@dataclass(frozen=True)
class Token:
    """A token as its owner sees it."""

    id: str
    label: str
    scopes: str
    made: int
    expires: int


def entry_of(number: int) -> str:
    """How the audit log names the account with this number."""
    return f"account {number}"


def hashed(password: str) -> str:
    """What a new password is checked with. Raises ``LedgerError`` when it is too short or long."""
    if not _SHORTEST <= len(password) <= _LONGEST:
        raise LedgerError(f"password: {_SHORTEST} to {_LONGEST} characters; a few words make a good one.")
    with _few_at_once.turn("people are signing in"):
        return _hasher.hash(password)


def shown_of(text: str) -> str:
    """How somebody is named in public: one line, not too long."""
    return " ".join(visible(text).split())[:_MOST_SHOWN]


def add_account(
    ledger: Ledger, name: str, role: str, password: str, shown: str = "", *, email: str | None = None
) -> Account:
    """A new account. Raises ``LedgerError`` with words on what is not right. ``email`` is taken as confirmed."""
    if role not in ROLES:
        raise LedgerError(f"role: {role!r} is not one of {', '.join(ROLES)}.")
    if not _NAME.fullmatch(name):
        raise LedgerError("name: 2 to 64 letters, digits or . _ @ + -, beginning with a letter or digit.")
    check = hashed(password)
    with ledger.writing() as db:
        return insert_account(db, "wsic user", name, role, password=check, shown=shown, email=email)


def insert_account(
    db: sqlite3.Connection, who: str, name: str, role: str, *, password: str, shown: str, email: str | None
) -> Account:
    """Write a new account; ``password`` is hashed, or empty for one who signs in elsewhere only."""
    taken = "SELECT 1 FROM account WHERE name IN (?, ?) OR email IN (?, ?)"
    if db.execute(taken, (name, email, name, email)).fetchone():
        raise Conflict(f"There is an account {name!r} already, or one with this address.")
    public = shown_of(shown) or ("" if "@" in name else name)
    sql = "INSERT INTO account (name, shown, role, password, made, email) VALUES (?, ?, ?, ?, ?, ?)"
    number = db.execute(sql, (name, public, role, password, int(time.time()), email)).lastrowid
    assert number is not None
    audit(db, who, "account added", f"{entry_of(number)} as {role}")
    return Account(number, name, public, role, email or "")


def close_account(ledger: Ledger, name: str) -> None:
    """Let nobody sign in as ``name`` any more, and end what is open. What was accepted keeps the name it was given."""
    with ledger.writing() as db:
        row = db.execute("SELECT id FROM account WHERE name = ? AND closed IS NULL", (name,)).fetchone()
        if row is None:
            raise NotThere(f"There is no open account {name!r}.")
        sql = "UPDATE account SET closed = ?, password = '', email = NULL WHERE id = ?"
        db.execute(sql, (int(time.time()), row["id"]))
        end_all(db, row["id"], tokens=True)
        db.execute("DELETE FROM identity WHERE account = ?", (row["id"],))
        audit(db, "wsic user", "account closed", entry_of(row["id"]))


def end_all(db: sqlite3.Connection, account: int, *, tokens: bool = False) -> None:
    """End every session of an account, every link sent to it, and its tokens if asked; no browser is known any more."""
    db.execute("DELETE FROM session WHERE account = ?", (account,))
    db.execute("DELETE FROM link WHERE account = ?", (account,))
    unknow(db, account)
    if tokens:
        db.execute("DELETE FROM token WHERE account = ?", (account,))


# ------------------------------------------------------------- sessions


def sign_in(ledger: Ledger, name: str, password: str, client: str, browser: Browser) -> str:
    """The secret of a new session for who has this name or address. Raises ``SignInFailed``.

    After too many failures it raises ``TooMany``, for a while; a link to a new password opens the account even then.
    """
    with ledger.writing() as db:
        sql = "SELECT id, password FROM account WHERE (name = ?1 OR email = ?1) AND closed IS NULL AND locked IS NULL"
        row = db.execute(sql, (name,)).fetchone()
        key = entry_of(row["id"]) if row else name.lower()
        tries = tries_of(db, row["id"] if row else None, key, client, browser)
        count_passwords(db, tries)
    if not (_matches((row and row["password"]) or _nobody(), password[:_LONGEST]) and row):
        with ledger.writing() as db:
            audit(db, "somebody", "sign-in failed", entry_of(row["id"]) if row else "no such account")
        raise SignInFailed("The name or the password is not right.")
    with ledger.writing() as db:
        succeeded(db, tries)
        return begin(db, row["id"], browser)


def begin(db: sqlite3.Connection, account: int, browser: Browser, how: str = "signed in") -> str:
    """The secret of a new session of an account that has shown who it is. Raises ``SignInFailed`` for a locked one."""
    row = db.execute("SELECT 1 FROM account WHERE id = ? AND closed IS NULL AND locked IS NULL", (account,)).fetchone()
    if row is None:
        raise SignInFailed("This account cannot be used.")
    secret, now = secrets.token_urlsafe(32), int(time.time())
    end_old_sessions(db)
    sql = "INSERT INTO session (hash, account, made, seen, agent) VALUES (?, ?, ?, ?, ?)"
    db.execute(sql, (hash_of(secret), account, now, now, browser.shown))
    know(db, account, browser)
    audit(db, entry_of(account), how, "")
    return secret


def end_old_sessions(db: sqlite3.Connection) -> None:
    """Delete the sessions whose time is over."""
    now = int(time.time())
    db.execute("DELETE FROM session WHERE made < ? OR seen < ?", (now - SESSION_SECONDS, now - _IDLE_SECONDS))


def password_is(ledger: Ledger, account: Account, password: str, client: str) -> bool:
    """Whether it is the password of someone who is signed in. Raises ``TooMany``."""
    with ledger.writing() as db:
        count_passwords(db, {"password of a session": f"{account.id}\0{client}"})
        row = db.execute("SELECT password FROM account WHERE id = ?", (account.id,)).fetchone()
    return _matches((row and row["password"]) or _nobody(), password[:_LONGEST])


def has_password(ledger: Ledger, account: Account) -> bool:
    """Whether they have a password, or sign in elsewhere only."""
    with ledger.reading() as db:
        return bool(db.execute("SELECT password FROM account WHERE id = ?", (account.id,)).fetchone()["password"])


def set_password(db: sqlite3.Connection, account: int, check: str, who: str, *, tokens: bool = False) -> None:
    """Give an account the password that ``check`` is the hash of. Its sessions end, and its tokens if asked."""
    db.execute("UPDATE account SET password = ? WHERE id = ?", (check, account))
    end_all(db, account, tokens=tokens)
    forgive(db, "sign-in by name", entry_of(account))
    audit(db, who, "password changed", entry_of(account))


def change_password(ledger: Ledger, account: Account, password: str, browser: Browser, *, tokens: bool = False) -> str:
    """Give somebody who is signed in a new password, end their sessions and begin one: its secret."""
    check = hashed(password)
    with ledger.writing() as db:
        set_password(db, account.id, check, account.entry, tokens=tokens)
        return begin(db, account.id, browser)


def set_shown(ledger: Ledger, account: Account, shown: str) -> None:
    """Change how somebody is named with what they contribute from now on."""
    with ledger.writing() as db:
        db.execute("UPDATE account SET shown = ? WHERE id = ?", (shown_of(shown), account.id))
        audit(db, account.entry, "public name changed", "")


def _matches(check: str, password: str) -> bool:
    with _few_at_once.turn("people are signing in"):
        try:
            return _hasher.verify(check, password)
        except (VerificationError, InvalidHashError):
            return False


def account_of(ledger: Ledger, session: str) -> Account | None:
    """Who has the session with this secret, if it is open."""
    now = int(time.time())
    query = """SELECT id, name, shown, role, email, seen FROM session JOIN account ON account.id = session.account
        WHERE hash = ? AND session.made > ? AND seen > ? AND closed IS NULL AND locked IS NULL"""
    with ledger.reading() as db:
        row = db.execute(query, (hash_of(session), now - SESSION_SECONDS, now - _IDLE_SECONDS)).fetchone()
        if row and now - row["seen"] > _IDLE_SECONDS // 20:
            db.execute("UPDATE session SET seen = ? WHERE hash = ?", (now, hash_of(session)))
    return account_from(row) if row else None


def account_from(row: sqlite3.Row) -> Account:
    """The account of a row with its columns."""
    return Account(row["id"], row["name"], row["shown"], row["role"], row["email"] or "")


def sign_out(ledger: Ledger, session: str) -> None:
    """End a session."""
    with ledger.writing() as db:
        db.execute("DELETE FROM session WHERE hash = ?", (hash_of(session),))


def sessions_of(ledger: Ledger, account: Account) -> list[Session]:
    """The open sessions of an account, the newest first."""
    now = int(time.time())
    sql = """SELECT hex(substr(hash, 1, 8)) AS id, made, seen, agent FROM session
        WHERE account = ? AND made > ? AND seen > ? ORDER BY made DESC"""
    with ledger.reading() as db:
        rows = db.execute(sql, (account.id, now - SESSION_SECONDS, now - _IDLE_SECONDS))
        return [Session(**dict(row)) for row in rows]


def session_id(secret: str) -> str:
    """The ``id`` of the session with this secret."""
    return hash_of(secret)[:8].hex().upper()


def end_sessions(ledger: Ledger, account: Account, browser: Browser, *, one: str = "", but: str = "") -> None:
    """End the session ``one`` of an account, or all of them ``but`` that with this id. Raises ``NotThere``.

    With all others, every browser but ``browser`` is forgotten.
    """
    sql = """DELETE FROM session WHERE account = :account
        AND CASE WHEN :one = '' THEN hex(substr(hash, 1, 8)) != :but ELSE hex(substr(hash, 1, 8)) = :one END"""
    with ledger.writing() as db:
        if not db.execute(sql, {"account": account.id, "one": one, "but": but}).rowcount and one:
            raise NotThere("You have no such session; it may have ended already.")
        if not one:
            unknow(db, account.id, but=browser)
        audit(db, account.entry, "sessions ended", "one" if one else "all others")


# --------------------------------------------------------------- tokens


def make_token(ledger: Ledger, account: Account, label: str, scopes: tuple[str, ...], days: int) -> str:
    """The secret of a new token, which is told this once."""
    if not scopes or not set(scopes) <= set(SCOPES):
        raise LedgerError(f"scopes: one or more of {', '.join(SCOPES)}.")
    if wrong := [scope for scope in scopes if not account.may(SCOPES[scope])]:
        raise LedgerError(f"scopes: {', '.join(wrong)} is not for a {account.role}.")
    if not 1 <= days <= 366:
        raise LedgerError("days: 1 to 366.")
    secret = f"wsic_{secrets.token_urlsafe(32)}"
    now = int(time.time())
    row = (hash_of(secret), account.id, label[:_MOST_SHOWN], " ".join(scopes), now, now + days * 86_400)
    with ledger.writing() as db:
        db.execute("DELETE FROM token WHERE account = ? AND expires <= ?", (account.id, now))
        if db.execute("SELECT count(*) FROM token WHERE account = ?", (account.id,)).fetchone()[0] >= _MOST_TOKENS:
            raise LedgerError(f"You have {_MOST_TOKENS} tokens, which is the most. Revoke one first.")
        db.execute("INSERT INTO token (hash, account, label, scopes, made, expires) VALUES (?, ?, ?, ?, ?, ?)", row)
        audit(db, account.entry, "token made", f"for {' '.join(scopes)}, {days} days")
    return secret


def tokens_of(ledger: Ledger, account: Account) -> list[Token]:
    """The tokens of an account that have not expired, the newest first."""
    sql = """SELECT hex(substr(hash, 1, 8)) AS id, label, scopes, made, expires FROM token
        WHERE account = ? AND expires > ? ORDER BY made DESC, id"""
    with ledger.reading() as db:
        return [Token(**dict(row)) for row in db.execute(sql, (account.id, int(time.time())))]


def revoke_token(ledger: Ledger, account: Account, name: str) -> None:
    """End a token of an account. Raises ``NotThere``."""
    sql = "DELETE FROM token WHERE account = ? AND hex(substr(hash, 1, 8)) = ?"
    with ledger.writing() as db:
        if not db.execute(sql, (account.id, name)).rowcount:
            raise NotThere("You have no such token; it may have expired.")
        audit(db, account.entry, "token revoked", "")


def account_of_token(ledger: Ledger, token: str, scope: str) -> Account | None:
    """Whose token it is, if it is for ``scope``, has not expired and they still have the role that it needs."""
    query = """SELECT id, name, shown, role, email, scopes FROM token JOIN account ON account.id = token.account
        WHERE hash = ? AND expires > ? AND closed IS NULL AND locked IS NULL"""
    with ledger.reading() as db:
        row = db.execute(query, (hash_of(token), int(time.time()))).fetchone()
    if row is None or scope not in row["scopes"].split():
        return None
    account = account_from(row)
    return account if account.may(SCOPES[scope]) else None
