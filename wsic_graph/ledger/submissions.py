"""Submissions: from a draft, which its private link opens, to the decision of an editor.

Every step is one transaction, and names the state that it goes on from: two people at one
submission get a clear conflict, and neither overwrites the other.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wsic_graph.ledger import contributors, remarks, revisions
from wsic_graph.ledger.attempts import count_attempt
from wsic_graph.ledger.limits import visible
from wsic_graph.ledger.people import Account
from wsic_graph.ledger.rdf import digest, split, triples_of
from wsic_graph.ledger.store import Conflict, Ledger, LedgerError, NotAllowed, NotThere, audit, hash_of, now

OPEN = ("draft", "changes-asked")
"""States in which a submission is with its contributor."""
_PER_HOUR = 20
_HOUR = 3600
_LONGEST = 2_000
_LONGEST_NAME = 80
_MOST_WAITING, _MOST_OF_ACCOUNT = 2_000, 200
_LONGEST_DRAFT = 600_000
_UPLOADS_PER_HOUR = 6
_MOST_TOGETHER = 50
_FIND = """
    SELECT id, record, state, edits, fields, body, base, named, account, why, reason, made, changed FROM submission
"""
_CHANGED = dict.fromkeys(("state", "fields", "body", "named", "why", "reason"))
_CHANGE = """
    UPDATE submission SET
        state = coalesce(:state, state), fields = coalesce(:fields, fields), body = coalesce(:body, body),
        named = coalesce(:named, named), why = coalesce(:why, why), reason = coalesce(:reason, reason),
        edits = edits + 1, changed = :changed
    WHERE id = :id AND edits = :edits AND state IN (SELECT value FROM json_each(:states))
