"""Make the index: one SQLite file in the release folder, from the rows of the queries ``search/*`` and of the lists.

The rows come through ``ask``, so that the index can be made from whatever answers
the saved queries: the engine of the site, or that of a build. The same rows give
the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Protocol

from wsic_graph.answers import Iri, Row, Value, rows
from wsic_graph.engine import Door
from wsic_graph.engine.pool import Pool
from wsic_graph.errors import WsicError
from wsic_graph.guides import guides
from wsic_graph.namespaces import GUIDE, PREFIXES
from wsic_graph.queries import all_queries
from wsic_graph.release.manifest import read_manifest
from wsic_graph.search.lists import LISTS
from wsic_graph.search.words import meanings, tokens_of
from wsic_graph.settings import Settings

INDEX = "search.sqlite"
_SCHEMA = """
CREATE TABLE record (id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, class TEXT NOT NULL,
  title TEXT NOT NULL, summary TEXT NOT NULL, year TEXT NOT NULL, card TEXT NOT NULL);
CREATE TABLE facet (record INTEGER NOT NULL, facet TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (record, facet, value)) WITHOUT ROWID;
CREATE TABLE value (kind TEXT NOT NULL, value TEXT NOT NULL, label TEXT NOT NULL, definition TEXT NOT NULL,
  PRIMARY KEY (kind, value)) WITHOUT ROWID;
