"""The servers that are compared: ours and its peers, each started afresh over the same file."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Running:
    """A server that answers: its query address, seconds from start to first answer, and memory in MB."""

    name: str
    site: str
    query: str
    seconds: float
    memory: Callable[[], float]


def memory_of(pid: int) -> float:
    """Proportional set size of a process and all its descendants, in megabytes: shared pages count once."""
    total = 0
    waiting = [pid]
    while waiting:
        current = waiting.pop()
        try:
            rollup = Path(f"/proc/{current}/smaps_rollup").read_text(encoding="ascii")
            children = Path(f"/proc/{current}/task/{current}/children").read_text(encoding="ascii")
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        waiting += map(int, children.split())
    return total / 1024


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def started(
    name: str,
    path: str,
    port: int,
    command: list[str],
    *,
    load: Path | None = None,
    sparql: bool = True,
    **environment: str,
) -> Iterator[Running]:
    """The server that ``command`` starts, once it answers at ``path``: a query if it talks SPARQL."""
    log = Path("var") / f"bench-{name.replace(' ', '-')}.log"
    started = time.perf_counter()
    with log.open("wb") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, env=os.environ | environment, start_new_session=True)
    site = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(timeout=900, trust_env=False) as client:
            if load is not None:
                _until_up(client, site, server)
                headers = {"Content-Type": "application/n-quads"}
                client.post(f"{site}/store", content=load.read_bytes(), headers=headers).raise_for_status()
            ask = {"query": "SELECT * { ?s ?p ?o } LIMIT 1"}
            accept = {"Accept": "application/sparql-results+json"}
            while _until_up(client, site, server) and sparql:
                answer = client.get(site + path, params=ask, headers=accept)
                if answer.status_code == 200 and answer.json()["results"]["bindings"]:
                    break
                time.sleep(0.02)
        seconds = time.perf_counter() - started
        yield Running(name, site, site + path, seconds, lambda: memory_of(server.pid))
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _until_up(client: httpx.Client, site: str, server: subprocess.Popen[bytes]) -> bool:
    while True:
        assert server.poll() is None, "the server ended"
        try:
            client.get(site, headers={"Accept": "text/html"})
        except httpx.ConnectError:
            time.sleep(0.02)
        else:
            return True


@contextmanager
def ours(release: Path, processes: int = 1, **environment: str) -> Iterator[Running]:
    """`wsic serve` over ``release`` (a folder called ``release``), with its logs and further settings."""
    port = free_port()
    command = [sys.executable, "-m", "wsic_graph.cli", "serve", "--port", str(port), "--workers", str(processes)]
    with started("wsic", "/sparql", port, command, WSIC_DATA_DIR=str(release.parent), **environment) as running:
        yield running


@contextmanager
def oxigraph_in_memory(dataset: Path) -> Iterator[Running]:
    """`oxigraph serve` without a folder, loaded over HTTP."""
    port = free_port()
    command = [str(BIN / "oxigraph"), "serve", "--union-default-graph", "--bind", f"127.0.0.1:{port}"]
    with started("oxigraph in memory", "/query", port, command, load=dataset) as running:
        yield running


@contextmanager
def oxigraph_on_disk(dataset: Path, folder: Path) -> Iterator[Running]:
    """`oxigraph serve-read-only` over a store that `oxigraph load` made in ``folder``."""
    oxigraph = str(BIN / "oxigraph")
    if not folder.exists():
        subprocess.run(
            [oxigraph, "load", "--location", str(folder), "--file", str(dataset), "--lenient"],
            check=True,
            capture_output=True,
        )
        subprocess.run([oxigraph, "optimize", "--location", str(folder)], check=True, capture_output=True)
    port = free_port()
    command = [oxigraph, "serve-read-only", "--location", str(folder), "--union-default-graph"]
    with started("oxigraph on disk", "/query", port, [*command, "--bind", f"127.0.0.1:{port}"]) as running:
        yield running


@contextmanager
def rdflib_endpoint(dataset: Path) -> Iterator[Running]:
    """`rdflib-endpoint serve` over the file."""
    port = free_port()
    command = [str(BIN / "rdflib-endpoint"), "serve", "--host", "127.0.0.1", "--port", str(port), str(dataset)]
    with started("rdflib-endpoint", "/", port, command) as running:
        yield running