"""
"""What is not given stays as it is."""


@dataclass(frozen=True)
class Submission:
    """A submission. ``fields`` are what was typed, ``body`` the statements that came of it, if they are in order.

    ``base`` is the digest of what the record said when the work began; empty for a new record.
    ``edits`` counts the changes of the submission. ``named`` and ``why`` are the contributor's words,
    ``reason`` the editor's.
    """

    id: str
    record: str
    state: str
    edits: int
    fields: Mapping[str, Any]
    body: bytes
    base: bytes
    named: str
    account: int | None
    why: str
    reason: str
    made: str
    changed: str

    @property
    def is_open(self) -> bool:
        """Whether the contributor may change it now."""
        return self.state in OPEN

    @property
    def new(self) -> bool:
        """Whether it is about a record that there was not when the work began."""
        return not self.base

    @property
    def bodies(self) -> dict[str, bytes]:
        """Each record with its proposed statements."""
        return split(triples_of(self.body))


def start(
    ledger: Ledger,
    record: str,
    fields: Mapping[str, Any],
    before: bytes,
    *,
    client: str,
    account: Account | None = None,
) -> tuple[Submission, str]:
    """A new draft about ``record``, which says ``before`` now, and the secret of its private link."""
    secret = secrets.token_urlsafe(32)
    name, at = secrets.token_hex(8), now()
    shown = account.shown if account else ""
    row = (name, hash_of(secret), record, json.dumps(fields), digest(before), shown, account.id if account else None)
    with ledger.writing() as db:
        count_attempt(db, "submission", account.name if account else client, _PER_HOUR, _HOUR)
        _check_room(db, 1, account)
        db.execute(
            "INSERT INTO submission (id, link, record, state, edits, fields, body, base, named, account, why, reason,"
            " made, changed) VALUES (?, ?, ?, 'draft', 0, ?, x'', ?, ?, ?, '', '', ?, ?)",
            (*row, at, at),
        )
    return find(ledger, name), secret


def start_together(
    ledger: Ledger,
    drafts: Sequence[tuple[str, Mapping[str, Any], bytes]],
    *,
    client: str,
    account: Account | None = None,
    named: str = "",
    why: str = "",
) -> str:
    """Checked drafts of new records, all or none: record, fields and statements of each. The secret of their list.

    The secret of the private link of each follows from that of the list, see :func:`together`.
    """
    secret, at = secrets.token_urlsafe(32), now()
    shown = " ".join(visible(named[:_LONGEST_NAME]).split())
    with ledger.writing() as db:
        who = account.name if account else client
        count_attempt(db, "submission", who, _PER_HOUR, _HOUR)
        count_attempt(db, "upload", who, _UPLOADS_PER_HOUR, _HOUR)
        _check_room(db, len(drafts), account)
        for number, (record, fields, body) in enumerate(drafts, 1):
            link = hash_of(_link_in(secret, number))
            row = (secrets.token_hex(8), link, record, json.dumps(fields), body, shown, account.id if account else None)
            db.execute(
                "INSERT INTO submission (id, link, record, state, edits, fields, body, base, named, account, why,"
                " reason, made, changed) VALUES (?, ?, ?, 'draft', 0, ?, ?, x'', ?, ?, ?, '', ?, ?)",
                (*row, visible(why[:_LONGEST]), at, at),
            )
    return secret


def together(ledger: Ledger, secret: str) -> list[tuple[Submission, str]]:
    """The submissions that were begun together, each with the secret of its own link. Raises ``NotThere``."""
    links = [_link_in(secret, number) for number in range(1, _MOST_TOGETHER + 1)]
    with ledger.reading() as db:
        rows = [(db.execute(_FIND + "WHERE link = ?", (hash_of(link),)).fetchone(), link) for link in links]
    found = [(_read(row), link) for row, link in rows if row is not None]
    if not found:
        raise NotThere("There is no such list of submissions. A private link is long: take care to copy all of it.")
    return found


def submit_together(ledger: Ledger, found: Sequence[Submission]) -> None:
    """Hand checked drafts to the editors, all or none. Those that are no drafts any more stay as they are."""
    with ledger.writing() as db:
        for submission in found:
            if submission.is_open:
                if not submission.body:
                    raise LedgerError(f"{submission.record}: there is something to put right first.")
                _move(db, submission, OPEN, {"state": "submitted"}, "contributor")


def _link_in(secret: str, number: int) -> str:
    code = hmac.new(secret.encode(), str(number).encode(), "sha256").digest()
    return base64.urlsafe_b64encode(code).decode().rstrip("=")


def _check_room(db: sqlite3.Connection, more: int, account: Account | None) -> None:
    """Each account has room of its own, so that nobody without one can fill that of all others."""
    most = _MOST_OF_ACCOUNT if account else _MOST_WAITING
    sql = "SELECT count(*) FROM submission WHERE state != 'accepted' AND account IS ?"
    if db.execute(sql, (account.id if account else None,)).fetchone()[0] + more > most:
        words = "Delete some of yours first." if account else "Come back later, or sign in: for you there is room then."
        raise LedgerError(f"There are more submissions than the editors can read now. {words}")


def find(ledger: Ledger, name: str) -> Submission:
    """The submission called ``name``: for editors. Raises ``NotThere``."""
    with ledger.reading() as db:
        return _read(db.execute(_FIND + "WHERE id = ?", (name,)).fetchone())


def open_link(ledger: Ledger, secret: str) -> Submission:
    """The submission of a private link. Raises ``NotThere``."""
    with ledger.reading() as db:
        return _read(db.execute(_FIND + "WHERE link = ?", (hash_of(secret),)).fetchone())


def queue(ledger: Ledger, state: str = "submitted", most: int = 200) -> list[Submission]:
    """The submissions in ``state``, the one that waits longest first."""
    sql = _FIND + "WHERE state = ? ORDER BY changed LIMIT ?"
    with ledger.reading() as db:
        return [_read(row) for row in db.execute(sql, (state, most))]


def of_account(ledger: Ledger, account: int, most: int = 200) -> list[Submission]:
    """The submissions that somebody made while signed in, the last changed first."""
    sql = _FIND + "WHERE account = ? ORDER BY changed DESC LIMIT ?"
    with ledger.reading() as db:
        return [_read(row) for row in db.execute(sql, (account, most))]


def _read(row: sqlite3.Row | None) -> Submission:
    if row is None:
        raise NotThere("There is no such submission. A private link is long: take care to copy all of it.")
    return Submission(**{**dict(row), "fields": json.loads(row["fields"])})


def save(
    ledger: Ledger, submission: Submission, *, fields: Mapping[str, Any], body: bytes, named: str, why: str
) -> Submission:
    """Keep what the contributor typed; ``body`` is what came of it, or empty if it is not checked."""
    named, why = " ".join(visible(named[:_LONGEST_NAME]).split()), visible(why[:_LONGEST])
    typed = json.dumps(fields)
    if len(typed) > _LONGEST_DRAFT:
        raise LedgerError(f"The draft takes {len(typed):,} characters; {_LONGEST_DRAFT:,} is the most.")
    values = {"fields": typed, "body": body, "named": named, "why": why}
    return _change(ledger, submission, OPEN, values)


def submit(ledger: Ledger, submission: Submission) -> Submission:
    """Hand a checked draft to the editors."""
    if not submission.body:
        raise LedgerError("There is something to put right first: see the list at the top.")
    return _change(ledger, submission, OPEN, {"state": "submitted"})


def withdraw(ledger: Ledger, submission: Submission) -> None:
    """Delete a submission that was not accepted, with all that was typed: the contributor's own decision."""
    with ledger.writing() as db:
        sql = "DELETE FROM submission WHERE id = ? AND state != 'accepted' AND edits = ?"  # with its address
        if db.execute(sql, (submission.id, submission.edits)).rowcount != 1:
            raise Conflict("It was accepted or changed meanwhile, so it was not withdrawn.")
        audit(db, "contributor", "withdrawn", submission.id)


