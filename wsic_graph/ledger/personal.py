"""Somebody's own data: all of it to take away, or to be deleted."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

from wsic_graph.ledger.contributors import forget
from wsic_graph.ledger.people import Account, end_all
from wsic_graph.ledger.store import Ledger, LedgerError, audit, hash_of


def export(ledger: Ledger, account: Account) -> dict[str, Any]:
    """All that the ledger keeps about who has the account; of secrets, that there are some."""
    queries = {
        "sessions": "SELECT made, seen, agent FROM session WHERE account = ?",
        "browsers": "SELECT seen FROM browser WHERE account = ?",
        "tokens": "SELECT label, scopes, made, expires FROM token WHERE account = ?",
        "sign-ins elsewhere": "SELECT issuer, subject, made FROM identity WHERE account = ?",
        "submissions": """SELECT submission.id, record, state, named, why, reason, made, changed, fields,
            contributor.email, confirmed, tell FROM submission
            LEFT JOIN contributor ON contributor.submission = submission.id WHERE account = ?""",
        "decisions": "SELECT number, at, named, why FROM change WHERE editor = ?",
    }
    sql = "SELECT name, shown, role, email, made, password != '' AS password FROM account WHERE id = ?"
    with ledger.reading() as db:
        found: dict[str, Any] = {"account": _plain(dict(db.execute(sql, (account.id,)).fetchone()))}
        for name, query in queries.items():
            found[name] = [_plain(dict(row)) for row in db.execute(query, (account.id,))]
        lines = "SELECT at, who, what, about FROM audit WHERE who = ?1 OR about = ?1 OR about LIKE ?1 || ' %'"
        found["audit log"] = [dict(row) for row in db.execute(lines, (account.entry,))]
        sql = "SELECT record, answer, at FROM answer WHERE who = ?"
        found["answers"] = [dict(row) for row in db.execute(sql, (hash_of(account.entry),))]
        sql = "SELECT kind, made FROM outbox WHERE email = ?"
        found["messages waiting"] = [_plain(dict(row)) for row in db.execute(sql, (account.email,))]
    return found


def delete(ledger: Ledger, account: Account) -> None:
    """Delete an account with all that is personal. Its number stays in the ledger, in the place of a name.

    What was accepted stays published under the name it was given, which is that of an organisation.
    Raises ``LedgerError`` for the last administrator.
    """
    with ledger.writing() as db:
        others = "SELECT 1 FROM account WHERE role = 'administrator' AND closed IS NULL AND locked IS NULL AND id != ?"
        if account.role == "administrator" and db.execute(others, (account.id,)).fetchone() is None:
            raise LedgerError("You are the only administrator. Make somebody else one first.")
        end_all(db, account.id, tokens=True)
        db.execute("DELETE FROM identity WHERE account = ?", (account.id,))
        db.execute("DELETE FROM elsewhere WHERE account = ?", (account.id,))
        db.execute("DELETE FROM answer WHERE who = ?", (hash_of(account.entry),))
        if account.email:
            db.execute("DELETE FROM outbox WHERE email = ?", (account.email,))
            db.execute("DELETE FROM link WHERE email = ?", (account.email,))
        forget(db, account.id)
        sql = "UPDATE account SET name = ?, shown = '', email = NULL, password = '', closed = ? WHERE id = ?"
        db.execute(sql, (f"deleted-{account.id}", int(time.time()), account.id))
        audit(db, account.entry, "personal data deleted", account.entry)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as its owner reads it: times in words of ISO 8601, fields as JSON."""
    for name in ("made", "seen", "expires"):
        if isinstance(row.get(name), int):
            row[name] = datetime.fromtimestamp(row[name], UTC).isoformat()
    if "fields" in row:
        row["fields"] = json.loads(row["fields"])
    return row
