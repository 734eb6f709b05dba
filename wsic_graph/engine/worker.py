"""The process side of the door: a loader that holds the graph, and its forked workers.

The loader reads the release once and then does nothing but fork. A worker
shares the loader's memory, answers queries on one socket and can be killed at
any moment without harm to anyone else.
"""

from __future__ import annotations

import ctypes
import io
import os
import resource
import signal
import socket
import struct
import sys
from dataclasses import dataclass
from typing import NoReturn

import pyoxigraph as ox
from typing_extensions import Buffer

RESULT_FORMATS: dict[str, ox.QueryResultsFormat] = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
GRAPH_FORMATS: dict[str, ox.RdfFormat] = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "rdf": ox.RdfFormat.RDF_XML,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
}
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Job:
    """One query for a worker: text, wanted format and size limit."""

    text: str
    format: str
    max_bytes: int

    def pack(self) -> tuple[bytes, ...]:
        """The job as parts of a message."""
        return self.text.encode(), self.format.encode(), str(self.max_bytes).encode()

    @classmethod
    def unpack(cls, parts: list[bytes]) -> Job:
        """The job that ``pack`` wrote."""
        text, form, size = parts
        return cls(text.decode(), form.decode(), int(size))


@dataclass(frozen=True)
class Reply:
    """What a worker answers: ``kind`` is ``ok``, ``syntax``, ``limit``, ``format`` or ``error``."""

    kind: str
    body: bytes


def send(sock: socket.socket, *parts: bytes) -> None:
    """Write one message: the length of each part, then the parts. Nothing in it is ever executed."""
    head = struct.pack(f"!B{len(parts)}Q", len(parts), *map(len, parts))
    sock.sendall(b"".join((head, *parts)))


def receive(sock: socket.socket) -> list[bytes]:
    """The parts of one message. Raises ``EOFError`` when the other end is gone."""
    (count,) = _exactly(sock, 1)
    lengths = struct.unpack(f"!{count}Q", _exactly(sock, 8 * count))
    return [_exactly(sock, length) for length in lengths]


def _exactly(sock: socket.socket, size: int) -> bytes:
    chunks = []
    while size:
        chunk = sock.recv(min(size, 1 << 20))
        if not chunk:
            raise EOFError
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent ends (Linux; elsewhere the socket's end tells)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)


def loader_main(control: socket.socket, dataset: str, memory_mb: int, parent: int) -> NoReturn:
    """Load ``dataset``, then fork a worker for every socket that arrives on ``control``."""
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the engine prints a trace when a worker runs out of memory
    store = ox.Store()
    store.bulk_load(path=dataset, format=ox.RdfFormat.N_QUADS, lenient=True)  # our own build wrote and checked it
    send(control, str(len(store)).encode())
    me = os.getpid()
    while True:
        message, sockets, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            os._exit(0)
        channel = socket.socket(fileno=sockets[0])
        pid = os.fork()
        if pid == 0:
            control.close()
            die_with_parent(me)
            limit = memory_mb << 20
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
            _worker_main(channel, store)
        channel.close()
        send(control, str(pid).encode())


def _worker_main(channel: socket.socket, store: ox.Store) -> NoReturn:
    while True:
        try:
            job = Job.unpack(receive(channel))
        except (EOFError, OSError):
            os._exit(0)
        reply = _answer(store, job)
        send(channel, reply.kind.encode(), reply.body)


def _answer(store: ox.Store, job: Job) -> Reply:
    try:
        return _serialize(store.query(job.text, use_default_graph_as_union=True), job)
    except SyntaxError as error:
        return Reply("syntax", str(error.msg or error).encode())
    except MemoryError:
        return Reply("limit", b"memory")
    except (ValueError, RuntimeError, OSError) as error:
        return Reply("error", str(error).encode())


class _Bounded(io.BytesIO):
    """A file that refuses to grow past the size limit of the answer."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.room = limit

    def write(self, data: Buffer) -> int:
        written = super().write(data)
        self.room -= written
        if self.room < 0:
            raise OverflowError
        return written


def _serialize(result: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, job: Job) -> Reply:
    out = _Bounded(job.max_bytes)
    try:
        if isinstance(result, ox.QueryTriples):
            if job.format not in GRAPH_FORMATS:
                return Reply("format", ", ".join(GRAPH_FORMATS).encode())
            result.serialize(out, format=GRAPH_FORMATS[job.format])
        else:
            if job.format not in RESULT_FORMATS:
                return Reply("format", ", ".join(RESULT_FORMATS).encode())
            result.serialize(out, format=RESULT_FORMATS[job.format])
    except (OverflowError, OSError):
        if out.room < 0:
            return Reply("limit", b"bytes")
        raise
    return Reply("ok", out.getvalue())