def answer(ledger: Ledger, submission: Submission, editor: Account, state: str, reason: str) -> Submission:
    """Ask for changes or reject: ``state`` is ``changes-asked`` or ``rejected``, each with a reason."""
    _must_edit(editor)
    if not reason.strip():
        raise LedgerError("Words to the contributor: say why, so that the contributor knows what to do.")
    assert state in ("changes-asked", "rejected")
    return _change(ledger, submission, ("submitted",), {"state": state, "reason": reason[:_LONGEST]}, editor)


def revise(ledger: Ledger, submission: Submission, editor: Account, body: bytes) -> Submission:
    """Let an editor put ``body``, which was checked, in place of what was submitted."""
    _must_edit(editor)
    return _change(ledger, submission, ("submitted",), {"body": body}, editor)


def accept(
    ledger: Ledger,
    submission: Submission,
    editor: Account,
    seen: Mapping[str, bytes],
    reason: str,
    *,
    upto: int,
    organisation: str = "",
) -> int:
    """Publish a submission: its change is on the disk when this returns. The number of the change.

    ``seen`` is for each record what the editor compared it with, as it was after the change ``upto``;
    ``organisation`` the IRI of that in whose name an account proposed it. Raises ``Conflict`` when the submission or
    a record has changed since.
    """
    _must_edit(editor)
    bodies = submission.bodies
    with ledger.writing() as db:
        _move(db, submission, ("submitted",), {"state": "accepted", "reason": reason[:_LONGEST]}, editor.entry)
        _as_seen(db, seen, upto)
        return revisions.accept(
            db,
            bodies,
            seen,
            named=contributors.published_name(db, submission.id, submission.named)
            or "Somebody who chose to be nameless",
            why=submission.why,
            editor=editor.id,
            submission=submission.id,
            organisation=organisation,
        )


def put(
    ledger: Ledger,
    record: str,
    body: bytes,
    editor: Account,
    *,
    seen: bytes,
    upto: int,
    why: str,
    base: Mapping[str, bytes] | None = None,
) -> int:
    """Publish what an editor decides of one record without a submission, as :func:`put_all` does of several."""
    return put_all(ledger, {record: body}, editor, seen={record: seen}, upto=upto, why=why, base=base)


def put_all(
    ledger: Ledger,
    bodies: Mapping[str, bytes],
    editor: Account,
    *,
    seen: Mapping[str, bytes],
    upto: int,
    why: str,
    base: Mapping[str, bytes] | None = None,
    moved: tuple[str, str] | None = None,
) -> int:
    """Publish as one change what an editor decides without a submission: an older version, a removal, a new name.

    ``seen`` is what each record said after the change ``upto``, as the editor saw it. Where it is decided against
    what a new release says, ``base`` holds that. ``moved`` is the record that goes and the one to which all that
    people said of it goes.
    Raises ``Conflict`` when a record has changed since.
    """
    _must_edit(editor)
    if not why.strip():
        raise LedgerError("Why: this is needed; it is shown in the history of the record.")
    with ledger.writing() as db:
        _as_seen(db, seen, upto)
        if moved:
            remarks.follow(db, *moved)
        named = editor.shown or "An editor"
        why = visible(why[:_LONGEST])
        return revisions.accept(db, bodies, seen, named=named, why=why, editor=editor.id, base=base)


def _as_seen(db: sqlite3.Connection, records: Iterable[str], upto: int) -> None:
    """Whether a record was changed is told by its number: the ledger does not know what the release says of it."""
    for record in records:
        if db.execute("SELECT 1 FROM revision WHERE record = ? AND change > ? LIMIT 1", (record, upto)).fetchone():
            raise Conflict("The record has changed since this page was made. Look at the difference again.")


def _must_edit(account: Account) -> None:
    if not account.may("editor"):
        raise NotAllowed("Only editors decide on submissions.")


def _change(
    ledger: Ledger,
    submission: Submission,
    states: tuple[str, ...],
    values: Mapping[str, Any],
    who: Account | None = None,
) -> Submission:
    with ledger.writing() as db:
        _move(db, submission, states, values, who.entry if who else "contributor")
    return find(ledger, submission.id)


def _move(
    db: sqlite3.Connection, submission: Submission, states: tuple[str, ...], values: Mapping[str, Any], who: str
) -> None:
    """Change a submission that is in one of ``states`` and as it was read, or raise ``Conflict``."""
    assert values.keys() <= _CHANGED.keys()
    as_read = {"id": submission.id, "edits": submission.edits, "states": json.dumps(states)}
    if db.execute(_CHANGE, {**_CHANGED, **values, **as_read, "changed": now()}).rowcount != 1:
        raise Conflict("This submission was changed by somebody else meanwhile, or decided on. Look at it again.")
    if "state" in values:
        audit(db, who, str(values["state"]), submission.id)
        reason = str(values.get("reason", ""))
        contributors.moved(db, submission.id, submission.record, str(values["state"]), reason)
