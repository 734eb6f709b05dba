"""Read the answer of a remote engine to its end, and write it in the format that was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import IO, cast

import httpx
import pyoxigraph as ox

from wsic_graph.cells import write_table
from wsic_graph.engine.process import CHUNK, FRAME, GRAPH_FORMATS, RESULT_FORMATS, Outlet
from wsic_graph.errors import EngineAway, QueryLimit
from wsic_graph.settings import Settings

ACCEPT_TABLE = "application/sparql-results+json, application/sparql-results+xml;q=0.8"
ACCEPT_GRAPH = "application/n-triples, text/turtle;q=0.8, application/rdf+xml;q=0.6"
_TABLES = (ox.QueryResultsFormat.JSON, ox.QueryResultsFormat.XML)
_CUT = "the SPARQL engine broke off its answer; try again, or narrow the query"
_SIZE_OF_INPUT = 8
"""How many times larger than our largest answer that of the engine may be: JSON says much that CSV does not."""

_VIRTUOSO_ASK = "__ASK_RETVAL"
"""Virtuoso 7 answers ASK with a table of this one column."""

Take = Callable[[bytes, bytes], None]


class Converter:
    """Threads that parse and serialise, one for each query that may run at once."""

    def __init__(self, settings: Settings) -> None:
        self._limits = (settings.query_bytes, settings.query_rows)
        self._seconds = settings.query_seconds
        self._threads = ThreadPoolExecutor(settings.query_places, "convert")

    async def run(self, response: httpx.Response, format: str, take: Take) -> None:
        """Pass the answer in ``response`` to ``take`` as data, or the limit it meets as an error.

        Raises ``EngineAway`` when it is not whole or of no use, ``QueryLimit`` and what httpx raises.
        """
        _check_whole(response, format)
        source = _Source(response, self._limits[0] * _SIZE_OF_INPUT, self._seconds)
        if await source.begin():  # it is here already: quicker done than given to a thread
            _convert(source, Outlet(_Frames(take), *self._limits, format), format)
            return
        loop = asyncio.get_running_loop()
        outlet = Outlet(_Frames(lambda *frame: loop.call_soon_threadsafe(take, *frame)), *self._limits, format)
        try:
            await loop.run_in_executor(self._threads, _convert, source, outlet, format)
        finally:
            source.close()

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _check_whole(response: httpx.Response, format: str) -> None:
    headers = response.headers
    if headers.get("x-sql-state", ""):  # Virtuoso: the answer is what it found until a limit
        raise EngineAway(_CUT)
    if rows := headers.get("x-sparql-maxrows", ""):  # Virtuoso: the answer has just so many rows, and may have had more
        raise QueryLimit(f"the SPARQL engine gives at most {rows} rows; ask for less, for example with LIMIT")
    framed = "content-length" in headers or "chunked" in headers.get("transfer-encoding", "")
    if format in GRAPH_FORMATS and not framed and response.http_version != "HTTP/2":
        raise EngineAway("the SPARQL engine does not say where its answer ends")


class _Frames:
    """Cuts what an outlet sends into frames and gives them to ``deliver``."""

    def __init__(self, deliver: Callable[[bytes, bytes], object]) -> None:
        self._deliver = deliver

    def sendall(self, data: bytes, /) -> None:
        """Take whole frames."""
        place = 0
        while place < len(data):
            kind, size = FRAME.unpack_from(data, place)
            place += FRAME.size
            self._deliver(kind, bytes(data[place : place + size]))
            place += size


class _Source:
    """The body of a response as a file for a parser in a thread; the network waits for the parser."""

    def __init__(self, response: httpx.Response, most: int, seconds: float) -> None:
        self.media_type: str = response.headers.get("content-type", "").partition(";")[0].strip()
        self.error: BaseException | None = None
        self.too_large = False
        self._loop = asyncio.get_running_loop()
        self._body = response.aiter_bytes(CHUNK)
        self._room = most
        self._seconds = seconds
        self._held = b""
        self._ended = False
        self._closed = False
        self._coming: Future[bytes] | None = None

    async def begin(self) -> bool:
        """Wait for the first piece. Whether it is all."""
        self._held = await self._piece()
        return self._ended

    def read(self, size: int = -1) -> bytes:
        """Some bytes, at most ``size``; none at the end."""
        if not self._held:
            try:
                self._held = self._next()
            except BaseException as error:
                self.error = error
                raise OSError("the answer is broken off") from None
        found, self._held = (self._held, b"") if size < 0 else (self._held[:size], self._held[size:])
        return found

    def close(self) -> None:
        """Let the thread that reads give up."""
        self._closed = True
        if self._coming is not None:
            self._coming.cancel()

    def _next(self) -> bytes:
        if self._ended:
            return b""
        if self._closed:
            raise CancelledError
        self._coming = asyncio.run_coroutine_threadsafe(self._piece(), self._loop)
        piece = self._coming.result(self._seconds + 5)
        self._room -= len(piece)
        if self._room < 0:
            self.too_large = True
            raise OverflowError
        return piece

    async def _piece(self) -> bytes:
        piece = await anext(self._body, b"")
        self._ended = len(piece) < CHUNK  # only the last one is
        return piece


def _convert(source: _Source, outlet: Outlet, format: str) -> None:
    try:
        if format in RESULT_FORMATS:
            write_table(_table(source), outlet, RESULT_FORMATS[format])
        else:
            found = (quad.triple for quad in ox.parse(cast(IO[bytes], source), format=_syntax(source)))
            ox.serialize(found, outlet, format=GRAPH_FORMATS[format])
        while source.read(CHUNK):
            pass  # behind a truth value: the end of its JSON, and of the connection's use for it
        outlet.finish()
    except (OSError, SyntaxError, ValueError, OverflowError, CancelledError):
        if outlet.broken or source.too_large:
            outlet.fail(b"l", outlet.broken or "bytes")
        elif isinstance(source.error, httpx.HTTPError):
            raise source.error from None
        else:
            raise EngineAway(_CUT) from None


def _table(source: _Source) -> ox.QuerySolutions | ox.QueryBoolean:
    format = ox.QueryResultsFormat.from_media_type(source.media_type)
    if format not in _TABLES:
        raise EngineAway(_unwanted(source.media_type, "SPARQL results in JSON"))
    found = ox.parse_query_results(cast(IO[bytes], source), format=format)
    if isinstance(found, ox.QuerySolutions) and [variable.value for variable in found.variables] == [_VIRTUOSO_ASK]:
        truth = any(str(row[0].value) != "0" for row in found)
        return ox.parse_query_results(b'{"boolean":%s}' % str(truth).lower().encode(), ox.QueryResultsFormat.JSON)
    return found


def _syntax(source: _Source) -> ox.RdfFormat:
    format = ox.RdfFormat.from_media_type(source.media_type)
    if format is None:
        raise EngineAway(_unwanted(source.media_type, "N-Triples"))
    return format


def _unwanted(given: str, wanted: str) -> str:
    return f"the SPARQL engine answers as {given or 'no named type'}, where {wanted} was asked for"
