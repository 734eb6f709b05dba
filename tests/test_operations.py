"""The service as those who run it see it: started, watched and stopped for real."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.site_fixtures import serve
from wsic_graph.settings import Settings


@pytest.fixture(scope="module")
def client(release: Path) -> Iterator[httpx.Client]:
    with serve(release, Settings()) as opened:
        yield opened


def test_alive_and_ready(client: httpx.Client) -> None:
    assert client.get("/healthz").text == "ok\n"
    answer = client.get("/readyz")
    assert answer.text.startswith("ready, version ")
    assert "etag" not in answer.headers
    assert "max-age" not in answer.headers.get("cache-control", "")


def test_metrics_count_requests_and_queries(client: httpx.Client) -> None:
    def value(name: str) -> float:
        found = re.search(rf"^{re.escape(name)} (\S+)$", client.get("/metrics").text, re.MULTILINE)
        return float(found[1]) if found else 0

    query = 'wsic_queries_total{outcome="answered"}'
    pages = 'wsic_http_requests_total{method="GET",route="/initiatives/{slug}",status="200"}'
    before = value(query), value(pages)
    client.get("/sparql", params={"query": "SELECT (43 AS ?counted) {}"})
    client.get("/initiatives/torbay-care-trust")
    assert value(query) >= before[0] + 1
    assert value(pages) == before[1] + 1
    assert value('wsic_http_requests_total{method="GET",route="/sparql",status="200"}') >= 1


def test_requests_have_an_id(client: httpx.Client) -> None:
    assert client.get("/", headers={"X-Request-ID": "from-the-proxy-7"}).headers["x-request-id"] == "from-the-proxy-7"
    own = client.get("/", headers={"X-Request-ID": 'bad"} id'}).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]+", own)


@contextmanager
def wsic_serve(release: Path, log: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """The command `wsic serve` over a copy of the release, and a client of it once it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = log.parent / "data"
    data.mkdir()
    (data / "release").symlink_to(release, target_is_directory=True)
    environment = {**os.environ, "WSIC_DATA_DIR": str(data), "WSIC_LOG_LEVEL": "info"}
    command = [sys.executable, "-m", "wsic_graph.cli", "serve", "--port", str(port), *arguments]
    with log.open("wb") as out:
        server = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            deadline = time.monotonic() + 90
            while True:
                assert server.poll() is None and time.monotonic() < deadline, log.read_text(encoding="utf-8")
                try:
                    if client.get("/readyz").status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield server, client
    finally:
        server.kill()
        server.wait()


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [descendant for child in map(int, found) for descendant in (child, *children(child))]


def test_processes_share_one_engine_and_stop_cleanly(release: Path, tmp_path: Path) -> None:
    with wsic_serve(release, tmp_path / "log.txt", "--workers", "2") as (server, client):
        for number in range(20):
            query = f"SELECT (COUNT(*) AS ?n{number}) {{ ?s ?p ?o }}"
            assert client.get("/sparql", params={"query": query}).status_code == 200
        processes = children(server.pid)
        loaders = [pid for pid in processes if large_memory(pid) and "process.py" in command_of(pid)]
        parents = {int(stat_of(pid)[1]) for pid in loaders}
        assert server.pid in parents, "the engine belongs to the command, not to a server process"
        assert "wsic_http_requests_total" in client.get("/metrics").text
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) in (0, -signal.SIGTERM)
        deadline = time.monotonic() + 5
        while any(Path(f"/proc/{pid}").exists() and stat_of(pid)[0] != "Z" for pid in processes):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    log = (tmp_path / "log.txt").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert any(line["logger"] == "wsic.access" and line["request"] and line["route"] == "/sparql" for line in lines)
    assert "COUNT" not in log, "what people ask is not logged"


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def stat_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()


def large_memory(pid: int) -> bool:
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) > 1000
