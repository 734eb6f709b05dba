"""The engine of a release on this machine: fork a worker, give it a query, read its answer, kill it."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import cast

from wsic_graph.engine.answer import Answer
from wsic_graph.engine.metrics import FORKS
from wsic_graph.engine.process import FRAME, KEY, ORDER, SIZES
from wsic_graph.errors import EngineLost, QueryBusy
from wsic_graph.settings import Settings

_LOST = "the graph is being loaded again; try again in a few seconds"

_TRIES = 3
_SHORT = 0.1
_CHANGE_SECONDS = 30


@dataclass(frozen=True)
class Changed:
    """An edition of the graph: its version id of 16 characters, and the N-Quads by which it differs from the release.

    Editions with the same id are the same.
    """

    version: str
    remove: bytes
    add: bytes


def pack_job(
    text: str, format: str, dataset: Iterable[str], limits: tuple[float, int, int], extra: bytes = b""
) -> bytes:
    """One query for a worker. Nothing in it is ever executed.

    ``dataset`` is as :func:`_dataset` reads it, ``limits`` are seconds, bytes and rows, ``extra`` is N-Triples that
    this query sees beside the graph.
    """
    parts = [text.encode(), format.encode(), SIZES.pack(*limits), extra, *(item.encode() for item in dataset)]
    return struct.pack(f"!I{len(parts)}I", len(parts), *map(len, parts)) + b"".join(parts)


class Worker(asyncio.Protocol):
    """One worker process and the socket to it. It answers one query at a time."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.alive = True
        self.demoted = False
        self.spent = False
        self._transport: asyncio.WriteTransport | None = None
        self._input = bytearray()
        self._on_frame: Callable[[bytes, bytes], None] | None = None

    def start(self, job: bytes, on_frame: Callable[[bytes, bytes], None]) -> bool:
        """Send ``job``; every frame of the answer goes to ``on_frame``, a lost worker as the kind ``lost``.

        False when the worker was lost before.
        """
        assert self._transport is not None
        if self._transport.is_closing():
            return False
        self._on_frame = on_frame
        self._transport.write(job)
        return True

    def rest(self) -> None:
        """The answer is complete: nobody listens until the next job."""
        self._on_frame = None

    def close(self) -> None:
        """Close the socket; an idle worker ends by itself."""
        self.alive = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is ready (called by asyncio)."""
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's transports share no base class with it

    def data_received(self, data: bytes) -> None:
        """Cut what came into frames (called by asyncio)."""
        buffer = self._input
        buffer += data
        place = 0
        while len(buffer) - place >= FRAME.size:
            kind, size = FRAME.unpack_from(buffer, place)
            end = place + FRAME.size + size
            if len(buffer) < end:
                break
            if self._on_frame is not None:
                self._on_frame(kind, bytes(buffer[place + FRAME.size : end]))
            place = end
        del buffer[:place]

    def connection_lost(self, exc: Exception | None) -> None:
        """The worker is gone (called by asyncio)."""
        del exc
        self.alive = False
        if self._on_frame is not None:
            self._on_frame(b"lost", b"")


class Pool:
    """The workers of one door, forked by the loader that listens at ``address``. Used from one event loop.

    They see the release, or the edition that ``changed`` describes.
    """

    def __init__(self, address: str, settings: Settings, changed: Changed | None = None) -> None:
        self._changed = changed
        self._limits = (settings.query_seconds, settings.query_bytes, settings.query_rows)
        self._address = address
        self._seconds = settings.query_seconds
        self._control = self._connect()
        self._one_at_a_time = asyncio.Lock()
        self._idle: deque[Worker] = deque()

    def _connect(self) -> socket.socket:
        for _ in range(_TRIES):
            control = socket.socket(socket.AF_UNIX)
            try:
                control.connect(self._address)
                if self._changed is not None:
                    _ask_for(self._changed, control)
            except OSError:
                control.close()
            else:
                control.setblocking(False)
                return control
        raise EngineLost(_LOST)

    async def start(
        self, text: str, format: str, dataset: Sequence[str], answer: Answer, extra: bytes = b""
    ) -> Callable[[bool], None]:
        """Let a worker answer ``text`` into ``answer``; what is returned ends it, and keeps the worker if True.

        A worker that was given ``extra`` serves no other query: its copy of the graph is not the published one.
        """
        job = pack_job(text, format, dataset, self._limits, extra)
        for _ in range(_TRIES):
            worker = await self._take()
            worker.spent = bool(extra)
            if worker.start(job, answer.take):
                demotion = asyncio.get_running_loop().call_later(_SHORT, self._demote, worker)
                return partial(self._end, worker, demotion)
        raise EngineLost(_LOST)

    def _end(self, worker: Worker, demotion: asyncio.TimerHandle, clean: bool) -> None:
        demotion.cancel()
        if clean and worker.alive and not worker.demoted and not worker.spent:
            self._give_back(worker)
        else:
            self._kill(worker)

    def _demote(self, worker: Worker) -> None:
        """Let short queries go before this long one. A process cannot be raised again, so it serves no other query."""
        worker.demoted = True
        with suppress(OSError):
            self._control.send(ORDER.pack(b"n", worker.pid))

    async def _take(self) -> Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
        forking = asyncio.ensure_future(self._fork())  # finished even if its client goes: the reply must be read
        try:
            return await asyncio.shield(forking)
        except asyncio.CancelledError:
            forking.add_done_callback(self._keep)
            raise

    def _give_back(self, worker: Worker) -> None:
        worker.rest()
        self._idle.append(worker)

    def _kill(self, worker: Worker) -> None:
        worker.rest()
        worker.close()
        try:
            self._control.send(ORDER.pack(b"k", worker.pid))
        except OSError:
            return  # the loader is gone, and its workers with it

    def close(self) -> None:
        """End all workers: the loader kills those of a lost connection."""
        self._control.close()
        for worker in self._idle:
            worker.close()
        self._idle.clear()

    def _keep(self, forked: asyncio.Future[Worker]) -> None:
        if not forked.cancelled() and forked.exception() is None:
            self._give_back(forked.result())

    async def _fork(self) -> Worker:
        async with self._one_at_a_time:
            try:
                return await self._fork_now()
            except OSError:  # the loader is gone; the one that follows it listens at the same address
                self._control.close()
                self._control = self._connect()
            try:
                return await self._fork_now()
            except OSError:
                raise EngineLost(_LOST) from None

    async def _fork_now(self) -> Worker:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            with theirs:
                socket.send_fds(self._control, [ORDER.pack(b"w", 0)], [theirs.fileno()])
            async with asyncio.timeout(self._seconds):
                pid = await self._number()
        except BaseException as error:
            ours.close()
            if isinstance(error, TimeoutError):
                self._control.close()  # so that a late reply is never taken for that to a later order
            raise
        FORKS.inc()
        _, worker = await loop.create_connection(lambda: Worker(pid), sock=ours)
        return worker

    async def _number(self) -> int:
        reply = b""
        while len(reply) < ORDER.size:
            piece = await asyncio.get_running_loop().sock_recv(self._control, ORDER.size - len(reply))
            if not piece:
                raise ConnectionResetError
            reply += piece
        pid: int = ORDER.unpack(reply)[1]
        if pid == 0:
            raise QueryBusy("the system can start no more processes now; try again in a few seconds")
        return pid


def _ask_for(changed: Changed, control: socket.socket) -> None:
    """Let the loader of an edition follow ``control``. Raises ``OSError`` when there is none after all."""
    control.settimeout(_CHANGE_SECONDS)
    key = changed.version.encode()
    assert len(key) == KEY
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        json.dump({"remove": changed.remove.decode(), "add": changed.add.decode()}, file)
        file.flush()
        socket.send_fds(control, [ORDER.pack(b"e", 0) + key], [file.fileno()])
        if len(control.recv(ORDER.size, socket.MSG_WAITALL)) < ORDER.size:
            raise ConnectionResetError
