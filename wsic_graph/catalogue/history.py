"""The history of the records: an append-only store of every version that was published here.

It answers what a record said and since when, which records are gone, and what
changed in which order; the change feed, the collections, the sitemap and the
tombstones are read from it. It lives in ``settings.data_dir`` and cannot be
rebuilt from a release, so it belongs into a backup.

Every publication is one SQLite transaction: after a crash it is there or it is
not. Any number of processes may publish the same version at once; one writes.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pyoxigraph as ox

from wsic_graph.catalogue.records import Records, graph_of, kind_of, moved_to
from wsic_graph.errors import WsicError
from wsic_graph.namespaces import ONTOLOGY, PREFIXES

FILE = "history.sqlite"
Change = Literal["create", "update", "delete"]
Versions = Sequence[tuple[str, Callable[[], Mapping[str, bytes]]]]
"""The versions of a graph from a release on: the id of each, and what reads the records that changed in it, by IRI;
a body is empty where a record is gone."""
_REPLACED = frozenset({f"{PREFIXES['dcterms']}isReplacedBy", f"{ONTOLOGY}supersededBy"})
_WAIT_SECONDS = 120
_SCHEMA = """
PRAGMA journal_mode = WAL;
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS publication (
  number INTEGER PRIMARY KEY, version TEXT NOT NULL, published TEXT NOT NULL, last INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS event (
  number INTEGER PRIMARY KEY, publication INTEGER NOT NULL, record TEXT NOT NULL, kind TEXT NOT NULL,
  graph TEXT NOT NULL, change TEXT NOT NULL, digest BLOB NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS event_of_record ON event (record, number);
CREATE TABLE IF NOT EXISTS live (
  record TEXT PRIMARY KEY, kind TEXT NOT NULL, event INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS live_by_kind ON live (kind, record);
CREATE TRIGGER IF NOT EXISTS event_is_kept BEFORE UPDATE ON event
  BEGIN SELECT RAISE(ABORT, 'the history of the records is append-only'); END;
CREATE TRIGGER IF NOT EXISTS event_stays BEFORE DELETE ON event
  BEGIN SELECT RAISE(ABORT, 'the history of the records is append-only'); END;
COMMIT;
"""
_EVENT = """SELECT event.number AS number, record, kind, graph, change, version, published, body
FROM event JOIN publication ON publication.number = event.publication """
_LIVE = """SELECT event.number AS number, live.record AS record, live.kind AS kind, graph, change, version, published,
body FROM live JOIN event ON event.number = live.event
JOIN publication ON publication.number = event.publication """


class HistoryAway(WsicError):
    """The history cannot be written now: disk full, read-only or locked. Nothing was changed."""


@dataclass(frozen=True)
class Publication:
    """One publication: its version id, its time (ISO 8601, UTC) and the number of the last event up to it."""

    number: int
    version: str
    published: str
    last: int


@dataclass(frozen=True)
class Event:
    """One version of a record. ``body`` is its canonical N-Quads; of a deletion, what the record said last."""

    number: int
    record: str
    kind: str
    graph: str
    change: Change
    version: str
    published: str
    body: bytes


class History:
    """The store in the folder ``data_dir``, made when it is missing. Safe to use from many threads."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self.path = data_dir / FILE
        self._idle: list[sqlite3.Connection] = []
        with self._connection() as db:
            db.executescript(_SCHEMA)

    # ------------------------------------------------------------- writing

    def publish(self, version: str, dataset: Path) -> Publication:
        """Record that the N-Quads file ``dataset`` is what is published from now on, as ``version``.

        Appends a create, update or delete for each record that differs from the last
        known state, and nothing when ``version`` is the one already published.
        """
        return self.follow(lambda: [(version, dict)], dataset)

    def follow(self, versions: Callable[[], Versions], dataset: Path) -> Publication:
        """Record every one of ``versions`` that came after the version published last, each as a publication.

        Where that is none of them, there is a new release: the N-Quads file ``dataset`` with all
        that changed is compared with the last known state, and published as the last version.
        ``versions`` is read while no other process can publish, so that a slow one never goes back.
        """
        head = self.head()
        while head is None or head.version != versions()[-1][0]:
            with self._writing() as db:
                head, known = self.head(), versions()
                place = next((n for n, (version, _) in enumerate(known) if head and version == head.version), None)
                if place is None:
                    head = self._append(db, known[-1][0], self._differences(db, dataset, known))
                elif place + 1 < len(known):
                    version, changes = known[place + 1]
                    head = self._revise(db, version, changes())
        return head

    def revise(self, version: str, changes: Mapping[str, bytes]) -> Publication:
        """Record that these records changed, and no other: IRI to canonical N-Quads, which are empty where it is gone.

        ``version`` is the id of the graph with the changes in it. A record that says what
        it said before makes no event.
        """
        with self._writing() as db:
            return self._revise(db, version, changes)

    def _revise(self, db: sqlite3.Connection, version: str, changes: Mapping[str, bytes]) -> Publication:
        found: list[tuple[str, bytes | None]] = []
        for record, said in changes.items():
            body = _alive(said)
            row = db.execute(
                "SELECT digest FROM live JOIN event ON event.number = live.event WHERE live.record = ?", (record,)
            ).fetchone()
            if (row[0] if row else None) != (_digest(body) if body else None):
                found.append((record, body or None))
        return self._append(db, version, found)

    @staticmethod
    def _differences(db: sqlite3.Connection, dataset: Path, versions: Versions) -> Iterator[tuple[str, bytes | None]]:
        known = dict(db.execute("SELECT live.record, digest FROM live JOIN event ON event.number = live.event"))
        instead = {record: _alive(body) for _, changes in versions for record, body in changes().items()}
        with Records(dataset) as records:
            for record, said in records:
                body = instead.pop(record, said)
                if body and known.pop(record, None) != _digest(body):
                    yield record, body
        for record, body in sorted(instead.items()):
            if body and known.pop(record, None) != _digest(body):
                yield record, body
        for record in sorted(known):
            yield record, None

    def _append(self, db: sqlite3.Connection, version: str, changes: Iterable[tuple[str, bytes | None]]) -> Publication:
        head = self.head()
        publication = head.number + 1 if head else 1
        last = head.last if head else 0
        for number, (record, body) in enumerate(changes, last + 1):
            last = number
            before = db.execute(
                "SELECT graph, body FROM event JOIN live ON live.event = event.number WHERE live.record = ?", (record,)
            ).fetchone()
            change = "delete" if body is None else "update" if before else "create"
            graph = graph_of(body) if body else before[0]
            stored = zlib.compress(body) if body else before[1]
            row = (last, publication, record, kind_of(record), graph, change, _digest(body or b""), stored)
            db.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            if body is None:
                db.execute("DELETE FROM live WHERE record = ?", (record,))
            else:
                db.execute("INSERT OR REPLACE INTO live VALUES (?, ?, ?)", (record, kind_of(record), last))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        published = max(now, head.published) if head else now  # the feed is in order even if the clock was put back
        db.execute("INSERT INTO publication VALUES (?, ?, ?, ?)", (publication, version, published, last))
        return Publication(publication, version, published, last)

    # ------------------------------------------------------------- reading

    def head(self) -> Publication | None:
        """The last publication, or None before the first."""
        rows = self._rows("SELECT number, version, published, last FROM publication ORDER BY number DESC LIMIT 1")
        return Publication(*rows[0]) if rows else None

    def publications(self) -> list[Publication]:
        """Every publication, the first first."""
        rows = self._rows("SELECT number, version, published, last FROM publication ORDER BY number")
        return [Publication(*row) for row in rows]

    def latest(self, record: str) -> Event | None:
        """The last event of ``record``, which may be its deletion; None if it never was published."""
        found = self._events(_EVENT + "WHERE record = ? ORDER BY event.number DESC LIMIT 1", (record,))
        return found[0] if found else None

    def of_record(self, record: str) -> list[Event]:
        """Every event of ``record``, the first first."""
        return self._events(_EVENT + "WHERE record = ? ORDER BY event.number", (record,))

    def events(self, first: int, last: int) -> list[Event]:
        """The events with the numbers ``first`` to ``last``; numbers start at 1 and have no gaps."""
        return self._events(_EVENT + "WHERE event.number BETWEEN ? AND ? ORDER BY event.number", (first, last))

    def kinds(self) -> dict[str, int]:
        """Each kind of record with the number of its live records."""
        rows = self._rows("SELECT kind, count(*) FROM live GROUP BY kind ORDER BY kind")
        return {row[0]: row[1] for row in rows}

    def live(self, kind: str, after: str = "", limit: int = 1000) -> list[Event]:
        """Live records of ``kind`` in the order of their IRIs, from the first behind ``after``."""
        condition = "WHERE live.kind = ? AND live.record > ? ORDER BY live.record LIMIT ?"
        return self._events(_LIVE + condition, (kind, after, limit))

    def record_at(self, kind: str, place: int) -> str:
        """The live record of ``kind`` at ``place``, counted from 0 in the order of the IRIs; empty where none is."""
        query = "SELECT record FROM live WHERE kind = ? ORDER BY record LIMIT 1 OFFSET ?"
        rows = self._rows(query, (kind, place)) if place >= 0 else []
        return str(rows[0][0]) if rows else ""

    def record_before(self, kind: str, record: str, distance: int) -> str:
        """The live record of ``kind`` that stands ``distance`` places before ``record``; empty before the first."""
        query = "SELECT record FROM live WHERE kind = ? AND record <= ? ORDER BY record DESC LIMIT 1 OFFSET ?"
        rows = self._rows(query, (kind, record, distance))
        return str(rows[0][0]) if rows else ""

    def changed(self, kind: str, after: str, limit: int) -> list[tuple[str, str]]:
        """Live records of ``kind`` behind ``after`` with the time of their last change, without their statements."""
        query = """SELECT live.record, published FROM live JOIN event ON event.number = live.event
            JOIN publication ON publication.number = event.publication
            WHERE live.kind = ? AND live.record > ? ORDER BY live.record LIMIT ?"""
        return [(record, published) for record, published in self._rows(query, (kind, after, limit))]

    def times_of_graphs(self) -> dict[str, tuple[str, str]]:
        """Each named graph with the times of its first and its last change."""
        query = """SELECT graph, min(published), max(published) FROM event
            JOIN publication ON publication.number = event.publication GROUP BY graph"""
        return {graph: (first, last) for graph, first, last in self._rows(query)}

    def _events(self, query: str, values: tuple[object, ...]) -> list[Event]:
        return [Event(*(*row[:-1], zlib.decompress(row[-1]))) for row in self._rows(query, values)]

    def _rows(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with self._connection() as db:
            return db.execute(query, values).fetchall()

    # --------------------------------------------------------- connections

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection that nobody else uses meanwhile; there are as many as were ever in use at once."""
        try:
            db = self._idle.pop()
        except IndexError:
            db = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
            db.execute("PRAGMA synchronous = FULL")
        try:
            yield db
        finally:
            self._idle.append(db)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, alone among all processes; undone when anything goes wrong. Raises ``HistoryAway``."""
        with self._connection() as db:
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except BaseException as error:
                if db.in_transaction:  # a full disk ends it by itself
                    db.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise HistoryAway(f"the history of the records cannot be written ({error})") from None
                raise

    def close(self) -> None:
        """Close every connection."""
        while self._idle:
            self._idle.pop().close()


def replacement_in(event: Event) -> str | None:
    """The IRI of what replaced a record by its own last words (``dcterms:isReplacedBy``), or None."""
    found = ox.parse(event.body, format=ox.RdfFormat.N_QUADS, lenient=True)
    for quad in found:
        if quad.predicate.value in _REPLACED and isinstance(quad.object, ox.NamedNode):
            return quad.object.value
    return None


def _alive(body: bytes) -> bytes:
    """``body``, or nothing if it only says where a record went: in the history such a record is gone."""
    return b"" if moved_to(body) else body


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()
