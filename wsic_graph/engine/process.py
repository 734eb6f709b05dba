"""The process side of the door: a loader that holds the graph, and its forked workers.

Run as a program of its own, so it needs little but the standard library and the engine. The loader reads the release
once, then forks a worker for whoever asks and kills one when told to: as their parent it can never hit a stranger who
got the same process number. A worker shares the loader's memory, answers queries on one socket and can die at any time
without harm to others. An edition of the graph (the release with some changes) has a loader forked from this one.
"""

from __future__ import annotations

import ctypes
import gc
import io
import json
import os
import resource
import selectors
import signal
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pyoxigraph as ox

if __name__ == "__main__":  # with -I the package is on no path
    sys.path.append(str(Path(__file__).resolve().parents[2]))
from wsic_graph.cells import write_table

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from wsic_graph.engine.answer import Channel

    Answered = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples

RESULT_FORMATS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
GRAPH_FORMATS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
    "trig": ox.RdfFormat.TRIG,
    "nq": ox.RdfFormat.N_QUADS,
}
CHUNK = 1 << 16
"""Size from which an answer is sent in pieces; a smaller one is held back until it is complete."""
FRAME = struct.Struct("!cI")
"""Head of what a worker sends, kind and length: ``d`` data, ``e`` end; ``s`` syntax, ``l`` limit, ``m`` memory,
``f`` format, ``c`` cost, ``o`` a limit of a remote engine, ``u`` one that is away
and ``x`` other errors, each with its words."""
ORDER = struct.Struct("!cI")
"""What the loader is told: ``w`` with a socket (fork a worker; it answers the process number, or 0),
a number with ``k`` (kill it) or ``n`` (let others go first), or first of all ``e`` with the key of an edition and
the file of its changes: its loader follows from then on, and answers the number of statements."""
KEY = 16
SIZES = struct.Struct("!dQQ")
_ROW_MARKS = {"json": (b'}},{"', -1), "xml": (b"</result>", 0), "csv": (b"\r\n", 1), "tsv": (b"\n", 1)}
"""What stands between or behind rows and nowhere else, and how many more or fewer there are of it than rows."""
_PR_SET_PDEATHSIG = 1
EXTRA_GRAPH = "https://w3id.org/wsic/graph/yours"  # of data that were given with a query; it is never published
_IDLE_SECONDS = 5  # that the loader of an edition stays when nobody is connected, at least


def _receive_job(sock: socket.socket) -> tuple[str, str, float, int, int, bytes, list[str]]:
    (count,) = struct.unpack("!I", _exactly(sock, 4))
    lengths = struct.unpack(f"!{count}I", _exactly(sock, 4 * count))
    text, form, sizes, extra, *dataset = (_exactly(sock, length) for length in lengths)
    return text.decode(), form.decode(), *SIZES.unpack(sizes), extra, [item.decode() for item in dataset]


