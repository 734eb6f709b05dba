"""One function runs every query: in a killable worker, within limits, in turn."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol
from weakref import WeakKeyDictionary

from cachetools import LRUCache

from wsic_graph.engine.answer import Answer
from wsic_graph.engine.bind import Bindings, bind_terms
from wsic_graph.engine.loader import Engine
from wsic_graph.engine.metrics import QUERIES, RUNNING, SECONDS, WAITING
from wsic_graph.engine.places import Places
from wsic_graph.engine.pool import Pool
from wsic_graph.engine.scan import changes, check_query, has_from
from wsic_graph.errors import QueryBusy, QueryRefused, QuerySyntax, WorkerLost, WsicError
from wsic_graph.formats import GRAPHS, RESULTS
from wsic_graph.settings import Settings, get_settings

CLIENT: ContextVar[str] = ContextVar("client", default="")
"""Who asks: the fair queue gives every client its turn."""
MOST_EXTRA = 1 << 18
"""Most bytes of data that may be given with a query: some thousand triples."""
_LARGEST_KNOWN = 1 << 20
_AT_ONCE = 0.5  # on a busy machine the news of a loss takes a while
_FORMATS_OF_FORM = {"select": RESULTS, "ask": RESULTS, "construct": GRAPHS, "describe": GRAPHS}


class Backend(Protocol):
    """What answers queries behind the guards: an engine on this machine, or a remote endpoint."""

    async def start(
        self, text: str, format: str, dataset: Sequence[str], answer: Answer, extra: bytes = b""
    ) -> Callable[[bool], None]:
        """Begin to answer into ``answer``; call what is returned when it has ended, with whether it ended well.

        ``extra`` is N-Triples that this query and no other sees beside the graph; a backend that cannot do this
        raises ``QueryRefused``.
        """

    def close(self) -> None:
        """End what runs."""


@dataclass(frozen=True)
class Dataset:
    """Graphs that a query is to see, by the SPARQL protocol: they win over FROM in the query."""

    default: Sequence[str] = ()
    named: Sequence[str] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """As a backend reads it."""
        return (*(f"d{iri}" for iri in self.default), *(f"n{iri}" for iri in self.named))


class Door:
    """The door to the graph.

    ``source`` is the folder of a release, for which the door starts an engine of
    its own, or a backend. With ``loop`` it works in that running event loop;
    otherwise in a thread of its own. Use it as a context manager, or call
    :meth:`close`, to end its processes.
    """

    def __init__(
        self,
        source: Path | Backend,
        settings: Settings | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.settings = limits = settings or get_settings()
        self.engine: Engine | None = None
        if isinstance(source, Path):
            self.engine = Engine(source, limits)
            self.triples = self.engine.triples
            source = Pool(self.engine.address, limits)
        self._backend = source
        self.places = Places(limits.query_places, limits.client_places, limits.client_waiting, limits.query_seconds)
        self._known: LRUCache[bytes, bytes] = LRUCache(limits.query_cache_mb << 20, getsizeof=_size)
        self._open: WeakKeyDictionary[Answer, str] = WeakKeyDictionary()
        self._thread: threading.Thread | None = None
        if loop is None:
            loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=_work, args=(loop,), name="door", daemon=True)
            self._thread.start()
        self._loop = loop

    def run(self, text: str, bindings: Bindings | None = None, format: str = "json", extra: bytes = b"") -> bytes:
        """Run a query and return the whole answer, serialised. For any thread but that of the event loop.

        ``bindings`` replace variables as terms. ``format`` is one of json, xml, csv,
        tsv for SELECT and ASK, or ttl, nt, jsonld, rdf, trig, nq for CONSTRUCT and DESCRIBE.
        ``extra`` is N-Triples, up to :data:`MOST_EXTRA` bytes, that this query alone sees, as a graph of its own.

        Raises ``QueryRefused``, ``QuerySyntax``, ``QueryLimit`` or ``QueryBusy``; an
        answer is complete or there is none.
        """
        whole = self._whole(text, bindings, format, CLIENT.get(), extra)
        return asyncio.run_coroutine_threadsafe(whole, self._loop).result()

    async def _whole(self, text: str, bindings: Bindings | None, format: str, client: str, extra: bytes) -> bytes:
        client = f"page {client}"  # pages do not wait behind exports
        answer = await self.ask(text, bindings, format, client=client, extra=extra)
        try:
            body = await answer.all()
            self._remember(answer)
            return body
        finally:
            answer.close()

    async def ask(
        self,
        text: str,
        bindings: Bindings | None = None,
        format: str = "json",
        dataset: Dataset | None = None,
        *,
        client: str = "",
        extra: bytes = b"",
    ) -> Answer:
        """Run a query for ``client``; the answer has begun, and is complete if it is small.

        Call its ``close`` when it is read or no longer wanted. Raises what :meth:`run` raises.
        """
        text = bind_terms(text, bindings or {})
        parts = dataset.parts if dataset else ("",)
        key = _key(format, text, *parts)
        if len(extra) > MOST_EXTRA:
            raise QueryRefused(
                f"the data given with the query are {len(extra):,} bytes; at most {MOST_EXTRA:,} are taken"
            )
        known = None if extra else self._known.get(key)
        if known is not None:
            QUERIES.labels("remembered").inc()
            return Answer.known(self.settings, known)
        form = self.form(text)
        if form and format not in _FORMATS_OF_FORM[form]:
            raise QueryRefused(f"{form.upper()} answers come as {', '.join(_FORMATS_OF_FORM[form])}, not {format}")
        if dataset is None:
            parts = () if has_from(text) else ("union",)
        self._check_unread(client)
        answer = await self._begin(text, format, parts, client, extra)
        answer.lasting = not extra and not changes(text, self.settings.service_endpoints)
        answer.key = key
        self._remember(answer)
        return answer

    def _remember(self, answer: Answer) -> None:
        """Keep an answer that is all here, small enough, and lasting."""
        small = answer.whole is not None and len(answer.whole) <= min(_LARGEST_KNOWN, self._known.maxsize)
        if small and answer.key and answer.lasting:
            self._known[answer.key] = answer.whole or b""

    def form(self, text: str) -> str:
        """The form of a query that may run: select, ask, construct, describe or, if none is seen, nothing.

        Raises ``QueryRefused``.
        """
        limits = self.settings
        return check_query(text, limits.query_length, limits.query_depth, limits.service_endpoints)

    def _check_unread(self, client: str) -> None:
        mine = sum(answer.unread for answer, owner in self._open.items() if owner == client)
        every = sum(answer.unread for answer in self._open)
        most = self.settings.unread_mb << 20
        if every > most or mine > most // 4:
            raise QueryBusy("answers that were asked for before are still waiting to be read; read those first")

    async def _begin(self, text: str, format: str, dataset: Sequence[str], client: str, extra: bytes) -> Answer:
        """The answer, begun. A worker lost at once may have been dying when it took the query: then one more try."""
        for last in (False, True):
            with WAITING.track_inprogress():
                await self.places.enter(client)
            started = time.perf_counter()
            answer = await self._start(text, format, dataset, client, extra)
            try:
                await answer.begun()
            except WorkerLost:
                answer.close()
                if last or time.perf_counter() - started > _AT_ONCE:
                    raise
            except BaseException:
                answer.close()
                raise
            else:
                return answer
        raise AssertionError

    async def _start(self, text: str, format: str, dataset: Sequence[str], client: str, extra: bytes) -> Answer:
        stop: Callable[[bool], None] | None = None
        timer: asyncio.TimerHandle | None = None

        started = time.perf_counter()
        RUNNING.inc()

        def end(error: WsicError | None) -> None:
            RUNNING.dec()
            SECONDS.observe(time.perf_counter() - started)
            QUERIES.labels(type(error).__name__ if error else "answered").inc()
            if timer is not None:
                timer.cancel()
            if stop is not None:
                stop(error is None or isinstance(error, QuerySyntax | QueryRefused))
            self.places.leave(client)

        answer = Answer(self.settings, end)
        try:
            stop = await self._backend.start(text, format, dataset, answer, extra)
        except BaseException:
            answer.close()
            raise
        timer = self._loop.call_later(self.settings.query_seconds, answer.expire)
        self._open[answer] = client
        return answer

    def close(self) -> None:
        """End the workers and the loader."""
        if self._thread is None:
            self._backend.close()
        else:
            self._loop.call_soon_threadsafe(self._backend.close)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(2)
            self._loop.close()
        if self.engine is not None:
            self.engine.close()

    def __enter__(self) -> Door:
        """The door itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the door."""
        self.close()


def _key(*parts: str) -> bytes:
    """What an answer is remembered by: of one size, however long the query."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).digest()


def _size(body: bytes) -> int:
    """What an answer takes, with its key and its place in the tables."""
    return len(body) + 500


def _work(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    if rest := asyncio.all_tasks(loop):  # a backend may have connections to close
        loop.run_until_complete(asyncio.wait(rest, timeout=1))
        loop.run_until_complete(asyncio.sleep(0))
