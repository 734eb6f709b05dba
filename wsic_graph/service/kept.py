"""Texts that are kept for good under a code, in one SQLite file that several server processes may write at once.

Nothing is ever changed or overwritten; what is taken away is gone. Who keeps how much is limited, and so is the whole.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException

_HOUR = 3600
_SCHEMA = """
CREATE TABLE IF NOT EXISTS kept (code TEXT PRIMARY KEY, text BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS made (client BLOB NOT NULL, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS made_at ON made (at);
"""


@dataclass(frozen=True)
class KeptTexts:
    """Texts in the file ``path`` of at most ``megabytes``, of which a client may add ``per_hour``.

    ``called`` is what people call them, and ``instead`` what they can do when none can be kept.
    """

    path: Path
    megabytes: int
    per_hour: int
    called: str
    instead: str

    def keep(self, codes: Iterable[str], text: str, client: str, first: bool = False) -> str:
        """The first of ``codes`` that is free or has this ``text``, which is kept if it was not yet.

        With ``first``, whatever stands under a code is taken to be the text. Raises ``HTTPException``
        429 when ``client`` has kept too many new ones, 507 when the file is full or every code is taken.
        """
        data = zlib.compress(text.encode())
        with self._open() as base:
            base.execute("BEGIN IMMEDIATE")
            for code in codes:
                found = base.execute("SELECT text FROM kept WHERE code = ?", (code,)).fetchone()
                if found is None:
                    self._admit(base, client)
                    base.execute("INSERT INTO kept VALUES (?, ?)", (code, data))
                    return code
                if first or _text(found[0]) == text:
                    return code
        raise HTTPException(507, "No free code was found for this text; change a space in it and try again.")

    def text(self, code: str) -> str | None:
        """The text kept under ``code``, or None."""
        if not self.path.is_file():
            return None
        with self._open() as base:
            found = base.execute("SELECT text FROM kept WHERE code = ?", (code,)).fetchone()
        return _text(found[0]) if found else None

    def codes(self, start: str) -> list[str]:
        """The codes that begin with ``start``, in order."""
        if not self.path.is_file():
            return []
        with self._open() as base:
            found = base.execute(
                "SELECT code FROM kept WHERE code >= ? AND code < ? ORDER BY code", (start, f"{start}\x7f")
            )
            return [code for (code,) in found]

    def forget(self, start: str) -> None:
        """Take away every text whose code begins with ``start``, because those who kept them ask for it."""
        with self._open() as base:
            base.execute("PRAGMA secure_delete = ON")
            base.execute("DELETE FROM kept WHERE code >= ? AND code < ?", (start, f"{start}\x7f"))

    def _admit(self, base: sqlite3.Connection, client: str) -> None:
        now = int(time.time())
        base.execute("DELETE FROM made WHERE at <= ?", (now - _HOUR,))
        # Only a hash of the address is kept, and for an hour.
        who = hashlib.blake2b(client.encode(), digest_size=8).digest()
        count, oldest = base.execute("SELECT COUNT(*), MIN(at) FROM made WHERE client = ?", (who,)).fetchone()
        if count >= self.per_hour:
            raise HTTPException(
                429,
                f"You have made {count} new {self.called} within an hour, which is the most. Try again later.",
                {"Retry-After": str(max(oldest + _HOUR - now, 1))},
            )
        pages = base.execute("PRAGMA page_count").fetchone()[0] * base.execute("PRAGMA page_size").fetchone()[0]
        if pages >= self.megabytes << 20:
            raise HTTPException(507, f"The space for {self.called} is full. {self.instead}")
        base.execute("INSERT INTO made VALUES (?, ?)", (who, now))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection that commits at the end of the block, or rolls back when it fails."""
        unavailable = HTTPException(
            503, f"{self.called.capitalize()} cannot be kept or read at the moment. {self.instead}"
        )
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            base = sqlite3.connect(self.path, timeout=5, isolation_level=None)
        except (OSError, sqlite3.Error):
            raise unavailable from None
        try:
            base.executescript(_SCHEMA)
            yield base
            if base.in_transaction:
                base.execute("COMMIT")
        except (sqlite3.Error, zlib.error):
            raise unavailable from None
        finally:
            base.close()


def _text(data: bytes) -> str:
    return zlib.decompress(data).decode()
