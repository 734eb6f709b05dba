"""The ledger's file: one SQLite database, its schema by numbered scripts, one transaction a decision.

A transaction that has ended is on the disk (WAL with ``synchronous = FULL``): whatever kills the
process or the machine after it, it is there; before it, nothing of it is.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wsic_graph.errors import WsicError

FILE = "ledger.sqlite3"
RESTORING = ".restoring"
"""A folder in the data folder while a backup is being put into it."""
_SCRIPTS = Path(__file__).with_name("migrations")
_WAIT_SECONDS = 10


class LedgerError(WsicError):
    """What was asked of the ledger cannot be done; the words say why."""


class NotThere(LedgerError):
    """There is no such thing, or it is not for whoever asked."""


class NotAllowed(LedgerError):
    """Whoever asked may not do this."""


class Conflict(LedgerError):
    """It has changed since it was looked at."""


class TooMany(LedgerError):
    """Tried too often; ``seconds`` until the next try."""

    def __init__(self, message: str, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(message)


class LedgerAway(LedgerError):
    """The ledger cannot be read or written now: disk full, read-only or locked. Nothing was changed."""


class Ledger:
    """The ledger in the folder ``data_dir``, made when it is missing. Safe to use from many threads and processes."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / FILE
        if (data_dir / RESTORING).exists():
            raise LedgerAway(f"{data_dir}: putting back a backup was broken off. Empty this folder and restore again.")
        self._idle: list[sqlite3.Connection] = []
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():  # it holds hashes of passwords: nobody else on the machine may read it
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise LedgerAway(f"{self.path}: the ledger cannot be made: {error.strerror}") from None
        with self.reading() as db:
            if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                db.execute("PRAGMA journal_mode = WAL")
        self._migrate()

    def _migrate(self) -> None:
        """Run the scripts that this file has not seen, each in one transaction with its number."""
        scripts = sorted(_SCRIPTS.glob("*.sql"))
        with self.reading() as db:
            known = db.execute("PRAGMA user_version").fetchone()[0]
        if known > len(scripts):
            raise LedgerAway(f"{self.path} was written by a newer version of this program; install that one.")
        if known == len(scripts):
            return
        with self.writing() as db:
            known = db.execute("PRAGMA user_version").fetchone()[0]  # another process may have been quicker
            for number, script in enumerate(scripts[known:], known + 1):
                for statement in _statements(script.read_text(encoding="utf-8")):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {number:d}")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that nobody else uses meanwhile. Raises ``LedgerAway`` when the file does not serve."""
        try:
            try:
                db = self._idle.pop()
            except IndexError:
                db = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
                db.row_factory = sqlite3.Row
                db.execute("PRAGMA synchronous = FULL")
                db.execute("PRAGMA foreign_keys = ON")
        except sqlite3.Error as error:
            raise _away(error) from None
        try:
            yield db
        except (sqlite3.OperationalError, sqlite3.DatabaseError) as error:
            if isinstance(error, sqlite3.IntegrityError):
                raise
            raise _away(error) from None
        finally:
            self._idle.append(db)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, alone among all processes; undone when anything goes wrong, on the disk when it ends."""
        with self.reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close every connection."""
        while self._idle:
            self._idle.pop().close()


def audit(db: sqlite3.Connection, who: str, what: str, about: str) -> None:
    """Add a line to the audit log, in the transaction of what it tells. It carries the hash of the line before."""
    before = db.execute("SELECT hash FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    at = now()
    digest = _link(before[0] if before else b"", at, who, what, about)
    db.execute("INSERT INTO audit (at, who, what, about, hash) VALUES (?, ?, ?, ?, ?)", (at, who, what, about, digest))


def audit_is_whole(ledger: Ledger) -> bool:
    """Whether no line of the audit log was changed, added in between or taken out since it was written."""
    return audit_hashes(ledger) is not None


def audit_hashes(ledger: Ledger) -> list[str] | None:
    """The hash of each line of the audit log, if every one follows from those before it; else None."""
    before, found = b"", []
    with ledger.reading() as db:
        for place, row in enumerate(db.execute("SELECT number, at, who, what, about, hash FROM audit"), 1):
            before = _link(before, row["at"], row["who"], row["what"], row["about"])
            if row["number"] != place or row["hash"] != before:
                return None
            found.append(before.hex())
    return found


def hash_of(secret: str) -> bytes:
    """What a secret is found by: a long random one needs no salt."""
    return hashlib.sha256(secret.encode()).digest()


def now() -> str:
    """This moment, as ISO 8601 in UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _link(before: bytes, *parts: Any) -> bytes:
    return hashlib.sha256(before + json.dumps(parts, ensure_ascii=False).encode()).digest()


def _away(error: sqlite3.Error) -> LedgerAway:
    return LedgerAway(f"Nothing was changed: the ledger cannot be used now ({error}). Try again later.")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, triggers whole."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
