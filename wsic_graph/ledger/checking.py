"""Check a submission in a process of its own, which may take so much time and memory and no more.

Run as a program it reads the content once and forks for each job, so that a check takes as long as it takes and
what comes from outside is parsed in a process that is thrown away.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import socket
import struct
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyoxigraph as ox

from wsic_graph.content import ROOT
from wsic_graph.engine.process import die_with
from wsic_graph.errors import Problem
from wsic_graph.ledger.limits import check_parts, only_record, parse
from wsic_graph.ledger.rdf import split
from wsic_graph.ledger.store import LedgerError
from wsic_graph.ledger.turns import Turns
from wsic_graph.namespaces import GRAPH, ID
from wsic_graph.program import run_apart
from wsic_graph.release.build import read_content
from wsic_graph.release.files import Content, Statement
from wsic_graph.release.single import in_place, outline, validate_records

_MEMORY = 1000 << 20
_CPU_SECONDS = 20
_START_SECONDS = 60
_LENGTH = struct.Struct("!Q")
_SUBMISSION = "submission"
_MOST_WAITING, _PER_CLIENT = 10, 6


class CheckFailed(LedgerError):
    """The check took too long or too much memory."""


@dataclass(frozen=True)
class Checked:
    """What came of a check: the canonical form of each record, all that is wrong, and the record it was about."""

    bodies: dict[str, bytes] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    record: str = ""


class Checker:
    """The processes that check. They start when first needed; safe to use from many threads."""

    def __init__(self, places: int = 2, seconds: float = 20) -> None:
        self._seconds = seconds
        self._turns = Turns(places, _MOST_WAITING, _PER_CLIENT, seconds)
        self._idle: list[_Process] = []
        self._started = False

    def check(
        self,
        text: str,
        format: str,
        records: str | Sequence[str],
        published: Mapping[str, bytes],
        *,
        new: bool | None,
    ) -> Checked:
        """Check RDF about ``records`` (and new sources and organisations that it brings), as if it were published.

        Where no record is named, it is found in the text. ``published`` are the records that stand instead
        of those of the content. ``new`` tells whether the records are to be new, None if they may be. Raises
        ``CheckFailed``, and ``TooMany`` while too many others wait.
        """
        job = {
            "text": text,
            "format": format,
            "records": [records] if isinstance(records, str) else list(records),
            "new": new,
            "published": {name: body.decode() for name, body in published.items()},
        }
        with self._turns.turn("submissions are being checked"):
            found = json.loads(self._answer(json.dumps(job).encode()))
        bodies = {name: body.encode() for name, body in found["bodies"].items()}
        return Checked(bodies, [Problem(**item) for item in found["problems"]], found["record"])

    def prepare(self) -> None:
        """Let a process begin to read the content, which takes seconds, before somebody waits for it."""
        if not self._started:
            self._started = True
            self._idle.append(_Process())

    def _answer(self, job: bytes) -> bytes:
        self._started = True
        try:
            process = self._idle.pop()
        except IndexError:  # to look first whether there is one would leave room for another thread to take it
            process = _Process()
        try:
            answer = process.answer(job, self._seconds)
        except OSError:  # it took too long, or ended
            process.kill()
            answer = b""
        else:
            self._idle.append(process)
        if not answer:
            raise CheckFailed("The check took too long or too much memory. Send less, or simpler, at once.")
        return answer

    def close(self) -> None:
        """End the processes."""
        while self._idle:
            self._idle.pop().kill()


class _Process:
    """One process that has read the content, and forks for each job."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            self._process = run_apart(["-m", __name__, str(number)], [number], quiet=True)
        self._ready = False

    def answer(self, job: bytes, seconds: float) -> bytes:
        """The answer to a job; empty if it took too much. Raises ``OSError`` when there is none in time."""
        if not self._ready:
            self._ours.settimeout(_START_SECONDS)
            _receive(self._ours)
            self._ready = True
        self._ours.settimeout(seconds)
        _send(self._ours, job)
        return _receive(self._ours)

    def kill(self) -> None:
        """End the process and what it forked."""
        self._ours.close()
        self._process.kill()
        self._process.wait()


def _send(to: socket.socket, body: bytes) -> None:
    to.sendall(_LENGTH.pack(len(body)) + body)


def _receive(source: socket.socket) -> bytes:
    """The next message. Raises ``OSError`` when the other end is gone or silent."""

    def exactly(size: int) -> bytes:
        found = bytearray()
        while len(found) < size:
            piece = source.recv(min(size - len(found), 1 << 20))
            if not piece:
                raise ConnectionResetError
            found += piece
        return bytes(found)

    return exactly(_LENGTH.unpack(exactly(_LENGTH.size))[0])


def check_here(
    content: Content, text: str, format: str, records: list[str], *, published: Mapping[str, str], new: bool | None
) -> Checked:
    """The same in this process, without bounds; ``content`` is that of the release without the observations."""
    base = "" if records[0] else ID
    if base:
        record, problems = only_record(text, format)
        if problems:
            return Checked({}, sorted(set(problems)))
        records = [record]
    triples, problems = parse(text, format, records, base)
    if problems or not triples:
        return Checked({}, sorted(set(problems)), records[0])
    if published:
        content = in_place(_content(published.values()), content, gone=published)
    problems = check_parts(triples, records, content, new=new)
    bodies = split(triples)
    if not problems:
        statements = [statement._replace(graph=_SUBMISSION) for statement in _statements(bodies.values())]
        submitted = Content()
        submitted.add(statements, _SUBMISSION)
        problems = outline("", statements) + validate_records(submitted, content)
    return Checked(
        bodies, sorted({Problem("", 0, found.record, found.field, found.message) for found in problems}), records[0]
    )


def _content(bodies: Iterable[str]) -> Content:
    content = Content()
    content.add(_statements(body.encode() for body in bodies), _SUBMISSION)
    return content


def _statements(bodies: Iterable[bytes]) -> list[Statement]:
    found = []
    for quad in ox.parse(b"".join(bodies), format=ox.RdfFormat.N_QUADS, lenient=True):
        assert isinstance(quad.subject, ox.NamedNode)
        assert isinstance(quad.object, ox.NamedNode | ox.Literal)
        graph = str(getattr(quad.graph_name, "value", "")).removeprefix(GRAPH)
        found.append(Statement(quad.subject.value, quad.predicate.value, quad.object, graph))
    return found


def main() -> None:
    """Argument: descriptor of the socket on which jobs come. Each is done by a fork, which is thrown away."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    content = read_content(ROOT, observations=False)
    gc.freeze()
    _send(channel, b"ready")
    me = os.getpid()
    while True:
        try:
            job = _receive(channel)
        except OSError:
            return
        pid = os.fork()
        if pid == 0:
            try:
                die_with(me)
                _confine()
                found = check_here(content, **json.loads(job))
                bodies = {name: body.decode() for name, body in found.bodies.items()}
                problems = [asdict(item) for item in found.problems]
                answer = {"bodies": bodies, "problems": problems, "record": found.record}
                _send(channel, json.dumps(answer).encode())
            except BaseException:
                os._exit(1)
            os._exit(0)
        if os.waitpid(pid, 0)[1] != 0:
            _send(channel, b"")


def _confine() -> None:
    """Bounds for one job: memory beside what there is already, and time."""
    now = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + _MEMORY, now + _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))


if __name__ == "__main__":
    main()
