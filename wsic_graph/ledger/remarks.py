"""What people say about records: comments, places that did the same, reports of errors.

Their words wait here, apart from the graph, until an editor publishes or rejects them; reports of
errors are for editors alone. Nobody needs an account, and no name of a person is asked for.
"""

from __future__ import annotations

import secrets
import sqlite3
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from wsic_graph.ledger import annotations as notes
from wsic_graph.ledger import revisions
from wsic_graph.ledger.attempts import count_attempt
from wsic_graph.ledger.limits import is_hidden
from wsic_graph.ledger.people import Account
from wsic_graph.ledger.store import Conflict, Ledger, LedgerError, NotAllowed, NotThere, audit, hash_of, now

COMMENT, DONE_ELSEWHERE, ERROR = KINDS = ("comment", "done-elsewhere", "error")
WAITING, PUBLISHED, REJECTED, PUT_RIGHT, NO_ERROR = ("waiting", "published", "rejected", "put-right", "no-error")
ENDS: Mapping[str, tuple[str, ...]] = {
    COMMENT: (PUBLISHED, REJECTED),
    DONE_ELSEWHERE: (PUBLISHED, REJECTED),
    ERROR: (PUT_RIGHT, NO_ERROR),
}
"""What an editor can decide on each kind of remark."""
LONGEST = 2_000
LONGEST_NAME = 80
_PER_HOUR = 10
_HOUR = 3600
_MOST_WAITING = 2_000
_FIND = "SELECT id, record, kind, area, named, text, state, reason, edits, made, changed FROM remark "
_OLDEST_FIRST = "WHERE kind = ? AND state = ? ORDER BY changed, id LIMIT ?"
_NEWEST_FIRST = "WHERE kind = ? AND state = ? ORDER BY changed DESC, id LIMIT ?"
_MOVE = """
    UPDATE remark SET
        state = coalesce(:state, state), named = coalesce(:named, named), reason = coalesce(:reason, reason),
        edits = edits + 1, changed = :changed
    WHERE id = :id AND edits = :edits AND state = :waiting
"""
"""What is not given stays as it is."""
NAMELESS = "Somebody who chose to be nameless"


@dataclass(frozen=True)
class Remark:
    """Something said about ``record``. ``area`` is the IRI of the area that did the same, ``named`` an organisation.

    ``reason`` are the words of the editor, ``made`` and ``changed`` moments in ISO 8601; ``edits`` counts the changes.
    """

    id: str
    record: str
    kind: str
    area: str
    named: str
    text: str
    state: str
    reason: str
    edits: int
    made: str
    changed: str

    @property
    def annotation(self) -> str:
        """The IRI that it has once it is published."""
        return notes.annotation_iri(f"{self.kind}-{self.id}")


def plain_text(field: str, text: str, most: int = LONGEST) -> str:
    """``text`` without space around it. Raises ``LedgerError`` when it is too long or has hidden characters."""
    found = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " ")).strip()
    if len(found) > most:
        raise LedgerError(f"{field}: {len(found):,} characters; {most:,} is the most.")
    if any(is_hidden(character) for character in found):
        raise LedgerError(f"{field}: it has characters that cannot be seen; type it again without them.")
    return found


def say(
    ledger: Ledger, kind: str, record: str, text: str, *, client: str, named: str = "", area: str = ""
) -> tuple[Remark, str]:
    """Keep something said about ``record`` for the editors; the remark and the secret of its private link.

    Raises ``LedgerError`` for what it may not be, ``TooMany`` when ``client`` said too much within an hour.
    """
    assert kind in KINDS
    text = plain_text("text", text)
    named = plain_text("organisation", named, LONGEST_NAME).replace("\n", " ")
    if not text:
        raise LedgerError("text: write something first.")
    if kind == DONE_ELSEWHERE and not (area and named):
        raise LedgerError("organisation and area: say which organisation did it, and where.")
    secret, name, at = secrets.token_urlsafe(32), secrets.token_hex(8), now()
    with ledger.writing() as db:
        count_attempt(db, "remark", client, _PER_HOUR, _HOUR)
        if db.execute("SELECT count(*) FROM remark WHERE state = ?", (WAITING,)).fetchone()[0] >= _MOST_WAITING:
            raise LedgerError("There is more waiting than the editors can read now. Please come back later.")
        same = "SELECT 1 FROM remark WHERE record = ? AND kind = ? AND text = ? AND state = ?"
        if db.execute(same, (record, kind, text, WAITING)).fetchone():
            raise LedgerError("text: the same words about this record are with the editors already.")
        row = (name, hash_of(secret), record, kind, area, named, text, WAITING, at, at)
        db.execute("INSERT INTO remark VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', 0, ?, ?)", row)
    return find(ledger, name), secret


