"""True engines for the tests of the remote backend, each a process of its own on free ports."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx

from wsic_graph.settings import Settings

OXIGRAPH = str(Path(sys.executable).with_name("oxigraph"))
VIRTUOSO = shutil.which("virtuoso-t")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def started(command: list[str], address: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server that answers at ``address``, ended with the block."""
    with (folder / "engine.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        deadline = time.monotonic() + 60
        while True:
            assert process.poll() is None and time.monotonic() < deadline, (folder / "engine.log").read_text()
            try:
                httpx.get(address, trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def oxigraph(folder: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Address and process of ``oxigraph serve`` in memory."""
    address = f"127.0.0.1:{free_port()}"
    with started([OXIGRAPH, "serve", "--bind", address, *options], f"http://{address}", folder) as process:
        yield f"http://{address}", process


@contextmanager
def virtuoso(folder: Path) -> Iterator[str]:
    """Address of a Virtuoso with a database of its own in ``folder``; user and password are dba."""
    http, sql = free_port(), free_port()
    parts: dict[str, dict[str, object]] = {
        "Database": {"DatabaseFile": "v.db", "ErrorLogFile": "v.log", "LockFile": "v.lck", "TransactionFile": "v.trx"},
        "TempDatabase": {"DatabaseFile": "t.db", "TransactionFile": "t.trx"},
        "Parameters": {"ServerPort": sql, "NumberOfBuffers": 20000, "DirsAllowed": "."},
        "HTTPServer": {"ServerPort": http, "ServerRoot": ".", "ServerThreads": 20},
        "SPARQL": {"ResultSetMaxRows": 1_000_000},
    }
    lines = [f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in part.items()) for name, part in parts.items()]
    (folder / "virtuoso.ini").write_text("\n".join(lines))
    address = f"http://127.0.0.1:{http}"
    command = [VIRTUOSO or "", "+foreground", "+configfile", str(folder / "virtuoso.ini")]
    with started(command, f"{address}/sparql", folder):
        yield address


def settings_for(address: str, store: str = "/store", query: str = "/query", **more: object) -> Settings:
    """Settings of a site over the engine at ``address``."""
    given: Mapping[str, object] = {"sparql_endpoint": address + query, "sparql_graph_store": address + store, **more}
    return Settings(**given)  # type: ignore[arg-type]


@contextmanager
def awkward(status: int, headers: Mapping[str, str], body: bytes) -> Iterator[str]:
    """Address of an engine that always answers with just this, then closes the connection."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_DELETE = do_POST

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
