"""Short links: a query kept under the hash of its text, so that it fits in a message.

Links live in one SQLite file, which several server processes may write at
once. A code is the start of the hash of its text: the same text always has
the same code, and nothing is ever changed or overwritten.
"""

from __future__ import annotations

import base64
import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from wsic_graph.engine.door import CLIENT
from wsic_graph.engine.scan import check_query
from wsic_graph.service import editor
from wsic_graph.service.accept import preferred
from wsic_graph.service.caching import IMMUTABLE
from wsic_graph.service.graph import NoSuchRecord
from wsic_graph.service.links import address
from wsic_graph.service.pages import render
from wsic_graph.service.protocol import read_request
from wsic_graph.service.snippets import plain
from wsic_graph.settings import Settings

router = APIRouter()

_HOUR = 3600
_SHORTEST, _LONGEST = 8, 10
_LONGEST_ADDRESS = 7_000  # what every server and proxy between us and the reader takes
_SCHEMA = """
CREATE TABLE IF NOT EXISTS link (code TEXT PRIMARY KEY, query TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS made (client BLOB NOT NULL, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS made_at ON made (at);
"""


class LinkStore:
    """The links of one installation, in the file ``path`` of at most ``megabytes``."""

    def __init__(self, path: Path, megabytes: int, per_hour: int) -> None:
        self.path = path
        self.megabytes = megabytes
        self.per_hour = per_hour

    @classmethod
    def of(cls, settings: Settings) -> LinkStore:
        """The links of the installation that has these settings."""
        return cls(settings.data_dir / "links.sqlite3", settings.links_mb, settings.links_per_hour)

    def keep(self, query: str, client: str) -> str:
        """The code of ``query``, which is kept if it was not yet.

        Raises ``HTTPException`` 429 when ``client`` has made too many new links, 507 when the file is full.
        """
        with self._open() as base:
            base.execute("BEGIN IMMEDIATE")
            for code in _codes(query):
                found = base.execute("SELECT query FROM link WHERE code = ?", (code,)).fetchone()
                if found is None:
                    self._admit(base, client)
                    base.execute("INSERT INTO link VALUES (?, ?)", (code, query))
                    return code
                if found[0] == query:
                    return code
        raise HTTPException(507, "No free code was found for this query; change a space in it and try again.")

    def query(self, code: str) -> str | None:
        """The query kept under ``code``, or None."""
        if not self.path.is_file():
            return None
        with self._open() as base:
            found = base.execute("SELECT query FROM link WHERE code = ?", (code,)).fetchone()
        return str(found[0]) if found else None

    def _admit(self, base: sqlite3.Connection, client: str) -> None:
        now = int(time.time())
        base.execute("DELETE FROM made WHERE at <= ?", (now - _HOUR,))
        # Only a hash of the address is kept, and for an hour.
        who = hashlib.blake2b(client.encode(), digest_size=8).digest()
        count, oldest = base.execute("SELECT COUNT(*), MIN(at) FROM made WHERE client = ?", (who,)).fetchone()
        if count >= self.per_hour:
            raise HTTPException(
                429,
                f"You have made {count} new short links within an hour, which is the most. Try again later.",
                {"Retry-After": str(max(oldest + _HOUR - now, 1))},
            )
        pages = base.execute("PRAGMA page_count").fetchone()[0] * base.execute("PRAGMA page_size").fetchone()[0]
        if pages >= self.megabytes << 20:
            raise HTTPException(507, "The space for short links is full. Share the long address of the query instead.")
        base.execute("INSERT INTO made VALUES (?, ?)", (who, now))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection that commits at the end of the block, or rolls back when it fails."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            base = sqlite3.connect(self.path, timeout=5, isolation_level=None)
        except (OSError, sqlite3.Error):
            raise HTTPException(503, _UNAVAILABLE) from None
        try:
            base.executescript(_SCHEMA)
            yield base
            if base.in_transaction:
                base.execute("COMMIT")
        except sqlite3.Error:
            raise HTTPException(503, _UNAVAILABLE) from None
        finally:
            base.close()


_UNAVAILABLE = "Short links cannot be kept or read at the moment. Share the long address of the query instead."


def _codes(query: str) -> list[str]:
    """The codes that ``query`` may have, the shortest first."""
    digest = base64.b32encode(hashlib.sha256(query.encode()).digest()).decode().lower()
    return [digest[:length] for length in range(_SHORTEST, _LONGEST + 1)]


@router.post("/sparql/links")
async def make_link(request: Request) -> Response:
    """Keep a query and answer with its short link: as JSON (``url``, ``code``), or as a page for people.

    Raises what ``read_request``, ``check_query`` and :meth:`LinkStore.keep` raise.
    """
    asked = await read_request(request, request.app.state.settings)
    return await run_in_threadpool(_make_link, request, plain(asked.query) if asked else "")


def _make_link(request: Request, text: str) -> Response:
    settings: Settings = request.app.state.settings
    if not check_query(text, settings.query_length, settings.query_depth):
        raise HTTPException(400, "This is no query: it has none of SELECT, ASK, CONSTRUCT and DESCRIBE.")
    code = LinkStore.of(settings).keep(text, CLIENT.get())
    url = f"{settings.public_url}/sparql/q/{code}"
    if preferred(request.headers.get("accept", ""), ("application/json", "text/html")) == "text/html":
        response = render(request, None, "short_link.html", 201, url=url, back=address("/sparql", query=text))
    else:
        response = JSONResponse({"url": url, "code": code}, 201)
    response.headers["Location"] = url
    return response


@router.get("/sparql/q/{code}")
async def follow_link(request: Request, code: str) -> Response:
    """Lead to the editor with the query that is kept under ``code``; one too long for an address is shown here."""
    query = await run_in_threadpool(LinkStore.of(request.app.state.settings).query, code)
    if query is None:
        raise NoSuchRecord("short link", code, "/sparql")
    target = address("/sparql", query=query)
    if len(target) > _LONGEST_ADDRESS:
        return await editor.page(request, query)
    return RedirectResponse(target, 307, {"Cache-Control": IMMUTABLE})