def _exactly(sock: socket.socket, size: int) -> bytes:
    chunks = []
    while size:
        chunk = sock.recv(min(size, 1 << 20))
        if not chunk:
            raise EOFError
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent ends (Linux; elsewhere the socket's end tells)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)


class Loader:
    """Holds the graph, forks workers and kills them when told, or when who asked for them has gone."""

    def __init__(self, store: ox.Store, base: str, confine: Callable[[], None]) -> None:
        self.base = base
        self.confine = confine
        self.store = store
        gc.freeze()
        self.workers: dict[int, socket.socket | None] = {}
        self.editions: dict[bytes, tuple[int, socket.socket]] = {}
        self.ready = selectors.DefaultSelector()

    def own(self, listener: socket.socket, lifeline: socket.socket) -> NoReturn:
        """Follow whoever connects until the owner of the lifeline ends."""
        self.ready.register(
            listener,
            selectors.EVENT_READ,
            lambda _: self.ready.register(listener.accept()[0], selectors.EVENT_READ, self._follow),
        )
        self.ready.register(lifeline, selectors.EVENT_READ, self._stop)
        lifeline.sendall(struct.pack("!Q", len(self.store)))
        while True:
            self._once()

    def follow(self, giver: socket.socket) -> NoReturn:
        """Follow the orders on the connections that ``giver`` hands over, until there have been none for a while."""
        self.ready.register(giver, selectors.EVENT_READ, self._take_over)
        idle = 0
        while idle < _IDLE_SECONDS:
            self._once()
            idle = 0 if len(self.ready.get_map()) > 1 else idle + 1
        os._exit(0)

    def _once(self) -> None:
        for key, _ in self.ready.select(1):
            key.data(key.fileobj)
        self._reap()

    def _take_over(self, giver: socket.socket) -> None:
        sockets = socket.recv_fds(giver, 1, 1)[1]
        control = socket.socket(fileno=sockets[0]) if sockets else self._stop(giver)
        self.ready.register(control, selectors.EVENT_READ, self._follow)
        with suppress(OSError):
            control.sendall(ORDER.pack(b"e", len(self.store)))

    def _hand_over(self, control: socket.socket, changes: int) -> None:
        """Let the loader of an edition, which is forked if need be, follow ``control`` from now on."""
        with suppress(OSError, EOFError):
            name = _exactly(control, KEY)
            self._reap()
            self.editions[name] = self.editions.get(name) or self._fork_edition(changes)
            socket.send_fds(self.editions[name][1], [b"c"], [control.fileno()])
        os.close(changes)
        self.ready.unregister(control)
        control.close()

    def _fork_edition(self, changes: int) -> tuple[int, socket.socket]:
        me = os.getpid()
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                self._forget_sockets()
                ours.close()
                die_with(me)
                with os.fdopen(changes, encoding="utf-8") as file:
                    file.seek(0)
                    _change(self.store, **json.load(file))
                Loader(self.store, self.base, self.confine).follow(theirs)
            finally:
                os._exit(1)
        theirs.close()
        return pid, ours

    def _forget_sockets(self) -> None:
        """Close what belongs to the process that this one was forked from."""
        for number in [key.fd for key in self.ready.get_map().values()]:
            os.close(number)
        self.ready.close()
        for _, giver in self.editions.values():
            giver.close()

    def _stop(self, _: socket.socket) -> NoReturn:
        for pid in self.workers:
            os.kill(pid, signal.SIGKILL)
        os._exit(0)

    def _follow(self, control: socket.socket) -> None:
        try:
            order, sockets, _, _ = socket.recv_fds(control, ORDER.size, 1)
        except OSError:
            order, sockets = b"", []
        if len(order) < ORDER.size:
            self.ready.unregister(control)
            control.close()
            for pid in [pid for pid, owner in self.workers.items() if owner is control]:
                self._kill(pid)
            return
        self._reap()
        kind, pid = ORDER.unpack(order)
        if kind == b"k" and self.workers.get(pid) is control:
            self._kill(pid)
        elif kind == b"n" and self.workers.get(pid) is control:
            os.setpriority(os.PRIO_PROCESS, pid, 5)
        elif kind == b"e" and sockets:
            self._hand_over(control, sockets[0])
        elif kind == b"w":
            with socket.socket(fileno=sockets[0]) as channel:
                pid = self._fork(channel)
            if pid:
                self.workers[pid] = control
            with suppress(OSError):
                control.sendall(ORDER.pack(b"w", pid))

    def _fork(self, channel: socket.socket) -> int:
        """The number of the new worker, 0 when the system allows no more processes."""
        me = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            return 0
        if pid == 0:
            try:
                self._forget_sockets()
                os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the engine prints a trace when memory runs out
                die_with(me)
                self.confine()
                _work(channel, self.store, self.base)
            finally:
                os._exit(1)  # whatever went wrong, a worker never goes on as a loader
        return pid

    def _kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)  # still ours: only _reap lets the number go
        self.workers[pid] = None  # not waited for: giving back its memory takes a while

    def _reap(self) -> None:
        """Forget those that have ended (zombies do not wait: the loop comes here at least every second)."""
        with suppress(ChildProcessError):
            while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                self.workers.pop(pid, None)
                for name in [name for name, (number, _) in self.editions.items() if number == pid]:
                    self.editions.pop(name)[1].close()


def _change(store: ox.Store, remove: str, add: str) -> None:
    """Take the statements ``remove`` from ``store`` and add those of ``add``, both N-Quads."""
    for quad in ox.parse(remove, format=ox.RdfFormat.N_QUADS, lenient=True):
        store.remove(quad)
    store.extend(ox.parse(add, format=ox.RdfFormat.N_QUADS, lenient=True))


def _confine(memory_mb: int, calls_out: bool) -> None:
    """Take from a worker what no query needs, so that nothing rests on the scan of its text alone."""
    memory = _size_now() + (memory_mb << 20)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # when the machine runs out of memory, let a worker go and not the graph
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    if not calls_out:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # no new file or connection, wherever a SERVICE may hide


