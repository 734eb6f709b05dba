"""One function runs every query: in a killable worker, within limits."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import socket
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from wsic_graph.engine.bind import Bindings, bind_terms
from wsic_graph.engine.scan import check_query
from wsic_graph.engine.worker import GRAPH_FORMATS, RESULT_FORMATS, Job, Reply, loader_main, receive, send
from wsic_graph.errors import QueryBusy, QueryCost, QueryLimit, QueryRefused, QuerySyntax, WsicError
from wsic_graph.release.build import DATASET
from wsic_graph.settings import Settings, get_settings

_FORMATS_OF_FORM = {
    "select": tuple(RESULT_FORMATS),
    "ask": tuple(RESULT_FORMATS),
    "construct": tuple(GRAPH_FORMATS),
    "describe": tuple(GRAPH_FORMATS),
}


class _Worker:
    """A worker process and the socket to it."""

    def __init__(self, pid: int, channel: socket.socket) -> None:
        self.pid = pid
        self.channel = channel

    def run(self, job: Job, seconds: float) -> Reply:
        """The worker's reply. Raises ``TimeoutError`` or ``EOFError``; the worker is then of no more use."""
        self.channel.settimeout(seconds)
        send(self.channel, *job.pack())
        kind, body = receive(self.channel)
        return Reply(kind.decode(), body)

    def kill(self) -> None:
        """End the process at once."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.channel.close()


class Door:
    """The door to one release.

    Safe to use from many threads. Use it as a context manager, or call
    :meth:`close`, to end its processes.
    """

    def __init__(self, release: Path, settings: Settings | None = None) -> None:
        self.settings = settings or get_settings()
        context = multiprocessing.get_context("spawn")
        self._control, theirs = socket.socketpair()
        self._loader = context.Process(
            target=loader_main,
            args=(theirs, str(release / DATASET), self.settings.query_memory_mb, os.getpid()),
            daemon=True,
        )
        self._loader.start()
        theirs.close()
        self._forking = threading.Lock()
        self._idle: list[_Worker] = []
        self._places = threading.BoundedSemaphore(self.settings.query_places)
        try:
            self.triples = int(receive(self._control)[0])
        except EOFError:
            raise WsicError(f"the release in {release} cannot be loaded; build it again with `wsic build`") from None

    def run(self, text: str, bindings: Bindings | None = None, format: str = "json") -> bytes:
        """Run a query and return the whole answer, serialised.

        ``bindings`` replace variables as terms. ``format`` is one of json, xml, csv,
        tsv for SELECT and ASK, or ttl, nt, rdf, nq, trig for CONSTRUCT and DESCRIBE.

        Raises ``QueryRefused``, ``QuerySyntax``, ``QueryLimit`` or ``QueryBusy``; an
        answer is complete or there is none.
        """
        settings = self.settings
        form = check_query(text, settings.query_length, settings.query_depth)
        if form and format not in _FORMATS_OF_FORM[form]:
            raise QueryRefused(f"{form.upper()} answers come as {', '.join(_FORMATS_OF_FORM[form])}, not {format}")
        job = Job(bind_terms(text, bindings or {}), format, settings.query_bytes)
        if not self._places.acquire(timeout=settings.query_seconds):
            raise QueryBusy("all places for queries are taken; try again in a few seconds")
        try:
            reply = self._run_in_worker(job)
        finally:
            self._places.release()
        return _body(reply, settings)

    def _run_in_worker(self, job: Job) -> Reply:
        try:
            worker = self._idle.pop()
        except IndexError:
            worker = self._fork()
        try:
            reply = worker.run(job, self.settings.query_seconds)
        except TimeoutError:
            worker.kill()
            seconds = self.settings.query_seconds
            raise QueryCost(f"the query took longer than {seconds:g} seconds and was stopped; narrow it") from None
        except (EOFError, ConnectionError, OSError):
            worker.kill()
            memory = self.settings.query_memory_mb
            raise QueryCost(f"the query needed more than {memory} MB and was stopped; narrow it") from None
        except BaseException:
            worker.kill()
            raise
        if reply.kind == "limit":
            worker.kill()
        else:
            self._idle.append(worker)
        return reply

    def _fork(self) -> _Worker:
        with self._forking:
            ours, theirs = socket.socketpair()
            try:
                socket.send_fds(self._control, [b"w"], [theirs.fileno()])
                return _Worker(int(receive(self._control)[0]), ours)
            except (EOFError, OSError):
                ours.close()
                raise WsicError("the process that holds the graph has stopped; restart the service") from None
            finally:
                theirs.close()

    def close(self) -> None:
        """End the workers and the loader."""
        while self._idle:
            self._idle.pop().kill()
        self._control.close()
        self._loader.join(timeout=2)
        if self._loader.is_alive():
            self._loader.kill()
            self._loader.join()

    def __enter__(self) -> Door:
        """The door itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the door."""
        self.close()


def _readable(message: str) -> str:
    """The engine's words on a syntax error: the place first, and the first few of what it expected."""
    match = re.match(r"error at (\d+):(\d+): (.*)", message, re.DOTALL)
    if not match:
        return message
    expected = match[3] if len(match[3]) <= 160 else match[3][:160].rsplit(",", 1)[0] + " and more"
    return f"line {match[1]}, column {match[2]}: {expected}"


def _body(reply: Reply, settings: Settings) -> bytes:
    text = reply.body.decode(errors="replace") if reply.kind != "ok" else ""
    match reply.kind:
        case "ok":
            return reply.body
        case "syntax":
            raise QuerySyntax(_readable(text))
        case "limit" if text == "memory":
            raise QueryCost(f"the query needed more than {settings.query_memory_mb} MB and was stopped; narrow it")
        case "limit":
            size = settings.query_bytes
            raise QueryLimit(f"the answer is larger than {size:,} bytes; ask for less, for example with LIMIT")
        case "format":
            raise QueryRefused(f"this kind of answer comes as {text}")
        case _:
            raise QueryRefused(f"the query cannot be answered: {text}")
