"""What came of asking each link, in one SQLite file under the data directory; a run can be killed at any moment."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wsic_graph.errors import WsicError
from wsic_graph.linkcheck.asking import BROKEN, OUTCOMES, WORKING, Look

FILE = "link-checks.sqlite3"
_FIND = "SELECT url, checked, outcome, status, note, worked, since FROM link "
_SCHEMA = """
CREATE TABLE IF NOT EXISTS link (
  url TEXT PRIMARY KEY, checked TEXT NOT NULL, outcome TEXT NOT NULL, status INTEGER NOT NULL, note TEXT NOT NULL,
  worked TEXT NOT NULL, since TEXT NOT NULL
) WITHOUT ROWID
"""
_MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Checked:
    """A link as it was last asked, at the moment ``checked`` (ISO 8601).

    ``worked`` is when it was last seen working, ``since`` when it was first not; either is empty where it never was.
    """

    url: str
    checked: str
    outcome: str
    status: int
    note: str
    worked: str
    since: str

    @property
    def works(self) -> bool:
        """Whether it was seen working."""
        return self.outcome == WORKING

    @property
    def broken(self) -> bool:
        """Whether it was gone or silent."""
        return self.outcome == BROKEN


class LinkChecks:
    """The links of one installation, whose data are in ``data_dir``."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / FILE

    @property
    def stamp(self) -> str:
        """What changes whenever something is stored; empty where nothing ever was."""
        try:
            return str(self.path.stat().st_mtime_ns)
        except OSError:
            return ""

    def of(self, urls: Iterable[str]) -> list[Checked]:
        """Those of ``urls`` that were ever asked, in their order."""
        wanted = list(dict.fromkeys(urls))[:_MOST_AT_ONCE]
        among = "WHERE url IN (SELECT value FROM json_each(?))"
        found = {item.url: item for item in self._read(among, (json.dumps(wanted),))}
        return [found[url] for url in wanted if url in found]

    def with_outcome(self, outcome: str, most: int = 500) -> list[Checked]:
        """The links with an outcome, those that have been so longest first."""
        return self._read("WHERE outcome = ? ORDER BY since, url LIMIT ?", (outcome, most))

    def counts(self) -> dict[str, int]:
        """How many links there are of each outcome."""
        counts = dict.fromkeys(OUTCOMES, 0)
        for item in self._read("", ()):
            counts[item.outcome] += 1
        return counts

    def due(self, urls: Iterable[str], days: float) -> list[str]:
        """Those of ``urls`` not asked within ``days``: those never asked first, then the longest ago."""
        before = _iso(datetime.now(UTC) - timedelta(days=days))
        known = {item.url: item.checked for item in self._read("", ())}
        return sorted((url for url in urls if known.get(url, "") < before), key=lambda url: known.get(url, ""))

    def put(self, url: str, look: Look) -> None:
        """Store what came of asking ``url`` now. Raises ``WsicError`` when the disk does not take it."""
        at = _iso(datetime.now(UTC))
        works = look.outcome == WORKING
        with self._writing() as db:
            row = db.execute("SELECT outcome, worked, since FROM link WHERE url = ?", (url,)).fetchone()
            worked = at if works else row["worked"] if row else ""
            since = "" if works else row["since"] if row and row["outcome"] == look.outcome else at
            values = (url, at, look.outcome, look.status, look.note, worked, since)
            db.execute("INSERT OR REPLACE INTO link VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def keep_only(self, urls: Iterable[str]) -> None:
        """Forget the links that the graph has no more."""
        wanted = set(urls)
        gone = [item.url for item in self._read("", ()) if item.url not in wanted]
        if gone:
            with self._writing() as db:
                db.executemany("DELETE FROM link WHERE url = ?", ((url,) for url in gone))

    def _read(self, condition: str, values: Iterable[object]) -> list[Checked]:
        if not self.path.is_file():
            return []
        with self._open() as db:
            return [Checked(**dict(row)) for row in db.execute(_FIND + condition, tuple(values))]

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._open() as db, db:
                db.execute(_SCHEMA)
                yield db
        except (sqlite3.Error, OSError) as error:
            raise WsicError(f"{self.path}: what came of a link cannot be stored: {error}") from None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.path, timeout=10)
        try:
            db.row_factory = sqlite3.Row
            yield db
        finally:
            db.close()


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