def find(ledger: Ledger, name: str) -> Remark:
    """The remark called ``name``: for editors. Raises ``NotThere``."""
    return _one(ledger, "WHERE id = ?", name)


def open_link(ledger: Ledger, secret: str) -> Remark:
    """The remark of a private link. Raises ``NotThere``."""
    return _one(ledger, "WHERE link = ?", hash_of(secret))


def _one(ledger: Ledger, which: str, value: object) -> Remark:
    with ledger.reading() as db:
        row = db.execute(_FIND + which, (value,)).fetchone()
    if row is None:
        raise NotThere("There is nothing under this address. It may have been withdrawn.")
    return Remark(**dict(row))


def queue(ledger: Ledger, kind: str, state: str, most: int = 200) -> list[Remark]:
    """The remarks of a kind in a state: those that wait with the oldest first, others with the newest first."""
    sql = _FIND + (_OLDEST_FIRST if state == WAITING else _NEWEST_FIRST)
    with ledger.reading() as db:
        return [Remark(**dict(row)) for row in db.execute(sql, (kind, state, most))]


def waiting(ledger: Ledger) -> dict[str, int]:
    """How many remarks of each kind wait for an editor."""
    with ledger.reading() as db:
        rows = db.execute("SELECT kind, count(*) FROM remark WHERE state = ? GROUP BY kind", (WAITING,)).fetchall()
    return dict.fromkeys(KINDS, 0) | {row[0]: row[1] for row in rows}


def withdraw(ledger: Ledger, remark: Remark) -> None:
    """Delete a remark that is not published, with all its words: the decision of who said it."""
    with ledger.writing() as db:
        sql = "DELETE FROM remark WHERE id = ? AND state != ?"
        if db.execute(sql, (remark.id, PUBLISHED)).rowcount != 1:
            raise Conflict("It was published meanwhile, so it was not withdrawn. Ask an editor to remove it.")
        audit(db, "contributor", "withdrawn", f"remark {remark.id}")


def decide(ledger: Ledger, remark: Remark, editor: Account, state: str, reason: str) -> None:
    """Reject a remark, or end a report of an error. Raises ``Conflict`` when it was decided on meanwhile."""
    _must_edit(editor)
    assert state in ENDS[remark.kind]
    assert state != PUBLISHED
    if not reason.strip():
        raise LedgerError("Words to whoever wrote it: say why, or what was done, for whoever said it.")
    with ledger.writing() as db:
        _move(db, remark, {"state": state, "reason": plain_text("reason", reason)}, editor)


def publish(ledger: Ledger, remark: Remark, editor: Account, *, title: str, nameless: bool = False) -> int:
    """Publish a comment, or that the same was done elsewhere: the number of the change, on the disk on return.

    ``title`` is what the record is called; with ``nameless``, the name that was given is left out.
    """
    _must_edit(editor)
    assert PUBLISHED in ENDS[remark.kind]
    named = "" if nameless else remark.named
    name, day = remark.annotation.rpartition("/")[2], remark.made[:10]
    body = notes.words(name, remark.record, remark.text, named=named, day=day, area=remark.area)
    why = f"{'They did the same as' if remark.area else 'A comment on'} “{title}”"
    with ledger.writing() as db:
        _move(db, remark, {"state": PUBLISHED, "named": named}, editor)
        bodies = {remark.annotation: body, **_data_set(db)}
        return revisions.accept(db, bodies, {}, named=named or NAMELESS, why=why, editor=editor.id)


