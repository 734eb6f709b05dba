"""Calculations off the event loop: in processes of their own that are killed when nobody waits any more, in turn."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram

from wsic_graph.calculator import jobs
from wsic_graph.calculator.faults import Fault, ScenarioError
from wsic_graph.engine.places import Places
from wsic_graph.errors import QueryBusy, QueryCost
from wsic_graph.program import run_apart
from wsic_graph.settings import Settings

CALCULATIONS = Counter(
    "wsic_calculations",
    "Calculations by how they ended: done; refused, for what was sent or for want of a place; stopped before the end",
    ["outcome"],
)
SECONDS = Histogram(
    "wsic_calculation_seconds",
    "Time from asking for a place until the answer was complete or the calculation was stopped",
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100),
)
_START = 30
"""Most seconds until a new process is ready; they do not count as calculation."""
_STOPPED = "The calculation ended before it was done, most likely for want of memory. Ask for fewer draws."


class _Worker:
    """One process and the streams to it. It calculates one scenario at a time."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    @classmethod
    async def start(cls, megabytes: int) -> _Worker:
        """A new process."""
        ours, theirs = socket.socketpair()
        with theirs:
            # One thread of linear algebra: a calculation has one core, and the same numbers wherever it runs.
            one = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
            number = theirs.fileno()
            process = run_apart(["-m", jobs.WORKER, str(number), str(megabytes)], [number], environment=one)
        found = cls(process)
        try:
            found.reader, found.writer = await asyncio.open_connection(sock=ours)
            async with asyncio.timeout(_START):
                await found.reader.readexactly(len(jobs.READY))
        except BaseException:
            ours.close()
            found.kill()
            raise
        return found

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self, body: bytes, seconds: float) -> tuple[bytes, bytes]:
        """Kind and text of the answer to ``body``; raises ``IncompleteReadError`` or ``OSError`` when it is lost."""
        self.writer.write(jobs.JOB.pack(seconds, len(body)) + body)
        await self.writer.drain()
        kind, length = jobs.ANSWER.unpack(await self.reader.readexactly(jobs.ANSWER.size))
        return kind, await self.reader.readexactly(length)

    def kill(self) -> None:
        """End the process, whatever it does."""
        if hasattr(self, "writer"):
            self.writer.transport.abort()
        self.process.kill()
        self.process.wait()


@contextmanager
def _counted() -> Iterator[None]:
    """Count the calculation inside by how it ends, and note how long it took."""
    start, outcome = time.perf_counter(), "stopped"
    try:
        yield
        outcome = "done"
    except (ScenarioError, QueryBusy):
        outcome = "refused"
        raise
    finally:
        CALCULATIONS.labels(outcome).inc()
        SECONDS.observe(time.perf_counter() - start)


class Calculations:
    """The places in which calculations run, and their processes. Used from one event loop."""

    def __init__(self, settings: Settings) -> None:
        self._seconds = settings.calculation_seconds
        self._megabytes = settings.query_memory_mb
        self._idle: list[_Worker] = []
        self.places = Places(
            settings.calculation_places,
            min(settings.client_places, settings.calculation_places),
            settings.client_waiting,
            settings.calculation_seconds,
            "calculations",
        )

    async def run(self, body: bytes, client: str) -> bytes:
        """The report in JSON on the scenario in ``body``, calculated for ``client``.

        Raises ``ScenarioError``, ``QueryBusy`` when there is no place, and ``QueryCost`` when it takes too long or
        too much memory. When the task is cancelled, the calculation ends at once.
        """
        with _counted():
            await self.places.enter(client)
            try:
                kind, text = await self._answer(body)
            finally:
                self.places.leave(client)
            if kind == b"f":
                raise ScenarioError([Fault(**fault) for fault in json.loads(text)])
            if kind == b"m":
                raise QueryCost(_STOPPED)
            return text

    async def _answer(self, body: bytes) -> tuple[bytes, bytes]:
        calculator: _Worker | None = None
        try:
            calculator = self._waiting() or await _Worker.start(self._megabytes)
            async with asyncio.timeout(self._seconds):
                answer = await calculator.answer(body, self._seconds)
        except BaseException as error:
            if calculator is not None:
                calculator.kill()
            if isinstance(error, TimeoutError):
                words = f"The calculation took longer than {self._seconds:g} seconds and was stopped. "
                raise QueryCost(f"{words}Ask for fewer draws.") from None
            if isinstance(error, OSError | asyncio.IncompleteReadError):
                raise QueryCost(_STOPPED) from None
            raise
        self._idle.append(calculator)
        return answer

    def _waiting(self) -> _Worker | None:
        """A process that waits for work and still lives."""
        while self._idle:
            calculator = self._idle.pop()
            if calculator.process.poll() is None:
                return calculator
            calculator.kill()
        return None

    def close(self) -> None:
        """End the processes that wait for work; those at work end with their tasks."""
        for calculator in self._idle:
            calculator.kill()
        self._idle.clear()