def _size_now() -> int:
    """Address space of this process, so that the limit is what a query may add to the graph."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _work(channel: socket.socket, store: ox.Store, base: str) -> NoReturn:
    while True:
        try:
            text, form, seconds, max_bytes, max_rows, extra, dataset = _receive_job(channel)
            signal.setitimer(signal.ITIMER_REAL, seconds + 1)  # ends this process should the server itself hang
            out = Outlet(channel, max_bytes, max_rows, form)
            if not extra or _add(store, extra, out):
                _answer(partial(store.query, base_iri=base), text, form, dataset, out)
            signal.setitimer(signal.ITIMER_REAL, 0)
            if extra:
                os._exit(0)  # its copy of the graph is no longer the published one: nobody else may see it
        except (EOFError, OSError):
            os._exit(0)


class Outlet(io.BytesIO):
    """The file that an answer is written to: sends in chunks, refuses to grow past the limits."""

    def __init__(self, channel: Channel, max_bytes: int, max_rows: int, form: str) -> None:
        super().__init__()
        self.channel = channel
        self.room = max_bytes
        self.mark, more = _ROW_MARKS.get(form, (b"", 0))
        self.rows = max_rows + more
        self.carry = b""
        self.buffer = bytearray()
        self.broken = ""

    def write(self, data: Buffer) -> int:
        """Take ``data``; raises ``OverflowError`` at a limit."""
        piece = bytes(data)
        self.room -= len(piece)
        self.buffer += piece
        if self.room < 0:
            self._refuse("bytes")
        if len(self.buffer) >= CHUNK:
            self._count()
            self.channel.sendall(FRAME.pack(b"d", len(self.buffer)) + self.buffer)
            self.buffer.clear()
        return len(piece)

    def finish(self) -> None:
        """Send what is left and the end."""
        self._count()
        self.channel.sendall(FRAME.pack(b"d", len(self.buffer)) + self.buffer + FRAME.pack(b"e", 0))

    def fail(self, kind: bytes, words: str) -> None:
        """Say why there is no answer, or no more of it."""
        text = words.encode()
        self.channel.sendall(FRAME.pack(kind, len(text)) + text)

    def _count(self) -> None:
        if self.mark:
            text = self.carry + self.buffer  # a mark may lie across two chunks
            self.rows -= text.count(self.mark)
            self.carry = text[1 - len(self.mark) :] if len(self.mark) > 1 else b""
            if self.rows < 0:
                self._refuse("rows")

    def _refuse(self, what: str) -> NoReturn:
        self.broken = what
        raise OverflowError


def _answer(ask: Callable[..., Answered], text: str, form: str, dataset: list[str], out: Outlet) -> None:
    try:
        result = ask(text, **_dataset(dataset))
        if isinstance(result, ox.QueryTriples):
            if form not in GRAPH_FORMATS:
                return out.fail(b"f", ", ".join(GRAPH_FORMATS))
            result.serialize(out, format=GRAPH_FORMATS[form])
        elif form not in RESULT_FORMATS:
            return out.fail(b"f", ", ".join(RESULT_FORMATS))
        else:
            write_table(result, out, RESULT_FORMATS[form])
        out.finish()
    except SyntaxError as error:
        out.fail(b"s", str(error.msg or error))
    except MemoryError:
        out.fail(b"m", "")
    except (OverflowError, ValueError, RuntimeError, OSError) as error:
        if isinstance(error, (BrokenPipeError, ConnectionError)):
            raise
        if out.broken:
            out.fail(b"l", out.broken)
        else:
            out.fail(b"x", str(error))


def _add(store: ox.Store, extra: bytes, out: Outlet) -> bool:
    """Put N-Triples into a graph of their own in this process's copy of the store; says why if it cannot be."""
    try:
        name = ox.NamedNode(EXTRA_GRAPH)
        triples = ox.parse(extra, format=ox.RdfFormat.N_TRIPLES)
        store.extend(ox.Quad(triple.subject, triple.predicate, triple.object, name) for triple in triples)
        return True
    except (SyntaxError, ValueError) as error:
        out.fail(b"s", f"the data given with the query: {error}")
    except MemoryError:
        out.fail(b"m", "")
    return False


def _dataset(parts: list[str]) -> dict[str, object]:
    """``["union"]``; nothing, when the query has FROM itself; or ``d`` + IRI and ``n`` + IRI as the protocol gives."""
    if parts == ["union"]:
        return {"use_default_graph_as_union": True}
    if not parts:
        return {}
    return {
        "default_graph": [ox.NamedNode(part[1:]) for part in parts if part[0] == "d"],
        "named_graphs": [ox.NamedNode(part[1:]) for part in parts if part[0] == "n"],
    }


def main() -> None:
    """Arguments: descriptors of listener, lifeline and N-Quads file, base of IRIs, a worker's MB, 1 for SERVICE."""
    listener, lifeline = (socket.socket(fileno=int(item)) for item in sys.argv[1:3])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    dataset, base, memory_mb, calls_out = sys.argv[3:]
    confine = partial(_confine, int(memory_mb), calls_out == "1")
    store = ox.Store()
    store.bulk_load(path=f"/dev/fd/{dataset}", format=ox.RdfFormat.N_QUADS, lenient=True)  # our own build checked it
    os.close(int(dataset))
    Loader(store, base, confine).own(listener, lifeline)


if __name__ == "__main__":
    main()