def _data_set(db: sqlite3.Connection) -> dict[str, bytes]:
    """The description of the graph of annotations, where it is not published yet."""
    said = revisions.current(db, notes.DATA_SET)
    return {} if said else {notes.DATA_SET: notes.data_set()}


def _must_edit(account: Account) -> None:
    if not account.may("editor"):
        raise NotAllowed("Only editors decide on what is published.")


def _move(db: sqlite3.Connection, remark: Remark, values: Mapping[str, str], editor: Account) -> None:
    given = {"state": None, "named": None, "reason": None, **values}
    as_read = {"id": remark.id, "edits": remark.edits, "waiting": WAITING, "changed": now()}
    if db.execute(_MOVE, given | as_read).rowcount != 1:
        raise Conflict("Somebody decided on this meanwhile. Look at the list again.")
    audit(db, editor.entry, values["state"], f"remark {remark.id}")


# ------------------------------------------------------------------ answers on usefulness

ANSWERS = ("yes", "partly", "no")
_ANSWERS_PER_HOUR = 30
_PER_RECORD_AND_DAY = 3
_DAY = 86_400


def answer(ledger: Ledger, record: str, given: str, *, who: str, client: str) -> None:
    """Keep the answer of a visitor to "was this useful?"; a new answer of theirs takes the place of the old.

    ``who`` is what the visitor is known by (a cookie or an account), of which only a hash is kept. One
    ``client`` may give so many answers within an hour, and about one record so many within a day.
    """
    if given not in ANSWERS:
        raise LedgerError("answer: choose yes, partly or no.")
    with ledger.writing() as db:
        count_attempt(db, "answer", client, _ANSWERS_PER_HOUR, _HOUR)
        known = db.execute("SELECT 1 FROM answer WHERE record = ? AND who = ?", (record, hash_of(who))).fetchone()
        if known is None:
            count_attempt(db, "answer on a record", f"{client} {record}", _PER_RECORD_AND_DAY, _DAY)
        row = (record, hash_of(who), given, now())
        db.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?)", row)


def counts(ledger: Ledger) -> dict[str, notes.Counts]:
    """The answers about each record, counted."""
    with ledger.reading() as db:
        return _counts(db)


def _counts(db: sqlite3.Connection) -> dict[str, notes.Counts]:
    sql = """SELECT record, sum(answer = 'yes'), sum(answer = 'partly'), sum(answer = 'no'), max(at) FROM answer
        GROUP BY record ORDER BY record"""
    return {row[0]: notes.Counts(row[1], row[2], row[3], row[4][:10]) for row in db.execute(sql)}


def publish_counts(ledger: Ledger, editor: Account, seen: Mapping[str, notes.Counts]) -> int:
    """Publish the counts of the records of ``seen``, which the editor saw; the number of the change.

    Raises ``Conflict`` when there are other answers by now.
    """
    _must_edit(editor)
    with ledger.writing() as db:
        found = _counts(db)
        if not seen or any(found.get(record) != item for record, item in seen.items()):
            raise Conflict("There are new answers since this page was made. Look at the counts again.")
        bodies, before = {}, {}
        for record, item in seen.items():
            iri = notes.usefulness_iri(record)
            bodies[iri] = notes.usefulness(record, item)
            before[iri] = revisions.current(db, iri) or b""
        why = "Answers to “was this useful?”, counted"
        return revisions.accept(db, bodies | _data_set(db), before, named="Visitors", why=why, editor=editor.id)


def follow(db: sqlite3.Connection, old: str, new: str) -> None:
    """Let all that people said about ``old`` be about ``new``, within the transaction that moves the record.

    Of two answers of one visitor, that about ``new`` stays.
    """
    db.execute("UPDATE remark SET record = ? WHERE record = ?", (new, old))
    db.execute("UPDATE OR IGNORE answer SET record = ? WHERE record = ?", (new, old))
    db.execute("DELETE FROM answer WHERE record = ?", (old,))


def forget_answers(ledger: Ledger, editor: Account, record: str) -> None:
    """Delete the answers about ``record``, for example when one person gave them all."""
    _must_edit(editor)
    with ledger.writing() as db:
        if db.execute("DELETE FROM answer WHERE record = ?", (record,)).rowcount:
            audit(db, editor.entry, "answers deleted", record)
