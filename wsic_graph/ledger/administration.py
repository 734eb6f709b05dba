"""What administrators do: accounts, their roles and locks, the audit log."""

from __future__ import annotations

import time
from dataclasses import dataclass

from wsic_graph.ledger.people import ROLES, Account, end_all, entry_of, hashed, set_password
from wsic_graph.ledger.store import Ledger, LedgerError, NotThere, audit

_FIND = """
    SELECT id, name, shown, role, coalesce(email, '') AS email, made, closed, locked FROM account
"""


@dataclass(frozen=True)
class Listed:
    """An account as administrators see it. Times are seconds of 1970, None where it has not happened."""

    id: int
    name: str
    shown: str
    role: str
    email: str
    made: int
    closed: int | None
    locked: int | None

    @property
    def state(self) -> str:
        """Whether it can be used, in a word."""
        return "closed" if self.closed else "locked" if self.locked else "open"


@dataclass(frozen=True)
class Entry:
    """A line of the audit log. Accounts are named by their number."""

    number: int
    at: str
    who: str
    what: str
    about: str


def accounts(ledger: Ledger, find: str = "", offset: int = 0, most: int = 50) -> list[Listed]:
    """The accounts whose name, public name or address holds ``find``, the newest first."""
    sql = (
        _FIND
        + """WHERE instr(lower(name || ' ' || shown || ' ' || coalesce(email, '')), ?)
        ORDER BY id DESC LIMIT ? OFFSET ?"""
    )
    with ledger.reading() as db:
        return [Listed(**dict(row)) for row in db.execute(sql, (find.lower(), most, offset))]


def account_numbered(ledger: Ledger, number: int) -> Listed:
    """The account with this number. Raises ``NotThere``."""
    return _one(ledger, "WHERE id = ?", number)


def account_named(ledger: Ledger, name: str) -> Listed:
    """The account with this name. Raises ``NotThere``."""
    return _one(ledger, "WHERE name = ?", name)


def _one(ledger: Ledger, which: str, value: object) -> Listed:
    with ledger.reading() as db:
        row = db.execute(_FIND + which, (value,)).fetchone()
    if row is None:
        raise NotThere("There is no such account.")
    return Listed(**dict(row))


def set_role(ledger: Ledger, who: Account | None, number: int, role: str) -> None:
    """Give an account another role; its sessions end, so that what is open has the new one. None is the command."""
    if role not in ROLES:
        raise LedgerError(f"role: {role!r} is not one of {', '.join(ROLES)}.")
    _not_oneself(who, number)
    with ledger.writing() as db:
        if not db.execute("UPDATE account SET role = ? WHERE id = ? AND closed IS NULL", (role, number)).rowcount:
            raise NotThere("There is no such open account.")
        end_all(db, number)
        audit(db, _entry(who), "role given", f"{entry_of(number)} is {role}")


def lock(ledger: Ledger, who: Account | None, number: int, locked: bool) -> None:
    """Let nobody use an account for now, or let them use it again. Sessions end; tokens wait."""
    _not_oneself(who, number)
    with ledger.writing() as db:
        sql = "UPDATE account SET locked = ? WHERE id = ? AND closed IS NULL"
        if not db.execute(sql, (int(time.time()) if locked else None, number)).rowcount:
            raise NotThere("There is no such open account.")
        end_all(db, number)
        audit(db, _entry(who), "locked" if locked else "unlocked", entry_of(number))


def give_password(ledger: Ledger, number: int, password: str) -> None:
    """Give an account a new password: the command of whoever runs the machine."""
    check = hashed(password)
    with ledger.writing() as db:
        set_password(db, number, check, _entry(None))


def entries(ledger: Ledger, before: int | None = None, most: int = 100) -> list[Entry]:
    """Lines of the audit log, the newest first, from that with the number below ``before``."""
    sql = "SELECT number, at, who, what, about FROM audit WHERE number < ? ORDER BY number DESC LIMIT ?"
    with ledger.reading() as db:
        return [Entry(**dict(row)) for row in db.execute(sql, (before or 1 << 62, most))]


def _not_oneself(who: Account | None, number: int) -> None:
    if who is not None and who.id == number:
        raise LedgerError("Nobody changes the role or the lock of their own account; ask another administrator.")


def _entry(who: Account | None) -> str:
    return who.entry if who else "wsic user"
