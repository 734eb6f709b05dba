"""An answer on its way: frames come in from the worker as fast as it can, chunks go out as fast as they are read."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from wsic_graph.engine.process import CHUNK
from wsic_graph.errors import (
    AnswerBroken,
    EngineAway,
    QueryCost,
    QueryLimit,
    QueryRefused,
    QuerySyntax,
    WorkerLost,
    WsicError,
)
from wsic_graph.settings import Settings


class Channel(Protocol):
    """What takes frames: a socket, or the door of a remote engine."""

    def sendall(self, data: bytes, /) -> None:
        """Take one or more whole frames."""


class Answer:
    """The answer to one query.

    ``await begun()`` first: it raises what kept the query from being answered.
    Then either ``whole`` is the answer, or it is larger than the part that is
    held back and comes by :meth:`chunks`. Call :meth:`close` in any case.
    It is ``lasting`` when the same query over the same graph is always answered so; ``key`` stands for the query.
    """

    def __init__(self, settings: Settings, on_end: Callable[[WsicError | None], None]) -> None:
        self.whole: bytes | None = None
        self.lasting = True
        self.key = b""
        self.unread = 0
        self.settings = settings
        self._on_end = on_end
        self._parts: deque[bytes] = deque()
        self._ended = False
        self._error: WsicError | None = None
        self._news = asyncio.Event()

    @classmethod
    def known(cls, settings: Settings, body: bytes) -> Answer:
        """An answer that was remembered."""
        answer = cls(settings, lambda _: None)
        answer.whole = body
        answer._ended = True
        return answer

    async def begun(self) -> None:
        """Wait until the answer is complete or large. Raises the errors of a query."""
        while not self._ended and self.unread < CHUNK:
            self._news.clear()
            await self._news.wait()
        if self._error is not None:
            raise self._error
        if self._ended and self.whole is None:
            self.whole = b"".join(self._parts)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The answer in pieces. Raises ``AnswerBroken`` when the rest of it will not come."""
        while True:
            while self._parts:
                part = self._parts.popleft()
                self.unread -= len(part)
                yield part
            if self._error is not None:
                raise AnswerBroken(str(self._error))
            if self._ended:
                return
            self._news.clear()
            await self._news.wait()

    async def all(self) -> bytes:
        """The whole answer. Raises the errors of a query."""
        await self.begun()
        while not self._ended:
            self._news.clear()
            await self._news.wait()
        if self._error is not None:
            raise self._error
        if self.whole is None:
            self.whole = b"".join(self._parts)
        return self.whole

    def take(self, kind: bytes, body: bytes) -> None:
        """A frame from the worker."""
        if kind == b"d":
            if body:
                self._parts.append(body)
                self.unread += len(body)
            self._news.set()
        else:
            self._end(None if kind == b"e" else _error(kind, body.decode(errors="replace"), self.settings))

    def expire(self) -> None:
        """The deadline has come."""
        seconds = self.settings.query_seconds
        self._end(QueryCost(f"the query took longer than {seconds:g} seconds and was stopped; narrow it"))

    def close(self) -> None:
        """Nobody wants the rest."""
        self._end(QueryCost("the answer is no longer wanted"))
        self._parts.clear()
        self.unread = 0

    def _end(self, error: WsicError | None) -> None:
        if self._ended:
            return
        self._ended = True
        self._error = error
        self._news.set()
        self._on_end(error)


_OTHER: dict[bytes, tuple[type[WsicError], str]] = {
    b"f": (QueryRefused, "this kind of answer comes as {}"),
    b"c": (QueryCost, "{}"),
    b"o": (QueryLimit, "{}"),
    b"r": (QueryRefused, "{}"),
    b"u": (EngineAway, "{}"),
}


def _error(kind: bytes, text: str, settings: Settings) -> WsicError:
    match kind:
        case b"s":
            return _syntax(text)
        case b"m":
            return QueryCost(f"the query needed more than {settings.query_memory_mb} MB and was stopped; narrow it")
        case b"lost":
            memory = settings.query_memory_mb
            cause = f"its process ended, most often for want of {memory} MB or because it is too intricate"
            return WorkerLost(f"the query was stopped: {cause}; narrow it, or try again")
        case b"l" if text == "rows":
            rows = settings.query_rows
            return QueryLimit(f"the answer has more than {rows:,} rows; ask for less, for example with LIMIT")
        case b"l":
            size = settings.query_bytes
            return QueryLimit(f"the answer is larger than {size:,} bytes; ask for less, for example with LIMIT")
        case _:
            error, words = _OTHER.get(kind, (QueryRefused, "the query cannot be answered: {}"))
            return error(words.format(text))


def _syntax(message: str) -> QuerySyntax:
    """The engine's words on a syntax error: the place first, and the first few of what it expected."""
    match = re.match(r"error at (\d+):(\d+): (.*)", message, re.DOTALL)
    if not match:
        return QuerySyntax(message)
    expected = match[3] if len(match[3]) <= 160 else match[3][:160].rsplit(",", 1)[0] + " and more"
    line, column = int(match[1]), int(match[2])
    return QuerySyntax(f"line {line}, column {column}: {expected}", line, column)
