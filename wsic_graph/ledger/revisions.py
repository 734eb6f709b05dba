"""What was accepted: the changes in their order, and the versions of the graph that follow from them.

The published graph is the release with every record that has a revision replaced by its last one, so it and
its version id are functions of the release and of the ledger alone.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from wsic_graph.ledger.rdf import digest
from wsic_graph.ledger.store import Conflict, Ledger, NotThere, audit, now


@dataclass(frozen=True)
class Revision:
    """One accepted version of a record. ``body`` is its canonical N-Quads, empty where it was removed.

    ``named`` is who said so, as they chose to be named, and ``why`` what they gave as the reason.
    """

    record: str
    number: int
    change: int
    at: str
    named: str
    why: str
    body: bytes

    @property
    def name(self) -> str:
        """What the revision is called in addresses: its number, counted from 1 for each record."""
        return str(self.number)


@dataclass(frozen=True)
class Step:
    """A version of the graph that followed from another: its id and the records that changed, with their bodies."""

    version: str
    changes: Mapping[str, bytes]


def accept(
    db: sqlite3.Connection,
    bodies: Mapping[str, bytes],
    before: Mapping[str, bytes],
    *,
    named: str,
    why: str,
    editor: int | None,
    submission: str | None = None,
) -> int:
    """Write one change within a transaction: the new ``bodies`` of records that until now said ``before``.

    ``before`` holds for each record what the release says of it, for one without revisions; a
    record that has some must still be as its last revision left it. Returns the number of the change.
    Raises ``Conflict`` when nothing would change.
    """
    changed = {record: body for record, body in bodies.items() if body != before.get(record, b"")}
    if not changed:
        raise Conflict("This says what the record says already, so there is nothing to publish.")
    whole = hashlib.sha256()
    for record, body in sorted(changed.items()):
        whole.update(record.encode() + b"\0" + digest(body))
    columns = (now(), named, why, submission, editor, whole.digest())
    number = db.execute(
        "INSERT INTO change (at, named, why, submission, editor, digest) VALUES (?, ?, ?, ?, ?, ?)", columns
    ).lastrowid
    assert number is not None
    for record, body in sorted(changed.items()):
        last = db.execute("SELECT max(number) FROM revision WHERE record = ?", (record,)).fetchone()[0] or 0
        row = (record, last + 1, number, zlib.compress(body), digest(body), digest(before.get(record, b"")))
        db.execute("INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?)", row)
    audit(db, named, "accepted", f"change {number}: {' '.join(sorted(changed))}")
    return number


def last_change(ledger: Ledger) -> int:
    """The number of the last change; 0 before the first. Cheap enough to ask several times a second."""
    with ledger.reading() as db:
        return int(db.execute("SELECT max(number) FROM change").fetchone()[0] or 0)


def current(db: sqlite3.Connection, record: str) -> bytes | None:
    """What the last revision of ``record`` says; None where there is none, so that the release holds."""
    row = db.execute("SELECT body FROM revision WHERE record = ? ORDER BY number DESC LIMIT 1", (record,)).fetchone()
    return zlib.decompress(row["body"]) if row else None


def overlay(ledger: Ledger, upto: int) -> dict[str, bytes]:
    """What stands instead of the release after the change number ``upto``: every record with a revision."""
    with ledger.reading() as db:
        rows = db.execute(
            "SELECT record, body FROM revision WHERE change <= ? ORDER BY record, number", (upto,)
        ).fetchall()
    return {row["record"]: zlib.decompress(row["body"]) for row in rows}


def steps(ledger: Ledger, release: str, upto: int | None = None) -> list[Step]:
    """Every version of the graph in order, up to that after the change number ``upto``: the release's own first.

    A version id is the hash of the one before it and of what changed.
    """
    with ledger.reading() as db:
        most = upto if upto is not None else 1 << 62
        changes = db.execute("SELECT number, digest FROM change WHERE number <= ? ORDER BY number", (most,)).fetchall()
        rows = db.execute("SELECT change, record, body FROM revision WHERE change <= ?", (most,)).fetchall()
    bodies: dict[int, dict[str, bytes]] = {}
    for row in rows:
        bodies.setdefault(row["change"], {})[row["record"]] = zlib.decompress(row["body"])
    found = [Step(release, {})]
    for change in changes:
        version = hashlib.sha256(found[-1].version.encode() + change["digest"]).hexdigest()[:16]
        found.append(Step(version, bodies.get(change["number"], {})))
    return found


def revisions_of(ledger: Ledger, record: str) -> list[Revision]:
    """The revisions of a record, the last first."""
    query = """SELECT record, revision.number AS number, change, at, named, why, body FROM revision
        JOIN change ON change.number = revision.change WHERE record = ? ORDER BY revision.number DESC"""
    with ledger.reading() as db:
        rows = db.execute(query, (record,)).fetchall()
    return [Revision(**{**dict(row), "body": zlib.decompress(row["body"])}) for row in rows]


def before_change(ledger: Ledger, change: int) -> dict[str, bytes | None]:
    """What each record of a change said before it; None where that is what the release says.

    Raises ``Conflict`` when one of them has changed again since, and ``NotThere`` when there is no such change.
    """
    query = "SELECT record, number FROM revision WHERE change = ? ORDER BY record"
    found: dict[str, bytes | None] = {}
    with ledger.reading() as db:
        for record, number in db.execute(query, (change,)).fetchall():
            bodies = dict(
                db.execute("SELECT number, body FROM revision WHERE record = ? AND number >= ?", (record, number - 1))
            )
            if max(bodies) > number:
                raise Conflict(f"{record} has changed again since, so the change cannot be undone as a whole.")
            found[record] = zlib.decompress(bodies[number - 1]) if number > 1 else None
    if not found:
        raise NotThere("There is no such change.")
    return found
