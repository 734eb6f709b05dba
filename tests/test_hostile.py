"""Hostile queries and clients against a true server with short limits: it stays up, and others are answered.

The hostile client has the address 127.0.0.2, the others 127.0.0.1. How fast
others are answered is measured by ``tests/benchmarks/hostile.py``; here the
bounds are wide.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

SECONDS = 1.0
RECORD = "DESCRIBE <https://w3id.org/wsic/id/initiative/torbay-care-trust>"
ALL = "?a ?b ?c"
PRODUCT = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
LARGE = "SELECT * { ?s ?p ?o } LIMIT 30000"
SILENT_HOST = "http://192.0.2.1/"


def doubled(times: int, step: str) -> str:
    binds = " ".join(f"BIND({step.format(f'?x{n}')} AS ?x{n + 1})" for n in range(times))
    return f"SELECT (STRLEN(?x{times}) AS ?n) {{ BIND('xxxxxxxxxxxxxxxx' AS ?x0) {binds} }}"


HOSTILE = {
    "cross product": f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} }}",
    "sorted product": f"SELECT * {{ {PRODUCT} }} ORDER BY ?c ?f ?i",
    "distinct product": f"SELECT DISTINCT ?a ?f ?h {{ {PRODUCT} }}",
    "grouped product": f"SELECT ?a ?f (GROUP_CONCAT(?i) AS ?all) {{ {PRODUCT} }} GROUP BY ?a ?f",
    "constructed product": f"CONSTRUCT {{ ?a ?e ?i }} WHERE {{ {PRODUCT} }}",
    "described product": f"DESCRIBE ?a ?d ?g {{ {PRODUCT} }}",
    "asked product": f"ASK {{ {PRODUCT} FILTER(?c = ?f && ?f = ?i && ?a = <a:never>) }}",
    "filtered product": f"SELECT * {{ {PRODUCT} FILTER(CONTAINS(CONCAT(STR(?c), STR(?f), STR(?i)), '!never!')) }}",
    "optional products": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c "
    + " ".join(f"OPTIONAL {{ ?d{n} ?e{n} ?f{n} }}" for n in range(40))
    + " }",
    "many unions": "SELECT (COUNT(*) AS ?n) { " + " UNION ".join(["{ ?a ?b ?c . ?d ?e ?f }"] * 200) + " }",
    "minus product": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c MINUS { ?a ?e ?f . ?g ?h ?f . ?i ?j ?k } }",
    "exists product": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c FILTER NOT EXISTS { ?d ?e ?f FILTER(?f = <a:never> + ?c) } }",
    "nested selects": "SELECT * { " * 18 + PRODUCT + " }" * 18,
    "long paths": "SELECT (COUNT(*) AS ?n) { ?a (!<a:a>|^!<a:a>)+ ?b }",
    "path of paths": "SELECT (COUNT(*) AS ?n) { ?a ((!<a:a>)*/(^!<a:a>)*)* ?b . ?b (!<a:b>|^!<a:b>)* ?c }",
    "very long path": "SELECT (COUNT(*) AS ?n) { ?a " + "/".join(["(!<a:a>|^!<a:a>)"] * 300) + " ?b }",
    "long alternatives": "SELECT (COUNT(*) AS ?n) { ?a (" + "|".join(f"<a:{n}>" for n in range(1500)) + ")* ?b }",
    "string doubling": doubled(40, "CONCAT({0}, {0})"),
    "replace blow-up": doubled(12, "REPLACE({0}, '(.)', '$1$1$1$1$1$1$1$1')"),
    "encoded blow-up": doubled(60, "ENCODE_FOR_URI(CONCAT('%', {0}, {0}))"),
    "regex of regexes": "ASK { ?a ?b ?c . ?d ?e ?f FILTER(REGEX(STR(?c), CONCAT('(.*)*', STR(?f), '!'))) }",
    "regex catastrophe": "ASK { BIND('"
    + "a" * 3000
    + "!' AS ?x) FILTER(REGEX(?x, '"
    + "(a?){500}" * 3
    + "$')) ?s ?p ?o }",
    "large values": f"SELECT (COUNT(*) AS ?n) {{ VALUES ?x {{ {'1 ' * 8000} }} {PRODUCT} }}",
    "large list": f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} FILTER(?c IN ({', '.join(map(str, range(3000)))})) }}",
    "everything described": "DESCRIBE ?s { ?s ?p ?o }",
    "everything": "SELECT * { ?s ?p ?o . ?s ?q ?r }",
    "deep brackets": "ASK " + "{" * 4000 + "}" * 4000,
    "many negations": "ASK { FILTER(" + "!" * 15_000 + "true) }",
    "long sum": "ASK { FILTER(" + "+".join(["1"] * 9000) + " > 0) }",
    "long disjunction": "ASK { FILTER(" + "||".join(["?a"] * 6000) + ") }",
    "long sequence": "ASK { ?a " + "/".join(["<a:a>"] * 3000) + " ?b }",
    "chain of unions": "ASK { " + "UNION".join(["{}"] * 2500) + " }",
    "many optionals": "ASK { ?a ?b ?c " + "OPTIONAL{?c ?b ?c}" * 1000 + " }",
    "many variables": "SELECT * { " + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(900)) + " } LIMIT 1",
    "silent host": f"SELECT * {{ SERVICE SILENT <{SILENT_HOST}> {{ ?s ?p ?o }} }}",
    "hidden silent host": f"PREFIX : <{SILENT_HOST}> SELECT * {{ SERVICE:x {{ ?s ?p ?o }} }}",
}


@dataclass
class Server:
    """A server as it runs in earnest, and what the tests look at."""

    process: subprocess.Popen[bytes]
    port: int
    outcomes: dict[str, tuple[object, float]] = field(default_factory=dict)
    polite: list[tuple[int, float]] = field(default_factory=list)

    def client(self, address: str) -> httpx.Client:
        transport = httpx.HTTPTransport(verify=False, local_address=address)
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", transport=transport, timeout=30, trust_env=False)

    def connect(self, address: str = "127.0.0.2") -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 20, (address, 0))

    @property
    def loader(self) -> int:
        """Its process number, 0 between two."""
        return next((pid for pid in children(self.process.pid) if "process.py" in command(pid)), 0)

    def workers(self) -> list[int]:
        return children(self.loader)

    def answers(self) -> bool:
        with self.client("127.0.0.1") as client:
            answer = client.get("/sparql", params={"query": f"{RECORD} # {time.monotonic_ns()}"})
            return answer.status_code == 200 and "Torbay" in answer.text


def children(pid: int) -> list[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return [int(item) for task in tasks for item in (task / "children").read_text(encoding="ascii").split()]
    return []


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")


def cpu_seconds(pid: int) -> float:
    with suppress(FileNotFoundError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def wait_for(done: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def server(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "release").symlink_to(release)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    limits = {
        "DATA_DIR": folder,
        "PORT": port,
        "QUERY_SECONDS": SECONDS,
        "QUERY_MEMORY_MB": 300,
        "QUERY_BYTES": 5_000_000,
        "QUERY_PLACES": 8,
        "CLIENT_PLACES": 6,
        "CLIENT_SECONDS": 1.5,
        "CLIENT_CONNECTIONS": 40,
        "LOG_LEVEL": "error",
    }
    environment = {**os.environ, **{f"WSIC_{name}": str(value) for name, value in limits.items()}}
    code = "from wsic_graph.cli import app; app(['serve'])"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=log, stderr=log)
        opened = Server(process, port)
        try:
            with httpx.Client(transport=httpx.HTTPTransport(retries=8), trust_env=False) as client:
                assert client.get(f"http://127.0.0.1:{port}/healthz").text == "ok\n"
            yield opened
            assert process.poll() is None, "the server has stopped"
        finally:
            process.terminate()
            process.wait(20)
    said = (folder / "log").read_text(encoding="utf-8")
    assert "Traceback" not in said, said[:5000]


@pytest.fixture(scope="module")
def attacked(server: Server) -> Server:
    """The server while every hostile query came, and a polite client asked for records all the time."""
    before = resident_mb(server.process.pid)
    over = threading.Event()

    def be_polite() -> None:
        with server.client("127.0.0.1") as client:
            while not over.is_set():
                started = time.monotonic()
                answer = client.get("/sparql", params={"query": f"{RECORD} # {started}"})
                server.polite.append((answer.status_code, time.monotonic() - started))
                time.sleep(0.02)

    def attack(name: str) -> None:
        with server.client("127.0.0.2") as client:
            started = time.monotonic()
            outcome: object
            try:
                outcome = client.post("/sparql", data={"query": HOSTILE[name]})
            except httpx.RemoteProtocolError as error:
                outcome = error
            server.outcomes[name] = (outcome, time.monotonic() - started)

    polite = threading.Thread(target=be_polite)
    polite.start()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(attack, HOSTILE))
    over.set()
    polite.join()
    assert resident_mb(server.process.pid) - before < 150
    return server


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_query_is_answered_refused_or_stopped(attacked: Server, name: str) -> None:
    outcome, seconds = attacked.outcomes[name]
    assert seconds < SECONDS + 10
    if isinstance(outcome, httpx.Response):
        assert outcome.status_code in (200, 400, 413, 429, 503), outcome.text
        assert "Traceback" not in outcome.text
    else:
        assert isinstance(outcome, httpx.RemoteProtocolError), "broken off, and the client sees it"


def test_others_are_answered_meanwhile(attacked: Server) -> None:
    assert len(attacked.polite) > 20
    assert {status for status, _ in attacked.polite} == {200}
    assert sorted(seconds for _, seconds in attacked.polite)[len(attacked.polite) // 2] < 1


def test_no_core_is_busy_and_no_worker_left_after_the_deadline(attacked: Server) -> None:
    time.sleep(0.5)
    pids = attacked.workers()
    before = {pid: cpu_seconds(pid) for pid in pids}
    time.sleep(0.5)
    assert sum(cpu_seconds(pid) - before[pid] for pid in pids) < 0.2
    assert len(attacked.workers()) <= 8


def asked(query: str, fields: str = "Accept: text/csv\r\n") -> bytes:
    head = f"GET /sparql?{urlencode({'query': query})} HTTP/1.1\r\nHost: x\r\n{fields}\r\n"
    return head.encode()


def test_clients_that_go_take_their_queries_with_them(server: Server) -> None:
    """Before the answer, in the middle of it, and after the deadline has little left to end."""
    for _ in range(12):
        with server.connect() as connection:
            connection.sendall(asked(f"{HOSTILE['cross product']} # {time.monotonic_ns()}"))
            time.sleep(0.1)
    for _ in range(6):
        with server.connect() as connection:
            connection.sendall(asked(f"{LARGE} # {time.monotonic_ns()}"))
            connection.recv(1000)
    wait_for(lambda: not busy(server), SECONDS + 2)
    assert server.answers()


def busy(server: Server) -> bool:
    before = {pid: cpu_seconds(pid) for pid in server.workers()}
    time.sleep(0.2)
    return any(cpu_seconds(pid) - value > 0.05 for pid, value in before.items())


def closed(connection: socket.socket) -> bool:
    """Whether the server closes before long."""
    connection.settimeout(8)
    try:
        while connection.recv(65_536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


def test_slow_readers_are_cut_and_see_it(server: Server) -> None:
    with ThreadPoolExecutor(5) as pool:
        connections = []
        for number in range(5):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.bind(("127.0.0.2", 0))
            connection.connect(("127.0.0.1", server.port))
            connection.sendall(asked(f"{LARGE} # slow {number}"))
            connections.append(connection)
        before = resident_mb(server.process.pid)
        time.sleep(0.5)
        assert server.answers()
        server_side = pool.map(lambda _: server.answers(), range(5))
        assert all(server_side)
        time.sleep(2.5)
        assert resident_mb(server.process.pid) - before < 100
        for connection in connections:
            connection.settimeout(5)
            body = b""
            with suppress(ConnectionError):
                body = b"".join(iter(lambda: connection.recv(1 << 20), b""))  # noqa: B023  read at once
            assert not body.endswith(b"0\r\n\r\n")
            connection.close()


POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
HALVES = {
    "nothing": b"",
    "part of the address": b"GET /spar",
    "part of a header": b"GET /sparql HTTP/1.1\r\nHost: x\r\nX: ",
    "part of a body": POST + b"Content-Length: 1000\r\n\r\nASK",
    "no chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n",
    "the next request": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /",
}


def test_half_sent_requests_are_ended(server: Server) -> None:
    with ThreadPoolExecutor(len(HALVES)) as pool:

        def send(half: bytes) -> bool:
            with server.connect() as connection:
                connection.sendall(half)
                return closed(connection)

        ended = dict(zip(HALVES, pool.map(send, HALVES.values()), strict=True))
    assert ended == dict.fromkeys(HALVES, True)


def test_endless_headers_are_ended(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
        sent = 0
        with suppress(ConnectionError):
            while sent < 20_000_000:
                connection.sendall(b"x" * 65_536)
                sent += 65_536
        assert sent < 20_000_000
    assert server.answers()


def test_long_headers_cost_little(server: Server) -> None:
    value = ",".join(f"a/b{n % 7};q=0.5" for n in range(12_000))
    for name in ("Accept", "If-None-Match", "Accept-Encoding", "Cookie", "X-Request-Id", "X-Forwarded-For"):
        spent = cpu_seconds(server.process.pid)
        with server.connect() as connection:
            connection.sendall(asked("ASK {}", f"{name}: {value}\r\nConnection: close\r\n"))
            assert closed(connection)
        assert cpu_seconds(server.process.pid) - spent < 1, name  # of the processor; each took seconds
    assert server.answers()


def test_one_client_has_so_many_connections(server: Server) -> None:
    connections = [server.connect() for _ in range(60)]
    try:
        refused = 0
        for connection in connections:
            connection.setblocking(False)
        time.sleep(0.3)
        for connection in connections:
            with suppress(BlockingIOError):
                refused += b" 429 " in connection.recv(1000)
        assert refused == 20
        assert server.answers()
    finally:
        for connection in connections:
            connection.close()


def test_a_flood_of_queries_is_refused_in_words(server: Server) -> None:
    def ask(number: int) -> int:
        with server.client("127.0.0.2") as client:
            answer = client.get("/sparql", params={"query": f"{HOSTILE['cross product']} # flood {number}"})
            assert answer.status_code != 429 or answer.headers["retry-after"]
            return answer.status_code

    with ThreadPoolExecutor(35) as pool:
        statuses = pool.map(ask, range(35))
        time.sleep(0.3)
        assert server.answers()
        found = Counter(statuses)
    assert set(found) == {429, 503}


@pytest.mark.parametrize("encoding", ["identity", "gzip", "br", "zstd"])
def test_a_killed_worker_never_leaves_an_answer_that_looks_whole(server: Server, encoding: str) -> None:
    over = threading.Event()

    def kill() -> None:
        while not over.is_set():
            for pid in server.workers():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.11)

    def read(number: int) -> str:
        query = f"{LARGE} # {encoding} {number}"
        with server.client("127.0.0.1") as client:
            try:
                answer = client.get("/sparql", params={"query": query, "format": "csv"}, headers=accept)
            except httpx.RemoteProtocolError:
                return "broken"
        if answer.status_code != 200:
            assert answer.status_code == 503, answer.text
            return "error"
        assert answer.text.count("\r\n") == 30_001
        return "whole"

    accept = {"Accept-Encoding": encoding}
    killer = threading.Thread(target=kill)
    killer.start()
    outcomes: Counter[str] = Counter()
    deadline = time.monotonic() + 6
    number = 0
    while (time.monotonic() < deadline and len(outcomes) < 2) or number < 8:
        outcomes[read(number)] += 1
        number += 1
    over.set()
    killer.join()
    assert outcomes["broken"] + outcomes["error"] > 0
    assert server.answers()


def test_a_killed_loader_comes_back(server: Server) -> None:
    lost = server.loader
    os.kill(lost, signal.SIGKILL)
    with server.client("127.0.0.1") as client:
        statuses = set()
        deadline = time.monotonic() + 30
        while True:
            answer = client.get("/sparql", params={"query": f"ASK {{}} # {time.monotonic_ns()}"})
            statuses.add(answer.status_code)
            if answer.status_code == 200 and server.loader not in (0, lost):
                break
            assert answer.status_code == 200 or "again" in answer.text
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert statuses <= {200, 503}
    assert server.answers()