CREATE TABLE synonym (name TEXT NOT NULL, meaning INTEGER NOT NULL, PRIMARY KEY (name, meaning)) WITHOUT ROWID;
CREATE TABLE word (word TEXT PRIMARY KEY, records INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE made (fingerprint TEXT NOT NULL);
CREATE VIRTUAL TABLE text USING fts5 (title, names, body, tokenize = 'porter unicode61 remove_diacritics 2',
  prefix = '2 3');
"""
_FORGET = (
    "DELETE FROM record WHERE id = ?",
    "DELETE FROM facet WHERE record = ?",
    "DELETE FROM text WHERE rowid = ?",
)
_LIMITS = {"query_seconds": 60.0, "query_rows": 500_000, "query_bytes": 200_000_000, "query_length": 20_000}
_SHORTEST_WORD = 4
"""Letters of the shortest word that a mistyped one may have meant."""


class Ask(Protocol):
    """Whatever answers a saved query by name, with typed rows."""

    def __call__(self, query: str, /, **values: object) -> list[Row]:
        """The rows of the query."""


def ensure_index(release: Path, settings: Settings) -> Path:
    """The index in the folder ``release``, made if there is none or it is not of this release and this program.

    The running engine of the settings is asked, or one started for it. The limits of visitors do not hold here.
    """
    path, wanted = release / INDEX, _fingerprint(release)
    if _made(path) != wanted:
        limits = settings.model_copy(update=_LIMITS)
        with Door(Pool(settings.engine, limits) if settings.engine else release, limits) as door:
            _write(path, lambda work: make_index(work, partial(rows, door), wanted))
    return path


def make_index(path: Path, ask: Ask, fingerprint: str = "") -> None:
    """Write a new index to ``path`` (under two seconds, nearly all of them the queries')."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(_SCHEMA)
        database.execute("INSERT INTO made VALUES (?)", (fingerprint,))
        _add_records(database, ask, _cards(ask))
        _add_guides(database)
        _add_values(database, ask)
        names = [(str(row["concept"]), str(row["name"])) for row in ask("search/synonyms")]
        found = [(name, meaning) for name, of in meanings(names).items() for meaning in of]
        database.executemany("INSERT INTO synonym VALUES (?, ?)", found)
        database.execute("INSERT INTO text (text) VALUES ('optimize')")
        database.commit()
        database.execute("VACUUM")


def replace(path: Path, target: Path, ask: Ask, records: Iterable[str]) -> None:
    """Write to ``target`` the index at ``path`` as it is once ``ask`` says of ``records`` what it says: new or gone.

    Where one of them has another name than before, those that point at it are read again too, and so is every row of
    a list that shows something of another record. The file appears in one step, so readers keep what they have open.
    What is said of concepts needs a new index: those come with the release alone.
    """
    wanted = dict.fromkeys(records)

    def change(work: Path) -> None:
        shutil.copyfile(path, work)
        with closing(sqlite3.connect(work)) as database:
            cards = _cards(ask)
            for record in list(wanted):
                before = database.execute("SELECT title FROM record WHERE iri = ?", (record,)).fetchone()
                _replace_record(database, ask, cards, record)
                after = database.execute("SELECT title FROM record WHERE iri = ?", (record,)).fetchone()
                if before and after and before != after:
                    for row in ask("search/pointing", record=record):
                        if (owner := str(row["owner"])) not in wanted:
                            wanted[owner] = None
                            _replace_record(database, ask, cards, owner)
            others = [(card, iri, card) for iri, card in cards.items()]
            database.executemany("UPDATE record SET card = ? WHERE iri = ? AND card <> ?", others)
            database.commit()

    _write(target, change)


def _replace_record(database: sqlite3.Connection, ask: Ask, cards: Mapping[str, str], record: str) -> None:
    """Take one record out of the index, and add what there is to add of it now."""
    found = database.execute("SELECT id FROM record WHERE iri = ?", (record,)).fetchone()
    if found:
        for forget in _FORGET:
            database.execute(forget, found)
    _add_records(database, ask, cards, record=record)


def _write(path: Path, make: Callable[[Path], None]) -> None:
    try:
        handle, name = tempfile.mkstemp(prefix=".search-", dir=path.parent)
    except OSError as error:
        raise WsicError(f"{path}: the index for the search cannot be written: {error.strerror}") from None
    os.close(handle)
    work = Path(name)
    try:
        make(work)
        work.chmod(0o644)
        work.replace(path)
    finally:
        work.unlink(missing_ok=True)


def program_of(path: Path) -> str:
    """A name for the program and the queries that made the index at ``path``."""
    return _made(path)[:8]


def _made(path: Path) -> str:
    """The fingerprint in the index at ``path``; empty if there is none."""
    if not path.is_file():
        return ""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        try:
            row = database.execute("SELECT fingerprint FROM made").fetchone()
        except sqlite3.DatabaseError:
            return ""
    return str(row[0]) if row else ""


def _fingerprint(release: Path) -> str:
    """A hash of the release, of the queries that are asked, of the guides and of this program."""
    digest = hashlib.blake2b(read_manifest(release).version.encode(), digest_size=16)
    for name, query in sorted(all_queries().items()):
        if name.startswith("search/") or name in {of.query for of in LISTS.values()}:
            digest.update(query.source.encode())
    for guide in guides().values():
        digest.update(guide.source.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _cards(ask: Ask, names: Iterable[str] = tuple(LISTS)) -> dict[str, str]:
    """What the lists show of each record: the row of the public query behind the list, as JSON."""
    cards: dict[str, str] = {}
    for name in names:
        of = LISTS[name]
        for row in ask(of.query) if of.query else ():
            cards.setdefault(str(row[of.column]), json.dumps(row, default=_json, ensure_ascii=False))
    return cards


def _json(value: Value) -> str:
    return str(value)


def _add_records(database: sqlite3.Connection, ask: Ask, cards: Mapping[str, str], **of: str) -> None:
    """Add every record, or the one that ``of`` names."""
    texts, names = _grouped(ask("search/texts", **of), "text"), _grouped(ask("search/names", **of), "name")
    numbers: dict[str, int] = {}
    words: Counter[str] = Counter()
    for row in ask("search/records", **of):
        iri, title, summary = Iri(str(row["record"])), str(row["title"]), str(row["summary"] or "")
        if iri in numbers:
            continue
        shown = (iri, iri.kind, str(row["class"]), title, summary, str(row["year"] or ""), cards.get(iri, "{}"))
        body = _joined([summary, *sorted(texts[iri], key=lambda text: not text.endswith("."))])
        numbers[iri] = _add(database, shown, (title, " · ".join(names[iri]), body), words)
    _add_words(database, words)
    facets = [
        (numbers[str(row["record"])], str(row["facet"]), _value(row["value"]))
        for row in ask("search/facets", **of)
        if str(row["record"]) in numbers
    ]
    facets += [(number, "kind", Iri(iri).kind) for iri, number in numbers.items()]
    database.executemany("INSERT OR IGNORE INTO facet VALUES (?, ?, ?)", facets)


def _add_guides(database: sqlite3.Connection) -> None:
    """Add the guides, which are pages and no records of the graph."""
    words: Counter[str] = Counter()
    for guide in guides().values():
        shown = (GUIDE + guide.name, "guide", f"{PREFIXES['schema']}TechArticle", guide.title, guide.summary, "", "{}")
        number = _add(database, shown, (guide.title, "", f"{guide.summary} {guide.text}"), words)
        database.execute("INSERT INTO facet VALUES (?, 'kind', 'guide')", (number,))
    _add_words(database, words)


def _add(
    database: sqlite3.Connection, shown: tuple[str, ...], content: tuple[str, str, str], words: Counter[str]
) -> int:
    """Add what lists show and what is searched (title, names, body) of one record; its words are counted."""
    cursor = database.execute(
        "INSERT INTO record (iri, kind, class, title, summary, year, card) VALUES (?, ?, ?, ?, ?, ?, ?)", shown
    )
    number = int(cursor.lastrowid or 0)
    database.execute("INSERT INTO text (rowid, title, names, body) VALUES (?, ?, ?, ?)", (number, *content))
    words.update(set(tokens_of(" ".join(content))))
    return number


def _add_words(database: sqlite3.Connection, words: Counter[str]) -> None:
    known = [(word, count) for word, count in sorted(words.items()) if len(word) >= _SHORTEST_WORD and word.isalpha()]
    merged = "INSERT INTO word VALUES (?, ?) ON CONFLICT (word) DO UPDATE SET records = records + excluded.records"
    database.executemany(merged, known)


def _grouped(answered: Iterable[Row], column: str) -> defaultdict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in answered:
        found[str(row["record"])].append(str(row[column]))
    return found


def _joined(texts: Iterable[str]) -> str:
    """``texts`` as they stand in a snippet: sentences follow each other, words have a dot between."""
    pieces = [text if text.endswith(".") else f"{text} ·" for text in dict.fromkeys(filter(None, texts))]
    return " ".join(pieces).removesuffix(" ·")


def _value(value: Value) -> str:
    return value.slug if isinstance(value, Iri) else str(value)


def _add_values(database: sqlite3.Connection, ask: Ask) -> None:
    """Labels and definitions of what lists are narrowed by; ``kind`` is their scheme or kind."""
    for row in ask("search/values"):
        iri = Iri(str(row["value"]))
        label, definition = str(row["label"]), str(row["definition"] or "")
        database.execute("INSERT OR IGNORE INTO value VALUES (?, ?, ?, ?)", (iri.kind, iri.slug, label, definition))
