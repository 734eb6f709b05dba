"""What was accepted: the changes in their order, and the versions of the graph that follow from them.

The published graph is the release with every record that has a revision replaced by its last one, and with the
provenance of every change, so it and its version id are functions of the release and of the ledger alone.

Each revision rests on a base: what the release said when it was decided on. A record whose last revision says just
that is given back to the release, so that later releases can change it again. Where a later release says something
else than the base, the community's version holds until an editor has decided (see ``upgrades``).
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from wsic_graph.ledger.people import entry_of
from wsic_graph.ledger.provenance import CHANGE, GRAPH_IRI, about_graph, provenance
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
    """A version of the graph that followed from another: its id, and what reads the records that changed in it."""

    version: str
    changes: Callable[[], Mapping[str, bytes]]


def accept(
    db: sqlite3.Connection,
    bodies: Mapping[str, bytes],
    before: Mapping[str, bytes],
    *,
    named: str,
    why: str,
    editor: int,
    submission: str | None = None,
    organisation: str = "",
    base: Mapping[str, bytes] | None = None,
) -> int:
    """Write one change within a transaction: the new ``bodies`` of records that until now said ``before``.

    ``before`` holds for each record what the release says of it, for one without revisions; a
    record that has some must still be as its last revision left it. ``organisation`` is the IRI of that in whose
    name it was proposed, if an account vouches for it. For records in ``base`` it is decided against what the release
    says now, which ``base`` holds: those make a revision even where nothing else changes.
    Returns the number of the change. Raises ``Conflict`` when nothing would change.
    """
    settled = set(base or {})
    changed = {record: body for record, body in bodies.items() if body != before.get(record, b"") or record in settled}
    if not changed:
        raise Conflict("This says what the record says already, so there is nothing to publish.")
    whole = hashlib.sha256()
    for record, body in sorted(changed.items()):
        whole.update(record.encode() + b"\0" + digest(body))
    columns = (now(), named, why, submission, editor, whole.digest(), organisation)
    number = db.execute(
        "INSERT INTO change (at, named, why, submission, editor, digest, organisation) VALUES (?, ?, ?, ?, ?, ?, ?)",
        columns,
    ).lastrowid
    assert number is not None
    for record, body in sorted(changed.items()):
        last = _last(db, record)
        said = digest(before.get(record, b""))
        if record in settled:
            rests_on = _keep(db, (base or {})[record])
        elif last is None or last.given_back:
            rests_on = _keep(db, before.get(record, b""))
        else:
            rests_on = last.base
        row = (record, last.number + 1 if last else 1, number, zlib.compress(body), digest(body), said, rests_on)
        db.execute(
            "INSERT INTO revision (record, number, change, body, digest, previous, base) VALUES (?, ?, ?, ?, ?, ?, ?)",
            row,
        )
    audit(db, entry_of(editor), "accepted", f"change {number}: {' '.join(sorted(changed))}")
    return number


def _keep(db: sqlite3.Connection, body: bytes) -> bytes:
    """Keep what a release says, to compare with later; its digest."""
    if body:
        db.execute("INSERT OR IGNORE INTO base VALUES (?, ?)", (digest(body), zlib.compress(body)))
    return digest(body)


def base_said(ledger: Ledger, base: bytes) -> bytes | None:
    """What a release said, by the digest of it; None where nobody kept it."""
    with ledger.reading() as db:
        row = (
            db.execute("SELECT body FROM base WHERE digest = ?", (base,)).fetchone() if base else (zlib.compress(b""),)
        )
    return zlib.decompress(row[0]) if row else None


@dataclass(frozen=True)
class Standing:
    """The last revision of a record: its number, its statements, and the digest of the base on which it rests."""

    number: int
    body: bytes
    base: bytes

    @property
    def given_back(self) -> bool:
        """Whether it says what the release said, so that the release holds."""
        return bool(self.body) and digest(self.body) == self.base


_STANDING = """SELECT record, number, body, coalesce(base,
    (SELECT previous FROM revision AS first WHERE first.record = revision.record AND first.number = 1)) AS base
    FROM revision """


def _last(db: sqlite3.Connection, record: str, upto: int | None = None) -> Standing | None:
    sql = _STANDING + "WHERE record = ? AND change <= ifnull(?, change) ORDER BY number DESC LIMIT 1"
    row = db.execute(sql, (record, upto)).fetchone()
    return _standing(row) if row else None


def _standing(row: sqlite3.Row) -> Standing:
    return Standing(row["number"], zlib.decompress(row["body"]), row["base"])


def standing(ledger: Ledger, upto: int) -> dict[str, Standing]:
    """The last revision of every record that has any, after the change number ``upto``."""
    newest = """WHERE change <= ? AND number = (
        SELECT max(number) FROM revision AS other WHERE other.record = revision.record AND other.change <= ?
    ) ORDER BY record"""
    with ledger.reading() as db:
        return {row["record"]: _standing(row) for row in db.execute(_STANDING + newest, (upto, upto))}


def last_change(ledger: Ledger) -> int:
    """The number of the last change; 0 before the first. Cheap enough to ask several times a second."""
    with ledger.reading() as db:
        return int(db.execute("SELECT max(number) FROM change").fetchone()[0] or 0)


def current(db: sqlite3.Connection, record: str) -> bytes | None:
    """What the last revision of ``record`` says; None where the release holds."""
    last = _last(db, record)
    return None if last is None or last.given_back else last.body


def overlay(ledger: Ledger, upto: int) -> dict[str, bytes]:
    """What stands instead of the release or beside it after the change number ``upto``.

    Every record with a revision that was not given back to the release, and the provenance of every change.
    """
    found = {record: last.body for record, last in standing(ledger, upto).items() if not last.given_back}
    with ledger.reading() as db:
        changes = {f"{CHANGE}{number}": body for number, body in provenance(db, upto).items()}
    return found | changes | ({GRAPH_IRI: about_graph()} if changes else {})


def steps(
    ledger: Ledger,
    release: str,
    upto: int | None = None,
    released: Callable[[list[str]], Mapping[str, bytes]] | None = None,
) -> list[Step]:
    """Every version of the graph in order, up to that after the change number ``upto``: the release's own first.

    A version id is the hash of the one before it and of what changed. With ``released``, which tells what the
    release says of records, the last step of a record that was given back to the release says that.
    """
    most = upto if upto is not None else last_change(ledger)
    bases: dict[int, bytes] = {}
    with ledger.reading() as db:
        changes = db.execute("SELECT number, digest FROM change WHERE number <= ? ORDER BY number", (most,)).fetchall()
        sql = "SELECT change, base FROM revision WHERE change <= ? ORDER BY change, record"
        for change, base in db.execute(sql, (most,)):
            bases[change] = bases.get(change, b"") + (base or b"")
        origins = provenance(db, most)
    found = [Step(release, dict)]
    for number, what in changes:
        parts = (found[-1].version.encode(), what, digest(origins[number]), bases[number])
        version = hashlib.sha256(b"".join(parts)).hexdigest()[:16]
        besides = {f"{CHANGE}{number}": origins[number]} | ({GRAPH_IRI: about_graph()} if len(found) == 1 else {})
        found.append(Step(version, partial(_changes, ledger, number, most, besides, released)))
    return found


def _changes(
    ledger: Ledger,
    number: int,
    upto: int,
    besides: Mapping[str, bytes],
    released: Callable[[list[str]], Mapping[str, bytes]] | None,
) -> Mapping[str, bytes]:
    """The records of one change and what is ``besides`` them, as :func:`steps` tells them."""
    found: dict[str, bytes] = {}
    back: list[str] = []
    with ledger.reading() as db:
        sql = "SELECT record, number, body FROM revision WHERE change = ?"
        for record, place, body in db.execute(sql, (number,)).fetchall():
            found[record] = zlib.decompress(body)
            last = _last(db, record, upto)
            if last is not None and last.given_back and last.number == place:
                back.append(record)
    return found | dict(released(back) if released and back else {}) | dict(besides)


def revisions_of(ledger: Ledger, record: str) -> list[Revision]:
    """The revisions of a record, the last first."""
    query = """SELECT record, revision.number AS number, change, at, named, why, body FROM revision
        JOIN change ON change.number = revision.change WHERE record = ? ORDER BY revision.number DESC"""
    with ledger.reading() as db:
        rows = db.execute(query, (record,)).fetchall()
    return [Revision(**{**dict(row), "body": zlib.decompress(row["body"])}) for row in rows]


def replaced_by(ledger: Ledger, submission: str) -> dict[str, bytes]:
    """What each record that an accepted ``submission`` changed said before it; nothing if it was not accepted.

    What no revision and no kept text tells is left out.
    """
    query = """SELECT record, revision.number AS number, base FROM revision
        JOIN change ON change.number = revision.change WHERE submission = ?"""
    before = "SELECT body FROM revision WHERE record = ? AND number = ?"
    found: dict[str, bytes | None] = {}
    with ledger.reading() as db:
        for record, number, base in db.execute(query, (submission,)).fetchall():
            row = db.execute(before, (record, number - 1)).fetchone()
            found[record] = zlib.decompress(row["body"]) if row else base_said(ledger, base)
    return {record: body for record, body in found.items() if body is not None}


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
