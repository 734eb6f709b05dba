"""Errors that reach people: each says where, what is wrong and what would be right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in the content.

    ``file`` is relative to the content folder, ``line`` counts from 1 (0 when not
    known), ``record`` and ``field`` are in the words of the files, ``message``
    says what is wrong and what would be right.
    """

    file: str
    line: int
    record: str
    field: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        parts = [part for part in (where, self.record, self.field) if part]
        return ": ".join([*parts, self.message])


class WsicError(Exception):
    """Base of the errors that are shown to people without a stack trace."""


class ContentError(WsicError):
    """The content of the graph is wrong; ``problems`` lists every place, in order."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


class QueryRefused(WsicError):
    """A query was refused before it ran: too long, too deep, an update or a SERVICE call."""


class QuerySyntax(WsicError):
    """A query is not SPARQL; the message has the line and column, 0 when they are not known."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        self.line = line
        self.column = column
        super().__init__(message)


class QueryLimit(WsicError):
    """A query was stopped at a limit: time, memory or size of the answer."""


class QueryCost(QueryLimit):
    """A query was stopped because it took too long or too much memory."""


class WorkerLost(QueryCost):
    """The process that answered the query ended: killed by its limits, or on its way out when it took the query."""


class AnswerBroken(QueryLimit):
    """An answer ended before it was complete, after part of it was given away."""


class QueryBusy(WsicError):
    """No place is free to run a query now; try again shortly."""


class EngineLost(WsicError):
    """The process that holds the graph is not there, or not yet; try again shortly."""


class EngineAway(EngineLost):
    """The remote engine cannot be reached, does not let us in or fails; the query may be in order."""


class ParameterError(WsicError):
    """A value given for a query parameter is not right; ``near`` holds right values that are like it."""

    def __init__(self, name: str, message: str, value: str = "", near: tuple[str, ...] = ()) -> None:
        self.name = name
        self.value = value
        self.near = near
        super().__init__(f"{name}: {message}")
